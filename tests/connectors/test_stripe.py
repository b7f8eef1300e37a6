"""Stripe: one payment however often it is told, refunds on their day, and the truth whatever goes wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from engine import Code
from engine.task import Task
from tests.connectors.faults import FaultMatrix, by_name
from tests.connectors.harness import Bench, Fault
from tests.connectors.stripe_fake import FakeStripe

if TYPE_CHECKING:
    from tests.conftest import Lab

SINCE = date(2026, 3, 1)


def at(month: int, day: int, hour: int = 12) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp())


def filled() -> FakeStripe:
    made = FakeStripe()
    for number in range(250):
        made.pay(number, at(4, 1) + 600 * number, 1_000 + number)
    made.add("refund", id="re_1", created=at(5, 2), amount=400, status="succeeded", payment_intent="pi_7")
    made.add("refund", id="re_2", created=at(5, 3), amount=100, status="failed", payment_intent="pi_8")
    made.add("dispute", id="dp_1", created=at(5, 4), amount=1_009, status="lost", charge="ch_9", payment_intent="pi_9")
    made.add("dispute", id="dp_2", created=at(5, 4), amount=1_010, status="under_review", charge="ch_10")
    made.add("charge", id="ch_failed", created=at(4, 5), amount=99_999, status="failed", paid=False)
    made.add("charge", id="ch_yen", created=at(4, 6), amount=500, currency="jpy", status="succeeded", paid=True)
    return made


@pytest.fixture
def fake() -> FakeStripe:
    return filled()


@pytest.fixture
def bench(lab: Lab, fake: FakeStripe) -> Bench:
    return Bench(lab.workspace, lab.profile, fake, "stripe", {"api_key": fake.key})


def figures(bench: Bench) -> tuple[int, float]:
    bench.profile.rebuild()
    with bench.profile.store.read() as cursor:
        return cursor.rows(
            """select (select count(*) from conversions where goal = 'payment_received')::integer,
                      (select sum(amount) from cash where currency = 'USD')::double"""
        )[0]


def test_one_payment_told_three_times_is_one(bench: Bench) -> None:
    """G2, T3: charge, payment intent and checkout session; a refund and a lost dispute take cash back."""
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    payments, cash = figures(bench)
    assert payments == 251
    assert cash == pytest.approx(sum(1_000 + n for n in range(250)) / 100 - 4 - 10.09)
    yen = bench.rows("raw_conversions", "value_amount::double, currency", "all")
    assert (500.0, "JPY") in yen
    people = dict(bench.rows("raw_people", "stripe_customer_id, email"))
    assert people["cus_3"] == "payer3@mail.example"
    refund = bench.rows("cash", "booked_on, amount::double", "amount")[0:2]
    assert refund == [(date(2026, 5, 4), -10.09), (date(2026, 5, 2), -4.0)]


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeStripe, lab: Lab) -> None:
    bench.sync(since=SINCE)
    before, asked = bench.told(), len(fake.requests)
    outcome = bench.sync(since=SINCE)
    assert bench.told() == before
    assert outcome.taken.new == 0
    assert len(fake.requests) - asked < asked / 2
    lab.now += timedelta(hours=5)
    bench.sync(since=SINCE)
    assert bench.told() == before
    assert bench.rows("row_memberships") == []


def test_an_event_shows_what_was_and_a_list_what_is(bench: Bench, fake: FakeStripe, lab: Lab) -> None:
    """E7: metadata that was written after a payment had succeeded is told by no event; a later event counts again."""
    fake.now = at(7, 1)
    fake.objects = {type_: [] for type_ in fake.objects}
    told = {"id": "pi_1", "amount": 700, "status": "succeeded", "created": at(6, 10)}
    before = fake.add("payment_intent", **told)
    after = {**before, "metadata": {"order_id": "A1"}}
    fake.objects["payment_intent"] = [after]
    fake.add("event", id="evt_1", created=at(6, 10), type="payment_intent.succeeded", data={"object": before})

    def orders() -> list[str | None]:
        bench.sync(since=SINCE)
        bench.profile.rebuild()
        return [order for (order,) in bench.rows("conversions", "order_id", "all")]

    assert orders() == ["A1"]
    changed = {**after, "metadata": {"order_id": "B2"}}
    fake.add("event", id="evt_2", created=at(7, 2), type="payment_intent.succeeded", data={"object": changed})
    fake.now = at(7, 3)
    lab.now += timedelta(days=2)
    assert orders() == ["B2"]


def test_a_customer_who_is_deleted_is_noted(bench: Bench, fake: FakeStripe, lab: Lab) -> None:
    """The list does not have them any more: only the event says so, however lately they were made."""
    fake.pay(900, at(6, 30), 5_000)
    bench.sync(since=SINCE)
    before = figures(bench)
    gone = fake.objects["customer"].pop()
    fake.add("event", id="evt_1", created=at(7, 2, 9), type="customer.deleted", data={"object": gone})
    lab.now += timedelta(days=1)
    bench.sync(since=SINCE)
    deleted = bench.rows("provider_objects where is_deleted", "object_type, object_id", "all")
    assert deleted == [("customer", "cus_900")]
    assert figures(bench) == before


def test_a_change_of_something_old_is_learned_from_events(bench: Bench, fake: FakeStripe, lab: Lab) -> None:
    bench.sync(since=SINCE)
    lab.now += timedelta(days=1)
    won = next(each for each in fake.objects["dispute"] if each["id"] == "dp_2")
    lost = {**won, "status": "lost"}
    fake.add("event", id="evt_1", created=at(7, 2, 9), type="charge.dispute.closed", data={"object": lost})
    bench.sync(since=SINCE)
    assert ("dp_2", "dispute_lost") in bench.rows("raw_conversions", "conversion_id, event_type")


def test_what_is_only_reserved_is_no_cash_until_it_is_captured(bench: Bench, fake: FakeStripe, lab: Lab) -> None:
    """T2: a charge held back has succeeded, but nothing came in; of what is captured in part, that part."""
    fake.objects = {type_: [] for type_ in fake.objects}
    held = fake.add("charge", id="ch_1", created=at(6, 24), amount=900, status="succeeded", paid=True, captured=False)
    fake.add("payment_intent", id="pi_1", created=at(6, 24), amount=900, amount_received=0, status="requires_capture")
    held |= {"payment_intent": "pi_1", "amount_captured": 0}
    bench.sync(since=SINCE)
    assert figures(bench) == (0, None)
    captured = {**held, "captured": True, "amount_captured": 600, "amount_refunded": 300}
    lab.now += timedelta(days=1)
    fake.add("event", id="evt_1", created=at(7, 2, 9), type="charge.captured", data={"object": captured})
    bench.sync(since=SINCE)
    assert figures(bench) == (1, 6.0)


def test_the_first_payment_of_a_subscription_counts_once(bench: Bench, fake: FakeStripe) -> None:
    """G2: its session names no payment intent; it tells whose visit led there, the invoice's payment the cash."""
    fake.objects = {type_: [] for type_ in fake.objects}
    fake.subscribe(1, at(4, 1), 2_500)
    fake.subscribe(2, at(4, 2), 0)  # a trial
    bench.sync(since=SINCE)
    assert figures(bench) == (1, 25.0)
    told = bench.rows("raw_conversions", "conversion_id, event_type, anonymous_id, value_amount", "conversion_id")
    nothing = [(f"cs_{n}", "stripe_checkout_completed", f"device-{n}", None) for n in (1, 2)]
    assert [each for each in told if each[0].startswith("cs_")] == nothing
    paid = bench.rows("conversions join people using (person_id)", "email", "all")
    assert paid == [("payer1@mail.example",)]


