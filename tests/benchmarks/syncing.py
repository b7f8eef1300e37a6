"""Syncing from a fake on this machine, against bare parsing of the same bytes: rows a second, and peak memory.

The fake makes its answers page by page as they are asked for; the time it takes is not counted. Bare parsing is
``json.loads`` of every answer, in a process of its own of the same run. Seconds are wall clock; the ratio is of
processor time, which other programs on the machine do not change.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx

from app.credentials import Credentials
from app.syncing import connect, sync
from connectors.http import Http
from engine import ProfileSettings, Workspace
from engine.task import Task
from tests.benchmarks.processes import measure, tell

if TYPE_CHECKING:
    from collections.abc import Callable

CHARGES = 1_000_000
ADS = 5_000
DAYS = 730  # two years
_NOW = datetime(2026, 7, 1, tzinfo=UTC)
_PAGE = 100
_INSIGHTS = 500
_ACCOUNT = "7"


def report(scratch: Path, charges: int, ads: int) -> None:
    """Print both, each beside bare parsing."""
    print("\nSync from a fake, a process of its own each; bare: json.loads of the same answers")
    print(f"{'':34}{'rows':>12}{'seconds':>9}{'rows/s':>10}{'bare rows/s':>13}{'cpu s':>8}{'ratio':>7}{'peak MB':>9}")
    for what, size in (("charges", charges), ("insights", ads)):
        if not size:
            continue
        ours = measure("tests.benchmarks.syncing", what, size, scratch / f"sync-{what}-{size}.duckdb")
        bare = measure("tests.benchmarks.syncing", f"bare-{what}", size)
        rows = ours.told["rows"]
        name = f"Stripe, {size:,} charges" if what == "charges" else f"Meta, {size:,} ads, {DAYS} days"
        print(
            f"{name:34}{rows:>12,}{ours.seconds:>9.1f}{rows / ours.seconds:>10,.0f}{rows / bare.seconds:>13,.0f}"
            f"{ours.told['cpu']:>8.1f}{ours.told['cpu'] / bare.told['cpu']:>7.1f}{ours.peak_mb:>9,.0f}"
        )
    print("peak memory: target below 500 MB at any size")


# -- Stripe -------------------------------------------------------------------------------------------------------


class Charges:
    """Stripe with so many charges and nothing else, one every so many seconds of the last two years."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._begin = int((_NOW - timedelta(days=DAYS)).timestamp())
        self._step = max(1.0, (DAYS - 1) * 86_400 / count)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/charges":
            return httpx.Response(200, content=b'{"object": "list", "has_more": false, "data": []}')
        told = request.url.params
        low = self._number(int(told.get("created[gte]", 0)))
        high = self._number(int(told.get("created[lt]", 1 << 40)))
        top = min(high, int(told["starting_after"][3:])) if "starting_after" in told else high
        return httpx.Response(200, content=page_of_charges(self._begin, self._step, low, top))

    def _number(self, moment: int) -> int:
        """How many charges were made before."""
        return min(self._count, max(0, -int(-(moment - self._begin) // self._step)))


def page_of_charges(begin: int, step: float, low: int, top: int) -> bytes:
    """The newest hundred below ``top``, as Stripe writes them."""
    numbers = range(top - 1, max(low, top - _PAGE) - 1, -1)
    data = [charge(number, begin + int(number * step)) for number in numbers]
    return json.dumps({"object": "list", "has_more": top - _PAGE > low, "url": "/v1/charges", "data": data}).encode()


def charge(number: int, created: int) -> dict[str, Any]:
    """A charge with the fields that most have."""
    address = {"city": "Springfield", "country": "US", "line1": f"{number} Main St", "line2": None, "postal_code": "1"}
    payer = number % 300_000
    return {
        "id": f"ch_{number}",
        "object": "charge",
        "amount": 1_000 + number % 90_000,
        "amount_captured": 1_000 + number % 90_000,
        "amount_refunded": 0,
        "balance_transaction": f"txn_{number}",
        "billing_details": {"address": address, "email": f"payer{payer}@mail.example", "name": f"Pat Payer{payer}"},
        "calculated_statement_descriptor": "SHOP.EXAMPLE",
        "captured": True,
        "created": created,
        "currency": "usd",
        "customer": f"cus_{payer}",
        "description": "Subscription update",
        "disputed": False,
        "metadata": {"order_id": f"order-{number}", "utm_source": "facebook", "utm_campaign": "Spring"},
        "outcome": {"network_status": "approved_by_network", "risk_level": "normal", "type": "authorized"},
        "paid": True,
        "payment_intent": f"pi_{number}",
        "payment_method_details": {"card": {"brand": "visa", "exp_month": 8, "exp_year": 2030, "last4": "4242"}},
        "receipt_email": None,
        "refunded": False,
        "status": "succeeded",
    }


# -- Meta ---------------------------------------------------------------------------------------------------------


class Insights:
    """Meta with one account of so many ads, all of them delivered every day."""

    def __init__(self, ads: int) -> None:
        self._ads = ads
        self._spans: dict[str, dict[str, str]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.partition("/v26.0")[2] or request.url.path
        told = dict(request.url.params)
        if path.endswith("/adaccounts"):
            account = {"id": f"act_{_ACCOUNT}", "account_id": _ACCOUNT, "name": "Bench", "currency": "USD"}
            return _json({"data": [{**account, "timezone_name": "UTC", "account_status": 1}]})
        if path.endswith("/insights") and request.method == "POST":
            body = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
            run = f"9{len(self._spans)}"
            self._spans[run] = json.loads(body["time_range"])
            return _json({"report_run_id": run})
        found = path.strip("/").split("/")
        if path.endswith("/insights"):
            span = self._spans[found[0]] if found[0] in self._spans else json.loads(told["time_range"])
            return httpx.Response(200, content=page_of_insights(self._ads, span, int(told.get("after") or 0)))
        if found[0] in self._spans:
            return _json({"id": found[0], "async_status": "Job Completed", "async_percent_completion": 100})
        return _json({"data": []})


def page_of_insights(ads: int, span: dict[str, str], begin: int) -> bytes:
    """Five hundred rows of a span from a place on, by day and ad."""
    first = date.fromisoformat(span["since"])
    days = (date.fromisoformat(span["until"]) - first).days + 1
    end = min(days * ads, begin + _INSIGHTS)
    data = [insight(place % ads, first + timedelta(days=place // ads)) for place in range(begin, end)]
    body: dict[str, Any] = {"data": data}
    if end < days * ads:
        body["paging"] = {"cursors": {"before": str(begin), "after": str(end)}, "next": "https://next.example/"}
    return json.dumps(body).encode()


def insight(ad: int, day: date) -> dict[str, Any]:
    """A day of an ad."""
    views = [{"action_type": "video_view", "value": str(ad % 90)}]
    return {
        "account_id": _ACCOUNT,
        "campaign_id": f"1{ad // 50}",
        "campaign_name": f"Campaign {ad // 50}",
        "adset_id": f"2{ad // 10}",
        "adset_name": f"Set {ad // 10}",
        "ad_id": f"3{ad}",
        "ad_name": f"Ad {ad}",
        "spend": f"{(ad * 7 + day.toordinal()) % 9_000 / 100:.2f}",
        "impressions": str(100 + ad % 900),
        "clicks": str(ad % 40),
        "inline_link_clicks": str(ad % 30),
        "reach": str(90 + ad % 800),
        "actions": [*views, {"action_type": "purchase", "value": "2", "7d_click": "2"}],
        "action_values": [{"action_type": "purchase", "value": "90.5"}],
        "video_play_actions": views,
        "video_p25_watched_actions": views,
        "video_p50_watched_actions": views,
        "date_start": day.isoformat(),
        "date_stop": day.isoformat(),
    }


def _json(body: Any) -> httpx.Response:
    return httpx.Response(200, json=body)


# -- measured -----------------------------------------------------------------------------------------------------


class _Watch:
    """Adds up wall clock and processor time of what is done inside it."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> None:
        self.wall -= time.perf_counter()
        self.cpu -= time.process_time()

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter()
        self.cpu += time.process_time()


class _NoVault:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self._texts.get(name)

    def set(self, name: str, text: str) -> None:
        self._texts[name] = text

    def delete(self, name: str) -> None:
        self._texts.pop(name, None)


def _sync(provider: str, secrets: dict[str, str], fake: Callable[[httpx.Request], httpx.Response], path: Path) -> None:
    watch = _Watch()

    def answer(request: httpx.Request) -> httpx.Response:
        with watch:
            return fake(request)

    def make_http(name: str, base_url: str, **options: Any) -> Http:
        return Http(name, base_url, transport=httpx.MockTransport(answer), sleep=lambda *_: None, **options)

    credentials = Credentials(_NoVault(), {})
    with Workspace.open(path, create=True, clock=lambda: _NOW) as workspace:
        profile = workspace.create_profile(ProfileSettings("Bench"))
        connect(profile, credentials, provider, "Bench", {}, secrets)
        since = _NOW.date() - timedelta(days=DAYS)
        whole = _Watch()
        with whole, workspace.sparing():  # as `attribench sync` does
            (outcome,) = sync(workspace, profile, credentials, Task(), since=since, make_http=make_http)
        if outcome.error is not None:
            raise outcome.error
    path.unlink()
    tell(whole.wall - watch.wall, cpu=whole.cpu - watch.cpu, rows=outcome.taken.new)


def _bare_charges(count: int) -> None:
    fake = Charges(count)
    watch, top = _Watch(), count
    while top > 0:
        request = httpx.Request("GET", "https://x.example/v1/charges", params={"starting_after": f"ch_{top}"})
        content = fake(request).content
        with watch:
            top -= len(json.loads(content)["data"])
    tell(watch.wall, cpu=watch.cpu)


def _bare_insights(ads: int) -> None:
    span = {"since": f"{_NOW.date() - timedelta(days=DAYS)}", "until": f"{_NOW.date()}"}
    watch, begin = _Watch(), 0
    while True:
        content = page_of_insights(ads, span, begin)
        with watch:
            told = json.loads(content)
        begin += len(told["data"])
        if "paging" not in told:
            break
    tell(watch.wall, cpu=watch.cpu)


if __name__ == "__main__":
    what, size = sys.argv[1], int(sys.argv[2])
    match what:
        case "charges":
            _sync("stripe", {"api_key": "rk_bench_0123456789"}, Charges(size), Path(sys.argv[3]))
        case "insights":
            _sync("meta", {"access_token": "EAAbench0123456789"}, Insights(size), Path(sys.argv[3]))
        case "bare-charges":
            _bare_charges(size)
        case _:
            _bare_insights(size)
