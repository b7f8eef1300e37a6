"""What-ifs (A2, A4): other windows, half-lives, weights, orders, games and states without a rebuild."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine import AttribenchError, Cancelled, Code, Profile, ProfileSettings, Task
from engine.attribution.models import MODELS, CreditSettings
from engine.derive import fitted
from engine.store import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import polars as pl

    from tests.conftest import Lab

Row = dict[str, Any]

END = datetime(2026, 6, 15, 12, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
ALL = list(MODELS)
RULES = [name for name, model in MODELS.items() if not model.is_fitted]
TABLES = "select table_name from duckdb_tables() where database_name = 'whatif' order by 1"


def records(seed: int, people: int = 25) -> dict[str, list[Row]]:
    """People with touches of several channels, sources and campaigns over four months; no campaign data: no synthetic
    touches, which stay those of the last rebuild (A3)."""
    random = Random(seed)
    touches: list[Row] = []
    conversions: list[Row] = []
    for number in range(people):
        for _ in range(random.choice((0, 1, 2, 3, 6))):
            days = random.choice((0, 1, 2, 7, 10, 30, 60, random.uniform(0, 120)))
            touches.append(
                {
                    "person": f"p{number}",
                    "time": (END - timedelta(days=days)).isoformat(),
                    "channel": random.choice(("Email", "Direct", "Display", "Referral")),
                    "source": random.choice(("x", "y", "z")),
                    "campaign": random.choice(("a", "b", None)),
                    "kind": random.choice(("visit", "visit", "view")),
                    "engagement": random.choice((0, 40, 100)),
                }
            )
        for index in range(random.choice((0, 1, 2))):
            key = f"p{number} {index}"
            told = {"person": f"p{number}", "value_amount": random.randint(1, 999), "currency": "USD"}
            time = (END - timedelta(days=random.choice((0, 3, random.uniform(0, 40))))).isoformat()
            conversions.append({**told, "conversion_id": key, "time": time, "event_type": "payment_received"})
            if random.random() < 0.3:
                back = {"event_type": "refund", "refund_of": key, "time": END.isoformat()}
                conversions.append({**told, "conversion_id": f"{key} back", **back})
    asked = {"conversion_id": "asked", "person": "asked", "time": END.isoformat(), "event_type": "payment_received"}
    conversions.append({**asked, "value_amount": 100, "currency": "USD"})
    for days in (0, 1, 7, 20, 50, 100):
        time = (END - timedelta(days=days)).isoformat()
        touches.append({"person": "asked", "time": time, "channel": "Email", "source": "x", "engagement": 10 + days})
    return {"touches": touches, "conversions": conversions}


def fill(lab: Lab, profile: Profile, seed: int = 1) -> Profile:
    lab.profile = profile
    for kind, rows in records(seed).items():
        assert lab.load(kind, rows).rejected == 0
    profile.rebuild()
    return profile


def figures(profile: Profile, asked: CreditSettings | None, by: str = "channel") -> dict[str, pl.DataFrame]:
    """What a profile says under settings: of all models, side by side and on one conversion."""
    told: Any = {} if asked is None else {"settings": asked}
    return {
        "compare": profile.compare(*YEAR, models=ALL, by=by, **told).table.sort("value"),
        "touch": profile.compare(*YEAR, models=ALL, by=by, date_basis="touch", **told).table.sort("value"),
        "channels": profile.channels(*YEAR, model="time_decay", **told).table.sort("value"),
        "overview": profile.overview(*YEAR, model="first_touch", **told).table,
        "explain": profile.explain(id="asked", **told).table,
    }


def same(left: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> None:
    """Equal tables; figures up to what the sums of floats differ by."""
    for name, table in left.items():
        assert_frame_equal(table, right[name], rel_tol=1e-9, abs_tol=2e-5)


def whatif_tables(lab: Lab) -> list[str]:
    return [name for (name,) in lab.rows(TABLES)]


@contextmanager
def rebuilt_with(profile: Profile, asked: CreditSettings, patch: pytest.MonkeyPatch) -> Generator[None]:
    """The profile derived under other settings: those of its own, and those a rebuild always has at their default."""
    first, middle, last = asked.weights
    with patch.context() as patched:
        patched.setattr(
            fitted, "CreditSettings", lambda: CreditSettings(order=asked.order, game=asked.game, fit_on=asked.fit_on)
        )
        profile.change(
            replace(
                profile.settings,
                click_window_days=asked.click_window_days,
                view_window_hours=asked.view_window_hours,
                first_touch_window_days=asked.first_touch_window_days,
                half_life_days=asked.half_life_days,
                weight_first=first,
                weight_middle=middle,
                weight_last=last,
            )
        )
        profile.rebuild()
        yield


SETTINGS = st.builds(
    CreditSettings,
    click_window_days=st.sampled_from([1, 7, 10, 30, 60, 365]),
    view_window_hours=st.sampled_from([1, 24, 48, 168]),
    first_touch_window_days=st.sampled_from([1, 30, 60, 90, 365]),
    half_life_days=st.sampled_from([0.5, 1, 7, 30]),
    weights=st.sampled_from([(0.4, 0.2, 0.4), (0, 0, 1), (0, 1, 0), (0, 0, 0), (3, 2, 1)]),
    order=st.integers(1, 4),
    game=st.sampled_from(["rate", "subset"]),
    fit_on=st.sampled_from(["channel", "source", "campaign"]),
)


def test_a_whatif_equals_a_rebuild_with_those_settings(make_lab: Callable[..., Lab]) -> None:
    """A2, A4: windows, half-life, weights, order, game and states, under each model and query."""
    lab = make_lab()
    asked_of = fill(lab, lab.profile)
    rebuilt = fill(lab, lab.workspace.create_profile(ProfileSettings("Rebuilt", domains=("shop.example",))))
    before = figures(asked_of, None)
    differing: list[bool] = []

    @settings(
        phases=(Phase.explicit, Phase.generate),
        max_examples=5,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(SETTINGS)
    def holds(asked: CreditSettings) -> None:
        with pytest.MonkeyPatch.context() as patch, rebuilt_with(rebuilt, asked, patch):
            by = asked.fit_on
            expected = figures(rebuilt, None, by)
            # a rebuild's fitted shares by something else than channels are shown where the query is told of it
            for name in ("compare", "touch"):
                shares = [column for column in expected[name].columns if column.endswith(".share")]
                expected[name] = expected[name].drop(shares)
            found = figures(asked_of, asked, by)
            for name in ("compare", "touch"):
                shown = [column for column in found[name].columns if column.endswith(".share")]
                assert shown == ["markov.share", "shapley.share"]
                rows = lab.rows(
                    f"""select model || '.share', state, share from fitted_shares
                        where profile_id = {rebuilt.profile_id}"""
                )
                for column, state, share in rows:
                    told = found[name].filter(found[name]["value"] == state)[column].to_list()
                    assert told in ([], [pytest.approx(share)]), (column, state)
                found[name] = found[name].drop(shown)
            same(found, expected)
            differing.append(not found["explain"].equals(before["explain"]))

    holds()
    assert sum(differing) > 2
    same(figures(asked_of, None), before)  # the rebuild's own tables are as they were


def test_each_setting_alone_changes_what_it_should(lab: Lab) -> None:
    """A2, A4: one setting at a time, by hand: touches 50, 20, 7, 1 and 0 days before, impressions 30 hours
    and a microsecond more before."""
    for days in (50, 20, 7, 1, 0):
        lab.touches({"person": "p", "time": (END - timedelta(days=days)).isoformat(), "channel": "Email"})
    for person, more in (("q", 0), ("r", 1)):
        time = END - timedelta(hours=30, microseconds=more)
        lab.touches({"person": person, "time": time.isoformat(), "channel": "Display", "kind": "view"})
    for person in "pqr":
        lab.conversions(
            {"conversion_id": person, "person": person, "time": END.isoformat(), "event_type": "payment_received"}
        )
    lab.rebuild()

    def credit(model: str, of: str = "p", **asked: Any) -> list[float]:
        told = lab.profile.explain(id=of, settings=CreditSettings(**asked)).table
        return [round(value, 6) for value in told[model].to_list()]

    assert credit("linear") == [0, 0.25, 0.25, 0.25, 0.25]
    assert credit("linear", click_window_days=20) == [0, 0.25, 0.25, 0.25, 0.25]
    assert credit("linear", click_window_days=7) == [0, 0, 0.333333, 0.333333, 0.333333]
    assert credit("linear", click_window_days=365) == [0.2] * 5
    assert credit("first_touch") == [1, 0, 0, 0, 0]
    assert credit("first_touch", click_window_days=1) == [1, 0, 0, 0, 0]
    assert credit("first_touch", first_touch_window_days=49) == [0, 1, 0, 0, 0]
    assert credit("linear", first_touch_window_days=1) == [0, 0.25, 0.25, 0.25, 0.25]
    assert credit("time_decay", half_life_days=1, click_window_days=1) == [0, 0, 0, 0.333333, 0.666667]
    assert credit("custom_weighted", weights=(1, 0, 3)) == [0, 0.25, 0, 0, 0.75]
    assert credit("custom_weighted", weights=(0, 5, 0)) == [0, 0, 0.5, 0.5, 0]
    assert credit("custom_weighted", weights=(0, 0, 0)) == [0, 0.25, 0.25, 0.25, 0.25]
    assert credit("last_touch", of="q") == [0]
    assert credit("last_touch", of="q", view_window_hours=30) == [1]
    assert credit("last_touch", of="q", view_window_hours=29.9) == [0]
    assert credit("last_touch", of="r", view_window_hours=30) == [0]
    assert credit("last_touch", of="r", view_window_hours=30.1) == [1]
    meta = lab.profile.overview(*YEAR, settings=CreditSettings(half_life_days=3, weights=(2, 1, 1))).meta
    assert meta["windows"]["half_life_days"] == 3
    assert meta["windows"]["weights"] == [0.5, 0.25, 0.25]


def test_weights_and_what_nobody_asked_for_need_no_path_table(lab: Lab) -> None:
    """A4: weights are parameters of a query; order, game and states matter only where a fitted model is asked for."""
    profile = fill(lab, lab.profile)
    for weights in ((1, 0, 0), (0, 0, 0), (1, 2, 3)):
        profile.compare(*YEAR, models=ALL, settings=CreditSettings(weights=weights))
    profile.compare(*YEAR, models=RULES, settings=CreditSettings(order=3, game="subset", fit_on="source"))
    profile.overview(*YEAR, settings=CreditSettings())
    assert whatif_tables(lab) == []
    # the same path table serves every weight, and every query
    for weights in ((1, 0, 0), (0, 0, 1)):
        profile.overview(*YEAR, model="custom_weighted", settings=CreditSettings(7, weights=weights))
        profile.channels(*YEAR, model="linear", settings=CreditSettings(7, order=2))
    assert len(whatif_tables(lab)) == 3
    profile.compare(*YEAR, models=["markov"], settings=CreditSettings(7, order=2))
    assert len(whatif_tables(lab)) == 6


def test_a_few_whatifs_are_kept_and_a_rebuild_forgets_them(lab: Lab) -> None:
    """The last four path tables stay; after a rebuild none does, and the next what-if knows the new records."""
    profile = fill(lab, lab.profile)

    def collected(days: int) -> list[tuple[Any, ...]]:
        table = profile.compare(*YEAR, models=["linear"], settings=CreditSettings(click_window_days=days)).table
        return table.sort("value").rows()

    found = {days: collected(days) for days in (1, 2, 3, 4, 5, 6)}
    assert len(whatif_tables(lab)) == 4 * 3
    kept = whatif_tables(lab)
    assert {days: collected(days) for days in (6, 5, 4, 3)} == {days: found[days] for days in (6, 5, 4, 3)}
    assert whatif_tables(lab) == kept
    assert collected(1) == found[1]
    told = {"person": "new", "time": END.isoformat()}
    lab.touches({**told, "channel": "Affiliate"})
    lab.conversions(
        {**told, "conversion_id": "new", "event_type": "payment_received", "value_amount": 7, "currency": "USD"}
    )
    assert collected(1) == found[1]
    profile.rebuild()
    assert whatif_tables(lab) == []
    assert collected(1)[0][0] == "Affiliate"


def test_whatifs_of_two_profiles_are_apart(lab: Lab) -> None:
    """The same settings, other records."""
    one = fill(lab, lab.profile, seed=1)
    other = fill(lab, lab.workspace.create_profile(ProfileSettings("Other")), seed=2)
    asked = CreditSettings(click_window_days=9)
    found = [figures(profile, asked) for profile in (one, other)]
    assert len(whatif_tables(lab)) == 4 * 3  # with the fitted models, and without
    assert not found[0]["compare"].equals(found[1]["compare"])
    one.rebuild()
    same(figures(one, asked), found[0])
    same(figures(other, asked), found[1])


def test_changed_settings_count_before_the_next_rebuild(lab: Lab) -> None:
    """A2: queries answer under the settings they name, also while the path table is that of earlier ones."""
    profile = fill(lab, lab.profile)
    before = figures(profile, None)
    lab.change(click_window_days=9, view_window_hours=100, half_life_days=2, weight_first=0)
    changed = figures(profile, None)
    assert profile.overview(*YEAR).meta["windows"]["click_window_days"] == 9
    assert not changed["compare"].equals(before["compare"])
    earlier = CreditSettings()
    same(figures(profile, earlier), before)
    profile.rebuild()
    same(figures(profile, None), changed)
    same(figures(profile, earlier), before)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("click_window_days", 0),
        ("click_window_days", 366),
        ("click_window_days", float("nan")),
        ("view_window_hours", 0.5),
        ("view_window_hours", 169),
        ("first_touch_window_days", 0),
        ("first_touch_window_days", float("inf")),
        ("half_life_days", 0),
        ("half_life_days", -1),
        ("order", 0),
        ("order", 5),
        ("game", "chess"),
        ("fit_on", "page"),
        ("weights", (1, 2)),
        ("weights", (-1, 1, 1)),
        ("weights", (float("nan"), 1, 1)),
        ("weights", (float("inf"), 1, 1)),
    ],
)
def test_a2_a4_settings_that_cannot_be_are_refused(field: str, value: Any) -> None:
    """A2, A4: with the setting and what is expected."""
    with pytest.raises(AttribenchError) as refused:
        CreditSettings(**{field: value}).checked()
    assert refused.value.code == Code.SETTING_INVALID
    assert refused.value.facts["field"] == field
    assert refused.value.facts["expected"]


def test_a_cancelled_whatif_leaves_nothing_behind(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled before any of its statements: no table stays, the same what-if works afterwards, queries go on."""
    profile = fill(lab, lab.profile)
    asked = CreditSettings(click_window_days=9)
    expected = figures(profile, None)
    task = Task()
    ran: list[str] = []
    stop_at = 0
    plain = Cursor.run

    def run(cursor: Cursor, sql: str, *rest: Any) -> None:
        if cursor.task is task:
            ran.append(sql)
            if len(ran) == stop_at:
                task.cancel()
        plain(cursor, sql, *rest)

    monkeypatch.setattr(Cursor, "run", run)
    profile.compare(*YEAR, models=["markov"], settings=asked, task=task)
    statements = len(ran)
    assert sum("whatif.paths" in sql for sql in ran) == 1
    lab.rebuild()
    while stop_at < statements:
        stop_at += 1
        task, ran = Task(), []
        with pytest.raises(Cancelled):
            profile.compare(*YEAR, models=["markov"], settings=asked, task=task)
        assert whatif_tables(lab) == [], ran[-1]
    same(figures(profile, None), expected)
    task, stop_at = Task(), 0
    profile.compare(*YEAR, models=["markov"], settings=asked, task=task)
    assert len(whatif_tables(lab)) == 3


