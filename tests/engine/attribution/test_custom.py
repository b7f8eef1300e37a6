"""The user's own models (A4): one expression per touch, refused unless harmless, normalised, used like any other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine import AttribenchError, Code, ProfileSettings
from engine.attribution.custom import COLUMNS
from engine.attribution.models import MODELS, CreditSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Lab

END = datetime(2026, 6, 15, 12, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def ago(days: float) -> str:
    return (END - timedelta(days=days)).isoformat()


def paid(person: str, amount: float = 100, **fields: Any) -> dict[str, Any]:
    told = {"conversion_id": person, "person": person, "time": ago(0), "event_type": "payment_received"}
    return {**told, "value_amount": amount, "currency": "USD", **fields}


@pytest.fixture
def world(lab: Lab) -> Lab:
    """``p`` with a synthetic touch, three visits and one too old; ``q`` with two impressions; ``r`` with nothing."""
    lab.ad_spend(
        {"date": "2026-06-01", "platform": "meta", "account": "1", "campaign_id": "c1", "campaign": "Spring"}
        | {"spend": 10, "currency": "USD"}
    )
    told = {"person": "p"}
    lab.touches(
        {**told, "time": ago(60), "channel": "Email", "campaign": "old", "engagement": 90},
        {**told, "time": ago(4), "channel": "Email", "campaign": "mail", "source": "letter", "medium": "email"},
        {**told, "time": ago(3), "source": "facebook", "medium": "cpc", "campaign_id": "c1", "engagement": 10},
        {**told, "time": ago(2), "channel": "Direct", "kind": "synthetic"},
        {**told, "time": ago(0), "channel": "Direct", "engagement": 30},
        {"person": "q", "time": ago(0.9), "channel": "Display", "campaign": "banner", "kind": "view"},
        {"person": "q", "time": ago(0.1), "channel": "Display", "campaign": "banner", "kind": "view"},
    )
    lab.conversions(paid("p", 100), paid("q", 50), paid("r", 7))
    return lab.rebuild()


def credit(lab: Lab, expression: str, of: str = "p", **asked: Any) -> list[float]:
    """Credit of each touch of a conversion, oldest first, under a model with that expression."""
    lab.profile.define_model("own", expression)
    return [round(value, 6) for value in lab.profile.explain(id=of, **asked).table["own"].to_list()]


BY_HAND: list[tuple[str, list[float]]] = [
    ("1", [0, 0.25, 0.25, 0.25, 0.25]),
    ("position", [0, 0.1, 0.2, 0.3, 0.4]),
    ("case when position = touch_count then 1 else 0 end", [0, 0, 0, 0, 1]),
    ("age_days", [0, 4 / 9, 3 / 9, 2 / 9, 0]),
    ("case channel when 'Direct' then 1 when 'Email' then 2 end", [0, 0.5, 0, 0.25, 0.25]),
    ("engagement", [0, 0, 10 / 90, 50 / 90, 30 / 90]),
    ("case when is_ad then 3 else 1 end", [0, 1 / 6, 3 / 6, 1 / 6, 1 / 6]),
    ("kind = 'synthetic'", [0, 0, 0, 1, 0]),
    ("(kind = 'visit')::int", [0, 1 / 3, 1 / 3, 0, 1 / 3]),
    ("source = 'letter' or campaign = 'Spring'", [0, 0.5, 0.5, 0, 0]),
    ("coalesce(medium, '') = 'email'", [0, 1, 0, 0, 0]),
    ("case platform when 'meta' then 1 else 0 end", [0, 0, 1, 0, 0]),
    ("power(2, -age_days) * 16", [0, 1 / 23, 2 / 23, 4 / 23, 16 / 23]),
    ("POSITION /* in order */ * 1.0", [0, 0.1, 0.2, 0.3, 0.4]),
    ("-- the later the better\nposition", [0, 0.1, 0.2, 0.3, 0.4]),
    ("[3, 1][position]", [0, 0.75, 0.25, 0, 0]),
    ("length(channel)", [0, 5 / 28, 11 / 28, 6 / 28, 6 / 28]),
]


def test_a4_weights_are_normalised_over_the_eligible_touches(world: Lab) -> None:
    """A4: each column there is; the touch outside the click window never counts."""
    for expression, expected in BY_HAND:
        assert credit(world, expression) == [round(value, 6) for value in expected], expression


def test_a4_what_is_no_weight_counts_as_zero_and_all_zero_is_linear(world: Lab) -> None:
    """A4: negative, absent, infinite, not a number, and what cannot be computed on a touch's values."""
    linear = [0, 0.25, 0.25, 0.25, 0.25]
    for nothing in ("0", "-1", "null", "'inf'::double", "'nan'::double", "-'inf'::double", "false", "position - 9"):
        assert credit(world, nothing) == linear, nothing
        assert credit(world, nothing, of="q") == [0.5, 0.5], nothing
        expression = f"case position when 1 then 1 when 2 then 3 else {nothing} end"
        assert credit(world, expression) == [0, 0.25, 0.75, 0, 0], nothing
    # the age of the last touch is zero: no logarithm, no quotient; elsewhere log2(4), log2(3), log2(2)
    assert credit(world, "1 / age_days")[-1] == 0
    logs = (0, 2, 1.5849625007, 1, 0)
    assert credit(world, "log2(age_days)") == [round(value / sum(logs), 6) for value in logs]
    # what is no number on the values of a touch, though it is one where the expression was tried
    assert credit(world, "(case when position = 1 then '1' else channel end)::double") == [0, 1, 0, 0, 0]
    assert credit(world, "(case when position = 1 then '1' else channel end)::double", of="q") == [1, 0]
    assert sum(credit(world, "sqrt(position - 2)")) == pytest.approx(1, abs=1e-5)
    # far beyond what sums of doubles hold, and far below what they tell apart
    assert credit(world, "1e308") == linear
    assert credit(world, "1e-300") == linear