def test_a_refund_that_fails_later_and_a_dispute_that_is_won_take_nothing(
    bench: Bench, fake: FakeStripe, lab: Lab
) -> None:
    """T3, E7: what went back comes again when the provider takes it back."""
    bench.sync(since=SINCE)
    before = figures(bench)[1]
    lab.now += timedelta(days=1)
    refund = next(each for each in fake.objects["refund"] if each["id"] == "re_1")
    lost = next(each for each in fake.objects["dispute"] if each["id"] == "dp_1")
    failed_refund, won = {**refund, "status": "failed"}, {**lost, "status": "won"}
    fake.add("event", id="evt_1", created=at(7, 2, 9), type="refund.failed", data={"object": failed_refund})
    fake.add("event", id="evt_2", created=at(7, 2, 9), type="charge.dispute.closed", data={"object": won})
    fake.objects["refund"].remove(refund)
    fake.objects["refund"].append(failed_refund)
    bench.sync(since=SINCE)
    assert figures(bench)[1] == pytest.approx(before + 4 + 10.09)


def test_a_payment_is_of_the_day_it_was_charged(bench: Bench, fake: FakeStripe) -> None:
    """T2: an invoice's payment intent is as old as the invoice; it is paid when its charge is."""
    fake.objects = {type_: [] for type_ in fake.objects}
    common = {"status": "succeeded", "amount": 700, "customer": "cus_1"}
    fake.add("payment_intent", id="pi_1", created=at(4, 1), **common)
    fake.add("charge", id="ch_1", created=at(4, 29), paid=True, captured=True, payment_intent="pi_1", **common)
    bench.sync(since=SINCE)
    bench.profile.rebuild()
    assert bench.rows("conversions", "converted_on", "all") == [(date(2026, 4, 29),)]
    assert bench.rows("cash", "booked_on, amount::double", "all") == [(date(2026, 4, 29), 7.0)]


