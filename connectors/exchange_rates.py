"""Exchange rates: the European Central Bank's reference rates, and Frankfurter's for currencies it does not quote.

All are units of a currency for one euro, under the day the source itself gives: nothing is made up for weekends.
The last days are asked for again at each sync, for rates that come late or are corrected, and so that the first day of
the history has an earlier rate (T2). Neither source wants a key.

Facts: the portal's ``GET /service/data/EXR/D.USD+GBP.EUR.SP00.A?format=csvdata&startPeriod=``
(https://data.ecb.europa.eu/help/api/data); Frankfurter v2 ``GET /rates?from=&to=&base=&quotes=`` blends central banks,
serves ranges of any length and tells its own dates (https://frankfurter.dev).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from connectors import exchange_rates_ecb as ecb
from connectors.base import Health, Login, Provider, Setting, Stream, lost
from connectors.paging import day_spans, gathered
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.http import Http
    from engine.task import Task

_BASE = "EUR"
_CURRENCIES = "USD, GBP, CHF, CAD, AUD, JPY, BRL, MXN, ARS, CLP, COP, PEN, UYU"
_PORTAL, _FILES, _OFF = "portal", "files", "off"
_PORTAL_URL = "https://data-api.ecb.europa.eu"
_FILES_URL = "https://www.ecb.europa.eu"
_FRANKFURTER_URL = "https://api.frankfurter.dev/v2"
_PER_SECOND = 2
_OVERLAP = 10  # days: longer than any run of holidays
_QUARTER = 85  # days that eurofxref-hist-90d.xml surely has
_SPAN = 180  # days of Frankfurter's asked for at once
_TRIES = 3


class Reach:
    """How far a stream of rates is.

    State: ``until``, the last day told; ``since`` and ``currencies`` of what was asked for. When more is wanted than
    then, it begins anew: what is known stays known.
    """

    def __init__(self, login: Login, currencies: Sequence[str]) -> None:
        self.today = login.now.date()
        self.currencies = currencies
        self._since = min(login.since, self.today)

    def start(self, state: Mapping[str, Any]) -> date:
        """The first day to ask for."""
        is_more = not set(self.currencies) <= set(state.get("currencies", ()))
        until = self._since
        if not is_more and "until" in state and date.fromisoformat(state["since"]) <= self._since:
            until = max(until, min(date.fromisoformat(state["until"]), self.today))
        return until - timedelta(days=_OVERLAP)

    def state(self, until: date) -> dict[str, Any]:
        """The state behind a day."""
        return {"until": until.isoformat(), "since": self._since.isoformat(), "currencies": list(self.currencies)}

    def batches(self, quotes: Iterable[ecb.Quote], first: date) -> Iterator[Batch]:
        """A batch a day, in their order."""
        told: list[ecb.Quote] = []
        for quote in quotes:
            if told and told[-1].day != quote.day:
                yield self._batch(told, first)
                told = []
            told.append(quote)
        if told:
            yield self._batch(told, first)

    def _batch(self, quotes: Sequence[ecb.Quote], first: date) -> Batch:
        day = quotes[0].day
        rows = [
            Row("rates", {"date": day.isoformat(), "currency": quote.currency, "base": _BASE, "rate": quote.rate})
            for quote in quotes
        ]
        done = (day - first).days / max(1, (self.today - first).days)
        return Batch(self.state(day), rows, progress=min(1.0, max(0.0, done)))


class EcbStream:
    """The European Central Bank's rates, from the portal or from its files."""

    key = "ecb"
    title = "Reference rates of the European Central Bank"

    def __init__(self, http: Http, reach: Reach, way: str) -> None:
        self._http = http
        self.reach = reach
        self._way = way

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the rates from behind the state on, oldest first."""
        first = self.reach.start(state)
        wanted = set(self.reach.currencies)
        told = [each for each in self.quotes(first, task) if each.currency in wanted and each.day >= first]
        return gathered(self.reach.batches(told, first))

    def quotes(self, first: date, task: Task) -> list[ecb.Quote]:
        """The rates from a day on; more where a file has more."""
        path, params = self._place(first)
        detail = ""
        for _ in range(_TRIES):
            text = self._http.get(path, params, task=task, as_text=True).text
            try:
                return ecb.read(text)
            except ValueError as error:
                detail = str(error)
        raise AttribenchError(Code.PROVIDER_ANSWER, provider=self._http.provider, detail=detail, request="–")

    def _place(self, first: date) -> tuple[str, dict[str, str]]:
        if self._way == _FILES:
            name = "hist-90d" if (self.reach.today - first).days <= _QUARTER else "hist"
            return f"/stats/eurofxref/eurofxref-{name}.xml", {}
        key = "+".join(sorted(self.reach.currencies))
        return f"/service/data/EXR/D.{key}.{_BASE}.SP00.A", {"format": "csvdata", "startPeriod": first.isoformat()}


class FrankfurterStream:
    """Frankfurter's rates."""

    key = "frankfurter"
    title = "Rates of Frankfurter"

    def __init__(self, http: Http, reach: Reach) -> None:
        self._http = http
        self.reach = reach

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the rates from behind the state on, oldest first."""
        return gathered(self._days(state, task))

    def _days(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        known = self.known(task)
        quotes = [code for code in self.reach.currencies if code in known]
        first = self.reach.start(state)
        if quotes:
            for start, end in day_spans(first, self.reach.today, _SPAN):
                yield from self.reach.batches(self._span(start, end, quotes, task), first)

    def known(self, task: Task) -> set[str]:
        """The currencies there are: one that is not makes a whole request fail."""
        return {str(each.get("iso_code")) for each in self._list("/currencies", {}, task)}

    def _span(self, start: date, end: date, quotes: Sequence[str], task: Task) -> list[ecb.Quote]:
        params = {"from": start.isoformat(), "to": end.isoformat(), "base": _BASE, "quotes": ",".join(quotes)}
        try:
            told = self._list("/rates", params, task)
        except AttribenchError as error:
            if error.code is not Code.PROVIDER_MISSING:  # "No data found"
                raise
            return []
        try:
            read = [
                ecb.Quote(date.fromisoformat(each["date"]), str(each["quote"]), f"{Decimal(str(each['rate'])):f}")
                for each in told
                if each.get("base") == _BASE and each.get("quote") in quotes
            ]
            return sorted(quote for quote in read if ecb.is_rate(quote.rate))
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise self._broken(f"not a rate: {type(error).__name__}") from None

    def _list(self, path: str, params: Mapping[str, str], task: Task) -> list[dict[str, Any]]:
        body = self._http.get(path, params, task=task).body
        if not isinstance(body, list):
            raise self._broken("no list")
        return [cast("dict[str, Any]", each) for each in cast("list[Any]", body) if isinstance(each, dict)]

    def _broken(self, detail: str) -> AttribenchError:
        return AttribenchError(Code.PROVIDER_ANSWER, provider=self._http.provider, detail=detail, request="–")


class RatesSession:
    """The sources that the chosen currencies need."""

    def __init__(self, login: Login) -> None:
        settings = login.settings
        way = str(settings.get("ecb") or _PORTAL)
        if way not in {_PORTAL, _FILES, _OFF}:
            raise AttribenchError(
                Code.SETTING_INVALID, field="ecb", value=way, expected=", ".join((_PORTAL, _FILES, _OFF))
            )
        chosen = _codes(str(settings.get("currencies") or _CURRENCIES))
        of_ecb = [code for code in chosen if code in ecb.CURRENCIES and way != _OFF]
        others = [code for code in chosen if code not in of_ecb]
        self._today = login.now.date()
        self._https: list[Http] = []
        self._ecb: EcbStream | None = None
        self._frankfurter: FrankfurterStream | None = None
        if of_ecb:
            url = str(settings.get("ecb_url") or (_FILES_URL if way == _FILES else _PORTAL_URL))
            # What is asked for is told by the address; the portal would answer an Accept of JSON with JSON.
            http = login.make_http(
                "European Central Bank", url, headers={"Accept": "text/csv, application/xml"}, per_second=_PER_SECOND
            )
            self._https.append(http)
            self._ecb = EcbStream(http, Reach(login, of_ecb), way)
        if others:
            url = str(settings.get("frankfurter_url") or _FRANKFURTER_URL)
            http = login.make_http("Frankfurter", url, per_second=_PER_SECOND)
            self._https.append(http)
            self._frankfurter = FrankfurterStream(http, Reach(login, others))

    def check(self, task: Task) -> Health:
        """Which of the currencies have rates, and where."""
        wanted: list[str] = []
        found: set[str] = set()
        sources: list[str] = []
        if self._ecb is not None:
            lately = self._today - timedelta(days=_OVERLAP)
            found |= {quote.currency for quote in self._ecb.quotes(lately, task)}
            wanted += self._ecb.reach.currencies
            sources.append("European Central Bank")
        if self._frankfurter is not None:
            found |= self._frankfurter.known(task)
            wanted += self._frankfurter.reach.currencies
            sources.append("Frankfurter")
        missing = {code: lost("Amounts in this currency") for code in wanted if code not in found}
        return Health(missing=missing, name=", ".join(sources))

    def streams(self, task: Task) -> Sequence[Stream]:
        """The European Central Bank first."""
        return [stream for stream in (self._ecb, self._frankfurter) if stream is not None]

    def close(self) -> None:
        """Close the connections."""
        for http in self._https:
            http.close()


PROVIDER = Provider(
    "exchange_rates",
    "Exchange rates",
    "Daily rates of the European Central Bank, and of Frankfurter for currencies it does not quote",
    (
        Setting(
            "currencies",
            "Currencies",
            "Of your payments, your ads and your reports, separated by commas.",
            default=_CURRENCIES,
        ),
        Setting(
            "ecb",
            "European Central Bank",
            f"{_PORTAL}: its data portal; {_FILES}: its XML files; {_OFF}: everything from Frankfurter.",
            is_needed=False,
            default=_PORTAL,
        ),
        Setting("ecb_url", "Address of the European Central Bank", is_needed=False),
        Setting("frankfurter_url", "Address of Frankfurter", is_needed=False, default=_FRANKFURTER_URL),
    ),
    RatesSession,
)


def _codes(text: str) -> list[str]:
    """The currencies of a setting, each once, without the euro. Raises SETTING_INVALID."""
    codes = list(dict.fromkeys(code.upper() for code in re.split(r"[\s,;]+", text.strip()) if code))
    for code in codes:
        if not re.fullmatch(r"[A-Z]{3}", code):
            raise AttribenchError(Code.SETTING_INVALID, field="currencies", value=code, expected="USD, ARS, ...")
    return [code for code in codes if code != _BASE]
