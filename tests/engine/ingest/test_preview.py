"""A preview tells what an import would do, of any file, reading no more than its beginning."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from engine import AttribenchError, Code, Task
from engine.errors import Cancelled
from engine.ingest import head
from engine.ingest.fields import KINDS
from engine.ingest.guess import Guess
from engine.ingest.preview import preview

EXPORTS = Path(__file__).parents[2] / "data" / "exports"

# kind -> names in the file, rows (the first of them good), the mapping that should be suggested
FILES = {
    "events": (
        ["Timestamp", "Visitor ID", "E-mail", "page_url", "value_amount", "currency", "consent_marketing", "Plan"],
        [
            ["2026-05-01T10:00:00Z", "v-100", "a@x.co", "https://shop.example/a", "10.50", "USD", "yes", "gold"],
            ["2026-05-01 10:00", "v-200", "b@x.co", "https://shop.example/b", "1,234.50", "USD", "no", "gold"],
            ["soon", "v-300", "c@x.co", "https://shop.example/c", "3", "USD", "no", ""],
            ["2026-05-01T10:00:00Z", "v-400", "", "", "twelve", "USD", "", ""],
            ["2026-05-01T10:00:00Z", "v-500", "", "", "3", "DOLLARS", "", ""],
            ["2026-05-01T10:00:00Z", "", "", "", "3", "USD", "", ""],
            ["", "v-500", "", "", "3", "USD", "", ""],
            *([["2026-05-02T10:00:00Z", f"v-6{n}0", "", "", "4", "EUR", "no", ""] for n in range(10, 60)]),
        ],
        {"event_time": "Timestamp", "anonymous_id": "Visitor ID", "email": "E-mail", "url": "page_url",
         "value_amount": "value_amount", "currency": "currency", "consent_marketing": "consent_marketing"},
    ),
    "touches": (
        ["person", "time", "Canal", "source", "kind", "engagement"],
        [
            ["p-1", "2026-05-01", "Paid Social", "facebook", "visit", "12"],
            ["p-2", "1950-01-01", "Paid Social", "facebook", "visit", "12"],
            ["p-3", "2026-05-01", "Paid Social", "facebook", "visit", "lots"],
            ["", "2026-05-01", "Paid Social", "facebook", "view", "3"],
            *([[f"p-{n}", "2026-05-01", "Direct", "", "view", "3"] for n in range(10, 40)]),
        ],
        {"person": "person", "time": "time", "channel": "Canal", "source": "source", "kind": "kind",
         "engagement": "engagement"},
    ),
    "conversions": (
        ["deal_id", "correo", "closed_at", "event_type", "importe", "Moneda", "Teléfono"],
        [
            ["d-1001", "a@x.co", "31/05/2026", "sale", "1.234,50", "EUR", "+34 600 111 222"],
            ["d-1002", "b@x.co", "01/02/2026", "sale", "99,9", "EUR", "+34 600 111 223"],
            ["d-1003", "c@x.co", "40/02/2026", "sale", "5", "EUR", "+34 600 111 224"],
            ["", "d@x.co", "01/02/2026", "sale", "5", "EUR", ""],
            ["d-1005", "d@x.co", "01/02/2026", "", "5", "EUR", ""],
            ["d-1006", "d@x.co", "01/02/2026", "sale", "5", "EURO", ""],
            *([[f"d-2{n}", f"m{n}@x.co", "03/02/2026", "sale", "7", "EUR", ""] for n in range(100, 140)]),
        ],
        {"conversion_id": "deal_id", "email": "correo", "time": "closed_at", "event_type": "event_type",
         "value_amount": "importe", "currency": "Moneda", "phone": "Teléfono"},
    ),
    "people": (
        ["Email", "Phone Number", "First Name", "last_name", "Notes"],
        [
            ["a@x.co", "+1 305 555 0101", "Ann", "Lee", "likes tea"],
            ["", "", "Nobody", "", ""],
            ["c@x.co", "+1 305 555 0102", "Cy", "Poe", ""],
        ],
        {"email": "Email", "phone": "Phone Number", "first_name": "First Name", "last_name": "last_name"},
    ),
    "ad-spend": (
        ["Date", "platform", "Account ID", "campaign_id", "Campaign Name", "Amount Spent", "Currency", "Impressions"],
        [
            ["2026-05-01", "meta", "act_1", "c10001", "Brand", "10.50", "USD", "100"],
            ["2026-05-02", "meta", "act_1", "c10001", "Brand", "ten", "USD", "100"],
            ["2026-05-03", "meta", "act_1", "c10001", "Brand", "3", "USD", "1.5"],
            ["2026-05-04", "meta", "", "c10001", "Brand", "3", "USD", "7"],
            *([[f"2026-05-{n}", "meta", "act_1", "c10001", "Brand", "3", "USD", "7"] for n in range(10, 30)]),
        ],
        {"date": "Date", "platform": "platform", "account": "Account ID", "campaign_id": "campaign_id",
         "campaign": "Campaign Name", "spend": "Amount Spent", "currency": "Currency",
         "impressions": "Impressions"},
    ),
    "rates": (
        ["date", "currency", "base", "rate"],
        [["2026-05-01", "USD", "EUR", "1.1"], ["2026-05-02", "USD", "EUR", "0"], ["2026-05-03", "??", "EUR", "1.1"]],
        {"date": "date", "currency": "currency", "base": "base", "rate": "rate"},
    ),
}  # fmt: skip
SHAPES = ["csv", "tsv.gz", "ndjson", "json", "parquet", "csv.zst"]


def write(path: Path, names: list[str], rows: list[list[str]]) -> Path:
    """The rows in the format the file's name tells; empty cells absent where the format knows that."""
    kind, _, packing = path.name.partition(".")[2].partition(".")
    records = [{name: cell for name, cell in zip(names, row, strict=True) if cell} for row in rows]
    if kind == "parquet":
        pl.DataFrame(records, schema=dict.fromkeys(names, pl.String)).write_parquet(path)
        return path
    if kind in {"csv", "tsv"}:
        out = io.StringIO()
        csv.writer(out, delimiter="\t" if kind == "tsv" else ",", lineterminator="\n").writerows([names, *rows])
        text = out.getvalue()
    elif kind == "json":
        text = json.dumps(records, indent=1)
    else:
        text = "".join(json.dumps(record) + "\n" for record in records)
    data = text.encode()
    path.write_bytes({"": data, "gz": gzip.compress(data), "zst": pa.compress(data, "zstd", asbytes=True)}[packing])
    return path


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", FILES)
def test_the_import_rejects_just_what_was_previewed(lab, tmp_path, kind, shape):
    names, rows, suggested = FILES[kind]
    path = write(tmp_path / f"file.{shape}", names, rows)
    seen = lab.profile.preview_import(path)
    assert (seen.kind, seen.needed, seen.is_whole) == (kind, (), True)
    assert {field: column for field, column in seen.mapping.items() if column} == suggested
    assert seen.rows.columns == names
    assert [[cell or "" for cell in row] for row in seen.rows.rows()] == rows[:100]

    result = lab.profile.import_file(seen.kind, path, mapping=seen.mapping)
    assert lab.rows("select count(*) from imports") == [(1,)]
    assert seen.rejects.rows() == result.rejects.rows()
    assert (seen.checked, seen.estimate) == (result.read, result.read)
    assert sum(problem.count for problem in seen.problems) == result.rejected > 0
    by_column = [problem for column in seen.columns for problem in column.problems]
    assert set(by_column) == {problem for problem in seen.problems if problem.column is not None}
    assert {seen.mapping[p.field] for p in by_column} == {p.column for p in by_column}


