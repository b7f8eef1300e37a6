"""Shopify: an order is gross, its payments are cash, pixel and API tell one; and the truth whatever goes wrong."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from connectors.shopify import shop_host
from connectors.shopify_queries import bulk_query
from engine import Code
from engine.errors import Cancelled
from engine.task import Task
from tests.connectors.faults import FaultMatrix, by_name
from tests.connectors.graphql_contract import Schema
from tests.connectors.harness import Bench, Fault, body_of
from tests.connectors.shopify_fake import STORAGE, FakeShopify, money
from tests.connectors.stripe_fake import FakeStripe

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

SINCE = date(2026, 3, 1)
INTROSPECTION = (
    Path(__file__).parents[2].parent / "shared" / "contracts" / "shopify" / "admin-graphql-2026-07.introspection.json"
)
VISIT = {
    "occurredAt": "2026-05-30T10:00:00Z",
    "landingPage": "https://shop.example/?utm_source=facebook",
    "referrerUrl": "https://l.facebook.com/",
    "source": "Facebook",
    "utmParameters": {"source": "facebook", "medium": "paid", "campaign": "Spring", "content": None, "term": None},
}


def day(month: int, number: int, hour: int = 12, minute: int = 0) -> str:
    return f"2026-{month:02}-{number:02}T{hour:02}:{minute:02}:00Z"


def bench_of(lab: Lab, fake: FakeShopify, **settings: str) -> Bench:
    told = {"shop": "lab", "since": SINCE.isoformat(), **settings}
    return Bench(lab.workspace, lab.profile, fake, "shopify", {"token": fake.token}, told)


def filled() -> FakeShopify:
    made = FakeShopify()
    for number in range(1, 131):
        at = (datetime(2026, 4, 1, tzinfo=UTC) + timedelta(hours=3 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        made.customer(number, at)
        made.order(number, at, f"{number}.50")
    return made


@pytest.fixture
def fake() -> FakeShopify:
    return filled()


@pytest.fixture
def bench(lab: Lab, fake: FakeShopify) -> Bench:
    return bench_of(lab, fake)


def counted(bench: Bench) -> dict[str, int]:
    bench.profile.rebuild()
    with bench.profile.store.read() as cursor:
        return dict(cursor.rows("select goal, count(*)::integer from conversions group by goal"))


# -- rows ---------------------------------------------------------------------------------------------------------


def test_an_order_is_gross_and_what_was_paid_for_it_is_cash(lab: Lab) -> None:
    """G2, G3, T3: paid in two parts, refunded in part; the order and its payments are one outcome each."""
    fake = FakeShopify()
    order = fake.order(7, day(6, 1), "80.00", displayFinancialStatus="PARTIALLY_REFUNDED")
    order["transactions"] = [
        fake.transaction(70, "AUTHORIZATION", "80.00", day(6, 1)),
        fake.transaction(71, "CAPTURE", "60.00", day(6, 2)),
        fake.transaction(72, "SALE", "15.00", day(6, 2), gateway="gift_card"),
        fake.transaction(73, "CAPTURE", "5.00", day(6, 3), status="FAILURE"),
        fake.transaction(
            74, "REFUND", "10.00", day(6, 5), parentTransaction={"id": "gid://shopify/OrderTransaction/71"}
        ),
        fake.transaction(75, "REFUND", "3.00", day(6, 6), gateway="gift_card"),
    ]
    fake.order(8, day(6, 2), "9.00", test=True)
    fake.order(9, day(6, 3), "20.00", cancelledAt=day(6, 4), transactions=[])
    bench = bench_of(lab, fake)
    assert bench.sync().error is None
    columns = "conversion_id, event_type, value_amount::double, currency, revenue_type, refund_of, order_id, status"
    assert bench.rows("raw_conversions", columns, "occurred_at, 1") == [
        ("gid://shopify/Order/7", "order_placed", 80.0, "USD", "gross", None, "7", "partially_refunded"),
        *[("gid://shopify/OrderTransaction/71", "payment_received", 60.0, "USD", "cash", None, "7", "succeeded")],
        ("gid://shopify/Order/9", "order_cancelled", 20.0, "USD", "gross", None, "9", "cancelled"),
        (
            *("gid://shopify/OrderTransaction/74", "refund", 10.0, "USD", "cash"),
            *("gid://shopify/OrderTransaction/71", "7", "succeeded"),
        ),
        ("gid://shopify/OrderTransaction/75", "refund", 3.0, "USD", "gross", "7", "7", "succeeded"),
    ]
    assert counted(bench) == {"order_placed": 1, "payment_received": 1}
    assert lab.rows("select entry, booked_on, amount::double from cash order by 2") == [
        ("payment", date(2026, 6, 2), 60.0),
        ("refund", date(2026, 6, 5), -10.0),
    ]
    assert lab.rows("select goal, counts_as_outcome, refunded::double from conversions order by 1") == [
        ("order_placed", False, 0.0),
        ("payment_received", True, -10.0),
    ]


def test_pixel_and_api_tell_one_order_and_one_payment(lab: Lab) -> None:
    """G2: by order id, and by checkout token where the pixel knows the order by another id."""
    fake = FakeShopify()
    fake.order(7, day(6, 1), "80.00")
    fake.order(8, day(6, 2), "30.00")
    seen = {"event_type": "purchase", "anonymous_id": "d", "value_amount": 80, "currency": "USD"}
    page = {"event_type": "page_view", "anonymous_id": "d", "event_time": day(6, 1, 11), "url": "https://shop.example/"}
    lab.events(
        page,
        {**seen, "event_time": day(6, 1), "order_id": "7", "url": "https://shop.example/thanks"},
        {
            **seen,
            "event_time": day(6, 2),
            "order_id": "X-8",
            "checkout_token": "token8",
            "url": "https://shop.example/",
        },
    )
    bench = bench_of(lab, fake)
    assert bench.sync().error is None
    assert counted(bench) == {"order_placed": 2, "payment_received": 2}
    assert lab.rows("select records from conversions where goal = 'order_placed'") == [(2,), (2,)]


def test_an_order_carries_the_campaign_of_its_last_visit(lab: Lab) -> None:
    fake = FakeShopify()
    journey = {"ready": True, "firstVisit": VISIT, "lastVisit": {**VISIT, "occurredAt": day(6, 1, 11)}}
    fake.order(7, day(6, 1), customerJourneySummary=journey)
    bench = bench_of(lab, fake)
    bench.sync()
    bench.profile.rebuild()
    assert lab.rows("select kind, channel, campaign from touches") == [("synthetic", "Paid Social", "Spring")]


def test_first_and_last_visit_are_touches_where_that_is_wanted(lab: Lab) -> None:
    fake = FakeShopify()
    last = {**VISIT, "occurredAt": day(6, 1, 11), "source": "Google", "utmParameters": None, "landingPage": None}
    fake.order(7, day(6, 1), customerJourneySummary={"ready": True, "firstVisit": VISIT, "lastVisit": last})
    fake.order(8, day(6, 1), customerJourneySummary={"ready": True, "firstVisit": VISIT, "lastVisit": VISIT})
    bench = bench_of(lab, fake, visits="yes")
    bench.sync()
    bench.profile.rebuild()
    assert lab.rows("select kind, channel from touches order by occurred_at, channel") == [
        ("visit", "Paid Social"),
        ("visit", "Paid Social"),
        ("visit", "Organic Search"),
    ]


def test_a_payment_its_processor_tells_of_too_is_one(lab: Lab) -> None:
    """G2, T3: by the processor's id where Shopify tells it; alone, Shopify's word is what counts."""
    fake, stripe = FakeShopify(), FakeStripe()
    created = [int(datetime(2026, 6, number, 12, tzinfo=UTC).timestamp()) for number in range(1, 9)]
    code = "py_0123456789|card"
    sale = fake.transaction(1, "SALE", "50.00", day(6, 4), gateway="Stripe Card", paymentId="ch_00000004")
    back = {"gateway": "Stripe Card", "parentTransaction": {"id": sale["id"]}}
    fake.order(7, day(6, 4), transactions=[sale, fake.transaction(2, "REFUND", "20.00", day(6, 5), **back)])
    fake.order(8, day(6, 4), transactions=[{**sale, "id": sale["id"] + "8", "paymentId": code}])
    fake.order(9, day(6, 5), transactions=[{**sale, "id": sale["id"] + "9", "paymentId": None}])
    fake.order(10, day(6, 4), transactions=[fake.transaction(3, "SALE", "50.00", day(6, 4), gateway="gift_card")])
    bench = bench_of(lab, fake)
    bench.sync()
    cash = "select sum(amount)::double from cash"
    assert counted(bench) == {"order_placed": 4, "payment_received": 3}
    assert lab.value(cash) == 130
    # Stripe has the first, never had the second, and has more of that time, among them the third.
    for number in (3, 4, 5):
        stripe.pay(number, created[number - 1])
    stripe.objects["charge"][1]["id"] = "ch_00000004"
    stripe.add("refund", id="re_1", created=created[4], amount=2_000, status="succeeded", payment_intent="pi_4")
    Bench(lab.workspace, lab.profile, stripe, "stripe", {"api_key": stripe.key}).sync(since=SINCE)
    assert counted(bench) == {"order_placed": 4, "payment_received": 4}
    assert lab.value(cash) == 3 * 50 + 50 - 20
    paid = lab.rows("select order_id from conversions where goal = 'order_placed' and not counts_as_outcome order by 1")
    assert paid == [("7",), ("8",)]


def test_which_payments_count_can_be_said(make_lab: Callable[..., Lab]) -> None:
    for setting, cash in (("stripe, other", {"order_placed": 1}), ("none", {"order_placed": 1, "payment_received": 1})):
        fake = FakeShopify()
        fake.order(7, day(6, 1), transactions=[fake.transaction(1, "SALE", "50.00", day(6, 1), gateway="Stripe Card")])
        lab = make_lab()
        told = {"conversion_id": "ch_1", "time": day(6, 1), "event_type": "payment_received", "source": "stripe"}
        lab.conversions(told | {"value_amount": 50, "currency": "USD"})
        bench = bench_of(lab, fake, not_cash=setting)
        bench.sync()
        assert counted(bench) == {"order_placed": 1, "payment_received": cash.get("payment_received", 0) + 1}


def test_amounts_are_in_the_shops_currency(lab: Lab) -> None:
    fake = FakeShopify()
    total = {**money("10000", "JPY"), "presentmentMoney": {"amount": "70.00", "currencyCode": "USD"}}
    fake.order(7, day(6, 1), totalPriceSet=total, transactions=[])
    bench = bench_of(lab, fake)
    bench.sync()
    assert bench.rows("raw_conversions", "value_amount::double, currency") == [(10000.0, "JPY")]


def test_an_order_that_changes_is_restated(bench: Bench, fake: FakeShopify, lab: Lab) -> None:
    bench.sync()
    assert counted(bench) == {"order_placed": 130, "payment_received": 130}
    fake.orders[3] |= {"cancelledAt": day(6, 30), "updatedAt": day(6, 30)}
    lab.now += timedelta(days=1)
    asked = len(fake.requests)
    bench.sync()
    assert counted(bench) == {"order_placed": 129, "payment_received": 130}
    assert len(fake.requests) - asked == 2


def test_a_journey_that_comes_late_is_asked_for_again(lab: Lab) -> None:
    """Though the order's own time stays as it was."""
    fake = FakeShopify()
    order = fake.order(7, day(6, 1), customerJourneySummary={"ready": False, "firstVisit": None, "lastVisit": None})
    fake.order(8, day(6, 30))
    bench = bench_of(lab, fake)
    bench.sync()
    order["customerJourneySummary"] = {"ready": True, "firstVisit": VISIT, "lastVisit": VISIT}
    lab.now += timedelta(hours=1)
    bench.sync()
    bench.profile.rebuild()
    assert lab.rows("select campaign from touches") == [("Spring",)]
    lab.now += timedelta(hours=1)
    asked = len(fake.requests)
    assert bench.sync().taken.new == 0
    assert not any("nodes(ids" in body_of(each)["query"] for each in fake.requests[asked:])


