"""A small shop whose reports can be reckoned by hand, and PDFs read back."""

from __future__ import annotations

import io
import re
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from engine.queries.selection import Selection
from engine.reports.gathering import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.reports.blocks import Document
    from tests.conftest import Lab

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)


def request_for(model: str = "linear", **selection: Any) -> Request:
    """June 2026 under a model."""
    return Request(Selection(FIRST, LAST, model=model, **selection))


def fill(lab: Lab, campaigns: dict[str, str] | None = None) -> None:
    """Two buyers, three touches each at most, and campaigns by id and name with 10.00 of spend each."""
    names = {"c1": "Spring"} if campaigns is None else campaigns
    first = {"campaign_id": next(iter(names), "none")}
    touches = (("ann", 2, "Paid Search"), ("ann", 5, "Email"), ("bob", 8, "Organic Search"), ("cid", 9, "Direct"))
    lab.touches(
        *(
            {"person": person, "time": f"2026-06-{day:02}T10:00:00Z", "channel": channel, **(first if day == 2 else {})}
            for person, day, channel in touches
        )
    )
    paid = {"event_type": "payment_received", "currency": "USD", "source": "stripe"}
    payments = (("ann", 10, 100), ("bob", 12, 60.5), ("dan", 14, 40))
    lab.conversions(
        *(
            {
                "conversion_id": person,
                "person": person,
                "time": f"2026-06-{day}T10:00:00Z",
                "value_amount": amount,
                **paid,
            }
            for person, day, amount in payments
        )
    )
    delivered = {"spend": 10, "currency": "USD", "impressions": 100, "clicks": 5}
    where = {"date": "2026-06-02", "platform": "google", "account": "a"}
    if names:
        lab.ad_spend(*({**where, "campaign_id": key, "campaign": name, **delivered} for key, name in names.items()))
    lab.rebuild()


@pytest.fixture
def shop(lab: Lab) -> Lab:
    """The small shop, derived."""
    fill(lab)
    return lab


def pdf_text(content: bytes) -> str:
    """All text of a PDF, without blanks."""
    return without_blanks("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def without_blanks(text: str) -> str:
    """A text without blanks: where a line breaks is the layout's choice."""
    return re.sub(r"\s+", "", text)


def texts_of(document: Document) -> Iterator[str]:
    """Every text a document shows."""

    def walk(value: Any, key: str = "") -> Iterator[str]:
        match value:
            case dict():
                for name, each in value.items():
                    yield from walk(each, name)
            case list() | tuple():
                for each in value:
                    yield from walk(each, key)
            case str() if key in _SHOWN:
                yield value
            case _:
                pass

    yield from walk({name: value for name, value in asdict(document).items() if name != "title"})


_SHOWN = {"text", "aside", "label", "value", "change", "before", "target", "percent", "title", "below", "items",
          "period", "foot", "author_label", "bars_about", "first", "last", "facts"}  # fmt: skip
