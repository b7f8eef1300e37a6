"""Google Ads: every account a login reaches, spend that adds up, clicks that lead to ads, whatever goes wrong."""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from connectors.google_ads import PROVIDER
from connectors.paging import gathered
from engine import Code
from engine.errors import Cancelled
from engine.task import Task
from tests.connectors.faults import FaultMatrix
from tests.connectors.google_contract import contract, problems
from tests.connectors.google_fake import SECRETS, SETTINGS, FakeAds, error_info, failure, google_error, reply
from tests.connectors.harness import Bench, Fault, body_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

TODAY = date(2026, 7, 1)
SINCE = date(2026, 4, 1)
MANAGER, MIDDLE, SHOP, BOUTIQUE, OLD = "1000000001", "1000000002", "2000000001", "2000000002", "2000000003"


def filled() -> FakeAds:
    """A manager with a shop in New York (below another manager) and a boutique in Madrid, also reached directly."""
    made = FakeAds(TODAY)
    manager = {"manager": True}
    shop = made.client(SHOP, 2, "Shop", "USD", "America/New_York")
    boutique = made.client(BOUTIQUE, 1, "Boutique", "EUR", "Europe/Madrid")
    old = made.client(OLD, 1, "Old", "USD", "UTC", status="CANCELED")
    middle = made.client(MIDDLE, 1, "Middle", "USD", "UTC", **manager)
    made.accessible = [MANAGER, BOUTIQUE]
    made.tree = {
        MANAGER: [made.client(MANAGER, 0, "Top", "USD", "UTC", **manager), middle, shop, boutique, old],
        BOUTIQUE: [{**boutique, "level": "0"}],
    }
    made.entities[SHOP, "campaign"] = [
        {
            "campaign": {"id": "11", "name": "Search", "status": "ENABLED", "advertisingChannelType": "SEARCH"},
            "campaignBudget": {"amountMicros": "25500000", "period": "DAILY"},
        },
        {
            "campaign": {"id": "12", "name": "Max", "status": "PAUSED", "advertisingChannelType": "PERFORMANCE_MAX"},
            "campaignBudget": {"amountMicros": "900000000", "period": "CUSTOM_PERIOD"},
        },
        {"campaign": {"id": "13", "name": "Gone", "status": "REMOVED", "advertisingChannelType": "DISPLAY"}},
    ]
    made.entities[SHOP, "ad_group"] = [
        {
            "adGroup": {"id": "31", "name": "Shoes", "status": "ENABLED", "type": "SEARCH_STANDARD"},
            "campaign": {"id": "11"},
        }
    ]
    texts = {
        "headlines": [{"text": each} for each in ("One", "Two", "Three", "Four")],
        "descriptions": [{"text": "Body"}],
    }
    ad = {"type": "RESPONSIVE_SEARCH_AD", "finalUrls": ["https://shop.example/shoes"], "responsiveSearchAd": texts}
    image = {"type": "IMAGE_AD", "name": "Banner", "imageAd": {"imageUrl": "https://img.example/1.png"}}
    made.entities[SHOP, "ad_group_ad"] = [
        {
            "adGroupAd": {"ad": {"id": "501", **ad}, "status": "ENABLED"},
            "adGroup": {"id": "31"},
            "campaign": {"id": "11"},
        },
        {
            "adGroupAd": {"ad": {"id": "502", **image}, "status": "PAUSED"},
            "adGroup": {"id": "31"},
            "campaign": {"id": "11"},
        },
    ]
    for number in range((TODAY - SINCE).days + 1):
        day = SINCE + timedelta(days=number)
        spend(
            made, SHOP, day, "501", 1_230_000 + number, 100, 10, videoQuartileP25Rate=0.5, videoQuartileP100Rate=0.101
        )
        spend(made, SHOP, day, "502", 333_333, 50, 5)
        spend(made, SHOP, day, None, 10_000_000, 1_000, 20)
        spend(made, BOUTIQUE, day, "701", 1_000_000, 10, 1)
        click(made, SHOP, day, f"gclid-{number}", "501")
    return made


