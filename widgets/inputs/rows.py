"""What a list of choices holds: rows under group headings, as a model for views and screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Row:
    """A line of a list.

    Attributes:
        key: what it is known by.
        title: what it is called.
        detail: muted text after the title.
        group: heading it stands under; empty for none.
        icon: name of an icon.
        trailing: muted text at the end, as a count.
        shortcut: keys drawn as key caps at the end (``Ctrl+E``).
        spans: half-open ranges of the title that are shown bold.
        is_muted: whether the title names the lack of a value.
        is_enabled: whether it can be chosen.
        payload: whatever the owner wants back.
    """

    key: str
    title: str
    detail: str = ""
    group: str = ""
    icon: str = ""
    trailing: str = ""
    shortcut: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    is_muted: bool = False
    is_enabled: bool = True
    payload: object = None


class RowsModel(QAbstractListModel):
    """Rows and headings in one column; a heading stands before the first row of its group.

    Rows of a group should follow each other.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Row | str] = []
        self._checked: set[str] = set()
        self._is_checkable = False

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self._entries = []
        group = ""
        for row in rows:
            if row.group and row.group != group:
                self._entries.append(row.group)
            group = row.group
            self._entries.append(row)
        self.endResetModel()

    def set_checked(self, keys: Collection[str], *, is_checkable: bool = True) -> None:
        """Which rows are ticked."""
        self._checked = set(keys)
        self._is_checkable = is_checkable
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1), [Qt.ItemDataRole.CheckStateRole])

    @property
    def checked(self) -> frozenset[str]:
        """Keys of the rows that are ticked."""
        return frozenset(self._checked)

    def entry(self, place: int) -> Row | str:
        """The row, or the heading, in a place."""
        return self._entries[place]

    def row_at(self, place: int) -> Row | None:
        """The row in a place that can be chosen; None for headings and places there are not."""
        entry = self._entries[place] if 0 <= place < len(self._entries) else None
        return entry if isinstance(entry, Row) and entry.is_enabled else None

    def place_of(self, key: str) -> int:
        """Where a row stands, -1 if nowhere."""
        found = (place for place, entry in enumerate(self._entries) if isinstance(entry, Row) and entry.key == key)
        return next(found, -1)

    def places(self) -> list[int]:
        """Places of the rows that can be chosen."""
        return [place for place in range(len(self._entries)) if self.row_at(place) is not None]

    # -- for Qt ---------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        """Rows and headings."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Texts; delegates ask :meth:`entry`."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(entry if isinstance(entry, str) else entry.title)
        if role == Qt.ItemDataRole.AccessibleTextRole and isinstance(entry, Row):
            parts = (entry.title, entry.detail, entry.trailing, entry.shortcut)
            return ", ".join(one_line(part) for part in parts if part)
        if role == Qt.ItemDataRole.CheckStateRole and isinstance(entry, Row) and self._is_checkable:
            return Qt.CheckState.Checked if entry.key in self._checked else Qt.CheckState.Unchecked
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        if self.row_at(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
