"""Search Console: searches and pages of complete days, every page of them, once."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from connectors.paging import gathered
from connectors.search_console import outermost
from engine import Code
from engine.errors import Cancelled
from engine.task import Task
from tests.connectors.faults import FaultMatrix
from tests.connectors.google_contract import contract, problems
from tests.connectors.google_fake import SECRETS, SETTINGS, FakeSearch, error_info, google_error, reply
from tests.connectors.harness import Bench, Fault, body_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

SINCE = date(2026, 6, 10)
LAST = date(2026, 6, 28)  # complete; the 29th is still being collected on 1 July
DOMAIN, PREFIX, BLOG, OTHER = (
    "sc-domain:shop.example",
    "https://www.shop.example/",
    "https://blog.example/en/",
    "https://blog.example/",
)


def filled() -> FakeSearch:
    made = FakeSearch()
    made.levels = {DOMAIN: "SITE_OWNER", PREFIX: "SITE_FULL_USER", "https://no.example/": "SITE_UNVERIFIED_USER"}
    made.incomplete = "2026-06-29"
    for number in range(21):
        day = (SINCE + timedelta(days=number)).isoformat()
        if number != 4:  # a day without figures is left out of answers
            made.figures.setdefault(DOMAIN, []).extend(
                (day, f"search {place}", f"https://shop.example/{place % 2}", 9 - place, 10 * place + 9, 1.5 + place)
                for place in range(5)
            )
    made.figures[PREFIX] = list(made.figures[DOMAIN])
    return made


@pytest.fixture
def fake() -> FakeSearch:
    return whole_days(filled())


@pytest.fixture
def bench(lab: Lab, fake: FakeSearch) -> Bench:
    return made_bench(lab, fake)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows in an answer, so that a day has three pages."""
    monkeypatch.setattr("connectors.search_console._PAGE", 2)


def made_bench(lab: Lab, fake: FakeSearch, **settings: str) -> Bench:
    return Bench(lab.workspace, lab.profile, fake, "search_console", SECRETS, {**SETTINGS, **settings})


def told(bench: Bench) -> list[tuple[Any, ...]]:
    return bench.rows("raw_search_keywords", "* exclude (import_id, line, as_of)", "record_key, content_hash")


