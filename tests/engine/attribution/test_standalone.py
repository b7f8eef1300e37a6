"""The engine on plain files (INTERFACES, "Bring your own paths"), by hand and against the other form."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.attribution import pathfile
from engine.attribution.models import MODELS, CreditSettings
from engine.attribution.standalone import UNATTRIBUTED, Attribution, attribute_files, attribute_paths, models_named
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALL = models_named(["all"])
Rows = "Sequence[Mapping[str, Any]]"


def table(folder: Path, name: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> Path:
    path = folder / name
    names = list(columns) or list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def paths(folder: Path, *rows: tuple[Any, ...], columns: Sequence[str] = pathfile.FIELDS) -> Path:
    return table(folder, "paths.csv", [dict(zip(columns, row, strict=True)) for row in rows], columns)


def credit(result: Attribution, model: str) -> dict[str, float]:
    return {row.name: row.conversions for row in result.rows if row.model == model}


def value(result: Attribution, model: str) -> dict[str, float]:
    return {row.name: row.value for row in result.rows if row.model == model}


def share(result: Attribution, model: str) -> dict[str, float | None]:
    return {row.name: row.share for row in result.rows if row.model == model}


def touched(person: str, *touches: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"person": person, "time": time, "channel": channel} for time, channel in touches]


def sold(person: str, time: str, amount: float = 10, key: str | None = None) -> dict[str, Any]:
    return {"conversion_id": key or person, "person": person, "time": time, "value": amount}


def files(folder: Path, touches: Any, conversions: Any, chosen: Any = ALL, **options: Any) -> Attribution:
    options.setdefault("settings", CreditSettings())
    first = table(folder, "touches.csv", touches, () if touches else ("person", "time", "channel"))
    second = table(folder, "conversions.csv", conversions, ("conversion_id", "person", "time", "value"))
    given_settings = options.pop("settings")
    return attribute_files(first, second, chosen, given_settings, **options)


CREDITS = {
    1: {model: {"A": 1.0} for model in MODELS},
    2: {
        "last_touch": {"B": 1.0},
        "first_touch": {"A": 1.0},
        "split_50_50": {"A": 0.5, "B": 0.5},
        "linear": {"A": 0.5, "B": 0.5},
        "position_based": {"A": 0.5, "B": 0.5},
        # 7 and 0 days before, half-life 7 days: 1/2 and 1
        "time_decay": {"A": 1 / 3, "B": 2 / 3},
        "last_non_direct": {"B": 1.0},
        "custom_weighted": {"A": 0.25, "B": 0.75},
        "engagement_weighted": {"A": 0.25, "B": 0.75},
        "markov": {"A": 0.5, "B": 0.5},
        "shapley": {"A": 0.5, "B": 0.5},
    },
    3: {
        "last_touch": {"Direct": 1.0},
        "first_touch": {"A": 1.0},
        "split_50_50": {"A": 0.5, "Direct": 0.5},
        "linear": {"A": 1 / 3, "B": 1 / 3, "Direct": 1 / 3},
        "position_based": {"A": 0.4, "B": 0.2, "Direct": 0.4},
        # 14, 7 and 0 days: 1/4, 1/2, 1
        "time_decay": {"A": 1 / 7, "B": 2 / 7, "Direct": 4 / 7},
        "last_non_direct": {"B": 1.0},
        "custom_weighted": {"A": 0.2, "B": 0.2, "Direct": 0.6},
        "engagement_weighted": {"A": 0.2, "B": 0.6, "Direct": 0.2},
        "markov": {"A": 1 / 3, "B": 1 / 3, "Direct": 1 / 3},
        "shapley": {"A": 1 / 3, "B": 1 / 3, "Direct": 1 / 3},
    },
    5: {
        "last_touch": {"Direct": 1.0},
        "first_touch": {"A": 1.0},
        "split_50_50": {"A": 0.5, "Direct": 0.5},
        "linear": {"A": 0.4, "B": 0.2, "Direct": 0.4},
        "position_based": {"A": 0.4 + 0.2 / 3, "B": 0.2 / 3, "Direct": 0.4 + 0.2 / 3},
        # 28, 21, 14, 7, 0 days: 1, 2, 4, 8, 16 of 31
        "time_decay": {"A": 5 / 31, "B": 2 / 31, "Direct": 24 / 31},
        "last_non_direct": {"A": 1.0},
        "custom_weighted": {"A": 0.2 + 0.2 / 3, "B": 0.2 / 3, "Direct": 0.6 + 0.2 / 3},
        "engagement_weighted": {"A": 0.4, "B": 0.4, "Direct": 0.2},
        # every walk passes A and Direct, every second one B: shares 2/5, 1/5, 2/5; touches 2, 1, 2
        "markov": {"A": 4 / 9, "B": 1 / 9, "Direct": 4 / 9},
        "shapley": {"A": 0.4, "B": 0.2, "Direct": 0.4},
    },
}

TOUCHED = {
    1: [("2026-05-01", "A", 10)],
    2: [("2026-05-01", "A", 20), ("2026-05-08", "B", 60)],
    3: [("2026-05-01", "A", 10), ("2026-05-08", "B", 30), ("2026-05-15", "Direct", 10)],
    5: [
        *(("2026-05-01", "A", 10), ("2026-05-08", "B", 40), ("2026-05-15", "A", 30)),
        *(("2026-05-22", "Direct", 15), ("2026-05-29", "Direct", 5)),
    ],
}
BY_HAND = CreditSettings(weights=(0.2, 0.2, 0.6))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a4_every_model_by_hand_in_both_forms(tmp_path: Path, count: int) -> None:
    """A4: n = 1, 2, 3, 5; the conversion falls on the last touch."""
    journey = TOUCHED[count]
    touches = [{"person": "p", "time": f"{day}T10:00:00Z", "channel": c, "engagement": e} for day, c, e in journey]
    told = files(tmp_path, touches, [sold("p", f"{journey[-1][0]}T10:00:00Z", 200)], settings=BY_HAND)
    plain = attribute_paths(
        paths(tmp_path, (" > ".join(channel for _, channel, _ in journey), 1, 200, 0)), ALL, BY_HAND
    )
    assert plain.left_out == ("time_decay", "engagement_weighted")
    for model, expected in CREDITS[count].items():
        if model == "custom_weighted" and count == 2:
            expected = {"A": 0.2 / 0.8, "B": 0.6 / 0.8}
        whole = {channel: expected.get(channel, 0.0) for _, channel, _ in journey} | {UNATTRIBUTED: 0.0}
        for result in (told, plain) if model not in plain.left_out else (told,):
            assert credit(result, model) == pytest.approx(whole), model
            assert value(result, model) == pytest.approx({name: 200 * part for name, part in whole.items()}), model


def test_a2_windows_include_their_edge(tmp_path: Path) -> None:
    touches = [
        *touched("edge", ("2026-05-02T12:00:00Z", "A")),
        *touched("beyond", ("2026-05-02T11:59:59.999999Z", "A")),
        *touched("first edge", ("2026-03-03T12:00:00Z", "B"), ("2026-05-20T12:00:00Z", "A")),
        *touched("after", ("2026-06-01T12:00:00.000001Z", "A")),
    ]
    people = ("edge", "beyond", "first edge", "after")
    result = files(tmp_path, touches, [sold(person, "2026-06-01T12:00:00Z") for person in people])
    assert credit(result, "last_touch") == {"A": 2, "B": 0, UNATTRIBUTED: 2}
    assert credit(result, "first_touch") == {"A": 2, "B": 1, UNATTRIBUTED: 1}
    assert value(result, "last_touch") == {"A": 20, "B": 0, UNATTRIBUTED: 20}
    short = files(
        tmp_path,
        touches,
        [sold(person, "2026-06-01T12:00:00Z") for person in people],
        settings=CreditSettings(click_window_days=10, first_touch_window_days=20),
    )
    assert credit(short, "last_touch") == {"A": 0, "B": 0, UNATTRIBUTED: 4}
    assert credit(short, "first_touch") == {"A": 1, "B": 0, UNATTRIBUTED: 3}


def test_a2_a_view_counts_only_where_nothing_else_does(tmp_path: Path) -> None:
    touches = [
        *touched("both", ("2026-06-01T10:00:00Z", "Email")),
        {"person": "both", "time": "2026-06-01T11:00:00Z", "channel": "Display", "kind": "view"},
        {"person": "view", "time": "2026-06-01T11:00:00Z", "channel": "Display", "kind": "view"},
    ]
    result = files(tmp_path, touches, [sold(name, "2026-06-01T12:00:00Z") for name in ("both", "view")])
    for model in MODELS:
        assert credit(result, model) == {"Display": 1, "Email": 1, UNATTRIBUTED: 0}


def test_no_touch_at_all_is_unattributed_in_every_model(tmp_path: Path) -> None:
    """A5, with empty files of touches and with strangers' touches only."""
    stranger = touched("someone else", ("2026-05-01T10:00:00Z", "Email"))
    for touches in (stranger, touched(" P ", ("2026-05-01T10:00:00Z", "Email"))):
        result = files(tmp_path, touches, [sold("p", "2026-05-02T10:00:00Z", 7)])
        for model in MODELS:
            assert credit(result, model) == {"Email": 0, UNATTRIBUTED: 1}
            assert value(result, model) == {"Email": 0, UNATTRIBUTED: 7}
        assert share(result, "linear") == {"Email": 0, UNATTRIBUTED: 1}
        assert share(result, "markov") == {"Email": 0, UNATTRIBUTED: None}


