"""Every format, encoding and way of writing a value that a file may come in."""

# ruff: noqa: DTZ001 - the store holds UTC without saying so

from __future__ import annotations

import gzip
import io
import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pytest

from engine import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    {
        "event_id": "e1",
        "event_type": "purchase",
        "event_time": "2026-05-01T10:00:00Z",
        "anonymous_id": "a1",
        "url": "https://shop.example/ñandú?utm_source=x",
        "value_amount": "12.50",
        "currency": "usd",
        "payload": '{"k":1,"list":[1,2]}',
    },
    {
        "event_id": "e2",
        "event_type": "page_view",
        "event_time": "2026-05-01T12:30:00+02:00",
        "anonymous_id": "a2",
        "url": "https://shop.example/b",
        "value_amount": None,
        "currency": None,
        "payload": None,
    },
]
COLUMNS = tuple(ROWS[0])
WANTED = [
    ("e1", "purchase", datetime(2026, 5, 1, 10), "a1", ROWS[0]["url"], Decimal("12.5"), "USD", '{"k":1,"list":[1,2]}'),
    ("e2", "page_view", datetime(2026, 5, 1, 10, 30), "a2", ROWS[1]["url"], None, None, None),
]
QUERY = """select event_id, event_type, occurred_at, anonymous_id, url, value_amount, currency, payload
           from raw_events order by event_id"""


def _objects() -> list[dict[str, Any]]:
    return [
        {key: json.loads(value) if key == "payload" and value else value for key, value in row.items()} for row in ROWS
    ]


def _delimited(mark: str) -> bytes:
    def cell(value: str | None) -> str:
        text = value or ""
        return '"' + text.replace('"', '""') + '"' if mark in text or '"' in text else text

    lines = [mark.join(COLUMNS), *(mark.join(cell(row[name]) for name in COLUMNS) for row in ROWS)]
    return ("\n".join(lines) + "\n").encode()


def _parquet() -> bytes:
    target = io.BytesIO()
    pl.DataFrame(
        {
            **{name: [row[name] for row in ROWS] for name in COLUMNS[:2] + COLUMNS[3:5] + COLUMNS[6:7]},
            "event_time": [datetime(2026, 5, 1, 10), datetime(2026, 5, 1, 10, 30)],
            "value_amount": [Decimal("12.50"), None],
            "payload": [{"k": 1, "list": [1, 2]}, None],
        },
        schema_overrides={"event_time": pl.Datetime("us", "UTC"), "value_amount": pl.Decimal(18, 2)},
    ).write_parquet(target)
    return target.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "ndjson": lambda: "".join(json.dumps(row) + "\n" for row in _objects()).encode(),
    "array": lambda: json.dumps(_objects()).encode(),
    "pretty array": lambda: json.dumps(_objects(), indent=2, ensure_ascii=False).encode(),
    "pretty objects": lambda: "\n".join(json.dumps(row, indent=2) for row in _objects()).encode(),
    "csv": lambda: _delimited(","),
    "semicolons": lambda: _delimited(";"),
    "tsv": lambda: _delimited("\t"),
    "bars": lambda: _delimited("|"),
    "parquet": _parquet,
}


def _zstd(data: bytes) -> bytes:
    target = pa.BufferOutputStream()
    with pa.CompressedOutputStream(target, "zstd") as stream:
        stream.write(data)
    return target.getvalue().to_pybytes()


PACKINGS = {"plain": bytes, "gz": gzip.compress, "zst": _zstd}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("name", FILES)
def test_every_format_and_packing_gives_the_same_rows(lab, tmp_path: Path, name, packing):
    path = tmp_path / "file"
    path.write_bytes(PACKINGS[packing](FILES[name]()))
    result = lab.profile.import_file("events", path)
    assert (result.read, result.new, result.rejected) == (2, 2, 0), result.rejects
    assert lab.rows(QUERY) == WANTED
    again = lab.profile.import_file("events", io.BytesIO(FILES["ndjson"]()))  # standard input is a stream
    assert (again.read, again.new, again.duplicate, again.file_name) == (2, 0, 2, "standard input")


