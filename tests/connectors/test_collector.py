"""The tracker's collector: every event once, whatever its files do, and no line stops a run."""

from __future__ import annotations

import gzip
import json
import os
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import polars as pl
import pyarrow as pa
import pytest

from connectors import collector
from engine import Code
from engine.errors import Cancelled
from engine.task import Task
from tests.connectors.collector_fake import INDEX, TOKEN, FakeCollector
from tests.connectors.faults import FaultMatrix, by_name
from tests.connectors.harness import Bench, Fake, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Lab


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "event_time": 1_780_000_000 + number,
        "anonymous_id": f"device-{number % 7}",
        "url": f"https://shop.example/{number}?utm_source=x",
        **more,
    }


def lines(*numbers: int, **more: Any) -> bytes:
    return b"".join(json.dumps(event(number, **more)).encode() + b"\n" for number in numbers)


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(content)
    return sink.getvalue().to_pybytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "events"
    made.mkdir()
    return made


@pytest.fixture
def bench(lab: Lab, folder: Path) -> Bench:
    return Bench(lab.workspace, lab.profile, Fake(), "collector", {}, {"place": str(folder)})


@pytest.fixture
def web() -> FakeCollector:
    return FakeCollector()


def browsing(lab: Lab, web: FakeCollector) -> Bench:
    return Bench(lab.workspace, lab.profile, web, "collector", {"token": TOKEN}, {"place": INDEX})


def ids(bench: Bench) -> list[str]:
    return [id_ for (id_,) in bench.rows("raw_events", "event_id", "event_id")]


def named(*numbers: int) -> list[str]:
    return sorted(f"e{number}" for number in numbers)


def rejected(bench: Bench) -> list[dict[str, Any]]:
    return [json.loads(record) for (record,) in bench.rows("import_rejects", "record", "all")]


def write(path: Path, content: bytes) -> None:
    """A file that is newer each time, however coarse the clock."""
    before = path.stat().st_mtime_ns if path.exists() else 1_780_000_000_000_000_000
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(content)
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def test_files_of_a_folder_become_visits(bench: Bench, folder: Path) -> None:
    write(folder / "2026-07-01.ndjson", lines(1, 2) + lines(3, shade="blue"))
    write(folder / "deep" / "b.jsonl.gz", gzip.compress(lines(4)))
    write(folder / "c.ndjson.zst", zstd(lines(5)))
    for ignored in ("notes.txt", ".hidden.ndjson", "d.ndjson.part", "e.csv.gz"):
        write(folder / ignored, lines(99))
    outcome = bench.sync()
    assert outcome.error is None
    assert ids(bench) == named(1, 2, 3, 4, 5)
    assert bench.rows("raw_events where event_id = 'e3'", "json_extract_string(payload, '$.shade')") == [("blue",)]
    bench.profile.rebuild()
    assert bench.rows("touches", "count(distinct source), any_value(source)") == [(1, "x")]


def test_syncing_again_reads_only_what_is_new(bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "a.ndjson", lines(*range(100)))
    write(folder / "b.ndjson.gz", gzip.compress(lines(*range(100, 200))))
    bench.sync()
    read: list[tuple[str, int]] = []
    real = collector.Folder.read

    def noting(self: Any, file: Any, start: int, length: int, task: Task) -> bytes | None:
        found = real(self, file, start, length, task)
        read.append((file.name, len(found or b"")))
        return found

    monkeypatch.setattr(collector.Folder, "read", noting)
    outcome = bench.sync()
    assert (outcome.taken.new, outcome.taken.known, read) == (0, 0, [])
    write(folder / "a.ndjson", lines(*range(100), 999))
    outcome = bench.sync()
    assert (outcome.taken.new, outcome.taken.known) == (1, 0)
    assert read == [("a.ndjson", 64 + len(lines(999)))]


def test_a_line_that_is_being_written_is_read_when_it_is_complete(bench: Bench, folder: Path) -> None:
    whole = lines(1, 2, 3)
    cut = len(lines(1, 2)) + 20
    write(folder / "a.ndjson", whole[:cut])
    assert bench.sync().taken.rejected == 0
    assert ids(bench) == named(1, 2)
    write(folder / "a.ndjson", whole[:-1])  # complete but for its end of line
    bench.sync()
    assert ids(bench) == named(1, 2, 3)
    write(folder / "a.ndjson", whole + lines(4))
    outcome = bench.sync()
    assert ids(bench) == named(1, 2, 3, 4)
    assert (outcome.taken.known, outcome.taken.rejected) == (0, 0)


