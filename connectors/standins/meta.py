"""Meta, played on this machine: accounts, edges with statuses and changes, cursors, insights at once and by report."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from connectors.standins.base import Object, Standin, reply

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence
    from datetime import date

    from connectors.http import Request, Response

TOKEN = "EAAGsystemusertoken"
HIDDEN = {"ARCHIVED", "DELETED"}


def error(code: int, message: str = "told by the stand-in", subcode: int | None = None, status: int = 400) -> Response:
    """An error as Meta tells it."""
    told: Object = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Atrace"}
    if subcode is not None:
        told["error_subcode"] = subcode
    return reply({"error": told}, status, {"x-fb-trace-id": "trace"})


def fields_of(text: str) -> dict[str, str]:
    """Names of a ``fields`` parameter, with what stands in braces behind them."""
    found: dict[str, str] = {}
    depth, name, inner = 0, "", ""
    for letter in f"{text},":
        if letter == "," and not depth:
            found[name], name, inner = inner, "", ""
            continue
        if letter == "{":
            depth += 1
            if depth == 1:
                continue
        if letter == "}":
            depth -= 1
            if not depth:
                continue
        if depth:
            inner += letter
        else:
            name += letter
    return found


class MetaStandin(Standin):
    """Holds accounts, their entities, and the days of ads.

    Attributes:
        days: (account, day, ad) -> what insights tell of it.
        reports: reports that were asked for -> account and parameters.
        looks: how often each was looked at.
        forbidden: accounts that may not be read.
        page_rows: more objects a page of an edge are too much; 0: any number.
        span_rows: more rows of a span are too much; 0: any number.
        generation: cursors of another one are refused.
        backwards: pages come in the other order, and some rows twice.
    """

    def __init__(self) -> None:
        super().__init__()
        self.user = "Reports"
        self.accounts: dict[str, Object] = {}
        self.entities: dict[tuple[str, str], list[Object]] = {}
        self.days: dict[tuple[str, date, str], Object] = {}
        self.reports: dict[str, tuple[str, dict[str, str]]] = {}
        self.looks: dict[str, int] = {}
        self.forbidden: set[str] = set()
        self.page_rows = 0
        self.span_rows = 0
        self.refuses_deleted = False
        self.generation = 0
        self.backwards = False
        self._known: dict[tuple[str, date, str], None] = {}
        self._ordered: list[tuple[str, str, str, date]] = []
        self.routes = [
            ("GET", r"/v26\.0/me", self._me),
            ("GET", r"/v26\.0/me/adaccounts", self._adaccounts),
            ("GET", r"/v26\.0/act_(\d+)", self._account),
            ("GET", r"/v26\.0/act_(\d+)/(campaigns|adsets|ads)", self._edge),
            ("GET", r"/v26\.0/act_(\d+)/insights", self._insights),
            ("POST", r"/v26\.0/act_(\d+)/insights", self._report),
            ("GET", r"/v26\.0/(run\d+)", self._look),
            ("GET", r"/v26\.0/(run\d+)/insights", self._reported),
        ]

    # -- what there is --------------------------------------------------------------------------------------------

    def account(self, id_: str, currency: str = "USD", zone: str = "America/New_York", name: str = "") -> None:
        """An ad account."""
        told = {"id": f"act_{id_}", "account_id": id_, "name": name or f"Shop {id_}", "currency": currency}
        self.accounts[id_] = {**told, "timezone_name": zone, "timezone_offset_hours_utc": -4, "account_status": 1}

    def entity(self, account: str, edge: str, **fields: Any) -> Object:
        """A campaign, ad set or ad; ``updated`` is when it last changed, in seconds."""
        made = {"status": "ACTIVE", "effective_status": "ACTIVE", "updated": 1_767_225_600, **fields}
        self.entities.setdefault((account, edge), []).append(made)
        return made

    # -- what it answers ------------------------------------------------------------------------------------------

    def limited(self) -> Response:
        used = {"call_count": 100, "total_cputime": 20, "total_time": 25, "type": "ads_insights"}
        usage = {account: [{**used, "estimated_time_to_regain_access": 1}] for account in self.accounts}
        response = error(80_000, "There have been too many calls from this ad-account. Wait a bit and try again.")
        response.headers["x-business-use-case-usage"] = json.dumps(usage)
        return response

    def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(190, f"Invalid OAuth access token {request.headers.get('authorization')}", status=401)
        return super().answer(request)

    def _me(self, request: Request, found: re.Match[str]) -> Response:
        return reply({"id": "1", "name": self.user})

    def _adaccounts(self, request: Request, found: re.Match[str]) -> Response:
        return self._page(dict(request.url.params), list(self.accounts.values()))

    def _account(self, request: Request, found: re.Match[str]) -> Response:
        if found[1] not in self.accounts:
            return error(100, "Unsupported get request. Object does not exist", 33)
        return reply(_cut(self.accounts[found[1]], request.url.params["fields"]))

    def _edge(self, request: Request, found: re.Match[str]) -> Response:
        if found[1] in self.forbidden:
            return error(200, "(#200) Ad account owner has NOT grant ads_management or ads_read permission", status=403)
        params = dict(request.url.params)
        if self.page_rows and int(params["limit"]) > self.page_rows:
            return error(1, "Please reduce the amount of data you're asking for, then retry your request", 99, 500)
        wanted = set(json.loads(params.get("effective_status", "[]")))
        if "DELETED" in wanted and self.refuses_deleted:
            return error(100, "Cannot Request for Deleted Objects", 1_815_001)
        since = int(params.get("updated_since", 0))
        told = [
            each
            for each in self.entities.get((found[1], found[2]), [])
            if (each["effective_status"] in wanted if wanted else each["effective_status"] not in HIDDEN)
            and each["updated"] >= since
        ]
        return self._page(params, told)

    def _insights(self, request: Request, found: re.Match[str]) -> Response:
        if found[1] in self.forbidden:
            return error(10, "Application does not have permission for this action", status=403)
        return self._told(found[1], dict(request.url.params), dict(request.url.params), is_direct=True)

    def _span(self, account: str, asked: dict[str, str]) -> list[tuple[str, str, str, date]]:
        """The keys of an account's days that were asked for, in order."""
        if self._known.keys() != self.days.keys():
            self._known = dict.fromkeys(self.days)
            self._ordered = sorted((of, day.isoformat(), ad, day) for of, day, ad in self.days)
        span = json.loads(asked["time_range"])
        start = bisect_left(self._ordered, (account, span["since"]))
        return self._ordered[start : bisect_right(self._ordered, (account, span["until"], "\uffff"))]

    def _told(self, account: str, asked: dict[str, str], paged: dict[str, str], *, is_direct: bool) -> Response:
        named = json.loads(asked.get("filtering", "[]"))
        statuses: set[str] = set(named[0]["value"]) if named else set()
        if "DELETED" in statuses and self.refuses_deleted:
            return error(100, "Cannot Request for Deleted Objects", 1_815_001)
        if "time_range" not in asked:
            return self._page(paged, [])
        status = {each["id"]: each["effective_status"] for each in self.entities[account, "ads"]}
        found = [
            (of, day, ad)
            for of, _, ad, day in self._span(account, asked)
            if (status[ad] in statuses if statuses else status[ad] != "DELETED")
        ]
        if is_direct and self.span_rows and len(found) > self.span_rows:
            return error(100, "Please reduce the amount of data you're asking for", 1_487_534)
        if self.backwards:
            found = [*reversed(found), *found[:3]]
        return self._page({**paged, "fields": asked["fields"]}, found, self.days.__getitem__)

    def _report(self, request: Request, found: re.Match[str]) -> Response:
        if found[1] in self.forbidden:
            return error(10, "Application does not have permission for this action", status=403)
        asked = dict(parse_qsl(request.content.decode()))
        if "DELETED" in asked.get("filtering", "") and self.refuses_deleted:
            return error(100, "Cannot Request for Deleted Objects", 1_815_001)
        run = f"run{len(self.reports) + 1}"
        self.reports[run] = found[1], asked
        return reply({"report_run_id": run})

    def _look(self, request: Request, found: re.Match[str]) -> Response:
        account, asked = self.reports[found[1]]
        looks = self.looks[found[1]] = self.looks.get(found[1], 0) + 1
        told = ["Job Not Started", "Job Running", "Job Completed"][min(looks, 3) - 1]
        if told == "Job Completed" and self.span_rows and len(self._span(account, asked)) > self.span_rows:
            told = "Job Failed"
        percent = 100 if told == "Job Completed" else 10 * looks
        return reply({"id": found[1], "async_status": told, "async_percent_completion": percent})

    def _reported(self, request: Request, found: re.Match[str]) -> Response:
        account, asked = self.reports[found[1]]
        return self._told(account, asked, dict(request.url.params), is_direct=False)

    def _page(
        self, params: dict[str, str], rows: Sequence[Any], read: Callable[[Any], Object] = lambda row: row
    ) -> Response:
        limit, begin = int(params.get("limit", 25)), 0
        if "after" in params:
            generation, _, place = params["after"].partition("-")
            if int(generation) != self.generation:
                return error(100, "(#100) Invalid parameter: the specified cursor is not valid")
            begin = int(place)
        named = fields_of(params.get("fields", "id"))
        some = [_kept(read(each), named) for each in rows[begin : begin + limit]]
        cursors = {"before": f"{self.generation}-{begin}", "after": f"{self.generation}-{begin + limit}"}
        paging: Object = {"cursors": cursors}
        if begin + limit < len(rows):
            paging["next"] = f"https://graph.facebook.com/v26.0/next?access_token={TOKEN}"
        return reply({"data": some, "paging": paging})


def _cut(told: Object, fields: str) -> Object:
    return _kept(told, fields_of(fields))


def _kept(told: Object, named: dict[str, str]) -> Object:
    """What was asked for, the id always; whatever we do not know of stays, as in a newer version."""
    kept = {name: value for name, value in told.items() if name in named or name in {"id", "brand_new"}}
    return {
        name: _cut(cast("Object", value), named[name]) if isinstance(value, dict) and named.get(name) else value
        for name, value in kept.items()
    }
