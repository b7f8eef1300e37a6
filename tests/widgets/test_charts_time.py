"""The chart of the dashboard: what is shown, read, brushed and hidden."""

from __future__ import annotations

import gc
import itertools
import weakref
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QWidget

from widgets.charts.axis import day_ticks, scale, tick_text
from widgets.charts.data import Anomaly, Line, LinesData, Series, TimeData
from widgets.charts.lines_chart import LinesChart
from widgets.charts.time_chart import TimeChart
from widgets.charts.tip import Tip
from widgets.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytestqt.qtbot import QtBot

    from widgets.look import Look

ATTACKS = ["<img src=x>", "a\0b\x07", "\u202egnp.exe", "x" * 10_000]


def made(
    people: Sequence[float | None], cash: Sequence[float | None], label: str = "Visitors", **more: object
) -> TimeData:
    days = [date(2026, 10, 19) + timedelta(days=place) for place in range(len(people))]
    return TimeData(
        days,
        "day",
        Series("visitors", label, "count", people, "people"),
        Series("revenue", "Revenue from ads", "money", cash, "money"),
        **more,  # pyright: ignore[reportArgumentType]
    )


def shown(qtbot: QtBot, look: Look, data: TimeData, wide: int = 700) -> TimeChart:
    chart = TimeChart(look)
    qtbot.addWidget(chart)
    chart.resize(wide, 220)
    chart.show(data)
    chart.show()
    QApplication.processEvents()
    return chart


def at(chart: TimeChart, index: int) -> QPoint:
    return chart.spot(index).center().toPoint()


def color_share(chart: QWidget, color: str) -> int:
    image = chart.grab().toImage()
    return sum(
        image.pixelColor(x, y).name().upper() == color.upper()
        for x in range(image.width())
        for y in range(image.height())
    )


def test_tooltip_lists_everything_of_the_slot_under_the_mouse(qtbot: QtBot, look: Look) -> None:
    data = made(
        [800, 930, 400],
        [4000, 4436, 100],
        previous=Series("previous", "Previous visitors", "count", [700, 744, 300], "people"),
        previous_days=[date(2026, 9, 19), date(2026, 9, 20), date(2026, 9, 21)],
        extra=[Series("roas", "ROAS", "ratio", [4, 4.86, None], "cost")],
        anomalies={1: [Anomaly("Far above the usual", "line")]},
        gaps=[(1, 2, "Google Ads is missing")],
        is_partial=True,
    )
    chart = shown(qtbot, look, data)
    qtbot.mouseMove(chart, at(chart, 1))
    tip = chart.tip
    assert tip is not None
    assert tip.title == "Tue, Oct 20, 2026"
    assert [(row.label, row.value, row.note) for row in tip.rows] == [
        ("Visitors", "930", ""),
        ("Previous visitors, Sep 20", "744", "+25.0%"),
        ("Revenue from ads", "$4,436", ""),
        ("ROAS", "4.86×", ""),
    ]
    assert list(tip.notes) == ["Far above the usual", "Google Ads is missing"]
    chart.point_at(2)
    assert chart.tip is not None
    assert chart.tip.title == "Wed, Oct 21, 2026, partial"
    assert chart.tip.rows[1].note == "", "a part of a day is not compared with a whole one"
    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert chart.tip is None


def test_what_is_odd_is_marked_on_its_own_series(qtbot: QtBot, look: Look) -> None:
    marks = [Anomaly("Visitors", "line"), Anomaly("Cash", "bars"), Anomaly("Spend")]
    chart = shown(qtbot, look, made([800, 930, 400], [4000, 100, 3000], anomalies={1: marks}))
    on_line, on_bars, on_axis = (chart.mark_at(index, mark).y() for index, mark in chart.marks())
    bar = chart.bar_rect(1).translated(-chart.plot.area().topLeft())
    assert on_bars == pytest.approx(bar.top(), abs=1)
    assert on_axis == pytest.approx(chart.plot.size_of_views()[1])
    assert on_line < on_bars < on_axis
    chart.set_shown("line", shown=False)
    assert chart.mark_at(1, marks[0]).y() == pytest.approx(on_axis), "its series is hidden"
    chart.point_at(1)
    assert chart.tip is not None
    assert list(chart.tip.notes) == ["Visitors", "Cash", "Spend"]


def test_what_is_never_negative_has_no_figures_under_zero(qtbot: QtBot, look: Look) -> None:
    chart = shown(qtbot, look, made([800, 930, 400], [-1500, 100, 3000]))
    ticks = {side: chart.plot._item.getAxis(side)._tickLevels[0] for side in ("left", "right")}  # pyright: ignore[reportPrivateUsage]
    assert [text for value, text in ticks["left"] if value < 0] == [""]
    assert [text for value, text in ticks["right"] if value < 0] == ["−$1.5k"]


