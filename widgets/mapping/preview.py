"""What a mapping editor shows, as plain values. Texts are in the user's language; names and values are data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """Rows that would be rejected for one reason.

    Attributes:
        text: the reason, for people.
        count: rows.
        examples: values, a few.
    """

    text: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindChoice:
    """A kind of import to choose.

    Attributes:
        name: given back by ``kind_changed``.
        title: for people.
        note: why it fits or does not; empty where there is nothing to say.
    """

    name: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class FieldChoice:
    """A field of ours to map a column to.

    Attributes:
        name: of the field, as it stands in files.
        is_needed: nothing can be imported without it, or without one of its group.
    """

    name: str
    is_needed: bool = False


@dataclass(frozen=True)
class ColumnPreview:
    """A column of the file.

    Attributes:
        name: in the file.
        type: ``time``, ``number``, ``money``, ``email``, ``phone``, ``id``, ``url``, ``text``, ``boolean``, ``empty``.
        filled: share of rows with a value, 0 to 1.
        field: the field it is read into; None when it is not imported.
        troubles: rows rejected because of it.
        hints: what was assumed about it, in words.
    """

    name: str
    type: str
    filled: float
    field: str | None = None
    troubles: tuple[Trouble, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def bad(self) -> int:
        """Rows rejected because of it."""
        return sum(trouble.count for trouble in self.troubles)


@dataclass(frozen=True)
class FilePreview:
    """The beginning of a file, looked at as one kind of import.

    Attributes:
        file_name: without its folder.
        facts: size, format, rows and so on, each a few words.
        kinds: to choose from, the best first.
        kind: the one chosen.
        fields: of that kind.
        columns: of the file.
        rows: the first rows, a text or None for each column.
        lines: where each row stands in the file.
        bad_cells: (row, column) of cells because of which a row is rejected; column -1 for a whole row.
        needed: fields still without a column, for people (``email or phone``).
        notes: what was assumed or mended while reading the file, in words.
        troubles: rows rejected for reasons that no single column has.
        is_fixed: the columns have their meaning; nothing can be mapped.
        constant: a field that no column gives and every row can be given; empty for none.
        constant_value: what every row is given; empty for nothing.
        constant_choices: what it may be; anything else too.
    """

    file_name: str
    facts: tuple[str, ...]
    kinds: tuple[KindChoice, ...]
    kind: str
    fields: tuple[FieldChoice, ...]
    columns: tuple[ColumnPreview, ...]
    rows: tuple[tuple[str | None, ...], ...]
    lines: tuple[int, ...]
    bad_cells: frozenset[tuple[int, int]] = frozenset()
    needed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    is_fixed: bool = False
    constant: str = ""
    constant_value: str = ""
    constant_choices: tuple[str, ...] = ()