def test_of_several_changes_the_latest_counts_also_when_reading_breaks_off(
    bench: Bench, fake: FakeStripe, lab: Lab
) -> None:
    """E7: a day's events come newest first, over several pages; one that breaks off is read anew."""
    bench.sync(since=SINCE)
    lab.now += timedelta(days=1)
    customer = next(each for each in fake.objects["customer"] if each["id"] == "cus_3")
    dispute = next(each for each in fake.objects["dispute"] if each["id"] == "dp_2")
    steps = ("under_review", "lost", "won", "lost")
    for number, status in enumerate(steps):
        told = {**dispute, "status": status}
        fake.add("event", id=f"evt_d{number}", created=at(7, 2, 1) + number, type="charge.dispute.updated")
        fake.objects["event"][-1]["data"] = {"object": told}
    for number in range(150):
        told = {**customer, "phone": f"+1555000{number:04}"}
        fake.add("event", id=f"evt_{number}", created=at(7, 2, 2) + number, type="customer.updated")
        fake.objects["event"][-1]["data"] = {"object": told}
    fake.add("event", id="evt_other", created=at(7, 2, 3), type="invoice.created", data={"object": {"id": "in_1"}})
    asked = len(fake.requests)
    fake.faults = {number: failed(400, "no") for number in range(asked + 9, asked + 20)}
    assert bench.sync(since=SINCE).error is not None
    assert [phone for (phone,) in bench.rows("raw_people", "phone") if phone] == ["+15550000149"]
    assert ("dp_2", "dispute_lost") not in bench.rows("raw_conversions", "conversion_id, event_type")
    fake.faults = {}
    assert bench.sync(since=SINCE).error is None
    bench.profile.rebuild()
    refunds = bench.rows("cash", "amount::double", "amount")
    assert (-10.1,) in refunds
    phones = [phone for (phone,) in bench.rows("raw_people", "phone") if phone]
    assert phones == ["+15550000149"]
    kept = bench.rows("provider_objects", "content::varchar")
    assert not any("in_1" in text for (text,) in kept)


def test_a_clock_that_is_ahead_leaves_nothing_out(bench: Bench, fake: FakeStripe, lab: Lab) -> None:
    """What Stripe tells is told until its own now."""
    fake.now = at(7, 1)
    lab.now = datetime(2026, 7, 9, 12, tzinfo=UTC)
    bench.sync(since=SINCE)
    fake.pay(900, at(7, 2), 5_000)
    dispute = next(each for each in fake.objects["dispute"] if each["id"] == "dp_2")
    lost = {**dispute, "status": "lost"}
    fake.add("event", id="evt_1", created=at(7, 2, 9), type="charge.dispute.closed", data={"object": lost})
    fake.now = at(7, 10)
    lab.now = datetime(2026, 7, 18, 12, tzinfo=UTC)
    bench.sync(since=SINCE)
    told = bench.rows("raw_conversions", "conversion_id, event_type")
    assert {("ch_900", "payment_received"), ("dp_2", "dispute_lost")} <= set(told)


