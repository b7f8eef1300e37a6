"""Where visitors are. Weights are assumptions: a clinic in Miami, and a shop that ships abroad."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A city, the share of visitors there, the share of them reading Spanish and Portuguese, and their currency."""

    country: str
    region: str
    city: str
    weight: float
    spanish: float
    portuguese: float
    currency: str


PLACES = (
    Place("US", "Florida", "Miami", 30, 0.38, 0.03, "USD"),
    Place("US", "Florida", "Hialeah", 7, 0.72, 0.01, "USD"),
    Place("US", "Florida", "Miami Beach", 6, 0.25, 0.05, "USD"),
    Place("US", "Florida", "Fort Lauderdale", 7, 0.15, 0.05, "USD"),
    Place("US", "Florida", "Orlando", 5, 0.22, 0.06, "USD"),
    Place("US", "Florida", "Tampa", 3, 0.15, 0.01, "USD"),
    Place("US", "New York", "New York", 6, 0.14, 0.01, "USD"),
    Place("US", "New Jersey", "Newark", 2, 0.22, 0.08, "USD"),
    Place("US", "Texas", "Houston", 3, 0.22, 0.0, "USD"),
    Place("US", "Texas", "Dallas", 2, 0.18, 0.0, "USD"),
    Place("US", "California", "Los Angeles", 3, 0.22, 0.0, "USD"),
    Place("US", "Georgia", "Atlanta", 2, 0.06, 0.02, "USD"),
    Place("US", "Massachusetts", "Boston", 1.5, 0.06, 0.05, "USD"),
    Place("US", "Illinois", "Chicago", 2, 0.12, 0.0, "USD"),
    Place("ES", "Madrid", "Madrid", 6, 0.93, 0.0, "EUR"),
    Place("ES", "Catalonia", "Barcelona", 4, 0.88, 0.0, "EUR"),
    Place("ES", "Andalusia", "Seville", 2, 0.96, 0.0, "EUR"),
    Place("PT", "Lisbon", "Lisbon", 1.5, 0.03, 0.75, "EUR"),
    Place("DE", "Berlin", "Berlin", 1, 0.02, 0.0, "EUR"),
    Place("MX", "Mexico City", "Mexico City", 2, 0.95, 0.0, "USD"),
    Place("CO", "Bogota", "Bogota", 1.6, 0.95, 0.0, "USD"),
    Place("AR", "Buenos Aires", "Buenos Aires", 1.2, 0.95, 0.0, "USD"),
    Place("BR", "Sao Paulo", "Sao Paulo", 1.2, 0.02, 0.93, "USD"),
    Place("CA", "Ontario", "Toronto", 1.2, 0.03, 0.01, "USD"),
    Place("GB", "England", "London", 1.0, 0.02, 0.01, "USD"),
)
