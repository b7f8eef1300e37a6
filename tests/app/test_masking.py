"""Masked, nothing of the window says who anybody is: no widget, no model, no title, no clipboard, no export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget

from app.describing import described
from app.desktop import Desktop
from app.export_dialog import ExportDialog
from app.pages import PAGES
from engine.queries.masking import without_emails_in
from engine.task import Task
from widgets.endless import EndlessList
from widgets.table.view import DataTable
from widgets.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from tests.app.conftest import Desk

ROLES = (
    Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.WhatsThisRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole,
    Qt.ItemDataRole.UserRole,
)  # fmt: skip


class Secrets:
    """Who the people of a workspace are."""

    def __init__(self, desk: Desk) -> None:
        assert desk.desktop.workspace is not None
        with desk.desktop.workspace.store.read() as cursor:
            rows = cursor.rows("select email, phone, last_name from people where is_identified")
            self.staff = [
                name
                for (name,) in cursor.rows("select distinct assigned_user from conversions order by 1")
                if name and " " in name
            ]
        self.texts = {text.lower() for email, phone, _ in rows for text in (email, phone) if text}
        names = {name for _, _, name in rows if name} | set(self.staff)
        self.names = re.compile(r"(?<![\w/])(" + "|".join(map(re.escape, sorted(names))) + r")\b")
        self.email = re.compile(r"[\w.+-]+@[\w-]+\.\w+")

    def told_by(self, text: str) -> list[str]:
        """What a text gives away."""
        found = [match for match in self.email.findall(text) if match.lower() in self.texts]
        digits = re.findall(r"\+\d{7,}", text)
        return found + [each for each in digits if each in self.texts] + self.names.findall(text)


def texts_of(widget: QWidget) -> Iterator[str]:
    """Everything a widget says, to the eye and to a screen reader."""
    for name in ("text", "title", "windowTitle", "toolTip", "statusTip", "whatsThis", "placeholderText", "toPlainText"):
        told = getattr(widget, name, None)
        if callable(told):
            try:
                value = told()
            except TypeError:
                continue
            if isinstance(value, str):
                yield value
    yield widget.accessibleName()
    yield widget.accessibleDescription()
    interface: Any = QAccessible.queryAccessibleInterface(widget)
    if interface is not None:
        for kind in (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Value):
            yield interface.text(kind)
    model: Any = widget.model() if isinstance(widget, QAbstractItemView) else None
    if model is not None:
        yield from texts_of_model(model, QModelIndex())


def texts_of_model(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    for row in range(model.rowCount(parent)):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            index = model.index(row, column, parent)
            for role in ROLES:
                value: Any = index.data(role)
                if value is not None:
                    yield str(value)
            if column == 0 and isinstance(model, QStandardItemModel) and model.hasChildren(index):
                yield from texts_of_model(model, index)


def given_away(root: QWidget, secrets: Secrets) -> list[tuple[str, str]]:
    """What a widget and all in it say of anybody, and which of them does; with what each table copies."""
    found: list[tuple[str, str]] = []
    for widget in (root, *root.findChildren(QWidget)):
        found += [(type(widget).__name__, told) for text in set(texts_of(widget)) for told in secrets.told_by(text)]
        if isinstance(widget, (DataTable, EndlessList, Timeline)):
            view: Any = widget.findChild(QTreeView) if isinstance(widget, DataTable) else widget
            if view is not None:
                view.selectAll()
            QGuiApplication.clipboard().clear()
            widget.copy()
            text = QGuiApplication.clipboard().text()
            found += [(f"clipboard of {type(widget).__name__}", told) for told in secrets.told_by(text)]
    return found


def visit(desk: Desk, secrets: Secrets, folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Every page, the frame around them, what opens over them, and what is exported of them."""
    window = desk.window
    for key in PAGES:
        page: Any = desk.open(key)
        if hasattr(page, "person"):
            desk.wait(lambda page=page: bool(page.person.timeline.entries()))
        taken = page.takeaway()
        if taken is not None:
            window.commands.export_to(taken, folder / f"{key}.csv", masked=False)
            desk.wait((folder / f"{key}.selection.json").is_file)
    found = {key: given_away(page, secrets) for key, page in window.pages.items()}
    for file in folder.iterdir():
        if file.suffix in {".csv", ".json"}:
            found[file.name.partition(".")[0]] += [
                ("export", told) for told in secrets.told_by(file.read_text("utf-8"))
            ]
    journeys: Any = desk.open("journeys")
    row = next(row for row in journeys.list.rows() if row["conversion_id"])
    for name, act in (
        ("explain", lambda: window.explain(row["conversion_id"])),
        ("record", lambda: journeys.person.open_record(row["conversion_id"])),
        ("behind", lambda: window.show_behind("channel", "Paid Search", "Paid Search", "linear")),
    ):
        act()
        desk.wait()
        found[name] = given_away(window.drawer, secrets)
        window.drawer.close_all()
    assert window.context is not None
    items = window.searching.ask(window.context, row["name"].split()[0], "customers", Task())
    found["palette"] = [("palette", told) for item in items for told in secrets.told_by(f"{item.title} {item.detail}")]
    frame: tuple[QWidget, ...] = (window.header, window.sidebar, window.status, window.menuBar())
    found["frame"] = [told for widget in frame for told in given_away(widget, secrets)]
    titles = " ".join([window.windowTitle(), *(action.text() for action in window.actions())])
    found["frame"] += [("title", told) for told in secrets.told_by(titles)]
    return found