def test_who_did_not_sync_for_longer_than_events_reach_begins_anew(bench: Bench, fake: FakeStripe, lab: Lab) -> None:
    bench.sync(since=SINCE)
    dispute = next(each for each in fake.objects["dispute"] if each["id"] == "dp_2")
    dispute["status"] = "lost"  # weeks ago: no event tells it any more
    lab.now += timedelta(days=28)
    bench.sync(since=SINCE)
    assert ("dp_2", "dispute_lost") not in bench.rows("raw_conversions", "conversion_id, event_type")
    lab.now += timedelta(days=30)
    bench.sync(since=SINCE)
    assert ("dp_2", "dispute_lost") in bench.rows("raw_conversions", "conversion_id, event_type")


def test_the_check_tells_every_permission_that_is_missing(bench: Bench, fake: FakeStripe) -> None:
    fake.forbidden = {"dispute", "event"}
    session = open_session(
        bench.workspace, bench.profile, bench.credentials, bench.connection, make_http=bench.make_http
    )
    assert set(session.check(Task()).missing) == {"dispute", "event"}


def limited(after: str) -> Fault:
    return Fault(httpx.Response(429, headers={"retry-after": after}, json={"error": {"message": "Too many requests"}}))


def failed(status: int, message: str, headers: dict[str, str] | None = None) -> Fault:
    return Fault(httpx.Response(status, json={"error": {"message": message}}, headers=headers))


PASSING = by_name(
    [
        limited("3"),
        failed(500, "boom"),
        failed(503, "busy"),
        failed(409, "lock timeout"),
        failed(400, "again", {"stripe-should-retry": "true"}),
        Fault(kind="reset"),
        Fault(kind="timeout"),
        Fault(kind="truncated"),
        Fault(kind="malformed"),
    ],
    ids=["429", "500", "503", "409", "should-retry", "reset", "timeout", "truncated", "malformed"],
)

STAYING = by_name(
    [
        (failed(401, "Invalid API Key provided: rk_test_secret"), Code.PROVIDER_LOGIN),
        (failed(403, "permission"), Code.PROVIDER_PERMISSION),
        (failed(404, "Unrecognized request URL"), Code.PROVIDER_MISSING),
        (failed(500, "no retry", {"stripe-should-retry": "false"}), Code.PROVIDER_REFUSED),
        (limited("9999"), Code.PROVIDER_LIMIT),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE),
        (Fault(kind="malformed"), Code.PROVIDER_ANSWER),
    ],
    ids=["401", "403", "404", "500", "429", "reset", "malformed"],
)


class TestFaults(FaultMatrix):
    provider = "stripe"
    secrets: ClassVar = {"api_key": "rk_test_secret"}
    since = SINCE
    passing = PASSING
    staying = STAYING
    begins = (5,)

    def make(self) -> FakeStripe:
        return filled()


def test_a_missing_permission_costs_only_what_it_is_for(bench: Bench, fake: FakeStripe) -> None:
    fake.forbidden = {"dispute"}
    outcome = bench.sync(since=SINCE)
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_PERMISSION
    assert figures(bench) == (251, pytest.approx(sum(1_000 + n for n in range(250)) / 100 - 4))


def test_an_object_that_goes_between_pages_loses_nobody_else(bench: Bench, fake: FakeStripe) -> None:
    answer = fake.answer

    def vanish(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        if request.url.path == "/v1/charges" and len(fake.objects["charge"]) == 252 and response.json()["has_more"]:
            gone = response.json()["data"][-1]["id"]
            fake.objects["charge"] = [each for each in fake.objects["charge"] if each["id"] != gone]
        return response

    fake.answer = vanish  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync(since=SINCE).error is None
    assert len(bench.rows("raw_conversions", "conversion_id")) >= 250 * 3


def test_unknown_fields_and_values_are_kept_and_do_not_matter(bench: Bench, fake: FakeStripe) -> None:
    fake.add("charge", id="ch_new", created=at(4, 7), amount=1, status="teleported", paid=True, brand_new={"a": [1]})
    assert bench.sync(since=SINCE).error is None
    kept: list[Any] = bench.rows("provider_objects", "content::varchar", "object_id")
    assert any("brand_new" in text for (text,) in kept)
    assert figures(bench)[0] == 251


def test_the_secret_is_nowhere_in_the_file(bench: Bench, lab: Lab) -> None:
    bench.sync(since=SINCE)
    path = lab.workspace.path
    lab.workspace.checkpoint()
    lab.close()
    assert b"rk_test_secret" not in path.read_bytes()
