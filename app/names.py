"""What models, rows and figures are called, for people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from babel import Locale

from engine.naming import (
    MODEL_LABELS,
    PLATFORM_LABELS,
    SPECIAL_ROWS,
    meaning,
    model_definition,
    model_initials,
    model_label,
    platform_label,
)
from engine.profiles import CHANNELS
from engine.queries.metrics import METRICS
from engine.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.words import Words

__all__ = [
    "FIELD_LABELS",
    "LEVEL_LABELS",
    "MODEL_LABELS",
    "PLATFORM_LABELS",
    "ROW_LABELS",
    "SPECIAL_ROWS",
    "STEP_LABELS",
    "country_name",
    "field_titles",
    "meaning",
    "model_definition",
    "model_initials",
    "model_label",
    "platform_label",
    "value_label",
    "values_called",
]

ROW_LABELS = {
    "campaign_or_channel": "Campaign or channel",
    "channel": "Channel",
    "campaign": "Campaign",
    "ad_set": "Ad set",
    "ad": "Ad",
    "source": "Source",
    "landing_page": "Landing page",
}

LEVEL_LABELS = {"campaign": "Campaign", "ad_set": "Ad set", "ad": "Ad"}

STEP_LABELS = {"day": "Day", "week": "Week", "month": "Month"}

DEVICE_LABELS = {"desktop": "desktop", "mobile": "mobile", "tablet": "tablet"}

# Columns of tables taken away that are no figures.
FIELD_LABELS = {
    "ad_id": "Ad id",
    "ad_set_id": "Ad set id",
    "amount": "Amount",
    "browser": "Browser",
    "campaign_id": "Campaign id",
    "campaign_name": "Campaign",
    "channel": "Channel",
    "city": "City",
    "conversion_count": "Conversions so far",
    "conversion_id": "Conversion id",
    "conversion_time": "When",
    "country": "Country",
    "currency": "Currency",
    "customer_profile_id": "Customer id",
    "device": "Device",
    "email": "Email",
    "entity_id": "Id",
    "entity_level": "Level",
    "entity_name": "Name",
    "first_channel": "First channel",
    "goal": "Goal",
    "import_id": "Import id",
    "is_identified": "Identified",
    "key": "Key",
    "last_seen_at": "Last seen",
    "name": "Name",
    "objective": "Objective",
    "os": "OS",
    "parent_name": "Part of",
    "person_id": "Person id",
    "phone": "Phone",
    "platform": "Platform",
    "refunded": "Refunded",
    "revenue_type": "Kind of revenue",
    "row": "Kind of row",
    "source": "Source",
    "status": "Status",
    "total_revenue": "Cash so far",
    "touch_channels": "Channels on the way",
    "visitor_id": "Visitor id",
}


def field_titles(words: Words, fields: Iterable[str], shown: Mapping[str, str]) -> dict[str, str]:
    """A title for each column of a table that is taken away: as shown, else what the figure or fact is called."""
    titles: dict[str, str] = {}
    for name in fields:
        if shown.get(name):
            titles[name] = shown[name]
        elif name in METRICS:
            titles[name] = words.say(METRICS[name].label)
        elif name in FIELD_LABELS:
            titles[name] = words.say(FIELD_LABELS[name])
        else:
            titles[name] = name.replace("_", " ").capitalize()
    return titles


def country_name(words: Words, code: str) -> str:
    """A country by its ISO 3166-1 code, as the language calls it; the code itself when it is none."""
    names = cast("Mapping[str, str]", _locale(words.language).territories)  # pyright: ignore[reportUnknownMemberType]
    return names.get(code.upper(), code) if len(code) == 2 else code


def values_called(words: Words, dimension: str, text: str) -> list[str] | None:
    """The values of a dimension whose name in the user's language holds a text, or that are it.

    None where values are called as they stand in the data.
    """
    if dimension == "country":
        names = cast("Mapping[str, str]", _locale(words.language).territories)  # pyright: ignore[reportUnknownMemberType]
        pairs = {code: name for code, name in names.items() if len(code) == 2}
    elif dimension == "channel" and words.language != "en":
        pairs = {channel: words.say(channel) for channel in CHANNELS}
    else:
        return None
    sought = text.strip().casefold()
    return sorted(value for value, name in pairs.items() if sought in name.casefold() or sought == value.casefold())


@lru_cache(maxsize=len(LANGUAGES))
def _locale(language: str) -> Locale:
    return Locale(language)


def device_label(words: Words, name: str | None) -> str:
    """A kind of device."""
    return words.say(DEVICE_LABELS[name]) if name in DEVICE_LABELS else name or ""


def value_label(words: Words, value: str | None, dimension: str = "channel") -> str:
    """A dimension's value: as it stands in the data, but for channels, countries and what is absent."""
    if value is None:
        return words.say("(not set)")
    if value in SPECIAL_ROWS:
        return words.say(SPECIAL_ROWS[value])
    if dimension == "country":
        return country_name(words, value)
    return words.say(value) if dimension == "channel" and value in CHANNELS else value
