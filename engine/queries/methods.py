"""Every query as a method of a profile: what the command line, the window and other programs call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from engine.queries.analysis import ANOMALY_METRICS, ANOMALY_THRESHOLD
from engine.queries.models import DEFAULT_COMPARED
from engine.queries.selection import EVER, Filter, Selection
from engine.queries.traffic import DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from engine.attribution.models import CreditSettings
    from engine.queries.result import Result
    from engine.queries.selection import DateBasis
    from engine.task import Task


class Asked(TypedDict, total=False):
    """The selection besides its dates, see :class:`engine.queries.selection.Selection`; ``task`` cancels the query."""

    model: str
    filters: Sequence[Filter | str]
    goals: Sequence[str]
    compare_from: date
    compare_to: date
    date_basis: DateBasis
    settings: CreditSettings
    task: Task


class Queries(ABC):
    """The queries, each named as on the command line. Every one raises what :func:`engine.queries.registry.ask`
    does."""

    @abstractmethod
    def query(self, name: str, selection: Selection, task: Task | None = None, **options: Any) -> Result:
        """Any query by name, with its options."""

    def overview(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """The headline figures and those of the comparison period."""
        return self._asked("overview", date_from, date_to, asked)

    def summary(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Cash, pipeline and leads apart, with the comparison period."""
        return self._asked("summary", date_from, date_to, asked)

    def timeseries(
        self, date_from: date, date_to: date, *, by: str = "day", metrics: Sequence[str] = DAYS, **asked: Unpack[Asked]
    ) -> Result:
        """Figures by day, week or month."""
        return self._asked("timeseries", date_from, date_to, asked, by=by, metrics=metrics)

    def channels(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by channel."""
        return self._asked("channels", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def referrers(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by referring site."""
        return self._asked("referrers", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def sources(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by source."""
        return self._asked("sources", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def mediums(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by medium."""
        return self._asked("mediums", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def campaign_board(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by campaign, paid or not."""
        return self._asked("campaign-board", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def pages(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by page seen; credit goes to the entry page."""
        return self._asked("pages", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def entry_pages(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by first page of the visit."""
        return self._asked("entry-pages", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def exit_pages(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by last page of the visit; credit goes to the entry page."""
        return self._asked("exit-pages", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def countries(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by country."""
        return self._asked("countries", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def regions(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by region."""
        return self._asked("regions", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def cities(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by city."""
        return self._asked("cities", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def devices(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by kind of device."""
        return self._asked("devices", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def browsers(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by browser."""
        return self._asked("browsers", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def os(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by operating system."""
        return self._asked("os", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def board(
        self,
        date_from: date,
        date_to: date,
        *,
        by: str,
        limit: int = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Traffic and credit by any dimension."""
        return self._asked("board", date_from, date_to, asked, by=by, limit=limit, sort=sort, search=search)

    def keywords(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 50,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Search words of a connected search console."""
        return self._asked("keywords", date_from, date_to, asked, limit=limit, sort=sort, search=search)

    def campaigns(
        self,
        date_from: date,
        date_to: date,
        *,
        level: str = "campaign",
        limit: int | None = 10,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Ad campaigns, ad sets or ads with delivery, credit and ROAS."""
        return self._asked("campaigns", date_from, date_to, asked, level=level, limit=limit, sort=sort, search=search)

    def trend(
        self,
        date_from: date,
        date_to: date,
        *,
        entity_ids: Sequence[str],
        level: str = "campaign",
        **asked: Unpack[Asked],
    ) -> Result:
        """Some campaigns, ad sets or ads by day."""
        return self._asked("trend", date_from, date_to, asked, entity_ids=entity_ids, level=level)

    def fatigue(
        self,
        date_from: date,
        date_to: date,
        *,
        level: str = "ad",
        sort: str | None = None,
        limit: int | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Ads that wear out, against the prior window."""
        return self._asked("fatigue", date_from, date_to, asked, level=level, sort=sort, limit=limit)

    def conversions(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Conversions by goal."""
        return self._asked("conversions", date_from, date_to, asked)

    def conversions_timeseries(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Conversions by day and goal."""
        return self._asked("conversions-timeseries", date_from, date_to, asked)

    def revenue(self, date_from: date, date_to: date, *, by: str = "day", **asked: Unpack[Asked]) -> Result:
        """Revenue, cash and spend by day."""
        return self._asked("revenue", date_from, date_to, asked, by=by)

    def cash(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Cash by payment source and currency."""
        return self._asked("cash", date_from, date_to, asked)

    def customers(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        cursor: str | None = None,
        search: str | None = None,
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """Conversions with the people behind them, newest first."""
        return self._asked(
            "customers", date_from, date_to, asked, limit=limit, cursor=cursor, search=search, masked=masked
        )

    def people(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 50,
        cursor: str | None = None,
        search: str | None = None,
        sort: str | None = None,
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """People who converted, one row each, with the path to their latest conversion."""
        return self._asked(
            "people", date_from, date_to, asked, limit=limit, cursor=cursor, search=search, sort=sort, masked=masked
        )

    def visitors(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 10,
        cursor: str | None = None,
        search: str | None = None,
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """Devices that visited, last seen first."""
        return self._asked(
            "visitors", date_from, date_to, asked, limit=limit, cursor=cursor, search=search, masked=masked
        )

    def appointments(
        self,
        date_from: date,
        date_to: date,
        *,
        assigned_user: Sequence[str] = (),
        calendar: Sequence[str] = (),
        source: Sequence[str] = (),
        search: str | None = None,
        limit: int | None = None,
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """Appointments by the time they start, with what brought them, how they went and where their deal stands."""
        return self._asked(
            "appointments",
            date_from,
            date_to,
            asked,
            assigned_user=assigned_user,
            calendar=calendar,
            source=source,
            search=search,
            limit=limit,
            masked=masked,
        )

    def journey(
        self,
        date_from: date,
        date_to: date,
        *,
        id: str,  # noqa: A002
        limit: int = 50,
        cursor: str | None = None,
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """One person's timeline with credit per touch."""
        return self._asked("journey", date_from, date_to, asked, id=id, limit=limit, cursor=cursor, masked=masked)

    def quality(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Tracking, coverage and what could not be resolved."""
        return self._asked("quality", date_from, date_to, asked)

    def findings(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Everything that distorts the figures: what, how much of it, and where it is mended."""
        return self._asked("findings", date_from, date_to, asked)

    def coverage_history(self, date_from: date, date_to: date, *, by: str = "week", **asked: Unpack[Asked]) -> Result:
        """Coverage of conversions and of cash by week or month, with its band."""
        return self._asked("coverage-history", date_from, date_to, asked, by=by)

    def unmatched_payments(
        self,
        date_from: date,
        date_to: date,
        *,
        limit: int = 1000,
        search: str | None = None,
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """Payments and refunds without a touch, each with the reason."""
        return self._asked("unmatched-payments", date_from, date_to, asked, limit=limit, search=search, masked=masked)

    def utm_audit(
        self, date_from: date, date_to: date, *, limit: int = 1000, search: str | None = None, **asked: Unpack[Asked]
    ) -> Result:
        """Tags in several spellings, of unknown ads, on internal links, or missing, with visits and cash."""
        return self._asked("utm-audit", date_from, date_to, asked, limit=limit, search=search)

    def gaps(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Hours without visits where some are usual."""
        return self._asked("gaps", date_from, date_to, asked)

    def freshness(self) -> Result:
        """Connections and kinds of records, and when they last brought anything."""
        return self.query("freshness", EVER)

    def contacts(
        self,
        *,
        scope: str = "all",
        limit: int = 50,
        cursor: str | None = None,
        search: str | None = None,
        masked: bool = False,
    ) -> Result:
        """Identified people and what is missing of them, last seen first."""
        options = {"scope": scope, "limit": limit, "cursor": cursor, "search": search, "masked": masked}
        return self.query("contacts", EVER, **_given(options))

    def conflicts(self, *, limit: int = 1000, search: str | None = None, masked: bool = False) -> Result:
        """Identifiers that joined nobody or not everybody, and why."""
        return self.query("conflicts", EVER, **_given({"limit": limit, "search": search, "masked": masked}))

    def repairs(self, *, limit: int = 1000, search: str | None = None, masked: bool = False) -> Result:
        """Missing emails, phones and names that raw records tell, and where."""
        return self.query("repairs", EVER, **_given({"limit": limit, "search": search, "masked": masked}))

    def repair_preview(
        self,
        date_from: date,
        date_to: date,
        *,
        entity_ids: Sequence[str] = (),
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """What repairs would change; all that need no second look when none is named."""
        return self._asked("repair-preview", date_from, date_to, asked, entity_ids=entity_ids, masked=masked)

    def merge_preview(
        self,
        date_from: date,
        date_to: date,
        *,
        entity_ids: Sequence[str],
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """What it would change if several people were one."""
        return self._asked("merge-preview", date_from, date_to, asked, entity_ids=entity_ids, masked=masked)

    def split_preview(
        self,
        date_from: date,
        date_to: date,
        *,
        id: str,  # noqa: A002
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """What it would change if an identifier joined nobody."""
        return self._asked("split-preview", date_from, date_to, asked, id=id, masked=masked)

    def funnel(self, date_from: date, date_to: date, *, scope: str = "all", **asked: Unpack[Asked]) -> Result:
        """Conversion events along the usual chain."""
        return self._asked("funnel", date_from, date_to, asked, scope=scope)

    def path_lengths(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """Conversions and cash by the number of touches before them, and how much of it touches reach."""
        return self._asked("path-lengths", date_from, date_to, asked)

    def paths(
        self,
        date_from: date,
        date_to: date,
        *,
        by: str = "channel",
        collapse: bool = False,
        limit: int = 20,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """The most frequent sequences of touches before conversions."""
        return self._asked(
            "paths", date_from, date_to, asked, by=by, collapse=collapse, limit=limit, sort=sort, search=search
        )

    def lags(self, date_from: date, date_to: date, **asked: Unpack[Asked]) -> Result:
        """How long conversions took from the first touch, as a histogram."""
        return self._asked("lags", date_from, date_to, asked)

    def anomalies(
        self,
        date_from: date,
        date_to: date,
        *,
        metrics: Sequence[str] = ANOMALY_METRICS,
        threshold: float = ANOMALY_THRESHOLD,
        **asked: Unpack[Asked],
    ) -> Result:
        """Days unusual for their weekday."""
        return self._asked("anomalies", date_from, date_to, asked, metrics=metrics, threshold=threshold)

    def engagement(
        self, date_from: date, date_to: date, *, by: str = "none", limit: int = 10, **asked: Unpack[Asked]
    ) -> Result:
        """Scroll, time, frustration, forms, video, web vitals."""
        return self._asked("engagement", date_from, date_to, asked, by=by, limit=limit)

    def compare(
        self,
        date_from: date,
        date_to: date,
        *,
        models: Sequence[str] = DEFAULT_COMPARED,
        by: str = "channel",
        limit: int | None = None,
        sort: str | None = None,
        search: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Models side by side."""
        return self._asked(
            "compare", date_from, date_to, asked, models=models, by=by, limit=limit, sort=sort, search=search
        )

    def behind(
        self,
        date_from: date,
        date_to: date,
        *,
        by: str,
        id: str,  # noqa: A002
        limit: int = 50,
        cursor: str | None = None,
        masked: bool = False,
        **asked: Unpack[Asked],
    ) -> Result:
        """The conversions behind one row of compare under a model, with what each gave it."""
        return self._asked("behind", date_from, date_to, asked, by=by, id=id, limit=limit, cursor=cursor, masked=masked)

    def intervals(
        self,
        date_from: date,
        date_to: date,
        *,
        by: str = "channel",
        limit: int | None = None,
        sort: str | None = None,
        **asked: Unpack[Asked],
    ) -> Result:
        """Bootstrap intervals of credited revenue and ROAS."""
        return self._asked("intervals", date_from, date_to, asked, by=by, limit=limit, sort=sort)

    def realtime(self) -> Result:
        """Visitors of the last five minutes."""
        return self.query("realtime", EVER)

    def identity(self, *, id: str, masked: bool = False, **asked: Unpack[Asked]) -> Result:  # noqa: A002
        """The identifiers of one person, and why they are one."""
        return self._asked("identity", EVER.date_from, EVER.date_to, asked, id=id, masked=masked)

    def record(self, *, id: str, masked: bool = False, **asked: Unpack[Asked]) -> Result:  # noqa: A002
        """The raw record behind a conversion, event, touch or payment."""
        return self._asked("record", EVER.date_from, EVER.date_to, asked, id=id, masked=masked)

    def explain(self, *, id: str, masked: bool = False, **asked: Unpack[Asked]) -> Result:  # noqa: A002
        """Everything behind one conversion."""
        return self._asked("explain", EVER.date_from, EVER.date_to, asked, id=id, masked=masked)

    def _asked(self, name: str, date_from: date, date_to: date, asked: Asked, **options: Any) -> Result:
        told: dict[str, Any] = {key: value for key, value in asked.items() if key in _FIELDS}
        if "filters" in asked:
            told["filters"] = tuple(Filter.parse(item) if isinstance(item, str) else item for item in asked["filters"])
        if "goals" in asked:
            told["goals"] = tuple(asked["goals"])
        return self.query(name, Selection(date_from, date_to, **told), asked.get("task"), **_given(options))


_FIELDS = {field.name for field in fields(Selection)}


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left at None: the query has its own default."""
    return {key: value for key, value in options.items() if value is not None}
