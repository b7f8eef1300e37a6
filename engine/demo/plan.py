"""What to simulate and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

MAX_DAYS = 3_660
BLOCK = 10_000
"""People simulated together. Every block has its own random stream, so a block's rows never depend on other blocks."""

STRIDE = 12_000
"""Person numbers reserved for a block: its visitors, then people of lead forms, then walk-ins."""

PARQUET_ABOVE = 200_000
"""Above this many people events are written as Parquet, which takes about a fifteenth of the space of NDJSON."""


@dataclass(frozen=True, kw_only=True)
class DemoPlan:
    """Size and position in time of a demo.

    Args:
        people: visitors (browsers), roughly.
        days: length in days, the last one included.
        until: last day, in the profile's time zone.
        seed: same arguments, same files, byte for byte.
    """

    people: int = 20_000
    days: int = 180
    until: date
    seed: int = 7

    def __post_init__(self) -> None:
        if self.people < 1:
            raise ValueError("people must be at least 1")
        if not 1 <= self.days <= MAX_DAYS:
            raise ValueError(f"days must be between 1 and {MAX_DAYS}")
        if self.seed < 0:
            raise ValueError("seed must not be negative")


@dataclass(frozen=True)
class DemoFiles:
    """Where the files are.

    Attributes:
        events: of the tracker's collector, in a folder of their own.
        touches: impressions that were viewed; an ordinary import.
        stages: stages that deals have left again; an ordinary import.
        conversions: what CRM, payment provider and shop know, row by row.
        people: who they know.
        ad_spend: what the advertising platforms know of the days of ads.
        clicks: which ad each click id of Google's belongs to.
        searches: what the search engine knows.
        rates: exchange rates.
        truth: what caused each conversion; for checking models against, never imported.
    """

    events: Path
    touches: Path
    stages: Path
    conversions: Path
    people: Path
    ad_spend: Path
    clicks: Path
    searches: Path
    rates: Path
    truth: Path

    @classmethod
    def inside(cls, folder: Path, *, is_large: bool) -> DemoFiles:
        """The files of a folder."""
        facts = folder / "facts"
        return cls(
            events=folder / "tracker" / ("events.parquet" if is_large else "events.ndjson"),
            touches=folder / "touches.csv",
            stages=folder / "stages.csv",
            conversions=facts / "conversions.csv",
            people=facts / "people.csv",
            ad_spend=facts / "ad_spend.csv",
            clicks=facts / "clicks.parquet",
            searches=facts / "searches.parquet",
            rates=facts / "rates.csv",
            truth=folder / "truth.parquet",
        )


@dataclass(frozen=True)
class DemoProfile:
    """Settings of the profile the demo belongs to."""

    name: str
    currency: str
    timezone: str
    domains: tuple[str, ...]
    phone_region: str


DEMO_PROFILE = DemoProfile(
    name="Marea Dental & Shop",
    currency="USD",
    timezone="America/New_York",
    domains=("www.marea.example", "shop.marea.example"),
    phone_region="US",
)