def answering(path: Path) -> Callable[..., tuple[str, str]]:
    """A dialog in which somebody chose a file."""

    def answer(*_arguments: object) -> tuple[str, str]:
        return str(path), "CSV (*.csv)"

    return answer


def put_into_an_address(desk: Desk) -> None:
    """Some site has a page for each customer: its address says who it is."""
    assert desk.desktop.workspace is not None
    page = "'/account/' || (select min(email) from people where is_identified)"
    with desk.desktop.workspace.store.write() as cursor:
        (most,) = cursor.rows("select entry_page from visits group by 1 order by count(*) desc limit 1")[0]
        for table, column in (("visits", "entry_page"), ("visits", "exit_page"), ("visit_landings", "entry_page")):
            cursor.run(f"update {table} set {column} = {page} where {column} = $1", [most])
    desk.desktop.read_again()
    desk.wait()


def test_nothing_says_who_anybody_is(desk: Desk, tmp_path: Path) -> None:
    """The switch acts on every page, also on those that were read before; the status bar says that it is on."""
    secrets = Secrets(desk)
    put_into_an_address(desk)
    content: Any = desk.open("dashboard")
    assert any(secrets.told_by(str(row["value"])) for row in content.boards[2].table.visible_frame().to_dicts())
    plain = visit(desk, secrets, tmp_path)
    for key in ("dashboard", "journeys", "users", "explain", "record", "behind", "palette"):
        assert plain[key], f"{key} names nobody: the walk does not see it"
    assert {"EndlessList", "clipboard of EndlessList", "export"} <= {widget for widget, _ in plain["journeys"]}
    assert any(told in secrets.staff for _, told in plain["calendar"])
    calendar: Any = desk.open("calendar")
    calendar.narrow("assigned_user", [secrets.staff[0]])
    desk.wait()
    desk.window.bound["mask"].trigger()
    desk.wait()
    assert desk.window.bound["mask"].isChecked()
    assert desk.window.status.masked.isVisible()
    (tmp_path / "masked").mkdir()
    assert {key: told for key, told in visit(desk, secrets, tmp_path / "masked").items() if told} == {}
    desk.window.bound["mask"].trigger()
    desk.wait()
    assert desk.window.status.masked.isHidden()


def test_a_filter_on_what_is_hidden_still_holds(desk: Desk, tmp_path: Path) -> None:
    """One made before, whose chip says nobody's email then; and one made of a row as it is shown."""
    secrets = Secrets(desk)
    put_into_an_address(desk)
    window, page = desk.window, desk.open("dashboard")
    context = window.context
    assert context is not None
    board: Any = page.boards[2]  # type: ignore[attr-defined]
    row = next(row for row in board.table.visible_frame().to_dicts() if secrets.told_by(str(row["value"])))
    page._filter("entry_page", row["value"])  # type: ignore[attr-defined]
    desk.wait()

    def visitors() -> float:
        assert window.context is not None
        result = window.context.query("overview", window.context.view.selection, Task())
        return float((result.data or {})["current"]["visitors"])

    plain = visitors()
    assert plain > 0
    window.bound["mask"].trigger()
    desk.wait()
    assert visitors() == plain
    assert not given_away(window, secrets)
    assert not secrets.told_by(described(context))
    for key in ("dashboard", "funnel", "ads"):
        taken = desk.open(key).takeaway()
        assert taken is not None
        window.commands.export_to(taken, tmp_path / f"{key}.csv", masked=False)
        desk.wait((tmp_path / f"{key}.selection.json").is_file)
        assert not secrets.told_by((tmp_path / f"{key}.selection.json").read_text("utf-8"))
    context.history.select(filters=())
    desk.wait()
    page = desk.open("dashboard")
    board = page.boards[2]  # type: ignore[attr-defined]
    row = next(row for row in board.table.visible_frame().to_dicts() if "***" in str(row["value"]))
    page._filter("entry_page", row["value"])  # type: ignore[attr-defined]
    desk.wait()
    assert visitors() == plain
    window.bound["mask"].trigger()
    desk.wait()
    assert secrets.told_by(str(context.view.selection.filters))


