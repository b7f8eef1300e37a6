"""Tables taken away: the rows, what they show, and nothing a spreadsheet would run."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from app.takeaway import Takeaway, save
from engine.errors import AttribenchError
from engine.queries.selection import Filter, Selection

if TYPE_CHECKING:
    from pathlib import Path

ATTACK = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "<img src=x>",
    "nul\0bell\x07",
    "\u202egnp.exe",
    "🦊" * 9,
    "x" * 40_000,
]


@pytest.fixture
def takeaway() -> Takeaway:
    frame = pl.DataFrame(
        {
            "name": ATTACK,
            "revenue": [1.5, None, -2.25, 0.0, 1e9, 3.0, 4.0, 5.0],
            "visits": range(8),
            "day": [date(2026, 5, day) for day in range(1, 9)],
            "at": [datetime(2026, 5, 1, 12, tzinfo=UTC).replace(tzinfo=None)] * 8,
            "channels": [["A", "=B"]] * 8,
        }
    )
    selection = Selection(date(2026, 5, 1), date(2026, 5, 8), "linear", (Filter("country", "is", ("=1",)),))
    return Takeaway("Sources", frame, {"revenue": "Revenue"}, "channels", {"limit": 5}, selection, {"currency": "USD"})


def test_csv_has_the_rows_and_the_selection_beside_it(takeaway: Takeaway, tmp_path: Path) -> None:
    files = save(takeaway, tmp_path / "sources.csv")
    assert [file.name for file in files] == ["sources.csv", "sources.selection.json"]
    read = pl.read_csv(files[0], infer_schema=False)
    assert read["revenue"].to_list()[:3] == ["1.5", None, "-2.25"]
    assert not [text for text in read["name"].to_list() if text.startswith(("=", "+", "@"))]
    beside = json.loads(files[1].read_text(encoding="utf-8"))
    assert beside["selection"]["model"] == "linear"
    assert beside["selection"]["filters"][0]["values"] == ["=1"]
    assert beside["options"] == {"limit": 5}


def test_a_sheet_holds_text_as_text(takeaway: Takeaway, tmp_path: Path) -> None:
    (file,) = save(takeaway, tmp_path / "sources.xlsx")
    with zipfile.ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        notes = book.read("xl/worksheets/sheet2.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "=cmd|" in texts
    assert "&lt;img src=x&gt;" in texts
    assert "\0" not in texts
    assert "linear" in texts
    assert notes.count("<row") > 10
    assert sheet.count("<row") == 9


def test_parquet_carries_the_selection_inside(takeaway: Takeaway, tmp_path: Path) -> None:
    (file,) = save(takeaway, tmp_path / "sources.parquet")
    assert pl.read_parquet(file).drop("at").equals(takeaway.frame.drop("at"))
    told = json.loads(pl.read_parquet_metadata(file)["attribench"])
    assert told["query"] == "channels"
    assert told["meta"] == {"currency": "USD"}


def test_moments_are_written_in_the_zone_of_the_profile(takeaway: Takeaway, tmp_path: Path) -> None:
    taken = replace(takeaway, zone="America/New_York", shown={"search": "a"})
    files = save(taken, tmp_path / "sources.csv")
    assert set(pl.read_csv(files[0], infer_schema=False)["at"]) == {"2026-05-01T08:00:00-04:00"}
    beside = json.loads(files[1].read_text(encoding="utf-8"))
    assert (beside["time_zone"], beside["rows"], beside["shown"]) == ("America/New_York", 8, {"search": "a"})
    (file,) = save(taken, tmp_path / "sources.parquet")
    moments = pl.read_parquet(file)["at"]
    assert moments.dt.hour()[0] == 8
    assert moments.dt.replace_time_zone(None)[0] == datetime(2026, 5, 1, 8)  # noqa: DTZ001 - as a clock there shows it
    (file,) = save(taken, tmp_path / "sources.xlsx")
    with zipfile.ZipFile(file) as book:
        assert "at (America/New_York)" in book.read("xl/sharedStrings.xml").decode()


def test_a_file_that_cannot_be_written_leaves_the_old_one(takeaway: Takeaway, tmp_path: Path) -> None:
    with pytest.raises(AttribenchError):
        save(takeaway, tmp_path / "missing" / "sources.csv")
    assert list(tmp_path.iterdir()) == []