def test_persons_are_matched_by_their_exact_trimmed_text(tmp_path: Path) -> None:
    touches = touched(" p ", ("2026-05-01T10:00:00Z", "Email")) + touched("P", ("2026-05-01T11:00:00Z", "Display"))
    result = files(tmp_path, touches, [sold("p", "2026-05-02T10:00:00Z")])
    assert credit(result, "last_touch") == {"Email": 1, "Display": 0, UNATTRIBUTED: 0}


def test_ties_in_time_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    touches = touched("p", *(("2026-05-01T10:00:00Z", name) for name in "ABCDE"))
    results = []
    for seed in range(3):
        Random(seed).shuffle(touches)
        results.append(files(tmp_path, touches, [sold("p", "2026-05-02T10:00:00Z")]).rows)
    assert results[0] == results[1] == results[2]


def test_all_direct_and_zero_engagement(tmp_path: Path) -> None:
    """A4: all Direct: the last one; weights that are all zero: linear."""
    touches = [
        {"person": "p", "time": f"2026-05-0{day}T10:00:00Z", "channel": "Direct", "campaign": name, "engagement": 0}
        for day, name in ((1, "x"), (2, "y"))
    ]
    result = files(tmp_path, touches, [sold("p", "2026-05-03T10:00:00Z")], by="campaign")
    assert credit(result, "last_non_direct") == {"x": 0, "y": 1, UNATTRIBUTED: 0}
    assert credit(result, "engagement_weighted") == {"x": 0.5, "y": 0.5, UNATTRIBUTED: 0}
    none = files(tmp_path, touches, [sold("p", "2026-05-03T10:00:00Z")], settings=CreditSettings(weights=(0, 0, 0)))
    assert credit(none, "custom_weighted") == {"Direct": 1, UNATTRIBUTED: 0}