def test_keys_read_slots_and_tooltip_flips_at_the_edge(qtbot: QtBot, look: Look) -> None:
    chart = shown(qtbot, look, made([1, 2, 3, 4], [1, 2, 3, 4]))
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.at == 0
    assert chart.tip_rect.left() > chart.spot(0).right()
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.at == 1
    assert "Oct 20" in chart.accessibleDescription()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.at == 3
    assert chart.tip_rect.right() < chart.spot(3).left()
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.at == 3
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.at is None


def test_brush_chooses_days_by_mouse_and_by_keys(qtbot: QtBot, look: Look) -> None:
    chart = shown(qtbot, look, made([5] * 10, [5] * 10))
    with qtbot.waitSignal(chart.range_chosen) as chosen:
        qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=at(chart, 6))
        qtbot.mouseMove(chart, at(chart, 2))
        assert chart.chosen == (2, 6)
        qtbot.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=at(chart, 2))
    assert chosen.args == [date(2026, 10, 21), date(2026, 10, 25)]
    assert chart.chosen is None
    with qtbot.assertNotEmitted(chart.range_chosen):
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at(chart, 4))
    with qtbot.waitSignal(chart.zoom_out):
        qtbot.mouseDClick(chart, Qt.MouseButton.LeftButton, pos=at(chart, 4))
    chart.point_at(8)
    qtbot.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(chart.range_chosen) as chosen:
        qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert chosen.args == [date(2026, 10, 27), date(2026, 10, 28)]


def test_brush_counts_the_whole_of_the_last_month(qtbot: QtBot, look: Look) -> None:
    data = made([1, 2], [1, 2])
    months = TimeData([date(2026, 1, 1), date(2026, 2, 1)], "month", data.line, data.bars)
    chart = shown(qtbot, look, months)
    chart.point_at(0)
    qtbot.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(chart.range_chosen) as chosen:
        qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert chosen.args == [date(2026, 1, 1), date(2026, 2, 28)]


def test_parts_can_be_hidden(qtbot: QtBot, look: Look) -> None:
    chart = shown(qtbot, look, made([5, 9, 7], [5, 9, 7]))
    people, money = look.color("series.people").name(), look.color("series.money").name()
    assert color_share(chart, people) > 20
    assert color_share(chart, money) > 200
    chart.set_shown("bars", shown=False)
    assert color_share(chart, money) == 0
    chart.point_at(1)
    assert chart.tip is not None
    assert [row.label for row in chart.tip.rows] == ["Visitors"]
    chart.point_at(None)
    chart.set_shown("line", shown=False)
    assert color_share(chart, people) == 0


def test_partial_bar_is_hatched_and_a_missing_value_is_a_gap(qtbot: QtBot, look: Look) -> None:
    whole = shown(qtbot, look, made([5, 5, 5], [9, 9, 9]))
    part = shown(qtbot, look, made([5, 5, 5], [9, 9, 9], is_partial=True))
    bar = part.bar_rect(2).toRect().adjusted(2, 40, -2, -2)
    soft = look.color("series.money_soft").name()

    def softs(chart: TimeChart) -> int:
        image = chart.grab(bar).toImage()
        return sum(image.pixelColor(x, y).name() == soft for x in range(image.width()) for y in range(image.height()))

    assert softs(part) > bar.width() * bar.height() / 8
    assert softs(whole) == 0
    kept = shown(qtbot, look, made([5, 5, 5, 5, 5], [0] * 5))
    broken = shown(qtbot, look, made([5, 5, None, 5, 5], [0] * 5))
    people = look.color("series.people").name()
    assert color_share(broken, people) < 0.7 * color_share(kept, people)


def test_theme_changes_while_it_is_shown(qtbot: QtBot, look: Look) -> None:
    chart = shown(qtbot, look, made([5, 9, 7], [5, 9, 7]))
    look.set_theme("dark")
    QApplication.processEvents()
    assert chart.grab().toImage().pixelColor(2, 2) == look.color("bg.canvas")
    assert color_share(chart, look.color("series.money").name()) > 200


@pytest.mark.parametrize("slots", [0, 1, 2, 1000])
def test_any_number_of_slots(qtbot: QtBot, look: Look, slots: int) -> None:
    chart = shown(qtbot, look, made([float(place % 7) for place in range(slots)], [9.0] * slots))
    chart.resize(500, 180)
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.at == (slots - 1 if slots else None)
    bars = [chart.bar_rect(place) for place in range(slots)]
    assert all(bar.width() >= 1 and bar.height() > 20 for bar in bars)
    assert all(bar.left() >= 0 and bar.right() <= 500 for bar in bars)
    chart.grab()
    assert chart.accessibleDescription()
    chart.clear()
    assert chart.count() == 0
    assert chart.accessibleDescription() == "No data in this period."