@pytest.fixture
def fake() -> FakeAds:
    return filled()


def spend(
    fake: FakeAds, customer: str, day: date, ad: str | None, micros: int, seen: int, clicks: int, **rates: float
) -> None:
    """A day of an ad, or of a campaign without ads."""
    row: dict[str, Any] = {
        "segments": {"date": day.isoformat()},
        "campaign": {"id": "11", "name": "Search"} if ad else {"id": "12", "name": "Max"},
        "metrics": {"costMicros": str(micros), "impressions": str(seen), "clicks": str(clicks), **rates},
    }
    if ad:
        row |= {"adGroup": {"id": "31", "name": "Shoes"}, "adGroupAd": {"ad": {"id": ad}}}
    fake.days.setdefault(customer, []).append(row)


def click(fake: FakeAds, customer: str, day: date, gclid: str | None, ad: str) -> None:
    row: dict[str, Any] = {
        "clickView": {"adGroupAd": f"customers/{customer}/adGroupAds/31~{ad}", **({"gclid": gclid} if gclid else {})},
        "campaign": {"id": "11"},
        "adGroup": {"id": "31"},
        "segments": {"date": day.isoformat(), "adNetworkType": "SEARCH"},
    }
    fake.clicks.setdefault(customer, []).append(row)


def made_bench(lab: Lab, fake: FakeAds, **settings: str) -> Bench:
    return Bench(lab.workspace, lab.profile, fake, "google_ads", SECRETS, {**SETTINGS, **settings})


@pytest.fixture
def bench(lab: Lab, fake: FakeAds) -> Bench:
    return made_bench(lab, fake)


def told(bench: Bench) -> dict[str, Any]:
    """Everything that was taken in."""
    hidden = "* exclude (import_id, line, as_of)"
    return {**bench.told(), "entities": bench.rows("raw_ad_entities", hidden, "record_key, content_hash")}


def queries(fake: FakeAds, resource: str) -> list[str]:
    return [body["query"] for body in _bodies(fake) if f" FROM {resource}" in body["query"]]


def _bodies(fake: FakeAds) -> list[dict[str, Any]]:
    return [body_of(request) for request in fake.asked if request.method == "POST"]


def test_what_is_told_becomes_these_rows(bench: Bench) -> None:
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    spent = bench.rows(
        "raw_ad_spend where spent_on = date '2026-04-03'",
        "platform, account, campaign_id, ad_set_id, ad_id, spend::varchar, currency, impressions, clicks, "
        "video_p25, video_p100",
    )
    assert spent == [
        ("google", SHOP, "11", "31", "501", "1.230002", "USD", 100, 10, 50, 10),
        ("google", SHOP, "11", "31", "502", "0.333333", "USD", 50, 5, None, None),
        ("google", SHOP, "12", None, None, "10.000000", "USD", 1_000, 20, None, None),
        ("google", BOUTIQUE, "11", "31", "701", "1.000000", "EUR", 10, 1, None, None),
    ]
    columns = (
        "level, entity_id, campaign_id, ad_set_id, name, status, objective, daily_budget::double, creative_kind, "
        "headline, body, thumbnail_url, destination_url"
    )
    rsa, url = "responsive_search_ad", "https://shop.example/shoes"
    assert bench.rows("raw_ad_entities", columns, "entity_id") == [
        ("campaign", "11", "11", None, "Search", "ENABLED", "SEARCH", 25.5, *[None] * 5),
        ("campaign", "12", "12", None, "Max", "PAUSED", "PERFORMANCE_MAX", None, *[None] * 5),
        ("campaign", "13", "13", None, "Gone", "REMOVED", "DISPLAY", None, *[None] * 5),
        ("ad_set", "31", "11", "31", "Shoes", "ENABLED", None, None, *[None] * 5),
        (
            "ad",
            "501",
            "11",
            "31",
            "One | Two | Three",
            "ENABLED",
            None,
            None,
            rsa,
            "One | Two | Three",
            "Body",
            None,
            url,
        ),
        (
            "ad",
            "502",
            "11",
            "31",
            "Banner",
            "PAUSED",
            None,
            None,
            "image_ad",
            None,
            None,
            "https://img.example/1.png",
            None,
        ),
    ]
    gone = bench.rows("provider_objects where is_deleted", "object_type, object_id")
    assert gone == [("campaign", "13")]