@pytest.mark.parametrize("name", sorted(path.name for path in EXPORTS.iterdir()))
def test_exports_recognise_themselves(lab, name):
    seen = lab.profile.preview_import(EXPORTS / name)
    assert seen.kind == name.split(".")[0] == seen.kinds[0].kind
    assert seen.kinds[0].title
    assert seen.is_fixed
    result = lab.profile.import_file(seen.kind, EXPORTS / name, mapping=seen.mapping)
    assert seen.rejects.rows() == result.rejects.rows()
    if name == "snowplow.tsv":  # without a header, which nothing but the export itself knows
        return
    other = lab.profile.preview_import(EXPORTS / name, "events")
    assert other.kind == "events"
    assert other.kinds[0].kind == seen.kind


def test_a_mapping_is_read_as_the_import_reads_it(lab, tmp_path):
    rows = [["a@x.co", "b@x.co", "2026-05-01", "x1"], ["c@x.co", "", "soon", "x2"]]
    path = write(tmp_path / "deals.csv", ["email", "alt", "time", "conversion_id"], rows)
    # The file's own `email` is left out, another column stands in; a column of a required field is not named.
    mapping = {"email": "alt", "phone": "", "event_type": "conversion_id"}
    seen = preview(path, kind="conversions", mapping=mapping)
    assert seen.needed == ()
    assert [column.field for column in seen.columns] == [None, "email", "time", "conversion_id"]
    result = lab.profile.import_file("conversions", path, mapping=mapping)
    assert seen.rejects.rows() == result.rejects.rows()
    assert lab.rows("select email, event_type, payload from raw_conversions") == [
        ("b@x.co", "x1", '{"email":"a@x.co"}')
    ]


