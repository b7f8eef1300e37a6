"""A stored report as files: PDF and HTML, with its charts drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.reports.composing import compose
from engine.reports.html import html_of
from engine.reports.typesetting import pages_of, pdf_of

if TYPE_CHECKING:
    from engine.reports.keeping import Report
    from engine.reports.typesetting import Drawings
    from engine.task import Task


def report_pdf(report: Report, drawings: Drawings, task: Task | None = None) -> bytes:
    """The PDF of a report; the same report always gives the same bytes."""
    return pdf_of(compose(report.snapshot, report.layout), drawings, report.layout.logo, task)


def report_html(report: Report, drawings: Drawings) -> bytes:
    """The HTML of a report; the same report always gives the same bytes."""
    return html_of(compose(report.snapshot, report.layout), drawings, report.layout.logo)


def report_pages(report: Report, drawings: Drawings, ppi: float, task: Task | None = None) -> list[bytes]:
    """A PNG of each page of a report."""
    return pages_of(compose(report.snapshot, report.layout), drawings, report.layout.logo, ppi, task)


def file_name(report: Report, ending: str) -> str:
    """A name for a report's file: whose it is and for which days."""
    name = (
        "".join(char if char.isalnum() or char in " -_" else "-" for char in report.snapshot.profile).strip()
        or "report"
    )
    first, last = report.snapshot.selection.date_from, report.snapshot.selection.date_to
    return f"{name[:80]} {first} {last}.{ending}"
