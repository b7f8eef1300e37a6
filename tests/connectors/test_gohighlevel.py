"""HighLevel: leads with where they came from, stages in time, appointments, and the truth whatever goes wrong."""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from connectors.census import Census
from connectors.gohighlevel_rows import appointment_rows, lead_row, opportunity_rows, person_row
from engine import Code
from engine.errors import Cancelled
from engine.task import Task
from tests.connectors.faults import FaultMatrix, by_name
from tests.connectors.gohighlevel_contract import FOLDER, Contract
from tests.connectors.gohighlevel_fake import LOCATION, FakeHighLevel
from tests.connectors.harness import Bench, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

SINCE = date(2026, 3, 1)
STAGES = ("New Lead", "Qualified", "Proposal Sent", "Closed Won", "Perdido")
META_FORM = {
    "medium": "facebook",
    "adSource": "facebook",
    "campaign": "Spring",
    "campaignId": "120001",
    "adSetId": "120002",
    "adId": "120003",
    "formId": "77",
    "isFirst": True,
}


def day(month: int, number: int, hour: int = 12, minute: int = 0) -> str:
    return f"2026-{month:02}-{number:02}T{hour:02}:{minute:02}:00.000Z"


def at(month: int, number: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant as the tables have it: in UTC, without saying so."""
    return datetime(2026, month, number, hour, minute, tzinfo=UTC).replace(tzinfo=None)


def small() -> FakeHighLevel:
    """A few of each, for reading the rows by eye."""
    fake = FakeHighLevel()
    fake.pipelines = [
        {
            "id": "pipe1",
            "name": "Sales",
            "stages": [{"id": f"s{place}", "name": name, "position": place} for place, name in enumerate(STAGES)],
        }
    ]
    fake.calendars = [{"id": "cal1", "name": "Consultation", "locationId": LOCATION}]
    return fake


@pytest.fixture
def fake() -> FakeHighLevel:
    made = small()
    for number in range(230):
        added = (datetime(2026, 4, 1, tzinfo=UTC) + timedelta(hours=5 * number)).isoformat().replace("+00:00", ".000Z")
        origin = {"attributions": [META_FORM]} if number % 2 == 0 else {}
        made.contact(number, added, **origin)
        made.opportunity(number, f"s{number % 3}", added)
    for number in range(40):
        made.event(number, day(5, 1 + number % 28), day(5, 1 + number % 28, 13), day(4, 20))
    return made


def bench_of(lab: Lab, fake: FakeHighLevel, **settings: str) -> Bench:
    return Bench(
        lab.workspace,
        lab.profile,
        fake,
        "gohighlevel",
        {"token": fake.token},
        {"accounts": LOCATION, "since": SINCE.isoformat(), **settings},
    )


@pytest.fixture
def bench(lab: Lab, fake: FakeHighLevel) -> Bench:
    return bench_of(lab, fake)


def counted(bench: Bench) -> dict[str, int]:
    bench.profile.rebuild()
    with bench.profile.store.read() as cursor:
        return dict(cursor.rows("select goal, count(*)::integer from conversions group by goal"))


# -- rows ---------------------------------------------------------------------------------------------------------


def test_a_lead_form_becomes_a_person_a_lead_and_the_touch_of_its_ad(lab: Lab) -> None:
    """A3: whoever came by an ad's form without visiting the site is credited to that ad."""
    fake = small()
    fake.contact(1, day(6, 1), attributions=[META_FORM], phone="+12025550107")
    fake.contact(2, day(6, 1))  # entered by hand: a person, no lead
    bench = bench_of(lab, fake)
    assert bench.sync().error is None
    columns = "conversion_id, event_type, ghl_contact_id, source, campaign_id, ad_set_id, ad_id, utm_campaign"
    assert bench.rows("raw_conversions", columns) == [
        ("contact0001:lead", "lead_created", "contact0001", "facebook", "120001", "120002", "120003", "Spring")
    ]
    people = bench.rows("raw_people", "ghl_contact_id, email, phone, first_name, last_name, occurred_at", "1")
    assert people == [
        ("contact0001", "lead1@mail.example", "+12025550107", "Ana", "Lead1", at(6, 1)),
        ("contact0002", "lead2@mail.example", None, "Ana", "Lead2", at(6, 1)),
    ]
    assert counted(bench) == {"lead_created": 1}
    assert lab.rows("select kind, channel, campaign from touches") == [("synthetic", "Paid Social", "Spring")]


def test_stages_are_told_in_time_and_a_won_deal_once(lab: Lab) -> None:
    """G4: the first stage is a lead, a stage change its own goal; the status wins over a stage that says the same."""
    fake = small()
    fake.contact(1, day(6, 1))
    deal = fake.opportunity(1, "s0", day(6, 1))
    bench = bench_of(lab, fake)
    bench.sync()
    deal |= {"pipelineStageId": "s1", "lastStageChangeAt": day(6, 3), "updatedAt": day(6, 3)}
    lab.now += timedelta(days=1)
    bench.sync()
    assert counted(bench) == {"lead_created": 1, "qualified": 1}
    deal |= {"pipelineStageId": "s3", "lastStageChangeAt": day(6, 9), "updatedAt": day(6, 9), "monetaryValue": 900}
    lab.now += timedelta(days=1)
    bench.sync()
    deal |= {"status": "won", "lastStatusChangeAt": day(6, 10), "updatedAt": day(6, 10)}
    lab.now += timedelta(days=1)
    bench.sync()
    assert counted(bench) == {"lead_created": 1, "qualified": 1, "closed_won": 1}
    told = lab.rows("select goal, stage, occurred_at, amount::double, revenue_type, status from conversions order by 3")
    assert told == [
        ("lead_created", "New Lead", at(6, 1), 900, "pipeline", "open"),
        ("qualified", "Qualified", at(6, 3), 500, "pipeline", "open"),
        ("closed_won", None, at(6, 10), 900, "pipeline", "won"),
    ]
    deal |= {"status": "open", "lastStatusChangeAt": day(6, 11), "updatedAt": day(6, 11), "pipelineStageId": "s2"}
    deal |= {"lastStageChangeAt": day(6, 11)}
    lab.now += timedelta(days=1)
    bench.sync()
    assert "closed_won" not in counted(bench)


def test_what_was_not_seen_before_a_first_sync_is_told_alike(make_lab: Callable[..., Lab]) -> None:
    """A deal first seen in its second stage tells what one tells that was seen in both."""
    told: list[Any] = []
    for early in (True, False):
        fake, lab = small(), make_lab()
        fake.contact(1, day(6, 1))
        deal = fake.opportunity(1, "s0", day(6, 1))
        bench = bench_of(lab, fake)
        if early:
            bench.sync()
        deal |= {"pipelineStageId": "s1", "lastStageChangeAt": day(6, 3), "updatedAt": day(6, 3)}
        bench.sync()
        bench.profile.rebuild()
        told.append(lab.rows("select goal, stage, occurred_at, amount, status from conversions order by 1"))
    assert told[0] == told[1]
    assert len(told[0]) == 2


def test_a_stage_with_another_name_is_another_goal(lab: Lab) -> None:
    fake = small()
    fake.contact(1, day(6, 1))
    fake.opportunity(1, "s2", day(6, 1))
    bench = bench_of(lab, fake)
    bench.sync()
    assert counted(bench) == {}
    for name, goal in (
        ("Cita agendada", "appointment_booked"),
        ("Qualified again", "qualified"),
        ("Cita agendada", "appointment_booked"),
    ):
        fake.pipelines[0]["stages"][2]["name"] = name
        lab.now += timedelta(hours=1)
        bench.sync()
        assert counted(bench) == {goal: 1}


def test_appointments_are_booked_when_made_and_held_when_they_start(lab: Lab) -> None:
    fake = small()
    fake.contact(1, day(6, 1))
    event = fake.event(1, "2026-06-20T16:00:00+05:30", "2026-06-20T17:00:00+05:30", day(6, 2))
    fake.event(2, day(6, 21), day(6, 21, 13), day(6, 3), appointmentStatus="noshow")
    fake.event(3, day(6, 22), day(6, 22, 13), day(6, 3), appointmentStatus="invalid")
    fake.event(4, day(8, 22), day(8, 22, 13), day(6, 3), appointmentStatus="cancelled")
    bench = bench_of(lab, fake)
    bench.sync()
    columns = "conversion_id, event_type, occurred_at, starts_at, ends_at, calendar, assigned_user, status"
    rows = bench.rows("raw_conversions", columns, "1, 2")
    assert rows[0] == (
        "event0001:booked",
        "appointment_booked",
        at(6, 2),
        at(6, 20, 10, 30),
        at(6, 20, 11, 30),
        "Consultation",
        "user1",
        "confirmed",
    )
    assert counted(bench) == {"appointment_booked": 3, "no_show": 1}
    event |= {"appointmentStatus": "showed", "dateUpdated": day(6, 20)}
    lab.now += timedelta(days=1)
    bench.sync()
    assert counted(bench) == {"appointment_booked": 3, "no_show": 1, "showed": 1}
    assert lab.rows("select occurred_at from conversions where goal = 'showed'") == [(at(6, 20, 10, 30),)]
    event |= {"appointmentStatus": "noshow", "dateUpdated": day(6, 21)}
    lab.now += timedelta(days=1)
    bench.sync()
    assert counted(bench) == {"appointment_booked": 3, "no_show": 2}


def test_who_something_is_assigned_to_has_a_name_whenever_it_is_told(lab: Lab) -> None:
    """Names come with the scope `users.readonly`, also for what was fetched before, and change there."""
    fake = small()
    fake.contact(1, day(6, 1))
    fake.event(1, day(6, 20), day(6, 20, 13), day(6, 2))
    fake.event(2, day(6, 21), day(6, 21, 13), day(6, 2), assignedUserId="user2")
    fake.forbidden = {"users.readonly"}
    bench = bench_of(lab, fake)

    def assigned() -> list[str]:
        assert bench.sync().error is None
        bench.profile.rebuild()
        told = "select assigned_user from conversions where goal = 'appointment_booked' order by 1"
        return [name for (name,) in lab.rows(told)]

    assert assigned() == ["user1", "user2"]
    fake.forbidden = set()
    fake.users = [{"id": "user1", "name": " Ada Keel "}, {"id": "user9", "name": "Nobody Here"}]
    assert assigned() == ["Ada Keel", "user2"]
    fake.users = [{"id": "user1", "firstName": "Ada", "lastName": "Faro"}, {"id": "user2", "name": ""}]
    lab.now += timedelta(days=1)
    assert assigned() == ["Ada Faro", "user2"]


def test_which_contacts_are_leads_can_be_chosen() -> None:
    by_hand = {"id": "c", "dateAdded": day(6, 1), "attributions": [{"url": "", "medium": "manual"}]}
    by_form = {
        **by_hand,
        "attributionSource": {"medium": "form", "gclid": "x", "url": "https://a.example/?utm_campaign=A"},
    }
    assert lead_row(by_hand, "attributed") is None
    assert lead_row(by_hand, "all") is not None
    assert lead_row(by_form, "none") is None
    lead = lead_row(by_form, "attributed")
    assert lead is not None
    assert [lead.fields[name] for name in ("utm_campaign", "source", "gclid")] == ["A", "google", "x"]


# -- syncing ------------------------------------------------------------------------------------------------------


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeHighLevel) -> None:
    assert bench.sync().error is None
    before, asked = bench.told(), len(fake.requests)
    outcome = bench.sync()
    assert outcome.error is None
    assert bench.told() == before
    assert outcome.taken.new == 0
    assert len(fake.requests) - asked < asked
    assert len([each for each in fake.requests[asked:] if each.url.path == "/contacts/"]) == 1
    assert bench.rows("row_memberships") == []