ENCODINGS = {
    "UTF-8 with a mark": b"\xef\xbb\xbf" + FILES["csv"](),
    "UTF-16 LE with a mark": b"\xff\xfe" + FILES["csv"]().decode().encode("utf-16-le"),
    "UTF-16 BE with a mark": b"\xfe\xff" + FILES["csv"]().decode().encode("utf-16-be"),
    "UTF-16 LE": FILES["csv"]().decode().encode("utf-16-le"),
    "UTF-16 BE": FILES["csv"]().decode().encode("utf-16-be"),
    "UTF-16 NDJSON": b"\xff\xfe" + json.dumps(_objects()[0]).encode("utf-16-le") + b"\n\0",
    "Windows-1252": FILES["csv"]().decode().encode("cp1252"),
    "CRLF": FILES["csv"]().replace(b"\n", b"\r\n"),
    "CR": FILES["csv"]().replace(b"\n", b"\r"),
    "mixed line ends": FILES["csv"]().replace(b"\n", b"\r\n", 1),
    "CRLF NDJSON": FILES["ndjson"]().replace(b"\n", b"\r\n"),
    "no last line feed": FILES["csv"]().rstrip(b"\n"),
    "blank lines": b"\n\n" + FILES["csv"]().replace(b"\n", b"\n\n"),
    "blank lines NDJSON": b"\n\n" + FILES["ndjson"]().replace(b"\n", b"\n \n"),
    "quoted header": FILES["csv"]().replace(b"event_type", b'"event_type"', 1),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings_and_line_ends(lab, name):
    result = lab.profile.import_file("events", io.BytesIO(ENCODINGS[name]))
    assert result.rejected == 0, result.rejects
    assert lab.rows(QUERY) == WANTED[: result.new]
    assert result.new == (1 if name == "UTF-16 NDJSON" else 2)


def test_one_spoilt_byte_does_not_change_the_encoding_of_the_rest(lab):
    text = "event_id,event_time,anonymous_id,title\n1,2026-05-01,a,ñandú €\n2,2026-05-01,a,"
    result = lab.profile.import_file("events", io.BytesIO(text.encode() + b"x\xff\n"))
    assert lab.rows("select title from raw_events order by line") == [("ñandú €",), ("x\ufffd",)]
    assert [note["code"] for note in result.notes] == ["invalid_bytes"]


def test_nul_bytes_are_shown_and_told(lab):
    result = lab.profile.import_file(
        "events", io.BytesIO(b'{"event_time":"2026-05-01","anonymous_id":"a\0b"}\n{"event_time":1,"anonymous_id":"x"}')
    )
    assert lab.value("select anonymous_id from raw_events") == "a\ufffdb"
    assert {"code": "nul", "count": 1} in result.notes
    escaped = '{"event_time":"2026-05-02","anonymous_id":"c","title":"a\\u0000b","payload":{"x":"\\u0000"}}'
    assert lab.profile.import_file("events", io.BytesIO(escaped.encode())).read == 1


def test_lone_surrogates_do_not_stop_an_import(lab):
    good = '{"event_time":"2026-05-02","anonymous_id":"good"}\n'
    bad = '{"event_time":"2026-05-02","anonymous_id":"\\ud800"}\n'
    result = lab.profile.import_file("events", io.BytesIO((good + bad).encode()))
    assert result.read == 2
    assert ("good",) in lab.rows("select anonymous_id from raw_events")


# ------------------------------------------------------------------ mapping


@pytest.mark.parametrize("name", ["csv", "ndjson"])
def test_only_blanks_around_a_value_go(lab, name):
    """A text that begins with an accent or ends with letters and digits of any kind stays as it is written."""
    names = ["Ángela Faure", "Émile FAE", "ñandu", "Última oferta 2000", "uFEFF00A0", "Ada", "ſ", "東京 100"]
    written = [around + name + around for name in names for around in ("", " ", "\u00a0", "\ufeff ")]
    if name == "csv":
        data = ("user_id,first_name\n" + "".join(f'{n},"{each}"\n' for n, each in enumerate(written))).encode()
    else:
        lines = [json.dumps({"user_id": str(n), "first_name": each}) for n, each in enumerate(written)]
        data = "\n".join(lines).encode()
    lab.profile.import_file("people", io.BytesIO(data))
    told = lab.rows("select first_name from raw_people order by user_id::integer")
    assert [each for (each,) in told] == [each for each in names for _ in range(4)]


def test_mapping_renames_and_reaches_into_nested_objects(lab):
    row = {"ts": "2026-05-01", "who": {"ids": [{"$anon": "deep"}]}, "a.b": "dotted", "email": "kept@x.example"}
    result = lab.profile.import_file(
        "events",
        io.BytesIO(json.dumps(row).encode()),
        mapping={"event_time": "ts", "anonymous_id": "who.ids.0.$anon", "title": "a.b"},
    )
    assert result.new == 1
    assert lab.rows("select anonymous_id, title, email from raw_events") == [("deep", "dotted", "kept@x.example")]
    assert json.loads(lab.value("select payload from raw_events")) == {"who": row["who"]}


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_mapping_in_files_with_columns(lab, tmp_path: Path, name):
    path = tmp_path / "file"
    frame = pl.DataFrame({"ts": ["2026-05-01"], "who": [{"id": "x"}], "event_time": ["their own"]})
    if name == "parquet":
        frame.write_parquet(path)
    else:
        frame.with_columns(who=pl.lit('{"id":"x"}')).write_csv(path)
    result = lab.profile.import_file("events", path, mapping={"event_time": "ts", "anonymous_id": "who.id"})
    assert (result.new, result.rejected) == (1, 0), result.rejects
    assert lab.rows("select anonymous_id, payload->>'event_time' from raw_events") == [("x", "their own")]


def test_names_that_differ_in_case_only(lab):
    row = {"event_time": "2026-05-01", "anonymous_id": "a", "Email": "upper@x.example", "email": "lower@x.example"}
    lab.profile.import_file("events", io.BytesIO(json.dumps(row).encode()), mapping={"user_id": "Email"})
    assert lab.rows("select email, user_id from raw_events") == [("lower@x.example", "upper@x.example")]


def test_mapping_to_an_unknown_field_is_refused(lab):
    with pytest.raises(AttribenchError) as caught:
        lab.profile.import_file("events", io.BytesIO(b"{}"), mapping={"nope": "x"})
    assert caught.value.code is Code.MAPPING_UNKNOWN
    assert caught.value.facts["field"] == "nope"


# ------------------------------------------------------------------ payload


@pytest.mark.parametrize(
    ("row", "payload"),
    [
        ({"zeta": 1, "alpha": "x"}, {"zeta": 1, "alpha": "x"}),
        ({"payload": {"a": 1}, "zeta": 2}, {"a": 1, "zeta": 2}),
        ({"payload": {"zeta": 1}, "zeta": 2}, {"zeta": 2, "payload": {"zeta": 1}}),
        ({"payload": [1, 2], "zeta": 2}, {"zeta": 2, "payload": [1, 2]}),
        ({"payload": "plain text"}, "plain text"),
        ({"payload": {"deep": {"er": [None, {"x": "ñ"}]}}}, {"deep": {"er": [None, {"x": "ñ"}]}}),
    ],
)
def test_unknown_names_are_kept_in_the_payload(lab, row, payload):
    lab.events({"event_time": "2026-05-01", "anonymous_id": "a", **row})
    assert json.loads(lab.value("select payload from raw_events")) == payload


def test_a_field_that_turns_up_late_in_a_large_file_is_read(lab):
    early = [{"event_time": 1777629600 + i, "anonymous_id": "a", "event_id": f"e{i}"} for i in range(25_000)]
    late = {"event_time": 1777629600, "anonymous_id": "b", "email": "late@x.example", "event_id": "late"}
    result = lab.events(*early, late)
    assert result.new == 25_001
    assert lab.rows("select email, payload, line from raw_events where event_id = 'late'") == [
        ("late@x.example", None, 25_001)
    ]


# ------------------------------------------------------------------ numbers


def _amounts(lab, texts: list[str], mark: str = ",") -> list[str | None]:
    rows = [f'2026-05-01{mark}a{mark}{i}{mark}"{text}"' for i, text in enumerate(texts)]
    header = mark.join(("event_time", "anonymous_id", "event_id", "value_amount"))
    result = lab.profile.import_file("events", io.BytesIO("\n".join([header, *rows]).encode()))
    found = dict(lab.rows("select event_id, value_amount::varchar from raw_events"))
    bad = set(result.rejects["value"])
    return [None if text in bad else found[str(i)].rstrip("0").rstrip(".") for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "mark", "wanted"),
    [
        (["1.234,56", "12,5", "1.234"], ",", ["1234.56", "12.5", "1234"]),
        (["1,234.56", "12.5", "1,234"], ",", ["1234.56", "12.5", "1234"]),
        (["1,234", "2"], ",", ["1234", "2"]),
        (["1,234", "2"], ";", ["1.234", "2"]),
        (["1.234", "2"], ";", ["1234", "2"]),
        (["1.234.567", "1,234,567", "1 234,50"], ",", ["1234567", "1234567", "1234.5"]),
        (["$12.50", "12.50 €", "US$ 3", "R$ 4.5", "£-7", "-$8", "USD 9.1", "9.2 EUR", "−1"], ",",
         ["12.5", "12.5", "3", "4.5", "-7", "-8", "9.1", "9.2", "-1"]),
        (["1'234.50", "1e3", "+5", ".5", "0.000001"], ",", ["1234.5", "1000", "5", "0.5", "0.000001"]),
        (["abc", "12..5", "1.2.3", "--1", "9999999999999999", "NaN", "inf"], ",", [None] * 7),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(lab, texts, mark, wanted):
    assert _amounts(lab, texts, mark) == wanted


def test_decimal_commas_in_json_texts(lab):
    rows = [
        {"event_time": 1777629600, "anonymous_id": "a", "event_id": str(i), "value_amount": amount}
        for i, amount in enumerate(["12,5", "1.234,56", "1.234"])
    ]
    lab.events(*rows)
    assert [float(x) for (x,) in lab.rows("select value_amount from raw_events order by line")] == [12.5, 1234.56, 1234]


# ------------------------------------------------------------------ times

UTC_10 = datetime(2026, 5, 1, 10)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-05-01T10:00:00Z", UTC_10),
        ("2026-05-01T10:00:00.123456Z", UTC_10.replace(microsecond=123456)),
        ("2026-05-01T12:00:00+02:00", UTC_10),
        ("2026-05-01T12:00:00+0200", UTC_10),
        ("2026-05-01 12:00:00+02", UTC_10),
        ("2026-05-01 10:00:00 UTC", UTC_10),
        ("20260501T100000Z", UTC_10),
        ("1777629600", UTC_10),
        ("1777629600.5", UTC_10.replace(microsecond=500000)),
        ("1777629600123", UTC_10.replace(microsecond=123000)),
        ("1777629600123456", UTC_10.replace(microsecond=123456)),
        ("1777629600123456789", UTC_10.replace(microsecond=123456)),
        ("2026-05-01", datetime(2026, 4, 30, 22)),  # in the profile's zone
        ("2026-05-01T12:00:00", UTC_10),
        ("2026-05-01 12:00", UTC_10),
        ("2026/05/01 12:00:00", UTC_10),
    ],
)
def test_times(make_lab, text, wanted):
    lab = make_lab(timezone="Europe/Madrid")
    result = lab.events({"event_time": text, "anonymous_id": "a"})
    assert lab.rows("select occurred_at from raw_events") == [(wanted,)], result.rejects


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "not_a_time"),
        ("2026-13-01", "not_a_time"),
        ("2026-02-30T10:00:00Z", "not_a_time"),
        ("03/04/2026", "not_a_time"),
        ("infinity", "time_out_of_range"),
        ("1969-01-01", "time_out_of_range"),
        ("9223372036854775807", "time_out_of_range"),
        ("99999999999999999999", "time_out_of_range"),
        ("2100-01-01T00:00:00Z", "time_out_of_range"),
    ],
)
def test_times_that_cannot_be(lab, text, reason):
    result = lab.events({"event_time": text, "anonymous_id": "a"}, {"event_time": "2026-05-01", "anonymous_id": "b"})
    assert result.new == 1
    line, field, value, why, _ = result.rejects.row(0)
    assert (line, field, value) == (1, "event_time", text)
    assert why in {reason, "not_a_time"}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["03/04/2026", "31/04/2026", "25/12/2026 10:30"], ["2026-04-03", None, "2026-12-25"]),
        (["03/04/2026", "12/25/2026"], ["2026-03-04", "2026-12-25"]),
        (["03.04.2026", "25.12.2026"], ["2026-04-03", "2026-12-25"]),
        (["03/04/2026", "05/06/2026"], [None, None]),
        (["25/12/2026", "12/25/2026", "03/04/2026"], [None, None, None]),
        (["25/12/2026", "99/99/2026", "2026-05-01"], ["2026-12-25", None, "2026-05-01"]),
    ],
)
def test_day_and_month_are_decided_by_the_column(lab, texts, wanted, as_json):
    rows = [{"event_time": text, "anonymous_id": "a", "event_id": str(i)} for i, text in enumerate(texts)]
    if as_json:
        lab.load("events", rows)
    else:
        lab.profile.import_file("events", io.BytesIO(pl.DataFrame(rows).write_csv().encode()))
    found = dict(lab.rows("select event_id, occurred_at::date::varchar from raw_events"))
    assert [found.get(str(i)) for i in range(len(texts))] == wanted


