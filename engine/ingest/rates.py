"""Exchange rates as the European Central Bank publishes them.

Three shapes are read besides our own ``date, currency, base, rate`` (all give units of a currency for one euro):

- the data portal's CSV with ``CURRENCY, TIME_PERIOD, OBS_VALUE`` (data-api.ecb.europa.eu, series EXR/D..EUR.SP00.A);
- the reference-rate history, one column a currency: ``Date, USD, JPY, ...`` (eurofxref-hist.csv);
- the daily or historical XML with nested ``Cube`` elements (eurofxref-daily.xml, eurofxref-hist.xml).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import polars as pl

from engine.errors import AttribenchError, Code
from engine.ingest.source import Format, Source
from engine.money import is_currency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PORTAL = {"CURRENCY", "TIME_PERIOD", "OBS_VALUE"}
_OURS = ("date", "currency", "base", "rate")
_MAX_XML_BYTES = 64 << 20
_XML_LOOK = 1 << 14


def is_ecb_rates(source: Source) -> bool:
    """Whether a file has one of the ECB's shapes; for XML, whether it looks like one."""
    if source.format is not Format.DELIMITED or not source.header:
        return False
    if source.header[0].startswith("<"):
        with source.path.open(encoding="utf-8") as file:
            return "<Cube" in file.read(_XML_LOOK)
    return set(source.header) >= _PORTAL or _is_history(source)


def _is_history(source: Source) -> bool:
    return source.header[:1] == ("Date",) and any(is_currency(name) for name in source.header[1:])


def read_ecb_rates(source: Source, scratch: Path) -> Source:
    """The same source, or a rewritten one in our own columns when it is one of the ECB's shapes."""
    if source.format is not Format.DELIMITED:
        return source
    header = set(source.header)
    if header >= _PORTAL:
        frame = _read_csv(source).select(date="TIME_PERIOD", currency="CURRENCY", base=pl.lit("EUR"), rate="OBS_VALUE")
    elif _is_history(source):
        wide = _read_csv(source)
        frame = (
            wide.unpivot(
                on=[name for name in source.header[1:] if is_currency(name)],
                index="Date",
                variable_name="currency",
                value_name="rate",
            )
            .filter(pl.col("rate").is_not_null() & ~pl.col("rate").str.strip_chars().is_in(["", "N/A"]))
            .select(date="Date", currency="currency", base=pl.lit("EUR"), rate="rate")
        )
    elif source.header and source.header[0].startswith("<"):
        frame = pl.DataFrame(list(_xml_rows(source)), schema=dict.fromkeys(_OURS, pl.String), orient="row")
    else:
        return source
    path = scratch / "rates.csv"
    frame.write_csv(path)
    return dataclasses.replace(
        source,
        path=path,
        delimiter=",",
        header=_OURS,
        lines=frame.height + 1,
        header_lines=1,
        notes=(*source.notes, {"code": "ecb", "rows": frame.height}),
    )


def _read_csv(source: Source) -> pl.DataFrame:
    frame = pl.read_csv(
        source.path,
        separator=source.delimiter,
        infer_schema=False,
        truncate_ragged_lines=True,
        skip_rows=source.header_lines,
        has_header=False,
    )
    return frame.rename(dict(zip(frame.columns, source.header, strict=False)))


def _xml_rows(source: Source) -> Iterator[tuple[str, str, str, str]]:
    if source.path.stat().st_size > _MAX_XML_BYTES:
        raise AttribenchError(Code.FILE_UNREADABLE, path=source.name, detail="XML over 64 MiB")
    text = source.path.read_text(encoding="utf-8")
    if "<!ENTITY" in text:  # entity expansion has no place in a rates file
        raise AttribenchError(Code.FILE_UNREADABLE, path=source.name, detail="XML with entities")
    try:
        root = ET.fromstring(text)  # entities are refused above
    except ET.ParseError as error:
        raise AttribenchError(Code.FILE_UNREADABLE, path=source.name, detail=str(error)) from error
    for day in root.iter():
        if "time" not in day.attrib:
            continue
        for cube in day:
            yield day.attrib["time"], cube.attrib.get("currency", ""), "EUR", cube.attrib.get("rate", "")