def test_sql_and_open_drawers_say_nobodys_email(desk: Desk) -> None:
    """The console runs what a statement with stand-ins means; a drawer that was open changes its title."""
    secrets = Secrets(desk)
    put_into_an_address(desk)
    window, page = desk.window, desk.open("dashboard")
    board: Any = page.boards[2]  # type: ignore[attr-defined]
    row = next(row for row in board.table.visible_frame().to_dicts() if secrets.told_by(str(row["value"])))
    page._open_value("entry_page", row["value"], row["value"])  # type: ignore[attr-defined]
    desk.wait()
    assert given_away(window.drawer, secrets)
    window.bound["mask"].trigger()
    desk.wait()
    assert window.drawer.content is not None
    assert not given_away(window.drawer, secrets)
    window.show_behind("channel", "Paid Search", row["value"], "linear")
    desk.wait()
    assert not given_away(window.drawer, secrets)
    window.drawer.close_all()
    desk.open("dashboard")
    page = window.page
    page._filter("entry_page", row["value"])  # type: ignore[union-attr]
    desk.wait()
    said: list[str] = []
    window.commands._with_sql(lambda _taken, sql: said.append(sql))  # pyright: ignore[reportPrivateUsage]
    desk.wait(lambda: bool(said))
    assert "***" in said[0]
    assert not secrets.told_by(said[0])
    window.commands._open_sql()  # pyright: ignore[reportPrivateUsage]
    desk.wait(lambda: bool(window.toasts.shown))
    assert "reads only the views" in window.toasts.shown[-1].text.text()
    assert window.page is page, "where it could not run"
    console: Any = desk.open("sql")
    hidden = without_emails_in(row["value"])
    console.editor.replace_all(f"select count(*) as n from v_visits where entry_page = '{hidden}'")
    console.run()
    desk.wait(lambda: console._answer is not None)
    desk.wait()
    assert not given_away(window, secrets)
    assert not secrets.told_by(described(console.context))
    window.bound["mask"].trigger()
    desk.wait()
    console = desk.open("sql")
    console._answer = None
    console.run()
    desk.wait(lambda: console._answer is not None)
    assert console._answer.frame["n"].item() > 0, "the stand-in is understood"


def test_the_switch_is_remembered(desk: Desk) -> None:
    desk.desktop.set_masked(masked=True)
    desk.wait()
    other = desk.desktop.new_window(desk.window)
    assert other is not None
    assert other.context is not None
    assert other.context.masked
    assert desk.desktop.settings.masked
    again = Desktop(desk.window.look, desk.desktop.settings)
    assert again.masked
    again.shut()
    other.close()


def test_an_export_with_people_asks_and_hides_them_by_default(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a table that is shown unmasked; a table without people is exported without a question."""
    from PySide6.QtWidgets import QFileDialog

    secrets = Secrets(desk)
    for key, is_masked in (("users", True), ("users", False), ("dashboard", True)):
        page: Any = desk.open(key)
        if key == "dashboard":
            page.people.used.emit(page.people)
        path = tmp_path / f"{key}-{is_masked}.csv"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", answering(path))
        desk.window.bound["export"].trigger()
        dialog = desk.window.findChild(ExportDialog)
        assert dialog is not None
        assert dialog.masked.isChecked()
        dialog.masked.setChecked(is_masked)
        dialog.go.click()
        desk.wait(path.with_suffix(".selection.json").is_file)
        desk.qtbot.waitUntil(lambda: desk.window.findChild(ExportDialog) is None)
        text = path.read_text("utf-8")
        assert bool(secrets.told_by(text)) != is_masked
        if key == "users":
            assert len(text.splitlines()) == 1 + page._total, "every visitor, not only those shown"
    desk.open("paths")
    path = tmp_path / "paths.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", answering(path))
    desk.window.bound["export"].trigger()
    desk.wait(path.is_file)
    assert not secrets.told_by(path.read_text("utf-8"))
