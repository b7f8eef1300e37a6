"""Exchange rates: those of the source under its own days, each once, and the truth whatever goes wrong."""

from __future__ import annotations

import json
import random
import re
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from app.syncing import open_session
from connectors import exchange_rates_ecb as ecb
from connectors.paging import gathered
from engine import AttribenchError, Cancelled, Code
from engine.task import Task
from tests.connectors.exchange_rates_fake import FakeRates
from tests.connectors.faults import FaultMatrix, by_name
from tests.connectors.harness import Bench, Fault, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

SINCE = date(2026, 4, 4)  # a Saturday
TODAY = date(2026, 7, 1)
CODES = "usd, BRL; EUR ARS,CLP,USD"
_CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts" / "ecb-frankfurter"


def contract(name: str) -> str:
    path = _CONTRACTS / name
    if not path.exists():
        pytest.skip("contracts are not here")
    return path.read_text(encoding="utf-8")


def filled() -> FakeRates:
    made = FakeRates(TODAY)
    made.quote(date(2025, 1, 1), date(2026, 9, 1))
    return made


@pytest.fixture
def fake() -> FakeRates:
    return filled()


@pytest.fixture
def bench(lab: Lab, fake: FakeRates) -> Bench:
    return bench_of(lab, fake)


def bench_of(lab: Lab, fake: FakeRates, **settings: str) -> Bench:
    return Bench(lab.workspace, lab.profile, fake, "exchange_rates", {}, {"currencies": CODES, **settings})


def rates(bench: Bench) -> dict[tuple[date, str], float]:
    rows = bench.rows("raw_rates", "rated_on, currency, rate, base")
    assert {row[3] for row in rows} == {"EUR"}
    assert len({row[:2] for row in rows}) == len(rows)
    return {(day, code): rate for day, code, rate, _ in rows}


def expected(fake: FakeRates, first: date) -> dict[tuple[date, str], float]:
    told = {
        (day, code): float(rate) for day, of in fake.ecb.items() for code, rate in of.items() if code in {"USD", "BRL"}
    }
    told |= {(day, code): rate for day, of in fake.blended.items() for code, rate in of.items() if code != "USD"}
    return {key: rate for key, rate in told.items() if first <= key[0] <= TODAY}


@pytest.mark.parametrize("way", ["portal", "files"])
def test_what_arrives_becomes_these_rates(lab: Lab, fake: FakeRates, way: str) -> None:
    """Each currency from one source; and some days from before, for a history that begins on a weekend."""
    bench = bench_of(lab, fake, ecb=way)
    outcome = bench.sync(since=SINCE)
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    assert rates(bench) == expected(fake, SINCE - timedelta(days=10))


def test_amounts_are_converted_at_their_day_or_the_last_one_before(bench: Bench, lab: Lab) -> None:
    lab.conversions(
        *(
            {
                "conversion_id": f"p{number}",
                "time": f"2026-04-{day:02d}T12:00:00Z",
                "event_type": "payment_received",
                "value_amount": 100_000,
                "currency": "ARS",
                "payment_id": f"p{number}",
            }
            for number, day in enumerate((4, 7))
        )
    )
    bench.sync(since=SINCE)
    bench.profile.rebuild()
    told = rates(bench)
    for day, of in ((date(2026, 4, 4), date(2026, 4, 3)), (date(2026, 4, 7), date(2026, 4, 7))):
        ((amount,),) = lab.rows(f"select amount_reporting::double from cash where booked_on = '{day}'")
        assert amount == pytest.approx(100_000 / told[of, "ARS"] * told[of, "USD"], abs=1e-5)


def test_everything_may_come_from_frankfurter(lab: Lab, fake: FakeRates) -> None:
    bench = bench_of(lab, fake, ecb="off")
    fake.blended[TODAY]["BRL"] = 6.5
    assert bench.sync(since=SINCE).error is None
    assert rates(bench)[TODAY, "USD"] == fake.blended[TODAY]["USD"]
    assert {each.url.path for each in fake.requests} == {"/v2/currencies", "/v2/rates"}


def test_syncing_again_changes_nothing_and_asks_for_less(bench: Bench, fake: FakeRates) -> None:
    bench.sync(since=date(2025, 1, 10))
    before = bench.told()
    fake.requests.clear()
    outcome = bench.sync(since=date(2025, 1, 10))
    assert bench.told() == before
    assert outcome.taken.new == 0
    assert {str(each.url.params.get("startPeriod") or each.url.params.get("from") or "") for each in fake.requests} == {
        "",
        "2026-06-21",
    }
    assert bench.rows("row_memberships") == []


