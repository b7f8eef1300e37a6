"""A client's logo and accent colour: what the program accepts of them."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING
from xml.parsers import expat

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_LOGO_BYTES = 512 * 1024
LEAST_CONTRAST = 4.5
"""Of the accent on white paper: what small text needs to be read (WCAG 2.2, AA)."""

_MOST_PIXELS = 10_000  # a side
_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG_ACTIVE = frozenset({"script", "foreignobject", "iframe", "object", "embed", "audio", "video"})
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # JPEG segments that tell the picture's size


def checked_accent(accent: str) -> str:
    """The colour as ``#RRGGBB`` in capitals.

    Raises:
        AttribenchError: SETTING_INVALID when it is none, or too light to be read on white; with the contrast it has.
    """
    text = accent.strip()
    if not _ACCENT.fullmatch(text):
        raise _invalid("accent", accent, "a colour such as #2457D6")
    contrast = contrast_on_white(text)
    if contrast < LEAST_CONTRAST:
        # cut, not rounded: 4.49 is not enough, and must not be said to be 4.5
        raise _invalid(
            "accent", accent, f"a contrast on white of at least 4.5:1, not {int(contrast * 100) / 100:.2f}:1"
        )
    return text.upper()


def contrast_on_white(colour: str) -> float:
    """The contrast of ``#RRGGBB`` on white, 1 to 21 (WCAG 2.2)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def media_type(logo: bytes) -> str:
    """``image/png``, ``image/jpeg`` or ``image/svg+xml``.

    Raises:
        AttribenchError: SETTING_INVALID when it is too large, no whole picture of these kinds, or an SVG that runs
            scripts or loads anything from elsewhere.
    """
    if len(logo) > MOST_LOGO_BYTES:
        raise _invalid("logo", f"{len(logo)} bytes", f"at most {MOST_LOGO_BYTES} bytes")
    if logo.startswith(_PNG):
        _check_png(logo)
        return "image/png"
    if logo.startswith(b"\xff\xd8"):
        _check_jpeg(logo)
        return "image/jpeg"
    _check_svg(logo)
    return "image/svg+xml"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _check_png(logo: bytes) -> None:
    at, kinds = len(_PNG), list[bytes]()
    while at + 12 <= len(logo):
        length, kind = struct.unpack_from(">I4s", logo, at)
        body = logo[at + 8 : at + 8 + length]
        (told,) = struct.unpack(">I", logo[at + 8 + length : at + 12 + length].rjust(4, b"\0")[:4])
        if len(body) != length or zlib.crc32(kind + body) != told:
            raise _damaged("PNG")
        if kind == b"IHDR" and length == 13:
            _check_size(*struct.unpack_from(">II", body))
        kinds.append(kind)
        at += 12 + length
        if kind == b"IEND":
            break
    if not kinds or kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        raise _damaged("PNG")


def _check_jpeg(logo: bytes) -> None:
    at, has_size = 2, False
    while at + 4 <= len(logo) and logo[at] == 0xFF:
        kind = logo[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        if kind in _FRAMES and at + 9 <= len(logo):
            height, width = struct.unpack_from(">HH", logo, at + 5)
            _check_size(width, height)
            has_size = True
        if kind == 0xDA:  # the picture itself follows, up to the end
            break
        at += 2 + struct.unpack_from(">H", logo, at + 2)[0]
    if not has_size or b"\xff\xd9" not in logo[-64:]:
        raise _damaged("JPEG")


def _check_size(width: int, height: int) -> None:
    if not (1 <= width <= _MOST_PIXELS and 1 <= height <= _MOST_PIXELS):
        raise _invalid("logo", f"{width} x {height}", f"1 to {_MOST_PIXELS} pixels a side")


def _check_svg(logo: bytes) -> None:
    """Well-formed, an ``svg``, without a document type, scripts, or links to anything outside itself."""
    names: list[str] = []

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        plain = _plain(name)
        names.append(plain)
        if plain in _SVG_ACTIVE:
            raise _invalid("logo", plain, "an SVG without scripts")
        for key, value in attributes.items():
            if _plain(key).startswith("on"):
                raise _invalid("logo", key, "an SVG without scripts")
            _check_reference(_plain(key), value)

    def refuse(*_: object) -> None:
        raise _invalid("logo", "DOCTYPE", "an SVG without a document type")

    def read(text: str) -> None:  # a style sheet stands in the text of an element
        if names and names[-1] == "style":
            _check_reference("style", text)

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    parser.CharacterDataHandler = read
    parser.buffer_text = True
    try:
        parser.Parse(logo, True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, ValueError) as error:
        raise _invalid("logo", "", "a PNG, JPEG or SVG picture") from error
    if not names or names[0] != "svg":
        raise _invalid("logo", "", "a PNG, JPEG or SVG picture")


def _check_reference(key: str, value: str) -> None:
    text = "".join(value.split()).lower()
    if key in {"href", "src"} and not text.startswith(("#", "data:image/png", "data:image/jpeg")):
        raise _invalid("logo", value[:80], "an SVG that loads nothing from elsewhere")
    if "@import" in text or any(not part.lstrip("\"'").startswith("#") for part in text.split("url(")[1:]):
        raise _invalid("logo", value[:80], "an SVG that loads nothing from elsewhere")


def _plain(name: str) -> str:
    return name.rsplit(":", 1)[-1].lower()


def _damaged(kind: str) -> AttribenchError:
    return _invalid("logo", kind, "a whole picture")


def _invalid(name: str, value: str, expected: str) -> AttribenchError:
    return AttribenchError(Code.SETTING_INVALID, field=name, value=value, expected=expected)