def whole_days(fake: FakeSearch) -> FakeSearch:
    """Days come in one answer whatever its limit is here."""
    answer = fake.answer

    def whole(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/query") and body_of(request)["dimensions"] == ["DATE"]:
            request = httpx.Request(
                "POST", request.url, headers=request.headers, json={**body_of(request), "rowLimit": 25_000}
            )
        return answer(request)

    fake.answer = whole  # pyright: ignore[reportAttributeAccessIssue]
    return fake


def test_what_is_told_becomes_these_rows(bench: Bench) -> None:
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    columns = "searched_on, site, keyword, page, country, device, impressions, clicks, avg_position"
    first = bench.rows(f"raw_search_keywords where searched_on = date '{SINCE}'", columns, "keyword")
    assert first == [
        (SINCE, "shop.example", f"search {n}", f"https://shop.example/{n % 2}", None, None, 10 * n + 9, 9 - n, 1.5 + n)
        for n in range(5)
    ]
    spans = bench.rows("raw_search_keywords", "min(searched_on), max(searched_on), count(*)::integer")
    assert spans == [(SINCE, LAST, 18 * 5)]
    bench.profile.rebuild()
    found = bench.profile.keywords(SINCE, LAST).table
    assert sorted(found["clicks"].to_list()) == [18 * clicks for clicks in range(5, 10)]


def test_syncing_again_changes_nothing_and_asks_for_the_last_days_only(bench: Bench, fake: FakeSearch) -> None:
    bench.sync(since=SINCE)
    before = told(bench)
    fake.requests.clear()
    outcome = bench.sync(since=SINCE)
    assert told(bench) == before
    assert outcome.taken.new == 0
    asked = {body_of(request)["startDate"] for request in fake.asked if request.method == "POST"}
    assert asked == {f"2026-06-{day}" for day in (25, 26, 27, 28)}
    assert bench.rows("row_memberships") == []


def test_figures_that_change_are_told_anew_and_days_that_complete_are_added(
    bench: Bench, fake: FakeSearch, lab: Lab
) -> None:
    bench.sync(since=SINCE)
    lab.now += timedelta(days=2)
    fake.incomplete = "2026-07-01"
    changed = [row for row in fake.figures[DOMAIN] if row[0] == "2026-06-26"]
    fake.figures[DOMAIN] = [row for row in fake.figures[DOMAIN] if row[0] != "2026-06-26"]
    fake.figures[DOMAIN] += [(*row[:3], row[3] + 100, row[4] + 100, row[5]) for row in changed]
    bench.sync(since=SINCE)
    bench.profile.rebuild()
    days = bench.profile.keywords(date(2026, 6, 26), date(2026, 6, 26)).table
    assert sorted(days["clicks"].to_list()) == [105, 106, 107, 108, 109]
    assert bench.rows("raw_search_keywords", "max(searched_on)") == [(date(2026, 6, 30),)]


def test_days_that_google_is_late_with_are_not_passed_over(bench: Bench, fake: FakeSearch, lab: Lab) -> None:
    fake.incomplete = "2026-06-15"
    bench.sync(since=SINCE)
    assert bench.rows("raw_search_keywords", "max(searched_on)") == [(date(2026, 6, 13),)]  # the 14th has no figures
    lab.now += timedelta(days=20)
    fake.incomplete = "9999-12-31"
    bench.sync(since=SINCE)
    assert bench.rows("raw_search_keywords", "count(distinct searched_on)::integer") == [(20,)]


def test_days_are_pacific(fake: FakeSearch, lab: Lab) -> None:
    lab.now = datetime(2026, 7, 1, 5, tzinfo=UTC)
    made_bench(lab, fake).sync(since=SINCE)
    ends = {body_of(request)["endDate"] for request in fake.asked if request.method == "POST"}
    assert max(ends) == "2026-06-30"


@pytest.mark.parametrize("batches", random.Random(5).sample(range(1, 12), 2))
def test_it_goes_on_where_it_was_stopped_also_inside_a_day(
    make_lab: Callable[..., Lab], fake: FakeSearch, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.search_console.gathered", lambda told: gathered(told, 7))
    monkeypatch.setattr("connectors.search_console._CHUNK", 1)
    clean = made_bench(make_lab(), fake)
    assert clean.sync(since=SINCE).error is None
    whole = len(fake.requests)
    stopped = made_bench(make_lab(), fake)
    left = batches

    def stop(_: float, __: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            task.cancel()

    task = Task(stop)
    with pytest.raises(Cancelled):
        stopped.sync(since=SINCE, task=task)
    assert len(told(stopped)) < len(told(clean))
    assert stopped.sync(since=SINCE).error is None
    assert told(stopped) == told(clean)
    assert len(fake.requests) - whole < whole + 8  # nothing but the page it was in is asked for twice


def test_properties_to_choose_from_and_none_inside_another(bench: Bench, fake: FakeSearch, lab: Lab) -> None:
    session = open_session(
        bench.workspace, bench.profile, bench.credentials, bench.connection, make_http=bench.make_http
    )
    assert [each.id for each in session.check(Task()).accounts] == [PREFIX, DOMAIN]
    assert [stream.key for stream in session.streams(Task())] == [f"keywords:{DOMAIN}"]
    session.close()
    assert outermost([DOMAIN, PREFIX, BLOG, OTHER, "sc-domain:a.shop.example", "https://xshop.example/"]) == [
        OTHER,
        "https://xshop.example/",
        DOMAIN,
    ]


def test_the_chosen_property_only_and_one_that_is_not_there_is_told(fake: FakeSearch, lab: Lab) -> None:
    bench = made_bench(lab, fake, accounts=f"{PREFIX}, https://gone.example/")
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_MISSING
    assert "gone.example" in str(outcome.error.facts)
    assert bench.rows("raw_search_keywords", "distinct site") == [(PREFIX,)]


def limit(status: int, reason: str) -> Fault:
    errors = [{"message": "Quota exceeded", "domain": "usageLimits", "reason": reason}]
    return Fault(google_error(status, "RESOURCE_EXHAUSTED", "Quota exceeded", errors=errors))


PASSING = {
    "429": Fault(google_error(429, "RESOURCE_EXHAUSTED", "slow down")),
    "403-rate": limit(403, "rateLimitExceeded"),
    "403-user-rate": limit(403, "userRateLimitExceeded"),
    "429-info": Fault(google_error(429, "RESOURCE_EXHAUSTED", "slow", error_info("RATE_LIMIT_EXCEEDED"))),
    "409": Fault(google_error(409, "ABORTED", "again")),
    "503": Fault(google_error(503, "UNAVAILABLE", "busy")),
    "reset": Fault(kind="reset"),
    "timeout": Fault(kind="timeout"),
    "truncated": Fault(kind="truncated"),
    "malformed": Fault(kind="malformed"),
}


STAYING = {
    "401": (Fault(google_error(401, "UNAUTHENTICATED", "expired")), Code.PROVIDER_LOGIN, "expired"),
    "403": (Fault(google_error(403, "PERMISSION_DENIED", "not yours")), Code.PROVIDER_PERMISSION, "not yours"),
    "scope": (
        Fault(google_error(403, "PERMISSION_DENIED", "scopes", errors=[{"reason": "insufficientPermissions"}])),
        Code.PROVIDER_PERMISSION,
        "auth/webmasters.readonly",
    ),
    "404": (Fault(google_error(404, "NOT_FOUND", "no such site")), Code.PROVIDER_MISSING, "no such site"),
    "load": (limit(403, "quotaExceeded"), Code.PROVIDER_LIMIT, "900"),
    "daily": (limit(403, "dailyLimitExceeded"), Code.PROVIDER_LIMIT, "86400"),
    "400": (Fault(google_error(400, "INVALID_ARGUMENT", "startRow")), Code.PROVIDER_REFUSED, "startRow"),
    "shape": (Fault(reply({"rows": [{"keys": ["2026-06-10"]}]})), Code.PROVIDER_ANSWER, "rows"),
    "reset": (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE, "reset"),
    "malformed": (Fault(kind="malformed"), Code.PROVIDER_ANSWER, "JSON"),
}


class TestFaults(FaultMatrix):
    provider = "search_console"
    secrets: ClassVar = SECRETS
    settings: ClassVar = {"": SETTINGS}
    since = SINCE
    passing = PASSING
    staying = STAYING
    first = 2
    begins = (9,)

    def make(self) -> FakeSearch:
        return whole_days(filled())


def test_a_token_that_runs_out_on_the_way_is_replaced(bench: Bench, fake: FakeSearch, lab: Lab) -> None:
    fake.good_for = 7
    assert bench.sync(since=SINCE).error is None
    assert fake.tokens > 3
    lab.workspace.checkpoint()
    path = lab.workspace.path
    lab.close()
    assert not any(secret.encode() in path.read_bytes() for secret in [*SECRETS.values(), "ya29.access-secret"])


def test_rows_told_twice_between_pages_and_new_fields_do_not_matter(bench: Bench, fake: FakeSearch) -> None:
    answer = fake.answer

    def shifted(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        body = response.json()
        if "keys" in (body.get("rows") or [{}])[0] and len(body["rows"]) == 2:
            body = {"rows": [*reversed(body["rows"])], "brandNew": [1]}
            for row in body["rows"]:
                row["brandNew"] = {"a": 1}
        if request.url.path.endswith("/query") and body_of(request).get("startRow") == 4:  # a row comes once more
            again = httpx.Request(
                "POST", request.url, headers=request.headers, json={**body_of(request), "startRow": 1}
            )
            body = {"rows": [answer(again).json()["rows"][0], *body["rows"]]}
        return reply(body, response.status_code)

    fake.answer = shifted  # pyright: ignore[reportAttributeAccessIssue]
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    assert bench.rows("raw_search_keywords", "count(*)::integer, count(distinct record_key)::integer") == [(90, 90)]


def test_what_is_asked_and_understood_is_what_google_publishes(
    bench: Bench, fake: FakeSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.search_console._PAGE", 25_000)
    discovery = contract("google-search-console/searchconsole.v1.discovery.json")
    schemas = discovery["schemas"]
    answers: list[tuple[httpx.Request, Any]] = []
    answer = fake.answer

    def noted(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        answers.append((request, response.json()))
        return response

    fake.answer = noted  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync(since=SINCE).error is None
    method = discovery["resources"]["searchanalytics"]["methods"]["query"]
    path = "/" + method["path"].replace("{siteUrl}", "sc-domain%3Ashop.example")
    queries = [(request, body) for request, body in answers if request.url.path.endswith("/query")]
    assert len(queries) > 10
    for request, body in queries:
        assert request.method == method["httpMethod"]
        assert request.url.raw_path.decode() == path
        asked = body_of(request)
        assert problems(asked, schemas["SearchAnalyticsQueryRequest"], schemas) == []
        assert 1 <= asked["rowLimit"] <= 25_000
        assert problems(body, schemas["SearchAnalyticsQueryResponse"], schemas) == []
    sites = [body for request, body in answers if request.url.path == "/webmasters/v3/sites"]
    assert problems(sites[0], schemas["SitesListResponse"], schemas) == []