def test_a_corrected_rate_replaces_the_one_before(bench: Bench, fake: FakeRates, lab: Lab) -> None:
    bench.sync(since=SINCE)
    fake.ecb[date(2026, 6, 30)]["USD"] = "1.5"
    lab.now += timedelta(days=1)
    assert bench.sync(since=SINCE).taken.new == 1
    live = lab.rows("""select arg_max(rate, as_of) from raw_rates where rated_on = '2026-06-30' and currency = 'USD'""")
    assert live == [(1.5,)]


def test_more_currencies_and_an_earlier_day_bring_their_whole_history(bench: Bench, lab: Lab, fake: FakeRates) -> None:
    bench.sync(since=SINCE)
    changed = {**bench.connection.settings, "currencies": f"{CODES}, GBP"}
    bench.profile.change_connection(bench.connection, settings=changed)
    bench.sync(since=SINCE)
    assert (date(2026, 4, 3), "GBP") in rates(bench)
    bench.sync(since=date(2025, 6, 1))
    assert min(rates(bench))[0] == date(2025, 5, 22)


def test_a_clock_of_ours_that_was_ahead_is_made_up_for(bench: Bench, lab: Lab, fake: FakeRates) -> None:
    true = lab.now
    lab.now = true + timedelta(days=400)
    assert bench.sync(since=SINCE).error is None
    lab.now, fake.today = true + timedelta(days=30), TODAY + timedelta(days=30)
    assert bench.sync(since=SINCE).error is None
    days = {day for day, code in rates(bench) if code == "ARS"}
    assert days == {day for day in fake.blended if SINCE - timedelta(days=10) <= day <= fake.today}


def test_a_currency_nobody_quotes_costs_the_others_nothing(lab: Lab, fake: FakeRates) -> None:
    bench = bench_of(lab, fake, currencies="USD, ARS, XTS")
    assert bench.sync(since=SINCE).error is None
    assert {code for _, code in rates(bench)} == {"USD", "ARS"}
    session = open_session(
        bench.workspace, bench.profile, bench.credentials, bench.connection, make_http=bench.make_http
    )
    health = session.check(Task())
    assert health.missing == {"XTS": "Amounts in this currency"}
    assert health.name == "European Central Bank, Frankfurter"
    session.close()


@pytest.mark.parametrize(("name", "value"), [("currencies", "USD, dollars"), ("ecb", "post")])
def test_a_setting_that_makes_no_sense_is_told(lab: Lab, fake: FakeRates, name: str, value: str) -> None:
    error = bench_of(lab, fake, **{name: value}).sync(since=SINCE).error
    assert error is not None
    assert (error.code, error.facts["field"]) == (Code.SETTING_INVALID, name)


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


@pytest.mark.parametrize("seed", range(2))
def test_stopped_anywhere_it_goes_on_to_the_same_end(
    make_lab: Callable[..., Lab], fake: FakeRates, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice, lately = random.Random(seed), date(2026, 5, 20)
    monkeypatch.setattr("connectors.exchange_rates.gathered", partial(gathered, full=6))
    whole = bench_of(make_lab(), fake)
    whole.sync(since=lately)
    stopped = bench_of(make_lab(), fake)
    while True:
        try:
            stopped.sync(since=lately, task=Stopping(dice.randint(3, 14)))
        except Cancelled:
            continue
        break
    assert stopped.told() == whole.told()
    assert len(stopped.rows("sync_runs")) > 2


def failed(status: int, message: str, headers: dict[str, str] | None = None) -> Fault:
    return Fault(httpx.Response(status, json={"message": message}, headers=headers))


PASSING = by_name(
    [
        failed(429, "Too many requests", {"retry-after": "3"}),
        failed(500, "boom"),
        failed(503, "The request deadline expired"),
        failed(409, "again"),
        Fault(kind="reset"),
        Fault(kind="timeout"),
        Fault(kind="truncated"),
        Fault(kind="malformed"),
    ],
    ids=["429", "500", "503", "409", "reset", "timeout", "truncated", "malformed"],
)

STAYING = by_name(
    [
        (failed(401, "no"), Code.PROVIDER_LOGIN),
        (failed(403, "no"), Code.PROVIDER_PERMISSION),
        (failed(422, "Invalid request"), Code.PROVIDER_REFUSED),
        (failed(500, "boom"), Code.PROVIDER_REFUSED),
        (failed(429, "Too many requests", {"retry-after": "9999"}), Code.PROVIDER_LIMIT),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE),
        (Fault(kind="truncated"), Code.PROVIDER_ANSWER),
        (Fault(kind="malformed"), Code.PROVIDER_ANSWER),
        (Fault(reply({"date": "2026-07-01"})), Code.PROVIDER_ANSWER),
        (Fault(reply([{"date": "yesterday", "base": "EUR", "quote": "ARS", "rate": "?"}])), Code.PROVIDER_ANSWER),
    ],
    ids=["401", "403", "422", "500", "429", "reset", "truncated", "malformed", "shape", "values"],
)