def test_spend_adds_up_after_a_rebuild(bench: Bench) -> None:
    """The level above ads has what only it tells, and each day is told by its account's own zone."""
    bench.sync(since=SINCE)
    bench.profile.rebuild()
    days = (TODAY - SINCE).days + 1
    with bench.profile.store.read() as cursor:
        sums = cursor.rows(
            """select currency, sum(spend)::double, count(distinct spent_on)::integer, sum(impressions)::integer
               from ad_daily group by 1 order by 1"""
        )
        names = cursor.rows("select name, headline from ad_entities where platform = 'google' and entity_id = '501'")
    shop = sum(1.23 + number / 1e6 + 0.333333 + 10 for number in range(days))
    assert sums == [("EUR", pytest.approx(days), days, 10 * days), ("USD", pytest.approx(shop), days, 1_150 * days)]
    assert names == [("One | Two | Three", "One | Two | Three")]


def test_accounts_are_reached_through_the_right_manager(bench: Bench, fake: FakeAds) -> None:
    bench.sync(since=SINCE)
    through = {
        (request.url.path.split("/")[3], request.headers["login-customer-id"])
        for request in fake.asked
        if request.method == "POST"
    }
    assert through == {(MANAGER, MANAGER), (BOUTIQUE, BOUTIQUE), (SHOP, MANAGER)}


def test_a_day_is_the_accounts_own(fake: FakeAds, lab: Lab) -> None:
    lab.now = datetime(2026, 7, 1, 2, tzinfo=UTC)  # still 30 June in New York
    bench = made_bench(lab, fake)
    bench.sync(since=SINCE)
    ends = bench.rows("raw_ad_spend group by account", "account, max(spent_on)", "account")
    assert ends == [(SHOP, date(2026, 6, 30)), (BOUTIQUE, TODAY)]
    # T1: an account in another zone than the profile is flagged.
    bench.profile.rebuild()
    rows = bench.profile.findings(SINCE, TODAY).table.to_dicts()
    (flagged,) = [json.loads(row["facts"]) for row in rows if row["code"] == "account_zone"]
    assert flagged == {"account": SHOP, "zone": "America/New_York", "own": "UTC"}


def test_a_click_leads_to_its_ad(bench: Bench, fake: FakeAds, lab: Lab) -> None:
    """A6: a visit that tells nothing but its click, from what Google answered to the ad."""
    click(fake, SHOP, TODAY, None, "501")
    lab.events(
        {"event_type": "page_view", "event_time": "2026-06-30T10:00:00Z", "anonymous_id": "a"}
        | {"url": "https://shop.example/?gclid=gclid-91"}
    )
    bench.sync(since=SINCE)
    found = bench.rows(
        "provider_objects where object_type = 'click_view'",
        """object_id, content ->> '$.campaign.id', content ->> '$.adGroup.id',
           split_part(content ->> '$.clickView.adGroupAd', '~', 2)""",
        "object_id",
    )
    assert len(found) == 90  # days; 92 have clicks
    assert ("gclid-91", "11", "31", "501") in found
    assert not any(gclid in {"gclid-0", "gclid-1"} for gclid, *_ in found)
    bench.profile.rebuild()
    assert lab.rows("select platform, campaign_id, ad_set_id, ad_id, resolved_by from touches") == [
        ("google", "11", "31", "501", "click_id")
    ]