def test_a_file_that_is_replaced_or_cut_is_read_anew(bench: Bench, folder: Path) -> None:
    write(folder / "a.ndjson", lines(*range(50)))
    bench.sync()
    write(folder / "a.ndjson", lines(*range(100, 200)))
    bench.sync()
    write(folder / "a.ndjson", lines(7, 300))
    bench.sync()
    assert ids(bench) == named(*range(50), *range(100, 200), 300)
    (folder / "a.ndjson").unlink()
    bench.sync()
    assert bench.profile.sync_state(bench.connection, "events") == {"files": {}}


def test_a_parquet_file_has_an_event_a_row_and_goes_on_where_it_was(bench: Bench, folder: Path) -> None:
    """More rows than a batch, with absent fields and a payload; told once, and again when the file has more."""

    def table(count: int) -> None:
        told = pl.DataFrame({"event_id": [f"e{number}" for number in range(count)]}).with_columns(
            pl.lit("v1").alias("anonymous_id"),
            pl.datetime(2026, 7, 1, time_zone="UTC").alias("event_time"),
            pl.when(pl.col("event_id") == "e1").then(pl.lit('{"plan":"pro"}')).alias("payload"),
            pl.lit(None, pl.String).alias("email"),
        )
        told.write_parquet(folder / "a.parquet")

    table(25_000)
    outcome = bench.sync()
    assert (outcome.taken.new, outcome.taken.known, outcome.taken.rejected) == (25_000, 0, 0)
    found = bench.rows("raw_events", "payload->>'plan', email", "payload is null, event_id")
    assert found[0] == ("pro", None)
    assert found[1] == (None, None)
    assert bench.sync().taken.new == 0
    table(25_010)
    assert bench.sync().taken.new == 10
    write(folder / "b.parquet", (folder / "a.parquet").read_bytes()[:2_000])
    assert bench.sync().taken.rejected == 1


BROKEN = [
    b"{not json}",
    b"[1, 2]",
    b"17",
    b'"text"',
    b'{"event_time": NaN, "anonymous_id": "x"}',
    b"[" * 100_000,
    b"\xff\xfe{}",
    b'{"event_time": 1780000000}',
    b'{"anonymous_id": "x"}',
    b'{"event_time": "yesterday", "anonymous_id": "x"}',
]


def test_a_line_that_is_no_event_is_rejected_with_its_reason_and_stops_nothing(bench: Bench, folder: Path) -> None:
    content = lines(1) + b"\r\n \n" + b"".join(line + b"\r\n" for line in BROKEN) + lines(2)
    write(folder / "a.ndjson", content)
    write(folder / "b.ndjson", b"{only this}\n")
    outcome = bench.sync()
    assert outcome.error is None
    assert ids(bench) == named(1, 2)
    assert outcome.taken.rejected == len(BROKEN) + 1
    records = rejected(bench)
    mine = [each for each in records if "unreadable_line" in each]
    assert len(mine) == 8
    first = next(each for each in mine if each["unreadable_line"] == "{not json}")
    assert (first["file"], int(first["byte"]), first["problem"]) == ("a.ndjson", len(lines(1)) + 4, "no JSON object")


def test_odd_texts_are_kept(bench: Bench, folder: Path) -> None:
    half = b'{"event_id": "e1", "event_time": 1780000000, "anonymous_id": "\\ud83d", "nul": "a\\u0000b"}\n'
    pair = b'{"event_id": "e2", "event_time": 1780000000, "anonymous_id": "\\ud83d\\ude00"}\n'
    write(folder / "a.ndjson", b"\xef\xbb\xbf" + half + pair + lines(3, title="caf\u2028é"))
    outcome = bench.sync()
    assert (outcome.error, outcome.taken.rejected) == (None, 0)
    assert bench.rows("raw_events", "event_id, anonymous_id", "event_id")[:2] == [("e1", "?"), ("e2", "😀")]