@pytest.mark.parametrize("shape", ["csv", "ndjson", "parquet"])
def test_a_field_left_out_stays_in_the_payload(lab, tmp_path, shape):
    names = ["event_time", "anonymous_id", "email"]
    path = write(tmp_path / f"events.{shape}", names, [["2026-05-01T00:00:00Z", "v1", "not mine"]])
    mapping = {"email": ""}
    assert [column.field for column in preview(path, mapping=mapping).columns] == ["event_time", "anonymous_id", None]
    lab.profile.import_file("events", path, mapping=mapping)
    assert lab.rows("select email, payload from raw_events") == [(None, '{"email":"not mine"}')]


def test_leaving_a_required_field_out_is_told(lab, tmp_path):
    path = write(tmp_path / "events.csv", ["event_time", "anonymous_id"], [["2026-05-01", "v1"]])
    assert preview(path, kind="events", mapping={"event_time": ""}).needed == ("event_time",)
    with pytest.raises(AttribenchError) as failure:
        lab.profile.import_file("events", path, mapping={"event_time": ""})
    assert failure.value.facts["columns"] == ["event_time"]


def test_what_is_needed_and_the_problems_meanwhile(tmp_path):
    path = write(tmp_path / "deals.csv", ["what", "paid"], [["a", "12"], ["b", "much"], ["c", "13"]])
    seen = preview(path, kind="conversions", mapping={"value_amount": "paid"})
    assert seen.needed == ("conversion_id", "time", "event_type")
    assert [(p.reason, p.column, p.examples, p.lines) for p in seen.problems] == [
        ("not_a_number", "paid", ("much",), (3,))
    ]
    events = preview(path, kind="events", mapping={})
    assert events.needed == ("event_time", "anonymous_id | email | phone | user_id")
    assert events.problems == ()


def test_types_of_columns(tmp_path):
    values = {
        "when": ["2026-05-01 10:00", "2026-05-02 11:00"],
        "created": ["1767225600", "1767225601000"],
        "n": ["1", "2.5"],
        "cost": ["$1,000.00", "12 €"],
        "mail": ["a@x.co", "b@x.co"],
        "mobile": ["+34 600 111 222", "(305) 555-0101"],
        "order id": ["10001", "10002"],
        "hash": ["9f86d081", "3c2a11b0"],
        "link": ["https://x.co/a", "https://x.co/b"],
        "ok": ["yes", "no"],
        "note": ["hello there", "b"],
        "gone": ["", ""],
        "zip": ["28001", "28002"],
    }
    path = write(tmp_path / "any.csv", list(values), [list(row) for row in zip(*values.values(), strict=True)])
    seen = preview(path)
    assert [column.guess for column in seen.columns] == [
        *(Guess.TIME, Guess.TIME, Guess.NUMBER, Guess.MONEY, Guess.EMAIL, Guess.PHONE, Guess.ID, Guess.ID),
        *(Guess.URL, Guess.BOOLEAN, Guess.TEXT, Guess.EMPTY, Guess.NUMBER),
    ]
    assert [column.filled for column in seen.columns][-3:] == [1.0, 0.0, 1.0]
    fields = [column.field for column in seen.columns if column.field]
    assert len(set(fields)) == len(fields)