def test_people_who_never_convert_are_non_converting_journeys(tmp_path: Path) -> None:
    """A4: their click window has closed by the last moment of the files; who came yesterday may still convert."""
    touches = [
        *touched("buyer", ("2026-05-01T10:00:00Z", "A")),
        *touched("other buyer", ("2026-05-01T10:00:00Z", "B")),
        *touched("lost", ("2026-01-01T10:00:00Z", "B")),
        *touched("still open", ("2026-04-30T10:00:00Z", "B")),
    ]
    result = files(tmp_path, touches, [sold(name, "2026-05-02T10:00:00Z") for name in ("buyer", "other buyer")])
    # A: 1 of 1, B: 1 of 2 by `rate`; v(AB) = 2 / 3. A gets (1 + 1/6) / 2, B (1/2 - 1/3) / 2.
    assert share(result, "shapley") == pytest.approx({"A": 7 / 8, "B": 1 / 8, UNATTRIBUTED: None})
    assert credit(result, "shapley") == {"A": 1, "B": 1, UNATTRIBUTED: 0}


def test_dimensions_other_than_the_channel(tmp_path: Path) -> None:
    touches = [
        {"person": "p", "time": "2026-05-01", "channel": "Email", "source": "s1", "medium": "m", "campaign": "c"},
        {"person": "p", "time": "2026-05-02", "channel": "Direct", "source": "", "medium": "m2", "campaign": "d"},
    ]
    sale = [sold("p", "2026-05-03")]
    for by, names in (("source", ["(not set)", "s1"]), ("medium", ["m", "m2"]), ("campaign", ["c", "d"])):
        result = files(tmp_path, touches, sale, by=by)
        assert result.by == by
        assert sorted(credit(result, "linear")) == sorted([*names, UNATTRIBUTED])
        assert credit(result, "linear")[names[0]] == 0.5
        assert sum(part or 0 for part in share(result, "markov").values()) == pytest.approx(1)
    assert credit(files(tmp_path, touches, sale, by="source"), "last_non_direct")["s1"] == 1