def test_empty_and_senseless_values_are_safe(qtbot: QtBot, look: Look) -> None:
    for values in ([None, None], [float("nan"), float("inf")], [0, 0], [-5, 3]):
        chart = shown(qtbot, look, made(values, values, is_partial=True))
        chart.point_at(0)
        chart.grab()
    assert chart.bar_rect(0).top() == chart.bar_rect(1).bottom(), "bars share their zero"


@pytest.mark.parametrize("label", ATTACKS)
def test_labels_are_only_text(qtbot: QtBot, look: Look, label: str) -> None:
    chart = shown(qtbot, look, made([1, 2], [1, 2], label=label, anomalies={0: [Anomaly(label)]}))
    chart.point_at(0)
    chart.window().grab()
    assert chart.tip is not None
    for text in (chart.accessibleName(), chart.accessibleDescription(), chart.tip.plain()):
        assert len(text) < 1000
        assert not set("\0\x07\u202e") & set(text)
    assert chart.tip_rect.width() <= 360


def test_nothing_is_left_of_a_deleted_chart(qtbot: QtBot, look: Look) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    chart = TimeChart(look, window)
    chart.show(made([1, 2], [1, 2]))
    window.show()
    chart.point_at(1)
    assert len(window.findChildren(Tip)) == 1
    gone = weakref.ref(chart)
    chart.setParent(None)
    chart.deleteLater()
    del chart
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert gone() is None
    assert window.findChildren(Tip) == []
    look.set_theme("dark")


def test_spanish_axes_and_tooltip(qtbot: QtBot, look: Look) -> None:
    look.numbers = Numbers("es_ES", look.words)
    chart = shown(qtbot, look, made([4120, 930], [4436, 68662]))
    chart.point_at(1)
    assert chart.tip is not None
    assert [row.value for row in chart.tip.rows] == ["930", "68.662\u00a0$"]
    assert chart.tip.title.endswith("20 oct 2026")


@pytest.mark.parametrize(
    ("top", "unit", "texts"),
    [
        (930, "count", ["0", "250", "500", "750", "1,000"]),
        (7900, "money", ["$0", "$2k", "$4k", "$6k", "$8k"]),
        (3, "count", ["0", "1", "2", "3", "4"]),
        (1.2, "percent", ["0.0%", "0.3%", "0.6%", "0.9%", "1.2%"]),
        (0, "count", ["0", "1", "2", "3", "4"]),
        (2_900, "money", ["$0", "$800", "$1.6k", "$2.4k", "$3.2k"]),
    ],
)
def test_ticks_are_round_and_start_at_zero(look: Look, top: float, unit: str, texts: list[str]) -> None:
    found = scale([top, None], unit)  # pyright: ignore[reportArgumentType]
    assert [tick_text(look, tick, found.step, unit) for tick in found.ticks] == texts  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("count", "step"), [(30, "day"), (400, "day"), (1000, "day"), (60, "week"), (40, "month")])
def test_day_labels_never_touch(look: Look, count: int, step: str) -> None:
    size = {"day": 1, "week": 7, "month": 31}[step]
    days = [date(2024, 1, 1) + timedelta(days=size * place) for place in range(count)]
    slot = 600 / count
    ticks = day_ticks(look, days, step, slot, lambda text: 6.5 * len(text), "today, partial")  # pyright: ignore[reportArgumentType]
    assert len(ticks) >= 3
    assert ticks[-1] == (count - 1, "today, partial")
    for (place, text), (after, other) in itertools.pairwise(ticks):
        reach = 6.5 * len(other) / 2 if after < count - 1 else 6.5 * len(other) - 20
        assert after * slot - reach > place * slot + 6.5 * len(text) / 2


def test_five_lines_share_a_plot_and_six_are_small_charts(qtbot: QtBot, look: Look) -> None:
    days = [date(2026, 10, 19) + timedelta(days=place) for place in range(3)]
    channels = ["Paid Social", "Email", None, "Direct", "Referral", None]

    def lines(count: int) -> LinesData:
        return LinesData(
            days,
            "day",
            [
                Line(str(place), f"Line {place}", "count", [place, None, 9 - place], channels[place])
                for place in range(count)
            ],
        )

    chart = LinesChart(look)
    qtbot.addWidget(chart)
    chart.resize(600, 240)
    chart.show(lines(5))
    chart.show()
    qtbot.mouseMove(chart, chart.spot(2).center().toPoint())
    assert chart.tip is not None
    assert [row.label for row in chart.tip.rows] == [f"Line {place}" for place in range(5)]
    assert chart.tip.rows[0].value == "9"
    assert color_share(chart, look.tokens.channels["Paid Social"].color) > 8
    chart.show(lines(6))
    assert chart.multiples is not None
    chart.multiples.point_at(0)
    assert chart.multiples.texts()[5] == ("Line 5", "5")
    assert chart.place_at(QPointF(300, 100)) is None
    chart.clear()
    chart.grab()
