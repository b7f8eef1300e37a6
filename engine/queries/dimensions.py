"""The dimensions: what rows can be grouped and filtered by, and how each acts on each kind of fact (A10).

Traffic is asked by the visit's attributes (``v``). Credit is asked by what the touch shares with others: its origin
(``o``), where and with what somebody visited (``w``), where they landed (``l``); or else by its visit (``v``). Spend is
asked by the ad row (``d``) and its entities. Where a dimension does not act on a kind of fact, its figures have
no value under a filter on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attribution.models import NOT_SET
from engine.queries.selection import Filter, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Dimension:
    """A dimension.

    Attributes:
        name: as users type it.
        label: for people.
        traffic: SQL of its value for a visit; empty where it does not act on traffic.
        credit: SQL of its value for a credited touch.
        spend: SQL of its value for a row of ad spend; empty where it does not act on spend.
        definition: what it is, in a sentence.
        most: how many values it has at the most, usually; None: any number.
    """

    name: str
    label: str
    definition: str
    traffic: str = ""
    credit: str = ""
    spend: str = ""
    most: int | None = None


def _of_place(name: str, label: str, definition: str, most: int | None = None) -> Dimension:
    return Dimension(name, label, definition, traffic=f"v.{name}", credit=f"w.{name}", most=most)


def _of_landing(name: str, label: str, definition: str) -> Dimension:
    return Dimension(name, label, definition, traffic=f"v.{name}", credit=f"l.{name}")


_ALL = (
    Dimension("channel", "Channel", "One of the nine channels (C1-C3).", "v.channel", "o.channel", "c.channel", 9),
    Dimension(
        "source",
        "Source",
        "utm_source as written, else what the referrer or click id tells.",
        "v.source",
        "o.source",
        "c.source",
    ),
    Dimension("medium", "Medium", "utm_medium as written.", "v.medium", "o.medium"),
    Dimension(
        "campaign",
        "Campaign",
        "The ad campaign's name where the touch is resolved to one (A6), else utm_campaign as written.",
        "vo.campaign_label",
        "o.campaign_label",
        "coalesce(c.name, d.campaign_id)",
    ),
    Dimension("platform", "Platform", "The ad platform.", "v.platform", "o.platform", "d.platform"),
    Dimension(
        "ad_set",
        "Ad set",
        "The ad set's name, else its id.",
        "coalesce(vs.name, vo.ad_set_id)",
        "coalesce(s.name, o.ad_set_id)",
        "coalesce(s.name, d.ad_set_id)",
    ),
    Dimension(
        "ad",
        "Ad",
        "The ad's name, else its id.",
        "coalesce(va.name, vo.ad_id)",
        "coalesce(a.name, o.ad_id)",
        "coalesce(a.name, d.ad_id)",
    ),
    _of_landing("referrer", "Referrer", "Registrable domain of the site the visit came from."),
    Dimension("page", "Page", "A page seen in the visit; credit goes to the entry page.", "g.path", "l.entry_page"),
    _of_landing("entry_page", "Entry page", "First page of the visit."),
    Dimension(
        "exit_page",
        "Exit page",
        "Last page of the visit; on its board credit goes to the entry page.",
        "v.exit_page",
        "v.exit_page",
    ),
    _of_place("country", "Country", "ISO 3166-1 country of the visit.", most=250),
    _of_place("region", "Region", "Region of the visit."),
    _of_place("city", "City", "City of the visit."),
    _of_place("browser", "Browser", "Browser of the visit.", most=100),
    _of_place("os", "Operating system", "Operating system of the visit.", most=50),
    _of_place("device", "Device", "desktop, mobile or tablet.", most=10),
    Dimension("goal", "Goal", "Acts on conversions only: traffic and spend stay as they are."),
)

DIMENSIONS: Mapping[str, Dimension] = {dimension.name: dimension for dimension in _ALL}


def dimension(name: str) -> Dimension:
    """The dimension of that name; QUERY_INVALID with the names there are."""
    if name not in DIMENSIONS:
        raise invalid("filter", name, "a dimension of " + ", ".join(DIMENSIONS))
    return DIMENSIONS[name]


def acts_on_spend(filters: tuple[Filter, ...]) -> bool:
    """Whether spend, and with it ROAS and CAC, has a value under these filters (A10)."""
    return all(item.dimension == "goal" or dimension(item.dimension).spend for item in filters)


def filter_condition(item: Filter, expression: str, name: str) -> tuple[str, dict[str, object]]:
    """A filter on an SQL expression, with its bound parameters; ``name`` keeps their names apart.

    An absent value is "(not set)": it is that value, and it matches what is not or does not contain something else.
    """
    tests: list[str] = []
    parameters: dict[str, object] = {}
    for index, value in enumerate(item.values):
        key = f"{name}_{index}"
        parameters[key] = value
        if item.operator in {"is", "is_not"}:
            tests.append(f"coalesce({expression}, '{NOT_SET}') = ${key}")
        else:
            tests.append(f"contains(lower(coalesce({expression}, '')), lower(${key}))")
    if not tests:
        return ("true" if item.is_negated else "false"), {}
    any_of = "(" + " or ".join(tests) + ")"
    return (f"not {any_of}" if item.is_negated else any_of), parameters
