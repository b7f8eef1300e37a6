"""Charts as files: PNG for messages, SVG for documents, both with what the window shows and nothing pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QRectF, QSaveFile, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from widgets.charts.chart import Chart
from widgets.charts.text import elided
from widgets.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from widgets.look import Look

_EDGE = 16
_MOST = 16_384  # pixels of an edge: Qt's images end at 32,767, and memory before that


def save_png(chart: QWidget, path: Path, scale: float = 2.0, *, title: str = "", subtitle: str = "") -> None:
    """Write a chart as a PNG of ``scale`` pixels for each of the window's.

    Raises:
        OSError: the file could not be written.
    """
    size = _size(chart, title, subtitle)
    scale = max(0.1, min(scale, _MOST / max(1, size.width(), size.height())))
    image = QImage(size * scale, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(scale)
    image.fill(_canvas(chart))
    painter = QPainter(image)
    _paint(painter, chart, title, subtitle)
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
    size = _size(chart, title, subtitle)
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
    _paint(painter, chart, title, subtitle)
    painter.end()
    _write(path, bytes(buffer.data().data()))


def _paint(painter: QPainter, chart: QWidget, title: str, subtitle: str) -> None:
    look = _look(chart)
    y, wide = float(_EDGE), float(chart.width())
    for text, role, color, high in ((title, "section", "text.primary", 22.0), (subtitle, "table", "text.muted", 18.0)):
        if text and look is not None:
            font = look.font(role)
            painter.setFont(font)
            painter.setPen(look.color(color))
            painter.drawText(QRectF(_EDGE, y, wide, high), Qt.AlignmentFlag.AlignVCenter, elided(text, font, wide))
            y += high
    pointed = chart.at if isinstance(chart, Chart) else None
    if isinstance(chart, Chart) and pointed is not None:
        chart.point_at(None)
    painter.save()
    flags = QWidget.RenderFlag.DrawChildren
    # through the widget and not its scene: so the axes, which pyqtgraph records as pictures, keep their places
    chart.render(painter, QPoint(_EDGE, round(_top(title, subtitle))), renderFlags=flags)
    painter.restore()
    if isinstance(chart, Chart) and pointed is not None:
        chart.point_at(pointed)


def _size(chart: QWidget, title: str, subtitle: str) -> QSize:
    return QSize(chart.width() + 2 * _EDGE, chart.height() + _top(title, subtitle) + _EDGE)


def _top(title: str, subtitle: str) -> int:
    head = (22 if title else 0) + (18 if subtitle else 0)
    return _EDGE + (head + 8 if head else 0)


def _look(chart: QWidget) -> Look | None:
    return chart.look if isinstance(chart, Chart) else None


def _canvas(chart: QWidget) -> QColor:
    look = _look(chart)
    return look.color("bg.canvas") if look is not None else chart.palette().base().color()


def _write(path: Path, content: bytes) -> None:
    file = QSaveFile(str(path))
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(content) == len(content) and file.commit()):
        raise OSError(f"{path}: {file.errorString()}")
