"""What queries refuse, and what they take as it stands: one clear error that lists what is valid, never a crash."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, cast

import pytest

from app.messages import explain
from engine import AttribenchError, Code
from engine.attribution.models import MODELS
from engine.queries.registry import QUERIES, Options
from engine.queries.selection import Filter, Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

WEEK = (date(2026, 6, 8), date(2026, 6, 14))
SELECTION = Selection(*WEEK)
NEEDED: dict[str, dict[str, Any]] = {
    "board": {"by": "channel"},
    "trend": {"entity_ids": ["c1"]},
    "journey": {"id": "ana@x.example"},
    "explain": {"id": "p1"},
    "identity": {"id": "ana@x.example"},
    "record": {"id": "p1"},
    "behind": {"by": "channel", "id": "Direct"},
    "merge-preview": {"entity_ids": ["ana@x.example", "bob@x.example"]},
    "split-preview": {"id": "email:ana@x.example"},
}
DATED = [name for name, query in QUERIES.items() if query.is_dated]
LONG = "x" * 10_000


def refused(world: Lab, name: str, selection: Selection = SELECTION, **options: Any) -> str:
    """The message of a query that is refused."""
    with pytest.raises(AttribenchError) as raised:
        world.profile.query(name, selection, **{**NEEDED.get(name, {}), **options})
    text = explain(raised.value)
    assert "\n" not in text
    assert "?" not in text.replace(LONG, "")
    return text


def told(**fields: Any) -> Selection:
    return Selection(**{"date_from": WEEK[0], "date_to": WEEK[1], **fields})


def test_an_unknown_query_lists_those_there_are(world: Lab) -> None:
    text = refused(world, "nonsense")
    assert all(name in text for name in QUERIES)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_refuses_an_unknown_model(world: Lab, name: str) -> None:
    """Also those that no model changes: a typing error is never taken for an answer."""
    text = refused(world, name, told(model="nonsense"))
    assert "'nonsense'" in text
    assert all(model in text for model in MODELS)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_takes_every_model(world: Lab, name: str) -> None:
    """DOMAIN 9: every model value is accepted wherever a model is."""
    for model in ("first_touch", "shapley"):
        assert world.profile.query(name, told(model=model), **NEEDED.get(name, {})) is not None


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_refuses_options_it_does_not_take(world: Lab, name: str) -> None:
    for option in Options.__annotations__:
        if option not in QUERIES[name].options:
            text = refused(world, name, **{option: "1"})
            assert text.startswith(option.replace("_", "-"))
            assert ", ".join(QUERIES[name].options or ("none",)) in text


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if query.needs])
def test_what_a_query_cannot_do_without(world: Lab, name: str) -> None:
    for empty in ({}, dict.fromkeys(QUERIES[name].needs, "")):
        with pytest.raises(AttribenchError) as raised:
            world.profile.query(name, SELECTION, **empty)
        assert f"{name} needs it" in explain(raised.value)


@pytest.mark.parametrize("name", DATED)
def test_days_in_the_wrong_order(world: Lab, name: str) -> None:
    assert "from 2026-06-14 on" in refused(world, name, told(date_from=WEEK[1], date_to=WEEK[0]))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"compare_from": WEEK[0]}, "both a first and a last day"),
        ({"compare_to": WEEK[0]}, "both a first and a last day"),
        ({"compare_from": WEEK[1], "compare_to": WEEK[0]}, "from 2026-06-14 on"),
        ({"date_from": date.min}, "1970-01-01 to 2100-12-31"),
        ({"date_to": date.max}, "1970-01-01 to 2100-12-31"),
        ({"compare_from": date.min, "compare_to": date.max}, "1970-01-01 to 2100-12-31"),
        ({"date_basis": "nonsense"}, "conversion or touch"),
        ({"goals": ("nonsense",)}, "payment_received, lead_created"),
        ({"goals": ("no_show",)}, "payment_received, lead_created"),
        ({"filters": (Filter("nonsense", "is", ("x",)),)}, "channel, source, medium, campaign"),
        ({"filters": (Filter("channel", cast("Any", "like"), ("x",)),)}, "is, is_not, contains, not_contains"),
        ({"filters": (Filter("goal", "is", ("nonsense",)),)}, "payment_received, lead_created"),
        ({"filters": (Filter("goal", "is_not", ("x",)), Filter("goal", "contains", ("zzz",)))}, "payment_received"),
    ],
)
def test_selections_that_cannot_be(world: Lab, fields: dict[str, Any], expected: str) -> None:
    for name in ("overview", "timeseries", "channels", "visitors", "cash"):
        assert expected in refused(world, name, told(**fields))


@pytest.mark.parametrize(
    "text", ["", "channel", "channel=Direct", "channel=equals:Direct", "=", ":", "channel=:x", "channel:is=x", LONG]
)
def test_filters_of_another_form(text: str) -> None:
    with pytest.raises(AttribenchError) as raised:
        Filter.parse(text)
    assert "DIMENSION=OPERATOR:VALUE" in explain(raised.value)
    assert "is, is_not, contains, not_contains" in explain(raised.value)


def test_a_filters_value_may_hold_what_parts_a_filter() -> None:
    assert Filter.parse("source=is:a=b:c") == Filter("source", "is", ("a=b:c",))
    assert str(Filter.parse("source=is:a=b:c")) == "source=is:a=b:c"


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("timeseries", {"by": "hour"}, "day, week, month"),
        ("timeseries", {"metrics": ["nonsense"]}, "visitors, visits"),
        ("timeseries", {"metrics": []}, "visitors, visits"),
        ("revenue", {"by": "hour"}, "day, week, month"),
        ("engagement", {"by": "hour"}, "none, page, day"),
        ("engagement", {"limit": 0}, "1 to"),
        ("engagement", {"limit": -1}, "1 to"),
        ("board", {"by": "goal"}, "channel, source"),
        ("board", {"by": "nonsense"}, "channel, source"),
        ("compare", {"by": "medium"}, "channel, campaign, ad_set, ad, source, landing_page"),
        ("compare", {"models": []}, "last_touch"),
        ("compare", {"models": ["last_touch", "nonsense"]}, "engagement_weighted"),
        ("intervals", {"by": "medium"}, "channel, campaign"),
        ("campaigns", {"level": "account"}, "campaign, ad_set, ad"),
        ("trend", {"level": "account"}, "campaign, ad_set, ad"),
        ("trend", {"entity_ids": ["nobody"]}, "the query campaigns"),
        ("trend", {"entity_ids": [" "]}, "ids of `campaigns`"),
        ("fatigue", {"level": "account"}, "campaign, ad_set, ad"),
        ("funnel", {"scope": "nonsense"}, "all, pipeline_only, contact_only"),
        ("paths", {"by": "nonsense"}, "channel, source, campaign"),
        ("paths", {"limit": 0}, "1 to"),
        ("paths", {"sort": "nonsense"}, "conversions, cash"),
        ("paths", {"sort": "cash:up"}, "FIELD:asc or FIELD:desc"),
        ("anomalies", {"metrics": ["nonsense"]}, "visitors, visits"),
        ("anomalies", {"metrics": []}, "visitors, visits"),
        ("anomalies", {"threshold": 0}, "above zero"),
        ("anomalies", {"threshold": float("nan")}, "above zero"),
        ("explain", {"id": "nobody"}, "customers"),
        ("journey", {"id": "nobody"}, "nobody"),
        ("journey", {"id": "00000000-0000-0000-0000-000000000000"}, "Nobody"),
        ("identity", {"id": "nobody"}, "Nobody"),
        ("record", {"id": "nobody"}, "No record"),
        ("people", {"limit": 0}, "1 to"),
        ("people", {"sort": "nonsense"}, "conversion_time, cash"),
        ("people", {"sort": "cash:up"}, "FIELD:asc or FIELD:desc"),
        *(("people", {"cursor": cursor}, "previous page") for cursor in ("", "x", "2026-06-01", "x|y", "|")),
        *(("people", {"cursor": cursor, "sort": "cash"}, "same sort") for cursor in ("x|y", "nan|y", "1")),
        ("journey", {"limit": 0}, "1 to"),
        ("journey", {"limit": 10**30}, "1 to"),
        *(("journey", {"cursor": cursor}, "previous page") for cursor in ("", "-1", "x", "²", "1.5", "9" * 5_000)),
        *(
            (name, {"limit": limit}, "1 to")
            for name in ("channels", "campaigns", "keywords", "visitors")
            for limit in (0, -5, 10**30)
        ),
        *((name, {"limit": 0}, "1 to") for name in ("customers", "compare", "intervals", "fatigue")),
        *(
            (name, {"cursor": cursor}, "TIME|ID")
            for name in ("customers", "visitors")
            for cursor in ("", "x", "|", "2026-06-01", "x|y", "0001-01-01T00:00:00+14:00|x", "2026-13-01T00:00:00Z|x")
        ),
        *(
            (name, {"sort": "nonsense"}, "a field of")
            for name in ("channels", "campaigns", "keywords", "fatigue", "compare", "intervals", "board")
        ),
        ("channels", {"sort": "visits:up"}, "FIELD:asc or FIELD:desc"),
    ],
)  # fmt: skip
def test_options_that_cannot_be(world: Lab, name: str, options: dict[str, Any], expected: str) -> None:
    assert expected in refused(world, name, **options)


def test_an_id_that_two_platforms_have_must_say_which(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    row = {"date": "2026-06-08", "account": "1", "campaign_id": "500", "spend": 10, "currency": "USD"}
    lab.ad_spend(row | {"platform": "meta"}, row | {"platform": "tiktok", "spend": 5})
    lab.rebuild()
    assert "meta:500 or tiktok:500" in refused(lab, "trend", entity_ids=["500"])
    told_of = lab.profile.trend(*WEEK, entity_ids=["tiktok:500", "meta:500"]).table
    assert told_of.group_by("entity_id").sum().sort("entity_id").select("entity_id", "spend").rows() == [
        ("meta:500", 10), ("tiktok:500", 5),
    ]  # fmt: skip
    with pytest.raises(AttribenchError) as raised:
        make_lab().profile.overview(*WEEK)
    assert raised.value.code == Code.NOT_DERIVED


TEXTS = ["%", "_", "'", '"', "\\", "'; drop table visits --", "🦊", "$search", "{value}", LONG, "\x00", " ", "é"]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_character_stands_for_itself(world: Lab, text: str) -> None:
    """A value that nothing has finds nothing, and is not found in anything; what is not it is everything."""
    ask = world.profile
    for dimension in ("page", "country", "campaign"):
        for operator, visits in (("is", 0), ("is_not", 7), ("not_contains", None)):
            asked = [Filter(dimension, cast("Any", operator), (text,))]
            found = ask.timeseries(*WEEK, filters=asked).table["visits"].sum()
            assert found == visits or visits is None, (dimension, operator)
        found = ask.board(*WEEK, by=dimension, search=text).table
        assert all(text.lower() in value.lower() for value in found["value"] if value != "Unattributed")
    for name in ("campaigns", "keywords", "compare", "visitors", "customers", "paths", "people"):
        ask.query(name, SELECTION, search=text)
    for name in ("journey", "explain", "identity", "record"):
        refused(world, name, id=text if text.strip() else "nobody")


def test_a_percent_sign_is_found_where_it_stands(world: Lab) -> None:
    assert world.profile.keywords(*WEEK, search="50%").table["keyword"].to_list() == ["50% off"]
    assert world.profile.channels(*WEEK, search="%").table["row"].to_list() == ["unattributed"]


@pytest.mark.parametrize("name", DATED)
def test_every_query_answers_for_days_without_anything(world: Lab, name: str) -> None:
    """And under several filters at once."""
    days = (date(1999, 1, 1), date(1999, 1, 2))
    assert world.profile.query(name, Selection(*days), **NEEDED.get(name, {})).meta["profile"] == "Lab"
    filters = ("channel=is:Direct", "page=contains:/", "country=is_not:ES", "ad=not_contains:x", "goal=is:closed_won")
    asked = told(filters=tuple(map(Filter.parse, filters)), date_basis="touch")
    assert world.profile.query(name, asked, **NEEDED.get(name, {})).meta["profile"] == "Lab"


def test_a_century_of_months(world: Lab) -> None:
    table = world.profile.timeseries(date(1970, 1, 1), date(2100, 12, 31), by="month").table
    assert (table.height, table["visits"].sum()) == (131 * 12, 12)


@pytest.mark.parametrize("name", ["conversions", "conversions-timeseries", "cash", "quality", "funnel", "keywords"])
def test_filters_that_cannot_act_are_named(world: Lab, name: str) -> None:
    """A10: whole counts of conversions and cash know no touch; a filter on the goal acts on them."""
    filters = (Filter.parse("channel=is:Direct"), Filter.parse("goal=is:closed_won"))
    assert world.profile.query(name, told(filters=filters)).meta["ignored_filters"] == ["channel=is:Direct"]
    assert "ignored_filters" not in world.profile.query(name, SELECTION).meta
