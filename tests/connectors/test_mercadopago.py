"""Mercado Pago: payments once, refunds and lost chargebacks on their day, and the truth whatever goes wrong."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from connectors.http import Answer
from connectors.mercadopago import MercadoPagoSignals
from engine import Cancelled, Code
from engine.task import Task
from tests.connectors.faults import FaultMatrix, by_name
from tests.connectors.harness import Bench, Fault
from tests.connectors.mercadopago_fake import USER, FakeMercadoPago, failing, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

SINCE = date(2026, 3, 1)


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def stored(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A time as it is stored: UTC without saying so."""
    return at(month, day, hour).replace(minute=minute, tzinfo=None)


def filled() -> FakeMercadoPago:
    """130 payments of the same hours, and one of each other fate."""
    made = FakeMercadoPago()
    for number in range(1, 131):
        made.pay(number, at(4, 1) + timedelta(seconds=600 * number), 100 + number)
    made.refund(7, 71, at(5, 2, 23), 40)
    made.refund(7, 72, at(5, 3), 10.25)
    made.refund(8, 81, at(5, 3), 108)
    made.refund(9, 91, at(5, 3), 50, "rejected")
    made.change(10, at(5, 4), status="charged_back", status_detail="settled")
    made.chargebacks.append(
        {"id": "2340", "payments": [10], "amount": 110, "date_created": written(at(5, 5)), "coverage_applied": False}
    )
    made.change(11, at(5, 4), status="charged_back", status_detail="in_process")
    made.change(12, at(5, 4), status="charged_back", status_detail="reimbursed")
    made.change(13, at(5, 4), status="in_mediation", status_detail="pending")
    pending = made.pay(201, at(4, 20), 999, status="pending")
    pending["date_approved"] = None
    made.pay(202, at(4, 20), 999, operation_type="account_fund")
    made.pay(203, at(4, 20), 999, collector_id=5)
    made.pay(204, at(4, 20), 0)
    made.pay(205, at(4, 20), 1_500_000.5, currency_id="CLP", payer={"email": "XXXXXXXXXXX", "id": None})
    return made


@pytest.fixture
def fake() -> FakeMercadoPago:
    return filled()


@pytest.fixture
def bench(lab: Lab, fake: FakeMercadoPago) -> Bench:
    return bench_of(lab, fake)


def bench_of(lab: Lab, fake: FakeMercadoPago, **settings: Any) -> Bench:
    return Bench(lab.workspace, lab.profile, fake, "mercadopago", {"access_token": fake.token}, settings)