def test_check_names_accounts_and_what_is_closed(bench: Bench, fake: FakeAds) -> None:
    fake.accessible.append(OLD)
    fake.closed[OLD] = "CUSTOMER_NOT_ENABLED"
    session = open_session(
        bench.workspace, bench.profile, bench.credentials, bench.connection, make_http=bench.make_http
    )
    health = session.check(Task())
    session.close()
    assert [(each.id, each.name, each.currency, each.timezone) for each in health.accounts] == [
        (SHOP, "Shop", "USD", "America/New_York"),
        (BOUTIQUE, "Boutique", "EUR", "Europe/Madrid"),
    ]
    assert any("CUSTOMER_NOT_ENABLED" in each for each in health.missing)
    assert bench.sync(since=SINCE).error is None


def test_chosen_accounts_only_and_one_that_is_not_there_is_told(fake: FakeAds, lab: Lab) -> None:
    bench = made_bench(lab, fake, accounts=f"200-000-0002, {OLD}")
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_MISSING
    assert OLD in str(outcome.error.facts)
    assert bench.rows("raw_ad_spend", "distinct account") == [(BOUTIQUE,)]


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeAds) -> None:
    bench.sync(since=SINCE)
    before, asked = told(bench), len(fake.requests)
    bench.sync(since=SINCE)
    assert told(bench) == before
    assert len(fake.requests) - asked < asked / 5
    assert bench.rows("row_memberships") == []


def test_the_last_28_days_are_told_anew_and_whole(bench: Bench, fake: FakeAds, lab: Lab) -> None:
    """N4: figures change, rows vanish; older days stay as they were told."""
    bench.sync(since=SINCE)
    lab.now += timedelta(days=1)
    fake.today = TODAY + timedelta(days=1)
    changed, old = date(2026, 6, 10), date(2026, 6, 3)  # the 29th day back from the day after
    for row in fake.days[SHOP]:
        if row["segments"]["date"] in {changed.isoformat(), old.isoformat()} and "adGroupAd" in row:
            row["metrics"]["costMicros"] = "7000000"
    fake.days[SHOP] = [
        row
        for row in fake.days[SHOP]
        if row["segments"]["date"] != "2026-06-20" or row.get("adGroupAd", {}).get("ad", {}).get("id") != "502"
    ]
    bench.sync(since=SINCE)

    def of(day: date) -> list[float]:
        where = f"raw_ad_spend where account = '{SHOP}' and ad_id is not null and spent_on = date '{day}'"
        return [value for (value,) in bench.rows(where, "spend::double", "ad_id")]

    assert of(changed) == [7.0, 7.0]
    assert len(of(date(2026, 6, 20))) == 1
    assert 7.0 not in of(old)


def test_after_a_long_pause_every_unsettled_day_is_told_anew(bench: Bench, fake: FakeAds, lab: Lab) -> None:
    bench.sync(since=SINCE)
    lab.now += timedelta(days=60)
    fake.today = TODAY + timedelta(days=60)
    fake.requests.clear()
    bench.sync(since=SINCE)
    first = min(re.findall(r"BETWEEN '([\d-]+)'", " ".join(queries(fake, "ad_group_ad"))))
    assert first == (TODAY - timedelta(days=27)).isoformat()


def test_an_earlier_history_is_fetched_when_it_is_asked_for_and_never_before_37_months(
    bench: Bench, fake: FakeAds
) -> None:
    bench.sync(since=date(2026, 6, 1))
    bench.sync(since=date(2020, 1, 1))
    first = min(re.findall(r"BETWEEN '([\d-]+)'", " ".join(queries(fake, "ad_group_ad"))))
    assert first == "2023-06-02"
    assert bench.rows("raw_ad_spend", "min(spent_on)") == [(SINCE,)]


