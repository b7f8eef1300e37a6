"""The European Central Bank's reference rates in the shapes it publishes: units of a currency for one euro.

The data portal's CSV (``CURRENCY, TIME_PERIOD, OBS_VALUE`` among others), and the XML files of nested ``Cube`` elements
(eurofxref-daily.xml, -hist-90d.xml, -hist.xml).
https://data.ecb.europa.eu/help/api/data, https://www.ecb.europa.eu/stats/policy_and_exchange_rates
"""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

# Read off the answers of 2026; what it quotes no more (BGN, HRK, RUB) comes from elsewhere.
CURRENCIES = frozenset(
    "AUD BRL CAD CHF CNY CZK DKK GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON SEK SGD THB TRY "  # noqa: SIM905
    "USD ZAR".split()
)


class Quote(NamedTuple):
    """A day's rate of a currency, as text."""

    day: date
    currency: str
    rate: str


def read(text: str) -> list[Quote]:
    """Every rate, by day and currency. Raises ValueError for what breaks off or is no such file."""
    quotes = _xml(text) if text.lstrip("\ufeff").lstrip().startswith("<") else _csv(text)
    return sorted(quote for quote in quotes if is_rate(quote.rate))


def _csv(text: str) -> Iterator[Quote]:
    if not text.endswith("\n"):
        raise ValueError("the CSV breaks off")
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    header = next(lines, list[str]())
    try:
        currency, day, rate = (header.index(name) for name in ("CURRENCY", "TIME_PERIOD", "OBS_VALUE"))
    except ValueError:
        raise ValueError("not the data portal's CSV") from None
    for line in lines:
        if not line:
            continue
        if len(line) != len(header):
            raise ValueError("the CSV breaks off")
        yield Quote(date.fromisoformat(line[day]), line[currency], line[rate].strip())


def _xml(text: str) -> Iterator[Quote]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("XML with entities")
    try:
        root = ET.fromstring(text)  # entities are refused above
    except ET.ParseError as error:
        raise ValueError(f"the XML breaks off: {error}") from None
    days = [each for each in root.iter() if "time" in each.attrib]
    if not days:
        raise ValueError("not a file of reference rates")
    for day in days:
        for cube in day:
            yield Quote(
                date.fromisoformat(day.attrib["time"]), cube.attrib.get("currency", ""), cube.attrib.get("rate", "")
            )


def is_rate(text: str) -> bool:
    """Whether a text is a rate: holidays are told without one, or with NaN."""
    try:
        rate = Decimal(text)
    except InvalidOperation:
        return False
    return rate.is_finite() and rate > 0