def test_the_same_touch_or_conversion_twice_counts_once(tmp_path: Path) -> None:
    """E7, G2: a fact told twice is one fact; of conversions with one id the latest counts."""
    touches = touched("p", ("2026-05-01T10:00:00Z", "A"), ("2026-05-01T12:00:00+02:00", "A"), ("2026-05-02", "B"))
    conversions = [sold("p", "2026-05-03T10:00:00Z", 1, "k"), sold("p", "2026-05-04T10:00:00Z", 2, "k")]
    result = files(tmp_path, touches, conversions)
    assert credit(result, "linear") == {"A": 0.5, "B": 0.5, UNATTRIBUTED: 0}
    assert value(result, "linear") == {"A": 1, "B": 1, UNATTRIBUTED: 0}


def test_conversions_without_a_value_and_those_of_an_import_file(tmp_path: Path) -> None:
    touches = table(tmp_path, "t.csv", touched("p", ("2026-05-01", "A")))
    for name, worth in (({}, 1), ({"value_amount": 30}, 30), ({"value": 30}, 30), ({"value": ""}, 1)):
        row = {"conversion_id": "k", "person": "p", "time": "2026-05-02", **name}
        lines = tmp_path / "c.ndjson"
        lines.write_text(json.dumps(row))
        for file in (table(tmp_path, "c.csv", [row]), lines):
            result = attribute_files(touches, file, ALL, CreditSettings())
            assert value(result, "linear") == {"A": worth, UNATTRIBUTED: 0}


def test_a_workspace_says_the_same(lab: Any, tmp_path: Path) -> None:
    """The figures of two files are those of a workspace with the same two files."""
    dice = Random(3)
    people = [f"p{number}@example.com" for number in range(40)]
    touches: list[Any] = [
        {
            "person": dice.choice(people),
            "time": f"2026-{dice.randint(1, 5):02}-{dice.randint(1, 28):02}T{dice.randint(8, 11):02}:00:00Z",
            "channel": dice.choice(("Direct", "Email", "Paid Search", "Display")),
            "kind": dice.choice(("visit", "visit", "view", "synthetic")),
            "engagement": dice.choice((0, 20, 80)),
        }
        for _ in range(300)
    ]
    conversions = [
        sold(person, f"2026-{dice.randint(3, 5):02}-{dice.randint(1, 28):02}T10:30:00Z", dice.randint(1, 90))
        for person in people[:25]
    ]
    lab.touches(*touches)
    lab.conversions(
        *(
            {**row, "event_type": "payment_received", "value_amount": row["value"], "currency": "USD"}
            for row in conversions
        )
    )
    lab.rebuild()
    result = files(tmp_path, touches, conversions)
    for model in ALL:
        weights = "0.4 as weight_first, 0.2 as weight_middle, 0.4 as weight_last"
        weight = model.credit.replace("$", "")
        rows = lab.rows(
            f"""select channel, sum(({weight})::double), sum(({weight})::double * cash)
                from (select *, {weights} from paths) join touch_origins using (origin_no) group by 1"""
        )
        for channel, conversions_credited, cash in rows:
            assert credit(result, model.name)[channel] == pytest.approx(conversions_credited, abs=1e-9), model.name
            assert value(result, model.name)[channel] == pytest.approx(float(cash), abs=1e-9), model.name


def test_times_are_read_as_the_import_reads_them(tmp_path: Path) -> None:
    times = ("2026-05-01T12:00:00+02:00", "1777629600", "1777629600000", "2026-05-01 10:00:00", "2026-05-01T10:00:00Z")
    touches = [touched(f"p{i}", (time, "A"))[0] for i, time in enumerate(times)]
    conversions = [sold(f"p{i}", "2026-05-08T10:00:00Z") for i in range(len(times))]
    edge = CreditSettings(click_window_days=7)
    assert credit(files(tmp_path, touches, conversions, settings=edge), "last_touch") == {"A": 5, UNATTRIBUTED: 0}


