"""What models, rows and figures are called, for people."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from babel import Locale

from engine.attribution.models import MODELS
from engine.profiles import CHANNELS
from engine.queries.metrics import METRICS
from engine.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.words import Words

# English, said in the user's language; with the two letters that stand for the model above a narrow column.
MODEL_LABELS = {
    "last_touch": ("Last touch", "LT"),
    "first_touch": ("First touch", "FT"),
    "split_50_50": ("Split 50/50", "50"),
    "linear": ("Linear", "LI"),
    "position_based": ("Position-based", "PB"),
    "time_decay": ("Time decay", "TD"),
    "last_non_direct": ("Last non-direct", "ND"),
    "custom_weighted": ("Custom weighted", "CW"),
    "engagement_weighted": ("Engagement-weighted", "EW"),
    "markov": ("Markov chain", "MK"),
    "shapley": ("Shapley", "SH"),
}

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

PLATFORM_LABELS = {
    "meta": "Meta",
    "google": "Google Ads",
    "tiktok": "TikTok Ads",
    "linkedin": "LinkedIn Ads",
    "microsoft": "Microsoft Ads",
    "pinterest": "Pinterest Ads",
    "snapchat": "Snapchat Ads",
    "twitter": "X Ads",
}

# Rows that stand for no value of the dimension, as results name them.
SPECIAL_ROWS = {
    "(not set)": "(not set)",
    "Unattributed": "Unattributed",
    "outside the range": "Outside the range",
    "(unassigned)": "(unassigned)",
    "(unresolved)": "(unresolved)",
}

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

_RULE_IDS = re.compile(r"\s*\([A-Z]\d+(?:\s*[,–-]\s*[A-Z]?\d+)*\)")


def meaning(words: Words, definition: str) -> str:
    """A definition in the user's language, without the numbers of the rules it follows."""
    return _RULE_IDS.sub("", words.say(definition))


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


def model_label(words: Words, name: str) -> str:
    """A model's name; one of the user's own is called as the user called it."""
    return words.say(MODEL_LABELS[name][0]) if name in MODEL_LABELS else name


def model_initials(name: str) -> str:
    """Two letters for a model."""
    return MODEL_LABELS[name][1] if name in MODEL_LABELS else name[:2].upper()


def model_definition(words: Words, name: str, expression: str = "") -> str:
    """What a model does; of the user's own, its expression."""
    return meaning(words, MODELS[name].definition) if name in MODELS else expression


def platform_label(name: str | None) -> str:
    """An ad platform as it calls itself."""
    return "" if name is None else PLATFORM_LABELS.get(name, name)


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


def value_label(words: Words, value: str | None, dimension: str = "channel") -> str:
    """A dimension's value: as it stands in the data, but for channels, countries and what is absent."""
    if value is None:
        return words.say("(not set)")
    if dimension == "country":
        return country_name(words, value)
    if value in SPECIAL_ROWS:
        return words.say(SPECIAL_ROWS[value])
    return words.say(value) if dimension == "channel" and value in CHANNELS else value
