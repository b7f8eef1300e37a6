"""One document set by Typst, in a process of its own: ``python -m engine.reports.typeset``.

A process because Typst keeps about 100 MB for every changed compile, and because it can be killed. Reads a JSON order
from standard input and answers with one JSON line on standard output, then the bytes of the files it names.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING = "\u25af"
"""Stands for a sign that no font has."""

STANDARDS = ("a-2b", "ua-1")
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_UNICODE = re.compile(r"\\u\{([0-9a-f]+)\}")
_MOST_UNSHOWN = 400


def main() -> None:
    """Read an order, answer it."""
    order = json.load(sys.stdin)
    answer, parts = typeset(order)
    _answer(sys.stdout.buffer, answer, parts)


def typeset(order: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Set a document.

    Args:
        order: ``template`` (path), ``fonts`` (folders), ``needed`` (families), ``data`` (what the template reads, as
            text), ``format`` (pdf or png), ``ppi``, ``timestamp``, ``logo`` (bytes as numbers, or null).

    Returns:
        ``sizes`` of the files, and the files; or ``error``: ``font``, ``logo`` or ``layout``, and its ``detail``.
    """
    import typst

    fonts = _Fonts(order["fonts"])
    for family in order["needed"]:
        if family.lower() not in fonts.families:
            return {"error": "font", "detail": family}, []
    if order["logo"]:
        try:
            _check_logo(bytes(order["logo"]), fonts.own)
        except typst.TypstError as error:
            return {"error": "logo", "detail": error.message}, []
    source = Path(order["template"]).read_bytes()
    try:
        parts = _compile(source, order, fonts)
    except typst.TypstError as error:
        return {"error": "layout", "detail": error.message}, []
    return {"sizes": [len(part) for part in parts]}, parts


class _Fonts:
    """The program's own fonts, and the system's when those do not suffice."""

    def __init__(self, folders: list[str]) -> None:
        import typst

        self._folders = folders
        self.own = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        self.families = {family.lower() for family in self.own.families()}

    def all(self) -> Any:
        import typst

        return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=self._folders)


def _compile(source: bytes, order: Mapping[str, Any], fonts: _Fonts) -> list[bytes]:
    """With our fonts; what they cannot show with the system's; what no font can show as a sign that stands for it."""
    import typst

    text, chosen = str(order["data"]), fonts.own
    is_pdf = order["format"] == "pdf"
    for _ in range(_MOST_UNSHOWN):
        compiler = typst.Compiler(source, font_paths=chosen, ignore_system_fonts=True, sys_inputs={"data": text})
        try:
            # The standards are what notices signs without a glyph, so pictures of pages are checked by them too.
            found = compiler.compile(format="pdf", pdf_standards=list(STANDARDS), timestamp=order["timestamp"])
        except typst.TypstError as error:
            unshown = _UNSHOWN.search(error.message)
            if unshown is None:
                raise
            if chosen is fonts.own:
                chosen = fonts.all()
            else:
                text = _without(text, _UNICODE.sub(lambda code: chr(int(code[1], 16)), unshown[1]))
            continue
        if is_pdf:
            return _listed(found)
        drawing = typst.Compiler(source, font_paths=chosen, ignore_system_fonts=True, sys_inputs={"data": text})
        return _listed(drawing.compile(format="png", ppi=order["ppi"], timestamp=order["timestamp"]))
    raise typst.TypstError("too many signs without a font", "")


def _without(text: str, unshown: str) -> str:
    """The data with a piece of text that cannot be shown replaced, as it stands in JSON."""
    written = json.dumps(unshown, ensure_ascii=False)[1:-1]
    if written in text:
        return text.replace(written, MISSING)
    for char in unshown:  # shaped together of several strings' ends
        if ord(char) > 0x2FF:
            text = text.replace(char, MISSING)
    return text


def _check_logo(content: bytes, fonts: Any) -> None:
    import typst

    numbers = json.dumps(list(content))
    source = b'#set page(width: 20pt, height: 20pt, margin: 0pt)\n#image(bytes(json(bytes(sys.inputs.logo))), alt: "")'
    typst.Compiler(source, font_paths=fonts, ignore_system_fonts=True, sys_inputs={"logo": numbers}).compile(
        format="pdf"
    )


def _listed(found: Any) -> list[bytes]:
    return [bytes(found)] if isinstance(found, bytes) else [bytes(page) for page in found]


def _answer(stream: BinaryIO, answer: Mapping[str, Any], parts: list[bytes]) -> None:
    stream.write(json.dumps(answer).encode() + b"\n")
    for part in parts:
        stream.write(part)
    stream.flush()


if __name__ == "__main__":
    main()
