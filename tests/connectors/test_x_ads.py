"""X Ads: every cent of an account's days once, its entities as they change, and the truth whatever goes wrong."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from connectors.http import Answer, Http
from connectors.oauth1 import Keys, signed
from connectors.x_ads_api import XSignals
from engine import Code
from engine.errors import Cancelled
from engine.task import Task
from tests.connectors.faults import Desk, FaultMatrix, by_name
from tests.connectors.harness import Bench, Fault
from tests.connectors.x_ads_fake import NOW, SECRETS, FakeX, error, signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

SINCE = date(2026, 3, 1)
TODAY = date(2026, 7, 1)
CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts" / "x-ads"


def fill(fake: FakeX) -> None:
    """Two accounts; the first with ads that spent all along, and one line item that spent beside its ads."""
    fake.account("acc1")
    fake.account("acc2", "Asia/Tokyo")
    fake.put("acc1", "campaigns", "c1", name="Spring", currency="USD", entity_status="ACTIVE",
             daily_budget_amount_local_micro=25_500_000)  # fmt: skip
    for id_, name in (("l1", "Readers"), ("l2", "Lookers")):
        fake.put("acc1", "line_items", id_, name=name, campaign_id="c1", currency="USD", objective="WEBSITE_CLICKS",
                 entity_status="PAUSED" if id_ == "l2" else "ACTIVE")  # fmt: skip
    for number in range(1, 31):
        parent = "l2" if number == 3 else "l1"
        fake.put("acc1", "promoted_tweets", f"p{number}", f"2026-05-{number:02}T00:00:00Z", line_item_id=parent,
                 tweet_id=str(700 + number), entity_status="ACTIVE")  # fmt: skip
    entities = {
        "urls": [{"url": "https://t.co/x", "expanded_url": "https://shop.example/book"}],
        "media": [{"type": "photo", "media_url_https": "https://pbs.twimg.com/a.jpg"}],
    }
    fake.put("acc1", "tweets", "701", full_text="Buy our\nbook https://t.co/x", tweet_id="701", entities=entities)
    fake.put("acc1", "web_event_tags", "w1", name="Purchase", embed_code="<script>")
    day = date(2026, 6, 30)
    fake.spend("PROMOTED_TWEET", "p1", day, 1_500_000, impressions=100, clicks=5, url_clicks=3, video_views_25=7)
    fake.spend("PROMOTED_TWEET", "p1", day, 500_000, "TREND", impressions=10)
    fake.spend("PROMOTED_TWEET", "p2", day, 500_000, impressions=20, clicks=1)
    fake.spend("LINE_ITEM", "l1", day, 3_000_000, impressions=150, clicks=6)
    fake.spend("LINE_ITEM", "l1", day, 500_000, "TREND", impressions=10)
    fake.spend("PROMOTED_TWEET", "p3", date(2026, 3, 10), 12_345_678, impressions=999)
    fake.spend("LINE_ITEM", "l2", date(2026, 3, 10), 12_345_678, impressions=999)
    dice = random.Random(7)
    for number in range(4, 31):
        for at in range(0, 120, 3):
            fake.spend("PROMOTED_TWEET", f"p{number}", date(2026, 3, 2) + timedelta(days=at), dice.randrange(9_000_000))
    fake.put("acc2", "campaigns", "k1", name="夏", currency="JPY", entity_status="ACTIVE")
    fake.put("acc2", "line_items", "m1", name="Tokyo", campaign_id="k1", currency="JPY")
    fake.put("acc2", "promoted_tweets", "q1", line_item_id="m1", tweet_id="900", deleted=True)
    fake.spend("PROMOTED_TWEET", "q1", TODAY, 1_200_000_000, impressions=5)
    fake.spend("LINE_ITEM", "m1", TODAY, 1_200_000_000, impressions=5)
    fake.owner = {"q1": "acc2", "m1": "acc2", **{f"p{n}": "acc1" for n in range(1, 31)}, "l1": "acc1", "l2": "acc1"}


def filled() -> FakeX:
    made = FakeX()
    fill(made)
    return made


@pytest.fixture
def fake() -> FakeX:
    return filled()


@pytest.fixture
def bench(lab: Lab, fake: FakeX) -> Bench:
    return Bench(lab.workspace, lab.profile, fake, "x_ads", SECRETS)


def told(bench: Bench) -> dict[str, Any]:
    """Everything that was taken in, entities too."""
    columns = "* exclude (import_id, line, as_of)"
    return {**bench.told(), "entities": bench.rows("raw_ad_entities", columns, "record_key, content_hash")}


def spent(bench: Bench, where: str) -> list[tuple[Any, ...]]:
    columns = "campaign_id, ad_set_id, ad_id, spend::double, currency, impressions, clicks"
    return bench.rows(f"raw_ad_spend where {where}", columns, "all")


def test_each_cent_of_a_day_is_told_once(bench: Bench) -> None:
    """Placements are added up; what a line item spent beside its ads stands alone; days are the account's own."""
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert spent(bench, "spent_on = '2026-06-30'") == [
        ("c1", "l1", "p1", 2.0, "USD", 110, 5),
        ("c1", "l1", "p2", 0.5, "USD", 20, 1),
        ("c1", "l1", None, 1.0, "USD", 30, 0),
    ]
    assert spent(bench, "spent_on = '2026-03-10' and ad_set_id = 'l2'") == [
        ("c1", "l2", "p3", 12.345678, "USD", 999, 0)
    ]
    assert spent(bench, "account = 'acc2'") == [("k1", "m1", "q1", 1200.0, "JPY", 5, 0)]
    bench.profile.rebuild()
    with bench.profile.store.read() as cursor:
        days = cursor.rows("select sum(spend)::double from ad_daily where spent_on = '2026-06-30' and currency = 'USD'")
        names = cursor.rows("select name, body, destination_url, creative_kind from ad_entities where entity_id = 'p1'")
    assert days == [(3.5,)]
    text = "Buy our book https://t.co/x"
    assert names == [(text, "Buy our\nbook https://t.co/x", "https://shop.example/book", "image")]