# -- syncing ------------------------------------------------------------------------------------------------------


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeShopify) -> None:
    bench.sync()
    before, asked = bench.told(), len(fake.requests)
    outcome = bench.sync()
    assert outcome.error is None
    assert bench.told() == before
    assert outcome.taken.new == 0
    assert len(fake.requests) - asked < asked / 2
    assert bench.rows("row_memberships") == []


class _Stopped(Task):
    """A task that is cancelled at the n-th request."""

    def __init__(self, fake: FakeShopify, at: int) -> None:
        super().__init__()
        self._fake, self._at = fake, at

    def check(self) -> None:
        if len(self._fake.requests) >= self._at:
            self.cancel()
        super().check()


@pytest.mark.parametrize("is_bulk", [False, True], ids=["pages", "bulk"])
def test_stopped_anywhere_it_goes_on_to_the_same(
    make_lab: Callable[..., Lab], fake: FakeShopify, monkeypatch: pytest.MonkeyPatch, is_bulk: bool
) -> None:
    monkeypatch.setattr("connectors.shopify_bulk._CHUNK", 40)
    fake.bulk_threshold = 5_000 if is_bulk else 0
    clean = bench_of(make_lab(), fake)
    clean.sync()
    whole, expected = len(fake.requests), clean.told()
    for at in random.Random(11).sample(range(1, whole), 4):
        fake.requests.clear()
        fake.bulk.clear()
        stopped = bench_of(make_lab(), fake)
        with pytest.raises(Cancelled):
            stopped.sync(task=_Stopped(fake, at))
        assert stopped.sync().error is None
        assert stopped.told() == expected


