"""Exchange rates in our own columns and in the shapes the European Central Bank publishes."""

from __future__ import annotations

import gzip
import io

import pytest

from engine import AttribenchError, Code

ROWS = [("2026-05-04", "JPY", "EUR", 168.5), ("2026-05-04", "USD", "EUR", 1.0812), ("2026-05-05", "USD", "EUR", 1.09)]

OURS = "date,currency,base,rate\n2026-05-04,USD,EUR,1.0812\n2026-05-04,JPY,EUR,168.5\n2026-05-05,USD,EUR,1.09\n"
PORTAL = """KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-05-04,1.0812,A,"US dollar, ECB reference"
EXR.D.JPY.EUR.SP00.A,D,JPY,EUR,SP00,A,2026-05-04,168.5,A,"Yen, ECB reference"
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-05-05,1.09,A,"US dollar, ECB reference"
"""
HISTORY = "Date,USD,JPY,CYP,\n2026-05-05,1.09,N/A,N/A,\n2026-05-04,1.0812,168.5,N/A,\n"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time='2026-05-05'><Cube currency='USD' rate='1.09'/></Cube>
    <Cube time='2026-05-04'><Cube currency='USD' rate='1.0812'/><Cube currency='JPY' rate='168.5'/></Cube>
  </Cube>
</gesmes:Envelope>
"""


@pytest.mark.parametrize(
    "text", [OURS, PORTAL, HISTORY, XML, XML.replace("\n", "")], ids=["ours", "portal", "history", "xml", "one line"]
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_shape_gives_the_same_rates(lab, text, pack):
    result = lab.profile.import_file("rates", io.BytesIO(pack(text.encode())))
    assert (result.new, result.rejected) == (3, 0), result.rejects
    assert lab.rows("select rated_on::varchar, currency, base, rate from raw_rates order by 1, 2") == ROWS
    assert [note["code"] for note in result.notes] == ([] if text == OURS else ["ecb"])


def test_ndjson_and_european_numbers(lab):
    lab.rates({"date": "2026-05-04", "currency": "usd", "base": "eur", "rate": 1.0812})
    result = lab.profile.import_file("rates", io.BytesIO(b"date;currency;base;rate\n05/05/2026;USD;EUR;1,09\n"))
    assert result.rejects["reason"].to_list() == ["not_a_time"]  # the fifth of May or of May: the column does not tell
    lab.profile.import_file("rates", io.BytesIO(b"date;currency;base;rate\n25/05/2026;USD;EUR;1,09\n"))
    assert lab.rows("select rated_on::varchar, rate from raw_rates order by 1") == [
        ("2026-05-04", 1.0812),
        ("2026-05-25", 1.09),
    ]


def test_a_corrected_rate_wins(lab):
    for rate in (1.1, 1.2):
        lab.rates({"date": "2026-05-04", "currency": "USD", "base": "EUR", "rate": rate})
    lab.events({"event_time": "2026-05-04", "anonymous_id": "a"})
    lab.rebuild()
    assert lab.value("select count(*) from raw_rates") == 2
    lab.workspace.undo_import(2)
    assert lab.rows("select rate from raw_rates") == [(1.1,)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<a><b></a>", Code.FILE_UNREADABLE),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', Code.FILE_UNREADABLE),
        ("a,b\n1,2\n", Code.FILE_MISSING_COLUMNS),
    ],
)
def test_files_that_hold_no_rates(lab, text, code):
    with pytest.raises(AttribenchError) as caught:
        lab.profile.import_file("rates", io.BytesIO(text.encode()))
    assert caught.value.code is code
