"""Meta on this machine: accounts, edges with statuses and changes, cursors, insights at once and by report."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.connectors.harness import Fake, reply

if TYPE_CHECKING:
    import re

    import httpx

TOKEN = "EAAGsystemusertoken"
HIDDEN = {"ARCHIVED", "DELETED"}


def error(
    code: int, message: str = "told by the fake", subcode: int | None = None, status: int = 400
) -> httpx.Response:
    """An error as Meta tells it."""
    told: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Atrace"}
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


class FakeMeta(Fake):
    """Holds accounts, their entities, and the days of ads."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: dict[str, dict[str, Any]] = {}
        self.entities: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.days: dict[tuple[str, date, str], dict[str, Any]] = {}
        self.reports: dict[str, tuple[str, dict[str, str]]] = {}
        self.looks: dict[str, int] = {}
        self.forbidden: set[str] = set()  # accounts
        self.page_rows = 0  # more objects a page of an edge are too much; 0: any number
        self.span_rows = 0  # more rows of a span are too much; 0: any number
        self.refuses_deleted = False
        self.generation = 0  # cursors of another one are refused
        self.backwards = False  # order of pages, and some rows twice
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

    def account(self, id_: str, currency: str = "USD", zone: str = "America/New_York") -> None:
        told = {"id": f"act_{id_}", "account_id": id_, "name": f"Shop {id_}", "currency": currency}
        self.accounts[id_] = {**told, "timezone_name": zone, "timezone_offset_hours_utc": -4, "account_status": 1}

    def entity(self, account: str, edge: str, **fields: Any) -> dict[str, Any]:
        made = {"status": "ACTIVE", "effective_status": "ACTIVE", "updated": 1_767_225_600, **fields}
        self.entities.setdefault((account, edge), []).append(made)
        return made

    def deliver(self, account: str, day: date, ad: dict[str, Any], spend: str, **figures: Any) -> None:
        told = {
            "account_currency": self.accounts[account]["currency"],
            "campaign_id": ad["campaign_id"],
            "campaign_name": f"Campaign {ad['campaign_id']}",
            "adset_id": ad["adset_id"],
            "adset_name": "Set",
            "ad_id": ad["id"],
            "ad_name": ad["name"],
            "objective": "OUTCOME_SALES",
            "spend": spend,
            "date_start": day.isoformat(),
            "date_stop": day.isoformat(),
            "impressions": "100",
            "clicks": "5",
            "reach": "80",
            "inline_link_clicks": "3",
            **figures,
        }
        self.days[account, day, ad["id"]] = told

    def fill(self, account: str, ads: int, first: date, last: date) -> None:
        """Ads of two campaigns that are delivered every day; the last two are archived and deleted."""
        for number in range(2):
            self.entity(
                *(account, "campaigns"), id=f"{account}1{number}", name=f"Campaign {number}", objective="OUTCOME_SALES"
            )
            self.entity(
                *(account, "adsets"),
                id=f"{account}2{number}",
                name=f"Set {number}",
                campaign_id=f"{account}1{number}",
                daily_budget="1250",
            )
        for number in range(ads):
            status = {ads - 1: "DELETED", ads - 2: "ARCHIVED"}.get(number, "ACTIVE")
            ad = self.entity(
                *(account, "ads"),
                id=f"{account}3{number:02}",
                name=f"Ad {number}",
                effective_status=status,
                campaign_id=f"{account}1{number % 2}",
                adset_id=f"{account}2{number % 2}",
                creative={"id": f"{account}4{number:02}", "title": f"Title {number}", "object_type": "PHOTO"},
            )
            for day in range((last - first).days + 1):
                self.deliver(account, first + timedelta(days=day), ad, f"{number + 1}.{day % 100:02}")

    # -- what it answers ------------------------------------------------------------------------------------------

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(190, f"Invalid OAuth access token {request.headers.get('authorization')}", status=401)
        response = super().answer(request)
        response.headers["date"] = "Thu, 01 Jan 1998 00:00:00 GMT"  # no clock of theirs may matter
        return response

    def _me(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        return reply({"id": "1", "name": "Reports"})

    def _adaccounts(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        return self._page(dict(request.url.params), list(self.accounts.values()))

    def _account(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        if found[1] not in self.accounts:
            return error(100, "Unsupported get request. Object does not exist", 33)
        return reply(self._cut(self.accounts[found[1]], request.url.params["fields"]))

    def _edge(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
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

    def _insights(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        if found[1] in self.forbidden:
            return error(10, "Application does not have permission for this action", status=403)
        return self._told(found[1], dict(request.url.params), dict(request.url.params), is_direct=True)

    def _told(self, account: str, asked: dict[str, str], paged: dict[str, str], *, is_direct: bool) -> httpx.Response:
        named = json.loads(asked.get("filtering", "[]"))
        statuses = set(named[0]["value"]) if named else set()
        if "DELETED" in statuses and self.refuses_deleted:
            return error(100, "Cannot Request for Deleted Objects", 1_815_001)
        if "time_range" not in asked:
            return self._page(paged, [])
        span = json.loads(asked["time_range"])
        status = {each["id"]: each["effective_status"] for each in self.entities[account, "ads"]}
        rows = [
            told
            for (of, day, ad), told in sorted(self.days.items())
            if of == account
            and span["since"] <= day.isoformat() <= span["until"]
            and (status[ad] in statuses if statuses else status[ad] != "DELETED")
        ]
        if is_direct and self.span_rows and len(rows) > self.span_rows:
            return error(100, "Please reduce the amount of data you're asking for", 1_487_534)
        if self.backwards:
            rows = [*reversed(rows), *rows[:3]]
        return self._page({**paged, "fields": asked["fields"]}, rows)

    def _report(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        if found[1] in self.forbidden:
            return error(10, "Application does not have permission for this action", status=403)
        asked = dict(parse_qsl(request.content.decode()))
        if "DELETED" in asked.get("filtering", "") and self.refuses_deleted:
            return error(100, "Cannot Request for Deleted Objects", 1_815_001)
        run = f"run{len(self.reports) + 1}"
        self.reports[run] = found[1], asked
        return reply({"report_run_id": run})

    def _look(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        account, asked = self.reports[found[1]]
        span = json.loads(asked["time_range"])
        rows = sum(1 for of, day, _ in self.days if of == account and span["since"] <= day.isoformat() <= span["until"])
        looks = self.looks[found[1]] = self.looks.get(found[1], 0) + 1
        told = ["Job Not Started", "Job Running", "Job Completed"][min(looks, 3) - 1]
        if told == "Job Completed" and self.span_rows and rows > self.span_rows:
            told = "Job Failed"
        percent = 100 if told == "Job Completed" else 10 * looks
        return reply({"id": found[1], "async_status": told, "async_percent_completion": percent})

    def _reported(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        account, asked = self.reports[found[1]]
        return self._told(account, asked, dict(request.url.params), is_direct=False)

    def _page(self, params: dict[str, str], rows: list[dict[str, Any]]) -> httpx.Response:
        limit, begin = int(params.get("limit", 25)), 0
        if "after" in params:
            generation, _, place = params["after"].partition("-")
            if int(generation) != self.generation:
                return error(100, "(#100) Invalid parameter: the specified cursor is not valid")
            begin = int(place)
        some = [self._cut(each, params.get("fields", "id")) for each in rows[begin : begin + limit]]
        cursors = {"before": f"{self.generation}-{begin}", "after": f"{self.generation}-{begin + limit}"}
        paging: dict[str, Any] = {"cursors": cursors}
        if begin + limit < len(rows):
            paging["next"] = f"https://graph.facebook.com/v26.0/next?access_token={TOKEN}"
        return reply({"data": some, "paging": paging})

    def _cut(self, told: dict[str, Any], fields: str) -> dict[str, Any]:
        """What was asked for, the id always; whatever we do not know of stays, as in a newer version."""
        named = fields_of(fields)
        kept = {name: value for name, value in told.items() if name in named or name in {"id", "brand_new"}}
        return {
            name: self._cut(value, named[name]) if isinstance(value, dict) and named.get(name) else value
            for name, value in kept.items()
        }
