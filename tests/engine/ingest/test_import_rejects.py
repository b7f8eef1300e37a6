"""A rejected row is told with its line, field, value and reason, whatever else stands in the file."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from app.cli import cli
from engine import AttribenchError, Code, ProfileSettings, Workspace

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"event_time": "2026-05-01T10:00:00Z", "anonymous_id": "a"}

FAULTS = [
    ({"anonymous_id": "a"}, ("event_time", None, "missing")),
    ({"event_time": " ", "anonymous_id": "a"}, ("event_time", None, "missing")),
    ({**GOOD, "event_time": "soon"}, ("event_time", "soon", "not_a_time")),
    ({**GOOD, "event_time": "1950-01-01"}, ("event_time", "1950-01-01", "time_out_of_range")),
    ({"event_time": "2026-05-01"}, ("anonymous_id | email | phone | user_id", None, "missing")),
    ({**GOOD, "value_amount": "twelve"}, ("value_amount", "twelve", "not_a_number")),
    ({**GOOD, "currency": "ZZZ"}, ("currency", "ZZZ", "unknown_currency")),
    ({**GOOD, "consent_marketing": "maybe"}, ("consent_marketing", "maybe", "not_a_boolean")),
]


@pytest.mark.parametrize(("row", "wanted"), FAULTS)
def test_each_fault_in_ndjson(lab, row, wanted):
    result = lab.events(GOOD, row, {**GOOD, "anonymous_id": "b"})
    assert (result.read, result.new, result.duplicate, result.rejected) == (3, 2, 0, 1)
    assert result.rejects.select("line", "field", "value", "reason").rows() == [(2, *wanted)]
    told = json.loads(result.rejects["record"][0])
    assert told == {name: value for name, value in row.items() if value.strip()}
    assert lab.rows("select line from raw_events order by 1") == [(1,), (3,)]


@pytest.mark.parametrize(("row", "wanted"), FAULTS)
def test_each_fault_in_csv(lab, row, wanted):
    names = ("event_time", "anonymous_id", "value_amount", "currency", "consent_marketing")
    target = io.StringIO()
    writer = csv.DictWriter(target, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows([GOOD, row, {**GOOD, "anonymous_id": "b"}])
    result = lab.profile.import_file("events", io.BytesIO(target.getvalue().encode()))
    assert result.rejects.select("line", "field", "value", "reason").rows() == [(3, *wanted)]
    assert lab.rows("select line from raw_events order by 1") == [(2,), (4,)]


@pytest.mark.parametrize(
    ("line", "reason", "value"),
    [
        ('{"event_time": ', "invalid_json", '{"event_time": '),
        ("nonsense", "invalid_json", "nonsense"),
        ("[1, 2]", "not_an_object", "[1, 2]"),
        ('"text"', "not_an_object", '"text"'),
        ("12", "not_an_object", "12"),
        ("null", "not_an_object", "null"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", " \n"])
def test_lines_that_are_no_objects(lab, line, reason, value, end):
    text = end.join([json.dumps(GOOD), line, json.dumps({**GOOD, "anonymous_id": "b"})])
    result = lab.profile.import_file("events", io.BytesIO(text.encode()))
    step = 2 if end == "\n\n" else 1
    found = result.rejects.select("line", "field", "value", "reason").rows()
    assert [(row[0], row[1], row[2].strip(), row[3]) for row in found] == [(1 + step, None, value.strip(), reason)]
    assert lab.rows("select line from raw_events order by 1") == [(1,), (1 + 2 * step,)]
    assert (result.read, result.new) == (3, 2)


OTHER_KINDS = [
    ("conversions", {"conversion_id": "1", "email": "a@x.co", "time": "2026-05-01"}, "event_type", None, "missing"),
    ("conversions", {"email": "a@x.co", "time": "2026-05-01", "event_type": "x"}, "conversion_id", None, "missing"),
    (
        "conversions",
        {"conversion_id": "1", "time": "2026-05-01", "event_type": "x", "revenue_type": "gold"},
        "revenue_type", "gold", "unknown_choice",
    ),
    ("touches", {"person": "p", "time": "2026-05-01", "kind": "wave"}, "kind", "wave", "unknown_choice"),
    ("touches", {"person": "p", "time": "2026-05-01", "engagement": "x"}, "engagement", "x", "not_a_number"),
    ("touches", {"time": "2026-05-01"}, "person | email | anonymous_id", None, "missing"),
    ("people", {"first_name": "Ann"}, None, None, "missing"),
    (
        "ad-spend",
        {"date": "soon", "platform": "meta", "account": "1", "campaign_id": "c", "spend": 1, "currency": "USD"},
        "date", "soon", "not_a_time",
    ),
    (
        "ad-spend",
        {"date": "2026-05-01", "platform": "m", "account": "1", "campaign_id": "c", "spend": 1, "currency": "USD",
         "clicks": "1.5"},
        "clicks", "1.5", "not_a_number",
    ),
    ("rates", {"date": "2026-05-01", "currency": "EUR", "base": "USD", "rate": 0}, "rate", "0", "not_positive"),
    ("rates", {"date": "2026-05-01", "currency": "EUR", "base": "??", "rate": 1}, "base", "??", "unknown_currency"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "row", "field", "value", "reason"), OTHER_KINDS)
def test_faults_of_the_other_kinds(lab, kind, row, field, value, reason):
    result = lab.load(kind, [row])
    assert (result.read, result.rejected) == (1, 1)
    line, told, text, why, _ = result.rejects.row(0)
    assert (line, text, why) == (1, value, reason)
    assert field is None or told == field


CSV_FILES = {
    "quoted line breaks": (
        "event_time,anonymous_id,title\n2026-05-01,a,\"one\ntwo\nthree\"\nsoon,b,x\n2026-05-01,c,\"x\ny\"\nnever,d,\n",
        [(5, "soon"), (8, "never")], [2, 6],
    ),
    "blank lines": (
        "\n\nevent_time,anonymous_id,title\n\n2026-05-01,a,x\n\n\nsoon,b,x\n2026-05-01,c,\n\nnever,d,",
        [(8, "soon"), (11, "never")], [5, 9],
    ),
    "one blank line and no last line feed": (
        "event_time,anonymous_id\n2026-05-01,a\n\nsoon,b", [(4, "soon")], [2],
    ),
    "a header over two lines": (
        "event_time,anonymous_id,\"title\"\"\nmore\"\nsoon,a,x\n2026-05-01,b,y\n", [(3, "soon")], [4],
    ),
    "short and long rows": (
        "event_time,anonymous_id,title\n2026-05-01,a,x\n2026-05-01\n2026-05-01,c,x,y,z\nsoon,d,\n2026-05-01,e,x\n",
        [(3, None), (4, None), (5, "soon")], [2, 6],
    ),
    "short rows after quoted line breaks": (
        "event_time,anonymous_id,title\n2026-05-01,a,\"x\ny\"\n2026-05-01\n2026-05-01,c,x\n", [(4, None)], [2, 5],
    ),
}  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CSV_FILES)
def test_lines_of_delimited_files(lab, name, end):
    text, rejected, kept = CSV_FILES[name]
    if name == "a header over two lines":
        text = text.replace('""', "")  # the name itself holds a line break
        with pytest.raises(Exception, match=r"file\.format"):
            lab.profile.import_file("events", io.BytesIO(text.replace("\n", end).encode()))
        return
    result = lab.profile.import_file("events", io.BytesIO(text.replace("\n", end).encode()))
    assert [
        (line, value if reason == "not_a_time" else None)
        for line, value, reason in result.rejects.select("line", "value", "reason").iter_rows()
    ] == rejected
    assert [line for (line,) in lab.rows("select line from raw_events order by 1")] == kept
    assert result.read == result.new + result.duplicate + result.rejected == len(kept) + len(rejected)


def test_short_and_long_rows_say_so(lab):
    text = "event_time,anonymous_id,title\n2026-05-01\n2026-05-01,c,x,y\n"
    result = lab.profile.import_file("events", io.BytesIO(text.encode()))
    assert result.rejects.select("line", "value", "reason").rows() == [
        (2, "2026-05-01", "missing_columns"),
        (3, "2026-05-01,c,x,y", "too_many_columns"),
    ]


def test_an_unclosed_quote_is_one_reject(lab):
    text = 'event_time,anonymous_id,title\n2026-05-01,a,x\n2026-05-01,b,"never closed\n2026-05-01,c,x\n2026-05-01,d,x\n'
    result = lab.profile.import_file("events", io.BytesIO(text.encode()))
    assert lab.rows("select anonymous_id, line from raw_events") == [("a", 2)]
    assert result.rejects["line"].to_list() == [3]
    assert result.read == 2


def test_many_rejects_among_many_rows(lab):
    rows = [
        {**GOOD, "event_id": f"e{i}", "event_time": "bad" if i % 1000 == 999 else i + 1777629600} for i in range(30_000)
    ]
    result = lab.events(*rows)
    assert (result.read, result.new, result.rejected) == (30_000, 29_970, 30)
    assert result.rejects["line"].to_list() == [i + 1 for i in range(30_000) if i % 1000 == 999]
    assert lab.value("select count(*) from raw_events where event_id <> 'e' || (line - 1)") == 0


def test_counts_add_up(lab):
    lab.events(GOOD)
    result = lab.events(GOOD, {**GOOD, "anonymous_id": "b"}, {**GOOD, "anonymous_id": "b"}, {"event_time": "x"})
    assert (result.read, result.new, result.duplicate, result.rejected) == (4, 1, 2, 1)
    assert lab.rows("select rows_read, rows_new, rows_duplicate, rows_rejected from imports order by import_id") == [
        (1, 1, 0, 0),
        (4, 1, 2, 1),
    ]


def test_the_file_of_rejects_is_complete_and_safe_in_a_spreadsheet(tmp_path: Path):
    workspace = tmp_path / "w.duckdb"
    with Workspace.open(workspace, create=True) as opened:
        opened.create_profile(ProfileSettings("W"))
    source = tmp_path / "=source.csv"
    rows = [f'=cmd|calc,a{i},"@x\ny"' for i in range(12)]
    source.write_text("\n".join(["event_time,anonymous_id,title", *rows, "2026-05-01,ok,x"]) + "\n")
    target = tmp_path / "rejected.csv"
    done = CliRunner().invoke(
        cli, ["import", str(workspace), "events", str(source), "--rejects", str(target), "--no-rebuild"]
    )
    assert done.exit_code == 0, done.output
    with target.open(newline="", encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert [int(row["line"]) for row in told] == [2 + 2 * i for i in range(12)]
    assert {row["field"] for row in told} == {"event_time"}
    assert {row["value"] for row in told} == {"'=cmd|calc"}
    assert {row["file"] for row in told} == {"'=source.csv"}
    assert all("@x" in row["record"] for row in told)
    assert not any(cell.startswith(tuple("=+-@\t\r")) for row in told for cell in row.values())
    assert "7 more" in done.output


def test_rejects_can_be_looked_at_later(lab):
    bad = [{**GOOD, "event_time": f"soon {n}"} for n in range(1200)]
    first = lab.events(GOOD, *bad)
    second = lab.events(GOOD, {"event_time": "never"})
    kept = lab.profile.import_rejects(first.import_id)
    assert kept.equals(first.rejects.head(1000))
    assert lab.profile.imports()["rows_rejected"].to_list() == [second.rejected, 1200]
    assert lab.profile.import_rejects(second.import_id).equals(second.rejects)
    lab.workspace.undo_import(first.import_id)
    for number in (first.import_id, 99):
        with pytest.raises(AttribenchError) as failure:
            lab.profile.import_rejects(number)
        assert failure.value.code is Code.IMPORT_UNKNOWN
    assert lab.value("select count(*) from import_rejects") == second.rejected
