"""The PDF, read back: text, figures that tie, fonts, links, bookmarks, language, hostile names, no data at all."""

from __future__ import annotations

import io
import math
import re
import shutil
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from engine import AttribenchError, Cancelled, Code, Task
from engine.reports import typesetting
from engine.reports.blocks import Table
from engine.reports.composing import compose
from engine.reports.html import html_of
from engine.reports.layout import SECTIONS, Layout, Logo
from engine.reports.typesetting import Drawing, pages_of, pdf_of
from tests.engine.reports.conftest import fill, pdf_text, request_for, texts_of, without_blanks

if TYPE_CHECKING:
    from pathlib import Path

    from engine.reports.blocks import Cell, Document
    from tests.conftest import Lab

CHART = Drawing('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="5"/></svg>')
DRAWINGS = dict.fromkeys(("time", "intervals", "lengths", "lags"), CHART)
EVERYTHING = Layout(sections=tuple(SECTIONS), author="Northfold", targets={"roas": 3.0, "cac": 0.5})


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\x1f\x5f\x4a"))
    + _chunk(b"IEND", b"")
)


def _document(lab: Lab, layout: Layout = EVERYTHING) -> Document:
    return compose(lab.profile.reports.create(request_for(), layout).snapshot, layout)


@pytest.mark.parametrize("locale", ["en_US", "es_ES", "es_MX"])
def test_every_text_is_on_the_pages(shop: Lab, locale: str) -> None:
    layout = replace(
        EVERYTHING, locale=locale, paper="letter", logo=Logo.of(PNG),
        commentary={"summary": "# Why\nIt **rose**, see [this](https://shop.example/why).\n\n- one", "method": "End."},
    )  # fmt: skip
    document = _document(shop, layout)
    content = pdf_of(document, DRAWINGS, layout.logo)
    reader = PdfReader(io.BytesIO(content))
    text = pdf_text(content)
    missing = [each for each in texts_of(document) if without_blanks(each) not in text]
    assert missing == []
    assert reader.metadata is not None
    assert reader.metadata.title == document.title
    assert reader.metadata.author == "Northfold"
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == locale.replace("_", "-")
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfaid:part>2<" in root["/Metadata"].get_data()
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()
    titles = [str(item.title) for item in reader.outline if not isinstance(item, list)]
    assert titles == [section.title for section in document.sections]
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == [612, 792]
    links = {
        str(note.get_object()["/A"]["/URI"])
        for page in reader.pages
        for note in page.get("/Annots", ())
        if "/A" in note.get_object()
    }
    assert links == {"https://shop.example/why"}
    assert len(reader.pages) >= 4
    assert f"{len(reader.pages)}/{len(reader.pages)}" in text


def test_fonts_are_embedded_as_subsets(shop: Lab) -> None:
    reader = PdfReader(io.BytesIO(pdf_of(_document(shop), DRAWINGS, None)))
    fonts: dict[str, Any] = {}
    for page in reader.pages:
        resources: Any = page["/Resources"]
        fonts |= {str(font["/BaseFont"]): font for font in map(_object, resources.get("/Font", {}).values())}
    assert {name.split("+")[1] for name in fonts} == {
        "Inter-Regular", "Inter-Medium", "Inter-SemiBold", "InterDisplay-SemiBold",
    }  # fmt: skip
    for font in fonts.values():
        assert "/FontFile2" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"]


def _object(value: Any) -> Any:
    return value.get_object()


def test_the_same_report_is_the_same_bytes(shop: Lab) -> None:
    made = shop.profile.reports.create(request_for(), EVERYTHING)
    first = pdf_of(compose(made.snapshot, made.layout), DRAWINGS, None)
    kept = shop.profile.reports.get(made.report_id)
    assert pdf_of(compose(kept.snapshot, kept.layout), DRAWINGS, None) == first
    assert html_of(compose(kept.snapshot, kept.layout), DRAWINGS, None) == html_of(
        compose(made.snapshot, made.layout), DRAWINGS, None
    )


def test_totals_tie(shop: Lab) -> None:
    tables = {block.caption: block for section in _document(shop).sections for block in section.blocks
              if isinstance(block, Table)}  # fmt: skip
    checked = {
        "Channels by cash": (3, 5),
        "Campaigns by revenue": (2, 3, 4),
        "Cash by channel and model": (1, 2, 3),
        "Conversions by type": (2, 3),
        "Payments by provider and currency": (2, 5),
        "Most frequent paths": (1, 3),
    }
    for caption, places in checked.items():
        *rows, total = tables[caption].rows
        for place in places:
            added = sum(_number(row[place]) for row in rows)
            assert math.isclose(added, _number(total[place]), abs_tol=0.5 * len(rows)), (caption, place)
    # by hand: 100 + 60.50 + 40
    assert tables["Cash by channel and model"].rows[-1][1].text == "$201"
    assert tables["Most frequent paths"].rows[-1][3].text == "$201"