def test_entities_come_as_they_are(bench: Bench) -> None:
    bench.sync(since=SINCE)
    columns = "level, entity_id, campaign_id, ad_set_id, name, status, objective, daily_budget::double, currency"
    rows = bench.rows("raw_ad_entities where entity_id in ('c1', 'l2', 'p3', 'q1')", columns, "entity_id")
    assert rows == [
        ("campaign", "c1", "c1", None, "Spring", "ACTIVE", None, 25.5, "USD"),
        ("ad_set", "l2", "c1", None, "Lookers", "PAUSED", "WEBSITE_CLICKS", None, "USD"),
        ("ad", "p3", "c1", "l2", "Post 703", "ACTIVE", "WEBSITE_CLICKS", None, "USD"),
        ("ad", "q1", "k1", "m1", "Post 900", "DELETED", None, None, "JPY"),
    ]
    kept = bench.rows("provider_objects", "object_type, object_id, is_deleted")
    assert ("web_event_tag", "w1", False) in kept
    zones = "provider_objects where object_type = 'account'"
    assert ("America/Los_Angeles",) in bench.rows(zones, "content ->> '$.timezone'"), "T1: Data quality looks at it"
    assert ("promoted_tweet", "q1", True) in kept


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeX) -> None:
    bench.sync(since=SINCE)
    before, asked = told(bench), len(fake.requests)
    fake.requests.clear()
    assert bench.sync(since=SINCE).error is None
    assert told(bench) == before
    assert len(fake.requests) < asked * 0.6  # the last 28 of 123 days are due each time
    assert not any(request.method == "POST" for request in fake.requests)
    assert sum(request.url.path == "/12/accounts" for request in fake.requests) == 1


