"""Data that attacks is shown and taken away harmlessly."""

from __future__ import annotations

import csv
import zipfile
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolTip, QWidget

from app.takeaway import save
from engine import ProfileSettings, Workspace
from tests.app.conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.conftest import Desk

NAMES = (
    "<img src=x onerror=alert(1)><b>bold</b>",
    "=cmd|' /C calc'!A0",
    "\u202eevil\u202d \u2067right to left\u2069",
    "🦊👩‍👩‍👧‍👦" * 20,
    "long " * 2_000,
    "nul\0in the middle\r\nand lines",
    "&amp; &lt;b&gt; %s {0} {name}",
)


@pytest.fixture
def attacked(empty_desk: Desk, tmp_path: Path) -> Desk:
    path = tmp_path / "attack.duckdb"
    with Workspace.open(path, create=True, clock=lambda: NOW) as workspace:
        profile = workspace.create_profile(ProfileSettings(name="<b>Evil & Co</b> {x}", domains=("shop.example",)))
        spend, events, payments = (tmp_path / name for name in ("spend.csv", "events.csv", "conversions.csv"))
        with spend.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(
                [
                    "date",
                    "platform",
                    "account",
                    "campaign_id",
                    "campaign",
                    "ad_set_id",
                    "ad_set",
                    "ad_id",
                    "ad",
                    "spend",
                    "currency",
                    "impressions",
                    "clicks",
                ]
            )
            for number, name in enumerate(NAMES):
                writer.writerow(
                    [
                        "2026-06-20",
                        "meta",
                        name,
                        f"c{number}",
                        name,
                        f"s{number}",
                        name,
                        f"a{number}",
                        name,
                        10 + number,
                        "USD",
                        1000,
                        10,
                    ]
                )
        with events.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(
                [
                    "event_time",
                    "event_type",
                    "anonymous_id",
                    "email",
                    "first_name",
                    "url",
                    "utm_source",
                    "utm_medium",
                    "utm_campaign",
                    "country",
                    "city",
                    "referrer",
                ]
            )
            for number, name in enumerate(NAMES):
                writer.writerow(
                    [
                        f"2026-06-2{number}T10:00:00Z",
                        "page_view",
                        f"d{number}",
                        f"p{number}@mail.example",
                        name,
                        f"https://shop.example/{'x' * number}",
                        "facebook",
                        "paid_social",
                        f"c{number}",
                        "US",
                        name,
                        "",
                    ]
                )
        with payments.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["conversion_id", "time", "event_type", "email", "value_amount", "currency"])
            for number in range(len(NAMES)):
                writer.writerow(
                    [
                        f"={number}",
                        f"2026-06-2{number}T12:00:00Z",
                        "payment_received",
                        f"p{number}@mail.example",
                        100,
                        "USD",
                    ]
                )
        for kind, file in (("ad-spend", spend), ("events", events), ("conversions", payments)):
            profile.import_file(kind, file)
        profile.rebuild()
    empty_desk.open_workspace(path)
    return empty_desk


@pytest.mark.parametrize("page", ["dashboard", "compare", "ads", "imports"])
def test_pages_show_it_as_text(attacked: Desk, page: str, tmp_path: Path) -> None:
    desk = attacked
    desk.open(page)
    assert not desk.window.grab().isNull()
    for label in desk.window.findChildren(QLabel):
        assert label.textFormat() != Qt.TextFormat.RichText
        if any(name[:5] in label.text() for name in NAMES):
            assert label.textFormat() == Qt.TextFormat.PlainText, label.text()[:80]
    for widget in desk.window.findChildren(QWidget):
        assert "<img" not in widget.toolTip()
        assert "<b>Evil" not in widget.toolTip()
    assert QToolTip.text() == ""
    takeaway = desk.page.takeaway()
    assert takeaway is not None
    files = save(takeaway, tmp_path / "out.csv")
    with files[0].open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
    (sheet,) = save(takeaway, tmp_path / "out.xlsx")
    with zipfile.ZipFile(sheet) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_the_drawer_shows_it_as_text(attacked: Desk) -> None:
    desk = attacked
    context = desk.window.context
    assert context is not None
    selection = context.view.selection
    rows = context.profile.query("customers", selection, limit=50).table
    for conversion in rows["conversion_id"].to_list():
        desk.window.explain(str(conversion))
        desk.wait()
        assert not desk.window.grab().isNull()
    desk.window.drawer.close_all()
    assert desk.window.windowTitle().startswith("<b>Evil & Co</b> {x}")