class TestFaults(FaultMatrix):
    provider = "exchange_rates"
    settings: ClassVar = {way: {"currencies": CODES, "ecb": way} for way in ("portal", "files")}
    since = date(2025, 1, 10)
    passing = PASSING
    staying = STAYING
    every = 2
    begins = (1, 3)

    def make(self) -> FakeRates:
        return filled()


def test_days_without_a_rate_and_unknown_columns_do_not_matter(bench: Bench, fake: FakeRates) -> None:
    before = len(expected(fake, SINCE - timedelta(days=10)))
    fake.ecb[date(2026, 5, 1)] = {"USD": "NaN", "BRL": ""}
    fake.blended[date(2026, 5, 1)] = {"ARS": 0.0, "CLP": -1.0}
    assert bench.sync(since=SINCE).error is None
    assert not [day for day, _ in rates(bench) if day == date(2026, 5, 1)]
    assert len(rates(bench)) == before - 4


# -- the sources' own documents -----------------------------------------------------------------------------------


def recorded() -> tuple[str, str]:
    """The address and the body of the portal's recorded answer."""
    text = contract("ecb_recent.vcr.yml")
    uri = re.search(r"uri: (\S+)", text)
    lines = re.findall(r"^        (FREQ,.*|D,.*)$", text, re.MULTILINE)
    assert uri is not None
    return uri[1], "".join(f"{line}\n" for line in lines)


def test_the_recorded_answer_of_the_portal_is_read() -> None:
    _, body = recorded()
    quotes = ecb.read(body)
    assert quotes[0] == (date(2026, 2, 17), "AUD", "1.6776")
    assert {quote.currency for quote in quotes} == ecb.CURRENCIES
    assert len(quotes) == body.count("\n") - 1


def test_the_portal_is_asked_as_it_was_in_the_recording(bench: Bench, fake: FakeRates) -> None:
    uri = httpx.URL(recorded()[0])
    bench.sync(since=SINCE)
    (asked,) = [each.url for each in fake.requests if "EXR" in each.url.path]
    assert asked.host == uri.host
    assert asked.path == uri.path.replace("D..EUR", "D.BRL+USD.EUR")
    assert set(asked.params) == set(uri.params)
    assert asked.params["format"] == uri.params["format"]


def test_the_official_file_is_read_and_one_with_entities_is_not() -> None:
    text = contract("eurofxref-daily.xml")
    quotes = ecb.read(text)
    assert len(quotes) == 30
    assert quotes[0].day == date(2025, 5, 9)
    assert ("USD", "1.1252") in [quote[1:] for quote in quotes]
    with pytest.raises(ValueError, match="entities"):
        ecb.read(text.replace("<gesmes:Envelope", '<!DOCTYPE a [<!ENTITY b "c">]><gesmes:Envelope', 1))


def test_frankfurter_is_asked_as_its_document_says(bench: Bench, fake: FakeRates) -> None:
    document: dict[str, Any] = json.loads(contract("frankfurter-v2.openapi.json"))
    bench.sync(since=SINCE)
    asked = [each.url for each in fake.requests if each.url.path.startswith("/v2/")]
    assert {f"https://{url.host}/v2" for url in asked} == {document["servers"][0]["url"]}
    for url in asked:
        described = document["paths"][url.path.removeprefix("/v2")]["get"].get("parameters", ())
        names = {each["$ref"].rsplit("/", 1)[-1] if "$ref" in each else each["name"] for each in described}
        assert set(url.params) <= names
        for name in {"from", "to"} & set(url.params):
            date.fromisoformat(url.params[name])
    example: Any = document["paths"]["/rates"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    fake.faults = {len(fake.requests) + 3: Fault(reply(example))}  # after the portal and the currencies
    assert bench.sync(since=SINCE).error is None
    assert {code for _, code in rates(bench)} == {"USD", "BRL", "ARS", "CLP"}


def test_what_breaks_off_is_no_table_of_rates() -> None:
    text = "FREQ,CURRENCY,TIME_PERIOD,OBS_VALUE\nD,USD,2026-02-17,1.6776\nD,USD,2026-02-18,1.6748\n"
    assert len(ecb.read(text)) == 2
    for broken in (text[:-1], text[:-6], text[:50], "", "<html></html>", "a,b\n1,2\n"):
        with pytest.raises(ValueError, match=r"breaks off|not the|not a"):
            ecb.read(broken)


def test_a_failure_names_its_source(bench: Bench, fake: FakeRates) -> None:
    fake.always = Fault(kind="malformed")
    error = bench.sync(since=SINCE).error
    assert isinstance(error, AttribenchError)
    assert error.facts["provider"] == "European Central Bank"