def test_the_last_days_are_told_anew_and_whole(bench: Bench, fake: FakeX, lab: Lab) -> None:
    """N4: a figure that is corrected replaces the old one; one that vanishes goes; older days stay as they are."""
    bench.sync(since=SINCE)
    fake.spend("PROMOTED_TWEET", "p2", date(2026, 6, 30), 400_000, impressions=20, clicks=1)
    del fake.stats["PROMOTED_TWEET", "p4", "ALL_ON_TWITTER"][date(2026, 6, 27)]
    fake.spend("PROMOTED_TWEET", "p3", date(2026, 3, 10), 1, impressions=1)
    lab.now += timedelta(hours=1)
    bench.sync(since=SINCE)
    assert spent(bench, "spent_on = '2026-06-30' and ad_id in ('p2', 'p4')") == [("c1", "l1", "p2", 0.4, "USD", 20, 1)]
    assert spent(bench, "spent_on = '2026-03-10' and ad_id = 'p3'")[0][3] == 12.345678


def test_more_of_the_past_is_fetched_when_it_is_wanted(bench: Bench) -> None:
    bench.sync(since=date(2026, 4, 1))
    assert not spent(bench, "ad_id = 'p3'")
    bench.sync(since=SINCE)
    assert spent(bench, "ad_id = 'p3'")


def test_only_what_changed_is_asked_for_again(bench: Bench, fake: FakeX, lab: Lab) -> None:
    fake.page = 7
    bench.sync(since=SINCE)
    before = len(bench.rows("raw_ad_entities"))
    fake.put("acc1", "campaigns", "c1", "2026-07-01T13:00:00Z", name="Summer", currency="USD", entity_status="PAUSED")
    lab.now += timedelta(hours=2)
    fake.requests.clear()
    bench.sync(since=SINCE)
    lists = [each for each in fake.requests if each.url.path == "/12/accounts/acc1/promoted_tweets"]
    assert sum("sort_by" in each.url.params for each in lists) == 1
    assert len(bench.rows("raw_ad_entities")) == before + 1
    bench.profile.rebuild()
    assert bench.rows("ad_entities where entity_id = 'c1'", "name, status") == [("Summer", "PAUSED")]


@pytest.mark.parametrize("seed", range(6))
def test_stopped_anywhere_it_goes_on_as_if_nothing_had_been(
    make_lab: Callable[..., Lab], fake: FakeX, seed: int
) -> None:
    fake.page = 7
    whole = Bench((lab := make_lab()).workspace, lab.profile, fake, "x_ads", SECRETS)
    assert whole.sync(since=SINCE).error is None
    count = len(fake.requests)
    fake.requests.clear()
    other = make_lab()
    broken = Bench(other.workspace, other.profile, fake, "x_ads", SECRETS)
    dice = random.Random(seed)
    for _ in range(3):
        task = Task()
        stop = len(fake.requests) + dice.randrange(1, count)

        def cancelling(request: httpx.Request, task: Task = task, stop: int = stop) -> httpx.Response:
            if len(fake.requests) == stop:
                task.cancel()
            return FakeX.answer(fake, request)

        fake.answer = cancelling  # pyright: ignore[reportAttributeAccessIssue]
        with suppress(Cancelled):
            broken.sync(since=SINCE, task=task)
    fake.answer = lambda request: FakeX.answer(fake, request)  # pyright: ignore[reportAttributeAccessIssue]
    assert broken.sync(since=SINCE).error is None
    assert told(broken) == told(whole)


def limited(seconds: int, kind: str = "x-rate-limit") -> Fault:
    """A limit: its window ends by X's clock, which is years before ours here."""
    then = datetime(2020, 1, 1, tzinfo=UTC)
    headers = {"date": "Wed, 01 Jan 2020 00:00:00 GMT", f"{kind}-limit": "250", f"{kind}-remaining": "0"}
    headers[f"{kind}-reset"] = str(int(then.timestamp()) + seconds)
    body = {"errors": [{"code": "TOO_MANY_REQUESTS", "message": "slow down"}]}
    return Fault(httpx.Response(429, json=body, headers=headers))