def test_what_was_assumed_is_told(tmp_path):
    names = ["conversion_id", "event_type", "time", "starts_at", "value_amount", "stage_position"]
    rows = [
        ["a1", "sale", "13/02/2026", "2026-01-01T10:00:00Z", "1,234", "2"],
        ["a2", "sale", "01/02/2026 10:00", "2026-01-01T10:00:00+02:00", "2,000", "3"],
    ]
    seen = preview(write(tmp_path / "deals.csv", names, rows), kind="conversions")
    told = {column.name: [(hint.code, hint.count) for hint in column.hints] for column in seen.columns}
    assert told == {
        "conversion_id": [],
        "event_type": [],
        "time": [("day_first", 2), ("no_offset", 2)],
        "starts_at": [],
        "value_amount": [("ambiguous_number", 2)],
        "stage_position": [],
    }
    decided = preview(write(tmp_path / "clear.csv", names, [*rows, [*rows[0][:4], "1,234.50", "2"]]))
    assert decided.columns[4].hints == ()
    comma = preview(write(tmp_path / "comma.csv", names, [*rows, [*rows[0][:4], "1.234,50", "2"]]))
    assert [hint.code for hint in comma.columns[4].hints] == ["comma_decimal"]


def test_nested_names_can_be_mapped(lab, tmp_path):
    path = tmp_path / "hooks.ndjson"
    path.write_text('{"at": "2026-05-01T00:00:00Z", "customer": {"email": "a@x.co", "tags": ["x", 1.50]}, "n": 1.50}\n')
    seen = preview(path, kind="people")
    assert seen.rows.row(0, named=True) == {
        "at": "2026-05-01T00:00:00Z",
        "customer": '{"email": "a@x.co", "tags": ["x", 1.50]}',
        "customer.email": "a@x.co",
        "customer.tags": '["x", 1.50]',
        "n": "1.50",
    }
    assert seen.mapping["email"] == "customer.email"
    assert lab.profile.import_file("people", path, mapping=seen.mapping).new == 1
    assert lab.rows("select email from raw_people") == [("a@x.co",)]


ECB = {
    "portal.csv": "KEY,CURRENCY,TIME_PERIOD,OBS_VALUE\nk,USD,2026-05-01,1.1\nk,JPY,2026-05-01,none\n",
    "eurofxref-hist.csv": "Date,USD,JPY,\n2026-05-01,1.1,170,\n2026-05-02,1.2,x,\n",
    "eurofxref-daily.xml": "<?xml version='1.0'?>\n<E xmlns='http://e'><Cube><Cube time='2026-05-01'>"
    "<Cube currency='USD' rate='1.1'/><Cube currency='JPY' rate='zero'/></Cube></Cube></E>",
}


@pytest.mark.parametrize("name", ECB)
def test_rates_of_the_central_bank(lab, tmp_path, name):
    path = tmp_path / name
    path.write_text(ECB[name])
    seen = preview(path)
    assert (seen.kind, seen.is_fixed, seen.needed) == ("rates", True, ())
    assert seen.kinds[0].is_recognised
    assert [column.field for column in seen.columns] == ["date", "currency", "base", "rate"]
    result = lab.profile.import_file("rates", path, mapping=seen.mapping)
    assert seen.rejects.rows() == result.rejects.rows()
    assert result.rejected == 1


# -- only the beginning -----------------------------------------------------------------------------------------------


def line(number: int) -> str:
    return json.dumps({"event_time": "2026-05-01T00:00:00Z", "anonymous_id": f"v{number}", "title": "x" * 3000})


