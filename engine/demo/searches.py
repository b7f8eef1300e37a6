"""What people searched for before they came from Google's unpaid results.

Google tells words only of searches that many people make, so a part of the clicks has none. Shares, positions and rates
of clicking are assumptions; the clicks are those of the simulated visits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from engine.demo.arrays import Ints, ints, shares
from engine.demo.pages import CLINIC, PAGES, SHOP

if TYPE_CHECKING:
    from engine.demo.season import Season

TOLD = 0.62
"""Clicks whose search is told."""

_BRAND = (("marea dental", 9, 0.42, 1.2), ("marea dentist", 4, 0.35, 1.4), ("marea clinic", 2, 0.31, 1.6))
_BRAND_ES = (("marea dental", 6, 0.42, 1.2), ("clinica marea", 5, 0.37, 1.3), ("dentista marea", 2, 0.3, 1.6))
_BRAND_SHOP = (("marea shop", 5, 0.4, 1.2), ("marea whitening kit", 3, 0.33, 1.5))

WORDS: dict[tuple[int, str], tuple[tuple[str, float, float, float], ...]] = {
    (CLINIC, "/"): (*_BRAND, ("dentist near me", 5, 0.035, 7.4), ("dentist open saturday", 2, 0.05, 5.8)),
    (CLINIC, "/implants"): (
        ("dental implants", 8, 0.028, 8.9), ("dental implants cost", 6, 0.041, 6.3),
        ("implants in one day", 4, 0.072, 4.1), ("all on four implants", 3, 0.055, 5.2),
    ),
    (CLINIC, "/whitening"): (
        ("teeth whitening", 7, 0.03, 8.2), ("teeth whitening near me", 5, 0.048, 5.5),
        ("whitening price", 2, 0.05, 5.9),
    ),
    (CLINIC, "/aligners"): (("clear aligners", 6, 0.026, 9.3), ("aligners for adults", 3, 0.046, 6.1)),
    (CLINIC, "/pricing"): (("implants price list", 3, 0.06, 4.4), ("marea dental prices", 4, 0.38, 1.3)),
    (CLINIC, "/reviews"): (("marea dental reviews", 4, 0.34, 1.6),),
    (CLINIC, "/blog/how-long-do-implants-last"): (
        ("how long do dental implants last", 8, 0.09, 3.1), ("do implants last a lifetime", 4, 0.075, 3.8),
    ),
    (CLINIC, "/blog/whitening-at-home-or-at-the-clinic"): (
        ("whitening at home or dentist", 6, 0.085, 3.4), ("is whitening at home safe", 4, 0.06, 4.9),
    ),
    (CLINIC, "/es/"): (*_BRAND_ES, ("dentista cerca de mi", 4, 0.036, 7.1)),
    (CLINIC, "/es/implantes"): (
        ("implantes dentales", 8, 0.031, 8.1), ("implantes dentales precio", 6, 0.05, 5.4),
        ("implantes en un dia", 3, 0.08, 3.7),
    ),
    (CLINIC, "/es/blanqueamiento"): (
        ("blanqueamiento dental", 7, 0.034, 7.6), ("blanqueamiento precio", 3, 0.052, 5.6),
    ),
    (CLINIC, "/es/precios"): (("precio implante dental", 4, 0.058, 4.7),),
    (CLINIC, "/es/blog/cuanto-duran-los-implantes"): (("cuanto duran los implantes dentales", 8, 0.094, 2.9),),
    (CLINIC, "/pt/"): (("marea dental", 4, 0.4, 1.3), ("dentista brasileiro", 3, 0.061, 4.6)),
    (CLINIC, "/pt/implantes"): (("implante dentário preço", 5, 0.055, 5.1),),
    (SHOP, "/"): (*_BRAND_SHOP, ("dental care shop", 2, 0.02, 11.2)),
    (SHOP, "/collections/whitening"): (("whitening at home", 5, 0.022, 10.4), ("whitening products", 3, 0.019, 12.1)),
    (SHOP, "/products/whitening-kit"): (("whitening kit", 7, 0.024, 9.7), ("best whitening kit", 4, 0.033, 7.9)),
    (SHOP, "/products/sonic-brush"): (("sonic toothbrush", 6, 0.018, 12.8), ("sonic brush marea", 2, 0.3, 1.7)),
    (SHOP, "/products/aligner-care-set"): (("aligner cleaning set", 4, 0.062, 4.5),),
    (SHOP, "/es/products/kit-blanqueador"): (("kit blanqueador dental", 6, 0.039, 6.8),),
    (SHOP, "/es/products/cepillo-sonico"): (("cepillo sonico", 5, 0.027, 9.0),),
}  # fmt: skip
"""By site and path: a search, its weight, its rate of clicking, its mean position."""


def searches(rng: np.random.Generator, season: Season, entered: Ints, urls: pl.Series) -> pl.DataFrame:
    """date, page, query, clicks, impressions, position of every search on every day it was seen.

    Args:
        entered: entries from Google's unpaid results by page (rows) and day (columns).
        urls: addresses of the pages.
    """
    parts: list[pl.DataFrame] = []
    dates = pl.Series("date", season.dates())
    for number, page in enumerate(PAGES):
        words = WORDS.get((page.area, page.path), ())
        if not words:
            continue
        parting = np.diff(shares([weight for _, weight, _, _ in words]), prepend=0.0)
        told = cast("Ints", rng.binomial(entered[number], TOLD))
        clicks = rng.multinomial(told, parting)  # a row a day
        for place, (query, _, rate, position) in enumerate(words):
            mine = ints(clicks[:, place])
            unseen = cast("Ints", rng.poisson((told * parting[place] + 0.15) * (1 - rate) / rate))
            parts.append(
                pl.DataFrame({
                    "date": dates,
                    "clicks": mine,
                    "impressions": mine + unseen,
                    "position": np.round(np.maximum(1.0, position + rng.normal(0, 0.25 * position**0.5, len(mine))), 2),
                })
                .with_columns(pl.lit(urls[number]).alias("page"), pl.lit(query).alias("query"))
                .filter(pl.col("impressions") > 0)
            )  # fmt: skip
    frame = pl.concat(parts)
    return frame.select("date", "page", "query", "clicks", "impressions", "position").sort("date", "page", "query")