def test_several_threads_ask_at_once(lab: Lab) -> None:
    """The same what-if is built once; others wait for their turn; each gets what it would get alone."""
    profile = fill(lab, lab.profile)
    days = [5, 5, 6, 7]
    alone = {
        each: profile.compare(*YEAR, models=ALL, settings=CreditSettings(click_window_days=each)).table.sort("value")
        for each in set(days)
    }
    profile.rebuild()
    start = Barrier(len(days))
    found: dict[int, pl.DataFrame] = {}
    failed: list[BaseException] = []

    def ask(number: int) -> None:
        try:
            start.wait()
            asked = CreditSettings(click_window_days=days[number])
            found[number] = profile.compare(*YEAR, models=ALL, settings=asked).table.sort("value")
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [Thread(target=ask, args=(number,)) for number in range(len(days))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for number, each in enumerate(days):
        same({"compare": found[number]}, {"compare": alone[each]})
    assert len(whatif_tables(lab)) == 3 * len(set(days))


def test_a3_synthetic_touches_stay_those_of_the_rebuild(lab: Lab) -> None:
    """A3: made where nothing was eligible at the rebuild; a wider window adds the old visit beside it."""
    visit = {"person": "p", "time": (END - timedelta(days=50)).isoformat(), "channel": "Email", "campaign": "old"}
    lab.touches(visit)
    ad = {"campaign_id": "c1", "source": "facebook"}
    lab.conversions(
        {"conversion_id": "lead", "person": "p", "time": END.isoformat(), "event_type": "lead_created", **ad}
    )
    lab.rebuild()
    wide = CreditSettings(click_window_days=60)
    assert lab.profile.explain(id="lead").table.select("kind", "linear").rows() == [("visit", 0), ("synthetic", 1)]
    told = lab.profile.explain(id="lead", settings=wide).table.select("kind", "linear").rows()
    assert told == [("visit", 0.5), ("synthetic", 0.5)]


def test_a_rebuild_meanwhile_disturbs_no_query(lab: Lab) -> None:
    """A query reads one state of the workspace, its what-if of the same one, until it ends."""
    fill(lab, lab.profile)

    def compare(days: int) -> pl.DataFrame:
        return lab.profile.compare(*YEAR, settings=CreditSettings(click_window_days=days)).table

    wanted = {days: compare(days) for days in (5, 6)}
    failures: list[BaseException] = []
    ended = Event()

    def ask(days: int) -> None:
        try:
            while not ended.is_set():
                assert_frame_equal(compare(days), wanted[days])
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    threads = [Thread(target=ask, args=(days,)) for days in wanted]
    for thread in threads:
        thread.start()
    for _ in range(3):
        lab.profile.rebuild()
    ended.set()
    for thread in threads:
        thread.join()
    assert failures == []
