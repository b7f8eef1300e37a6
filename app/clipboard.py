"""A table on the clipboard as a file that can be imported."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QClipboard


def paste_file(clipboard: QClipboard) -> Path | None:
    """The clipboard's text in a file: TSV as spreadsheets copy it, CSV or JSON lines; None when it holds no table.

    The file lies in the temporary folder until the system clears it: an import names it as its source.
    """
    text = clipboard.text().strip("\r\n\0 ")
    first = text.partition("\n")[0]
    if not first or "\n" not in text:
        return None
    suffix = ".ndjson" if first.startswith("{") else ".tsv" if "\t" in first else ".csv"
    folder = Path(tempfile.mkdtemp(prefix="attribench-paste-"))
    path = folder / f"clipboard{suffix}"
    path.write_text(text + "\n", encoding="utf-8")
    return path