class Stopping(Task):
    """Cancelled when so much progress was told."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self._left = left

    def report(self, fraction: float, label: str) -> None:
        self._left -= 1
        if self._left <= 0:
            self.cancel()
        super().report(fraction, label)


def searches(fake: FakeMercadoPago) -> list[dict[str, str]]:
    return [dict(each.url.params) for each in fake.requests if each.url.path.endswith("payments/search")]


def figures(bench: Bench) -> tuple[int, Decimal]:
    bench.profile.rebuild()
    ((payments, cash),) = bench.rows(
        "cash",
        "count(*) filter (entry = 'payment' and currency = 'ARS'), sum(amount) filter (currency = 'ARS')",
    )
    return int(payments), Decimal(cash)


CASH = sum(100 + n for n in range(1, 131)) - Decimal("50.25") - 108 - 110


def test_what_arrives_becomes_these_rows(bench: Bench) -> None:
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    columns = (
        "conversion_id, event_type, occurred_at, value_amount, currency, revenue_type, refund_of, payment_id, order_id,"
        " email, phone, mercadopago_payer_id, first_name, last_name, source, status, as_of"
    )
    rows = {row[0]: row[1:] for row in bench.rows("raw_conversions", columns)}
    plain = stored(4, 1, 13, 10), Decimal(107), "ARS"
    who = "payer7@mail.example", "1140000007", "9000007", "Pat", "Payer7", "mercadopago"
    assert rows["mp_payment_7"] == (
        *("payment_received", *plain, "cash", None, "7", "ORDER-7"),
        *(*who, "approved", stored(5, 3)),
    )
    nobody = (None,) * 6
    refund = rows["mp_refund_71"]
    assert refund[:8] == (*("refund", stored(5, 2, 23), Decimal(40), "ARS", None, "mp_payment_7", "7", None),)
    assert refund[8:13] == nobody[:5]
    assert rows["mp_chargeback_10"][:6] == (*("chargeback", stored(5, 5), Decimal(110), "ARS", None, "mp_payment_10"),)
    assert rows["mp_chargeback_12"][:6] == ("chargeback_reimbursed", stored(5, 4), *nobody[:4])
    assert rows["mp_refund_91"][0] == "refund_rejected"
    assert rows["mp_payment_205"][2:4] == (Decimal("1500000.5"), "CLP")
    assert rows["mp_payment_205"][8:11] == (None, None, None)  # a masked address is nobody's
    assert len(rows) == 130 + 1 + 4 + 2
    assert bench.rows("raw_people", "email, mercadopago_payer_id") == [("payer201@mail.example", "9000201")]


def test_cash_is_counted_once_and_goes_out_on_its_day(bench: Bench) -> None:
    """G2, T3: open disputes and mediations hold money back, but it is not lost."""
    bench.sync(since=SINCE)
    assert figures(bench) == (130, CASH)
    assert bench.rows("cash", "booked_on, amount", "amount")[:4] == [
        (date(2026, 5, 5), Decimal(-110)),
        (date(2026, 5, 3), Decimal(-108)),
        (date(2026, 5, 2), Decimal(-40)),
        (date(2026, 5, 3), Decimal("-10.25")),
    ]
    people = bench.rows("people", "count(*)", "all")
    assert people == [(131,)]


def test_a_payment_is_the_one_the_page_and_the_shop_tell_of(bench: Bench, lab: Lab) -> None:
    """G2: by its payment id, and by the order that the external reference names."""
    lab.conversions(
        {
            "conversion_id": "shop-1",
            "time": "2026-04-01T12:20:00Z",
            "event_type": "order_placed",
            "value_amount": 102,
            "currency": "ARS",
            "order_id": "ORDER-2",
        },
        {
            "conversion_id": "shop-2",
            "time": "2026-04-01T12:30:00Z",
            "event_type": "payment_received",
            "value_amount": 103,
            "currency": "ARS",
            "payment_id": "3",
        },
    )
    bench.sync(since=SINCE)
    assert figures(bench) == (130, CASH)
    assert lab.value("select count(*) from conversions where counts_as_outcome") == 131


@pytest.mark.parametrize(
    ("told", "column"), [("checkout_token", "checkout_token"), ("anonymous_id", "anonymous_id"), ("none", "order_id")]
)
def test_what_the_external_reference_is_can_be_said(lab: Lab, fake: FakeMercadoPago, told: str, column: str) -> None:
    fake.payments[5]["metadata"] = {"utm_source": "meta", "order_id": None, "anonymous_id": 77}
    bench_of(lab, fake, external_reference=told).sync(since=SINCE)
    ((value, source),) = lab.rows(
        f"select {column}, utm_source from raw_conversions where conversion_id = 'mp_payment_5'"
    )
    expected = {"checkout_token": "ORDER-5", "anonymous_id": "77", "none": None}
    assert (value, source) == (expected[told], "meta")


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeMercadoPago) -> None:
    bench.sync(since=SINCE)
    before, asked = bench.told(), len(fake.requests)
    outcome = bench.sync(since=SINCE)
    assert bench.told() == before
    assert outcome.taken.new == 0
    assert len(fake.requests) - asked <= 3
    assert bench.rows("row_memberships") == []


def test_later_changes_replace_what_was_told(bench: Bench, fake: FakeMercadoPago, lab: Lab) -> None:
    """A dispute lost and then won, a refund taken back, a payment cancelled after all."""
    bench.sync(since=SINCE)
    before = figures(bench)[1]
    lab.now += timedelta(days=2)
    fake.change(11, at(7, 2), status_detail="settled")
    fake.refund(20, 2001, at(7, 2), 20)
    fake.change(21, at(7, 2), status="cancelled", status_detail="by_admin")
    bench.sync(since=SINCE)
    assert figures(bench) == (129, before - 111 - 20 - 121)
    lab.now += timedelta(days=2)
    fake.change(11, at(7, 4), status_detail="reimbursed")
    refunds = [{**fake.payments[20]["refunds"][0], "status": "cancelled"}]
    fake.change(20, at(7, 4), refunds=refunds, transaction_amount_refunded=0)
    fake.change(21, at(7, 4), status="approved", status_detail="accredited")
    bench.sync(since=SINCE)
    assert figures(bench) == (130, before)
    settled = figures(bench)
    lab.now += timedelta(days=2)
    fake.change(11, at(7, 6), status_detail="settled")  # as it was once already
    bench.sync(since=SINCE)
    assert figures(bench)[1] == settled[1] - 111


def test_refunds_that_a_search_leaves_out_are_asked_for(bench: Bench, fake: FakeMercadoPago) -> None:
    fake.hides_refunds = True
    bench.sync(since=SINCE)
    assert figures(bench) == (130, CASH)
    asked = [each.url.path for each in fake.requests if each.url.path.endswith("/refunds")]
    assert asked == ["/v1/payments/7/refunds", "/v1/payments/8/refunds"]


def test_a_chargeback_that_may_not_be_read_is_told_by_its_payment(bench: Bench, fake: FakeMercadoPago) -> None:
    fake.forbidden = {"/v1/chargebacks/search", "/users/me"}
    fake.refund(10, 101, at(5, 1), 30)
    fake.change(10, at(5, 4), status="charged_back", status_detail="settled")
    del fake.payments[203]  # whose it is nobody tells now
    assert bench.sync(since=SINCE).error is None
    assert figures(bench) == (130, CASH)
    lost = bench.rows("raw_conversions", "conversion_id, value_amount, occurred_at::date")
    assert ("mp_chargeback_10", Decimal(80), date(2026, 5, 4)) in lost


@pytest.mark.parametrize("seed", range(2))
def test_stopped_anywhere_it_goes_on_to_the_same_end(
    make_lab: Callable[..., Lab], fake: FakeMercadoPago, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice, lately = random.Random(seed), date(2026, 3, 31)
    monkeypatch.setattr("connectors.mercadopago.gathered", iter)  # many small batches
    settings = {"page_size": str(dice.choice([13, 20, 30]))}
    whole = bench_of(make_lab(), fake, **settings)
    whole.sync(since=lately)
    (count,) = whole.rows("sync_runs", "objects")[0]
    stopped = bench_of(make_lab(), fake, **settings)
    while True:
        try:
            stopped.sync(since=lately, task=Stopping(dice.randint(4, 14)))
        except Cancelled:
            continue
        break
    assert stopped.told() == whole.told()
    assert len(stopped.rows("sync_runs")) > 3
    assert sum(row[0] for row in stopped.rows("sync_runs", "objects")) == count


@pytest.mark.parametrize("leaving", [5, 30])
def test_payments_that_change_between_pages_pull_nobody_out_of_sight(
    make_lab: Callable[..., Lab], fake: FakeMercadoPago, leaving: int
) -> None:
    """They leave the slice while its pages are read, and those behind them move up; a few cost no new reading."""
    undisturbed = bench_of(make_lab(), fake, page_size="20")
    undisturbed.sync(since=SINCE)
    asked, left = len(searches(fake)), list(range(1, leaving + 1))
    fake.requests.clear()

    def leave(found: int) -> None:
        if found == 20:
            for number in left:
                fake.change(number, at(6, 30), status="cancelled")
            left.clear()

    fake.after = leave
    bench = bench_of(make_lab(), fake, page_size="20")
    assert bench.sync(since=SINCE).error is None
    assert not left
    assert {row[0] for row in bench.rows("raw_conversions", "payment_id")} >= {str(n) for n in range(1, 131)}
    assert (len(searches(fake)) <= asked + 1) == (leaving == 5)
    # As they are now, though one batch told both.
    bench.profile.rebuild()
    assert bench.rows("conversions", "count(*)", "all") == [(131 - leaving,)]


@pytest.mark.parametrize("deepest", [40, 90, None])
def test_offsets_that_may_not_go_deep_halve_the_slices(
    make_lab: Callable[..., Lab], fake: FakeMercadoPago, deepest: int | None
) -> None:
    clean = bench_of(make_lab(), fake)
    clean.sync(since=SINCE)
    fake.deepest = deepest
    fake.most, fake.hides_most = 20, deepest is None  # and pages are shorter than asked for
    bench = bench_of(make_lab(), fake, page_size="40")
    assert bench.sync(since=SINCE).error is None
    assert bench.told() == clean.told()


def test_a_busy_slice_is_halved_and_a_quiet_one_doubled(lab: Lab) -> None:
    fake = FakeMercadoPago()
    for number in range(2_500):
        fake.pay(number + 1, at(6, 15, 0) + timedelta(seconds=20 * number))
    bench = bench_of(lab, fake)
    assert bench.sync(since=SINCE).error is None
    assert len(bench.rows("raw_conversions")) == 2_500
    assert max(int(each["offset"]) for each in searches(fake)) <= 1_000
    assert len(searches(fake)) < 80


def test_pages_twice_and_out_of_order_are_told_once(make_lab: Callable[..., Lab], fake: FakeMercadoPago) -> None:
    clean = bench_of(make_lab(), fake)
    clean.sync(since=SINCE)
    answer = fake.answer

    def disorder(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        body = response.json()
        if "results" in body and "paging" in body and len(body["results"]) > 1:
            results = body["results"]
            body["results"] = [*results[::-1], results[0]]
            return httpx.Response(200, json=body)
        return response

    fake.answer = disorder  # pyright: ignore[reportAttributeAccessIssue]
    bench = bench_of(make_lab(), fake)
    assert bench.sync(since=SINCE).error is None
    assert bench.told() == clean.told()


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_is_wrong_loses_nothing(bench: Bench, fake: FakeMercadoPago, lab: Lab, years: int) -> None:
    """The provider's Date header is far off; and ours, which the header then shows."""
    fake.date = format_datetime(lab.now.replace(year=lab.now.year + years), usegmt=True)
    assert bench.sync(since=SINCE).error is None
    assert figures(bench) == (130, CASH)


