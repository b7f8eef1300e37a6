"""A bug is written down without anybody's data, and told."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from app.crashes import Crashes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot


def test_reports_carry_no_secret_and_no_person(qtbot: QtBot, tmp_path: Path) -> None:
    crashes = Crashes(tmp_path / "logs" / "crashes.log")
    heard: list[str] = []
    crashes.told.connect(heard.append)
    crashes.report(
        "Traceback\n  in f\nKeyError: ana@mail.example +1 555 010 1234 sk_live_abcdef Bearer abcdefghijk token=xyz1"
    )
    text = crashes.log.read_text(encoding="utf-8")
    for secret in ("ana@", "555 010", "sk_live", "abcdefghijk", "xyz1"):
        assert secret not in text
        assert secret not in heard[0]
    assert "KeyError" in heard[0]


def test_whatever_nobody_catches_is_reported(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(tmp_path / "crashes.log")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    crashes.install()
    try:
        raise ValueError("first")  # noqa: TRY301 - for its traceback
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)

    def broken() -> None:
        raise RuntimeError("second")

    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    text = crashes.log.read_text(encoding="utf-8")
    assert "ValueError: first" in text
    assert "RuntimeError: second" in text
