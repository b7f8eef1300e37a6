"""The command `report`: files of client reports, without a window."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from app import writing
from app.cli import cli
from app.report_charts import draw_charts
from engine import AttribenchError, Code, Workspace
from engine.profiles import ProfileSettings
from engine.queries.selection import Selection
from engine.reports.layout import SECTIONS
from widgets.look import Look

if TYPE_CHECKING:
    from pathlib import Path

EVERY = ",".join(SECTIONS)
DAYS = ("--from", "2026-06-01", "--to", "2026-06-30")


@pytest.fixture(scope="module")
def workspace(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo that reports may be added to."""
    path = tmp_path_factory.mktemp("reports") / "demo.duckdb"
    shutil.copy(demo_file, path)
    return path


def _run(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(each) for each in arguments], catch_exceptions=False, standalone_mode=False)
    return result.output


def test_pdf_and_html_in_both_languages(workspace: Path, tmp_path: Path) -> None:
    for lang, title in (("en", "Marketing attribution report"), ("es", "Informe de atribución de marketing")):
        pdf, page = tmp_path / f"{lang}.pdf", tmp_path / f"{lang}.html"
        _run("report", workspace, *DAYS, "--model", "position_based", "--lang", lang, "--out", pdf, "--html", page)
        reader = PdfReader(pdf)
        text = " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())
        assert title in text
        assert title in page.read_text(encoding="utf-8")
        assert len(reader.pages) >= 5
        # the charts are the window's own, as drawings with texts
        assert ("Mean" if lang == "en" else "Media") in text
    html = (tmp_path / "en.html").read_text(encoding="utf-8")
    assert html.count("<svg") == 4
    assert "<script" not in html
    assert "http://www.w3.org" in html
    assert not [part for part in html.split('"') if part.startswith(("http:", "https:", "//")) and "w3.org" not in part]


def test_a_stored_report_gives_the_same_file_again(workspace: Path, tmp_path: Path) -> None:
    _run("report", workspace, *DAYS, "--out", tmp_path / "one.pdf", "--comment", "summary=Good.", "--target", "roas=3")
    with Workspace.open(workspace) as opened:
        made = opened.profile().reports.all()[0]
    _run("report", workspace, "--report", made.report_id, "--out", tmp_path / "two.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert made.layout.targets == {"roas": 3.0}


def test_charts_are_the_same_in_every_theme(workspace: Path, desk: object) -> None:
    with Workspace.open(workspace) as opened:
        made = opened.profile().reports.all()[0]
    light = draw_charts(made.snapshot, made.layout)
    look = Look("dark")
    look.dress()
    try:
        assert draw_charts(made.snapshot, made.layout) == light
    finally:
        Look("light").dress()


def test_several_profiles_in_one_run(workspace: Path, tmp_path: Path) -> None:
    _run("report", workspace, *DAYS, "--all-profiles", "--out-dir", tmp_path, "--sections", "cover,kpis")
    (file,) = tmp_path.glob("*.pdf")
    assert len(PdfReader(file).pages) == 2


def test_clients_of_nearly_one_name_have_files_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "agency.duckdb"
    with Workspace.open(path, create=True) as opened:
        for name in ("Acme/Shop", "acme:shop", "Beta"):
            opened.create_profile(ProfileSettings(name)).rebuild()
    folder = tmp_path / "out"
    folder.mkdir()
    _run("report", path, *DAYS, "--all-profiles", "--out-dir", folder, "--with-html", "--sections", "cover")
    days = f"{DAYS[1]} {DAYS[3]}"
    names = [f"Acme-Shop {days}", f"Beta {days}", f"acme-shop {days} (2)"]
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"{name}.{ending}" for name in names for ending in ("html", "pdf")
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--logo", "missing.png"), Code.FILE_MISSING),
        (("--accent", "#ffee00"), Code.SETTING_INVALID),
        (("--template", "none"), Code.REPORT_TEMPLATE),
        (("--report", "999"), Code.REPORT_UNKNOWN),
        (("--sections", "weather"), Code.SETTING_INVALID),
    ],
)
def test_what_is_wrong_is_said(workspace: Path, tmp_path: Path, arguments: tuple[str, ...], code: Code) -> None:
    with pytest.raises(AttribenchError) as told:
        _run("report", workspace, *DAYS, *arguments, "--out", tmp_path / "x.pdf")
    assert told.value.code is code
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("number", "why"), [(errno.ENOSPC, "full"), (errno.EACCES, "denied")])
def test_no_half_written_file(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    target = tmp_path / "report.pdf"
    target.write_bytes(b"before")

    def refuse(_file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(writing.os, "fsync", refuse)
    with pytest.raises(AttribenchError) as told:
        _run("report", workspace, *DAYS, "--sections", "kpis", "--out", target)
    assert told.value.code is Code.FILE_UNWRITABLE
    assert told.value.facts["why"] == why
    assert target.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["report.pdf"]
    with pytest.raises(AttribenchError) as told:
        _run("report", workspace, *DAYS, "--out", tmp_path / "missing" / "report.pdf")
    assert told.value.facts["why"] == "folder"


def test_figures_are_those_of_the_command_line(workspace: Path, tmp_path: Path) -> None:
    """The totals of `query overview` stand in the PDF as they are formatted for English readers."""
    out = tmp_path / "x.pdf"
    _run("report", workspace, *DAYS, "--model", "linear", "--lang", "en", "--sections", EVERY, "--out", out)
    text = "".join(sheet.extract_text() for sheet in PdfReader(out).pages)
    with Workspace.open(workspace) as opened:
        profile = opened.profile()
        selection = profile.reports.all()[0].snapshot.selection
        assert isinstance(selection, Selection)
        now = profile.query("overview", selection).data or {}
        campaigns = profile.query("campaigns", selection, limit=12).table.to_dicts()
        channels = profile.query("channels", selection, limit=100).table.to_dicts()
    told = now["current"]
    for shown in (
        f"${told['spend']:,.0f}", f"${told['cash_revenue']:,.0f}", f"{told['roas']:.2f}×", f"{told['visitors']:,}",
        f"${told['cac']:,.2f}", f"{told['conversions']:,.1f}", f"{told['coverage_percent']:.1f}%",
        *(f"${row['spend']:,.0f}" for row in campaigns), *(f"{row['visits']:,}" for row in channels if row["visits"]),
    ):  # fmt: skip
        assert shown in text
