"""Importing is idempotent (E7): what is known does not depend on files, formats, order or how often."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NOW, Lab

if TYPE_CHECKING:
    from collections.abc import Sequence

EVENTS = [
    {
        "event_id": f"e{i}",
        "event_time": f"2026-05-01T10:{i:02}:00Z",
        "anonymous_id": f"a{i % 3}",
        "url": f"https://shop.example/{i}",
        "value_amount": f"{i}.50",
        "currency": "USD",
        "payload": {"n": i, "s": "ñ"},
    }
    for i in range(12)
]
ANONYMOUS = [{key: value for key, value in row.items() if key != "event_id"} for row in EVENTS]


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    return pl.DataFrame([{**row, "payload": json.dumps(row["payload"])} for row in rows]).write_csv().encode()


def _parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    target = io.BytesIO()
    pl.DataFrame(rows).write_parquet(target)
    return target.getvalue()


def _counts(result) -> tuple[int, int, int]:
    return result.new, result.duplicate, result.rejected


@pytest.mark.parametrize("rows", [EVENTS, ANONYMOUS], ids=["with ids", "without ids"])
def test_the_same_rows_again_in_any_form_change_nothing(lab, rows):
    assert _counts(lab.load("events", rows)) == (12, 0, 0)
    before = lab.rows("select * from raw_events order by line")
    assert _counts(lab.load("events", rows)) == (0, 12, 0)
    assert _counts(lab.load("events", rows[:5])) == (0, 5, 0)
    assert _counts(lab.load("events", list(reversed(rows)))) == (0, 12, 0)
    for data in (_csv(rows), _parquet(rows), json.dumps(rows, indent=1).encode()):
        assert _counts(lab.profile.import_file("events", io.BytesIO(data))) == (0, 12, 0)
    spaced = "".join(json.dumps(row, separators=(" , ", " : "), sort_keys=True) + "\n" for row in rows)
    assert _counts(lab.profile.import_file("events", io.BytesIO(spaced.encode()))) == (0, 12, 0)
    assert lab.rows("select * from raw_events order by line") == before


def test_absent_null_and_empty_are_the_same(lab):
    row = {"event_time": "2026-05-01", "anonymous_id": "a", "payload": {"x": 1}}
    assert lab.events(row).new == 1
    others = [{"email": None}, {"email": ""}, {"title": "  "}, {"unknown": None}, {"payload": {"x": 1, "y": None}}]
    assert _counts(lab.events(*({**row, **other} for other in others))) == (0, 5, 0)


def test_parts_and_overlaps_give_what_the_whole_gives(make_lab):
    whole, parts = make_lab(), make_lab()
    whole.load("events", EVENTS)
    assert [_counts(parts.load("events", EVENTS[a:b])) for a, b in ((0, 5), (3, 9), (8, 12))] == [
        (5, 0, 0),
        (4, 2, 0),
        (3, 1, 0),
    ]
    columns = "* exclude (import_id, line)"
    assert parts.rows(f"select {columns} from raw_events order by event_id") == whole.rows(
        f"select {columns} from raw_events order by event_id"
    )


def test_one_event_told_twice_in_a_file_is_one(lab):
    assert _counts(lab.events(EVENTS[0], EVENTS[1], EVENTS[0], EVENTS[0])) == (2, 2, 0)
    assert lab.rows("select line from raw_events order by 1") == [(1,), (2,)]


def test_two_contents_of_one_event_id_are_both_kept_and_marked(lab):
    fuller = {**EVENTS[0], "title": "fuller"}
    lab.events(EVENTS[0], EVENTS[1])
    assert lab.value("select count(*) from raw_events where has_versions") == 0
    lab.events(fuller)
    assert lab.rows("select event_id, title, has_versions from raw_events order by event_id, title") == [
        ("e0", "fuller", True),
        ("e0", None, True),
        ("e1", None, False),
    ]
    lab.rebuild()
    assert lab.value("select count(*) from events") == 2
    lab.workspace.undo_import(2)
    assert lab.value("select count(*) from raw_events where has_versions") == 0


def test_events_without_an_id_differ_by_what_happened(lab):
    row = ANONYMOUS[0]
    others = [
        {**row, "event_time": "2026-05-01T10:00:00.001Z"},
        {**row, "anonymous_id": "z"},
        {**row, "event_type": "purchase"},
        {**row, "url": "https://shop.example/other"},
        {**row, "payload": {"n": 99}},
    ]
    assert _counts(lab.events(row, *others, row)) == (6, 1, 0)
    assert lab.value("select count(distinct record_key) from raw_events") == 6


def test_profiles_do_not_know_each_others_rows(lab):
    from engine import ProfileSettings

    other = lab.workspace.create_profile(ProfileSettings("Other"))
    lab.load("events", EVENTS)
    text = "".join(json.dumps(row) + "\n" for row in EVENTS)
    assert other.import_file("events", io.BytesIO(text.encode())).new == 12
    again = other.import_file("events", io.BytesIO(text.encode()))
    assert again.duplicate == 12
    lab.workspace.undo_import(1)
    assert lab.rows("select profile_id, import_id, count(*) from raw_events group by all") == [
        (other.profile_id, 2, 12)
    ]


# ------------------------------------------------------------------ facts that are told anew


def _deal(stage: str, **more: Any) -> dict[str, Any]:
    return {
        "conversion_id": "d1",
        "email": "a@x.example",
        "time": "2026-05-01",
        "event_type": "stage",
        "stage": stage,
        **more,
    }


def _live(lab: Lab) -> str:
    return lab.value("select stage from raw_conversions order by as_of desc, content_hash limit 1")


def test_the_later_import_wins_and_undo_brings_the_earlier_back(lab):
    """A, B, then A again: the third import says A anew."""
    results = [lab.conversions(_deal(stage)) for stage in "ABA"]
    assert [result.new for result in results] == [1, 1, 1]
    assert _live(lab) == "A"
    lab.workspace.undo_import(3)
    assert _live(lab) == "B"
    lab.workspace.undo_import(2)
    assert _live(lab) == "A"
    lab.workspace.undo_import(1)
    assert lab.value("select count(*) from raw_conversions") == 0


def test_saying_the_same_again_is_no_news_but_remembered(lab):
    lab.conversions(_deal("A"))
    lab.now += timedelta(seconds=2)
    assert _counts(lab.conversions(_deal("A"))) == (0, 1, 0)
    lab.conversions(_deal("B", as_of="2026-07-01T12:00:01Z"))  # between the two
    assert _live(lab) == "A"
    lab.workspace.undo_import(2)
    assert _live(lab) == "B"


def test_the_column_as_of_decides_whatever_came_first(lab):
    lab.conversions(_deal("new", as_of="2026-05-03"))
    lab.conversions(_deal("old", as_of="2026-05-02"))
    assert _live(lab) == "new"
    assert _counts(lab.conversions(_deal("new", as_of="2026-05-03"))) == (0, 1, 0)
    lab.workspace.undo_import(1)
    assert _live(lab) == "new"
    lab.workspace.undo_import(3)
    assert _live(lab) == "old"


@pytest.mark.parametrize("kind", ["ad-spend", "rates"])
def test_the_other_restatable_kinds(lab, kind):
    rows = {
        "ad-spend": {"date": "2026-05-01", "platform": "meta", "account": "1", "campaign_id": "c", "currency": "USD"},
        "rates": {"date": "2026-05-01", "currency": "EUR", "base": "USD"},
    }
    table, value = ("raw_ad_spend", "spend") if kind == "ad-spend" else ("raw_rates", "rate")
    for number in (1, 2, 1):
        assert lab.load(kind, [{**rows[kind], value: number}]).new == 1
    assert float(lab.value(f"select {value} from {table} order by as_of desc limit 1")) == 1
    lab.workspace.undo_import(3)
    assert float(lab.value(f"select {value} from {table} order by as_of desc limit 1")) == 2


# ------------------------------------------------------------------ any sequence

_FILES: dict[str, list[list[dict[str, Any]]]] = {
    "events": [
        EVENTS[:4],
        EVENTS[2:6],
        [{**EVENTS[3], "title": "fuller"}, EVENTS[4]],
        [ANONYMOUS[0], ANONYMOUS[0], {**ANONYMOUS[0], "title": "other"}],
        [{**EVENTS[3], "title": "fuller"}, {"event_time": "bad"}],
    ],
    "conversions": [
        [_deal("A")],
        [_deal("B")],
        [_deal("A"), {**_deal("A"), "conversion_id": "d2"}],
        [_deal("C", as_of="2026-07-01T12:00:02Z")],
        [_deal("A", as_of="2026-07-01T12:00:04Z"), _deal("B")],
    ],
}
_STEPS = st.lists(st.tuples(st.sampled_from(["import", "import", "undo"]), st.integers(0, 4)), min_size=1, max_size=7)


@pytest.mark.parametrize("kind", list(_FILES))
def test_only_the_files_that_are_left_count(tmp_path_factory, kind):
    """Any sequence of imports and undos leaves what importing exactly the surviving files, at their moments, gives."""
    folder = tmp_path_factory.mktemp("property")
    table = f"raw_{kind}"
    labs = [Lab(folder / "all.duckdb"), Lab(folder / "left.duckdb")]

    def content(lab: Lab) -> list[tuple[Any, ...]]:
        # Imports by their moment: their numbers are not the same.
        return lab.rows(
            f"""select i.imported_at, r.* exclude (profile_id, import_id)
                from {table} r join imports i using (import_id)
                order by all"""
        )

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_STEPS)
    def check(steps):
        for lab in labs:
            with lab.workspace.store.write() as cursor:
                for name in (table, "imports", "row_memberships"):
                    cursor.run(f"delete from {name}")
        everything, left = labs
        alive: list[tuple[int, int, int]] = []
        for second, (step, number) in enumerate(steps):
            for lab in labs:
                lab.now = NOW + timedelta(seconds=second)
            if step == "import":
                result = everything.load(kind, _FILES[kind][number])
                assert result.read == result.new + result.duplicate + result.rejected
                alive.append((second, number, result.import_id))
            elif alive:
                everything.workspace.undo_import(alive.pop(number % len(alive))[2])
        for second, number, _ in alive:
            left.now = NOW + timedelta(seconds=second)
            left.load(kind, _FILES[kind][number])
        assert content(everything) == content(left)

    try:
        check()
    finally:
        for lab in labs:
            lab.close()
