"""Logo and accent of a client: what can be printed and read is kept, anything else is refused with the reason."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import pytest

from engine import AttribenchError, Code, ProfileSettings
from engine.branding import MOST_LOGO_BYTES, contrast_on_white, media_type


def png(width: int = 1, height: int = 1) -> bytes:
    """A whole PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xda\x00\x02\x00\xff\xd9"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path fill="url(#a)" d="M0 0h9v9z"/></svg>'


@pytest.mark.parametrize(
    ("logo", "kind"), [(png(), "image/png"), (JPEG, "image/jpeg"), (b'<?xml version="1.0"?>' + SVG, "image/svg+xml")]
)
def test_pictures_are_known_by_their_content(logo, kind):
    assert media_type(logo) == kind


@pytest.mark.parametrize(
    "logo",
    [
        b"",
        b"GIF89a",
        b"<html/>",
        png()[:-8],  # cut
        png().replace(b"IDAT", b"IDAX"),  # damaged
        png(width=20_000),
        JPEG[:-2],
        b"\xff\xd8\xff\xd9",
        SVG.replace(b"<path", b"<script/><path"),
        SVG.replace(b"<path", b'<path onload="x()"'),
        SVG.replace(b"<path", b'<image href="https://elsewhere.example/a.png"/><path'),
        SVG.replace(b"url(#a)", b"url(https://elsewhere.example)"),
        SVG.replace(b"<path", b"<style>@import 'a.css';</style><path"),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG,
        SVG[:-3],
        SVG + b" " * MOST_LOGO_BYTES,
    ],
)
def test_what_is_no_harmless_whole_picture_is_refused(logo):
    with pytest.raises(AttribenchError) as caught:
        replace(ProfileSettings("Acme"), logo=logo).checked()
    assert (caught.value.code, caught.value.facts["field"]) == (Code.SETTING_INVALID, "logo")


def test_an_accent_must_be_readable_on_white():
    """WCAG: black has 21:1, white 1:1; #767676 is the lightest grey above 4.5:1, #777777 has 4.48:1."""
    assert contrast_on_white("#000000") == pytest.approx(21)
    assert contrast_on_white("#ffffff") == pytest.approx(1)
    assert replace(ProfileSettings("Acme"), accent=" #8a0366 ").checked().accent == "#8A0366"
    assert replace(ProfileSettings("Acme"), accent="#767676").checked().accent == "#767676"
    for accent, told in (("#777777", "4.47:1"), ("#FFCC00", "1.51:1"), ("blue", "#2457D6")):
        with pytest.raises(AttribenchError) as caught:
            replace(ProfileSettings("Acme"), accent=accent).checked()
        assert told in str(caught.value.facts["expected"])


def test_both_are_stored_with_who_prepares_reports(lab):
    """As they were given, byte for byte; none of them touches what was derived."""
    lab.rebuild()
    lab.change(logo=png(), accent="#8a0366", prepared_by=" The agency ")
    stored = lab.profile.settings
    assert (stored.logo, stored.accent, stored.prepared_by) == (png(), "#8A0366", "The agency")
    assert lab.value("select is_stale from profiles") is False
    lab.change(logo=None)
    assert lab.profile.settings.logo is None