def test_a_long_history_comes_in_bulk_and_is_the_same(
    make_lab: Callable[..., Lab], fake: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.shopify_bulk._CHUNK", 40)
    fake.order(500, "2026-06-29T00:00:00Z")
    pages = bench_of(make_lab(), fake, bulk="no")
    pages.sync()
    fake.requests.clear()
    fake.bulk_threshold = 5_000
    bulk = bench_of(make_lab(), fake)
    assert bulk.sync().error is None
    assert bulk.told() == pages.told()
    started = [each for each in fake.requests if b"bulkOperationRunQuery" in each.content]
    assert len(started) == 2  # spans of 120 days since March
    assert any(each.url.host == STORAGE for each in fake.requests)
    assert 5.0 in [round(each, 1) for each in bulk.slept]
    asked = len(fake.requests)
    assert bulk.sync().taken.new == 0
    assert len(fake.requests) - asked == 2


def test_stopped_inside_a_bulk_file_it_goes_on_behind_the_last_line(
    lab: Lab, fake: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.shopify_bulk._CHUNK", 40)
    fake.bulk_threshold = 5_000
    bench = bench_of(lab, fake)
    task = Task(lambda _, label: task.cancel() if label.startswith("Orders") and stored() >= 80 else None)

    def stored() -> int:
        return len(bench.rows("provider_objects", "object_id") or ()) - len(fake.customers)

    with pytest.raises(Cancelled):
        bench.sync(task=task)
    assert 80 <= stored() < 130
    assert bench.sync().error is None
    assert len([each for each in fake.requests if b"bulkOperationRunQuery" in each.content]) == 2
    assert counted(bench) == {"order_placed": 130, "payment_received": 130}


@pytest.mark.parametrize(
    ("errors", "ends", "is_done"),
    [
        ([{"code": "OPERATION_IN_PROGRESS", "field": None, "message": "one is running"}], "COMPLETED", True),
        ([], "FAILED", False),
    ],
    ids=["busy", "failed"],
)
def test_a_bulk_operation_that_does_not_go(
    lab: Lab, fake: FakeShopify, errors: list[Any], ends: str, is_done: bool
) -> None:
    fake.bulk_threshold, fake.bulk_errors, fake.bulk_ends = 5_000, errors, ends
    bench = bench_of(lab, fake)
    outcome = bench.sync()
    assert (outcome.error is None) is is_done
    fake.bulk_ends = "COMPLETED"
    assert bench.sync().error is None
    assert counted(bench)["order_placed"] == 130


def test_a_bulk_file_that_breaks_off_or_is_gone_is_fetched_anew(lab: Lab, fake: FakeShopify) -> None:
    fake.bulk_threshold = 5_000
    answer, broken = fake.answer, [0]

    def breaks(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        if request.url.host == STORAGE and broken[0] < 2:
            broken[0] += 1
            half = response.text[: len(response.text) // 2]
            without_one = response.text.partition("\n")[2]
            return httpx.Response(200, text=half if broken[0] == 1 else without_one)
        return response

    fake.answer = breaks  # pyright: ignore[reportAttributeAccessIssue]
    bench = bench_of(lab, fake)
    assert bench.sync().error is None
    assert broken == [2]
    assert counted(bench)["order_placed"] == 130


def graphql(code: str, message: str, status: int = 200, left: float = 10.0) -> Fault:
    throttle = {"maximumAvailable": 2000, "currentlyAvailable": left, "restoreRate": 100}
    body = {
        "errors": [{"message": message, "extensions": {"code": code}}],
        "extensions": {"cost": {"requestedQueryCost": 310, "throttleStatus": throttle}},
    }
    return Fault(httpx.Response(status, json=body))


def failed(status: int, errors: Any, headers: dict[str, str] | None = None) -> Fault:
    return Fault(httpx.Response(status, json={"errors": errors}, headers=headers))


PASSING = by_name(
    [
        graphql("THROTTLED", "Throttled"),
        graphql("THROTTLED", "Throttled", 429),
        failed(429, "Exceeded 2 calls per second", {"retry-after": "2.0"}),
        graphql("INTERNAL_SERVER_ERROR", "Internal error. Looks like something went wrong on our end."),
        failed(500, "boom"),
        failed(503, "busy", {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        failed(409, "conflict"),
        Fault(kind="reset"),
        Fault(kind="timeout"),
        Fault(kind="truncated"),
        Fault(kind="malformed"),
    ],
    ids=["200-limit", "429-cost", "429", "internal", "500", "503", "409", "reset", "timeout", "truncated", "malformed"],
)

STAYING = by_name(
    [
        (failed(401, "[API] Invalid API key shpat_0123456789secret"), Code.PROVIDER_LOGIN, "Invalid API key"),
        (failed(402, "Unavailable Shop"), Code.PROVIDER_LOGIN, "Unavailable"),
        (
            failed(403, "[API] This action requires merchant approval for read_orders scope."),
            Code.PROVIDER_PERMISSION,
            "'permission': 'read_orders'",
        ),
        (failed(404, "Not Found"), Code.PROVIDER_MISSING, "Not Found"),
        (graphql("undefinedField", "Field 'x' doesn't exist on type 'Order'"), Code.PROVIDER_REFUSED, "Field 'x'"),
        (graphql("THROTTLED", "Throttled", left=-99_999), Code.PROVIDER_LIMIT, "Throttled"),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE, "reset"),
        (Fault(kind="malformed"), Code.PROVIDER_ANSWER, "JSON"),
        (
            Fault(httpx.Response(200, json={"data": {"orders": None, "customers": None}})),
            Code.PROVIDER_ANSWER,
            "no page",
        ),
    ],
    ids=["401", "402", "403", "404", "schema", "limit", "reset", "malformed", "shape"],
)


class TestFaults(FaultMatrix):
    provider = "shopify"
    secrets: ClassVar = {"token": FakeShopify().token}
    settings: ClassVar = {"": {"shop": "lab", "since": SINCE.isoformat()}}
    passing = PASSING
    staying = STAYING

    def make(self) -> FakeShopify:
        return filled()


def test_a_query_that_costs_too_much_is_asked_in_smaller_pages(make_lab: Callable[..., Lab], fake: FakeShopify) -> None:
    clean = bench_of(make_lab(), fake)
    clean.sync()
    fake.most = 7
    small = bench_of(make_lab(), fake)
    assert small.sync().error is None
    assert small.told() == clean.told()


def test_it_waits_until_the_next_query_can_be_paid(bench: Bench, fake: FakeShopify) -> None:
    fake.left = 100.0
    bench.sync()
    assert any(1.9 < each <= 2.0 for each in bench.slept)  # 300 wanted, 100 left, 100 a second


def test_a_cursor_that_is_not_taken_begins_again(make_lab: Callable[..., Lab], fake: FakeShopify) -> None:
    clean = bench_of(make_lab(), fake)
    clean.sync()
    fake.refused_cursors = {str(body_of(each)["variables"].get("after")) for each in fake.requests} - {"None"}
    assert fake.refused_cursors
    other = bench_of(make_lab(), fake)
    assert other.sync().error is None
    assert other.told() == clean.told()


def test_an_order_that_changes_between_pages_is_told_as_it_became(lab: Lab, fake: FakeShopify, bench: Bench) -> None:
    answer = fake.answer

    def change(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        if b"orders(first" in request.content and fake.orders[0]["updatedAt"] < day(6, 1):
            fake.orders[0] |= {"cancelledAt": day(6, 30), "updatedAt": day(6, 30), "teleported": {"a": [1]}}
            fake.orders.pop()  # and one that goes
        return response

    fake.answer = change  # pyright: ignore[reportAttributeAccessIssue]
    assert bench.sync().error is None
    assert counted(bench)["order_placed"] == 128
    assert any("teleported" in text for (text,) in bench.rows("provider_objects", "content::varchar"))


def test_a_clock_that_is_ahead_loses_nothing(bench: Bench, fake: FakeShopify, lab: Lab) -> None:
    lab.now = datetime(2030, 1, 1, tzinfo=UTC)
    bench.sync(since=SINCE)
    fake.order(999, day(7, 2))
    bench.sync(since=SINCE)
    assert counted(bench)["order_placed"] == 131


def test_a_missing_scope_costs_only_what_it_is_for(bench: Bench, fake: FakeShopify, lab: Lab) -> None:
    fake.forbidden, fake.reach = {"customers"}, day(6, 1)
    fake.order(700, day(6, 20))
    outcome = bench.sync()
    assert outcome.error is not None
    assert outcome.error.facts["permission"] == "read_customers"
    assert counted(bench) == {"order_placed": 1, "payment_received": 1}
    session = open_session(lab.workspace, lab.profile, bench.credentials, bench.connection, make_http=bench.make_http)
    health = session.check(Task())
    assert set(health.missing) == {"read_customers", "read_all_orders"}
    (account,) = health.accounts
    assert (account.id, account.currency, account.timezone) == ("lab.myshopify.com", "USD", "America/Lima")


def test_what_is_deleted_goes_once_a_day_and_nothing_else(bench: Bench, fake: FakeShopify, lab: Lab) -> None:
    """Shopify leaves no word of what was deleted: the youngest are asked for by their ids."""
    fake.order(900, day(6, 20), "7.00")
    fake.order(901, day(6, 21), "9.00")
    fake.customer(900, day(6, 20))
    bench.sync()
    before = counted(bench)
    kept = fake.orders, fake.customers
    old, young = "gid://shopify/Order/1", "gid://shopify/Order/900"  # the old one is out of sight, deleted or not
    fake.orders = [each for each in fake.orders if each["id"] not in {old, young}]
    fake.customers = [each for each in fake.customers if each["legacyResourceId"] != "900"]
    lab.now += timedelta(hours=2)
    bench.sync()
    assert counted(bench) == before
    lab.now += timedelta(hours=20)
    fake.forbidden = {"orders"}
    bench.sync()
    fake.forbidden = set()
    assert counted(bench) == before
    bench.sync()
    assert counted(bench) == {goal: number - 1 for goal, number in before.items()}
    gone = bench.rows("provider_objects where is_deleted", "object_type, object_id", "all")
    assert gone == [("customer", "gid://shopify/Customer/900"), ("order", young)]
    assert bench.sync().taken.new == 0
    fake.orders, fake.customers = kept
    next(each for each in fake.orders if each["id"] == young)["updatedAt"] = day(6, 30)  # it was only out of sight
    lab.now += timedelta(days=1)
    bench.sync()
    assert counted(bench) == before


def test_the_secret_is_nowhere_in_the_file(bench: Bench, lab: Lab, fake: FakeShopify) -> None:
    bench.sync()
    path = lab.workspace.path
    lab.workspace.checkpoint()
    lab.close()
    assert fake.token.encode() not in path.read_bytes()


def test_a_shop_is_known_by_any_form_of_its_address() -> None:
    for told in ("lab", "lab.myshopify.com", " https://LAB.myshopify.com/admin "):
        assert shop_host(told) == "lab.myshopify.com"


# -- the official contract ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not INTROSPECTION.exists(), reason="contracts are not here")
def test_every_query_is_valid_against_the_official_schema(lab: Lab, fake: FakeShopify) -> None:
    schema = Schema(INTROSPECTION)
    fake.bulk_threshold = 5_000
    fake.order(500, day(6, 30), customerJourneySummary={"ready": False, "firstVisit": None, "lastVisit": None})
    bench = bench_of(lab, fake)
    bench.sync()
    bench.sync()
    open_session(lab.workspace, lab.profile, bench.credentials, bench.connection, make_http=bench.make_http).check(
        Task()
    )
    documents = {body_of(each)["query"] for each in fake.requests if each.method == "POST"}
    assert len(documents) >= 8
    for document in [*documents, bulk_query("updated_at:>='2026-01-01T00:00:00Z'")]:
        assert schema.faults(document) == []
    assert schema.faults("{ orders(first: x, sort: ID) { nodes { id totalPrice shop } } }") == [
        "query.orders(first) is no Int: x",
        "no query.orders(sort)",
        "deprecated query.orders.nodes.totalPrice",
        "no query.orders.nodes.shop",
    ]
