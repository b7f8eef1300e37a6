"""The days of a Meta ad account: spend, delivery and video figures by ad.

Facts: days are the account's own and change for 28 days; the account's insights leave deleted ads out unless a filter
names their status; 37 months can be asked for; large pulls are made by a report that is asked for, looked at and read.
https://developers.facebook.com/docs/marketing-api/insights,
https://developers.facebook.com/docs/marketing-api/insights/best-practices
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from connectors.base import RESTATED_DAYS
from connectors.meta_graph import COMPLETED, DELETED_REFUSED, FAILED, TOO_MUCH, has_reason
from connectors.meta_rows import INSIGHT_FIELDS, PLATFORM, insight_row
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, Row, ToldWhole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from connectors.meta_graph import Graph, Object
    from connectors.meta_rows import AdAccount
    from engine.task import Task

STATUSES = [
    *("ACTIVE", "ADSET_PAUSED", "ARCHIVED", "CAMPAIGN_PAUSED", "DELETED", "DISAPPROVED", "IN_PROCESS", "PAUSED"),
    *("PENDING_BILLING_INFO", "PENDING_REVIEW", "PREAPPROVED", "WITH_ISSUES"),
]

_REACH_MONTHS = 37
_SPAN = 35  # days of a request: a week without a sync still is one request
_FIRST_SPAN = 7  # days of the first request of a long history, until it is known how many rows a day has
_HELD = 100_000  # rows of a request: a span is held until it is whole
_DIRECT_DAYS = 56  # more than these are large: by report
_DIRECT_ROWS = 5_000  # so are spans of more rows
_PAGE = 500
_BATCH = 2_000  # rows; whole days
_LOOKS = 600  # at a report, some seconds apart: half an hour
_TRIES = 3  # of a report of a single day

Days = dict[date, dict[str, bytes]]
"""Rows by day and ad, packed: a span is held whole, and as objects it would take ten times the memory."""
Told = TypeVar("Told")


class InsightStream:
    """The days of an account.

    State: ``first`` (where the history begins), ``settled`` (the first day that may still change), ``large`` (reports
    from the beginning), ``per_day`` (the most rows of a day that was told last); inside a run its ``day`` and ``next``,
    where it goes on if that day is not over.
    """

    def __init__(
        self, graph: Graph, id_: str, title: str, account: Callable[[Task], AdAccount], since: date, now: datetime
    ) -> None:
        self.key = f"insights:{id_}"
        self.title = title
        self._graph = graph
        self._account = account
        self._since = since
        self._now = now
        self._filters_deleted = True

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the days that are new or may have changed, each told whole."""
        account = self._account(task)
        today = account.today(self._now)
        first = max(self._since, _months_before(today, _REACH_MONTHS) + timedelta(days=1))
        if _day(state.get("first"), date.max) > first:
            state = {}  # nothing is known yet, or more history is wanted
        settled = _day(state.get("settled"), first)
        start = _day(state.get("next"), settled) if state.get("day") == today.isoformat() else settled
        # Days told while they could still change are told again by a run on a later day.
        final = today - timedelta(days=RESTATED_DAYS - 1)
        begun, count = start, max(1, (today - start).days + 1)
        is_large, longest, tries = bool(state.get("large")), _SPAN, 0
        per_day, unknown = int(state.get("per_day") or 0), _FIRST_SPAN
        while start <= today:
            by_report = is_large or (today - start).days + 1 > _DIRECT_DAYS
            length = unknown if by_report and not per_day else max(1, _HELD // max(1, per_day))
            end = min(start + timedelta(days=min(longest, length) - 1), today)
            try:
                days = (self._report if by_report else self._direct)(account, start, end, task)
            except AttribenchError as error:
                if not has_reason(error, TOO_MUCH):
                    raise
                if by_report and start == end:
                    tries += 1
                    if tries >= _TRIES:
                        raise
                elif by_report:
                    longest = ((end - start).days + 1) // 2
                is_large = True
                continue
            tries = 0
            unknown *= 2  # nothing was told yet: before the account's first ads
            is_large = is_large or sum(map(len, days.values())) > _DIRECT_ROWS
            per_day = max(1, *map(len, days.values())) if days else per_day
            for rows, last in _chunks(days, start, end):
                following = last + timedelta(days=1)
                told: dict[str, Any] = {
                    "first": min(first, _day(state.get("first"), first)).isoformat(),
                    "settled": max(settled, min(following, final)).isoformat(),
                    "large": is_large,
                    "per_day": per_day,
                }
                if last < today:
                    told |= {"day": today.isoformat(), "next": following.isoformat()}
                whole = ToldWhole(PLATFORM, account.id, start, last)
                yield Batch(told, rows, told_whole=[whole], progress=((last - begun).days + 1) / count)
                start = following

    def _direct(self, account: AdAccount, first: date, last: date, task: Task) -> Days:
        path = f"act_{account.id}/insights"
        return self._asked(lambda params: self._read(path, params, account, first, last, task), first, last)

    def _report(self, account: AdAccount, first: date, last: date, task: Task) -> Days:
        """By a report. One that fails, or is gone before it was read, was too much."""
        path = f"act_{account.id}/insights"
        body = self._asked(lambda params: self._graph.post(path, params, task), first, last)
        run = body.get("report_run_id")
        if not run:
            raise self._graph.unreadable("no report_run_id")
        try:
            self._await(str(run), task)
            return self._read(f"{run}/insights", {}, account, first, last, task)
        except AttribenchError as error:
            if error.code is not Code.PROVIDER_MISSING:
                raise
            raise self._graph.refused(str(error.facts.get("what")), TOO_MUCH) from None

    def _await(self, run: str, task: Task) -> None:
        """Wait for a report; the time between looks is left by the signals."""
        fields = "async_status,async_percent_completion,error_code,error_subcode,error_message"
        for _ in range(_LOOKS):
            told = self._graph.get(run, {"fields": fields}, task)
            status = str(told.get("async_status"))
            if status == COMPLETED:
                return
            if status in FAILED:
                raise self._graph.refused(f"{status}: {told.get('error_message') or 'no reason told'}", TOO_MUCH)
        raise self._graph.refused("the report was not made in time", TOO_MUCH)

    def _asked(self, ask: Callable[[Mapping[str, Any]], Told], first: date, last: date) -> Told:
        """Ask for a span, deleted ads included where the account allows it."""
        params: dict[str, Any] = {
            "level": "ad",
            "time_increment": "1",
            "time_range": json.dumps({"since": first.isoformat(), "until": last.isoformat()}),
            "fields": INSIGHT_FIELDS,
            "use_unified_attribution_setting": "true",  # results as in the Ads Manager
        }
        if self._filters_deleted:
            named = {"field": "ad.effective_status", "operator": "IN", "value": STATUSES}
            try:
                return ask({**params, "filtering": json.dumps([named])})
            except AttribenchError as error:
                if not has_reason(error, DELETED_REFUSED):
                    raise
                self._filters_deleted = False
        return ask(params)

    def _read(
        self, path: str, params: Mapping[str, Any], account: AdAccount, first: date, last: date, task: Task
    ) -> Days:
        """The rows of a span by day and ad: what pages tell twice is one."""
        days: Days = {}
        for page in self._graph.pages(path, params, task, limit=_PAGE):
            for told in page.items:
                day = self._day_of(told)
                if told.get("ad_id") and first <= day <= last:
                    days.setdefault(day, {})[str(told["ad_id"])] = _packed(insight_row(told, account))
        return days

    def _day_of(self, told: Object) -> date:
        day = _day(told.get("date_start"), date.min)
        if day == date.min or told.get("date_stop") != told.get("date_start"):
            raise self._graph.unreadable("a row that is not of one day")
        return day


def _chunks(days: Days, first: date, last: date) -> Iterator[tuple[list[Row], date]]:
    """Rows of whole days, some thousand at a time, with the last day of each part; days without rows included."""
    rows: list[Row] = []
    day = first
    while day <= last:
        rows += [_unpacked(row) for _, row in sorted(days.pop(day, {}).items())]
        if len(rows) >= _BATCH or day == last:
            yield rows, day
            rows = []
        day += timedelta(days=1)


def _packed(row: Row) -> bytes:
    # Copied: what orjson returns keeps the kilobytes it was written into.
    return bytes(memoryview(orjson.dumps((row.kind, row.fields))))


def _unpacked(row: bytes) -> Row:
    return Row(*orjson.loads(row))


def _months_before(day: date, months: int) -> date:
    """The same day so many months ago, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _day(told: Any, default: date) -> date:
    try:
        return date.fromisoformat(str(told)) if told else default
    except ValueError:
        return default
