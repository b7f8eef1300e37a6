"""The two sites: pages, which of them visitors enter on, and which end in a form or an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.demo.arrays import Floats, Ints, ints
from engine.demo.plan import DEMO_PROFILE

CLINIC, SHOP = 0, 1
ENGLISH, SPANISH, PORTUGUESE = 0, 1, 2


class Page(NamedTuple):
    """A page with its weight as an entry and as an inner page."""

    area: int
    language: int
    path: str
    title: str
    entry: float
    inner: float
    video: bool = False


PAGES = (
    Page(CLINIC, ENGLISH, "/", "Marea Dental", 30, 14),
    Page(CLINIC, ENGLISH, "/implants", "Dental implants", 24, 12, video=True),
    Page(CLINIC, ENGLISH, "/whitening", "Teeth whitening", 12, 7),
    Page(CLINIC, ENGLISH, "/aligners", "Clear aligners", 9, 7, video=True),
    Page(CLINIC, ENGLISH, "/pricing", "Prices", 6, 14),
    Page(CLINIC, ENGLISH, "/team", "Our team", 1, 7),
    Page(CLINIC, ENGLISH, "/reviews", "What patients say", 2, 8),
    Page(CLINIC, ENGLISH, "/financing", "Pay in instalments", 1, 4),
    Page(CLINIC, ENGLISH, "/blog/how-long-do-implants-last", "How long do implants last?", 9, 2),
    Page(CLINIC, ENGLISH, "/blog/whitening-at-home-or-at-the-clinic", "Whitening at home or at the clinic?", 6, 2),
    Page(CLINIC, ENGLISH, "/book", "Book a visit", 2, 5),
    Page(CLINIC, ENGLISH, "/thank-you", "Thank you", 0, 0),
    Page(CLINIC, SPANISH, "/es/", "Marea Dental en español", 26, 12),
    Page(CLINIC, SPANISH, "/es/implantes", "Implantes dentales", 26, 12, video=True),
    Page(CLINIC, SPANISH, "/es/blanqueamiento", "Blanqueamiento dental", 12, 7),
    Page(CLINIC, SPANISH, "/es/precios", "Precios", 6, 13),
    Page(CLINIC, SPANISH, "/es/opiniones", "Opiniones de pacientes", 2, 8),
    Page(CLINIC, SPANISH, "/es/blog/cuanto-duran-los-implantes", "¿Cuánto duran los implantes?", 8, 2),
    Page(CLINIC, SPANISH, "/es/cita", "Pide tu cita", 2, 5),
    Page(CLINIC, SPANISH, "/es/gracias", "Gracias", 0, 0),
    Page(CLINIC, PORTUGUESE, "/pt/", "Marea Dental em português", 20, 10),
    Page(CLINIC, PORTUGUESE, "/pt/implantes", "Implantes dentários", 16, 9, video=True),
    Page(CLINIC, PORTUGUESE, "/pt/precos", "Preços", 4, 8),
    Page(CLINIC, PORTUGUESE, "/pt/agendar", "Agende sua consulta", 2, 4),
    Page(CLINIC, PORTUGUESE, "/pt/obrigado", "Obrigado", 0, 0),
    Page(SHOP, ENGLISH, "/", "Marea Shop", 20, 8),
    Page(SHOP, ENGLISH, "/collections/whitening", "Whitening at home", 14, 9),
    Page(SHOP, ENGLISH, "/collections/brushes", "Brushes", 8, 8),
    Page(SHOP, ENGLISH, "/products/whitening-kit", "Whitening kit", 22, 10, video=True),
    Page(SHOP, ENGLISH, "/products/sonic-brush", "Sonic brush", 14, 9),
    Page(SHOP, ENGLISH, "/products/aligner-care-set", "Aligner care set", 8, 6),
    Page(SHOP, ENGLISH, "/products/sea-salt-paste", "Sea salt paste", 6, 6),
    Page(SHOP, ENGLISH, "/shipping", "Shipping and returns", 1, 3),
    Page(SHOP, ENGLISH, "/cart", "Your cart", 0.5, 3),
    Page(SHOP, ENGLISH, "/checkout", "Checkout", 0, 0),
    Page(SHOP, ENGLISH, "/thank-you", "Thank you for your order", 0, 0),
    Page(SHOP, SPANISH, "/es/", "Tienda Marea", 18, 8),
    Page(SHOP, SPANISH, "/es/collections/blanqueamiento", "Blanqueamiento en casa", 12, 8),
    Page(SHOP, SPANISH, "/es/products/kit-blanqueador", "Kit blanqueador", 22, 10, video=True),
    Page(SHOP, SPANISH, "/es/products/cepillo-sonico", "Cepillo sónico", 14, 9),
    Page(SHOP, SPANISH, "/es/cart", "Tu carrito", 0.5, 3),
    Page(SHOP, SPANISH, "/es/checkout", "Pago", 0, 0),
    Page(SHOP, SPANISH, "/es/gracias", "Gracias por tu pedido", 0, 0),
)

_ENDINGS = {
    (CLINIC, ENGLISH): ("/book", "/thank-you"),
    (CLINIC, SPANISH): ("/es/cita", "/es/gracias"),
    (CLINIC, PORTUGUESE): ("/pt/agendar", "/pt/obrigado"),
    (SHOP, ENGLISH): ("/cart", "/checkout", "/thank-you"),
    (SHOP, SPANISH): ("/es/cart", "/es/checkout", "/es/gracias"),
}


def site_of(area: Ints, language: Ints) -> Ints:
    """Row of the tables below; the shop has no Portuguese pages, its Portuguese readers see English ones."""
    return np.where((area == SHOP) & (language == PORTUGUESE), SHOP * 3 + ENGLISH, area * 3 + language)


def _find(area: int, language: int, path: str) -> int:
    return next(n for n, page in enumerate(PAGES) if (page.area, page.language, page.path) == (area, language, path))


@dataclass(frozen=True)
class SiteTables:
    """Weights of pages per site (rows: ``site_of``) and the pages a form or an order ends with (-1: any)."""

    entry: Floats
    inner: Floats
    endings: Ints
    urls: pl.Series
    titles: pl.Series
    video: Ints


def site_tables() -> SiteTables:
    entry, inner = np.zeros((6, len(PAGES))), np.zeros((6, len(PAGES)))
    endings = np.zeros((6, 3), dtype=np.int64)
    for number, page in enumerate(PAGES):
        entry[page.area * 3 + page.language, number] = page.entry
        inner[page.area * 3 + page.language, number] = page.inner
    entry[5], inner[5] = entry[3], inner[3]
    for (area, language), paths in _ENDINGS.items():
        found = [_find(area, language, path) for path in paths]
        endings[area * 3 + language] = [-1] * (3 - len(found)) + found
    endings[5] = endings[3]
    return SiteTables(
        entry=entry,
        inner=inner,
        endings=endings,
        urls=pl.Series([f"https://{DEMO_PROFILE.domains[page.area]}{page.path}" for page in PAGES]),
        titles=pl.Series([page.title for page in PAGES]),
        video=ints([int(page.video) for page in PAGES]),
    )
