"""A report as one HTML file: nothing loaded from elsewhere, no scripts, readable on a phone, figures selectable.

Drawn from the same document as the PDF. Every text is escaped; a policy in the file forbids whatever else it might
load.
"""

from __future__ import annotations

import html
import re
from importlib import resources
from typing import TYPE_CHECKING

from engine.reports.blocks import Callout, Chart, Commentary, Heading, Kpis, Shares, Table, Terms, Text
from engine.reports.typesetting import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reports.blocks import Block, Cell, Document, Kpi, Piece, Run, Section, Share
    from engine.reports.layout import Logo
    from engine.reports.typesetting import Drawing

_COLORS = {
    "canvas": "bg.canvas",
    "window": "bg.window",
    "primary": "text.primary",
    "secondary": "text.secondary",
    "muted": "text.muted",
    "hairline": "border.hairline",
    "strong": "border.strong",
    "good": "good.text",
    "good-soft": "good.soft",
    "bad": "bad.text",
    "warn": "warn.text",
    "warn-soft": "warn.soft",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_ARROWS = {"up": "▲", "down": "▼", "flat": "", "": ""}
_MARKS = {"warn": "!", "good": "✓", "info": "i"}
_IDS = re.compile(r'(\bid="|url\(#|href="#)')
_HEAD = re.compile(r"^\s*<\?xml.*?\?>\s*", re.DOTALL)
_SIZE = re.compile(r'<svg width="[^"]*" height="[^"]*"')


def html_of(document: Document, drawings: Mapping[str, Drawing], logo: Logo | None) -> bytes:
    """The file's bytes, UTF-8; the same for the same document."""
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{document.language}-{document.region}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f'<meta name="author" content="{_text(document.author)}">',
        f"<title>{_text(document.title)}</title>",
        f"<style>{_style(document)}</style>",
        "</head>",
        "<body>",
        _header(document, logo),
        "<main>",
        *(_section(each, drawings) for each in document.sections),
        "</main>",
        f"<footer><p>{_text(document.foot)}</p></footer>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(parts).encode()


def _style(document: Document) -> str:
    colors: Mapping[str, str] = theme()["colors"]
    told = "".join(f"--{name}:{colors[token]};" for name, token in _COLORS.items())
    sheet = (resources.files("resources") / "report" / "report.css").read_text(encoding="utf-8")
    return f":root{{{told}--accent:{document.accent};}}\n{sheet}"


def _header(document: Document, logo: Logo | None) -> str:
    cover = document.cover
    client = (
        f'<img class="logo" alt="{_text(document.words["logo"])}" src="data:{logo.media_type};base64,{logo.data}">'
        if logo is not None
        else f'<div class="client">{_text(document.client)}</div>'
    )
    if cover is None:
        return f'<header><div class="top">{client}<div class="author">{_text(document.period)}</div></div></header>'
    author = f"{_text(cover.author_label)}<b>{_text(cover.author)}</b>" if cover.author else ""
    facts = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in cover.facts)
    return (
        f'<header><div class="top">{client}<div class="author">{author}</div></div>'
        f'<h1>{_text(cover.title)}</h1><p class="period">{_text(cover.period)}</p><div class="rule"></div>'
        f'<p class="lead">{_runs(cover.lead)}</p><dl class="facts">{facts}</dl></header>'
    )


def _section(section: Section, drawings: Mapping[str, Drawing]) -> str:
    kind = ' class="headline"' if section.is_headline else ""
    body = "\n".join(_block(block, drawings) for block in section.blocks)
    return f'<section id="{section.key}"{kind}>\n<h2>{_text(section.title)}</h2>\n{body}\n</section>'


def _block(block: Block, drawings: Mapping[str, Drawing]) -> str:
    match block:
        case Heading():
            aside = f"<small>{_text(block.aside)}</small>" if block.aside else ""
            return f"<h3>{_text(block.text)}{aside}</h3>"
        case Text():
            kind = "" if block.role == "body" else f' class="{block.role}"'
            return f"<p{kind}>{_text(block.text)}</p>"
        case Commentary():
            return f'<div class="commentary">{"".join(map(_piece, block.pieces))}</div>'
        case Kpis():
            return f'<dl class="kpis">{"".join(map(_kpi, block.items))}</dl>'
        case Chart():
            return _chart(block, drawings)
        case Shares():
            return _shares(block.items)
        case Table():
            return _table(block)
        case Callout():
            return (
                f'<div class="callout {block.tone}"><b>{_MARKS[block.tone]}</b><span>{_text(block.text)}</span></div>'
            )
        case Terms():
            items = "".join(f"<dt>{_text(term)}</dt><dd>{_text(meaning)}</dd>" for term, meaning in block.items)
            return f'<dl class="terms">{items}</dl>'