def test_a_clock_of_ours_that_was_ahead_is_made_up_for(bench: Bench, fake: FakeMercadoPago, lab: Lab) -> None:
    true = lab.now
    lab.now = true + timedelta(days=200)
    fake.date = format_datetime(true, usegmt=True)
    bench.sync(since=SINCE)
    lab.now = true + timedelta(days=10)
    fake.date = format_datetime(lab.now, usegmt=True)
    fake.pay(300, true + timedelta(days=3))
    bench.sync(since=SINCE)
    assert ("mp_payment_300",) in bench.rows("raw_conversions", "conversion_id")


def test_the_search_reaches_back_twelve_months(bench: Bench, fake: FakeMercadoPago) -> None:
    bench.sync(since=date(2020, 1, 1))
    assert min(each["begin_date"] for each in searches(fake)) == "2025-07-02T00:00:00.000Z"


def limited(after: str) -> Fault:
    body = {"status": 429, "error": "too_many_requests", "message": "Rate limit exceeded."}
    return Fault(httpx.Response(429, headers={"retry-after": after}, json=body))


PASSING = by_name(
    [
        limited("3"),
        Fault(failing(500, "internal_error")),
        Fault(failing(503, "busy")),
        Fault(failing(409, "conflict")),
        Fault(kind="reset"),
        Fault(kind="timeout"),
        Fault(kind="truncated"),
        Fault(kind="malformed"),
    ],
    ids=["429", "500", "503", "409", "reset", "timeout", "truncated", "malformed"],
)

