"""Charts as files: PNG for messages, SVG for documents, both with what the window shows and nothing pointed at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QPointF, QRect, QRectF, QSaveFile, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from widgets.charts.chart import Chart
from widgets.charts.text import elided, width_of
from widgets.text import PROSE, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtGui import QFont

    from widgets.charts.chart import Mark
    from widgets.look import Look

_EDGE = 16
_TITLE, _LINE = 22, 18  # pixels
_DOT = " · "
_FONT = ("family", "size", "weight", "style")
_INHERITED = re.compile(r"(<g [^>]*?)\s*" + " ".join(f'font-{name}="[^"]*"' for name in _FONT) + r"\s*>")
_NOTHING = re.compile(r"<g [^>]*>\s*</g>\s*")  # pens that drew nothing
_MOST = 16_384  # pixels of an edge: Qt's images end at 32,767, and memory before that


def save_png(chart: QWidget, path: Path, scale: float = 2.0, *, title: str = "", subtitle: str = "") -> None:
    """Write a chart as a PNG of ``scale`` pixels for each of the window's.

    Raises:
        OSError: the file could not be written.
    """
    head = Head.of(chart, title, subtitle)
    size = head.size(chart)
    scale = max(0.1, min(scale, _MOST / max(1, size.width(), size.height())))
    image = QImage(size * scale, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(scale)
    image.fill(_canvas(chart))
    painter = QPainter(image)
    _paint(painter, chart, head)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    _write(path, bytes(buffer.data().data()))


def save_svg(chart: QWidget, path: Path, *, title: str = "", subtitle: str = "") -> None:
    """Write a chart as an SVG. Texts stay texts; Qt escapes what the data says.

    Raises:
        OSError: the file could not be written.
    """
    head = Head.of(chart, title, subtitle)
    _write(path, _svg(chart, head.size(chart), title, lambda painter: _paint(painter, chart, head)))


def svg_of(chart: QWidget) -> str:
    """A chart alone as an SVG, for a document that says around it what it shows.

    The same figures give the same text, whatever the program looks like: what Qt writes of its defaults is left out.
    """

    def paint(painter: QPainter) -> None:
        chart.render(painter, QPoint(0, 0), renderFlags=QWidget.RenderFlag.DrawChildren)

    text = _svg(chart, chart.size(), "", paint).decode()
    return _NOTHING.sub("", _INHERITED.sub(r"\1>", text))


def _svg(chart: QWidget, size: QSize, title: str, paint: Callable[[QPainter], None]) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setResolution(96)  # pixels of CSS: a browser shows the chart as large as the window does
    generator.setTitle(one_line(title or chart.accessibleName()))
    generator.setDescription(one_line(chart.accessibleDescription()))
    painter = QPainter(generator)
    painter.fillRect(QRect(QPoint(0, 0), size), _canvas(chart))
    paint(painter)
    painter.end()
    return bytes(buffer.data().data())


@dataclass(frozen=True)
class Head:
    """What stands over a chart in its picture: a title, a line or more about it, and the legend."""

    title: str
    about: Sequence[str]
    legend: Sequence[Mark]

    @classmethod
    def of(cls, chart: QWidget, title: str, subtitle: str) -> Head:
        """Of a chart; a long subtitle is broken where its parts meet."""
        look = _look(chart)
        about = [subtitle] if subtitle else []
        if look is not None:
            about = _lines(subtitle, look.font("table"), chart.width())
        return cls(title, about, chart.legend() if isinstance(chart, Chart) else [])

    @property
    def height(self) -> int:
        """Pixels over the chart."""
        high = (_TITLE if self.title else 0) + _LINE * (len(self.about) + bool(self.legend))
        return _EDGE + (high + 8 if high else 0)

    def size(self, chart: QWidget) -> QSize:
        """Of the whole picture."""
        return QSize(chart.width() + 2 * _EDGE, chart.height() + self.height + _EDGE)

    def paint(self, painter: QPainter, look: Look, wide: float) -> None:
        """Paint it at the top of the picture."""
        y = float(_EDGE)
        texts = [(self.title, "section", "text.primary", _TITLE)] if self.title else []
        texts += [(text, "table", "text.muted", _LINE) for text in self.about]
        for text, role, color, high in texts:
            font = look.font(role)
            painter.setFont(font)
            painter.setPen(look.color(color))
            painter.drawText(QRectF(_EDGE, y, wide, high), Qt.AlignmentFlag.AlignVCenter, elided(text, font, wide))
            y += high
        self._paint_legend(painter, look, y)

    def _paint_legend(self, painter: QPainter, look: Look, y: float) -> None:
        x, font = float(_EDGE), look.font("table")
        painter.setFont(font)
        for mark in self.legend:
            color, middle = look.color(mark.color), y + _LINE / 2
            if mark.kind == "bar":
                painter.fillRect(QRectF(x, middle - 5, 10, 10), color)
            else:
                style = Qt.PenStyle.DashLine if mark.kind == "dash" else Qt.PenStyle.SolidLine
                painter.setPen(QPen(color, 2, style))
                painter.drawLine(QPointF(x, middle), QPointF(x + 14, middle))
            painter.setPen(look.color("text.secondary"))
            wide = width_of(mark.label, font) + 4
            painter.drawText(QRectF(x + 20, y, wide, _LINE), Qt.AlignmentFlag.AlignVCenter, one_line(mark.label))
            x += 20 + wide + 16


def _paint(painter: QPainter, chart: QWidget, head: Head) -> None:
    look = _look(chart)
    if look is not None:
        head.paint(painter, look, float(chart.width()))
    pointed = chart.at if isinstance(chart, Chart) else None
    if isinstance(chart, Chart) and pointed is not None:
        chart.point_at(None)
    painter.save()
    flags = QWidget.RenderFlag.DrawChildren
    # through the widget and not its scene: so the axes, which pyqtgraph records as pictures, keep their places
    chart.render(painter, QPoint(_EDGE, head.height), renderFlags=flags)
    painter.restore()
    if isinstance(chart, Chart) and pointed is not None:
        chart.point_at(pointed)


def _lines(text: str, font: QFont, wide: float) -> list[str]:
    """A text in lines no wider than that, broken at the dots between its parts."""
    found: list[str] = []
    for part in one_line(text, PROSE).split(_DOT) if text else []:
        longer = f"{found[-1]}{_DOT}{part}" if found else part
        if found and width_of(longer, font) <= wide:
            found[-1] = longer
        else:
            found.append(part)
    return found


def _look(chart: QWidget) -> Look | None:
    return chart.look if isinstance(chart, Chart) else None


def _canvas(chart: QWidget) -> QColor:
    look = _look(chart)
    return look.color("bg.canvas") if look is not None else chart.palette().base().color()


def _write(path: Path, content: bytes) -> None:
    file = QSaveFile(str(path))
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(content) == len(content) and file.commit()):
        raise OSError(f"{path}: {file.errorString()}")
