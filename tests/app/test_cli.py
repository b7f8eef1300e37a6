"""The command line: what it prints, where, and how it exits."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import polars as pl
import pytest

from app.cli import cli
from app.messages import _TEXTS, explain
from app.start import main
from engine import AttribenchError, Code

ROOT = Path(__file__).parents[2]
EVENTS = [
    {
        "event_id": "1",
        "event_time": "2026-05-01T10:00:00Z",
        "anonymous_id": "a",
        "url": "https://shop.example/?gclid=x",
    },
    {"event_id": "2", "event_time": "2026-05-01T10:01:00Z", "anonymous_id": "a", "url": "https://shop.example/b"},
    {"event_id": "3", "event_time": "2026-05-02T10:00:00Z", "anonymous_id": "b", "url": "https://shop.example/"},
]


class Run:
    """Runs a command in this process as the installed program would."""

    def __init__(self, monkeypatch, capsysbinary, folder: Path) -> None:
        self._monkeypatch, self._capture, self.folder = monkeypatch, capsysbinary, folder

    def __call__(self, *arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["attribench", *map(str, arguments)])
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = 0
        try:
            main()
        except SystemExit as error:
            code = int(error.code or 0)
        self.raw, err = self._capture.readouterr()
        return code, self.raw.decode(errors="replace"), err.decode()

    def ok(self, *arguments: object, stdin: bytes = b"") -> str:
        code, out, err = self(*arguments, stdin=stdin)
        assert code == 0, err
        return out

    def fails(self, *arguments: object) -> str:
        """One line on stderr, exit code 1, nothing on stdout."""
        code, out, err = self(*arguments)
        assert (code, out) == (1, ""), (code, out, err)
        assert err.count("\n") == 1, err
        assert err.startswith("attribench: ")
        return err


@pytest.fixture
def run(monkeypatch, capsysbinary, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    return Run(monkeypatch, capsysbinary, tmp_path)


@pytest.fixture
def workspace(run: Run) -> Path:
    path = run.folder / "w.duckdb"
    run.ok(
        "new", path, "--profile", "Acme", "--currency", "EUR", "--timezone", "Europe/Madrid", "--domain", "shop.example"
    )
    return path


@pytest.fixture
def events(run: Run) -> Path:
    path = run.folder / "events.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in EVENTS))
    return path


# ------------------------------------------------------------------ help and usage

COMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(run: Run, command: str):
    out = run.ok(command, "--help")
    assert "Example" in out
    assert f"attribench {command} " in out
    assert run.ok(command, "-h") == out


def test_help_lists_every_command(run: Run):
    out = run.ok("--help")
    assert all(command in out for command in COMMANDS)
    assert run.ok("--version").startswith("attribench")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("new",),
        ("new", "w.duckdb"),
        ("profiles",),
        ("profiles", "w.duckdb", "--format", "xml"),
        ("import", "w.duckdb"),
        ("import", "w.duckdb", "events"),
        ("import", "w.duckdb", "nonsense", "file"),
        ("import", "w.duckdb", "events", "file", "--map", "nonsense"),
        ("imports", "w.duckdb", "--undo", "x"),
        ("sql", "w.duckdb"),
        ("demo", "w.duckdb", "--people", "0"),
        ("demo", "w.duckdb", "--until", "tomorrow"),
        ("rebuild", "w.duckdb", "--nonsense"),
    ],
)
def test_wrong_usage_exits_with_two(run: Run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Error" in err
    assert not (run.folder / "w.duckdb").exists()


# ------------------------------------------------------------------ errors


def test_errors_say_what_to_do(run: Run, workspace: Path, events: Path):
    missing = run.folder / "none.duckdb"
    for command in (("profiles",), ("rebuild",), ("doctor",), ("imports",)):
        assert "attribench new" in run.fails(command[0], missing)
    assert "attribench new" in run.fails("import", missing, "events", events)
    assert "attribench new" in run.fails("sql", missing, "select 1")
    assert not missing.exists()
    assert "does not exist" in run.fails("new", run.folder / "no" / "w.duckdb", "--profile", "x")
    assert "Known: Acme" in run.fails("import", workspace, "events", events, "--profile", "Nobody")
    assert "already" in run.fails("new", workspace, "--profile", "acme")
    assert "ISO 4217" in run.fails("new", workspace, "--profile", "x", "--currency", "XXXX")
    assert "IANA" in run.fails("new", workspace, "--profile", "x", "--timezone", "Mars/Phobos")
    assert "does not exist" in run.fails("import", workspace, "events", run.folder / "none.csv")
    assert "is a folder" in run.fails("import", workspace, "events", run.folder)
    assert "Known" in run.fails("import", workspace, "events", events, "--map", "nope=x")
    assert "attribench imports" in run.fails("imports", workspace, "--undo", "99")
    assert "v_visits" in run.fails("sql", workspace, "select * from raw_events")
    assert "nonsense" in run.fails("sql", workspace, "select nonsense from v_visits")
    assert "exists already" in run.fails("demo", workspace)
    assert "not an Attribench workspace" in run.fails("doctor", events)
    (run.folder / "empty.csv").touch()
    assert "0 bytes" in run.fails("import", workspace, "events", run.folder / "empty.csv")
    (run.folder / "other.csv").write_text("a,b\n1,2\n")
    assert "--map" in run.fails("import", workspace, "events", run.folder / "other.csv")


def test_a_workspace_open_elsewhere(run: Run, workspace: Path):
    from engine import Workspace

    with Workspace.open(workspace):
        assert f"process {os.getpid()} since" in run.fails("profiles", workspace)


def test_every_code_has_a_text_that_needs_no_more_than_its_facts():
    assert set(_TEXTS) == set(Code)
    for code in Code:
        assert explain(AttribenchError(code, path="x.csv", columns=["a", "b"], known=())).count("\n") == 0


# ------------------------------------------------------------------ each command


def test_new_creates_then_adds(run: Run, workspace: Path):
    assert "profile Beta (USD, UTC)" in run.ok("new", workspace, "--profile", "Beta")
    rows = json.loads(run.ok("profiles", workspace, "--format", "json"))
    assert rows["data"] == [
        {"profile": "Acme", "currency": "EUR", "timezone": "Europe/Madrid", "domains": "shop.example"},
        {"profile": "Beta", "currency": "USD", "timezone": "UTC", "domains": ""},
    ]


def test_several_profiles_need_a_name(run: Run, workspace: Path, events: Path):
    run.ok("new", workspace, "--profile", "Beta")
    assert "--profile" in run.fails("import", workspace, "events", events)
    run.ok("import", workspace, "events", events, "--profile", "BETA")
    assert run.ok("sql", workspace, "select distinct profile from v_visits", "--format", "csv") == "profile\nBeta\n"
    assert [json.loads(line)["profile"] for line in run.ok("rebuild", workspace).splitlines()] == ["Acme", "Beta"]


def test_import_prints_counts_and_rebuilds(run: Run, workspace: Path, events: Path):
    out = run.ok("import", workspace, "events", events, events, "--format", "json")
    assert json.loads(out)["data"] == [
        {"import": 1, "file": "events.ndjson", "read": 3, "new": 3, "duplicate": 0, "rejected": 0},
        {"import": 2, "file": "events.ndjson", "read": 3, "new": 0, "duplicate": 3, "rejected": 0},
    ]
    assert run.ok("sql", workspace, "select channel, pageviews from v_visits order by 2", "--format", "csv") == (
        "channel,pageviews\nDirect,1\nPaid Search,2\n"
    )


def test_import_from_standard_input_with_mapping(run: Run, workspace: Path):
    text = b"when;who\n01.05.2026;a\n31.05.2026;b\nsoon;c\n"
    code, out, err = run(
        "import", workspace, "events", "-", "--map", "event_time=when", "--map", "anonymous_id=who", stdin=text
    )
    assert code == 0
    assert out.splitlines()[-1].split() == ["1", "standard", "input", "3", "2", "0", "1"]
    assert "standard input: line 4: event_time is not a time" in err


def test_import_without_rebuild(run: Run, workspace: Path, events: Path):
    run.ok("import", workspace, "events", events, "--no-rebuild")
    assert run.ok("sql", workspace, "select count(*) as n from v_visits", "--format", "csv") == "n\n0\n"
    assert json.loads(run.ok("rebuild", workspace, "--profile", "Acme"))["visits"] == 2


def test_imports_are_listed_and_undone(run: Run, workspace: Path, events: Path):
    run.ok("import", workspace, "events", events)
    listed = json.loads(run.ok("imports", workspace, "--format", "json"))["data"]
    assert [(row["import_id"], row["kind"], row["rows_new"], row["undone_at"]) for row in listed] == [
        (1, "events", 3, None)
    ]
    assert run.ok("imports", workspace, "--undo", "1") == "Import 1 undone: 3 rows removed.\n"
    assert run.ok("sql", workspace, "select count(*) as n from v_visits", "--format", "csv") == "n\n0\n"


def test_doctor(run: Run, workspace: Path, events: Path):
    before = run.ok("doctor", workspace)
    assert "nothing imported yet" in before
    run.ok("import", workspace, "events", events)
    after = run.ok("doctor", workspace)
    assert "look" not in after
    assert "3 rows imported" in after


def test_demo(run: Run):
    path = run.folder / "demo.duckdb"
    out = run.ok(
        "demo", path, "--people", "200", "--days", "20", "--until", "2026-06-30", "--keep", run.folder / "kept"
    )
    assert "visitors" in out
    assert (run.folder / "kept").is_dir()
    assert "look" not in run.ok("doctor", path)


# ------------------------------------------------------------------ formats

ROW = (
    "select 'a, \"b\"' as text, '=1+1' as formula, '-5' as number, 1.5::decimal(18, 6) as money, null as nothing,"
    " timestamp '2026-05-01 10:00:00' as moment, date '2026-05-01' as day, [1, 2] as list, {'k': 'v'} as record,"
    " 'nan'::double as nan, 'inf'::double as inf, true as flag, interval 90 second as pause, 'x' as text"
)


def test_json(run: Run, workspace: Path):
    told = json.loads(run.ok("sql", workspace, ROW, "--format", "json"))
    assert told == {
        "data": [
            {
                "text": 'a, "b"', "formula": "=1+1", "number": "-5", "money": 1.5, "nothing": None,
                "moment": "2026-05-01T10:00:00Z", "day": "2026-05-01", "list": [1, 2], "record": {"k": "v"},
                "nan": None, "inf": None, "flag": True, "pause": "90 seconds", "text_1": "x",
            }
        ],
        "meta": {"rows": 1},
    }  # fmt: skip


def test_csv(run: Run, workspace: Path):
    (row,) = csv.DictReader(io.StringIO(run.ok("sql", workspace, ROW, "--format", "csv")))
    assert row["text"] == 'a, "b"'
    assert (row["formula"], row["number"], row["nothing"]) == ("'=1+1", "-5", "")
    assert (json.loads(row["list"]), json.loads(row["record"])) == ([1, 2], {"k": "v"})


def test_parquet_to_standard_output(run: Run, workspace: Path):
    run.ok("sql", workspace, ROW, "--format", "parquet")
    frame = pl.read_parquet(io.BytesIO(run.raw))
    assert frame.height == 1
    assert frame["record"].to_list() == [{"k": "v"}]


def test_table(run: Run, workspace: Path):
    lines = run.ok("sql", workspace, "select 'left' as name, 1234.5 as n union all select e'a\\nb', null").splitlines()
    assert len(lines) == 4
    assert "1,234.5" in "".join(lines)
    assert "a b" in "".join(lines)


# ------------------------------------------------------------------ as a process


def _process(*arguments: object, **options) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False, **options)


def test_as_a_module_with_exit_codes(workspace: Path, events: Path):
    assert _process("--help").returncode == 0
    assert _process("nonsense").returncode == 2
    done = _process("import", workspace, "events", "-", input=events.read_bytes())
    assert (done.returncode, done.stderr) == (0, b""), done.stderr  # no progress: stderr is no terminal
    failed = _process("profiles", workspace.with_name("none.duckdb"))
    assert failed.returncode == 1
    assert failed.stderr.count(b"\n") == 1
    assert b"Traceback" not in failed.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_progress_on_a_terminal_only(workspace: Path, events: Path):
    leader, follower = pty.openpty()
    try:
        process = subprocess.run(
            [sys.executable, "-m", "app", "import", str(workspace), "events", str(events)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=follower, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(follower)
    shown = os.read(leader, 1 << 16).decode()
    os.close(leader)
    assert process.returncode == 0
    assert "%" in shown
    assert "%" not in process.stdout.decode()


def test_a_reader_that_goes_away_is_no_traceback(workspace: Path):
    query = "select i, repeat('x', 200) from range(200000) t(i)"
    command = f'{sys.executable} -m app sql {workspace} "{query}" --format csv | head -1'
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr
    assert done.stdout.count(b"\n") == 1


def test_click_is_asked_for_by_name():
    assert isinstance(cli, click.Group)
