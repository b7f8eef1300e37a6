"""The painted charts: what is read from them, chosen and said to screen readers."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from widgets.charts.coverage import CoverageBar
from widgets.charts.data import Panel, Series
from widgets.charts.donut import Donut
from widgets.charts.histogram import Histogram
from widgets.charts.meters import Meters
from widgets.charts.multiples import SmallMultiples
from widgets.charts.spark import Spark, paint_spark
from widgets.charts.whiskers import Whiskers

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from widgets.charts.chart import Chart
    from widgets.look import Look

ATTACKS = ["<img src=x>", "a\0b\x07", "\u202egnp.exe", "x" * 10_000]
DAYS = [date(2026, 10, 19) + timedelta(days=place) for place in range(4)]


def open_(qtbot: QtBot, chart: Chart, wide: int = 360, high: int = 180) -> None:
    qtbot.addWidget(chart)
    chart.resize(wide, high)
    chart.show()
    QApplication.processEvents()


def test_donut_goes_clockwise_by_size_with_gaps_and_is_chosen_from(qtbot: QtBot, look: Look) -> None:
    donut = Donut(look)
    open_(qtbot, donut, 160, 160)
    donut.show([("Email", 25, "Email"), ("Nothing", 0, None), ("Paid Social", 75, "Paid Social")], "visits")
    assert donut.angles() == [(1.0, 268.0), (271.0, 88.0)]
    right, upper_left = QPointF(80 + 62, 80), QPointF(80 - 44, 80 - 44)
    assert donut.place_at(right) == 0
    assert donut.place_at(upper_left) == 1
    assert donut.place_at(QPointF(80, 80)) is None
    assert donut.grab().toImage().pixelColor(right.toPoint()) == QColor(look.tokens.channels["Paid Social"].color)
    qtbot.mouseMove(donut, upper_left.toPoint())
    assert donut.tip is not None
    assert donut.tip.title == "Email"
    assert (donut.tip.rows[0].value, donut.tip.rows[0].note) == ("25", "25.0%")
    with qtbot.waitSignal(donut.chosen) as chosen:
        qtbot.mouseClick(donut, Qt.MouseButton.LeftButton, pos=right.toPoint())
    assert chosen.args == ["Paid Social"]
    qtbot.keyClick(donut, Qt.Key.Key_End)
    with qtbot.waitSignal(donut.chosen) as chosen:
        qtbot.keyClick(donut, Qt.Key.Key_Return)
    assert chosen.args == ["Email"]
    assert donut.accessibleDescription() == "Email. visits 25 25.0%", "keys say where they are"
    qtbot.keyClick(donut, Qt.Key.Key_Escape)
    assert donut.accessibleDescription() == "Paid Social 75 (75.0%), Email 25 (25.0%)"


def test_small_multiples_tell_the_period_and_then_the_day(qtbot: QtBot, look: Look) -> None:
    chart = SmallMultiples(look)
    open_(qtbot, chart)
    spend = Panel(Series("spend", "Spend", "money", [40, 50, None, 9], "cost"), "bars", total=99)
    clicks = Panel(Series("clicks", "Clicks", "count", [4, 5, 6, 7], "people"))
    chart.show(DAYS, "day", [spend, clicks])
    assert chart.texts() == [("Spend", "$99"), ("Clicks", "7")]
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.texts() == [("Spend", "$50"), ("Clicks", "5")]
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.texts() == [("Spend", "–"), ("Clicks", "6")]
    before = chart.grab().toImage()
    chart.point_at(None)
    assert chart.grab().toImage() != before


def test_whiskers_tell_interval_and_reference(qtbot: QtBot, look: Look) -> None:
    chart = Whiskers(look)
    open_(qtbot, chart)
    chart.show(
        [("First touch", 17225, 9900, 26000, True), ("Shapley", 9000, None, None, False)], "money", (3274, "Spend")
    )
    assert chart.spot(0).center().x() > chart.spot(1).center().x()
    qtbot.mouseMove(chart, chart.spot(0).center().toPoint())
    assert chart.tip is not None
    assert [(row.label, row.value) for row in chart.tip.rows] == [
        ("Value", "$17,225"),
        ("90% interval", "$9,900 – $26,000"),
        ("Spend", "$3,274"),
    ]
    chart.point_at(1)
    assert chart.tip is not None
    assert len(chart.tip.rows) == 2


def test_histogram_bars_follow_counts(qtbot: QtBot, look: Look) -> None:
    chart = Histogram(look)
    open_(qtbot, chart)
    chart.show([("0", 20, True), ("1", 60, False), ("2", 0, False)], (1.3, "mean 1.3"), "touches", "Payments")
    heights = [chart.bar_rect(place).height() for place in range(3)]
    assert heights[1] == pytest.approx(3 * heights[0])
    assert heights[2] == 0
    image = chart.grab().toImage()
    full = chart.bar_rect(1).center().toPoint()
    assert image.pixelColor(full.x() - 20, full.y()) == look.color("series.people")
    qtbot.mouseMove(chart, full)
    assert chart.tip is not None
    assert chart.tip.title == "1 touches"
    assert (chart.tip.rows[0].value, chart.tip.rows[0].note) == ("60", "75.0%")
    assert "mean 1.3" in chart.accessibleDescription()


def test_coverage_shares_add_up_to_the_bar(qtbot: QtBot, look: Look) -> None:
    chart = CoverageBar(look)
    open_(qtbot, chart)
    chart.show([("Within 30 d", 302, 117899), ("Only 31–90 d", 16, 6786), ("No touch", 20, 7708)], 0.8, "good from 80%")
    assert chart.texts()[0] == ("Within 30 d", "302", "$117,899", "89.1%")
    assert chart.spot(0).left() == 0
    assert chart.spot(2).right() == pytest.approx(chart.width())
    assert chart.place_at(QPointF(10, 5)) == 0
    assert chart.place_at(QPointF(10, chart.height() - 2)) in (2, None)
    chart.point_at(1)
    assert chart.tip is not None
    assert list(chart.tip.notes) == ["good from 80%"]


def test_meters_compare_with_the_average(qtbot: QtBot, look: Look) -> None:
    chart = Meters(look)
    open_(qtbot, chart)
    chart.show([("Hook rate", 30.0, 25.0, "percent", 1), ("CPC", 1.2, 1.0, "money", -1), ("New", 3, None, "count", 1)])
    assert chart.change(0) == pytest.approx(20)
    assert chart.change(2) is None
    image = chart.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(250, 360) for y in range(40)}
    assert look.color("good.text").name() in colors
    assert look.color("bad.text").name() in colors, "dearer is worse"
    chart.point_at(0)
    assert chart.tip is not None
    assert [(row.label, row.value, row.note) for row in chart.tip.rows] == [
        ("Value", "30.0%", ""),
        ("Average", "25.0%", "+20.0%"),
    ]


@pytest.mark.parametrize("kind", ["line", "bars"])
@pytest.mark.parametrize("values", [[], [None], [5], [0, 0], [1, None, 3], [-1, -2, math.pi]])
def test_spark_paints_what_there_is(look: Look, kind: str, values: list[float | None]) -> None:
    image = QImage(58, 20, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_spark(painter, QRectF(0, 0, 58, 20), values, look, "people", kind)  # pyright: ignore[reportArgumentType]
    painter.end()
    is_painted = any(image.pixel(x, y) for x in range(58) for y in range(20))
    has_marks = any(value is not None and (kind == "line" or value > 0) for value in values)
    assert is_painted == has_marks


def test_spark_says_its_trend(qtbot: QtBot, look: Look) -> None:
    spark = Spark(look)
    qtbot.addWidget(spark)
    spark.show([3, 1, 2], "money", label="Revenue", unit="money")
    assert (spark.width(), spark.height()) == (58, 20)
    assert spark.accessibleName() == "Trend of Revenue"
    assert "lowest $1 on 2" in spark.accessibleDescription()


@pytest.mark.parametrize("label", ATTACKS)
def test_labels_of_the_data_are_only_text(qtbot: QtBot, look: Look, label: str) -> None:
    donut, whiskers, histogram = Donut(look), Whiskers(look), Histogram(look)
    coverage, meters, multiples = CoverageBar(look), Meters(look), SmallMultiples(look)
    donut.show([(label, 1, None), (label, 2, label)], label)
    whiskers.show([(label, 1, 0.5, 2, True)], "money", (1, label))
    histogram.show([(label, 1, False)], (0, label), label, label)
    coverage.show([(label, 1, 1.0)], 0.5, label)
    meters.show([(label, 1, 1, "count", 1)], label)
    multiples.show(DAYS, "day", [Panel(Series("x", label, "count", [1, 2, 3, 4], "people"))])
    for chart in (donut, whiskers, histogram, coverage, meters, multiples):
        open_(qtbot, chart)
        chart.move_to(0)
        chart.grab()
        said = chart.accessibleName() + chart.accessibleDescription()
        assert not set("\0\x07\u202e") & set(said)
        assert len(said) < 2500


def test_empty_charts_are_safe(qtbot: QtBot, look: Look) -> None:
    for chart in (Donut(look), Whiskers(look), Histogram(look), CoverageBar(look), Meters(look), SmallMultiples(look)):
        open_(qtbot, chart)
        qtbot.keyClick(chart, Qt.Key.Key_Right)
        qtbot.mouseMove(chart, chart.rect().center())
        chart.grab()
        assert chart.at is None
        assert chart.accessibleDescription() == "No data in this period."