PASSING = by_name(
    [
        limited(30),
        limited(30, "x-account-rate-limit"),
        Fault(error("INTERNAL_ERROR", 500)),
        Fault(httpx.Response(503, json={"errors": [{"code": "OVER_CAPACITY"}]}, headers={"retry-after": "3"})),
        Fault(error("LOCK_ACQUISITION_TIMEOUT", 423)),
        Fault(error("CANCELLED_REQUEST", 408)),
        Fault(error("CONFLICT", 409)),
        Fault(kind="reset"),
        Fault(kind="timeout"),
        Fault(kind="malformed"),
    ],
    ids=["429", "429-account", "500", "503", "423", "408", "409", "reset", "timeout", "malformed"],
)

STAYING = by_name(
    [
        (Fault(error("UNAUTHORIZED_ACCESS", 401, value=SECRETS["access_token"])), Code.PROVIDER_LOGIN),
        (Fault(error("UNAUTHORIZED_CLIENT_APPLICATION", 403)), Code.PROVIDER_PERMISSION),
        (Fault(error("ROUTE_NOT_FOUND", 404)), Code.PROVIDER_MISSING),
        (Fault(error("INVALID_PARAMETER", 400, parameter="start_time")), Code.PROVIDER_REFUSED),
        (limited(800), Code.PROVIDER_LIMIT),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE),
        (Fault(kind="truncated"), Code.PROVIDER_ANSWER),
        (Fault(httpx.Response(200, json=["no object"])), Code.PROVIDER_ANSWER),
        (Fault(httpx.Response(200, json={"data": {"id": "x"}})), Code.PROVIDER_ANSWER),
    ],
    ids=["401", "403", "404", "400", "429", "reset", "truncated", "list", "no-list"],
)


class TestFaults(FaultMatrix):
    provider = "x_ads"
    secrets: ClassVar = SECRETS
    since = SINCE
    passing = PASSING
    staying = STAYING
    # Results of jobs are bytes, where only the gzip itself can tell that it is broken.
    places: ClassVar = {"malformed": (1, 4, 9)}

    def make(self) -> FakeX:
        return filled()

    def waited(self, name: str, desk: Desk) -> None:
        super().waited(name, desk)
        if name.startswith("429"):
            assert max(desk.slept) == pytest.approx(30, abs=1)


def test_one_account_that_may_not_be_read_does_not_cost_the_others(bench: Bench, fake: FakeX) -> None:
    fake.forbidden = {"acc1"}
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_PERMISSION
    assert "role in this ads account" in str(outcome.error.facts["permission"])
    assert spent(bench, "true") == [("k1", "m1", "q1", 1200.0, "JPY", 5, 0)]
    assert [row for row in bench.rows("raw_ad_entities", "account") if row != ("acc2",)] == []


def test_posts_that_may_not_be_seen_cost_only_their_texts(bench: Bench, fake: FakeX) -> None:
    answer = fake.answer

    def refusing(request: httpx.Request) -> httpx.Response:
        is_refused = request.url.path.endswith("/tweets")
        return error("ACTION_NOT_ALLOWED", 403) if is_refused else answer(request)

    fake.answer = refusing  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync(since=SINCE).error is None
    assert bench.rows("raw_ad_entities where entity_id = 'p1'", "name, body") == [("Post 701", None)]
    assert spent(bench, "ad_id = 'p1'")


def test_figures_of_an_ad_nobody_knows_are_seen_among_the_rejects(bench: Bench, fake: FakeX) -> None:
    fake.spend("PROMOTED_TWEET", "ghost", date(2026, 6, 30), 700_000)
    fake.owner["ghost"] = "acc1"
    outcome = bench.sync(since=SINCE)
    assert (outcome.error, outcome.taken.rejected) == (None, 1)
    assert bench.rows("import_rejects", "field, reason") == [("campaign_id", "missing")]
    assert spent(bench, "spent_on = '2026-06-30' and ad_id is null")[0][3] == 1.0


