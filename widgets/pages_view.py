"""Pages of a document as pictures: one below the other, with a strip of small ones beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QScrollArea, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_GAP, _STRIP, _SMALL = 16, 92, 58
_STEP = 1.25
_RANGE = (0.2, 4.0)


class PagesView(QWidget):
    """Pages to read and turn.

    Attributes:
        turned: (place, number of pages), when another page is at the top.
        zoomed: pixels of the window for one of the pictures' own, when that changed.
    """

    turned = Signal(int, int)
    zoomed = Signal(float)

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.pages: list[QPixmap] = []
        self._zoom: float | None = None  # None: as wide as there is room
        self._at = 0
        self._scaled: dict[int, QPixmap] = {}
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # the width must not come and go
        self._sheet = _Sheets(look, self)
        self._scroll.setWidget(self._sheet)
        self._scroll.setAccessibleName(name)
        self._scroll.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.strip = QListWidget(self)
        self.strip.setFixedWidth(_STRIP)
        self.strip.setFrameShape(QListWidget.Shape.NoFrame)
        self.strip.setIconSize(QSize(_SMALL, int(_SMALL * 1.45)))
        self.strip.setViewMode(QListWidget.ViewMode.IconMode)
        self.strip.setFlow(QListWidget.Flow.TopToBottom)
        self.strip.setWrapping(False)
        self.strip.setMovement(QListWidget.Movement.Static)
        self.strip.setSpacing(4)
        self.strip.setAccessibleName(name)
        self.strip.currentRowChanged.connect(self.go_to)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.strip)
        row.addWidget(self._scroll, 1)

    @property
    def at(self) -> int:
        """The page at the top."""
        return self._at

    @property
    def zoom(self) -> float:
        """Of the pictures' own pixels."""
        if self._zoom is not None or not self.pages:
            return self._zoom or 1.0
        room = self._scroll.viewport().width() - 2 * _GAP - 1
        widest = max(page.width() for page in self.pages)
        return max(_RANGE[0], min(_RANGE[1], room / max(1, widest)))

    def show_pages(self, pages: Sequence[bytes]) -> None:
        """Show PNGs; the place that was read stays where it is."""
        kept = self._scroll.verticalScrollBar().value() if len(self.pages) == len(pages) else 0
        self.pages = []
        self._scaled.clear()
        for content in pages:
            pixmap = QPixmap()
            pixmap.loadFromData(content)
            self.pages.append(pixmap)
        self.strip.blockSignals(True)  # noqa: FBT003 - Qt's own
        self.strip.clear()
        for number, page in enumerate(self.pages, 1):
            self.strip.addItem(QListWidgetItem(QIcon(self._small(page)), str(number)))
        self.strip.setCurrentRow(min(self._at, len(self.pages) - 1))
        self.strip.blockSignals(False)  # noqa: FBT003 - Qt's own
        self._arrange()
        self._scroll.verticalScrollBar().setValue(kept)
        self._scrolled()

    def go_to(self, place: int) -> None:
        """Put a page at the top."""
        if 0 <= place < len(self.pages):
            self._scroll.verticalScrollBar().setValue(int(self.rect_of(place).top()) - _GAP)

    def turn(self, step: int) -> None:
        """Go so many pages on or back."""
        self.go_to(max(0, min(len(self.pages) - 1, self._at + step)))

    def set_zoom(self, zoom: float | None) -> None:
        """Show pages larger or smaller; None: as wide as there is room."""
        place = self._at
        self._zoom = None if zoom is None else max(_RANGE[0], min(_RANGE[1], zoom))
        self._arrange()
        self.go_to(place)

    def zoom_by(self, steps: int) -> None:
        """Show pages a step larger or smaller."""
        self.set_zoom(self.zoom * _STEP**steps)

    def rect_of(self, place: int) -> QRectF:
        """Where a page is on the sheet."""
        zoom, top = self.zoom, float(_GAP)
        for page in self.pages[:place]:
            top += page.height() * zoom + _GAP
        page = self.pages[place]
        wide = page.width() * zoom
        return QRectF((self._sheet.width() - wide) / 2, top, wide, page.height() * zoom)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page Up and Down turn, Ctrl with plus and minus zooms."""
        key, is_control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.turn(-1 if key == Qt.Key.Key_PageUp else 1)
        elif is_control and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom_by(-1 if key == Qt.Key.Key_Minus else 1)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl the wheel zooms."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit anew."""
        super().resizeEvent(event)
        self._arrange()

    def _small(self, page: QPixmap) -> QPixmap:
        """A page for the strip, with its edge."""
        small = page.scaledToWidth(_SMALL * 2, Qt.TransformationMode.SmoothTransformation)
        painter = QPainter(small)
        painter.setPen(QPen(self._look.color("border.strong"), 2))
        painter.drawRect(small.rect().adjusted(1, 1, -1, -1))
        painter.end()
        return small

    def scaled(self, place: int) -> QPixmap:
        """A page as large as it is shown: small text scaled while it is painted cannot be read."""
        ratio = self.devicePixelRatioF()
        wide = round(self.pages[place].width() * self.zoom * ratio)
        found = self._scaled.get(place)
        if found is None or found.width() != wide:
            found = self.pages[place].scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation)
            found.setDevicePixelRatio(ratio)
            self._scaled[place] = found
        return found

    def _arrange(self) -> None:
        zoom = self.zoom
        wide = max((page.width() for page in self.pages), default=0) * zoom + 2 * _GAP
        high = sum(page.height() * zoom + _GAP for page in self.pages) + _GAP
        self._sheet.setFixedSize(max(int(wide), self._scroll.viewport().width()), max(1, int(high)))
        self._sheet.update()
        self.zoomed.emit(zoom)
        self._scrolled()

    def _scrolled(self) -> None:
        top = self._scroll.verticalScrollBar().value()
        room = self._scroll.viewport().height()
        place = 0
        for index in range(len(self.pages)):
            if self.rect_of(index).top() <= top + room / 3:
                place = index
        self._at = place
        self.strip.blockSignals(True)  # noqa: FBT003 - Qt's own
        self.strip.setCurrentRow(place if self.pages else -1)
        self.strip.blockSignals(False)  # noqa: FBT003 - Qt's own
        self.turned.emit(place, len(self.pages))


class _Sheets(QWidget):
    """The pages themselves."""

    def __init__(self, look: Look, view: PagesView) -> None:
        super().__init__()
        self._look = look
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), self._look.color("bg.window"))
        for place in range(len(self._view.pages)):
            rect = self._view.rect_of(place)
            if rect.intersects(QRectF(event.rect())):
                painter.drawPixmap(rect.topLeft(), self._view.scaled(place))
                painter.setPen(QPen(self._look.color("border.strong"), 1))
                painter.drawRect(rect)