def test_bad_rows_are_told_and_good_ones_kept(tmp_path: Path) -> None:
    touches = [*touched("p", ("2026-05-01", "A"), ("yesterday", "B")), *touched("", ("2026-05-01", "A"))]
    conversions = [sold("p", "2026-05-02"), sold("p", "2026-05-02", "much", "x"), {"conversion_id": "y"}]  # pyright: ignore[reportArgumentType]
    result = files(tmp_path, touches, conversions)
    assert credit(result, "linear") == {"A": 1, UNATTRIBUTED: 0}
    first, second = result.rejects
    assert (first.file, first.rejected, second.file, second.rejected) == ("touches.csv", 2, "conversions.csv", 2)
    assert [(r.line, r.field, r.reason) for r in first.first] == [(3, "time", "not_a_time"), (4, "person", "missing")]
    assert [(r.line, r.field) for r in second.first] == [(3, "value"), (4, "person")]


def test_a_file_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    touches = table(tmp_path, "t.csv", touched("p", ("2026-05-01", "A")))
    conversions = table(tmp_path, "c.csv", [sold("p", "2026-05-02")])
    for first, by, missing in ((conversions, "channel", ["channel"]), (touches, "campaign", ["campaign"])):
        with pytest.raises(AttribenchError) as raised:
            attribute_files(first, conversions, ALL, CreditSettings(), by=by)
        assert raised.value.code is Code.FILE_MISSING_COLUMNS
        assert raised.value.facts["columns"] == missing
    with pytest.raises(AttribenchError) as raised:
        attribute_files(touches, touches, ALL, CreditSettings())
    assert raised.value.code is Code.FILE_MISSING_COLUMNS
    mapped = attribute_files(touches, conversions, ALL, CreditSettings(), mapping={"channel": "channel"})
    assert credit(mapped, "linear")["A"] == 1


# --- paths


def test_a_path_may_stand_for_many_conversions_and_none(tmp_path: Path) -> None:
    file = paths(tmp_path, ("A > B", 3, 30, 5), ("B", 0, 0, 2), ("", 2, 20, 9), ("A > B", 1, 10, 0))
    result = attribute_paths(file, ALL, CreditSettings())
    for model in {row.model for row in result.rows}:
        assert sum(credit(result, model).values()) == pytest.approx(6)
        assert credit(result, model)[UNATTRIBUTED] == 2
        assert value(result, model)[UNATTRIBUTED] == 20
    assert credit(result, "linear") == {"A": 2, "B": 2, UNATTRIBUTED: 2}
    assert share(result, "linear") == pytest.approx({"A": 1 / 3, "B": 1 / 3, UNATTRIBUTED: 1 / 3})
    # all that converts passes B: effect 1; without A those 2 of 11 are left that start in B: effect 9/11
    assert share(result, "markov") == pytest.approx({"A": 9 / 20, "B": 11 / 20, UNATTRIBUTED: None})


def test_columns_that_are_not_there_have_their_defaults(tmp_path: Path) -> None:
    """INTERFACES: conversions 1, value as conversions, nulls 0."""
    file = paths(tmp_path, ("A",), ("B",), ("A",), columns=("path",))
    result = attribute_paths(file, ALL, CreditSettings())
    assert credit(result, "last_touch") == value(result, "last_touch") == {"A": 2, "B": 1, UNATTRIBUTED: 0}
    file = paths(tmp_path, ("A", 4), columns=("path", "total_conversions"))
    assert value(attribute_paths(file, ALL, CreditSettings()), "last_touch") == {"A": 4, UNATTRIBUTED: 0}


def test_states_with_marks_blanks_quotes_and_other_scripts(tmp_path: Path) -> None:
    odd = ("a>b", 'say "hi"', "Übersicht 東京", "=1+1", "x, y")
    file = paths(tmp_path, ("  " + " >  ".join(odd) + " >  > ", 1, 1, 0))
    result = attribute_paths(file, ALL, CreditSettings())
    assert credit(result, "linear") == pytest.approx({**dict.fromkeys(odd, 0.2), UNATTRIBUTED: 0})


