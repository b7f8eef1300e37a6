"""Names, emails and phones of people who do not exist.

Emails are at ``.example`` domains (RFC 2606). Phones are in the 555 exchange: first its numbers 0100-0199, which the
North American Numbering Plan sets aside for fiction, and, when a demo has more people than those, the rest of that
exchange, which is not given to subscribers. All normalise to E.164.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.demo.arrays import Ints, ints

if TYPE_CHECKING:
    from engine.demo.ids import Ids

_FIRST_NAMES = """
Lucia Mateo Sofia Diego Valeria Andres Camila Javier Elena Marcos Paula Hugo Irene Tomas Clara Bruno Noa Leo
Marta Ivan Olivia Liam Emma Noah Ava Ethan Mia Lucas Chloe Owen Grace Caleb Zoe Henry Nora Miles Ruby Felix
Hazel Oscar Alice Simon June Victor Daphne Rene Adele Bianca Dario Gisele Renata Thiago Livia Caio Helena Rafael
Ines Joana Duarte Yara
"""
FIRST_NAMES = tuple(_FIRST_NAMES.split())
_LAST_NAMES = """
Marsh Tidewell Coralez Arenas Ribera Faroes Salinas Brisa Ancla Costanera Playas Oleaje Bahia Marejada Cabrera
Delmar Fontana Luzardo Montes Navas Olmedo Pardos Quiroga Rosales Solano Tejada Urbina Valdes Yanes Zamora
Harborne Seabright Gullwing Driftwood Shoreham Pierson Lockhaven Baywater Cliffside Dunefield Eastreef Foamwell
Greywave Halyard Inletton Jettyman Keelson Lanyard Moorland Northcove Oysterly Pebbles Quayle Reefton Sandbar
Tillerman Upshore Vesselby Wharton Yawl
"""
LAST_NAMES = tuple(_LAST_NAMES.split())
MAIL_DOMAINS = ("mail.example", "inbox.example", "correo.example", "post.example", "letters.example")

_AREA_CODES = """
201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 220 223 224 225 227 228 229 231 234 235 239
240 248 251 252 253 254 256 260 262 267 269 270 272 274 276 279 281 283 301 302 303 304 305 307 308 309 310 312
313 314 315 316 317 318 319 320 321 323 324 325 326 327 329 330 331 332 334 336 337 339 341 346 347 350 351 352
353 360 361 363 364 369 380 385 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425 430
432 434 435 440 442 443 445 447 448 458 463 464 469 470 472 475 478 479 480 484 501 502 503 504 505 507 508 509
510 512 513 515 516 517 518 520 530 531 534 539 540 541 551 557 559 561 562 563 564 567 570 571 572 573 574 575
580 582 585 586 601 602 603 605 606 607 608 609 610 612 614 615 616 617 618 619 620 623 626 628 629 630 631 636
640 641 645 646 650 651 656 657 659 660 661 662 667 669 678 680 681 682 686 689 701 702 703 704 706 707 708 712
713 714 715 716 717 718 719 720 724 725 726 727 728 730 731 732 734 737 738 740 743 747 748 754 757 760 762 763
765 769 770 771 772 773 774 775 779 781 785 786 801 802 803 804 805 806 808 810 812 813 814 815 816 817 818 820
821 826 828 830 831 832 835 838 839 840 843 845 847 848 850 854 856 857 858 859 860 862 863 864 865 870 872 878
901 903 904 906 907 908 909 910 912 913 914 915 916 917 918 919 920 925 928 929 930 931 934 936 937 938 940 941
943 945 947 948 949 951 952 954 956 959 970 971 972 973 975 978 979 980 983 984 985 986 989
"""
AREA_CODES = ints([int(code) for code in _AREA_CODES.split()])
"""Area codes in use in the United States (libphonenumber metadata, all with a valid 555 exchange)."""


def phone_numbers(person: Ints) -> Ints:
    """National numbers of ten digits, one a person; 0 when all are taken (about 2.9 million people)."""
    area, line = AREA_CODES[person % len(AREA_CODES)], person // len(AREA_CODES)
    number = area * 10_000_000 + 5_550_000 + (line + 100) % 10_000
    return np.where(line < 10_000, number, 0)


def contacts(ids: Ids, person: Ints) -> pl.DataFrame:
    """One row a person: first_name, last_name, email, phone (E.164), phone_written (as typed into a form)."""
    first = pl.Series(FIRST_NAMES).gather(ints(ids.chance(1, person) * len(FIRST_NAMES)))
    last = pl.Series(LAST_NAMES).gather(ints(ids.chance(2, person) * len(LAST_NAMES)))
    domain = pl.Series(MAIL_DOMAINS).gather(ints(ids.chance(3, person) * len(MAIL_DOMAINS)))
    frame = pl.DataFrame({"person": person, "first_name": first, "last_name": last, "domain": domain})
    digits = pl.Series("digits", phone_numbers(person))
    text = pl.col("digits").cast(pl.String)
    area, line = text.str.slice(0, 3), text.str.slice(6, 4)
    known = pl.col("digits") > 0
    name = pl.concat_str("first_name", pl.lit("."), "last_name", pl.col("person").cast(pl.String))
    return frame.with_columns(digits).select(
        "person",
        "first_name",
        "last_name",
        pl.concat_str(name.str.to_lowercase(), pl.lit("@"), "domain").alias("email"),
        pl.when(known).then(pl.concat_str(pl.lit("+1"), text)).alias("phone"),
        pl.when(known).then(pl.concat_str(pl.lit("("), area, pl.lit(") 555-"), line)).alias("phone_written"),
    )