def test_a4_usable_wherever_a_model_is(world: Lab) -> None:
    """A4, A5, section 9: overview, boards, comparison, explanation; beside first touch, which has another window."""
    profile = world.profile
    profile.define_model("own", "position")
    profile.define_model("another", "case when is_ad then 1 else 0 end")
    current = profile.overview(*YEAR, model="own").data["current"]
    assert (current["conversions"], current["attributed_revenue"], current["unattributed_revenue"]) == (2, 150, 7)
    assert current["revenue"] == 20  # of ads: 0.2 of 100
    table = profile.channels(*YEAR, model="own").table
    assert {v: r for v, r in table.select("value", "revenue").iter_rows() if r} == {
        "Email": 10, "Paid Social": 20, "Direct": 70, "Display": 50, "Unattributed": 7,
    }  # fmt: skip
    for basis in ("conversion", "touch"):
        compared = profile.compare(*YEAR, models=["first_touch", "own", "another", "markov"], date_basis=basis)
        assert compared.meta["models"] == ["first_touch", "own", "another", "markov"]
        told = {row["value"]: row for row in compared.table.iter_rows(named=True)}
        revenue = {
            model: {value: row[f"{model}.revenue"] for value, row in told.items() if row[f"{model}.revenue"]}
            for model in ("first_touch", "own", "another")
        }
        assert revenue == {
            "first_touch": {"Email": 100, "Display": 50, "Unattributed": 7},
            "own": {"Email": 10, "Paid Social": 20, "Direct": 70, "Display": 50, "Unattributed": 7},
            "another": {"Paid Social": 100, "Display": 50, "Unattributed": 7},  # all zero: linear over q's impressions
        }
        assert told["Email"]["own.change"] == -90
    explained = profile.explain(id="p")
    assert explained.meta["models"] == [*MODELS, "another", "own"]
    assert explained.table["another"].to_list() == [0, 0, 1, 0, 0]
    assert profile.explain(id="r").table.is_empty()
    days = profile.timeseries(*YEAR, model="own").table
    assert (days["conversions"].sum(), days["attributed_revenue"].sum()) == (2, 150)
    assert profile.journey(*YEAR, id="p", model="own").table.height
    narrowed = profile.overview(*YEAR, model="own", filters=["channel=is:Direct"]).data["current"]
    assert narrowed["attributed_revenue"] == 70
    narrowed = profile.overview(*YEAR, model="own", date_basis="touch", filters=["channel=is:Direct"]).data["current"]
    assert narrowed["attributed_revenue"] == 70


