"""Which rows of a frame are shown, in which order and under which parent. Polars only, no window.

Rows are known by their place in the frame. Sorting is typed: numbers by size, text without case and accents, absent
values last in both directions, equal ones in the frame's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import polars as pl

from widgets.table.text import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = -1


class Arrangement:
    """The rows of one frame.

    Args:
        frame: the rows.
        id_field: names each row.
        parent_field: names each row's parent (None or an unknown one: a row of the first level); None for flat rows.
        section_field: rows stay in ascending sections of this field, whatever the order within.
    """

    def __init__(
        self, frame: pl.DataFrame, id_field: str, parent_field: str | None = None, section_field: str | None = None
    ) -> None:
        self.frame = frame
        self.order: Sequence[int] = range(frame.height)
        self.children: Mapping[int, Sequence[int]] = {ROOT: self.order}
        self.hits: frozenset[int] = frozenset()
        self._id_field = id_field
        self._section_field = section_field
        self._folded: dict[str, pl.Series] = {}
        self._haystacks: dict[tuple[str, ...], pl.Series] = {}
        self._places: dict[object, int] | None = None
        self.parents = self._find_parents(parent_field)

    def arrange(
        self,
        sort: tuple[str, bool] | None,
        needle: str = "",
        text_fields: Sequence[str] = (),
        row_filter: pl.Expr | None = None,
    ) -> None:
        """Choose and order the rows.

        Args:
            sort: field and whether it descends.
            needle: rows that contain it in a text field are kept; in a tree with all above and below them.
            text_fields: searched.
            row_filter: rows for which it is true are kept; in a tree with all above them.
        """
        kept = self._kept(needle, text_fields, row_filter)
        order = self._sorted(sort)
        if kept is not None:
            order = order.filter(kept.gather(order))
        self.order = cast("list[int]", order.to_list())
        if self.parents is None:
            self.children = {ROOT: self.order}
            return
        children: dict[int, list[int]] = {ROOT: []}
        for row in self.order:
            children.setdefault(self.parents[row], []).append(row)
        self.children = children

    def place_of(self, row_id: object) -> int | None:
        """The place in the frame of the row with an id."""
        if self._places is None:
            self._places = {value: place for place, value in enumerate(self.frame[self._id_field].to_list())}
        return self._places.get(row_id)

    def level_of(self, row: int) -> int:
        """How many rows are above it in the tree."""
        level = 0
        while self.parents is not None and (row := self.parents[row]) != ROOT:
            level += 1
        return level

    def walked(self) -> list[int]:
        """The shown rows from top to bottom as if all were open."""
        if self.parents is None:
            return list(self.order)
        found: list[int] = []
        waiting = list(reversed(self.children[ROOT]))
        while waiting:
            row = waiting.pop()
            found.append(row)
            waiting.extend(reversed(self.children.get(row, ())))
        return found

    def folded(self, field: str) -> pl.Series:
        """A field's text without case and accents."""
        if field not in self._folded:
            self._folded[field] = self.frame.select(_fold(pl.col(field).cast(pl.String))).to_series()
        return self._folded[field]

    def _sorted(self, sort: tuple[str, bool] | None) -> pl.Series:
        keys: list[pl.Series] = []
        descending: list[bool] = []
        if self._section_field is not None:
            keys.append(self.frame[self._section_field])
            descending.append(False)
        if sort is not None and sort[0] in self.frame.columns:
            keys.append(self._sort_key(sort[0]))
            descending.append(sort[1])
        if not keys:
            return pl.int_range(self.frame.height, eager=True)
        by = [f"key{place}" for place in range(len(keys))]
        frame = pl.DataFrame([key.alias(name) for key, name in zip(keys, by, strict=True)])
        order = pl.arg_sort_by(by, descending=descending, nulls_last=True, maintain_order=True)
        return frame.select(order).to_series()

    def _sort_key(self, field: str) -> pl.Series:
        series = self.frame[field]
        if series.dtype == pl.String:
            return self.folded(field)
        if isinstance(series.dtype, (pl.List, pl.Array)):
            inner = series.dtype.inner
            if inner.is_numeric():  # a line or a strip: by what it adds up to
                return series.to_frame().select(pl.col(field).cast(pl.List(pl.Float64)).list.sum()).to_series()
            return series.to_frame().select(pl.col(field).cast(pl.List(inner)).list.len()).to_series()
        return series.fill_nan(None) if series.dtype.is_float() else series

    def _kept(self, needle: str, text_fields: Sequence[str], row_filter: pl.Expr | None) -> pl.Series | None:
        """Which rows of the frame are shown; None for all."""
        self.hits = frozenset()
        if self.frame.is_empty():  # it may not even have the columns
            return None
        passing = None if row_filter is None else self.frame.select(row_filter.fill_null(value=False)).to_series()
        wanted = folded(needle.strip())
        if not wanted:
            return passing if passing is None else self._with_ancestors(passing)
        found = self._haystack(text_fields).str.contains(wanted, literal=True).fill_null(value=False)
        if self.parents is not None:
            self.hits = frozenset(found.arg_true().to_list())
            found = self._with_descendants(found)
        return self._with_ancestors(found if passing is None else found & passing)

    def _haystack(self, text_fields: Sequence[str]) -> pl.Series:
        fields = tuple(field for field in text_fields if field in self.frame.columns)
        if fields not in self._haystacks:
            texts = pl.DataFrame([self.folded(field).alias(field) for field in fields])
            joined = texts.select(pl.concat_str(fields, separator="\n", ignore_nulls=True)) if fields else None
            empty = pl.repeat("", self.frame.height, eager=True)
            self._haystacks[fields] = empty if joined is None else joined.to_series()
        return self._haystacks[fields]

    def _with_ancestors(self, kept: pl.Series) -> pl.Series:
        if self.parents is None:
            return kept
        shown: set[int] = set()
        for place in cast("list[int]", kept.arg_true().to_list()):
            row = place
            while row != ROOT and row not in shown:
                shown.add(row)
                row = self.parents[row]
        return self._mask(shown)

    def _with_descendants(self, kept: pl.Series) -> pl.Series:
        assert self.parents is not None
        known: dict[int, bool] = {ROOT: False}
        own = kept.to_list()
        for start in range(len(own)):
            path: list[int] = []
            row = start
            while row not in known and not own[row]:
                path.append(row)
                row = self.parents[row]
            is_in = known.get(row, True)
            known[row] = is_in
            known.update(dict.fromkeys(path, is_in))
        return self._mask(row for row, is_in in known.items() if is_in)

    def _mask(self, rows: Iterable[int]) -> pl.Series:
        flags = [False] * self.frame.height
        for row in rows:
            flags[row] = True
        return pl.Series(flags, dtype=pl.Boolean)

    def _find_parents(self, parent_field: str | None) -> list[int] | None:
        """Each row's parent row; rows that would be their own ancestors stand on the first level."""
        if parent_field is None:
            return None
        parents = [
            ROOT if parent is None or (place := self.place_of(parent)) is None else place
            for parent in self.frame[parent_field].to_list()
        ]
        safe: set[int] = {ROOT}
        for start in range(len(parents)):
            path: dict[int, None] = {}
            row = start
            while row not in safe:
                if row in path:
                    parents[row] = ROOT
                    break
                path[row] = None
                row = parents[row]
            safe.update(path)
        return parents


def _fold(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