def _piece(piece: Piece) -> str:
    inner = _runs(piece.runs)
    match piece.kind:
        case "heading":
            level = piece.depth + 3
            return f"<h{level}>{inner}</h{level}>"
        case "item":
            indent = f' style="margin-left:{20 * piece.depth}px"' if piece.depth else ""
            return f'<div class="item"{indent}><span>{_text(piece.mark)}</span><span>{inner}</span></div>'
        case "quote":
            return f"<blockquote>{inner}</blockquote>"
        case "paragraph":
            return f"<p>{inner}</p>"


def _runs(runs: Sequence[Run]) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    told = _text(run.text).replace("\n", "<br>")
    for is_on, tag in ((run.is_code, "code"), (run.is_emphasis, "em"), (run.is_bold, "b")):
        told = f"<{tag}>{told}</{tag}>" if is_on else told
    return f'<a href="{_text(run.link)}" rel="noopener noreferrer">{told}</a>' if run.link else told


def _kpi(kpi: Kpi) -> str:
    parts = [f"<dt>{_text(kpi.label)}</dt>", f'<dd class="value">{_text(kpi.value)}</dd>']
    if kpi.change:
        arrow = _ARROWS[kpi.arrow]
        parts.append(f'<dd class="{kpi.tone}">{f"{arrow} " if arrow else ""}{_text(kpi.change)}</dd>')
    if kpi.before:
        parts.append(f"<dd>{_text(kpi.before)}</dd>")
    if kpi.target:
        tone = "" if kpi.is_reached is None else ' class="good"' if kpi.is_reached else ' class="bad"'
        parts.append(f"<dd{tone}>{_text(kpi.target)}</dd>")
    return f'<div class="kpi">{"".join(parts)}</div>'


def _chart(chart: Chart, drawings: Mapping[str, Drawing]) -> str:
    drawing = drawings.get(chart.name)
    if drawing is None:
        return ""
    svg = _SIZE.sub("<svg", _HEAD.sub("", drawing.svg), count=1)
    svg = _IDS.sub(rf"\g<1>{chart.name}-", svg)  # several drawings stand in one file
    marks = "".join(
        f'<span><i class="{_text(mark.kind)}" style="background:{_text(mark.color)}"></i>{_text(mark.label)}</span>'
        for mark in drawing.legend
    )
    legend = f'<div class="legend">{marks}</div>' if marks else ""
    return f'{legend}<figure role="img" aria-label="{_text(chart.about)}">{svg}</figure>'


def _shares(items: Sequence[Share]) -> str:
    bar = "".join(
        f'<span style="flex:{max(each.part, 0.004):.6f};background:{_color(each.channel)}"></span>' for each in items
    )
    rows = "".join(
        f"<li>{_mark(each.channel) or _MARK}{_text(each.label)}"
        f"<b>{_text(each.value)} <span>{_text(each.percent)}</span></b></li>"
        for each in items
    )
    return f'<div class="bar-of-shares" aria-hidden="true">{bar}</div><ul class="shares">{rows}</ul>'


_MARK = '<i class="mark" style="background:var(--strong)"></i>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_side(column.align)}>{_text(column.title)}</th>' for column in table.columns)
    first_total = len(table.rows) - table.totals
    rows: list[str] = []
    for index, row in enumerate(table.rows):
        cells = "".join(_cell(cell, column.align) for cell, column in zip(row, table.columns, strict=True))
        kind = ' class="total"' if index >= first_total else ""
        rows.append(f"<tr{kind}>{cells}</tr>")
    return (
        f'<div class="sheet"><table aria-label="{_text(table.caption)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _side(align: str) -> str:
    return ' class="left"' if align == "left" else ""


def _cell(cell: Cell, align: str) -> str:
    names = [
        name
        for name, is_on in (("left", align == "left"), ("strong", cell.is_strong), ("muted", cell.is_muted))
        if is_on
    ]
    kind = f' class="{" ".join(names)}"' if names else ""
    below = f"<small>{_text(cell.below)}</small>" if cell.below else ""
    return f"<td{kind}>{''.join(map(_mark, cell.channels))}<bdi>{_text(cell.text)}</bdi>{below}</td>"


def _color(channel: str) -> str:
    mark = theme()["channels"].get(channel)
    return mark["color"] if mark else "var(--strong)"


def _mark(channel: str) -> str:
    """A channel's glyph; nothing for what is no channel."""
    mark = theme()["channels"].get(channel)
    if mark is None:
        return ""
    symbol = "plus" if mark["symbol"] == "+" else mark["symbol"]
    if mark["filled"]:
        return f'<i class="mark {symbol}" style="background:{mark["color"]}"></i>'
    return f'<i class="mark {symbol} open" style="border-color:{mark["color"]}"></i>'


def _text(text: str) -> str:
    return html.escape(text, quote=True)
