"""What models, rows and figures are called, for people: what the window and reports share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.attribution.models import MODELS

if TYPE_CHECKING:
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

_RULE_IDS = re.compile(r"\s*\([A-Z]\d+(?:\s*[,–-]\s*[A-Z]?\d+)*\)")


def meaning(words: Words, definition: str) -> str:
    """A definition in the user's language, without the numbers of the rules it follows."""
    return _RULE_IDS.sub("", words.say(definition))


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
