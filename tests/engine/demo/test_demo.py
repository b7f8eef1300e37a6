"""The demo's files: the same every time, plausible, and true."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import phonenumbers
import polars as pl
import pytest

from engine.demo import DEMO_PROFILE, DemoFiles, DemoPlan, simulate
from engine.demo.agents import AGENTS
from engine.demo.campaigns import CAMPAIGNS
from engine.demo.contacts import AREA_CODES, contacts, phone_numbers
from engine.demo.ids import IdKind, Ids
from engine.demo.outcomes import LINKED
from engine.demo.season import season_of
from engine.demo.simulation import run
from engine.demo.spend import DEAR_CAMPAIGN

if TYPE_CHECKING:
    from pathlib import Path

UNTIL = date(2026, 6, 30)
ZONE = ZoneInfo(DEMO_PROFILE.timezone)
CHANNELS = {
    "Paid Social", "Paid Search", "Display", "Email", "Organic Search", "Organic Social", "Referral", "Affiliate",
    "Direct",
}  # fmt: skip
GIVEN_BACK = ("refund", "dispute_lost")
AD_IDS = {"campaign_id": pl.String, "ad_set_id": pl.String, "ad_id": pl.String}


def quiet(share: float) -> None:
    del share


def read_events(files: DemoFiles) -> pl.DataFrame:
    if files.events.suffix == ".parquet":
        return pl.read_parquet(files.events)
    names = ("event_id", "event_type", "event_time", "anonymous_id", "session_id", "url", "referrer", "email", "phone")
    more = ("user_agent", "order_id", "checkout_token", "currency")
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(names + more, pl.String)
    frame = pl.read_ndjson(files.events, schema=schema | {"value_amount": pl.Float64})
    return frame.with_columns(pl.col("event_time").str.to_datetime(time_zone="UTC"))


def read_conversions(files: DemoFiles) -> pl.DataFrame:
    names = ("phone", "refund_of", "order_id", "checkout_token", "starts_at", "as_of", "page_opened_at")
    text = {**AD_IDS, **dict.fromkeys(names, pl.String)}
    frame = pl.read_csv(files.conversions, infer_schema_length=None, schema_overrides=text)
    return frame.with_columns(pl.col("time", "as_of", "starts_at", "page_opened_at").str.to_datetime(time_zone="UTC"))


def dollars(frame: pl.DataFrame, amount: str) -> float:
    factor = pl.when(pl.col("currency") == "EUR").then(1.11).otherwise(1.0)
    return float(frame.select((pl.col(amount) * factor).sum()).item())


def cash_rows(conversions: pl.DataFrame) -> pl.DataFrame:
    """Payments, refunds and lost disputes."""
    return conversions.filter(pl.col("event_type").is_in(["payment_received", *GIVEN_BACK]))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return simulate(DemoPlan(until=UNTIL), tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def events(files: DemoFiles) -> pl.DataFrame:
    return read_events(files)


@pytest.fixture(scope="module")
def conversions(files: DemoFiles) -> pl.DataFrame:
    return read_conversions(files)


@pytest.fixture(scope="module")
def spend(files: DemoFiles) -> pl.DataFrame:
    return pl.read_csv(files.ad_spend, infer_schema_length=None, schema_overrides=AD_IDS, try_parse_dates=True)


@pytest.fixture(scope="module")
def truth(files: DemoFiles) -> pl.DataFrame:
    return pl.read_parquet(files.truth)


# The same arguments give the same files


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    plan = DemoPlan(people=3_000, days=60, until=UNTIL, seed=3)
    one, two = simulate(plan, tmp_path / "one"), simulate(plan, tmp_path / "two")
    for field in fields(DemoFiles):
        assert getattr(one, field.name).read_bytes() == getattr(two, field.name).read_bytes(), field.name


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    one = simulate(DemoPlan(people=500, days=20, until=UNTIL, seed=1), tmp_path / "one")
    two = simulate(DemoPlan(people=500, days=20, until=UNTIL, seed=2), tmp_path / "two")
    assert not set(read_events(one)["event_id"]) & set(read_events(two)["event_id"])


def test_chunk_size_changes_no_row(tmp_path: Path) -> None:
    plan = DemoPlan(people=32_000, days=30, until=UNTIL)
    one, two = run(plan, tmp_path / "one", quiet, 1), run(plan, tmp_path / "two", quiet, 3)
    for field in fields(DemoFiles):
        if field.name not in {"truth", "clicks"}:
            assert getattr(one, field.name).read_bytes() == getattr(two, field.name).read_bytes(), field.name
    assert pl.read_parquet(one.truth).equals(pl.read_parquet(two.truth))
    assert pl.read_parquet(one.clicks).equals(pl.read_parquet(two.clicks))


def test_large_plans_write_parquet_with_the_same_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = DemoPlan(people=1_500, days=30, until=UNTIL)
    text = read_events(simulate(plan, tmp_path / "text"))
    monkeypatch.setattr("engine.demo.simulation.PARQUET_ABOVE", 1_000)
    table = simulate(plan, tmp_path / "table")
    assert table.events.name == "events.parquet"
    frame = pl.read_parquet(table.events)
    common = [name for name in text.columns if name != "value_amount"]
    same = frame.select(common).with_columns(pl.col("event_time").cast(pl.Datetime("us", "UTC")))
    assert same.equals(text.select(common))
    assert (
        frame.filter(pl.col("event_type") == "scroll_depth")["payload"]
        .str.json_decode(pl.Struct({"scroll_percent": pl.Int64}))
        .is_not_null()
        .all()
    )
    assert sorted(path for path in (tmp_path / "table").rglob("*") if path.is_file()) == sorted(
        getattr(table, field.name) for field in fields(DemoFiles)
    )


def test_progress_rises_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    simulate(DemoPlan(people=12_000, days=10, until=UNTIL), tmp_path, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


# Small and odd plans


@pytest.mark.parametrize(("people", "days"), [(1, 1), (1, 180), (40, 1), (300, 13), (2_000, 29)])
def test_small_plans_work(tmp_path: Path, people: int, days: int) -> None:
    files = simulate(DemoPlan(people=people, days=days, until=date(2026, 3, 8)), tmp_path)
    events = read_events(files)
    assert people == 1 or len(events) >= people
    for name in ("touches", "stages", "conversions", "people", "ad_spend", "rates"):
        header = getattr(files, name).read_text().splitlines()[0]
        assert "," in header
    shares = pl.read_parquet(files.truth).group_by("conversion_id").agg(pl.col("share").sum())
    assert np.allclose(shares["share"].to_numpy(), 1.0)


@pytest.mark.parametrize("until", [date(2026, 3, 29), date(2025, 11, 2), date(2024, 2, 29), date(2025, 1, 1)])
def test_nothing_happens_outside_the_days(tmp_path: Path, until: date) -> None:
    files = simulate(DemoPlan(people=2_500, days=45, until=until), tmp_path)
    first = datetime.combine(until - timedelta(days=44), datetime.min.time(), ZONE).astimezone(UTC)
    after = datetime.combine(until + timedelta(days=1), datetime.min.time(), ZONE).astimezone(UTC)
    conversions = read_conversions(files)
    touches = pl.read_csv(files.touches, schema_overrides=AD_IDS)["time"].str.to_datetime(time_zone="UTC")
    truth = pl.read_parquet(files.truth)["touch_at"].drop_nulls()
    for times in (
        read_events(files)["event_time"],
        conversions["time"],
        conversions["as_of"].drop_nulls(),
        touches,
        truth,
    ):
        assert times.min() >= first
        assert times.max() < after
    spend = pl.read_csv(files.ad_spend, infer_schema_length=None, try_parse_dates=True)["date"]
    assert (spend.min(), spend.max()) == (until - timedelta(days=44), until)


def test_impossible_plans_are_refused() -> None:
    for wrong in ({"people": 0}, {"days": 0}, {"days": 100_000}, {"seed": -1}):
        with pytest.raises(ValueError, match="must"):
            DemoPlan(until=UNTIL, **wrong)


# Size and money


def test_key_figures_are_plausible(events: pl.DataFrame, conversions: pl.DataFrame, spend: pl.DataFrame) -> None:
    visitors = events.filter(pl.col("event_type") == "page_view")["anonymous_id"].n_unique()
    leads = conversions.filter(pl.col("event_type") == "lead_created")
    cash = cash_rows(conversions)
    payments = cash.filter(pl.col("event_type") == "payment_received")
    assert 18_500 < visitors < 21_500
    assert 4.5 < len(events) / visitors < 6.0
    assert 1_000 <= len(leads) <= 1_500
    assert 0.18 < leads["campaign_id"].is_not_null().mean() < 0.32
    assert 330 <= len(payments) <= 600
    assert 130_000 < dollars(cash, "value_amount") < 220_000
    assert 40_000 < dollars(spend, "spend") < 60_000
    assert {"USD", "EUR"} == set(payments["currency"])


@pytest.mark.parametrize(("people", "low", "high"), [(5_000, 1.0, 4.0), (20_000, 1.5, 3.2)])
def test_return_on_spend_is_plausible_at_any_size(tmp_path: Path, people: int, low: float, high: float) -> None:
    files = simulate(DemoPlan(people=people, until=UNTIL), tmp_path)
    spend = pl.read_csv(files.ad_spend, infer_schema_length=None, schema_overrides=AD_IDS)
    cash = cash_rows(read_conversions(files)).join(pl.read_parquet(files.truth), on="conversion_id", suffix="_true")
    credit = cash.filter(pl.col("campaign_id_true").is_not_null()).with_columns(
        pl.col("value_amount") * pl.col("share")
    )
    assert low < dollars(credit, "value_amount") / dollars(spend, "spend") < high
    if people < 20_000:
        return
    ratios: dict[str, float] = {}
    for campaign in CAMPAIGNS:
        mine = credit.filter(pl.col("campaign_id_true") == campaign.campaign_id)
        cost = spend.filter(pl.col("campaign_id") == campaign.campaign_id)
        ratios[campaign.campaign_id] = dollars(mine, "value_amount") / dollars(cost, "spend")
    assert min(ratios.values()) < 0.9
    assert 2.5 < max(ratios.values()) < 7


# Truth


def test_truth_sums_to_one_for_every_conversion(conversions: pl.DataFrame, truth: pl.DataFrame) -> None:
    assert set(truth["conversion_id"]) == set(conversions["conversion_id"])
    sums = truth.group_by("conversion_id").agg(
        pl.col("share").sum(), (pl.col("channel") == "baseline").sum().alias("base")
    )
    assert np.allclose(sums["share"].to_numpy(), 1.0)
    assert (sums["base"] == 1).all()
    assert truth["share"].is_between(0, 1).all()
    assert (
        truth.filter(pl.col("channel") == "baseline").select("touch_at", "campaign_id").null_count().row(0)
        == ((truth["channel"] == "baseline").sum(),) * 2
    )


def test_causes_come_before_effects(conversions: pl.DataFrame, truth: pl.DataFrame) -> None:
    both = truth.filter(pl.col("touch_at").is_not_null()).join(conversions, on="conversion_id")
    assert (both["touch_at"] <= both["time"]).all()
    assert set(both["channel"]) == CHANNELS


def test_direct_visits_cause_next_to_nothing_but_often_come_last(
    conversions: pl.DataFrame, truth: pl.DataFrame
) -> None:
    paid = cash_rows(conversions).select("conversion_id").join(truth, on="conversion_id")
    caused = paid.filter(pl.col("channel") == "Direct")["share"].sum() / paid["conversion_id"].n_unique()
    touches = paid.filter(pl.col("touch_at").is_not_null()).sort("touch_at")
    last = touches.group_by("conversion_id", maintain_order=True).last()
    assert caused < 0.02
    assert (last["channel"] == "Direct").mean() > 0.05


# Form


def test_ids_are_unique_and_some_events_come_twice(events: pl.DataFrame, conversions: pl.DataFrame) -> None:
    again = len(events) - events["event_id"].n_unique()
    assert 0.001 < again / len(events) < 0.006
    assert events.unique().height == events["event_id"].n_unique()
    versions = conversions.group_by("conversion_id").agg(
        pl.col("event_type").first(), pl.len(), pl.col("as_of").n_unique().alias("n")
    )
    assert set(versions.filter(pl.col("len") > 1)["event_type"]) == {"appointment_booked"}
    assert (versions["len"] <= 2).all()


def test_lines_are_objects_with_the_documented_payloads(files: DemoFiles) -> None:
    wanted = {
        "scroll_depth": "scroll_percent", "heartbeat": "engaged_seconds", "lead_submitted": "form_id",
        "video_progress": "video_percent", "appointment_booked": "starts_at", "stripe_checkout_completed": "session_id",
    }  # fmt: skip
    seen: set[str] = set()
    with files.events.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            seen.add(event["event_type"])
            if field := wanted.get(event["event_type"]):
                assert field in event["payload"]
    assert len(seen) == 17


def test_phones_and_emails_are_valid_unique_and_fictional(files: DemoFiles) -> None:
    people = pl.read_csv(files.people, schema_overrides={"phone": pl.String})
    assert people["email"].n_unique() == people["phone"].n_unique() == len(people)
    assert people["email"].str.ends_with(".example").all()
    for phone in people["phone"]:
        number = phonenumbers.parse(phone)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == phone
        assert phone[5:10] == "55501"


def test_every_area_code_and_written_phone_is_valid() -> None:
    count = len(AREA_CODES)
    person = np.concatenate([np.arange(count), np.arange(count) + 4_321 * count])
    frame = contacts(Ids(7), person)
    for phone, written in frame.select("phone", "phone_written").iter_rows():
        number = phonenumbers.parse(written, DEMO_PROFILE.phone_region)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == phone
    many = phone_numbers(np.arange(3_000_000, dtype=np.int64))
    assert len(np.unique(many)) == len(many)


def test_permuted_identifiers_never_repeat() -> None:
    words = Ids(7).words(IdKind.EVENT, np.arange(500_000, dtype=np.int64))
    assert len(np.unique(words)) == 500_000


def test_sources_of_every_channel_arrive(events: pl.DataFrame) -> None:
    entry = events.filter(pl.col("event_type") == "page_view")
    marks = (
        "gclid=", "gbraid=", "wbraid=", "msclkid=", "fbclid=", "twclid=", "utm_medium=display", "utm_medium=email",
        "utm_medium=affiliate", "utm_medium=social", "utm_campaign=WHITENING", "hsa_cam=", "adset_id=",
        "utm_source=chatgpt.com",
    )  # fmt: skip
    for mark in marks:
        assert entry["url"].str.contains(mark, literal=True).any(), mark
    for referrer in ("www.google.com", "cityguide.example", "chatgpt.com", "perplexity.ai", "checkout.stripe.com"):
        assert entry["referrer"].str.contains(referrer, literal=True).any(), referrer
    display = entry.filter(pl.col("url").str.contains("utm_medium=display"))
    assert not display["url"].str.contains("clid=").any()
    agents = events["user_agent"].unique().str.join("\n").item()
    for robot in ("Googlebot", "GPTBot", "ChatGPT-User"):
        assert robot in agents


def test_some_browsers_send_no_session(events: pl.DataFrame) -> None:
    missing = events.group_by("anonymous_id").agg(
        pl.col("session_id").is_null().all().alias("none"), pl.col("session_id").is_null().any().alias("some")
    )
    assert 0.08 < missing["none"].mean() < 0.16
    assert (missing["none"] == missing["some"]).all()


def test_browser_mix() -> None:
    assert len({agent.text for agent in AGENTS}) == len(AGENTS) >= 55


def test_outage_is_empty_while_the_clinic_goes_on(tmp_path: Path) -> None:
    plan = DemoPlan(people=30_000, days=60, until=UNTIL)
    outage = season_of(plan).outage
    assert outage is not None
    down, up = (datetime.fromtimestamp(second, UTC) for second in outage)
    assert up - down == timedelta(hours=30)
    files = simulate(plan, tmp_path)
    assert read_events(files).filter(pl.col("event_time").is_between(down, up, closed="left")).is_empty()
    assert read_conversions(files).filter(pl.col("time").is_between(down, up, closed="left")).height > 10


# Advertising


def test_ad_ids_and_delivery(spend: pl.DataFrame) -> None:
    shape = {"meta": r"^\d{18}$", "google": r"^\d{11}$", "x": r"^[0-9a-z]{6}$"}
    for platform, pattern in shape.items():
        mine = spend.filter(pl.col("platform") == platform)
        for column in AD_IDS:
            assert mine[column].str.contains(pattern).all()
    assert spend.select("date", "ad_id").is_unique().all()
    assert spend["ad_id"].n_unique() == sum(len(campaign.ads) for campaign in CAMPAIGNS)
    assert set(spend.filter(pl.col("platform") == "google")["currency"]) == {"EUR"}
    assert (spend["clicks"] <= spend["impressions"]).all()
    assert (spend["reach"] <= spend["impressions"]).all()
    twins = (
        spend.filter(pl.col("campaign") == "Implants | Leads").group_by("date").agg(pl.col("campaign_id").n_unique())
    )
    assert (twins["campaign_id"] == 1).all()


def test_a_dear_day_and_a_rush_day(spend: pl.DataFrame, events: pl.DataFrame) -> None:
    season = season_of(DemoPlan(until=UNTIL))
    dates = season.dates()
    mine = (
        spend.filter(pl.col("campaign_id") == CAMPAIGNS[DEAR_CAMPAIGN].campaign_id)
        .group_by("date")
        .agg(pl.col("spend").sum())
    )
    dear = mine.filter(pl.col("date") == dates[season.dear_day])["spend"].item()
    assert dear > 2 * mine["spend"].median()
    local = events.with_columns(
        pl.col("event_time").dt.convert_time_zone(DEMO_PROFILE.timezone).dt.date().alias("date")
    )
    daily = local.group_by("date").agg(pl.col("anonymous_id").n_unique())
    rush = daily.filter(pl.col("date") == dates[season.rush_day])["anonymous_id"].item()
    assert rush > 1.6 * daily["anonymous_id"].median()


# Outcomes


def test_payments_refunds_and_orders_are_linked(conversions: pl.DataFrame) -> None:
    payments = conversions.filter(pl.col("event_type") == "payment_received")
    refunds = conversions.filter(pl.col("event_type").is_in(GIVEN_BACK))
    orders = conversions.filter(pl.col("event_type") == "order_placed")
    assert payments["payment_id"].is_unique().all()
    of_clinic = payments.filter(pl.col("order_id").is_null())
    assert abs(of_clinic["page_opened_at"].is_not_null().mean() - LINKED) < 0.05
    assert payments.filter(pl.col("order_id").is_not_null())["page_opened_at"].is_not_null().all()
    assert (payments["value_amount"] > 0).all()
    assert set(refunds["event_type"]) == set(GIVEN_BACK)
    linked = refunds.join(payments, left_on="refund_of", right_on="payment_id", suffix="_paid", how="left")
    assert (linked["value_amount"] < 0).all()
    assert (-linked["value_amount"] <= linked["value_amount_paid"]).all()
    assert (linked["time"] > linked["time_paid"]).all()
    paid = orders.join(payments, on="order_id", how="inner", suffix="_paid")
    assert paid["order_id"].n_unique() > 0.95 * len(orders)
    assert (paid["checkout_token"] == paid["checkout_token_paid"]).all()


def test_tracker_orders_match_the_shop(events: pl.DataFrame, conversions: pl.DataFrame) -> None:
    tracked = events.filter(pl.col("event_type") == "purchase").unique("event_id")
    both = tracked.join(conversions.filter(pl.col("event_type") == "order_placed"), on="order_id", suffix="_shop")
    assert len(both) == len(tracked)
    assert (both["value_amount"] == both["value_amount_shop"]).all()
    assert (both["checkout_token"] == both["checkout_token_shop"]).all()
    assert (both["currency"] == both["currency_shop"]).all()


def test_appointments_start_in_opening_hours_and_may_lie_ahead(conversions: pl.DataFrame) -> None:
    booked = conversions.filter(pl.col("event_type") == "appointment_booked")
    local = booked["starts_at"].dt.convert_time_zone(DEMO_PROFILE.timezone)
    assert local.dt.hour().is_between(9, 18).all()
    assert (local.dt.weekday() < 7).all()
    assert (booked["starts_at"] > booked["time"]).all()
    assert booked["starts_at"].max() > conversions["time"].max()
    assert booked.filter(pl.col("starts_at") > conversions["time"].max())["status"].is_in(["confirmed"]).all()


def test_traces_that_are_hard_to_match_occur(conversions: pl.DataFrame, events: pl.DataFrame) -> None:
    payments = conversions.filter(pl.col("event_type") == "payment_received")
    nobody = payments.filter(pl.col("email").is_null() & pl.col("phone").is_null())
    assert 0 < len(nobody) < 0.05 * len(payments)
    assert "test@test.com" in payments["email"]
    identified = events.filter(pl.col("event_type") == "identify")
    assert identified.filter(pl.col("email").is_null() & pl.col("phone").is_not_null()).height > 20
    owners = (
        identified.with_columns(pl.col("email").str.to_lowercase())
        .group_by("anonymous_id")
        .agg(pl.col("email").n_unique())
    )
    assert (owners["email"] > 1).any()
    leads = conversions.filter(pl.col("event_type") == "lead_created")
    assert leads.filter(pl.col("email").is_null()).height > 20
    forms = leads.filter(pl.col("source") == "facebook")
    assert forms.select("campaign_id", "ad_set_id", "ad_id").null_count().row(0) == (0, 0, 0)


def test_viewed_impressions_name_an_ad(files: DemoFiles) -> None:
    touches = pl.read_csv(files.touches, schema_overrides=AD_IDS)
    assert set(touches["kind"]) == {"view"}
    assert set(touches["channel"]) == {"Paid Social", "Display"}
    assert (touches["email"].is_null() != touches["anonymous_id"].is_null()).all()
    assert touches["email"].is_not_null().any()


def test_stages_that_were_left_are_told_once(files: DemoFiles, conversions: pl.DataFrame) -> None:
    """A deal's first stage and the one it is in are not history: the CRM's interface tells them."""
    stages = pl.read_csv(files.stages)
    assert set(stages["stage"]) == {"Replied", "Qualified"}
    assert stages["conversion_id"].is_unique().all()
    furthest = conversions.group_by("ghl_contact_id").agg(pl.col("stage_position").max().alias("furthest"))
    both = stages.join(furthest, on="ghl_contact_id")
    assert len(both) == len(stages)
    assert (both["stage_position"] < both["furthest"]).all()


def test_searches_are_fewer_than_visits_from_them(files: DemoFiles, events: pl.DataFrame) -> None:
    searches = pl.read_parquet(files.searches)
    assert (searches["clicks"] <= searches["impressions"]).all()
    assert searches.select("date", "page", "query").is_unique().all()
    assert searches["position"].min() >= 1
    views = events.filter((pl.col("event_type") == "page_view") & (pl.col("referrer") == "https://www.google.com/"))
    unpaid = views.filter(~pl.col("url").str.contains("?", literal=True))
    assert 0.4 * len(unpaid) < searches["clicks"].sum() < len(unpaid)


def test_clicks_lead_from_the_address_to_the_ad(files: DemoFiles, events: pl.DataFrame) -> None:
    clicks = pl.read_parquet(files.clicks)
    told = events.filter(pl.col("event_type") == "page_view")["url"].str.extract(r"[?&]gclid=(\w+)").drop_nulls()
    assert clicks["gclid"].is_unique().all()
    assert len(clicks) > 2_000
    assert set(told) <= set(clicks["gclid"])
    assert set(clicks["ad_id"]) <= {ad.ad_id for each in CAMPAIGNS if each.platform == "google" for ad in each.ads}


def test_rates_are_published_on_working_days(files: DemoFiles) -> None:
    rates = pl.read_csv(files.rates, try_parse_dates=True)
    assert rates.columns == ["date", "currency", "base", "rate"]
    assert (rates["date"].dt.weekday() <= 5).all()
    assert rates["rate"].is_between(0.9, 1.35).all()
    assert rates["date"].min() < UNTIL - timedelta(days=180)