def test_one_column_decides_for_another_that_does_not_tell(lab):
    text = "conversion_id,email,time,event_type,starts_at\n1,a@x.example,25/12/2026,lead_created,03/04/2026\n"
    lab.profile.import_file("conversions", io.BytesIO(text.encode()))
    assert lab.rows("select starts_at from raw_conversions") == [(datetime(2026, 4, 3),)]


# ------------------------------------------------------------------ odd files


@pytest.mark.parametrize("megabytes", [1, 20])
def test_long_lines(lab, megabytes):
    row = {"event_time": "2026-05-01", "anonymous_id": "a", "payload": {"x": "y" * (megabytes << 20)}}
    assert lab.events(row, {"event_time": "2026-05-01", "anonymous_id": "b"}).new == 2
    text = f"event_time,anonymous_id,title\n2026-05-01,c,{'z' * (megabytes << 20)}\n2026-05-01,d,short\n"
    assert lab.profile.import_file("events", io.BytesIO(text.encode())).new == 2
    assert lab.value("select max(length(title)) from raw_events") == megabytes << 20


@pytest.mark.parametrize("packing", ["gz", "zst"])
@pytest.mark.parametrize("name", ["ndjson", "csv"])
def test_a_truncated_file_gives_its_whole_rows(lab, name, packing):
    rows = [
        {"event_time": "2026-05-01T10:00:00Z", "anonymous_id": f"visitor{i * 7919 % 4999}", "title": "ñ" * (i % 50)}
        for i in range(20_000)
    ]
    text = (
        pl.DataFrame(rows).write_csv()
        if name == "csv"
        else "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    )
    packed = PACKINGS[packing](text.encode())
    result = lab.profile.import_file("events", io.BytesIO(packed[: len(packed) * 2 // 3]))
    assert result.notes[0]["code"] == "truncated"
    assert result.new > 1000
    assert result.rejected <= 1
    assert result.read == result.new + result.duplicate + result.rejected
    assert set(lab.frame("select distinct title from raw_events where title is not null")["title"]) <= {
        "ñ" * i for i in range(50)
    }
    if name == "csv":
        assert result.rejects["reason"].to_list() in ([], ["unfinished"])


def test_a_broken_json_array_keeps_the_objects_that_can_be_read(lab):
    good = [{"event_time": "2026-05-01", "anonymous_id": f"a{i}"} for i in range(3)]
    lines = [
        "[",
        *("  " + json.dumps(row) + "," for row in good),
        '  {"event_time": nonsense},',
        "  " + json.dumps(good[0]),
        "]",
    ]
    result = lab.profile.import_file("events", io.BytesIO("\n".join(lines).encode()))
    assert (result.new, result.duplicate, result.rejected) == (3, 1, 1)
    assert result.rejects.select("line", "reason").rows() == [(5, "invalid_json")]
    assert lab.rows("select line from raw_events order by line") == [(2,), (3,), (4,)]
    cut = lab.profile.import_file("events", io.BytesIO(json.dumps(good).encode()[:-20]))
    assert (cut.duplicate, cut.rejected) == (2, 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.FILE_EMPTY),
        (gzip.compress(b"", mtime=0), Code.FILE_EMPTY),
        (b"\x1f\x8bgarbage", Code.FILE_UNREADABLE),
        (b"PAR1 but not really", Code.FILE_UNREADABLE),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8, Code.FILE_FORMAT),
        (b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)), Code.FILE_FORMAT),
        (b"PK\x03\x04" + bytes(range(256)), Code.FILE_FORMAT),
        (b"%PDF-1.7\n...", Code.FILE_FORMAT),
        (bytes(range(256)) * 20, Code.FILE_FORMAT),
        (b"email,anonymous_id\n", Code.FILE_MISSING_COLUMNS),
        (b"event_time\n2026-05-01\n", Code.FILE_MISSING_COLUMNS),
        (b"event_time,email,email\n", Code.FILE_DUPLICATE_COLUMNS),
        (b"event_time,email,Email\n", Code.FILE_DUPLICATE_COLUMNS),
        (b"date,visitors,pageviews,bounces,visits,visit_duration\n2024-01-01,1,1,1,1,1\n", Code.IMPORT_AGGREGATE),
        (b"name,visitors\nGoogle,5\n", Code.IMPORT_AGGREGATE),
    ],
)
def test_files_that_are_refused_as_a_whole(lab, data, code):
    with pytest.raises(AttribenchError) as caught:
        lab.profile.import_file("events", io.BytesIO(data))
    assert caught.value.code is code
    assert lab.value("select count(*) from imports") == 0


def test_folders_and_missing_files(lab, tmp_path: Path):
    for path, code in ((tmp_path, Code.FILE_IS_FOLDER), (tmp_path / "nope", Code.FILE_MISSING)):
        with pytest.raises(AttribenchError) as caught:
            lab.profile.import_file("events", path)
        assert caught.value.code is code
        assert caught.value.facts["path"] == str(path)


@pytest.mark.parametrize(
    "data", [b"event_time,anonymous_id\n", b"event_time,anonymous_id", b"[]", b"{}\n", b"\n\n\n{}"]
)
def test_files_without_rows_to_keep(lab, data):
    result = lab.profile.import_file("events", io.BytesIO(data))
    assert (result.new, result.read) == (0, result.rejected)


def test_memory_of_the_reader_does_not_grow_with_the_limit_on_lines(lab):
    """A buffer for the longest line allowed would not fit into a small workspace's memory."""
    with lab.workspace.store.read() as cursor:
        cursor.run("set memory_limit = '200MB'")
    rows = [{"event_time": 1777629600 + i, "anonymous_id": f"a{i}", "title": "t" * 300} for i in range(30_000)]
    assert lab.events(*rows).new == 30_000