STAYING = by_name(
    [
        (Fault(failing(401, f"invalid access token APP_USR-4934588586838432-secret-{USER}")), Code.PROVIDER_LOGIN),
        (Fault(failing(400, "Malformed access_token: APP_USR")), Code.PROVIDER_LOGIN),
        (Fault(failing(400, "Params Error.", 1)), Code.PROVIDER_REFUSED),
        (Fault(failing(403, "The caller is not authorized", 4)), Code.PROVIDER_PERMISSION),
        (Fault(failing(404, "Not found")), Code.PROVIDER_MISSING),
        (Fault(failing(500, "boom")), Code.PROVIDER_REFUSED),
        (limited("9999"), Code.PROVIDER_LIMIT),
        (limited("2"), Code.PROVIDER_LIMIT),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE),
        (Fault(kind="malformed"), Code.PROVIDER_ANSWER),
        (Fault(httpx.Response(200, json={"results": None})), Code.PROVIDER_ANSWER),
    ],
    ids=["401", "400-token", "400", "403", "404", "500", "429", "429-again", "reset", "malformed", "shape"],
)


class TestFaults(FaultMatrix):
    provider = "mercadopago"
    secrets: ClassVar = {"access_token": FakeMercadoPago().token}
    settings: ClassVar = {"": {"page_size": "30"}}
    since = SINCE
    passing = PASSING
    staying = STAYING

    def make(self) -> FakeMercadoPago:
        return filled()


