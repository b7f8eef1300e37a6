"""X's Ads API on this machine: signatures, lists by time of change, active entities, figures now and by jobs."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

import httpx

from tests.connectors.harness import Fake, reply

if TYPE_CHECKING:
    import re

SECRETS = {
    "consumer_key": "ck-4711",
    "consumer_secret": "cs-very-secret",
    "access_token": "at-0815",
    "access_token_secret": "ts-very-secret",
}
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)  # what X's clock says; ours may say something else


def signature(method: str, url: str, oauth: dict[str, str], consumer_secret: str, token_secret: str, form: str) -> str:
    """HMAC-SHA1 of RFC 5849, section 3.4, written anew here."""

    def escaped(text: str) -> str:
        return quote(text, safe="-._~")

    parts = urlsplit(url)
    told = [*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(form, keep_blank_values=True)]
    told += [(name, value) for name, value in oauth.items() if name not in {"oauth_signature", "realm"}]
    pairs = sorted((escaped(name), escaped(value)) for name, value in told)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join([method, escaped(f"{parts.scheme}://{parts.netloc}{parts.path}"), escaped(joined)])
    key = f"{escaped(consumer_secret)}&{escaped(token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def error(code: str, status: int, **facts: Any) -> httpx.Response:
    """An error in X's form."""
    return reply(
        {"errors": [{"code": code, "message": f"{code} happened", **facts}], "request": {"params": {}}}, status
    )


class FakeX(Fake):
    """Holds accounts, their objects, and figures by entity, placement and day.

    Attributes:
        stats: (entity, id, placement) -> day -> metrics.
        polls: how often a job is not ready yet.
        forbidden: accounts that may not be read.
        limits: headers of every answer.
        page: objects of a page at most.
    """

    def __init__(self) -> None:
        super().__init__()
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

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "ads-api.x.com" and not self._is_signed(request):
            return error("UNAUTHORIZED_ACCESS", 401)
        if request.url.host != "ads-api.x.com":
            assert "authorization" not in request.headers
        response = super().answer(request)
        response.headers.update({"date": format_datetime(NOW, usegmt=True), **self.limits})
        return response

    def _is_signed(self, request: httpx.Request) -> bool:
        told = request.headers.get("authorization", "")
        if not told.startswith("OAuth "):
            return False
        oauth = dict(part.strip().split("=", 1) for part in told[6:].split(","))
        oauth = {name: unquote(value.strip('"')) for name, value in oauth.items()}
        wanted = signature(
            request.method, str(request.url), oauth, SECRETS["consumer_secret"], SECRETS["access_token_secret"], ""
        )
        return oauth["oauth_signature"] == wanted and oauth["oauth_consumer_key"] == SECRETS["consumer_key"]

    def _accounts(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        told = dict(request.url.params)
        chosen = told["account_ids"].split(",") if "account_ids" in told else list(self.accounts)
        data = [self.accounts[id_] for id_ in chosen if id_ in self.accounts]
        return reply({"request": {"params": {}}, "data": data, "data_type": "account", "next_cursor": None})

    def _list(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        account, kind = found[1], found[2]
        if account in self.forbidden:
            return error("ACCOUNT_NOT_FOUND", 403)
        told = dict(request.url.params)
        rows = list(self.objects.get((account, kind), {}).values())
        for name, ids in told.items():
            if name.endswith("_ids"):
                assert len(ids.split(",")) <= 200
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

    def _days(self, account: str, told: dict[str, str], longest: int) -> list[date] | httpx.Response:
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

    def _active(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
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

    def _stats(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        if found[1] in self.forbidden:
            return error("ACCOUNT_NOT_FOUND", 403)
        told = dict(request.url.params)
        days = self._days(found[1], told, 7)
        if not isinstance(days, list):
            return days
        if len(told["entity_ids"].split(",")) > 20:
            return error("INVALID_PARAMETER", 400, parameter="entity_ids")
        return reply(self._figures(told, days))

    def _job(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        told = dict(request.url.params)
        days = self._days(found[1], told, 90)
        if not isinstance(days, list):
            return days
        if len(told["entity_ids"].split(",")) > 20:
            return error("INVALID_PARAMETER", 400, parameter="entity_ids")
        id_ = str(10**18 + len(self.jobs))
        self.jobs[id_] = {"told": told, "days": days, "polls": self.polls, "status": "SUCCESS"}
        return reply({"request": {}, "data": {"id": int(id_), "id_str": id_, "status": "PROCESSING", "url": None}})

    def _job_list(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        data: list[dict[str, Any]] = []
        for id_ in request.url.params["job_ids"].split(","):
            job = self.jobs[id_]
            is_ready = job["polls"] <= 0
            job["polls"] -= 1
            url = f"https://ton.twimg.com/results/{id_}.json.gz" if is_ready and job["status"] == "SUCCESS" else None
            status = job["status"] if is_ready else "PROCESSING"
            data.append({"id": int(id_), "id_str": id_, "status": status, "url": url})
        return reply({"request": {}, "next_cursor": None, "data": data})

    def _result(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        job = self.jobs[found[1]]
        body = json.dumps(self._figures(job["told"], job["days"])).encode()
        return httpx.Response(200, content=gzip.compress(body), headers={"content-type": "application/gzip"})