def test_only_chosen_accounts_are_fetched_and_a_chosen_one_that_is_gone_is_told(lab: Lab, fake: FakeX) -> None:
    bench = Bench(lab.workspace, lab.profile, fake, "x_ads", SECRETS, {"accounts": "acc2, gone"})
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.facts["what"]) == (Code.PROVIDER_MISSING, "gone")
    assert bench.rows("raw_ad_spend") == []


def test_a_lost_cursor_begins_the_list_again(bench: Bench, fake: FakeX) -> None:
    fake.page = 4
    seen = 0
    answer = fake.answer

    def forgetting(request: httpx.Request) -> httpx.Response:
        nonlocal seen
        if "cursor" in request.url.params and request.url.path.endswith("promoted_tweets"):
            seen += 1
            if seen == 3:
                fake.cursors.clear()
        return answer(request)

    fake.answer = forgetting  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync(since=SINCE).error is None
    ads = bench.rows("raw_ad_entities where level = 'ad'", "count(*), count(distinct entity_id)")
    assert ads == [(31, 31)]


def test_what_changes_or_goes_between_pages_loses_nobody_else(bench: Bench, fake: FakeX, lab: Lab) -> None:
    fake.page = 4
    answer, seen = fake.answer, 0

    def moving(request: httpx.Request) -> httpx.Response:
        nonlocal seen
        response = answer(request)
        if "sort_by" in request.url.params and request.url.path.endswith("acc1/promoted_tweets"):
            seen += 1
            if seen == 2:
                fake.put("acc1", "promoted_tweets", "p5", "2026-07-01T12:00:01Z", line_item_id="l1", tweet_id="705",
                         entity_status="PAUSED")  # fmt: skip
                del fake.objects["acc1", "promoted_tweets"]["p30"]
        return response

    fake.answer = moving  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync(since=SINCE).error is None
    bench.sync(since=SINCE)
    states = dict(bench.rows("raw_ad_entities where level = 'ad' and status = 'PAUSED'", "entity_id, status"))
    assert states == {"p5": "PAUSED"}
    names = {id_ for (id_,) in bench.rows("raw_ad_entities where level = 'ad'", "entity_id")}
    assert {f"p{n}" for n in range(1, 30)} <= names


