"""Sources of exchange rates with rates that grow a little each day."""

from __future__ import annotations

from datetime import date, timedelta

from connectors.standins.exchange_rates import RatesStandin
from tests.connectors.harness import Fake


class FakeRates(Fake, RatesStandin):
    """Holds made-up rates."""

    def quote(self, first: date, last: date) -> None:
        """Rates that grow a little each day; none at weekends."""
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day.weekday() < 5:
                self.ecb[day] = {"USD": f"1.{1000 + number}", "BRL": f"6.{1000 + number}", "GBP": f"0.8{number:03d}"}
                self.blended[day] = {"ARS": 1_500 + number / 8, "CLP": 1_000.5 + number, "USD": 1.1 + number / 1_000}
