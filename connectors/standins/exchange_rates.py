"""The sources of exchange rates, played on this machine: the ECB's portal and files, and Frankfurter."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connectors.http import Request, Response
from connectors.standins.base import Object, Standin, reply

if TYPE_CHECKING:
    import re

_HEADER = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE"


class RatesStandin(Standin):
    """Holds rates by day and currency, for one euro.

    Attributes:
        ecb: what the European Central Bank quotes.
        blended: what Frankfurter quotes.
    """

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today
        self.ecb: dict[date, dict[str, str]] = {}
        self.blended: dict[date, dict[str, float]] = {}
        self.routes = [
            ("GET", r"/service/data/EXR/D\.([A-Z+]*)\.EUR\.SP00\.A", self._portal),
            ("GET", r"/stats/eurofxref/eurofxref-(daily|hist-90d|hist)\.xml", self._file),
            ("GET", "/v2/currencies", self._currencies),
            ("GET", "/v2/rates", self._rates),
        ]

    def _portal(self, request: Request, found: re.Match[str]) -> Response:
        told = request.url.params
        if told.get("format") != "csvdata" or "json" in request.headers["accept"]:
            return reply({"dataSets": []})
        wanted, first = found[1].split("+"), date.fromisoformat(told["startPeriod"])
        lines = [
            f'EXR.D.{code}.EUR.SP00.A,D,{code},EUR,SP00,A,{day},{rates[code]},A,"{code}/Euro, ECB"'
            for code in sorted(wanted)
            for day, rates in sorted(self.ecb.items())
            if code in rates and first <= day <= self.today
        ]
        if not lines:
            return Response(404, text="No results found.")
        return Response(200, text="".join(f"{line}\n" for line in (_HEADER, *lines)))

    def _file(self, request: Request, found: re.Match[str]) -> Response:
        days = [day for day in sorted(self.ecb, reverse=True) if day <= self.today]
        few = {"daily": days[:1], "hist-90d": [day for day in days if (self.today - day).days < 90], "hist": days}
        cubes = "".join(
            f"<Cube time='{day}'>"
            + "".join(f"<Cube currency='{code}' rate='{rate}'/>" for code, rate in self.ecb[day].items())
            + "</Cube>"
            for day in few[found[1]]
        )
        return Response(
            200,
            text=f"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01">
<Cube>{cubes}</Cube></gesmes:Envelope>""",
        )

    def _currencies(self, request: Request, found: re.Match[str]) -> Response:
        codes = sorted({code for rates in self.blended.values() for code in rates})
        return reply([{"iso_code": code, "name": code} for code in codes])

    def _rates(self, request: Request, found: re.Match[str]) -> Response:
        told = request.url.params
        wanted = told["quotes"].split(",")
        known = {code for rates in self.blended.values() for code in rates}
        if not set(wanted) <= known:
            return reply({"message": "invalid currency"}, 422)
        first, last = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
        rows: list[Object] = [
            {"date": str(day), "base": told["base"], "quote": code, "rate": rates[code]}
            for day, rates in sorted(self.blended.items())
            for code in sorted(wanted)
            if first <= day <= min(last, self.today) and code in rates
        ]
        return reply(rows) if rows else reply({"message": "not found"}, 404)