def test_a_report_that_fails_or_breaks_off_is_told_and_made_anew(bench: Bench, fake: FakeX) -> None:
    answer = fake.answer

    def failing(request: httpx.Request) -> httpx.Response:
        for job in fake.jobs.values():
            job["status"] = "FAILED"
        return answer(request)

    fake.answer = failing  # pyright: ignore[reportAttributeAccessIssue]
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert "FAILED" in str(outcome.error.facts["detail"])

    def breaking(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        if request.url.host == "ton.twimg.com":
            return httpx.Response(200, content=response.content[:-20])
        return response

    fake.answer = breaking  # pyright: ignore[reportAttributeAccessIssue]
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_ANSWER
    fake.answer = answer  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync(since=SINCE).error is None
    assert spent(bench, "ad_id = 'p3'")


def test_days_that_do_not_line_up_are_not_guessed(bench: Bench, fake: FakeX) -> None:
    answer = fake.answer

    def longer(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        if request.url.path == "/12/stats/accounts/acc1":
            body = response.json()
            for each in body["data"]:
                for metrics in each["id_data"]:
                    metrics["metrics"] = {name: [*(days or [0] * 7), 1] for name, days in metrics["metrics"].items()}
            return httpx.Response(200, json=body)
        return response

    fake.answer = longer  # pyright: ignore[reportAttributeAccessIssue]
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_ANSWER
    assert "days" in str(outcome.error.facts["detail"])
    assert not spent(bench, "spent_on >= '2026-06-04' and account = 'acc1'")


@pytest.mark.parametrize("bounds", ["own", "dates"])
def test_days_begin_at_the_accounts_midnight_over_a_change_of_clocks(make_lab: Callable[..., Lab], bounds: str) -> None:
    """Los Angeles changed its clocks on 8 March 2026."""
    fake = FakeX()
    fill(fake)
    lab = make_lab()
    bench = Bench(lab.workspace, lab.profile, fake, "x_ads", SECRETS, {"day_bounds": bounds, "entities": "all"})
    assert bench.sync(since=SINCE).error is None
    (posted, *_) = [each for each in fake.requests if each.method == "POST" and "acc1" in each.url.path]
    told_bounds = posted.url.params["start_time"], posted.url.params["end_time"]
    assert told_bounds == (
        ("2026-03-01T08:00:00Z", "2026-03-31T07:00:00Z") if bounds == "own" else ("2026-03-01", "2026-03-31")
    )
    assert spent(bench, "spent_on = '2026-03-10' and ad_id = 'p3'")[0][3] == 12.345678


def test_many_ads_go_by_reports_even_for_the_last_days(bench: Bench, fake: FakeX) -> None:
    for number in range(1_000, 1_600):
        fake.put("acc1", "promoted_tweets", f"p{number}", line_item_id="l1", tweet_id=str(number))
        fake.owner[f"p{number}"] = "acc1"
        for day in range(5, 30):
            fake.spend("PROMOTED_TWEET", f"p{number}", date(2026, 6, day), number)
    assert bench.sync(since=date(2026, 6, 4)).error is None
    assert not [each for each in fake.requests if each.url.path == "/12/stats/accounts/acc1"]
    total = bench.rows("raw_ad_spend where ad_id like 'p1___'", "count(*), sum(spend)::double")
    assert total == [(15_000, pytest.approx(sum(range(1_000, 1_600)) * 25 / 1e6))]


def test_the_last_of_a_limit_is_spread() -> None:
    def answer(left: int, limit: int = 250) -> Answer:
        headers = {"x-rate-limit-limit": str(limit), "x-rate-limit-remaining": str(left)}
        headers |= {"x-rate-limit-reset": str(int(NOW.timestamp()) + 600), "date": "Wed, 01 Jul 2026 12:00:00 GMT"}
        return Answer(200, headers, {})

    signals = XSignals()
    assert signals.pace(answer(200)) == 0
    assert signals.pace(answer(20)) == 30
    assert signals.pace(answer(1, limit=5)) == 0


def test_check_tells_the_accounts_and_what_is_missing(fake: FakeX, bench: Bench) -> None:
    from app.syncing import open_session

    fake.forbidden = {"acc2"}
    session = open_session(
        bench.workspace, bench.profile, bench.credentials, bench.connection, make_http=bench.make_http
    )
    health = session.check(Task())
    session.close()
    assert [(each.id, each.currency, each.timezone) for each in health.accounts] == [
        ("acc1", "USD", "America/Los_Angeles"),
        ("acc2", "", "Asia/Tokyo"),
    ]
    assert list(health.missing.values()) == ["The whole account"]
    assert "Account acc2" in next(iter(health.missing))


def test_signatures_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """X's own documented example, for the fake's check; and ours against it, with all that needs escaping."""
    oauth = {
        "oauth_consumer_key": "xvz1evFS4wEEPTGEFPHBog",
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "oauth_version": "1.0",
    }
    keys = "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"
    form = "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21"
    url = "https://api.twitter.com/1.1/statuses/update.json?include_entities=true"
    assert signature("POST", url, oauth, *keys, form) == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="

    fake = FakeX()
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    http = Http("X", "https://ads-api.x.com", auth=signed(Keys(*(SECRETS[name] for name in names))),
                transport=httpx.MockTransport(fake))  # fmt: skip
    fake.account("a")
    odd = {"q": "a b+c%,d:ü/~*'()&=é", "empty": "", "account_ids": "a"}
    assert http.get("/12/accounts", odd, task=Task()).status == 200
    http.close()


# -- X's own words -------------------------------------------------------------------------------------------------


@pytest.fixture
def contracts() -> Path:
    if not CONTRACTS.is_dir():
        pytest.skip("contracts are not here")
    return CONTRACTS


def test_every_request_is_one_of_xs_collection(bench: Bench, fake: FakeX, contracts: Path) -> None:
    """Paths and names of parameters; jobs take those of the synchronous endpoint; posts and jobs are in the SDK."""
    collection = json.loads((contracts / "ads-api-v7.postman_collection.json").read_text())
    known: dict[str, tuple[set[str], set[str]]] = {}
    for item in collection["item"]:
        url = item["request"]["url"]
        path = "/".join(url["path"]).replace("{{version}}", "12").replace("{{account_id}}", "acc1")
        query = url.get("query", [])
        needed = {each["key"] for each in query if each.get("description") == "required"}
        known["/" + path] = {each["key"] for each in query}, needed
    stats = known["/12/stats/accounts/acc1"]
    known["/12/stats/jobs/accounts/acc1"] = ({*stats[0], "job_ids", "count", "cursor"}, set())
    tweets = json.loads((contracts / "fixtures" / "tweets_get.json").read_text())["request"]["params"]
    known["/12/accounts/acc1/tweets"] = ({*tweets, "timeline_type"}, {"tweet_ids", "tweet_type"})
    bench.sync(since=SINCE)
    paths: set[str] = set()
    for request in fake.requests:
        if request.url.host != "ads-api.x.com":
            continue
        path = request.url.path.replace("acc2", "acc1")
        paths.add(path)
        asked = {*request.url.params}
        assert path in known, path
        allowed, needed = known[path]
        assert asked <= allowed, (path, asked - allowed)
        assert needed <= asked, (path, needed - asked)
    assert {"/12/accounts", "/12/stats/accounts/acc1", "/12/stats/jobs/accounts/acc1"} <= paths


def test_xs_own_examples_are_understood(lab: Lab, contracts: Path) -> None:
    fixtures = {path.stem: json.loads(path.read_text()) for path in (contracts / "fixtures").glob("*.json")}
    fake = FakeX()
    for each in fixtures["accounts_all"]["data"]:
        fake.accounts[each["id"]] = each
    for kind in ("campaigns", "line_items", "promoted_tweets"):
        for each in fixtures[f"{kind}_all"]["data"]:
            fake.objects.setdefault(("2iqph", kind), {})[each["id"]] = each
    fake.objects["2iqph", "tweets"] = {each["id"]: each for each in fixtures["tweets_get"]["data"]}
    bench = Bench(lab.workspace, lab.profile, fake, "x_ads", SECRETS, {"accounts": "2iqph"})
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    assert len(bench.rows("raw_ad_entities where level = 'campaign'")) == 10
    assert len(bench.rows("raw_ad_entities where level = 'ad_set' and status = 'DELETED'")) == 4
    figures = fixtures["analytics_sync_stats"]["data"][1]["id_data"][0]["metrics"]
    assert figures["impressions"] == [2]


def test_xs_error_codes_mean_what_they_should(contracts: Path) -> None:
    examples = json.loads((contracts / "documented-examples.json").read_text())
    signals = XSignals()
    meant = {400: Code.PROVIDER_REFUSED, 401: Code.PROVIDER_LOGIN, 403: Code.PROVIDER_PERMISSION}
    meant |= {404: Code.PROVIDER_MISSING, 405: Code.PROVIDER_REFUSED}
    for code, status in examples["error_codes"].items():
        verdict = signals.judge(Answer(status, {}, {"errors": [{"code": code, "message": "m"}]}))
        assert verdict is not None
        assert getattr(verdict, "code", None) is meant.get(status), code
    detail = signals.detail(Answer(400, {}, examples["error_response"]))
    assert "start_time" in detail
    assert "INVALID_PARAMETER" in detail


def test_the_secrets_are_nowhere_in_the_file(bench: Bench, lab: Lab) -> None:
    bench.sync(since=SINCE)
    path = lab.workspace.path
    lab.workspace.checkpoint()
    lab.close()
    content = path.read_bytes()
    assert not [name for name, secret in SECRETS.items() if secret.encode() in content]
