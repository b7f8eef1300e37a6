"""A report's figures as they were at a moment: plain data that never changes afterwards."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from engine.attribution.models import CreditSettings
from engine.queries.selection import Filter, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = 1
"""Of what is stored; raised when its shape changes."""


@dataclass(frozen=True)
class Snapshot:
    """The figures of a report.

    Attributes:
        profile: its name then.
        currency: the reporting currency then.
        timezone: of its days.
        created_at: the moment, UTC.
        program: version of the program.
        selection: what was asked about, with the days of the comparison period written out.
        beside: the models shown beside the selected one.
        is_personal: whether it holds names of people.
        figures: answers of queries, by name.
        evidence: sums by day that tell later what was restated or came late.
        data: counts and hashes of the records it was made of, by table.
        fingerprint: of all of ``data``.
    """

    profile: str
    currency: str
    timezone: str
    created_at: datetime
    program: str
    selection: Selection
    beside: tuple[str, ...]
    is_personal: bool
    figures: Mapping[str, Any]
    evidence: Mapping[str, Any]
    data: Mapping[str, str]
    fingerprint: str

    @property
    def models(self) -> tuple[str, ...]:
        """The selected model and those beside it."""
        return (self.selection.model, *self.beside)

    def text(self) -> str:
        """As it is stored: the same figures always give the same text."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told["selection"] = asdict(self.selection)
        return json.dumps(plain(told | {"format": FORMAT}), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Snapshot:
        """From :meth:`text`."""
        told: dict[str, Any] = json.loads(text)
        known = {name: told[name] for name in cls.__dataclass_fields__}
        known |= {
            "selection": _selection(told["selection"]),
            "created_at": datetime.fromisoformat(told["created_at"]),
            "beside": tuple(told["beside"]),
        }
        return cls(**known)


def _selection(told: dict[str, Any]) -> Selection:
    settings: dict[str, Any] | None = told["settings"]
    days = {name: date.fromisoformat(told[name]) for name in ("date_from", "date_to", "compare_from", "compare_to")}
    filters = tuple(Filter(each["dimension"], each["operator"], tuple(each["values"])) for each in told["filters"])
    whatif: dict[str, Any] | None = settings and {**settings, "weights": tuple(settings["weights"])}
    known: dict[str, Any] = {
        **told,
        **days,
        "filters": filters,
        "goals": tuple(told["goals"]),
        "settings": CreditSettings(**whatif) if whatif else None,
    }
    return Selection(**known)


def plain(value: Any) -> Any:
    """A value as JSON has it: days and moments as ISO text, numbers that are none as null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value)
        case date() | datetime():
            return value.isoformat()
        case dict():
            return {str(key): plain(item) for key, item in cast("dict[object, object]", value).items()}
        case list() | tuple():
            return [plain(item) for item in cast("Iterable[object]", value)]
        case _:
            return value