def test_a4_a_range_of_days_never_cuts_a_path(world: Lab) -> None:
    """A8: by touch date the weights are normalised over the whole path, wherever the range cuts it."""
    world.profile.define_model("own", "position")
    day = (END - timedelta(days=3)).date()
    table = world.profile.channels(day, day, model="own", date_basis="touch").table
    assert {v: r for v, r in table.select("value", "revenue").iter_rows() if r} == {
        "Paid Social": 20, "outside the range": -20,
    }  # fmt: skip


def test_t3_refunds_take_back_what_the_model_gave(world: Lab) -> None:
    """T3: in the same proportions; off with the profile's setting."""
    world.conversions(
        {"conversion_id": "back", "event_type": "refund", "refund_of": "p", "time": ago(-5), "value_amount": 10}
        | {"currency": "USD"}
    )
    world.rebuild()
    world.profile.define_model("own", "position")

    def direct() -> dict[str, float]:
        table = world.profile.compare(*YEAR, models=["first_touch", "own"]).table
        return {value: revenue for value, revenue in table.select("value", "own.revenue").iter_rows() if revenue}

    assert direct() == {"Email": 9, "Paid Social": 18, "Direct": 63, "Display": 50, "Unattributed": 7}
    world.change(deduct_refunds=False)
    assert direct() == {"Email": 10, "Paid Social": 20, "Direct": 70, "Display": 50, "Unattributed": 7}


def test_a2_own_models_in_a_whatif(world: Lab) -> None:
    """A2, A4: over the path table of other windows, and the same as after a rebuild with them."""
    wide = CreditSettings(click_window_days=60)
    asked = credit(world, "position", settings=wide)
    assert asked == [round(n / 15, 6) for n in range(1, 6)]
    table = world.profile.compare(*YEAR, models=["own", "first_touch"], settings=wide).table
    world.change(click_window_days=60)
    world.rebuild()
    assert credit(world, "position") == asked
    assert world.profile.compare(*YEAR, models=["own", "first_touch"]).table.equals(table)


def test_define_list_replace_and_drop(world: Lab) -> None:
    """Kept per profile across rebuilds; a definition of the same name replaces; what is not there cannot be dropped."""
    profile = world.profile
    assert profile.custom_models() == {}
    profile.define_model("b", "1")
    profile.define_model("a_2", "position")
    assert profile.custom_models() == {"a_2": "position", "b": "1"}
    profile.define_model("b", "engagement")
    world.rebuild()
    assert profile.custom_models() == {"a_2": "position", "b": "engagement"}
    other = world.workspace.create_profile(ProfileSettings("Other"))
    assert other.custom_models() == {}
    other.define_model("b", "7")
    profile.drop_model("b")
    assert (profile.custom_models(), other.custom_models()) == ({"a_2": "position"}, {"b": "7"})
    for name in ("b", "linear"):
        with pytest.raises(AttribenchError) as refused:
            profile.drop_model(name)
        assert (refused.value.code, refused.value.facts["known"]) == (Code.MODEL_UNKNOWN, ["a_2"])
    with pytest.raises(AttribenchError) as refused:
        profile.overview(*YEAR, model="b")
    assert refused.value.code == Code.MODEL_UNKNOWN
    assert refused.value.facts["known"] == [*MODELS, "a_2"]
    actions = world.rows("select action from change_log where action like 'model%' order by all")
    assert actions == [("model defined",)] * 4 + [("model dropped",)]