def test_direct_is_known_in_any_case(tmp_path: Path) -> None:
    result = attribute_paths(paths(tmp_path, ("A > DIRECT > direct", 1, 1, 0)), ALL, CreditSettings())
    assert credit(result, "last_non_direct") == {"A": 1, "DIRECT": 0, "direct": 0, UNATTRIBUTED: 0}


def test_rows_are_sorted_by_model_conversions_and_name(tmp_path: Path) -> None:
    file = paths(tmp_path, ("B", 1, 1, 0), ("A", 1, 1, 0), ("C", 5, 5, 0), ("", 9, 9, 0))
    rows = attribute_paths(file, models_named(["linear", "last_touch"]), CreditSettings()).rows
    assert [row.name for row in rows] == ["C", "A", "B", UNATTRIBUTED] * 2
    assert [row.model for row in rows] == ["last_touch"] * 4 + ["linear"] * 4


@pytest.mark.parametrize("direct", ["Direct", " Direct"])  # blanks around a state: not summed in SQL
def test_rule_models_alone_of_a_large_file_are_the_same(tmp_path: Path, monkeypatch: Any, direct: str) -> None:
    """A large file is summed in SQL when no model has to see its journeys."""
    rows: list[tuple[str, float, float, float]] = [
        (f"A > B > {direct} > {direct}", 2, 20.5, 1),
        (f"{direct} > {direct}", 1, 7, 0),
        ("B", 0, 0, 3),
        ("B > A > B > A > C", 3, -1.5, 0),
        ("Only in lost ones", 0, 0, 1),
        ("B > A > B > A > C", 1, 4, 0),
    ]
    file = paths(tmp_path, *rows)
    rules = [model for model in ALL if not model.is_fitted]
    settings = CreditSettings(weights=(0.5, 0.2, 0.3))
    expected = attribute_paths(file, rules, settings).rows
    monkeypatch.setattr(pathfile, "_SMALL", 0)
    found = attribute_paths(file, rules, settings).rows
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row[2:] for row in found] == [pytest.approx(row[2:]) for row in expected]
    assert len(found) > 4 * len(rules)


BAD = "path,conversions,value,nulls\nA,1,1,0\nA,x,1,0\nB,-1,1,0\nB,1,1\n\nB,,1,0\nB,1,inf,0\nB,1,,\n"


@pytest.mark.parametrize("small", [0, 1 << 30])
def test_bad_rows_of_paths_are_told_with_their_lines(tmp_path: Path, monkeypatch: Any, small: int) -> None:
    """Whichever reader a file of that size is given to first."""
    monkeypatch.setattr(pathfile, "_SMALL", small)
    file = tmp_path / "paths.csv"
    file.write_text(BAD)
    result = attribute_paths(file, ALL, CreditSettings())
    assert credit(result, "linear") == {"A": 1, "B": 1, UNATTRIBUTED: 0}
    assert value(result, "linear") == {"A": 1, "B": 0, UNATTRIBUTED: 0}
    (told,) = result.rejects
    assert told.rejected == 5
    assert [(r.line, r.field, r.reason) for r in told.first] == [
        (3, "conversions", "not_a_number"),
        (4, "conversions", "negative"),
        (5, None, "missing_columns"),
        (7, "conversions", "missing"),
        (8, "value", "not_a_number"),
    ]


@pytest.mark.parametrize("small", [0, 1 << 30])
@pytest.mark.parametrize(
    "form", ["csv", "crlf", "tsv", "quoted", "gz", "ndjson", "json", "parquet", "stream", "bom", "latin"]
)
def test_every_format_gives_the_same(tmp_path: Path, monkeypatch: Any, form: str, small: int) -> None:
    monkeypatch.setattr(pathfile, "_SMALL", small)
    rows = [("Café > Direct", 2, 20.5, 1), ("Café", 0, 0, 3), ("Direct > Café > Direct", 1, 7, 0)]
    records = [dict(zip(pathfile.FIELDS, row, strict=True)) for row in rows]
    expected = attribute_paths(paths(tmp_path, *rows), ALL, CreditSettings()).rows
    text = (tmp_path / "paths.csv").read_text(encoding="utf-8")
    file: Any = tmp_path / "file"
    if form == "crlf":
        file.write_bytes(text.replace("\n", "\r\n").encode())
    elif form == "tsv":
        file.write_text(text.replace(",", "\t"), encoding="utf-8")
    elif form == "quoted":
        file.write_text("\n".join('"' + line.replace(",", '","') + '"' for line in text.splitlines()), encoding="utf-8")
    elif form == "gz":
        file.write_bytes(gzip.compress(text.encode()))
    elif form == "ndjson":
        file.write_text("\n".join(json.dumps(record) for record in records))
    elif form == "json":
        file.write_text(json.dumps(records, indent=1))
    elif form == "parquet":
        listed = ", ".join(f"('{path}', {c}, {v}, {n})" for path, c, v, n in rows)
        duckdb.sql(f"copy (from (values {listed}) t(path, conversions, value, nulls)) to '{file}' (format parquet)")
    elif form == "stream":
        file = io.BytesIO(text.encode())
    elif form == "bom":
        file.write_text(text, encoding="utf-8-sig")
    elif form == "latin":
        file.write_text(text, encoding="cp1252")
    else:
        file = tmp_path / "paths.csv"
    result = attribute_paths(file, ALL, CreditSettings())
    assert not result.rejects
    assert_same(result.rows, expected)


