"""The view of a window: what it derives, the way back, and that it can be written down and read again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.selection import History, View
from engine.attribution.models import CreditSettings
from engine.queries.selection import Filter, Selection

TODAY = date(2026, 3, 31)
FIRST = date(2025, 1, 1)
VIEW = View(Selection(date(2026, 3, 2), date(2026, 3, 31)))


def test_comparisons_follow_the_days() -> None:
    """T1: the period of equal length before, or the same days of the year before."""
    assert VIEW.compared is not None
    assert (VIEW.compared.date_from, VIEW.compared.date_to) == (date(2026, 1, 31), date(2026, 3, 1))
    year = VIEW.with_comparison("year")
    assert year.compared is not None
    assert (year.compared.date_from, year.compared.date_to) == (date(2025, 3, 2), date(2025, 3, 31))
    moved = year.with_days(date(2024, 2, 29), date(2024, 2, 29))
    assert moved.compared is not None
    assert moved.compared.date_from == date(2023, 2, 28)
    assert VIEW.with_comparison("none").compared is None


def test_days_of_ones_own_do_not_outlive_the_range() -> None:
    custom = VIEW.with_comparison("custom", date(2025, 1, 1), date(2025, 1, 9))
    assert custom.with_days(date(2026, 2, 1), date(2026, 2, 9)).comparison == "previous"


def test_a_filter_takes_the_place_of_one_on_the_same_dimension() -> None:
    first = VIEW.with_filter(Filter("country", "is", ("US",))).with_filter(Filter("device", "is", ("mobile",)))
    second = first.with_filter(Filter("country", "is", ("ES",)))
    assert [str(item) for item in second.selection.filters] == ["device=is:mobile", "country=is:ES"]


def test_undo_and_redo() -> None:
    history = History(VIEW)
    heard: list[View] = []
    history.changed.connect(lambda now, _before: heard.append(now))
    history.select(model="linear")
    history.select(model="linear")
    history.select(model="markov")
    assert len(heard) == 2
    history.undo()
    history.undo()
    history.undo()
    assert history.view == VIEW
    assert not history.can_undo
    history.redo()
    assert history.view.selection.model == "linear"
    history.select(model="shapley")
    assert not history.can_redo


def test_masked_filters_name_nobody_and_are_written_down_as_they_are_meant() -> None:
    """Also in the views that can be gone back to."""
    page = Filter("entry_page", "is", ("/of/jane@mail.example",))
    history = History(VIEW)
    history.set(VIEW.with_filter(page))
    history.set(VIEW.with_filter(page).select(model="linear"))
    history.set_masked(is_masked=True)
    assert "jane" not in str(history.view)
    history.undo()
    assert "jane" not in str(history.view)
    again = View.from_text(history.view.as_text(), TODAY, FIRST)
    assert again.selection.filters == (page,)
    history.set(again)
    assert "jane" not in str(history.view)
    history.set_masked(is_masked=False)
    assert history.view.selection.filters == (page,)


filters = st.builds(
    Filter, st.sampled_from(["channel", "country"]), st.sampled_from(["is", "not_contains"]), st.tuples(st.text())
)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(filters, max_size=3),
    days,
    days,
    st.sampled_from(["previous", "year", "none"]),
    st.one_of(st.none(), st.builds(CreditSettings, st.floats(1, 365), weights=st.just((0.2, 0.3, 0.5)))),
)
def test_what_is_written_down_reads_the_same(
    chosen: list[Filter], one: date, other: date, comparison: str, whatif: CreditSettings | None
) -> None:
    view = VIEW.select(filters=tuple(chosen), settings=whatif, goals=("a", "b"))
    view = replace(
        view.with_days(min(one, other), max(one, other)), models=("linear", "markov"), rows="ad", step="week"
    )
    view = view.with_comparison(comparison)  # pyright: ignore[reportArgumentType]
    assert View.from_text(view.as_text(), TODAY, FIRST) == view


def test_a_rolling_range_moves_with_today() -> None:
    view = View.from_text(replace(VIEW, preset="7d").as_text(), TODAY, FIRST)
    assert (view.selection.date_from, view.selection.date_to) == (date(2026, 3, 25), TODAY)


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"selection": 1}'])
def test_what_is_no_view_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        View.from_text(text, TODAY, FIRST)


def test_a_comparison_before_the_first_day_is_off() -> None:
    assert VIEW.with_days(date(1970, 1, 20), date(1970, 1, 31)).compared is not None
    early = VIEW.with_days(date(1970, 1, 2), date(1970, 1, 31))
    assert (early.comparison, early.compared) == ("none", None)
    year = VIEW.with_comparison("year").with_days(date(1970, 3, 1), date(1970, 3, 2))
    assert (year.comparison, year.selection.compare_from) == ("none", None)
    oldest = VIEW.with_days(date.min, date(1, 1, 5)).with_comparison("year")
    assert (oldest.selection.date_from, oldest.selection.date_to) == (date(1970, 1, 1), date(1970, 1, 1))
    latest = VIEW.with_days(date(2026, 1, 1), date.max)
    assert latest.selection.checked().date_to == date(2100, 12, 31)


@pytest.mark.parametrize(
    "change",
    [
        {"step": "hour"},
        {"comparison": 5},
        {"comparison": "weekly"},
        {"rows": "moon"},
        {"models": []},
        {"models": [1]},
        {"preset": "3y"},
        {"zz": 1},
        {"selection": {"model": 7}},
        {"selection": {"date_from": "2026-04-30"}},
        {"selection": {"date_from": "0001-01-01"}},
        {"selection": {"filters": [{"dimension": "moon", "operator": "is", "values": ["x"]}]}},
        {"selection": {"filters": [{"dimension": "country", "operator": "like", "values": ["x"]}]}},
        {"selection": {"filters": [{"dimension": "country", "operator": "is", "values": [3]}]}},
    ],
)
def test_a_view_with_a_part_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    raw: dict[str, Any] = json.loads(replace(VIEW, preset="").as_text())
    raw["selection"] |= change.pop("selection", {})
    with pytest.raises(ValueError, match="not a view"):
        View.from_text(json.dumps(raw | change), TODAY, FIRST)


def test_a_model_that_is_gone_gives_way_to_the_default() -> None:
    view = replace(VIEW.select(model="mine"), models=("mine", "linear"))
    known = view.with_known_models(["linear", "last_touch"])
    assert (known.selection.model, known.models) == ("last_touch", ("linear",))
    assert replace(view, models=("mine",)).with_known_models(["linear"]).models == ("last_touch",)
