"""Settings in words: what each is called, what it is set to, and why a value cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.profiles import RANGES
from widgets.text import isolated

if TYPE_CHECKING:
    from engine.errors import AttribenchError
    from engine.words import Words
    from widgets.look import Look

TITLES = {
    "name": "Name",
    "domains": "Own domains",
    "currency": "Currency",
    "timezone": "Time zone",
    "phone_region": "Phone region",
    "logo": "Logo",
    "accent": "Accent colour",
    "prepared_by": "Reports are prepared by",
    "session_timeout_minutes": "A pause ends a visit after",
    "split_on_source": "Another source begins a new visit",
    "click_window_days": "Click window",
    "view_window_hours": "View-through window",
    "first_touch_window_days": "First-touch window",
    "half_life_days": "Half-life",
    "weight_first": "Weight of the first touch",
    "weight_middle": "Weight of the middle touches",
    "weight_last": "Weight of the last touch",
    "fbclid_policy": "Clicks from Meta (fbclid)",
    "deduct_refunds": "Cash is net of refunds",
    "engagement_scroll": "Scrolled to the end",
    "engagement_time": "Engaged time",
    "engagement_seconds": "Full points for time at",
    "engagement_interaction": "Interaction",
    "engagement_form": "Form submitted",
    "engagement_frustration": "Frustration",
    "channel_rules": "Channel rules",
    "goals": "Goals",
    "stage_goals": "CRM stages",
}

ACTIONS = {
    "profile created": "Profile created",
    "settings changed": "Settings changed",
    "model defined": "Model saved",
    "model dropped": "Model deleted",
    "rate entered": "Exchange rate entered",
    "rate taken back": "Exchange rate taken back",
    "people merge": "People merged",
    "people split": "Person split off",
    "people fill": "Value filled in",
    "identity decision undone": "Decision about people undone",
    "profile anonymised": "Personal data removed",
    "disconnected": "Disconnected",
}

FIELDS = {
    "source": "Source",
    "medium": "Medium",
    "campaign": "Campaign",
    "content": "Content",
    "term": "Term",
    "referrer": "Referring site",
    "click_id": "Click id",
    "entry_page": "Entry page",
}
OPERATORS = {"is": "is", "is_not": "is not", "contains": "contains", "not_contains": "does not contain"}
REVENUE = {"cash": "Cash", "pipeline": "Pipeline", "gross": "Gross"}

PROBLEMS = {
    "name": "A profile needs a name.",
    "currency": "Not an ISO 4217 code such as USD.",
    "timezone": "Not a time zone such as Europe/Madrid.",
    "phone_region": "Not a country code such as US.",
    "accent": "Not a colour such as #2457D6.",
    "logo": "Not a whole PNG, JPEG or SVG picture of at most 512 KB without scripts.",
}


def title(words: Words, field: str) -> str:
    """What a setting is called."""
    return words.say(TITLES[field]) if field in TITLES else field


def range_of(look: Look, field: str, unit: str) -> str:
    """From what to what a number may be."""
    low, high = RANGES[field]
    least = look.numbers.decimal(low, 2 if low % 1 else 0)
    return look.say("{low} to {high} {unit}", low=least, high=look.numbers.count(high), unit=unit).strip()


def problem(words: Words, error: AttribenchError) -> str:
    """Why a value cannot be, in a sentence under its field."""
    facts = error.facts
    field = str(facts.get("field", "")).split(".", 1)[0]
    expected = str(facts.get("expected", ""))
    if field in RANGES:
        low, high = RANGES[field]
        return words.say("Must be from {low} to {high}.", low=f"{low:g}", high=f"{high:g}")
    if field == "accent" and ":1" in expected:
        return words.say("Too light on white: {told}.", told=expected.rsplit(" ", 1)[-1])
    if field in PROBLEMS:
        return words.say(PROBLEMS[field])
    return words.say("{value} cannot be. Expected: {expected}.", value=repr(facts.get("value")), expected=expected)


def told(look: Look, field: str, value: Any) -> str:
    """A setting's value, as the change log keeps it, in a few words."""
    say = look.say
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return say("on") if value else say("off")
    if field == "logo":
        return say("picture")
    if field == "fbclid_policy":
        return say("Always paid") if value == "always_paid" else say("Paid with a paid medium")
    if isinstance(value, int | float):
        return look.numbers.decimal(float(value), 0 if float(value).is_integer() else 2)
    if field == "domains":
        return isolated(", ".join(value)) or "–"
    if field == "channel_rules":
        return look.words.count(len(value), "1 rule", "{n} rules", n=len(value))
    if field == "goals":
        return isolated(", ".join(_goal(look, goal) for goal in value))
    if field == "stage_goals":
        return isolated(", ".join(f"{stage} → {goal or say('no conversion')}" for _, stage, goal in value)) or "–"
    return isolated(str(value))


def changed(look: Look, field: str, before: Any, after: Any) -> tuple[str, str]:
    """Both values in a few words; of long lists what is different."""
    if field in {"goals", "stage_goals", "domains"}:
        gone = [each for each in before if each not in after]
        came = [each for each in after if each not in before]
        return told(look, field, gone) or "–", told(look, field, came) or "–"
    if field == "channel_rules":
        return _rules(look, before), _rules(look, after)
    return told(look, field, before), told(look, field, after)


def _goal(look: Look, goal: Any) -> str:
    types = ", ".join(goal["event_types"])
    name = f"{goal['name']} ({types})" if types else str(goal["name"])
    return name if goal["is_eligible"] else look.say("{name}, not in attribution", name=name)


def _rules(look: Look, rules: Any) -> str:
    return isolated("; ".join(_rule(look, rule) for rule in rules)) or "–"


def _rule(look: Look, rule: Any) -> str:
    say = look.say
    conditions: list[str] = []
    for condition in rule["conditions"]:
        field, operator = say(FIELDS[condition["field"]]), say(OPERATORS[condition["operator"]])
        conditions.append(f"{field} {operator} {condition['value']!r}")
    each = str(rule["channel"])
    return f"{', '.join(conditions)} → {say(each)}"