def test_a_line_without_end_is_rejected_and_the_rest_read(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "LONGEST", 4_000)
    monkeypatch.setattr(collector, "_BLOCK", 1_000)
    monkeypatch.setattr(collector, "_SKIP", 300)
    long = lines(5, title="t" * 2_500)
    write(folder / "a.ndjson", lines(1) + b"x" * 50_000 + b"\n" + long + lines(2))
    outcome = bench.sync()
    assert ids(bench) == named(1, 2, 5)
    assert outcome.taken.rejected == 1
    assert rejected(bench)[0]["problem"] == "a line without end"


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gz", "zst"])
def test_a_packed_file_that_breaks_off_gives_what_it_has_and_is_read_again_when_it_is_whole(
    bench: Bench, folder: Path, pack: Callable[[bytes], bytes]
) -> None:
    dice = random.Random(3)
    packed = pack(lines(*range(3_000), noise=dice.random()))
    name = "a.ndjson.gz" if pack is gzip.compress else "a.ndjson.zst"
    write(folder / name, packed[: len(packed) // 2])
    outcome = bench.sync()
    assert outcome.error is None
    assert outcome.taken.rejected >= 1
    assert any("breaks off" in each.get("problem", "") for each in rejected(bench))
    write(folder / name, packed)
    bench.sync()
    assert len(ids(bench)) == 3_000
    write(folder / "z.ndjson.gz", b"\x1f\x8b this is none")
    write(folder / "y.ndjson.gz", lines(9_000))  # unpacked on the way
    assert bench.sync().error is None
    assert "e9000" in ids(bench)


def all_told(bench: Bench) -> tuple[Any, ...]:
    state = bench.profile.sync_state(bench.connection, "events")
    return bench.rows("raw_events", "* exclude (import_id, line)", "record_key, content_hash"), state


@pytest.mark.parametrize("seed", range(6))
def test_stopped_anywhere_it_goes_on_as_if_nothing_had_been(
    make_lab: Callable[..., Lab], folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "_FULL", 200)
    write(folder / "a.ndjson", lines(*range(500)))
    write(folder / "b.ndjson.gz", gzip.compress(lines(*range(500, 1_000))))
    write(folder / "c.ndjson", lines(*range(1_000, 1_010)))
    settings = {"place": str(folder)}
    whole = Bench((lab := make_lab()).workspace, lab.profile, Fake(), "collector", {}, settings)
    assert whole.sync().error is None
    other = make_lab()
    broken = Bench(other.workspace, other.profile, Fake(), "collector", {}, settings)
    dice = random.Random(seed)
    for _ in range(2):
        left = dice.randrange(1, 6)
        task = Task()

        def on_progress(part: float, label: str, task: Task = task) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                task.cancel()

        task._on_progress = on_progress
        with suppress(Cancelled):
            broken.sync(task=task)
    outcome = broken.sync()
    assert outcome.error is None
    assert outcome.taken.known <= 200
    assert all_told(broken) == all_told(whole)


def test_only_so_many_files_are_remembered(bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_FILES", 5)
    for number in range(12):
        write(folder / f"{number:02}.ndjson", lines(number))
    bench.sync()
    assert len(bench.profile.sync_state(bench.connection, "events")["files"]) == 5
    bench.sync()
    assert ids(bench) == named(*range(12))


# -- on the web ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_parts", [True, False], ids=["parts", "whole"])
@pytest.mark.parametrize("index", ["names", "objects", "html"])
def test_every_index_is_read_and_files_grow(lab: Lab, web: FakeCollector, index: str, has_parts: bool) -> None:
    web.index, web.has_parts = index, has_parts
    web.files = {
        "a b é.ndjson": lines(1, 2),
        "c.ndjson.gz": gzip.compress(lines(3)),
        "empty.ndjson": b"",
        "readme.html": b"<html>",
    }
    bench = browsing(lab, web)
    assert bench.sync().error is None
    assert ids(bench) == named(1, 2, 3)
    web.files["a b é.ndjson"] += lines(4)
    web.files["d.ndjson"] = lines(5)
    web.requests.clear()
    outcome = bench.sync()
    assert ids(bench) == named(1, 2, 3, 4, 5)
    assert (outcome.taken.new, outcome.taken.known) == (2, 0)
    assert not [each for each in web.requests if each.method == "GET" and each.url.path.endswith(".gz")]
    web.files["a b é.ndjson"] = lines(6)  # replaced by a shorter one
    bench.sync()
    assert ids(bench) == named(1, 2, 3, 4, 5, 6)
    web.requests.clear()
    outcome = bench.sync()
    assert (outcome.taken.new, outcome.taken.known, outcome.taken.rejected) == (0, 0, 0)
    if index == "objects":
        assert len(web.requests) == 1


def test_large_files_come_in_parts(lab: Lab, web: FakeCollector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_BLOCK", 700)
    web.files = {"a.ndjson": lines(*range(200))}
    bench = browsing(lab, web)
    bench.sync()
    assert ids(bench) == named(*range(200))
    sizes = [each.headers.get("range") for each in web.requests if each.url.path.endswith("a.ndjson")]
    assert len(sizes) > 30


PASSING = by_name(
    [
        Fault(httpx.Response(429, headers={"retry-after": "7"}, text="slow down")),
        Fault(httpx.Response(500)),
        Fault(httpx.Response(503)),
        Fault(httpx.Response(409)),
        Fault(kind="reset"),
        Fault(kind="timeout"),
    ],
    ids=["429", "500", "503", "409", "reset", "timeout"],
)

STAYING = by_name(
    [
        (Fault(httpx.Response(401, text=f"bad token {TOKEN}")), Code.PROVIDER_LOGIN),
        (Fault(httpx.Response(403, text="no")), Code.PROVIDER_PERMISSION),
        (Fault(httpx.Response(302, headers={"location": f"https://login.example/?t={TOKEN}"})), Code.PROVIDER_REFUSED),
        (Fault(httpx.Response(400, text="no")), Code.PROVIDER_REFUSED),
        (Fault(httpx.Response(429, headers={"retry-after": "9999"})), Code.PROVIDER_LIMIT),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE),
        (
            Fault(httpx.Response(206, content=b"x" * 9, headers={"content-range": "bytes 3-11/20"})),
            Code.PROVIDER_ANSWER,
        ),
    ],
    ids=["401", "403", "302", "400", "429", "reset", "wrong-part"],
)


class TestFaults(FaultMatrix):
    provider = "collector"
    secrets: ClassVar = {"token": TOKEN}
    settings: ClassVar = {"": {"place": INDEX}}
    passing = PASSING
    staying = STAYING
    every = 2
    begins = (3,)

    def make(self) -> FakeCollector:
        made = FakeCollector()
        made.files = {f"{number}.ndjson": lines(number) for number in range(9)}
        return made


def test_a_file_that_goes_meanwhile_is_no_failure(lab: Lab, web: FakeCollector) -> None:
    web.index = '["a.ndjson", "gone.ndjson", "gone.ndjson.gz"]'
    web.files = {"a.ndjson": lines(1)}
    bench = browsing(lab, web)
    assert bench.sync().error is None
    assert ids(bench) == named(1)


@pytest.mark.parametrize(
    "index",
    [
        "",
        "not an index",
        '["a.ndjson"',
        '{"items": []}',
        "[1]",
        '["https://elsewhere.example/a.ndjson"]',
        '["//elsewhere.example/a.ndjson"]',
    ],
)
def test_an_index_that_is_none_is_told(lab: Lab, web: FakeCollector, index: str) -> None:
    web.index = index
    outcome = browsing(lab, web).sync()
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_ANSWER
    assert all(each.url.host == "events.example" for each in web.requests)


@pytest.mark.parametrize("place", ["http://events.example/", "ftp://events.example/", "file:///etc"])
def test_only_safe_addresses_are_spoken_to(lab: Lab, web: FakeCollector, place: str) -> None:
    bench = Bench(lab.workspace, lab.profile, web, "collector", {}, {"place": place})
    outcome = bench.sync()
    assert outcome.error is not None
    assert outcome.error.code is Code.SETTING_INVALID
    assert not web.requests


def test_a_folder_that_is_not_there_is_told(bench: Bench, folder: Path) -> None:
    folder.rmdir()
    outcome = bench.sync()
    assert outcome.error is not None
    assert outcome.error.code is Code.PROVIDER_MISSING


def test_check_counts_the_files(bench: Bench, folder: Path) -> None:
    from app.syncing import open_session

    write(folder / "a.ndjson", lines(1))
    session = open_session(bench.workspace, bench.profile, bench.credentials, bench.connection)
    assert session.check(Task()).name == f"{folder} (1)"
    session.close()


def test_the_token_is_nowhere_in_the_file(lab: Lab, web: FakeCollector) -> None:
    web.files = {"a.ndjson": lines(1)}
    browsing(lab, web).sync()
    path = lab.workspace.path
    lab.workspace.checkpoint()
    lab.close()
    assert TOKEN.encode() not in path.read_bytes()