REFUSED = {
    "subquery": ["(select 1)", "(select max(position) from paths)", "position in (select 1)", "exists (select 1)"],
    "window": ["row_number() over ()", "lag(position) over (order by position)", "sum(1) over ()"],
    "star": ["*", "columns(*)", "count(*)", "count(columns('p.*'))"],
    "aggregate": ["sum(position)", "max(position)", "count(1)", "any_value(1)", "avg(engagement) / touch_count"],
    "several values": ["1, 2", "unnest([1, 2])", "unnest([])", "UNNEST([position])", "(1, 2)", "[1, 2]"],
    "unknown column": ["revenue", "amount", "x.position", "person_id", "paths.position", "rowid", "weight_first", "y"],
    "file functions": [
        "read_csv('a.csv')", "read_text('/etc/passwd')", "read_parquet('x')", "glob('*')", "getenv('HOME')",
        "(from 'a.csv')", "query('select 1')", "pragma_version()", "current_setting('home_directory')",
    ],
    "side effects, other values each time": [
        "nextval('profile_ids')", "setseed(1)", "1 + setseed(0.5)", "random()", "uuid()", "epoch(now())",
        "year(today())", "error('x')",
    ],
    "several statements": ["1; select 2", "1); drop table paths; select (1", "1; --", ";"],
    "injection": [
        "1) --", "1) -- x\n", "1 --", "1 -- )", "1) /*", "1 /*", "1) or (1", "1) from paths where (true",
        "1) union select (2", "position) > 0 or (true", "1), (2", "1) as a, (2", "1)::double, (2",
    ],
    "not an expression": [
        "", "   ", "select 1", "1 as x", "1 from paths", "1 where true", "1 limit 1", "distinct position",
        "drop table paths", "create table x as select 1", "attach 'x'", "values (1)", "position position", "1 +", "(1",
    ],
    "parameters": ["$1", "$profile", "?", "#1", "$weight_first"],
    "not a number": ["channel", "'much'", "now()", "current_date", "date '2026-01-01'", "{'a': 1}", "x -> 1"],
    "no such function": ["nosuch(position)", "position(1, 2, 3)"],
}  # fmt: skip


def refusal(lab: Lab, name: str, expression: str) -> AttribenchError | None:
    """Why a model is not accepted, or None."""
    try:
        lab.profile.define_model(name, expression)
    except AttribenchError as error:
        return error
    return None


def test_a4_refused_expressions(lab: Lab) -> None:
    """A4: MODEL_EXPRESSION with a reason and the columns there are; nothing is stored and nothing was run."""
    before = lab.rows("select count(*) from duckdb_tables()")
    for reason, expressions in REFUSED.items():
        for expression in expressions:
            error = refusal(lab, "own", expression)
            assert error is not None, (reason, expression)
            assert error.code == Code.MODEL_EXPRESSION, expression
            assert error.facts["reason"], expression
            assert error.facts["known"] == COLUMNS, expression
    assert lab.profile.custom_models() == {}
    assert lab.rows("select count(*) from duckdb_tables()") == before


def test_a4_no_expression_reads_a_file(lab: Lab, tmp_path: Path) -> None:
    """A4: neither by a function nor by a name that DuckDB would take for a file."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    for expression in (f"(from '{secret}')", f"(select a from '{secret}')", f'"{secret}"', f"read_csv('{secret}')"):
        with pytest.raises(AttribenchError) as refused:
            lab.profile.define_model("own", expression)
        assert refused.value.code == Code.MODEL_EXPRESSION


def test_a4_names_that_are_taken_or_malformed_are_refused(lab: Lab) -> None:
    """A4: the names of built-in models stay theirs; others are letters, digits and underscores."""
    malformed = ("", "Own", "1st", "a b", "a-b", "a.b", 'a"b', "ä", "a\n", "_a", "a" * 41)
    for name in (*MODELS, *malformed):
        error = refusal(lab, name, "1")
        assert error is not None, name
        assert error.code == Code.MODEL_EXPRESSION, name
    assert lab.profile.custom_models() == {}


def test_a4_before_anything_was_derived_and_without_a_conversion(lab: Lab) -> None:
    """A model can be defined on an empty profile, and says nothing there."""
    lab.profile.define_model("own", "position")
    lab.rebuild()
    assert lab.profile.compare(*YEAR, models=["own", "linear"]).table["own.revenue"].to_list() == [0]
    assert lab.profile.overview(*YEAR, model="own").data["current"]["attributed_revenue"] == 0


def test_a4_quotes_braces_and_percent_signs_are_only_text(world: Lab) -> None:
    """A4: an expression is put into queries as it is, whatever it holds between quotes."""
    for text in ("it''s", "{given}", "%s %", "--", "/*", ")", "{{}}", '"'):
        assert credit(world, f"case when channel = '{text}' then 9 else 1 end") == [0, 0.25, 0.25, 0.25, 0.25], text
