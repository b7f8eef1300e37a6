"""Files dropped on the window: looked at, mapped, taken in with what is wrong told, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.pages.imports import Imports
from engine.profiles import ProfileSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.conftest import Desk

PAYMENTS = (
    "When;Mail;Total;Cur;Kind;Ref\n"
    "2026-06-20T10:00:00Z;new1@mail.example;100;USD;payment_received;p1\n"
    "2026-06-21T10:00:00Z;new2@mail.example;50,5;USD;payment_received;p2\n"
    "not a day;new3@mail.example;70;USD;payment_received;=cmd()\n"
)


def drop(desk: Desk, *files: Path) -> Imports:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    where = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), *where)
    QApplication.sendEvent(desk.window, enter)
    assert enter.isAccepted()
    desk.window.dropEvent(QDropEvent(QPointF(50, 50), *where))
    desk.wait(lambda: isinstance(desk.window.page, Imports))
    desk.wait(lambda: desk.page.preview_panel.is_busy is False)  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(desk.page, Imports)
    return desk.page


def cash(desk: Desk) -> float:
    context = desk.window.context
    assert context is not None
    return context.profile.headline().cash


def test_a_dropped_file_is_mapped_taken_in_and_taken_back(desk: Desk, tmp_path: Path) -> None:
    before = cash(desk)
    file = tmp_path / "payments.csv"
    file.write_text(PAYMENTS)
    page = drop(desk, file)
    page.editor.kind_changed.emit("conversions")
    desk.wait()
    page.editor.mapping_changed.emit(
        {
            "conversion_id": "Ref",
            "time": "When",
            "email": "Mail",
            "value_amount": "Total",
            "currency": "Cur",
            "event_type": "Kind",
        }
    )
    desk.qtbot.waitUntil(page.go.isEnabled, timeout=20_000)
    desk.qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
    desk.wait(lambda: page.stack.currentIndex() == 0)
    desk.wait(lambda: page.table.visible_frame().height == 3)
    row = page.table.visible_frame().row(0, named=True)
    assert (row["file_name"], row["rows_new"], row["rows_rejected"]) == ("payments.csv", 2, 1)
    assert round(cash(desk) - before, 2) == 150.5
    assert page.table.select_id(row["import_id"])
    desk.wait(lambda: page.rejects.visible_frame().height == 1)
    reject = page.rejects.visible_frame().row(0, named=True)
    assert (reject["line"], reject["field"], reject["value"]) == (4, "time", "not a day")
    assert "ISO 8601" in reject["why"]
    desk.qtbot.mouseClick(page.undo, Qt.MouseButton.LeftButton)
    desk.wait(lambda: not page.undo.isEnabled())
    desk.wait()
    assert round(cash(desk) - before, 6) == 0


def test_files_that_cannot_be_read_are_told_and_left_out(desk: Desk, tmp_path: Path) -> None:
    empty, folder = tmp_path / "empty.csv", tmp_path / "folder"
    empty.write_bytes(b"")
    folder.mkdir()
    page = drop(desk, empty, folder)
    assert "empty" in page.preview_panel.notice.detail.text()
    assert not page.go.isEnabled()
    desk.qtbot.mouseClick(page.preview_panel.notice.action, Qt.MouseButton.LeftButton)
    desk.wait(lambda: "folder" in page.preview_panel.notice.detail.text())
    desk.qtbot.mouseClick(page.skip, Qt.MouseButton.LeftButton)
    desk.wait(lambda: page.stack.currentIndex() == 0)
    assert page.table.visible_frame().height == 2  # those of the demo


def test_a_cancelled_import_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    before = cash(desk)
    file = tmp_path / "events.csv"
    lines = ["event_time,anonymous_id,event_type,url"]
    lines += [f"2026-06-20T10:00:00Z,dev{n},page_view,https://shop.example/{n}" for n in range(200_000)]
    file.write_text("\n".join(lines))
    page = drop(desk, file)
    desk.qtbot.waitUntil(page.go.isEnabled, timeout=20_000)
    page.go.click()
    (job,) = desk.desktop.jobs.writes()
    desk.desktop.jobs.cancel(job)
    desk.wait(lambda: page.stack.currentIndex() == 0)
    desk.wait()
    assert page.table.visible_frame().height == 2  # those of the demo
    assert cash(desk) == before


def test_an_import_belongs_to_its_profile_and_is_found_again(desk: Desk, tmp_path: Path) -> None:
    context = desk.window.context
    assert context is not None
    first = context.profile.settings.name
    context.workspace.create_profile(ProfileSettings(name="Second")).rebuild()
    before = cash(desk)
    files = [tmp_path / f"pay{number}.csv" for number in range(3)]
    for number, file in enumerate(files):
        file.write_text(
            "conversion_id,time,email,value_amount,currency,event_type\n"
            f"x{number},2026-06-20T10:00:00Z,new{number}@mail.example,100,USD,payment_received\n"
        )
    page = drop(desk, *files)
    page.go.click()  # the first is taken in while the profile is switched
    desk.desktop.work_on("Second", desk.window)
    desk.wait(lambda: desk.window.context is not None and desk.window.context.profile.settings.name == "Second")
    desk.wait()
    assert desk.window.waiting_files == 2
    asked: list[int] = []

    def keep(_running: object, waiting: int, **_: bool) -> bool:
        asked.append(waiting)
        return False

    desk.window.may_stop = keep  # type: ignore[method-assign]
    desk.window.close()
    assert asked == [2]
    desk.desktop.work_on(first, desk.window)
    desk.wait(lambda: desk.window.context is not None and desk.window.context.profile.settings.name == first)
    found = desk.open("imports")
    assert isinstance(found, Imports)
    for _ in range(2):
        desk.wait(found.go.isEnabled)
        found.go.click()
    desk.wait(lambda: desk.window.waiting_files == 0)
    desk.wait()
    assert round(cash(desk) - before, 2) == 300


def test_figures_of_an_import_that_ends_alone_are_seen_in_other_windows(desk: Desk, tmp_path: Path) -> None:
    context = desk.window.context
    assert context is not None
    context.workspace.create_profile(ProfileSettings(name="Second")).rebuild()
    other = desk.desktop.new_window(desk.window)
    assert other is not None
    desk.wait(lambda: other.context is not None)
    assert other.context is not None
    told: list[object] = []
    other.learn = told.append  # type: ignore[method-assign]
    file = tmp_path / "pay.csv"
    file.write_text(
        "conversion_id,time,email,value_amount,currency,event_type\n"
        "x1,2026-06-20T10:00:00Z,new@mail.example,100,USD,payment_received\n"
    )
    page = drop(desk, file)
    page.go.click()
    desk.desktop.work_on("Second", desk.window)
    desk.wait(lambda: desk.window.context is not None and desk.window.context.profile.settings.name == "Second")
    desk.wait()
    desk.wait(lambda: bool(told))
    assert not told[-1].is_stale  # type: ignore[attr-defined]
    other.close()