class _Stopped(Task):
    """A task that is cancelled at the n-th request."""

    def __init__(self, fake: FakeHighLevel, at: int) -> None:
        super().__init__()
        self._fake, self._at = fake, at

    def check(self) -> None:
        if len(self._fake.requests) >= self._at:
            self.cancel()
        super().check()


def test_stopped_anywhere_it_goes_on_to_the_same(make_lab: Callable[..., Lab], fake: FakeHighLevel) -> None:
    lab = make_lab()
    clean = bench_of(lab, fake)
    clean.sync()
    whole, expected = len(fake.requests), clean.told()
    for at in random.Random(7).sample(range(1, whole), 4):
        other = make_lab()
        fake.requests.clear()
        stopped = bench_of(other, fake)
        with pytest.raises(Cancelled):
            stopped.sync(task=_Stopped(fake, at))
        assert stopped.sync().error is None
        assert stopped.told() == expected


def limited(**headers: str) -> Fault:
    names = {"x-ratelimit-max": "100", "x-ratelimit-remaining": "0", "x-ratelimit-interval-milliseconds": "10000"}
    told = {**names, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Fault(httpx.Response(429, headers=told, json={"statusCode": 429, "message": "Too Many Requests"}))


def failed(status: int, message: Any, headers: dict[str, str] | None = None) -> Fault:
    return Fault(httpx.Response(status, json={"statusCode": status, "message": message}, headers=headers))


PASSING = by_name(
    [
        limited(),
        limited(retry_after="2"),
        failed(500, "boom"),
        failed(503, "busy", {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        failed(409, "conflict"),
        Fault(kind="reset"),
        Fault(kind="timeout"),
        Fault(kind="truncated"),
        Fault(kind="malformed"),
    ],
    ids=["429", "429-after", "500", "503-clock", "409", "reset", "timeout", "truncated", "malformed"],
)

STAYING = by_name(
    [
        (failed(401, "Invalid JWT pit-very-secret"), Code.PROVIDER_LOGIN, "Invalid JWT"),
        (failed(401, "The token is not authorized for this scope."), Code.PROVIDER_PERMISSION, "readonly"),
        (failed(403, "The token does not have access to this location."), Code.PROVIDER_PERMISSION, "location"),
        (failed(404, "Cannot GET"), Code.PROVIDER_MISSING, "Cannot GET"),
        (failed(422, ["locationId must be a string"]), Code.PROVIDER_REFUSED, "locationId must be"),
        (limited(x_ratelimit_daily_remaining="0"), Code.PROVIDER_LIMIT, "86400"),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE, "reset"),
        (Fault(kind="malformed"), Code.PROVIDER_ANSWER, "JSON"),
        (Fault(httpx.Response(200, json={"traceId": "x"})), Code.PROVIDER_ANSWER, "no list"),
    ],
    ids=["401", "401-scope", "403", "404", "422", "day", "reset", "malformed", "shape"],
)


class TestFaults(FaultMatrix):
    provider = "gohighlevel"
    secrets: ClassVar = {"token": FakeHighLevel().token}
    settings: ClassVar = {"": {"accounts": LOCATION, "since": SINCE.isoformat()}}
    passing = PASSING
    staying = STAYING
    begins = (3,)

    def make(self) -> FakeHighLevel:
        made = small()
        for number in range(120):
            made.contact(number, day(4, 1 + number % 28, number % 24), attributions=[META_FORM])
            made.opportunity(number, "s1", day(4, 1 + number % 28, number % 24))
        return made

    def is_page(self, request: httpx.Request) -> bool:
        return "pipelines" not in request.url.path  # not a page: the places of stages count


def test_a_missing_scope_costs_only_what_it_is_for(bench: Bench, fake: FakeHighLevel, lab: Lab) -> None:
    fake.forbidden = {"opportunities.readonly"}
    outcome = bench.sync()
    assert outcome.error is not None
    assert outcome.error.facts["permission"] == "opportunities.readonly"
    assert counted(bench) == {"lead_created": 115, "appointment_booked": 40}
    session = open_session(lab.workspace, lab.profile, bench.credentials, bench.connection, make_http=bench.make_http)
    health = session.check(Task())
    assert health.missing == {"opportunities.readonly": "Opportunities and stages"}
    assert [(each.id, each.name, each.timezone) for each in health.accounts] == [
        (LOCATION, "Dental Norte", "America/Bogota")
    ]


def test_what_is_deleted_goes_and_what_a_page_skipped_stays(bench: Bench, fake: FakeHighLevel, lab: Lab) -> None:
    bench.sync()
    before = counted(bench)
    fake.hidden = {"contact0002", "deal0004", "event0005"}
    lab.now += timedelta(days=1)
    bench.sync()
    assert counted(bench) == before
    fake.hidden = set()
    fake.contacts = [each for each in fake.contacts if each["id"] != "contact0002"]
    fake.opportunities = [each for each in fake.opportunities if each["id"] not in {"deal0001", "deal0004"}]
    fake.events = [each for each in fake.events if each["id"] != "event0005"]
    lab.now += timedelta(days=1)
    bench.sync()
    after = counted(bench)
    assert after["qualified"] == before["qualified"] - 2
    gone = bench.rows("provider_objects", "object_id, is_deleted", "object_id")
    assert {each for each, deleted in gone if deleted} >= {"contact0002", "deal0001", "deal0004"}
    lab.now += timedelta(days=1)
    assert bench.sync().taken.new == 0


def test_what_comes_back_counts_again(bench: Bench, fake: FakeHighLevel, lab: Lab) -> None:
    """E7: restored from the bin nothing of a deal has changed, and still it counts, with the stages it had passed."""
    fake.event(40, day(7, 10), day(7, 10, 13), day(6, 2))
    bench.sync()
    moved = next(each for each in fake.opportunities if each["id"] == "deal0004")
    moved |= {"pipelineStageId": "s2", "lastStageChangeAt": day(6, 20), "updatedAt": day(6, 20)}
    lab.now += timedelta(days=1)
    bench.sync()
    full = counted(bench)
    gone = {"contact0002", "deal0004", "event0040"}
    kept = fake.contacts, fake.opportunities, fake.events
    fake.contacts, fake.opportunities, fake.events = ([e for e in each if e["id"] not in gone] for each in kept)
    lab.now += timedelta(days=1)
    bench.sync()
    without = counted(bench)
    assert {goal: full[goal] - without[goal] for goal in full} == {
        "lead_created": 1,
        "qualified": 1,
        "appointment_booked": 1,
    }
    fake.contacts, fake.opportunities, fake.events = kept
    for _ in range(2):
        lab.now += timedelta(days=1)
        bench.sync()
        assert counted(bench) == full
    assert bench.sync().taken.new == 0
    latest = "(select object_id, arg_max(is_deleted, fetched_at) as is_gone from provider_objects group by 1)"
    assert bench.rows(latest, "count(*) filter (is_gone)") == [(0,)]


def test_an_answer_that_says_nothing_about_an_object_deletes_nobody(
    bench: Bench, fake: FakeHighLevel, lab: Lab
) -> None:
    """A request that is refused for itself (a changed version, say) is no word on the contact."""
    bench.sync()
    before = counted(bench)
    fake.hidden = {"contact0002", "deal0004", "event0005"}
    answer = fake.answer

    def refusing(request: httpx.Request) -> httpx.Response:
        if re.search(r"(contact|deal|event)\d{4}$", request.url.path):
            return httpx.Response(422, json={"statusCode": 422, "message": ["locationId must be a string"]})
        return answer(request)

    fake.answer = refusing  # pyright: ignore[reportAttributeAccessIssue]
    lab.now += timedelta(days=1)
    assert bench.sync().error is None
    assert counted(bench) == before


def test_the_youngest_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.census.KNOWN", 3)
    census = Census({})
    census.begin()
    for age in (5, 9, 7, 3, 8, 8):
        census.see(f"id{age}", age, [age])
    census = Census(json.loads(json.dumps(census.state())))
    census.see("id7", 1)  # put off to a time long ago
    census.see("id6", 6)
    assert set(census.state()["seen"]) == {"id6", "id8", "id9"}
    now = datetime(2026, 7, 1, tzinfo=UTC)
    census.begin()
    assert census.missing(100) == ["id6", "id8", "id9"]
    census.confirm("id8", is_gone=False, now=now)
    census.confirm("id9", is_gone=True, now=now)
    assert census.missing(100) == ["id6"]
    assert (census.taken_back("id9"), census.numbers("id9")) == (round(now.timestamp() * 1000), [9])
    assert census.taken_back("id8") == 0


def test_an_appointment_that_is_deleted_is_booked_no_more(lab: Lab) -> None:
    fake = small()
    fake.contact(1, day(6, 1))
    fake.event(1, day(7, 10), day(7, 10, 13), day(6, 2))
    fake.event(2, day(7, 11), day(7, 11, 13), day(6, 2))
    bench = bench_of(lab, fake)
    bench.sync()
    fake.events.pop()
    lab.now += timedelta(days=1)
    bench.sync()
    assert counted(bench) == {"appointment_booked": 1}


def test_a_cursor_that_is_not_taken_begins_again(make_lab: Callable[..., Lab], fake: FakeHighLevel) -> None:
    clean = bench_of(make_lab(), fake)
    clean.sync()
    cursors = [each.url.params["startAfterId"] for each in fake.requests if "startAfterId" in each.url.params]
    assert cursors
    fake.refused_cursors = set(cursors)
    other = bench_of(make_lab(), fake)
    assert other.sync().error is None
    assert other.told() == clean.told()


def test_an_older_state_of_a_deal_that_comes_later_changes_nothing(lab: Lab) -> None:
    """Pages that overlap or come out of order: the deal's own time decides."""
    fake = small()
    fake.contact(1, day(6, 1))
    old = dict(fake.opportunity(1, "s1", day(6, 1)))
    fake.opportunities[0] |= {"updatedAt": day(6, 5), "monetaryValue": 700, "teleported": [1]}
    fake.opportunities.append(old)
    bench = bench_of(lab, fake)
    assert bench.sync().error is None
    bench.profile.rebuild()
    assert lab.rows("select goal, amount::double from conversions") == [("qualified", 700.0)]
    assert any("teleported" in text for (text,) in bench.rows("provider_objects", "content::varchar"))


def test_a_calendar_that_is_new_brings_its_history(bench: Bench, fake: FakeHighLevel, lab: Lab) -> None:
    bench.sync()
    fake.calendars.append({"id": "cal0", "name": "New", "locationId": LOCATION})
    fake.event(99, day(4, 2), day(4, 2, 13), day(4, 1), calendarId="cal0")
    lab.now += timedelta(days=1)
    bench.sync()
    assert ("event0099:booked",) in bench.rows("raw_conversions", "conversion_id")


def test_requests_slow_down_when_little_is_left(bench: Bench, fake: FakeHighLevel) -> None:
    left = Fault(
        httpx.Response(
            200,
            json={"contacts": [], "meta": {}},
            headers={
                "x-ratelimit-max": "100",
                "x-ratelimit-remaining": "4",
                "x-ratelimit-interval-milliseconds": "10000",
            },
        )
    )
    fake.faults = {1: left}
    bench.sync()
    assert any(2 < each <= 2.5 for each in bench.slept)


def test_the_secret_is_nowhere_in_the_file(bench: Bench, lab: Lab, fake: FakeHighLevel) -> None:
    bench.sync()
    path = lab.workspace.path
    lab.workspace.checkpoint()
    lab.close()
    assert fake.token.encode() not in path.read_bytes()


# -- the official contract ----------------------------------------------------------------------------------------

needs_contract = pytest.mark.skipif(not FOLDER.exists(), reason="contracts are not here")


@needs_contract
def test_every_request_is_as_documented(bench: Bench, fake: FakeHighLevel, lab: Lab) -> None:
    contract = Contract()
    bench.sync()
    fake.contacts.pop(0)
    fake.opportunities.pop(0)
    lab.now += timedelta(days=1)
    bench.sync()
    open_session(lab.workspace, lab.profile, bench.credentials, bench.connection, make_http=bench.make_http).check(
        Task()
    )
    # Of users only HighLevel's public repository has the description (apps/users.json).
    users = [each for each in fake.requests if each.url.path.startswith("/users/")]
    assert {(each.url.path, str(each.url.params), each.headers["version"]) for each in users} == {
        ("/users/", f"locationId={LOCATION}", "2021-07-28")
    }
    asked = [each for each in fake.requests if each not in users]
    paths = {contract.operation(each)[1]["operationId"] for each in asked}
    assert len(paths) >= 7
    assert [fault for each in asked for fault in contract.faults(each)] == []
    wrong = httpx.Request("GET", "https://x.example/opportunities/search?locationId=1", headers={"Version": "v9"})
    assert contract.faults(wrong) == ["unknown locationId", "version is v9", "missing location_id"]


@needs_contract
def test_official_examples_become_rows() -> None:
    contract = Contract()
    contact = contract.example("contacts", "ContactsSearchSchema")
    assert person_row(contact).fields["email"] == "JohnDeo@gmail.com"
    origin = contract.example("contacts", "AttributionSource")
    lead = lead_row({**contact, "attributionSource": origin}, "attributed")
    assert lead is not None
    assert lead.fields["source"] == "google"
    deal = contract.example("opportunities", "SearchOpportunitiesResponseSchema")
    rows, _ = opportunity_rows({**deal, "status": "won"}, {}, {}, "USD")
    assert [(row.fields["event_type"], row.fields["value_amount"]) for row in rows] == [("closed_won", "500")]
    event = contract.example("calendars", "CalendarEventDTO")
    (booked,) = appointment_rows(event, "Consultation")
    assert booked.fields["starts_at"] == "2023-09-25T10:30:00.000Z"
