"""What models, rows and figures are called, for people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from babel import Locale

from engine.attribution.models import MODELS
from engine.profiles import CHANNELS
from engine.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def model_label(words: Words, name: str) -> str:
    """A model's name; one of the user's own is called as the user called it."""
    return words.say(MODEL_LABELS[name][0]) if name in MODEL_LABELS else name


def model_initials(name: str) -> str:
    """Two letters for a model."""
    return MODEL_LABELS[name][1] if name in MODEL_LABELS else name[:2].upper()


def model_definition(words: Words, name: str, expression: str = "") -> str:
    """What a model does; of the user's own, its expression."""
    return words.say(MODELS[name].definition) if name in MODELS else expression


def platform_label(name: str | None) -> str:
    """An ad platform as it calls itself."""
    return "" if name is None else PLATFORM_LABELS.get(name, name)


def country_name(words: Words, code: str) -> str:
    """A country by its ISO 3166-1 code, as the language calls it; the code itself when it is none."""
    names = cast("Mapping[str, str]", _locale(words.language).territories)  # pyright: ignore[reportUnknownMemberType]
    return names.get(code.upper(), code) if len(code) == 2 else code


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
