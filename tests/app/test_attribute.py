"""``attribench attribute``: what it prints, where, how it exits, and how little it loads."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from app.attributing import OPTIONS, read_plain
from app.cli import cli
from app.start import main

ROOT = Path(__file__).parents[2]
PATHS = "path,conversions,value,nulls\nEmail > Direct,2,20,1\nEmail,0,0,3\n,1,5,0\n"
TOUCHES = "person,time,channel\np,2026-05-01T10:00:00Z,Email\np,2026-05-02T10:00:00Z,Direct\n"
CONVERSIONS = "conversion_id,person,time,value\nc,p,2026-05-03T10:00:00Z,20\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in (("paths.csv", PATHS), ("touches.csv", TOUCHES), ("conversions.csv", CONVERSIONS)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capfdbinary):
    """Runs the command as the installed program would; gives exit code, standard output, standard error."""

    def invoke(*arguments: str) -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "argv", ["attribench", "attribute", *arguments])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfdbinary.readouterr()
        return code, out, err.decode()

    return invoke


def test_a_table_by_default(run):
    code, out, err = run("--paths", "paths.csv", "--models", "linear,last_non_direct")
    assert code == 0
    assert out.decode().splitlines() == [
        "model            channel       conversions  value  share",
        "---------------  ------------  -----------  -----  -----",
        "linear           Direct               1.00  10.00   0.33",
        "linear           Email                1.00  10.00   0.33",
        "linear           Unattributed         1.00   5.00   0.33",
        "last_non_direct  Email                2.00  20.00   0.67",
        "last_non_direct  Direct               0.00   0.00   0.00",
        "last_non_direct  Unattributed         1.00   5.00   0.33",
    ]
    assert err == ""


def test_models_that_need_times_are_named_on_stderr(run):
    code, out, err = run("--paths=paths.csv", "--format=csv")
    assert code == 0
    assert "time_decay, engagement_weighted" in err
    models = list(dict.fromkeys(row["model"] for row in csv.DictReader(io.StringIO(out.decode()))))
    assert models == [
        *("last_touch", "first_touch", "split_50_50", "linear", "position_based", "last_non_direct"),
        *("custom_weighted", "markov", "shapley"),
    ]


def test_two_files_with_all_options(run):
    options = ("--by", "channel", "--click-window", "36h", "--first-touch-window", "1.5d", "--half-life", "2")
    code, out, err = run("touches.csv", "conversions.csv", *options, "--weights", "1,1,2", "--format", "json")
    assert (code, err) == (0, "")
    rows = json.loads(out)["data"]
    assert {row["model"] for row in rows} >= {"time_decay", "engagement_weighted", "markov"}
    assert [row for row in rows if row["model"] == "first_touch"] == [
        {"model": "first_touch", "channel": "Direct", "conversions": 1.0, "value": 20.0, "share": 1.0},
        {"model": "first_touch", "channel": "Email", "conversions": 0.0, "value": 0.0, "share": 0.0},
        {"model": "first_touch", "channel": "Unattributed", "conversions": 0.0, "value": 0.0, "share": 0.0},
    ]


@pytest.mark.parametrize("name", ["out.csv", "out.json", "out.parquet"])
def test_out_files(run, folder, name):
    code, out, _ = run("--paths", "paths.csv", "--models", "markov", "--out", name)
    assert (code, out) == (0, b"")
    if name.endswith("csv"):
        rows = list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))
        assert rows[-1] == {
            "model": "markov",
            "channel": "Unattributed",
            "conversions": "1.0",
            "value": "5.0",
            "share": "",
        }
    elif name.endswith("json"):
        rows = json.loads((folder / name).read_text())["data"]
        assert rows[-1]["share"] is None
    else:
        frame = pl.read_parquet(folder / name)
        assert frame.schema["conversions"] == pl.Float64
        rows = frame.to_dicts()
    assert [row["channel"] for row in rows] == ["Direct", "Email", "Unattributed"]


def test_csv_is_guarded_against_formulas(run, folder):
    (folder / "paths.csv").write_text('path\n"=HYPERLINK(1) > -5"\n')
    _, out, _ = run("--paths", "paths.csv", "--models", "linear", "--format", "csv")
    assert [row["channel"] for row in csv.DictReader(io.StringIO(out.decode()))] == [
        "-5",
        "'=HYPERLINK(1)",
        "Unattributed",
    ]


def test_rejected_rows_are_told(run, folder):
    (folder / "paths.csv").write_text(PATHS + "Email,many,0,0\n")
    code, _, err = run("--paths", "paths.csv", "--models", "linear")
    assert code == 0
    assert "paths.csv: 1 rows could not be read" in err
    assert "line 5: conversions is not a number 'many'" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Give a file of touches and a file of conversions"),
        (("touches.csv",), "Give a file of touches and a file of conversions"),
        (("touches.csv", "--paths", "paths.csv"), "instead of the other two"),
        (("-", "-"), "Only one file"),
        (("--paths", "paths.csv", "--by", "colour"), "'colour' is not one of channel"),
        (("--paths", "paths.csv", "--order", "5"), "'5' is not one of 1, 2, 3, 4"),
        (("--paths", "paths.csv", "--half-life", "long"), "is not a length of time"),
        (("--paths", "paths.csv", "--weights", "1,2"), "is not three numbers"),
        (("--paths", "paths.csv", "--out", "credit.xlsx"), "--out takes a name"),
        (("--paths", "paths.csv", "--map", "path"), "--map takes ours=theirs"),
        (("--paths",), "requires an argument"),
        (("--path", "paths.csv"), "No such option"),
    ],
)
def test_usage_errors_exit_2(run, arguments, told):
    code, out, err = run(*arguments)
    assert (code, out) == (2, b"")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--paths", "nowhere.csv"), "nowhere.csv does not exist"),
        (("--paths", "touches.csv"), "lacks: path"),
        (("--paths", "paths.csv", "--models", "best"), "There is no model 'best'"),
        (("touches.csv", "conversions.csv", "--click-window", "900d"), "click_window_days cannot be"),
        (("touches.csv", "conversions.csv", "--by", "campaign"), "lacks: campaign"),
        (("--paths", "paths.csv", "--out", "no/such/folder.csv"), "cannot be written"),
    ],
)
def test_failures_exit_1_with_one_line(run, arguments, told):
    code, out, err = run(*arguments)
    assert (code, out) == (1, b"")
    assert told in err
    assert err.count("\n") == 1


def test_names_can_be_mapped(run, folder):
    (folder / "paths.csv").write_text("journey,sold\nEmail,3\n")
    arguments = ("--paths", "paths.csv", "--map", "path=journey", "--map", "conversions=sold", "--models", "linear")
    code, out, _ = run(*arguments, "--format", "json")
    assert code == 0
    assert json.loads(out)["data"][0]["conversions"] == 3


def test_standard_input(folder):
    command = [sys.executable, "-m", "app", "attribute", "--paths", "-", "--models", "linear", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run(command, input=PATHS.encode(), capture_output=True, check=True, env=environment).stdout
    assert len(json.loads(out)["data"]) == 3


def test_the_group_has_the_command_and_its_help_names_every_option(folder):
    told = CliRunner().invoke(cli, ["attribute", "--help"])
    assert told.exit_code == 0
    for option in OPTIONS:
        assert option.flag in told.output
    same = CliRunner().invoke(cli, ["attribute", "--paths", "paths.csv", "--models", "nonsense"])
    assert same.exit_code == 1


def test_what_is_not_plain_is_left_to_click():
    assert read_plain(["a", "b", "--order", "2", "--by=source"]) == (["a", "b"], {"order": ["2"], "by": ["source"]})
    for arguments in (["--help"], ["-h"], ["a", "--order"], ["--order", "--by", "x"], ["--unknown", "x"]):
        assert read_plain(arguments) is None


def test_a_small_file_loads_none_of_the_large_libraries(folder):
    """The start would take longer than the work."""
    code = (
        "import sys; sys.argv[1:] = ['attribute', '--paths', 'paths.csv', '--models', 'last_touch,markov'];"
        "from app.start import main; main();"
        "print([n for n in ('numpy', 'polars', 'scipy', 'duckdb', 'pyarrow', 'click', 'babel') if n in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment).stdout
    assert out.decode().splitlines()[-1] == "[]"
