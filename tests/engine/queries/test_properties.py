"""What holds for the queries on every world: parts add up to their whole, filters partition, a figure is shown once."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.attribution.models import MODELS
from engine.queries.dimensions import DIMENSIONS
from engine.queries.metrics import METRICS
from engine.queries.reference import matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import Profile
    from tests.conftest import Lab

Row = dict[str, Any]
FROM, TO = date(2026, 5, 1), date(2026, 5, 28)
DAYS = (FROM, TO)
FIXED = settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SPEND_FILTERS = {"platform", "channel", "source", "campaign", "ad_set", "ad"}

VISITORS = st.integers(0, 5)
HOURS = st.integers(0, 24 * 40)  # from the end of April to June: some lie outside the range
TAGS = st.sampled_from(
    [
        "",
        "?utm_source=facebook&utm_medium=paid_social&utm_campaign=c1&utm_term=s1&utm_content=a1",
        "?utm_source=facebook&utm_medium=paid_social&utm_campaign=c1",
        "?utm_source=facebook&utm_medium=paid_social&utm_campaign=nobody",
        "?gclid=1",
        "?utm_source=news&utm_medium=email&utm_campaign=50%25",
    ]
)
PLACES = st.sampled_from([{}, {"country": "US", "city": "Austin"}, {"country": "ES", "device": "mobile"}])
ENTITIES = st.sampled_from(
    [
        {"platform": "meta", "campaign_id": "c1", "campaign": "Spring"},
        {"platform": "meta", "campaign_id": "c1", "campaign": "Spring", "ad_set_id": "s1"},
        {"platform": "meta", "campaign_id": "c1", "ad_set_id": "s1", "ad_set": "Broad", "ad_id": "a1", "ad": "Video"},
        {"platform": "google", "campaign_id": "c9", "campaign": "Brand"},
    ]
)


def moment(hour: int) -> str:
    day = date.fromordinal(date(2026, 4, 25).toordinal() + hour // 24)
    return f"{day}T{hour % 24:02}:00:00Z"


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[Row]]:
    world: dict[str, list[Row]] = {"events": [], "people": [], "touches": [], "conversions": [], "ad-spend": []}
    seen = draw(
        st.lists(
            st.tuples(VISITORS, HOURS, TAGS, PLACES, st.sampled_from(["/", "/a", "/b?x=1"])), min_size=8, max_size=25
        )
    )
    for visitor, hour, tags, place, second in seen:
        page = {"event_type": "page_view", "anonymous_id": f"d{visitor}", "event_time": moment(hour), **place}
        world["events"].append(page | {"url": f"https://shop.example/in{tags}"})
        world["events"].append(page | {"url": f"https://shop.example{second}", "event_time": moment(hour)[:-3] + "5Z"})
    # devices 0-2 belong to known people, the others to nobody
    world["people"] = [{"email": f"p{i}@x.example", "anonymous_id": f"d{i}"} for i in range(3)]
    for visitor, hour, kind in draw(
        st.lists(st.tuples(VISITORS, HOURS, st.sampled_from(["visit", "view"])), max_size=5)
    ):
        world["touches"].append(
            {"anonymous_id": f"d{visitor}", "time": moment(hour), "kind": kind, "channel": "Paid Social"}
            | ({"campaign_id": "c1", "ad_set_id": "s1"} if kind == "view" else {"source": "tiktok"})
        )
    goals = st.sampled_from(["payment_received"] * 3 + ["lead_created", "closed_won", "order_placed", "no_show"])
    told = draw(st.lists(st.tuples(VISITORS, HOURS, goals, st.integers(1, 50_000)), min_size=4, max_size=15))
    for index, (visitor, hour, goal, cents) in enumerate(told):
        whose = {"email": f"p{visitor}@x.example"} if visitor < 3 else {"anonymous_id": f"d{visitor}"}
        row = {"conversion_id": f"k{index}", "time": moment(hour), "event_type": goal, **whose}
        world["conversions"].append(row | {"value_amount": cents / 100, "currency": "USD", "source": "stripe"})
        if goal == "payment_received" and cents % 3 == 0:
            world["conversions"].append(
                row
                | {"conversion_id": f"r{index}", "event_type": "refund", "refund_of": f"k{index}"}
                | {"time": moment(hour + 30), "value_amount": cents / 200, "currency": "USD"}
            )
    spent = draw(st.lists(st.tuples(ENTITIES, st.integers(0, 30), st.integers(0, 9_999)), min_size=3, max_size=12))
    for index, (entity, day, cents) in enumerate(spent):
        world["ad-spend"].append(
            {"date": moment(24 * day)[:10], "account": str(index), "spend": cents / 100, "currency": "USD", **entity}
            | {"impressions": cents * 10, "clicks": cents}
        )
    return world


def near(value: Any) -> Any:
    return None if value is None else pytest.approx(value, abs=1e-4)


def current(ask: Profile, **asked: Any) -> Row:
    data = ask.overview(*DAYS, **asked).data
    assert data is not None
    return dict(data["current"])


def parts_add_up(ask: Profile) -> None:
    """A6, A7, A8: overview = days = campaigns at each level, revenue and spend, under both bases."""
    pairs = (("last_touch", "conversion"), ("linear", "touch"), ("first_touch", "touch"), ("markov", "conversion"))
    for model, basis in pairs:
        asked: Row = {"model": model, "date_basis": basis}
        whole = current(ask, **asked)
        days = ask.revenue(*DAYS, **asked)
        for name in ("revenue", "attributed_revenue", "cash_revenue", "spend", "unattributed_revenue"):
            assert days.table[name].sum() == near(whole[name]), (model, basis, name)
            assert days.meta["totals"][name] == near(whole[name])
        series = ask.timeseries(*DAYS, **asked).table
        for name in (
            "visits",
            "pageviews",
            "bounces",
            "revenue",
            "spend",
            "cash_revenue",
            "conversions",
            "outcomes",
        ):
            assert series[name].sum() == near(whole[name]), name
        for level in ("campaign", "ad_set", "ad"):
            table = ask.campaigns(*DAYS, level=level, limit=1_000, **asked).table
            for name, same in (
                ("outcome_value", "revenue"),
                ("spend", "spend"),
                ("impressions", "impressions"),
                ("outcome_count", "ad_conversions"),
                ("ad_revenue_without_spend", "ad_revenue_without_spend"),
            ):
                assert table[name].sum() == near(whole[same]), (model, basis, level, name)


def boards_add_up(ask: Profile) -> None:
    """A5, A10: visits of a board with "(not set)" are all visits; revenue with Unattributed is all cash."""
    whole = current(ask)
    for name in DIMENSIONS:
        if name == "goal":
            continue
        for basis in ("conversion", "touch") if name == "channel" else ("conversion",):
            table = ask.board(*DAYS, by=name, limit=1_000, date_basis=basis).table
            if name != "page":
                assert table["visits"].sum() == whole["visits"], name
            assert table["revenue"].sum() == near(whole["cash_revenue"]), (name, basis)
    assert ask.cash(*DAYS).table["total_reporting"].sum() == near(whole["cash_revenue"])
    assert ask.conversions(*DAYS).table["outcomes"].sum() == whole["outcomes"]
    assert ask.visitors(*DAYS, limit=100).table.height == whole["visitors"]
    assert ask.visitors(*DAYS, limit=100).table["session_count"].sum() == whole["visits"]


def filters_partition(ask: Profile) -> None:
    """A10: what is and what is not a value are all; absent values are on the side of "not"."""
    whole = current(ask, model="linear")
    parted = ("visits", "pageviews", "conversions", "attributed_revenue", "revenue")
    for name in DIMENSIONS:
        if name in {"goal", "page"}:
            continue
        for value in dict.fromkeys([ask.board(*DAYS, by=name, limit=1).table["value"][0], "(not set)"]):
            sides = [current(ask, model="linear", filters=[f"{name}={how}:{value}"]) for how in ("is", "is_not")]
            for figure in parted:
                assert sides[0][figure] + sides[1][figure] == near(whole[figure]), (name, value, figure)
        sides = [current(ask, filters=[f"{name}={how}:e"]) for how in ("contains", "not_contains")]
        assert sides[0]["visits"] + sides[1]["visits"] == whole["visits"], name
        assert current(ask, filters=[f"{name}=not_contains:zzz"])["visits"] == whole["visits"], name


def filters_compose(ask: Profile) -> None:
    """Any order of filters is the same question; the same one twice changes nothing."""
    some = ["channel=is_not:Direct", "country=not_contains:e", "page=contains:/", "goal=is_not:lead_created"]
    told = [current(ask, filters=list(order), model="linear") for order in permutations(some[:3])]
    assert all(one == told[0] for one in told)
    assert current(ask, filters=some) == current(ask, filters=[*reversed(some), some[0]])


def values_are_where_they_mean_something(ask: Profile) -> None:
    """A10: spend, ROAS and CAC under the six filters only; a goal leaves traffic and spend; as the registry says."""
    whole = current(ask)
    published = {row["metric"]: row for row in matrix().to_dicts()}
    for name in DIMENSIONS:
        told = current(ask, filters=[f"{name}=is_not:zzz"])
        for figure in ("spend", "roas", "cac", "mer", "impressions", "clicks"):
            if name not in SPEND_FILTERS | {"goal"}:
                assert told[figure] is None, (name, figure)
        if name in SPEND_FILTERS:
            assert (told["spend"], told["roas"]) == (near(whole["spend"]), near(whole["roas"]))
        if name == "goal":
            assert all(told[figure] == whole[figure] for figure in ("visits", "visitors", "spend", "bounces"))
        for figure in METRICS:
            if figure in told and published[figure][name] == "no value":
                assert told[figure] is None, (name, figure)


def models_agree(ask: Profile) -> None:
    """A5: compare's columns are those of each model alone; with Unattributed each adds up to all cash. The rows of ads
    are the revenue from ads and its ROAS (A6, A7)."""
    models = ["last_touch", "first_touch", "time_decay", "engagement_weighted", "shapley"]
    for basis in ("conversion", "touch"):
        for by in ("channel", "campaign", "ad_set", "landing_page") if basis == "conversion" else ("channel",):
            result = ask.compare(*DAYS, models=models, by=by, date_basis=basis)
            table, ads = result.table, result.meta["totals"]["entities"]
            for model in models if by == "channel" else models[1:3]:
                whole = current(ask, model=model, date_basis=basis)
                assert table[f"{model}.revenue"].sum() == near(whole["cash_revenue"]), (by, model, basis)
                assert table[f"{model}.ad_revenue"].sum() == near(whole["revenue"])
                if by in {"campaign", "ad_set"}:
                    assert ads[f"{model}.revenue"] == ads[f"{model}.ad_revenue"] == near(whole["revenue"])
                    assert ads[f"{model}.roas"] == near(whole["roas"])
                alone = ask.compare(*DAYS, models=[model], by=by, date_basis=basis).table
                for column in ("conversions", "revenue", "ad_revenue", "roas"):
                    name = f"{model}.{column}"
                    # rows that only another model credits are zero here
                    many = {(v, e): x for v, e, x in table.select("value", "entity_id", name).iter_rows() if x}
                    one = {(v, e): x for v, e, x in alone.select("value", "entity_id", name).iter_rows() if x}
                    assert one == pytest.approx(many, abs=1e-4), (by, model, column)
            if by == "channel":
                single = ask.channels(*DAYS, model="time_decay", date_basis=basis, limit=100).table
                found = dict(table.select("value", "time_decay.revenue").iter_rows())
                assert {v: x for v, x in single.select("value", "revenue").iter_rows() if x} == pytest.approx(
                    {v: x for v, x in found.items() if x}, abs=1e-4
                )


def every_model_credits_everything(ask: Profile) -> None:
    """A4, A5: credited + Unattributed = cash, and whole conversions the same, under every model."""
    for model in MODELS:
        told = current(ask, model=model)
        assert told["attributed_revenue"] + told["unattributed_revenue"] == near(told["cash_revenue"]), model
        assert told["conversions"] == near(told["attributed_outcomes"]), model


def lists_cover_everything_once(ask: Profile) -> None:
    ids: list[str] = []
    cursor = None
    while True:
        page = ask.customers(*DAYS, limit=3, cursor=cursor)
        ids += page.table["conversion_id"].to_list()
        assert page.pagination is not None
        cursor = page.pagination["cursor"]
        if cursor is None:
            break
    assert ids == ask.customers(*DAYS, limit=1_000).table["conversion_id"].to_list()
    assert len(ids) == len(set(ids))
    wanted = ask.conversions(*DAYS).table
    eligible = wanted.filter(wanted["is_eligible"] & ~wanted["is_negative"])
    assert len(ids) == eligible["count"].sum()


def paths_add_up(ask: Profile) -> None:
    """A5: sequences, lengths and lags count the same conversions and the same cash, however they are cut."""
    lengths = ask.path_lengths(*DAYS).table
    for table in (
        ask.paths(*DAYS, limit=2).table,
        ask.paths(*DAYS, by="campaign", collapse=True, limit=1_000).table,
        ask.lags(*DAYS).table,
    ):
        assert table["conversions"].sum() == lengths["conversions"].sum()
        assert table["cash"].sum() == near(lengths["cash"].sum())
    assert lengths["cash"].sum() == near(current(ask)["cash_revenue"])
    people = ask.people(*DAYS, limit=1_000).table
    assert people["conversions"].sum() == lengths["conversions"].sum()
    assert people["cash"].sum() == near(lengths["cash"].sum())


CHECKS = (
    parts_add_up, boards_add_up, filters_partition, filters_compose, values_are_where_they_mean_something, models_agree,
    every_model_credits_everything, lists_cover_everything_once, paths_add_up,
)  # fmt: skip


@FIXED
@given(world=worlds())
def test_every_world(make_lab: Callable[..., Lab], world: dict[str, list[Row]]) -> None:
    """Each check on each of a few worlds."""
    lab = make_lab(timezone="America/New_York")
    for kind, rows in world.items():
        if rows:
            lab.load(kind, rows)
    lab.rebuild()
    for check in CHECKS:
        check(lab.profile)
    lab.close()