def _number(cell: Cell) -> float:
    text = cell.text.replace("$", "").replace(",", "").replace("−", "-")
    return 0.0 if text in {"–", ""} else float(text)


HOSTILE = (
    '#image("/etc/passwd") *bold* $x^2$ @ref <label> \\u{41} // no /* */',
    "<script>alert('x')</script> <img src=x onerror=alert(1)> &amp; \"quoted\"",
    "# Heading [link](javascript:alert(1)) **md** `code` | table |",
    '=HYPERLINK("http://evil.example") \t tab \n line \u202e turned \u0007 bell',
    "حملة الربيع للأسنان",
    "מבצע אביב 2026",
    "🔥 Fire 👩‍🚀 sale",
    "春のキャンペーン",
    "A name that never ends " * 12,
    "NoBlanksAtAll" * 20,
)


def test_names_are_never_markup(lab: Lab) -> None:
    fill(lab, {f"c{number}": name for number, name in enumerate(HOSTILE)})
    lab.change(name='Acme #let x = 1 <b>"&')
    document = _document(lab)
    content = pdf_of(document, DRAWINGS, None)
    text = pdf_text(content)
    for name in HOSTILE[:3]:
        assert without_blanks(name) in text
    assert "turned" in text
    assert "NoBlanksAtAllNoBlanksAtAll" in text
    page = html_of(document, DRAWINGS, None).decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "onerror=alert(1)&gt;" in page
    assert "javascript:" not in page.replace("(javascript:alert(1))", "")
    assert "default-src 'none'" in page


@pytest.mark.parametrize("number", [0, 1, 500])
def test_few_and_many_campaigns(lab: Lab, number: int) -> None:
    fill(lab, {f"c{index}": f"Campaign {index:03}" for index in range(number)})
    layout = Layout(sections=("campaigns",), most_campaigns=1000)
    content = pdf_of(_document(lab, layout), {}, None)
    text = pdf_text(content)
    reader = PdfReader(io.BytesIO(content))
    assert all(f"Campaign{index:03}" in text for index in range(number))
    if number == 0:
        assert "Nocampaignhadspend" in text
    else:
        assert f"${10 * number:,}" in text
        # the header of the table is on each of its pages
        assert sum("ROAS" in page.extract_text() for page in reader.pages) == len(reader.pages)
    some = _document(lab, Layout(sections=("campaigns",), most_campaigns=10))
    if number == 500:
        assert "490othercampaigns" in pdf_text(pdf_of(some, {}, None))


def test_no_data_at_all(lab: Lab) -> None:
    lab.rebuild()
    document = _document(lab)
    text = pdf_text(pdf_of(document, {}, None))
    assert "Nothinghappenedinthesedays" in text
    assert "Therearenovisits,paymentsoradspend" in text
    assert not any(re.search(r"\bnan\b|\bNone\b(?!:)", each) for each in texts_of(document))
    assert html_of(document, {}, None)


def test_pages_as_pictures(shop: Lab) -> None:
    document = _document(shop)
    pages = pages_of(document, DRAWINGS, None, 50)
    assert len(pages) == len(PdfReader(io.BytesIO(pdf_of(document, DRAWINGS, None))).pages)
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_a_broken_logo_and_a_missing_font_are_named(shop: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = _document(shop)
    broken = Logo("image/png", Logo.of(PNG).data[:60])
    with pytest.raises(AttribenchError) as told:
        pdf_of(document, DRAWINGS, broken)
    assert told.value.code is Code.REPORT_LOGO
    folder = tmp_path / "resources"
    shutil.copytree("resources", folder, ignore=shutil.ignore_patterns("InterDisplay*"))
    monkeypatch.setattr(typesetting, "resources", type("Package", (), {"files": staticmethod(lambda _: folder)}))
    with pytest.raises(AttribenchError) as told:
        pdf_of(document, DRAWINGS, None)
    assert told.value.code is Code.REPORT_FONT
    assert told.value.facts == {"name": "Inter Display"}


def test_it_can_be_cancelled(shop: Lab) -> None:
    document = _document(shop)
    task = Task(lambda _fraction, _label: task.cancel())
    with pytest.raises(Cancelled):
        pdf_of(document, DRAWINGS, None, task)
