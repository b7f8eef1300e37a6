"""Draws an appointment: the channel's edge, who, how it went, what brought it, who tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainterPath, QPen

from widgets.table.glyphs import SIZE, paint_channel
from widgets.text import one_line

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from widgets.calendar.blocks import Block
    from widgets.look import Look

_EDGE, _PAD, _LINE, _ICON = 3, 8, 15, 14
_INITIALS = 30  # a narrower block has room for initials only
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


def paint_block(
    painter: QPainter, rect: QRectF, block: Block, look: Look, *, is_current: bool, is_narrow: bool
) -> None:
    """Paint a block; as many lines as it has room for.

    Args:
        painter: antialiased; its pen, brush and font may change.
        rect: the block.
        block: what to draw.
        look: colours, fonts.
        is_current: it is the chosen one.
        is_narrow: others stand beside it: the name is short and what brought it is only a mark.
    """
    _paint_frame(painter, rect, block, look, is_current=is_current)
    lines = max(1, int((rect.height() - 5) // _LINE))
    inner = rect.adjusted(_EDGE + _PAD - 2, 3 if lines > 1 else 0, -6, 0)
    high = _LINE if lines > 1 else rect.height()
    name = block.short_title or block.title if is_narrow else block.title
    if inner.width() < _INITIALS:
        name = "".join(word[0] for word in block.title.split()[:2])
    has_icon = bool(block.icon) and not (is_narrow and lines > 1) and inner.width() > 40
    font = _struck(look.font("table", 600)) if block.is_struck else look.font("table", 600)
    ink = look.color("text.muted" if block.is_struck else "text.primary")
    room = inner.width() - (_ICON + 4 if has_icon else 0) + (4 if inner.width() < _INITIALS else 0)
    _text(painter, QRectF(inner.left(), inner.top(), room, high), name, font, ink)
    if has_icon:
        _icon(painter, inner.right() - _ICON, inner.top() + (high - _ICON) / 2, block, look)
    if lines < 2:
        return
    second = QRectF(inner.left(), inner.top() + _LINE, inner.width(), _LINE)
    caption, muted = look.font("caption"), look.color("text.secondary")
    mark = QRectF(second.left(), second.center().y() - SIZE / 2, SIZE, SIZE)
    if block.channel:
        paint_channel(painter, mark, block.channel, look)
    left = second.left() + (SIZE + 6 if block.channel else 0)
    if is_narrow and block.icon and left + _ICON <= inner.right() + 2:
        _icon(painter, left, second.center().y() - _ICON / 2, block, look)
    if lines == 2 and not is_narrow:
        tag = QFontMetricsF(caption).horizontalAdvance(block.tag) + 8
        if tag < 0.6 * second.width():
            _text(painter, second, block.tag, caption, look.color("text.muted"), flags=_RIGHT)
            second.setRight(second.right() - tag)
    if not is_narrow:
        _text(painter, QRectF(left, second.top(), second.right() - left, _LINE), block.detail, caption, muted)
    if lines > 2:
        third = QRectF(inner.left(), inner.top() + 2 * _LINE, inner.width(), _LINE)
        _text(painter, third, block.tag, caption, look.color("text.muted"))


def _paint_frame(painter: QPainter, rect: QRectF, block: Block, look: Look, *, is_current: bool) -> None:
    mark = look.channel(block.channel)
    edge = QColor(mark.color) if mark else look.color("text.muted")
    outline = QPainterPath()
    outline.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    fill = "accent.soft" if is_current else "bg.canvas" if block.is_dashed else "bg.sunken"
    painter.fillPath(outline, look.color(fill))
    pen = QPen(look.color("accent.fill" if is_current else "border.strong"), 1.5 if is_current else 1)
    if block.is_dashed and not is_current:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(edge)
    painter.drawRoundedRect(QRectF(rect.left(), rect.top(), _EDGE, rect.height()), 1.5, 1.5)


def _icon(painter: QPainter, left: float, top: float, block: Block, look: Look) -> None:
    look.icon(block.icon, block.icon_color).paint(painter, round(left), round(top), _ICON, _ICON)


def _text(painter: QPainter, rect: QRectF, text: str, font: QFont, color: QColor, *, flags: int = _LEFT) -> None:
    painter.setFont(font)
    painter.setPen(color)
    shown = QFontMetricsF(font).elidedText(one_line(text), Qt.TextElideMode.ElideRight, max(0.0, rect.width()))
    painter.drawText(rect, flags, shown)


def _struck(font: QFont) -> QFont:
    """The font with a line through it."""
    struck = QFont(font)
    struck.setStrikeOut(True)
    return struck
