"""X's Ads API, played on this machine: lists by time of change, active entities, figures now and by jobs."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson

from connectors.http import Request, Response
from connectors.standins.base import Standin, reply

if TYPE_CHECKING:
    import re

HOST = "ads-api.x.com"
_LIMIT_SECONDS = 2


def error(code: str, status: int, **facts: Any) -> Response:
    """An error in X's form."""
    return reply(
        {"errors": [{"code": code, "message": f"{code} happened", **facts}], "request": {"params": {}}}, status
    )


class XStandin(Standin):
    """Holds accounts, their objects, and figures by entity, placement and day.

    Attributes:
        now: what X's clock says.
        stats: (entity, id, placement) -> day -> metrics.
        polls: how often a job is not ready yet.
        forbidden: accounts that may not be read.
        limits: headers of every answer.
        page: objects of a page at most.
    """

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.accounts: dict[str, dict[str, Any]] = {}
        self.objects: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self.stats: dict[tuple[str, str, str], dict[date, dict[str, int]]] = {}
        self.owner: dict[str, str] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.polls = 1
        self.forbidden: set[str] = set()
        self.limits: dict[str, str] = {}
        self.page = 1_000
        self.cursors: dict[str, tuple[str, int]] = {}
        self.lost_cursors = 0
        account = r"/12/accounts/(\w+)"
        self.routes = [
            ("GET", "/12/accounts", self._accounts),
            ("GET", account + "/(campaigns|line_items|promoted_tweets|web_event_tags|tweets)", self._list),
            ("GET", r"/12/stats/accounts/(\w+)/active_entities", self._active),
            ("GET", r"/12/stats/accounts/(\w+)", self._stats),
            ("POST", r"/12/stats/jobs/accounts/(\w+)", self._job),
            ("GET", r"/12/stats/jobs/accounts/(\w+)", self._job_list),
            ("GET", r"/results/(\w+)\.json\.gz", self._result),
        ]

    # -- what there is ----------------------------------------------------------------------------------------------

    def account(self, id_: str, timezone: str = "America/Los_Angeles", **more: Any) -> None:
        made = {"id": id_, "name": f"Account {id_}", "timezone": timezone, "created_at": "2025-01-01T08:00:00Z"}
        self.accounts[id_] = {**made, "approval_status": "ACCEPTED", "deleted": False, **more}

    def put(self, account: str, kind: str, id_: str, updated_at: str = "2026-05-01T00:00:00Z", **more: Any) -> None:
        made = {"id": id_, "deleted": False, "created_at": "2026-01-01T00:00:00Z", "updated_at": updated_at, **more}
        self.objects.setdefault((account, kind), {})[id_] = made

    def spend(
        self, entity: str, id_: str, day: date, micros: int, placement: str = "ALL_ON_TWITTER", **more: int
    ) -> None:
        self.stats.setdefault((entity, id_, placement), {})[day] = {"billed_charge_local_micro": micros, **more}

    # -- answering --------------------------------------------------------------------------------------------------

    def limited(self) -> Response:
        response = error("TOO_MANY_REQUESTS", 429)
        reset = str(int(self.now.timestamp()) + _LIMIT_SECONDS)
        told = {"x-rate-limit-limit": "2000", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        response.headers.update({"date": format_datetime(self.now, usegmt=True), **told})
        return response

    def answer(self, request: Request) -> Response:
        if request.url.host == HOST and not self.is_signed(request):
            return error("UNAUTHORIZED_ACCESS", 401)
        response = super().answer(request)
        response.headers.update({"date": format_datetime(self.now, usegmt=True), **self.limits})
        return response

    def is_signed(self, request: Request) -> bool:
        """Whether the request is signed; by whom, this stand-in does not look at."""
        return request.headers.get("authorization", "").startswith("OAuth ")

    def _accounts(self, request: Request, found: re.Match[str]) -> Response:
        told = dict(request.url.params)
        chosen = told["account_ids"].split(",") if "account_ids" in told else list(self.accounts)
        data = [self.accounts[id_] for id_ in chosen if id_ in self.accounts]
        return reply({"request": {"params": {}}, "data": data, "data_type": "account", "next_cursor": None})

    def _list(self, request: Request, found: re.Match[str]) -> Response:
        account, kind = found[1], found[2]
        if account in self.forbidden:
            return error("ACCOUNT_NOT_FOUND", 403)
        told = dict(request.url.params)
        rows = list(self.objects.get((account, kind), {}).values())
        for name, ids in told.items():
            if name.endswith("_ids"):
                rows = [each for each in rows if each["id"] in ids.split(",")]
        if told.get("with_deleted") != "true":
            rows = [each for each in rows if not each["deleted"]]
        if told.get("sort_by") == "updated_at-desc":
            rows.sort(key=lambda each: (each["updated_at"], each["id"]), reverse=True)
        start = 0
        if "cursor" in told:
            if told["cursor"] not in self.cursors:
                return error("INVALID_PARAMETER", 400, parameter="cursor", value=told["cursor"])
            start = self.cursors[told["cursor"]][1]
        size = min(self.page, int(told.get("count", 200)))
        cursor = None
        if start + size < len(rows):
            cursor = f"c-{len(self.cursors)}"
            self.cursors[cursor] = kind, start + size
        return reply(
            {"request": {"params": {}}, "data": rows[start : start + size], "data_type": kind, "next_cursor": cursor}
        )

    def _days(self, account: str, told: dict[str, str], longest: int) -> list[date] | Response:
        zone = ZoneInfo(self.accounts[account]["timezone"])
        days: list[date] = []
        for name in ("start_time", "end_time"):
            text = told[name]
            if len(text) == 10:
                days.append(date.fromisoformat(text))
                continue
            local = datetime.fromisoformat(text).astimezone(zone)
            if (local.hour, local.minute) != (0, 0):
                return error("INVALID_PARAMETER", 400, parameter=name, value=text)
            days.append(local.date())
        count = (days[1] - days[0]).days
        if not 0 < count <= longest:
            return error("INVALID_TIME_WINDOW", 400)
        return [days[0] + timedelta(days=at) for at in range(count)]

    def _active(self, request: Request, found: re.Match[str]) -> Response:
        told = dict(request.url.params)
        days = self._days(found[1], told, 90)
        if not isinstance(days, list):
            return days
        data: dict[str, dict[str, Any]] = {}
        for (entity, id_, placement), by_day in self.stats.items():
            if entity == told["entity"] and self.owner.get(id_, found[1]) == found[1] and {*days} & {*by_day}:
                data.setdefault(id_, {"entity_id": id_, "placements": []})["placements"].append(placement)
        return reply({"data_type": "active_entities", "request": {"params": {}}, "data": list(data.values())})

    def _figures(self, told: dict[str, str], days: list[date]) -> dict[str, Any]:
        data: list[dict[str, Any]] = []
        for id_ in told["entity_ids"].split(","):
            by_day = self.stats.get((told["entity"], id_, told["placement"]), {})
            names = {name for day in days for name in by_day.get(day, {})}
            metrics: dict[str, Any] = {"impressions": None, "follows": None, "billed_charge_local_micro": None}
            metrics |= {name: [by_day.get(day, {}).get(name, 0) for day in days] for name in names}
            data.append({"id": id_, "id_data": [{"segment": None, "metrics": metrics}]})
        return {"data_type": "stats", "time_series_length": len(days), "data": data, "request": {"params": told}}

    def _stats(self, request: Request, found: re.Match[str]) -> Response:
        if found[1] in self.forbidden:
            return error("ACCOUNT_NOT_FOUND", 403)
        told = dict(request.url.params)
        days = self._days(found[1], told, 7)
        if not isinstance(days, list):
            return days
        if len(told["entity_ids"].split(",")) > 20:
            return error("INVALID_PARAMETER", 400, parameter="entity_ids")
        return reply(self._figures(told, days))

    def _job(self, request: Request, found: re.Match[str]) -> Response:
        told = dict(request.url.params)
        days = self._days(found[1], told, 90)
        if not isinstance(days, list):
            return days
        if len(told["entity_ids"].split(",")) > 20:
            return error("INVALID_PARAMETER", 400, parameter="entity_ids")
        id_ = str(10**18 + len(self.jobs))
        self.jobs[id_] = {"told": told, "days": days, "polls": self.polls, "status": "SUCCESS"}
        return reply({"request": {}, "data": {"id": int(id_), "id_str": id_, "status": "PROCESSING", "url": None}})

    def _job_list(self, request: Request, found: re.Match[str]) -> Response:
        data: list[dict[str, Any]] = []
        for id_ in request.url.params["job_ids"].split(","):
            job = self.jobs[id_]
            is_ready = job["polls"] <= 0
            job["polls"] -= 1
            url = f"https://ton.twimg.com/results/{id_}.json.gz" if is_ready and job["status"] == "SUCCESS" else None
            status = job["status"] if is_ready else "PROCESSING"
            data.append({"id": int(id_), "id_str": id_, "status": status, "url": url})
        return reply({"request": {}, "next_cursor": None, "data": data})

    def _result(self, request: Request, found: re.Match[str]) -> Response:
        job = self.jobs[found[1]]
        body = orjson.dumps(self._figures(job["told"], job["days"]))
        return Response(200, content=gzip.compress(body), headers={"content-type": "application/gzip"})
