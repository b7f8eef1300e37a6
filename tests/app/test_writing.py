"""Files that cannot be written: told in our words, in the user's language, and nothing is left half done."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from app.messages import explain
from app.takeaway import Takeaway, save
from app.writing import writing
from engine.errors import AttribenchError, Code
from engine.queries.selection import Selection
from engine.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

ENGLISH, SPANISH = Words(), Words("es")


def refusal(write: Callable[[], object]) -> AttribenchError:
    with pytest.raises(AttribenchError) as caught:
        write()
    assert caught.value.code is Code.FILE_UNWRITABLE
    return caught.value


def takeaway(rows: int = 1) -> Takeaway:
    frame = pl.DataFrame({"n": range(rows)})
    return Takeaway("Sources", frame, {}, "channels", {}, Selection(date(2026, 5, 1), date(2026, 5, 8)), {})


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_missing_folder_and_a_name_too_long_are_told_in_both_languages(tmp_path: Path, suffix: str) -> None:
    gone = refusal(lambda: save(takeaway(), tmp_path / "gone" / f"x.{suffix}"))
    assert "its folder does not exist" in explain(gone, ENGLISH)
    assert "su carpeta no existe" in explain(gone, SPANISH)
    long = refusal(lambda: save(takeaway(), tmp_path / f"{'n' * 250}.{suffix}"))
    assert "the name is too long" in explain(long, ENGLISH)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("write", [pl.DataFrame.write_csv, pl.DataFrame.write_parquet])
def test_a_full_disk_is_told_whatever_the_library_says(tmp_path: Path, write: Callable[..., object]) -> None:
    def fill() -> None:
        with writing(tmp_path / "x"), Path("/dev/full").open("wb") as file:
            write(pl.DataFrame({"n": range(100_000)}), file)

    text = explain(refusal(fill), ENGLISH)
    assert "the disk is full" in text
    assert "os error" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX names")
def test_what_was_there_stays_until_the_new_table_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    save(takeaway(1), path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def broken(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_csv", broken)
    assert "disk is full" in explain(refusal(lambda: save(takeaway(9), path)), ENGLISH)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
