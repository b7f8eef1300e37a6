"""The view of a window: what it derives, the way back, and that it can be written down and read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

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
