"""How a report looks and what it says besides its figures: sections, commentary, brand, targets, language, paper."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from engine.branding import checked_accent, media_type
from engine.errors import AttribenchError, Code
from engine.formats import LOCALES

if TYPE_CHECKING:
    from collections.abc import Mapping

Paper = Literal["a4", "letter"]
PAPERS: tuple[Paper, ...] = ("a4", "letter")

SECTIONS = {
    "cover": "Cover",
    "summary": "Summary",
    "kpis": "KPI summary",
    "chart": "Main chart",
    "channels": "Channel breakdown",
    "campaigns": "Top campaigns",
    "attribution": "Attribution analysis",
    "conversions": "Conversion overview",
    "journeys": "Journeys in numbers",
    "quality": "Data quality",
    "customers": "Latest customers",
    "method": "Methodology and glossary",
}
"""Key and title of each section, in the usual order."""

OPTIONAL = frozenset({"customers"})
"""Sections that are off unless switched on."""

TARGETS = ("spend", "ad_revenue", "roas", "visitors", "conversions", "cash_revenue", "cac", "mer", "conversion_rate",
           "coverage_percent")  # fmt: skip
"""Metrics of the KPI summary, each with an optional target, in order."""

ACCENT = "#2457D6"


@dataclass(frozen=True)
class Logo:
    """A picture kept with the report.

    Attributes:
        media_type: as ``image/png``.
        data: its bytes, base64.
    """

    media_type: str
    data: str

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return base64.b64decode(self.data)

    @classmethod
    def of(cls, content: bytes) -> Logo:
        """From a file's bytes. Raises SETTING_INVALID, see :func:`engine.branding.media_type`."""
        return cls(media_type(content), base64.b64encode(content).decode())


@dataclass(frozen=True)
class Layout:
    """What a report is besides its figures.

    Attributes:
        title: over the cover; empty: the usual one in the report's language.
        author: who prepared it.
        locale: of :data:`engine.formats.LOCALES`.
        paper: A4 or Letter.
        sections: those that are shown, in their order.
        order: every section, in the order of the editor; empty: the usual one.
        commentary: Markdown by section.
        logo: the client's.
        accent: the client's colour.
        targets: what was aimed at, by metric.
        most_campaigns: rows of the campaign table; what is beyond them is one row.
    """

    title: str = ""
    author: str = ""
    locale: str = "en_US"
    paper: Paper = "a4"
    sections: tuple[str, ...] = tuple(key for key in SECTIONS if key not in OPTIONAL)
    order: tuple[str, ...] = tuple(SECTIONS)
    commentary: Mapping[str, str] = field(default_factory=dict[str, str])
    logo: Logo | None = None
    accent: str = ACCENT
    targets: Mapping[str, float] = field(default_factory=dict[str, float])
    most_campaigns: int = 12

    def checked(self) -> Layout:
        """The same, or SETTING_INVALID with what is expected."""
        if self.locale not in LOCALES:
            raise _invalid("locale", self.locale, ", ".join(LOCALES))
        if self.paper not in PAPERS:
            raise _invalid("paper", self.paper, " or ".join(PAPERS))
        for key in (*self.sections, *self.order, *self.commentary):
            if key not in SECTIONS:
                raise _invalid("sections", key, ", ".join(SECTIONS))
        accent = checked_accent(self.accent)
        for metric, target in self.targets.items():
            if metric not in TARGETS:
                raise _invalid("targets", metric, ", ".join(TARGETS))
            if not 0 < target < 1e15:
                raise _invalid(f"targets.{metric}", target, "a number above zero")
        if not 1 <= self.most_campaigns <= 1000:
            raise _invalid("most_campaigns", self.most_campaigns, "1 to 1000")
        shown = tuple(dict.fromkeys(self.sections))
        order = tuple(dict.fromkeys((*self.order, *SECTIONS)))
        return replace(self, sections=shown, order=order, accent=accent)

    def data(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Layout:
        """From :meth:`data`; what an older or newer program wrote is read as far as it is known."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        for name in ("sections", "order"):
            if name in known:
                known[name] = tuple(key for key in known[name] if key in SECTIONS)
        if known.get("logo"):
            known["logo"] = Logo(**known["logo"])
        return cls(**known)

    def as_template(self) -> Layout:
        """What is kept for other reports: all but the commentary, which speaks of one report's figures."""
        return replace(self, commentary={})


def _invalid(name: str, value: object, expected: str) -> AttribenchError:
    return AttribenchError(Code.SETTING_INVALID, field=name, value=str(value), expected=expected)
