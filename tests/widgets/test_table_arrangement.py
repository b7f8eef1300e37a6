"""Order, search and filters of a table's rows, and rows as text for spreadsheets."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from widgets.table.arrangement import Arrangement
from widgets.table.columns import Column
from widgets.table.copying import as_tsv

FLAT = pl.DataFrame(
    {
        "id": [1, 2, 3, 4, 5],
        "name": ["Zoë", "ángel", "Brand", None, "Ángel"],
        "value": [10.0, float("nan"), 9.0, None, 9.0],
        "section": [0, 0, 0, 1, 1],
    }
)
TREE = pl.DataFrame(
    {
        "id": ["c1", "c2", "s1", "s2", "s3", "a1", "x", "y"],
        "parent": [None, "gone", "c1", "c1", "c2", "s1", "y", "x"],
        "name": ["Camp one", "Camp two", "Set A", "Set B", "Set C", "Café", "loop", "hoop"],
        "spend": [10, 30, 4, 6, 30, 4, 1, 2],
    }
)


def ids(arrangement: Arrangement) -> list[object]:
    return arrangement.frame["id"].gather(arrangement.walked()).to_list()


@pytest.mark.parametrize(
    ("field", "descending", "expected"),
    [
        ("value", False, [3, 5, 1, 2, 4]),
        ("value", True, [1, 3, 5, 2, 4]),
        ("name", False, [2, 5, 3, 1, 4]),
        ("name", True, [1, 3, 2, 5, 4]),
    ],
)
def test_sort_is_typed_stable_and_keeps_nothing_last(field: str, descending: bool, expected: list[int]) -> None:
    arrangement = Arrangement(FLAT, "id")
    arrangement.arrange((field, descending))
    assert ids(arrangement) == expected


def test_sections_stay_in_their_order() -> None:
    arrangement = Arrangement(FLAT, "id", section_field="section")
    arrangement.arrange(("value", True))
    assert ids(arrangement) == [1, 3, 2, 5, 4]


def test_children_are_sorted_as_their_parents_and_no_row_is_lost_in_a_circle() -> None:
    arrangement = Arrangement(TREE, "id", "parent")
    arrangement.arrange(("spend", True))
    found = ids(arrangement)
    assert found[:6] == ["c2", "s3", "c1", "s2", "s1", "a1"]
    assert sorted(map(str, found[6:])) == ["x", "y"]
    assert arrangement.level_of(5) == 2


def test_search_ignores_case_and_accents_and_keeps_the_branch() -> None:
    flat = Arrangement(FLAT, "id")
    flat.arrange(("id", False), "ANGEL", ["name"])
    assert ids(flat) == [2, 5]
    tree = Arrangement(TREE, "id", "parent")
    tree.arrange(None, "cafe", ["name"])
    assert ids(tree) == ["c1", "s1", "a1"]
    assert tree.hits == {5}
    tree.arrange(None, "camp one", ["name"])
    assert ids(tree) == ["c1", "s1", "a1", "s2"]
    tree.arrange(None, "", ["name"], pl.col("spend") == 6)
    assert ids(tree) == ["c1", "s2"]
    tree.arrange(None, "set", ["name"], pl.col("spend") > 4)
    assert ids(tree) == ["c1", "s2", "c2", "s3"]


def test_no_copied_cell_can_run_or_break_the_table() -> None:
    frame = pl.DataFrame(
        {
            "name": ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "a\tb\nc\0d", None],
            "value": [-1.5, 1e20, 0.1, None, float("nan"), 3.0, 2.0, 1.0],
            "day": [date(2026, 11, 9)] * 8,
            "at": [datetime(2026, 11, 9, 8, 5, tzinfo=UTC)] * 8,
            "path": [["Email", "=x"]] * 8,
        }
    )
    columns = [
        Column("name", "=Name", kind="text"),
        Column("value", "Value", group="Last touch"),
        Column("day", "Day", kind="moment"),
        Column("at", "At", kind="moment"),
        Column("path", "Path", kind="path"),
        Column("absent", "Absent"),
    ]
    lines = [line.split("\t") for line in as_tsv(frame, columns).splitlines()]
    assert lines[0] == ["'=Name", "Last touch Value", "Day", "At", "Path"]
    assert [line[0] for line in lines[1:]] == ["'=1+1", "'+x", "'-x", "'@x", "' x", "' x", "a b c d", ""]
    assert [line[1] for line in lines[1:4]] == ["-1.5", "100000000000000000000", "0.1"]
    assert [line[1] for line in lines[4:6]] == ["", ""]
    assert lines[1][2:4] == ["2026-11-09", "2026-11-09 08:05:00+00:00"]