def test_few_requests_left_slow_it_down() -> None:
    signals = MercadoPagoSignals()
    assert signals.pace(Answer(200, {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "3"}, {})) > 0
    assert signals.pace(Answer(200, {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "60"}, {})) == 0
    assert signals.pace(Answer(200, {}, {})) == 0


def test_unknown_fields_and_values_are_kept_and_do_not_matter(bench: Bench, fake: FakeMercadoPago) -> None:
    fake.pay(400, at(4, 9), 5, brand_new={"a": [1]}, operation_type="teleport", payer=None, metadata=None, refunds=None)
    fake.pay(401, at(4, 9), 5, status="teleported", transaction_amount="a lot")
    fake.pay(402, at(4, 9), 5, status="teleported")
    assert bench.sync(since=SINCE).error is None
    kept = bench.rows("provider_objects", "content::varchar", "object_id")
    assert any("brand_new" in text for (text,) in kept)
    assert figures(bench) == (131, CASH + 5)


def test_a_live_check_tells_whose_token_it_is_and_what_is_missing(bench: Bench, fake: FakeMercadoPago) -> None:
    session = open_session(
        bench.workspace, bench.profile, bench.credentials, bench.connection, make_http=bench.make_http
    )
    assert session.check(Task()).name == "TIENDA (MLA, ARS)"
    assert session.check(Task()).missing == {}
    fake.forbidden = {"/v1/chargebacks/search"}
    assert list(session.check(Task()).missing) == ["read /v1/chargebacks/search"]
    session.close()


def test_the_secret_is_nowhere_in_the_file(bench: Bench, fake: FakeMercadoPago, lab: Lab) -> None:
    bench.sync(since=SINCE)
    lab.workspace.checkpoint()
    path = lab.workspace.path
    lab.close()
    assert fake.token.encode() not in path.read_bytes()
    assert all(fake.token not in str(each.url) for each in fake.requests)