@pytest.mark.parametrize("batches", random.Random(7).sample(range(1, 8), 3))
def test_it_goes_on_where_it_was_stopped(
    make_lab: Callable[..., Lab], fake: FakeAds, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.google_ads._CHUNK", 5)
    since = date(2026, 6, 10)
    monkeypatch.setattr("connectors.google_ads.gathered", lambda told: gathered(told, 40))
    clean = made_bench(make_lab(), fake)
    assert clean.sync(since=since).error is None
    other = make_lab()
    stopped = made_bench(other, fake)
    left = batches

    def stop(_: float, __: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            task.cancel()

    task = Task(stop)
    with pytest.raises(Cancelled):
        stopped.sync(since=since, task=task)
    assert told(stopped) != told(clean)
    assert stopped.sync(since=since).error is None
    assert told(stopped) == told(clean)


def test_entities_come_page_by_page_and_one_that_expired_begins_the_level_anew(
    fake: FakeAds, make_lab: Callable[..., Lab]
) -> None:
    found: list[Any] = []
    for rows, expired in ((10_000, set[str]()), (1, {"p-2"})):
        fake.page_rows, fake.expired_pages = rows, expired
        bench = made_bench(make_lab(), fake)
        assert bench.sync(since=SINCE).error is None
        found.append(told(bench))
    assert fake.expired_pages == set()
    assert found[0] == found[1]


def test_a_span_is_as_long_as_its_rows_can_be_held(
    bench: Bench, fake: FakeAds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first days tell how many rows a day has; an account with many is asked for fewer days at once."""

    def lengths() -> list[int]:
        asked = " ".join(str(body_of(request).get("query")) for request in fake.asked if ":search" in request.url.path)
        spans = re.findall(r"FROM ad_group_ad WHERE segments.date BETWEEN '(\S+)' AND '(\S+)'", asked)
        return [(date.fromisoformat(last) - date.fromisoformat(first)).days + 1 for first, last in spans]

    monkeypatch.setattr("connectors.google_ads._HELD", 12)  # of 3 rows a day
    bench.sync(since=SINCE)
    assert lengths()[:3] == [2, 4, 4]
    assert len(bench.rows("raw_ad_spend")) == 92 * 4


def test_a_token_that_runs_out_on_the_way_is_replaced(bench: Bench, fake: FakeAds, lab: Lab) -> None:
    fake.good_for = 7
    assert bench.sync(since=SINCE).error is None
    assert fake.tokens > 3
    secrets = [*SECRETS.values(), "ya29.access-secret"]
    lab.workspace.checkpoint()
    path = lab.workspace.path
    lab.close()
    assert not any(secret.encode() in path.read_bytes() for secret in secrets)


def ads_error(status: int, kind: str, name: str, details: dict[str, Any] | None = None) -> Fault:
    return Fault(google_error(status, "ERROR", "failed", failure(kind, name, details)))


def quota(name: str, delay: str) -> Fault:
    scope = {"rateScope": "DEVELOPER", "rateName": "operations", "retryDelay": delay}
    return ads_error(429, "quotaError", name, {"quotaErrorDetails": scope})


def in_stream(fault: Fault) -> Fault:
    """The error as the last part of a stream that began well."""
    assert fault.response is not None
    return Fault(httpx.Response(200, json=[{"results": []}, fault.response.json()]))


PASSING = {
    "temporarily-exhausted": quota("RESOURCE_TEMPORARILY_EXHAUSTED", "3s"),
    "exhausted": quota("RESOURCE_EXHAUSTED", "1.5s"),
    "in-stream": in_stream(quota("RESOURCE_EXHAUSTED", "2s")),
    "transient": ads_error(500, "internalError", "TRANSIENT_ERROR"),
    "503": Fault(google_error(503, "UNAVAILABLE", "busy")),
    "504-in-stream": in_stream(Fault(google_error(504, "DEADLINE_EXCEEDED", "late"))),
    "409": Fault(google_error(409, "ABORTED", "again")),
    "clock": Fault(
        httpx.Response(
            503, headers={"retry-after": "Wed, 01 Jan 2031 00:00:05 GMT", "date": "Wed, 01 Jan 2031 00:00:00 GMT"}
        )
    ),
    "reset": Fault(kind="reset"),
    "timeout": Fault(kind="timeout"),
    "truncated": Fault(kind="truncated"),
    "malformed": Fault(kind="malformed"),
}


STAYING = {
    "401": (ads_error(401, "authenticationError", "OAUTH_TOKEN_REVOKED"), Code.PROVIDER_LOGIN, "failed"),
    "403": (ads_error(403, "authorizationError", "USER_PERMISSION_DENIED"), Code.PROVIDER_PERMISSION, "USER_PERM"),
    "prohibited": (ads_error(403, "quotaError", "ACCESS_PROHIBITED"), Code.PROVIDER_PERMISSION, "ACCESS_PROHIBITED"),
    "scope": (
        Fault(google_error(403, "PERMISSION_DENIED", "scopes", error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT"))),
        Code.PROVIDER_PERMISSION,
        "auth/adwords",
    ),
    "disabled": (
        Fault(google_error(403, "PERMISSION_DENIED", "off", error_info("SERVICE_DISABLED"))),
        Code.PROVIDER_PERMISSION,
        "Cloud project",
    ),
    "404": (Fault(google_error(404, "NOT_FOUND", "no such version")), Code.PROVIDER_MISSING, "no such version"),
    "customer": (ads_error(401, "authenticationError", "CUSTOMER_NOT_FOUND"), Code.PROVIDER_MISSING, "CUSTOMER_NOT"),
    "query": (ads_error(400, "queryError", "UNRECOGNIZED_FIELD"), Code.PROVIDER_REFUSED, "UNRECOGNIZED_FIELD"),
    "quota": (quota("RESOURCE_EXHAUSTED", "86399s"), Code.PROVIDER_LIMIT, "86399"),
    "short-quota": (quota("RESOURCE_EXHAUSTED", "5s"), Code.PROVIDER_LIMIT, "RESOURCE_EXHAUSTED"),
    "500": (Fault(google_error(500, "INTERNAL", "boom")), Code.PROVIDER_REFUSED, "boom"),
    "no-stream": (Fault(reply([1, 2])), Code.PROVIDER_ANSWER, "stream"),
    "reset": (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE, "reset"),
    "malformed": (Fault(kind="malformed"), Code.PROVIDER_ANSWER, "JSON"),
}


class TestFaults(FaultMatrix):
    provider = "google_ads"
    secrets: ClassVar = SECRETS
    settings: ClassVar = {"": SETTINGS}
    since = date(2026, 6, 10)
    passing = PASSING
    staying = STAYING
    first = 2
    begins = (12,)

    def make(self) -> FakeAds:
        return filled()


def test_a_login_that_was_revoked_says_so(bench: Bench, fake: FakeAds) -> None:
    fake.refresh_token = "1//another"
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_LOGIN
    assert "invalid_grant" in str(outcome.error.facts)
    assert SECRETS["refresh_token"] not in str(outcome.error.facts)


def test_one_account_that_is_closed_costs_no_other_one(bench: Bench, fake: FakeAds) -> None:
    fake.closed[SHOP] = "CUSTOMER_NOT_ENABLED"
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_PERMISSION
    assert bench.rows("raw_ad_spend", "distinct account") == [(BOUTIQUE,)]


def test_order_and_repetition_do_not_matter_and_unknown_things_are_kept(bench: Bench, fake: FakeAds) -> None:
    campaign = fake.entities[SHOP, "campaign"][0]["campaign"]
    campaign["status"] = "TELEPORTED"
    fake.entities[SHOP, "campaign"].append(dict(fake.entities[SHOP, "campaign"][0]))
    fake.clicks[SHOP] += fake.clicks[SHOP][-3:]
    answer = fake.answer

    def more(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        body = response.json()
        parts = body if isinstance(body, list) else [body]
        for part in parts:
            if "results" in part:
                part |= {"brandNew": 1, "results": [{**row, "brandNew": {"a": [1]}} for row in part["results"][::-1]]}
        return reply(body, response.status_code)

    fake.answer = more  # pyright: ignore[reportAttributeAccessIssue]
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    assert bench.rows("raw_ad_entities where entity_id = '11'", "status") == [("TELEPORTED",)]
    assert any("brandNew" in text for (text,) in bench.rows("provider_objects", "content::varchar"))
    assert len(bench.rows("raw_ad_spend")) == 92 * 4


# -- contract -----------------------------------------------------------------------------------------------------


def test_what_is_asked_and_understood_is_what_google_publishes(bench: Bench, fake: FakeAds) -> None:
    schema = contract("google-ads/googleads-v26.schema.json")
    definitions = schema["$defs"]
    answers: list[Any] = []
    answer = fake.answer

    def noted(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        answers.append((request, response.json()))
        return response

    fake.answer = noted  # pyright: ignore[reportAttributeAccessIssue]
    fake.page_rows = 2
    assert bench.sync(since=SINCE).error is None
    assert any("pageToken" in body_of(request) for request, _ in answers if request.url.path.endswith(":search"))
    resources = set[str]()
    for request, body in answers:
        if ":search" in request.url.path:
            assert request.url.path.startswith(f"/{schema['x-api-version']}/customers/")
            kind = "Stream" if request.url.path.endswith("searchStream") else ""
            asked = body_of(request)
            assert "pageSize" not in asked  # is in the schema, and is refused
            assert problems(asked, definitions[f"services.SearchGoogleAds{kind}Request"], definitions) == []
            fields, resource = re.findall(r"SELECT (.+) FROM (\w+)", asked["query"])[0]
            resources.add(resource)
            wheres = re.findall(r"WHERE (\S+)", asked["query"])
            assert [each for each in [*fields.split(", "), *wheres] if not _is_field(each, definitions)] == []
            assert _is_field(f"{resource}.resource_name", definitions)
            part = definitions[f"services.SearchGoogleAds{kind}Response"]
            parts = body if kind else [body]
            assert [found for each in parts for found in problems(each, part, definitions)] == []
        elif request.url.path.endswith("listAccessibleCustomers"):
            assert problems(body, definitions["services.ListAccessibleCustomersResponse"], definitions) == []
    assert resources == {"customer_client", "campaign", "ad_group", "ad_group_ad", "click_view"}


def test_the_errors_of_these_tests_are_google_s_own() -> None:
    definitions = contract("google-ads/googleads-v26.schema.json")["$defs"]
    faults = [*PASSING.values(), *(fault for fault, _, _ in STAYING.values())]
    bodies = [fault.response.json() for fault in faults if fault.response is not None and fault.response.content]
    details = [
        each for body in bodies if isinstance(body, dict) for each in body["error"]["details"] if "errors" in each
    ]
    assert len(details) >= 8
    for detail in details:
        told_whole = {name: value for name, value in detail.items() if name != "@type"}
        assert problems(told_whole, definitions["errors.GoogleAdsFailure"], definitions) == []


def _is_field(name: str, definitions: dict[str, Any]) -> bool:
    """Whether a GAQL field is one of GoogleAdsRow."""
    schema = definitions["services.GoogleAdsRow"]
    for part in name.split("."):
        camel = re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), part)
        known = schema.get("properties", {}).get(camel)
        if known is None:
            return False
        schema = definitions[known["$ref"].removeprefix("#/$defs/")] if "$ref" in known else known
    return True


def test_the_provider_asks_for_what_it_needs() -> None:
    assert [each.name for each in PROVIDER.settings if each.is_secret] == ["client_secret", "refresh_token"]
