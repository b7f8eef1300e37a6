"""Charts as files: the SVG shows what the PNG shows, and the data's texts stay texts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from widgets.charts.data import Line, LinesData, Series, TimeData
from widgets.charts.donut import Donut
from widgets.charts.lines_chart import LinesChart
from widgets.charts.saving import save_png, save_svg
from widgets.charts.time_chart import TimeChart
from widgets.charts.whiskers import Whiskers

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from widgets.charts.chart import Chart
    from widgets.look import Look

DAYS = [date(2026, 10, 19) + timedelta(days=place) for place in range(8)]


def time_chart(look: Look) -> TimeChart:
    chart = TimeChart(look)
    line = Series("v", "Visitors", "count", [5, 7, None, 8, 6, 9, 7, 3], "people")
    bars = Series("r", "Revenue", "money", [500, 90, 800, 300, 0, 950, 400, 100], "money")
    chart.show(TimeData(DAYS, "day", line, bars, is_partial=True, gaps=[(2, 3, "missing")]))
    return chart


def lines_chart(look: Look) -> LinesChart:
    chart = LinesChart(look)
    chart.show(LinesData(DAYS, "day", [Line("e", "E & <b>", "count", [1, 2, 3, 4, 5, 6, 7, 8], "Email")]))
    return chart


def donut(look: Look) -> Donut:
    chart = Donut(look)
    chart.show([("Email", 2, "Email"), ("Direct", 1, "Direct")], "visits")
    return chart


def whiskers(look: Look) -> Whiskers:
    chart = Whiskers(look)
    chart.show([("First touch", 5, 2, 9, True)], "money", (3, "Spend"))
    return chart


def rendered(path: Path, like: QImage) -> QImage:
    """An SVG as a picture of another one's size."""
    svg = QImage(like.size(), QImage.Format.Format_ARGB32)
    svg.fill(0)
    painter = QPainter(svg)
    QSvgRenderer(str(path)).render(painter, QRectF(svg.rect()))
    painter.end()
    return svg


def masses(image: QImage, color: QColor) -> list[int]:
    """Pixels near a colour, by columns of 24."""
    found = [0] * (image.width() // 24 + 1)
    for x in range(image.width()):
        for y in range(image.height()):
            pixel = image.pixelColor(x, y)
            away = (
                abs(pixel.red() - color.red()) + abs(pixel.green() - color.green()) + abs(pixel.blue() - color.blue())
            )
            found[x // 24] += away < 24
    return found


@pytest.mark.parametrize(
    ("make", "colors"),
    [
        (time_chart, ["series.money", "series.people", "warn.soft"]),
        (lines_chart, ["Email"]),
        (donut, ["Email", "Direct"]),
        (whiskers, ["series.money"]),
    ],
)
@pytest.mark.parametrize("title", ["", "A <b> & \0\u202e title"])
def test_svg_shows_what_the_png_shows(
    qtbot: QtBot, look: Look, tmp_path: Path, make: object, colors: list[str], title: str
) -> None:
    chart: Chart = make(look)  # pyright: ignore[reportCallIssue, reportUnknownVariableType]
    qtbot.addWidget(chart)
    chart.resize(400, 180)
    chart.setVisible(True)
    QApplication.processEvents()
    chart.point_at(0)
    save_png(chart, tmp_path / "chart.png", 1.0, title=title, subtitle="Oct 19 – 26")
    save_svg(chart, tmp_path / "chart.svg", title=title, subtitle="Oct 19 – 26")
    assert chart.at == 0, "what was pointed at still is"
    png = QImage(str(tmp_path / "chart.png"))
    svg = rendered(tmp_path / "chart.svg", png)
    assert svg.pixelColor(1, 1) == png.pixelColor(1, 1) == look.color("bg.canvas")
    for name in colors:
        mark = look.channel(name)
        color = QColor(mark.color) if mark else look.color(name)
        drawn, again = masses(png, color), masses(svg, color)
        assert sum(drawn) > 20
        for before, after in zip(drawn, again, strict=True):
            assert after == pytest.approx(before, rel=0.2, abs=45)


def test_svg_is_sound_and_its_texts_are_escaped(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    chart = lines_chart(look)
    qtbot.addWidget(chart)
    chart.resize(500, 180)
    chart.setVisible(True)
    save_svg(chart, tmp_path / "chart.svg", title="<script>\0\x1b x</script>")
    root = ElementTree.parse(tmp_path / "chart.svg").getroot()
    assert float(root.attrib["width"].removesuffix("mm")) == pytest.approx((500 + 32) / 96 * 25.4, abs=0.1)
    texts = ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "E & <b>" in texts
    assert any(text.startswith("<script>") for text in texts)
    assert "Oct 19" in texts
    assert not list(root.iter("{http://www.w3.org/2000/svg}image")), "no picture of pixels inside"
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_png_has_the_scale_and_errors_are_told(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    chart = donut(look)
    qtbot.addWidget(chart)
    chart.resize(120, 120)
    save_png(chart, tmp_path / "chart.png", 3.0)
    assert QImage(str(tmp_path / "chart.png")).width() == 3 * (120 + 32)
    with pytest.raises(OSError, match="nowhere"):
        save_svg(chart, tmp_path / "nowhere" / "chart.svg")
    assert list(tmp_path.iterdir()) == [tmp_path / "chart.png"]


def label_rows(image: QImage, left: int, right: int, canvas: QColor) -> list[float]:
    """The middles of the lines of text in a strip of a picture."""
    inked = [
        any(abs(image.pixelColor(x, y).lightness() - canvas.lightness()) > 60 for x in range(left, right))
        for y in range(image.height())
    ]
    edges = [y for y in range(1, len(inked)) if inked[y] != inked[y - 1]]
    return [(top + bottom) / 2 for top, bottom in zip(edges[::2], edges[1::2], strict=True)]


def test_axes_of_the_svg_stand_where_they_are_on_the_screen(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    chart = time_chart(look)
    qtbot.addWidget(chart)
    chart.resize(500, 220)
    chart.setVisible(True)
    QApplication.processEvents()
    save_png(chart, tmp_path / "chart.png", 1.0)
    save_svg(chart, tmp_path / "chart.svg")
    png = QImage(str(tmp_path / "chart.png"))
    svg = rendered(tmp_path / "chart.svg", png)
    for left, right in ((16, 30), (chart.width() - 14, chart.width() + 14)):
        ticks = label_rows(png, left, right, look.color("bg.canvas"))[:4]  # under them are days
        assert len(ticks) == 4
        assert label_rows(svg, left, right, look.color("bg.canvas"))[:4] == pytest.approx(ticks, abs=2.5)
