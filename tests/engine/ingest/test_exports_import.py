"""Exports of other products through the import itself: counts, lines of rejects, again, and undone."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

FILES = Path(__file__).parents[2] / "data" / "exports"
SAMPLES = [
    ("ga4", "ga4.ndjson"),
    ("posthog", "posthog.csv"),
    ("posthog", "posthog.ndjson"),
    ("snowplow", "snowplow.tsv"),
    ("umami", "umami.csv"),
    ("matomo", "matomo.json"),
    ("segment", "segment.ndjson"),
]
# new rows, rows told twice, (line, field, reason) of rejects
EXPECTED: dict[str, tuple[int, int, list[tuple[int, str, str]]]] = {
    "ga4.ndjson": (16, 0, [(16, "anonymous_id | email | phone | user_id", "missing")]),
    "posthog.csv": (12, 0, []),
    "posthog.ndjson": (12, 0, []),
    "snowplow.tsv": (12, 1, []),
    "umami.csv": (11, 0, []),
    "matomo.json": (17, 0, []),
    "segment.ndjson": (12, 0, []),
}


@pytest.mark.parametrize(("kind", "name"), SAMPLES)
def test_a_sample_comes_in_once_and_goes_out_whole(lab, kind, name):
    first = lab.profile.import_file(kind, FILES / name)
    new, twice, rejects = EXPECTED[name]
    assert (first.new, first.duplicate) == (new, twice)
    assert first.rejects.select("line", "field", "reason").rows() == rejects
    assert first.read == first.new + first.duplicate + first.rejected
    lines = [line for (line,) in lab.rows("select line from raw_events order by line, event_id")]
    assert lines[-1] <= len((FILES / name).read_text(encoding="utf-8").splitlines())
    assert not {line for line, _, _ in rejects} & set(lines) or kind == "matomo"

    packed = lab.profile.import_file(kind, io.BytesIO(gzip.compress((FILES / name).read_bytes())))
    assert (packed.new, packed.duplicate, packed.rejected) == (0, new + twice, len(rejects))
    lab.rebuild()
    assert lab.value("select count(*) from visits") > 0
    lab.workspace.undo_import(first.import_id)
    assert lab.value("select count(*) from raw_events") == new
    lab.workspace.undo_import(packed.import_id)
    assert lab.value("select count(*) from raw_events") == 0


def test_a_broken_line_among_good_ones(lab):
    good = (FILES / "segment.ndjson").read_text(encoding="utf-8").splitlines()
    text = "\n".join([good[0], "", "{broken", good[1]])
    result = lab.profile.import_file("segment", io.BytesIO(text.encode()))
    assert result.rejects.select("line", "reason", "value").rows() == [(3, "invalid_json", "{broken")]
    assert [line for (line,) in lab.rows("select distinct line from raw_events order by 1")] == [1, 4]


def test_lines_of_a_delimited_export_with_line_breaks_inside_values(lab):
    header, *_ = (FILES / "umami.csv").read_text(encoding="utf-8").splitlines()
    names = header.split(",")
    event = dict.fromkeys(names, "") | {
        "session_id": "s",
        "visit_id": "v",
        "hostname": "huerto.example",
        "url_path": "/",
        "event_type": "1",
    }
    records = [
        event | {"event_id": "1", "created_at": "2024-05-01 10:00:00", "page_title": "two\nlines"},
        event | {"event_id": "2", "created_at": "soon"},
        event | {"event_id": "3", "created_at": "2024-05-01 10:00:01"},
    ]
    lines = [header, *(",".join('"' + record[name] + '"' for name in names) for record in records)]
    result = lab.profile.import_file("umami", io.BytesIO("\n".join(lines).encode()))
    assert result.rejects.select("line", "field").rows() == [(4, "event_time")]
    assert lab.rows("select event_id, line from raw_events order by 1") == [("1", 2), ("3", 5)]


def test_the_provider_s_own_fields_are_kept(lab):
    lab.profile.import_file("segment", FILES / "segment.ndjson")
    assert all(isinstance(json.loads(text), dict) for (text,) in lab.rows("select payload from raw_events"))
