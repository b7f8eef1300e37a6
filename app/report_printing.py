"""Pages on paper: pictures of them, each as large as the sheet allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtPrintSupport import QPrinter

    from engine.reports.layout import Paper

PPI = 220
"""Of the pictures: figures stay sharp, and eight pages stay under 200 MB."""


def prepare(printer: QPrinter, paper: Paper, name: str) -> None:
    """Set a printer up for a report: its paper, the whole sheet, a name in the queue."""
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4 if paper == "a4" else QPageSize.PageSizeId.Letter))
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    printer.setFullPage(True)
    printer.setDocName(name)


def print_pages(printer: QPrinter, pages: Sequence[bytes]) -> int:
    """Print PNGs of pages, those the printer was asked for; returns how many."""
    first, last = printer.fromPage() or 1, printer.toPage() or len(pages)
    chosen = pages[first - 1 : last]
    painter = QPainter()
    if not painter.begin(printer):
        return 0
    for place, content in enumerate(chosen):
        if place:
            printer.newPage()
        image = QImage.fromData(content)
        sheet = QRectF(painter.viewport())
        size = image.size().scaled(sheet.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(
            sheet.center().x() - size.width() / 2, sheet.center().y() - size.height() / 2, size.width(), size.height()
        )
        painter.drawImage(target, image, QRectF(image.rect()))
    painter.end()
    return len(chosen)
