"""The pyqtgraph part of charts over time: two linked views with one grid, their axes, and layers painted over them.

pyqtgraph lays out views and axes. What lies in them is painted by layers in pixels, so that bars stay at least a pixel
wide, hatching keeps its size, and a picture, an SVG and the screen are the same.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QVBoxLayout, QWidget

from widgets.charts.text import width_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from widgets.charts.axis import Scale
    from widgets.look import Look

FOOT = 22  # pixels under the views, for the days
_SIDES = ("left", "right")


class Layer(QGraphicsItem):
    """Paints into a view, in the view's own pixels.

    Args:
        view: a pyqtgraph ViewBox.
        draw: paints; the painter is antialiased and restored afterwards.
        z: layers with more lie above.
    """

    def __init__(self, view: Any, draw: Callable[[QPainter], None], z: float) -> None:
        super().__init__(view)
        self._draw = draw
        self.setZValue(z)

    def boundingRect(self) -> QRectF:
        """The view, and what hangs over its edges."""
        return self.parentItem().boundingRect().adjusted(-90, -12, 160, FOOT + 4)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Let the chart draw."""
        del option, widget
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter)
        painter.restore()

    def refit(self) -> None:
        """The view has another size."""
        self.prepareGeometryChange()
        self.update()


class Plot(QWidget):
    """Two views over each other, sharing slots; the mouse goes through to the chart that holds it.

    Args:
        look: how the window looks.
        right_room: pixels kept right of the views when there is no right axis, for labels at line ends.

    Attributes:
        resized: the views have another size.
    """

    resized = Signal()

    def __init__(self, look: Look, right_room: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._right_room = right_room
        self._scales: dict[str, Scale | None] = {"left": None, "right": None}
        self._layers: list[Layer] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        pg: Any = import_module("pyqtgraph")  # a third of a second: not before the first chart
        self._pg = pg
        self._view: Any = pg.PlotWidget(parent=self, enableMenu=False)
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # a cached ground is pixels inside an SVG
        self._item: Any = self._view.getPlotItem()
        self._item.hideButtons()
        self._item.setMouseEnabled(x=False, y=False)
        self._item.layout.setContentsMargins(0, 8, 0, FOOT)
        self._item.hideAxis("bottom")
        self._item.showAxis("right")
        self._upper: Any = self._item.getViewBox()
        self._upper.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape, enabled=False)
        self._lower: Any = pg.ViewBox(enableMenu=False, enableMouse=False)
        self._lower.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape, enabled=False)
        self._lower.setZValue(-10)
        self._item.scene().addItem(self._lower)
        self._item.getAxis("right").linkToView(self._lower)
        self._lower.setXLink(self._upper)
        for view in (self._upper, self._lower):
            view.disableAutoRange()
        self._upper.sigResized.connect(self._fit)
        self.add_layer(self._draw_grid, is_lower=True, z=-50)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._view)
        self.restyle()

    # -- what charts set ---------------------------------------------------------------------------------------------

    def add_layer(self, draw: Callable[[QPainter], None], *, is_lower: bool = False, z: float = 0) -> None:
        """Paint with a function: into the lower view (bars) or the upper one (lines)."""
        self._layers.append(Layer(self._lower if is_lower else self._upper, draw, z))

    def set_axes(
        self, slots: int, left: tuple[Scale, Sequence[str]] | None, right: tuple[Scale, Sequence[str]] | None
    ) -> None:
        """Say how many slots there are, and each axis' scale with the texts of its ticks."""
        self._upper.setXRange(-0.5, max(1, slots) - 0.5, padding=0)
        for side, view, given in (("left", self._upper, left), ("right", self._lower, right)):
            axis = self._item.getAxis(side)
            self._scales[side] = given[0] if given else None
            if given is None:
                axis.setTicks([[]])
                axis.setWidth(8 if side == "left" else self._right_room)
                continue
            ticks, texts = given[0].ticks, given[1]
            view.setYRange(ticks[0], ticks[-1], padding=0)
            axis.setTicks([list(zip(ticks, texts, strict=True))])
            font = self.look.font("table")
            axis.setWidth(round(max(width_of(text, font) for text in texts)) + 10)
        self._fit()

    def restyle(self, left: str = "text.muted", right: str = "text.muted") -> None:
        """Take colours and fonts from the theme; ``left`` and ``right`` are the axes' text colours."""
        self._view.setBackground(self.look.color("bg.canvas"))
        for side, color in zip(_SIDES, (left, right), strict=True):
            axis = self._item.getAxis(side)
            axis.setPen(None)
            axis.setTextPen(self.look.color(color))
            axis.setStyle(
                tickLength=0,
                tickAlpha=0,
                maxTickLevel=0,
                hideOverlappingLabels=False,
                tickFont=self.look.font("table"),
                tickTextOffset=6,
            )
        self.repaint_layers()

    def repaint_layers(self) -> None:
        """What the layers show has changed."""
        for layer in self._layers:
            layer.update()

    # -- what layers ask ---------------------------------------------------------------------------------------------

    def area(self) -> QRectF:
        """The views in this widget's pixels."""
        self._item.layout.activate()
        return self._upper.sceneBoundingRect()

    def size_of_views(self) -> tuple[float, float]:
        """Width and height of the views in pixels."""
        rect = self._upper.boundingRect()
        return rect.width(), rect.height()

    # -- inside ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the views out at once, so that nothing asks for the places of before."""
        super().resizeEvent(event)
        self._view.resize(self.size())
        self._item.layout.activate()
        self._fit()

    def _fit(self, *_: object) -> None:
        rect = self._upper.sceneBoundingRect()
        if self._lower.geometry() != rect:
            self._lower.setGeometry(rect)
            self._lower.linkedViewChanged(self._upper, self._pg.ViewBox.XAxis)
        for layer in self._layers:
            layer.refit()
        self.resized.emit()

    def _draw_grid(self, painter: QPainter) -> None:
        # painted, and not InfiniteLines of pyqtgraph: those crash Qt while several views are painted for the first time
        scale = self._scales["right"] or self._scales["left"]
        if scale is None:
            return
        wide, high = self.size_of_views()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for tick in scale.ticks:
            painter.setPen(QPen(self.look.color("grid.line" if tick else "grid.axis"), 1))
            y = round((1 - scale.part(tick)) * high)
            painter.drawLine(QPointF(0, y), QPointF(wide, y))