BIG = {
    "lines.ndjson": lambda: "".join(line(n) + "\n" for n in range(4000)),
    "array.json": lambda: "[" + ",".join(line(n) for n in range(4000)) + "]",
    "pretty.json": lambda: "[\n" + ",\n".join("  " + line(n).replace(", ", ",\n    ") for n in range(4000)) + "\n]",
    "quoted.csv": lambda: (
        "event_time,anonymous_id,title\n"
        + "".join(f'2026-05-01T00:00:00Z,v{n},"{"two" * 500}\n{"lines" * 300}"\n' for n in range(4000))
    ),
    "wide.csv": lambda: (
        "event_time,anonymous_id,title\n" + "".join(f"2026-05-01T00:00:00Z,v{n},{'é' * 1500}\n" for n in range(4000))
    ),
    "short.tsv": lambda: "event_time\tanonymous_id\n" + "".join(f"2026-05-01\tv{n}\n" for n in range(4000)),
}


@pytest.mark.parametrize("packing", ["", "gz", "zst", "utf-16"])
@pytest.mark.parametrize("name", BIG)
def test_a_large_file_is_cut_where_a_row_ends(tmp_path, name, packing):
    text = BIG[name]()
    data = text.encode("utf-16" if packing == "utf-16" else "utf-8")
    packed = {"gz": gzip.compress, "zst": lambda plain: pa.compress(plain, "zstd", asbytes=True)}.get(packing)
    path = tmp_path / (f"{name}.{packing}" if packed else name)
    path.write_bytes(packed(data) if packed else data)
    seen = preview(path)
    assert (seen.kind, seen.problems, seen.needed) == ("events", (), ())
    assert not seen.is_whole
    assert 200 < seen.checked <= 2000
    assert seen.size == path.stat().st_size
    if not packed:
        assert seen.estimate == pytest.approx(4000, rel=0.05)
    assert not [note for note in seen.notes if note["code"] not in {"encoding"}]


def test_no_more_is_read_than_the_beginning(tmp_path, monkeypatch):
    path = tmp_path / "endless.ndjson"
    with path.open("wb") as file:
        for number in range(3000):
            file.write(line(number).encode() + b"\n")
        os.truncate(file.fileno(), 50 << 30)  # fifty gigabytes, of which the disk holds nine megabytes
    taken = []
    blocks = head._blocks

    def counted(file, limit):
        for block in blocks(file, limit):
            taken.append(len(block))
            yield block

    monkeypatch.setattr(head, "_blocks", counted)
    seen = preview(path)
    assert sum(taken) <= head.MAX_BYTES + 1
    assert seen.problems == ()
    assert seen.estimate > 1_000_000


def test_parquet_of_many_rows(tmp_path):
    frame = pl.DataFrame({"event_time": ["2026-05-01"] * 9000, "anonymous_id": [f"v{n}" for n in range(9000)]})
    frame.write_parquet(tmp_path / "e.parquet")
    seen = preview(tmp_path / "e.parquet")
    assert (seen.checked, seen.estimate, seen.is_whole, seen.kind) == (2000, 9000, False, "events")
    (tmp_path / "e.parquet.gz").write_bytes(gzip.compress((tmp_path / "e.parquet").read_bytes()))
    assert preview(tmp_path / "e.parquet.gz").estimate == 9000


def test_a_preview_can_be_cancelled(tmp_path):
    path = write(tmp_path / "events.csv", ["event_time", "anonymous_id"], [["2026-05-01", "v1"]])
    task = Task(lambda fraction, _: task.cancel() if fraction >= 0.4 else None)
    with pytest.raises(Cancelled):
        preview(path, task=task)


# -- files that are not what they should be ---------------------------------------------------------------------------

