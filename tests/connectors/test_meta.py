"""Meta: ads and their creatives, days of the account's own told whole, and the truth whatever goes wrong."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from connectors import meta_ads, meta_insights
from connectors.paging import gathered
from engine import Code
from engine.errors import Cancelled
from engine.task import Task
from tests.connectors.faults import FaultMatrix, by_name
from tests.connectors.harness import Bench, Fault, reply
from tests.connectors.meta_fake import TOKEN, FakeMeta, error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Lab

SINCE = date(2026, 4, 1)
TODAY = date(2026, 7, 1)  # in New York, at noon UTC


def filled() -> FakeMeta:
    made = FakeMeta()
    made.account("7")
    made.fill("7", 6, date(2026, 3, 20), TODAY)
    return made


@pytest.fixture
def fake() -> FakeMeta:
    return filled()


def benched(lab: Lab, fake: FakeMeta, **settings: Any) -> Bench:
    return Bench(lab.workspace, lab.profile, fake, "meta", {"access_token": TOKEN}, settings)


@pytest.fixture
def bench(lab: Lab, fake: FakeMeta) -> Bench:
    return benched(lab, fake)


def told(bench: Bench) -> dict[str, Any]:
    hidden = "* exclude (import_id, line, as_of)"
    return {**bench.told(), "entities": bench.rows("raw_ad_entities", hidden, "record_key, content_hash")}


def spans(fake: FakeMeta, begin: int = 0) -> list[tuple[str, str, str]]:
    """Method and span of each request for figures."""
    found: list[tuple[str, str, str]] = []
    for request in fake.requests[begin:]:
        asked = request.url.params.get("time_range")
        if request.method == "POST":
            asked = dict(httpx.QueryParams(request.content.decode()))["time_range"]
        if asked and "after" not in request.url.params:
            span = json.loads(asked)
            found.append((request.method, span["since"], span["until"]))
    return found


def test_an_account_arrives_as_these_rows(lab: Lab) -> None:
    """Days of Auckland, where it is tomorrow; yen have no hundredths; video figures; what a creative says."""
    fake = FakeMeta()
    fake.account("9", "JPY", "Pacific/Auckland")
    fake.entity("9", "campaigns", id="91", name="Brand", objective="OUTCOME_SALES", daily_budget="3000")
    fake.entity("9", "adsets", id="92", name="Set", campaign_id="91", effective_status="CAMPAIGN_PAUSED")
    story = {
        "page_id": "5",
        "video_data": {
            "title": "Half price",
            "message": "Only today",
            "image_url": "https://cdn.example/large.jpg",
            "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://shop.example/sale"}},
        },
    }
    creative = {"id": "94", "video_id": "8", "thumbnail_url": "https://cdn.example/t.jpg", "object_story_spec": story}
    ad = fake.entity("9", "ads", id="93", name="Ad", campaign_id="91", adset_id="92", creative=creative)
    one = [{"action_type": "video_view", "value": "12"}]
    fake.deliver(
        *("9", date(2026, 7, 2), ad, "1234"),
        actions=[*one, {"action_type": "purchase", "value": "2", "7d_click": "2"}],
        action_values=[{"action_type": "purchase", "value": "9000"}],
        video_play_actions=[{"action_type": "video_view", "value": "40"}],
        **{f"video_p{part}_watched_actions": [{"action_type": "video_view", "value": "7"}] for part in (25, 50)},
        video_avg_time_watched_actions=[{"action_type": "video_view", "value": "4.5"}],
    )
    bench = benched(lab, fake)
    assert bench.sync(since=date(2026, 6, 1)).error is None
    columns = (
        "spent_on, platform, account, campaign_id, campaign, ad_set_id, ad_id, spend::double, currency, impressions,"
        " clicks, reach, video_plays, video_3s, video_p25, video_p50, video_p75, video_avg_seconds::double"
    )
    figures = (100, 5, 80, 40, 12, 7, 7, None, 4.5)
    assert bench.rows("raw_ad_spend", columns) == [
        (date(2026, 7, 2), "meta", "9", "91", "Campaign 91", "92", "93", 1234.0, "JPY", *figures)
    ]
    ((payload,),) = bench.rows("raw_ad_spend", "payload::varchar")
    assert json.loads(payload) == {
        "inline_link_clicks": 3,
        "actions": {"video_view": "12", "purchase": "2"},
        "action_values": {"purchase": "9000"},
    }
    entities = bench.rows(
        "raw_ad_entities",
        "level, entity_id, campaign_id, ad_set_id, name, status, objective, daily_budget::double, creative_kind, "
        "headline, body, thumbnail_url, destination_url",
        "entity_id",
    )
    assert entities == [
        ("campaign", "91", "91", None, "Brand", "ACTIVE", "OUTCOME_SALES", 3000.0, *[None] * 5),
        ("ad_set", "92", "91", "92", "Set", "CAMPAIGN_PAUSED", None, None, *[None] * 5),
        (
            "ad",
            "93",
            "91",
            "92",
            "Ad",
            "ACTIVE",
            None,
            None,
            "video",
            "Half price",
            "Only today",
            "https://cdn.example/t.jpg",
            "https://shop.example/sale",
        ),
    ]
    kept = bench.rows("provider_objects", "object_type, object_id, content::varchar", "object_id")
    assert [each[:2] for each in kept] == [
        *(("ad_account", "9"), ("campaign", "91"), ("ad_set", "92"), ("ad", "93"), ("creative", "94"))
    ]
    assert TOKEN not in str(kept)
    bench.profile.rebuild()
    assert bench.rows("ad_daily", "spent_on, ad_id, spend::double, video_3s") == [(date(2026, 7, 2), "93", 1234.0, 12)]
    assert bench.rows("ad_entities", "headline, creative_kind", "level")[0] == ("Half price", "video")


def test_spend_by_day_is_the_platforms_archived_and_deleted_ads_included(bench: Bench, fake: FakeMeta) -> None:
    assert bench.sync(since=SINCE).error is None
    bench.profile.rebuild()
    with bench.profile.store.read() as cursor:
        found = cursor.rows("select spent_on, sum(spend)::double from ad_daily group by 1 order by 1")
    truth: dict[date, float] = {}
    for (_, day, _), row in fake.days.items():
        if day >= SINCE:
            truth[day] = truth.get(day, 0) + float(row["spend"])
    assert dict(found) == pytest.approx(truth)
    states = dict(bench.rows("raw_ad_entities", "entity_id, status", "entity_id"))
    assert (states["7304"], states["7305"]) == ("ARCHIVED", "DELETED")
    gone = bench.rows("provider_objects", "object_id, is_deleted", "object_id")
    assert [id_ for id_, is_deleted in gone if is_deleted] == ["7305"]


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeMeta) -> None:
    bench.sync(since=SINCE)
    before, asked = told(bench), len(fake.requests)
    assert spans(fake) == [
        ("POST", "2026-04-01", "2026-04-07"),  # how many rows a day has is not known yet
        ("POST", "2026-04-08", "2026-05-12"),
        ("GET", "2026-05-13", "2026-06-16"),
        ("GET", "2026-06-17", "2026-07-01"),
    ]
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert told(bench) == before
    assert spans(fake, asked) == [("GET", "2026-06-04", "2026-07-01")]
    assert len(fake.requests) - asked < asked
    assert outcome.streams["ads:7"].new == outcome.streams["ads:7"].objects == 0
    assert bench.rows("row_memberships") == []


def test_a_span_is_as_long_as_its_rows_can_be_held(
    bench: Bench, fake: FakeMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held until it is whole: the more ads delivered on a day of the span before, the shorter it is."""
    rows: Counter[date] = Counter(day for _, day, _ in fake.days)
    monkeypatch.setattr(meta_insights, "_HELD", 10 * max(rows.values()))
    bench.sync(since=SINCE)
    asked = [(date.fromisoformat(first), date.fromisoformat(last)) for _, first, last in spans(fake)]
    assert (asked[0][1] - asked[0][0]).days + 1 == 7
    for (first, last), (start, end) in pairwise(asked):
        most = max((rows[day] for day in rows if first <= day <= last), default=1)
        assert (end - start).days + 1 == min(35, 10 * max(rows.values()) // most, (date(2026, 7, 1) - start).days + 1)
    assert len(asked) > 4
    whole = told(bench)
    assert bench.sync(since=SINCE).error is None
    assert told(bench) == whole


def test_the_last_28_days_are_replaced_and_older_ones_once_they_are_settled(
    bench: Bench, fake: FakeMeta, lab: Lab
) -> None:
    """A day fetched while it may change is fetched again, however late; what vanished goes (N4)."""
    bench.sync(since=SINCE)
    vanished, changed = date(2026, 6, 4), date(2026, 6, 20)
    del fake.days["7", vanished, "7300"]
    fake.days["7", changed, "7301"]["spend"] = "77.77"
    fake.days["7", date(2026, 6, 3), "7301"]["spend"] = "88.88"  # settled: nobody looks there any more
    lab.now += timedelta(days=60)
    begin = len(fake.requests)
    assert bench.sync(since=SINCE).error is None
    assert spans(fake, begin)[0][1] == "2026-06-04"
    amounts = {(day, ad): spend for day, ad, spend in bench.rows("raw_ad_spend", "spent_on, ad_id, spend::double")}
    assert (vanished, "7300") not in amounts
    assert amounts[changed, "7301"] == 77.77
    assert 88.88 not in amounts.values()
    bench.sync(since=SINCE - timedelta(days=5))  # more history is wanted: all of it anew
    assert (SINCE - timedelta(days=5), "7300") in {
        (day, ad) for day, ad in bench.rows("raw_ad_spend", "spent_on, ad_id")
    }


def test_history_ends_where_meta_ends_it(bench: Bench, fake: FakeMeta) -> None:
    bench.sync(since=date(2015, 1, 1))
    assert min(since for _, since, _ in spans(fake)) == "2023-06-02"


def test_a_renamed_ad_and_pictures_whose_address_expired(bench: Bench, fake: FakeMeta, lab: Lab) -> None:
    bench.sync(since=SINCE)
    lab.now += timedelta(days=1)
    ads = fake.entities["7", "ads"]
    ads[0] |= {"name": "Renamed", "updated": int(lab.now.timestamp())}
    ads[1]["creative"]["thumbnail_url"] = "https://cdn.example/new"
    bench.sync(since=SINCE)
    names = bench.rows("raw_ad_entities", "name, thumbnail_url", "name")
    assert ("Renamed", None) in names
    assert ("Ad 1", "https://cdn.example/new") not in names
    lab.now += timedelta(days=7)
    bench.sync(since=SINCE)
    assert ("Ad 1", "https://cdn.example/new") in bench.rows("raw_ad_entities", "name, thumbnail_url", "name")


@pytest.mark.parametrize("ahead", [timedelta(hours=20), timedelta(days=9)])
def test_an_ad_archived_while_our_clock_is_ahead_is_archived(
    bench: Bench, fake: FakeMeta, lab: Lab, ahead: timedelta
) -> None:
    """What was changed before the time our clock told then is asked for all the same."""
    real = lab.now
    lab.now = real + ahead
    bench.sync(since=SINCE)
    lab.now = real + timedelta(hours=1)
    changed = {"effective_status": "ARCHIVED", "updated": int((real + timedelta(minutes=30)).timestamp())}
    fake.entities["7", "ads"][0] |= changed
    bench.sync(since=SINCE)
    assert ("Ad 0", "ARCHIVED") in bench.rows("raw_ad_entities", "name, status", "name")


def test_too_much_data_is_asked_for_by_report_and_in_shorter_spans(
    make_lab: Callable[..., Lab], fake: FakeMeta
) -> None:
    clean = benched(make_lab(), fake)
    clean.sync(since=SINCE)
    fake.span_rows = 60
    bench = benched(make_lab(), fake)
    assert bench.sync(since=SINCE).error is None
    assert told(bench) == told(clean)
    fake.requests.clear()
    assert bench.sync(since=SINCE).error is None
    assert {method for method, *_ in spans(fake)} == {"POST"}  # it is remembered that this account is large
    fake.span_rows = 3  # of 6 rows a day: no span is short enough
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_REFUSED
    assert "Job Failed" in str(outcome.error.facts)
    assert told(bench) == told(clean)


def test_pages_of_ads_that_are_too_much_are_halved(bench: Bench, fake: FakeMeta) -> None:
    fake.entities["7", "ads"] += [
        {**fake.entities["7", "ads"][0], "id": f"8{number:03}", "creative": None} for number in range(120)
    ]
    fake.page_rows = 30
    assert bench.sync(since=date(2026, 6, 1)).error is None
    assert len(bench.rows("raw_ad_entities", "entity_id")) == 130


def test_an_account_that_refuses_deleted_objects_tells_all_others(bench: Bench, fake: FakeMeta) -> None:
    fake.refuses_deleted = True
    assert bench.sync(since=SINCE).error is None
    ads = {ad for (ad,) in bench.rows("raw_ad_spend", "ad_id")}
    assert ads == {f"730{number}" for number in range(5)}


# -- interruptions ------------------------------------------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meta_insights, "_BATCH", 60)
    monkeypatch.setattr(meta_ads, "gathered", lambda batches: gathered(batches, 3))


@pytest.mark.usefixtures("small_batches")
def test_stopped_after_any_batch_it_goes_on_behind_it(make_lab: Callable[..., Lab], fake: FakeMeta) -> None:
    clean = benched(make_lab(), fake)
    count = len(list(_counted(clean, 10_000)))
    truth = told(clean)
    assert count > 10
    for stop in random.Random(5).sample(range(1, count), 2):
        bench = benched(make_lab(), fake)
        with pytest.raises(Cancelled):
            list(_counted(bench, stop))
        days = bench.rows("raw_ad_spend", "distinct spent_on")
        fake.requests.clear()
        assert bench.sync(since=SINCE).error is None
        assert told(bench) == truth
        assert spans(fake)[0][1] == (SINCE + timedelta(days=len(days))).isoformat()


def _counted(bench: Bench, stop: int) -> Iterator[int]:
    """Sync, cancelled after so many batches; yields once a batch."""
    seen: list[int] = []

    def progress(fraction: float, label: str) -> None:
        seen.append(len(seen))
        if len(seen) >= stop:
            task.cancel()

    task = Task(progress)
    bench.sync(since=SINCE, task=task)
    yield from seen


@pytest.mark.usefixtures("small_batches")
def test_broken_at_any_request_it_goes_on(make_lab: Callable[..., Lab], fake: FakeMeta) -> None:
    clean = benched(make_lab(), fake)
    clean.sync(since=SINCE)
    truth, count = told(clean), len(fake.requests)
    for begin in random.Random(7).sample(range(1, count), 2):
        bench = benched(make_lab(), fake)
        fake.requests.clear()
        fake.faults = dict.fromkeys(range(begin, 2_000), Fault(kind="reset"))
        assert bench.sync(since=SINCE).error is not None
        fake.faults = {}
        assert bench.sync(since=SINCE).error is None
        assert told(bench) == truth


# -- faults -------------------------------------------------------------------------------------------------------


def limited(code: int, subcode: int | None = None, headers: dict[str, Any] | None = None) -> Fault:
    response = error(code, "There have been too many calls to this ad-account.", subcode)
    response.headers.update({name: json.dumps(told) for name, told in (headers or {}).items()})
    return Fault(response)


def regained(minutes: int) -> dict[str, Any]:
    use = {"type": "ads_insights", "call_count": 100, "total_cputime": 20, "total_time": 30}
    return {"x-business-use-case-usage": {"66782684": [{**use, "estimated_time_to_regain_access": minutes}]}}


PASSING = by_name(
    [
        limited(4, 1_504_022),
        limited(17, 2_446_079),
        limited(32),
        limited(613, 1_487_742),
        limited(80_004, 2_446_079, regained(1)),
        Fault(error(2, "Service temporarily unavailable", status=500)),
        Fault(error(368, "Try again later", status=503)),
        Fault(reply({"error": {"code": 4, "message": "Application request limit reached"}}, 200)),
        Fault(httpx.Response(429, text="slow down")),
        Fault(httpx.Response(409, text="conflict")),
        Fault(kind="reset"),
        Fault(kind="timeout"),
        Fault(kind="truncated"),
        Fault(kind="malformed"),
    ],
    ids="4 17 32 613 80004 2 503 4-at-200 429 409 reset timeout truncated malformed".split(),  # noqa: SIM905
)


def test_the_wait_is_what_meta_tells(bench: Bench, fake: FakeMeta) -> None:
    fake.faults = {2: limited(80_000, None, regained(2)), 4: limited(17, 2_446_079)}
    assert bench.sync(since=SINCE).error is None
    assert any(120 <= seconds <= 121 for seconds in bench.slept)
    assert any(60 <= seconds <= 61 for seconds in bench.slept)


def test_requests_are_spread_out_when_a_limit_comes_near(bench: Bench, fake: FakeMeta) -> None:
    answer = fake.answer

    def near(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        response.headers["x-ad-account-usage"] = '{"acc_id_util_pct": 90.0, "reset_time_duration": 100}'
        response.headers["x-app-usage"] = "not json"
        return response

    fake.answer = near  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync(since=date(2026, 6, 1)).error is None
    assert sorted(bench.slept)[len(bench.slept) // 2] == pytest.approx(30 * 0.75**2, abs=1)


STAYING = by_name(
    [
        (Fault(error(190, f"Error validating access token {TOKEN}: expired", 463, 401)), Code.PROVIDER_LOGIN),
        (Fault(error(200, "Requires ads_read permission to manage the object", status=403)), Code.PROVIDER_PERMISSION),
        (Fault(error(100, "Unsupported get request.", 33)), Code.PROVIDER_MISSING),
        (Fault(error(2635, "You are calling a deprecated version of the Ads API")), Code.PROVIDER_REFUSED),
        (limited(80_000, None, regained(40)), Code.PROVIDER_LIMIT),
        (limited(4), Code.PROVIDER_LIMIT),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE),
        (Fault(kind="malformed"), Code.PROVIDER_ANSWER),
        (Fault(reply({"data": "none"})), Code.PROVIDER_ANSWER),
        (Fault(reply([1])), Code.PROVIDER_ANSWER),
    ],
    ids="190 200 100-33 2635 80000 4 reset malformed no-list no-object".split(),  # noqa: SIM905
)


class TestFaults(FaultMatrix):
    provider = "meta"
    secrets: ClassVar = {"access_token": TOKEN}
    since = date(2026, 4, 20)
    passing = PASSING
    staying = STAYING

    def make(self) -> FakeMeta:
        made = FakeMeta()
        made.account("7")
        made.fill("7", 3, date(2026, 4, 20), TODAY)
        return made


def test_cursors_that_expire_begin_the_edge_anew(
    make_lab: Callable[..., Lab], fake: FakeMeta, monkeypatch: Any
) -> None:
    monkeypatch.setattr(meta_insights, "_PAGE", 60)
    clean = benched(make_lab(), fake)
    clean.sync(since=SINCE)
    answer, asked = fake.answer, [0]

    def expire(request: httpx.Request) -> httpx.Response:
        asked[0] += "after" in request.url.params
        fake.generation = asked[0] // 7
        return answer(request)

    fake.answer = expire  # pyright: ignore[reportAttributeAccessIssue]
    fake.backwards = True  # pages out of order, and rows twice
    bench = benched(make_lab(), fake)
    assert bench.sync(since=SINCE).error is None
    assert fake.generation > 0
    assert told(bench) == told(clean)


def test_a_report_that_is_gone_is_asked_for_again(bench: Bench, fake: FakeMeta) -> None:
    missing = error(100, "Unsupported get request.", 33)

    def look(request: httpx.Request, found: Any) -> httpx.Response:
        return missing if found[1] == "run1" else fake.routes[7][2](request, found)

    fake.routes.insert(0, ("GET", r"/v26\.0/(run\d+)", look))
    assert bench.sync(since=SINCE).error is None
    assert len(bench.rows("raw_ad_spend", "ad_id")) == 6 * ((TODAY - SINCE).days + 1)


def test_rows_that_are_not_of_one_day_are_not_believed(bench: Bench, fake: FakeMeta) -> None:
    fake.days["7", date(2026, 6, 5), "7300"]["date_stop"] = "2026-06-30"
    outcome = bench.sync(since=date(2026, 6, 1))
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_ANSWER
    assert bench.rows("raw_ad_spend", "ad_id") == []


def test_unknown_fields_and_values_are_kept_and_do_not_matter(bench: Bench, fake: FakeMeta) -> None:
    creative = {"id": "999", "object_type": "HOLOGRAM", "brand_new": [1]}
    fake.entity(
        *("7", "ads"),
        id="7399",
        name="New",
        campaign_id="710",
        adset_id="720",
        effective_status="TELEPORTED",
        creative=creative,
        brand_new={"a": [1]},
    )
    fake.entity("7", "ads", id="7398", name=None, campaign_id="710", adset_id="720", creative="none")
    assert bench.sync(since=SINCE).error is None
    assert ("TELEPORTED", "hologram") in bench.rows("raw_ad_entities", "status, creative_kind", "entity_id")
    assert sum("brand_new" in text for (text,) in bench.rows("provider_objects", "content::varchar", "all")) == 2


# -- accounts -----------------------------------------------------------------------------------------------------


def test_what_fails_for_one_account_does_not_stop_another(bench: Bench, fake: FakeMeta) -> None:
    fake.account("8", "EUR", "Europe/Madrid")
    fake.fill("8", 3, date(2026, 6, 1), TODAY)
    fake.forbidden = {"7"}
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_PERMISSION
    assert {account for (account,) in bench.rows("raw_ad_spend", "account")} == {"8"}


def test_only_chosen_accounts_are_fetched_and_a_proof_is_sent(lab: Lab, fake: FakeMeta) -> None:
    fake.account("8")
    fake.fill("8", 3, date(2026, 6, 1), TODAY)
    secrets = {"access_token": TOKEN, "app_secret": "app-secret"}
    bench = Bench(lab.workspace, lab.profile, fake, "meta", secrets, {"accounts": "act_8, 8"})
    assert bench.sync(since=SINCE).error is None
    assert not [request for request in fake.requests if "act_7" in request.url.path]
    proof = hmac.new(b"app-secret", TOKEN.encode(), hashlib.sha256).hexdigest()
    assert {request.url.params.get("appsecret_proof") for request in fake.requests if request.method == "GET"} == {
        proof
    }


def test_a_token_without_accounts_says_so(lab: Lab) -> None:
    outcome = benched(lab, FakeMeta()).sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_MISSING


def test_the_check_tells_accounts_and_what_is_missing(bench: Bench, fake: FakeMeta) -> None:
    fake.account("8", "EUR", "Europe/Madrid")
    fake.forbidden = {"8"}
    session = open_session(
        bench.workspace, bench.profile, bench.credentials, bench.connection, make_http=bench.make_http
    )
    health = session.check(Task())
    session.close()
    assert health.name == "Reports"
    assert [(each.id, each.name, each.currency, each.timezone) for each in health.accounts] == [
        ("7", "Shop 7", "USD", "America/New_York"),
        ("8", "Shop 8", "EUR", "Europe/Madrid"),
    ]
    # The text names a scope in one of the two refusals; it is the same that is needed.
    assert set(health.missing) == {"ads_management (Shop 8)", "ads_read (Shop 8)"}


def test_the_secret_is_nowhere_in_the_file(bench: Bench, lab: Lab) -> None:
    bench.sync(since=SINCE)
    path = lab.workspace.path
    lab.workspace.checkpoint()
    lab.close()
    assert TOKEN.encode() not in path.read_bytes()


def test_the_clock_of_the_account_begins_its_days(lab: Lab, fake: FakeMeta) -> None:
    """At 02:00 UTC it is still the day before in New York."""
    lab.now = datetime(2026, 7, 1, 2, tzinfo=UTC)
    benched(lab, fake).sync(since=date(2026, 6, 20))
    assert spans(fake) == [("GET", "2026-06-20", "2026-06-30")]