def assert_same(rows: Any, expected: Any) -> None:
    assert [row[:2] for row in rows] == [row[:2] for row in expected]
    for row, other in zip(rows, expected, strict=True):
        assert row[2:] == pytest.approx(other[2:], abs=1e-9)


# --- properties

CHANNELS = ("Direct", "Email", "Paid Search", "Display", "Referral")
JOURNEYS = st.lists(
    st.tuples(st.lists(st.sampled_from(CHANNELS), max_size=6), st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)


@given(JOURNEYS, st.sampled_from([1, 2]), st.sampled_from(["rate", "subset"]), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_credit_adds_up_and_the_order_of_rows_does_not_matter(rows: Any, order: int, game: Any, random: Any) -> None:
    chosen = CreditSettings(order=order, game=game)
    with TemporaryDirectory() as folder:
        given_rows = [(" > ".join(states), c, c * 2.5, n) for states, c, n in rows]
        result = attribute_paths(paths(Path(folder), *given_rows), ALL, chosen)
        random.shuffle(given_rows)
        again = attribute_paths(paths(Path(folder), *given_rows), ALL, chosen)
    conversions = sum(c for _, c, _ in rows)
    for model in {row.model for row in result.rows}:
        assert sum(credit(result, model).values()) == pytest.approx(conversions)
        assert sum(value(result, model).values()) == pytest.approx(2.5 * conversions)
    assert_same(again.rows, result.rows)


@given(JOURNEYS, st.sampled_from([1, 2, 3]), st.sampled_from(["rate", "subset"]), st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_two_files_say_what_their_paths_say(rows: Any, order: int, game: Any, random: Any) -> None:
    """Each journey as so many people, those without a conversion long ago; shuffled."""
    chosen = CreditSettings(order=order, game=game)
    touches: list[Any] = []
    conversions: list[Any] = []
    for number, (states, converted, lost) in enumerate(rows):
        for copy in range(converted + lost):
            person = f"{number}-{copy}"
            month = "06" if copy < converted else "01"
            touches += touched(person, *((f"2026-{month}-{day:02}", name) for day, name in enumerate(states, 1)))
            if copy < converted:
                conversions.append(sold(person, "2026-06-20", 2.5))
    touches += touched("the latest", ("2026-06-20", "Email"))  # whose window is still open
    random.shuffle(touches)
    random.shuffle(conversions)
    listed = [(" > ".join(states), c, c * 2.5, n if states else 0) for states, c, n in rows]
    with TemporaryDirectory() as folder:
        first = files(Path(folder), touches, conversions, settings=chosen)
        second = attribute_paths(paths(Path(folder), *listed), ALL, chosen)
    for model in {row.model for row in second.rows}:
        expected = credit(second, model)
        # a state that stands for no journey at all has no touch in the two files
        found = credit(first, model)
        assert {name: found.get(name, 0.0) for name in expected} == pytest.approx(expected, abs=1e-9)
        assert sum(credit(first, model).values()) == pytest.approx(len(conversions))
        assert sum(value(first, model).values()) == pytest.approx(2.5 * len(conversions))
        fitted = {name: part for name, part in share(second, model).items() if part is not None}
        if conversions:
            parts = share(first, model)
            assert {name: parts.get(name) or 0.0 for name in fitted} == pytest.approx(fitted, abs=1e-9)