GOOD = b"event_time,anonymous_id,title\n2026-05-01T00:00:00Z,v1,caf\xc3\xa9\n"
FAILURES = {
    "empty.csv": (b"", Code.FILE_EMPTY),
    "empty.csv.gz": (gzip.compress(b""), Code.FILE_EMPTY),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, Code.FILE_FORMAT),
    "book.xlsx": (b"PK\x03\x04" + bytes(200), Code.FILE_FORMAT),
    "zeros.csv": (bytes(5000), Code.FILE_FORMAT),
    "page.csv": (b"<!DOCTYPE html><html><body>Not found</body></html>", Code.FILE_FORMAT),
    "blank.csv": (b"\n\n\n", Code.FILE_FORMAT),
    "twice.csv": (b"time,Time\n1,2\n", Code.FILE_DUPLICATE_COLUMNS),
    "cut.parquet": (b"PAR1" + bytes(100), Code.FILE_UNREADABLE),
    "cut.parquet.gz": (gzip.compress(b"PAR1" + bytes(100)), Code.FILE_UNREADABLE),
    "broken.csv.gz": (b"\x1f\x8b" + bytes(20), Code.FILE_UNREADABLE),
    "broken.csv.zst": (b"\x28\xb5\x2f\xfd" + b"\xff" * 20, Code.FILE_UNREADABLE),
    "bomb.xml": (b"<?xml version='1.0'?><!ENTITY a 'a'>\n<Cube>&a;</Cube>", Code.FILE_UNREADABLE),
    "plausible.csv": (b"date,visitors,pageviews,bounces,visits,visit_duration\n2026-05-01,1,1,1,1,1\n",
                      Code.IMPORT_AGGREGATE),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_file_that_cannot_be_read(tmp_path, name):
    data, code = FAILURES[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(AttribenchError) as failure:
        preview(path)
    assert failure.value.code is code


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, code in (
        (tmp_path, Code.FILE_IS_FOLDER),
        (tmp_path / "gone.csv", Code.FILE_MISSING),
        (tmp_path / "pipe", Code.FILE_UNREADABLE),
    ):
        with pytest.raises(AttribenchError) as failure:
            preview(path)
        assert failure.value.code is code


def test_what_is_asked_for_must_exist(tmp_path):
    (tmp_path / "a.csv").write_bytes(GOOD)
    for options, code in (
        ({"kind": "dreams"}, Code.IMPORT_KIND_UNKNOWN),
        ({"mapping": {"dream": "title"}}, Code.MAPPING_UNKNOWN),
        ({"kind": "rates", "mapping": {"email": "title"}}, Code.MAPPING_UNKNOWN),
    ):
        with pytest.raises(AttribenchError) as failure:
            preview(tmp_path / "a.csv", **options)
        assert failure.value.code is code


NOTED = {
    "bom.csv": (b"\xef\xbb\xbf" + GOOD, []),
    "latin.csv": (GOOD.replace(b"\xc3\xa9", b"\xe9"), ["encoding"]),
    "wide.csv": (GOOD.decode().encode("utf-16"), ["encoding"]),
    "spoilt.csv": (GOOD * 3 + b"2026-05-01T00:00:00Z,v1,\xff\n", ["invalid_bytes"]),
    "mac.csv": (GOOD.replace(b"\n", b"\r"), []),
    "nul.csv": (GOOD.replace(b"v1", b"v\x001"), ["nul"]),
    "table.json": (GOOD, ["extension"]),
    "table.csv.gz": (GOOD, ["extension"]),
    "rows.csv": (b'{"event_time": "2026-05-01", "anonymous_id": "v1"}\n', ["extension"]),
    "packed.csv": (gzip.compress(GOOD), ["extension"]),
    "cut.csv.gz": (gzip.compress(GOOD + b"2026-05-01T00:00:00Z,v2,x\n2026-05-01T")[:-8], ["truncated"]),
}


@pytest.mark.parametrize("name", NOTED)
def test_what_was_mended_is_noted(lab, tmp_path, name):
    data, codes = NOTED[name]
    path = tmp_path / name
    path.write_bytes(data)
    seen = preview(path)
    assert [note["code"] for note in seen.notes] == codes
    assert (seen.kind, seen.needed) == ("events", ())
    result = lab.profile.import_file("events", path, mapping=seen.mapping)
    assert seen.rejects.rows() == result.rejects.rows()
    assert seen.checked == result.read


NAMES = {"report [1].csv": "report 1.csv", "all*.csv": "all of it.csv", "what?.csv": "whats.csv", "it's.csv": "its.csv",
         "a[b].parquet": "ab.parquet", "[!x]*.ndjson": "y.ndjson"}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_no_pattern(lab, tmp_path, name):
    names = ["event_time", "anonymous_id"]
    path = write(tmp_path / name, names, [["2026-05-01", "v1"]])
    write(tmp_path / NAMES[name], names, [["2026-05-01", "v2"]])
    assert preview(path).rows["anonymous_id"].to_list() == ["v1"]
    lab.profile.import_file("events", path)
    assert lab.rows("select anonymous_id from raw_events") == [("v1",)]


HOSTILE = {
    "quotes.csv": 'event_time,"a""b",\'; drop table imports; --,"x\ny"\n2026-05-01,"1"" 2",3,4\n',
    "unclosed.csv": 'event_time,anonymous_id\n2026-05-01,"v1\n2026-05-01,v2\n',
    "ragged.csv": "event_time,anonymous_id\n2026-05-01\n2026-05-01,v1,more,and more\n",
    "keys.ndjson": '{"event_time": "2026-05-01", "anonymous_id": "v", "\\u0000": 1, '
    '"\\ud800": "\\ud800", "a\'\\"b": 1}\n',
    "case.ndjson": '{"Email": "a@x.co", "email": "b@x.co", "time": 1}\n',
    "deep.ndjson": "[" * 5000 + "]" * 5000 + "\n" + '{"a":' * 3000 + "1" + "}" * 3000 + "\n",
    "huge.ndjson": '{"event_time": 1' + "0" * 6000 + ', "anonymous_id": "v", "b": 1e999, "c": NaN}\n',
    "scalars.json": '[1, "two", null, {"anonymous_id": "v"}, []]',
    "formula.csv": "event_time,anonymous_id\n2026-05-01,=cmd|' /C calc'!A0\n",
    "one.csv": "event_time,anonymous_id",
}


@pytest.mark.parametrize("kind", [None, *KINDS])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_previewed_as_it_is_imported(lab, tmp_path, name, kind):
    path = tmp_path / name
    path.write_text(HOSTILE[name], encoding="utf-8")

    def outcome(act):
        try:
            return act()
        except AttribenchError as error:
            return error.code

    seen = outcome(lambda: preview(path, kind=kind))
    if isinstance(seen, Code):
        assert outcome(lambda: lab.profile.import_file(kind or "events", path)) == seen
    elif not seen.needed:
        result = lab.profile.import_file(seen.kind, path, mapping=seen.mapping)
        assert seen.rejects.rows() == result.rejects.rows()
        assert seen.checked == result.read


PAYMENTS = [
    ["z1", "a@b.example", "100", "USD", "2026-05-20 10:00:00", "paid"],
    ["z2", "a@b.example", "abc", "USD", "2026-05-20 10:00:00", "paid"],
]


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet"])
def test_payments_are_conversions_that_are_all_payments(lab, tmp_path, suffix):
    names = ["payment_id", "email", "amount", "currency", "paid_at", "status"]
    path = tmp_path / f"pay.{suffix}"
    if suffix == "csv":
        write(path, names, PAYMENTS)
    elif suffix == "ndjson":
        path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n\n" for row in PAYMENTS))
    else:
        pl.DataFrame(PAYMENTS, schema=names, orient="row").write_parquet(path)
    seen = preview(path)
    assert (seen.kind, seen.needed, seen.notes) == ("conversions", (), ())
    assert seen.mapping["conversion_id"] == "payment_id"
    assert seen.mapping["value_amount"] == "amount"
    assert seen.mapping["time"] == "paid_at"
    assert seen.mapping["event_type"] == "=payment_received"
    assert not next(guess for guess in seen.kinds if guess.kind == "conversions").is_recognised
    result = lab.profile.import_file("conversions", path, mapping=seen.mapping)
    assert (result.new, result.rejected) == (1, 1)
    with lab.workspace.store.read() as cursor:
        rows = cursor.rows("select conversion_id, event_type, value_amount::double from raw_conversions")
    assert rows == [("z1", "payment_received", 100.0)]


def test_money_that_would_be_left_out_is_told(tmp_path):
    path = write(tmp_path / "people.csv", ["email", "lifetime value"], [["a@b.example", "$5"], ["c@d.example", "$7"]])
    assert preview(path, kind="people").notes == ({"code": "unmapped_money", "columns": ["lifetime value"]},)
