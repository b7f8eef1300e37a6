"""What the codes of data quality say: what was found, what it does to the figures, what to do about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.names import PLATFORM_LABELS
from app.status import local_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from widgets.look import Look

Row = dict[str, Any]

FINDINGS = {
    "figures_stale": "Records or settings changed since the figures were worked out",
    "repairs": "Missing values that are known elsewhere: {n}",
    "missing_email": "People without an email: {n} of {people}",
    "missing_phone": "People without a phone: {n} of {people}",
    "conflicts": "Links between people that were not followed: {n}",
    "quarantined": "Identifiers of nobody, shared by many or made up: {n}",
    "payments_ineligible": "Payments of a goal that attribution leaves out: {n}",
    "payments_nobody": "Payments that name nobody: {n}",
    "payments_older": "Payments later than the click window after the last touch: {n}",
    "payments_before_tracking": "Payments before the tracker went live: {n}",
    "payments_another_email": "Payments that seem paid with another email: {n}",
    "payments_after": "Payments before the first touch: {n}",
    "payments_never_identified": "Payments of people whose visits are unknown: {n}",
    "tags_case": "Tags written in several ways: {n}, as {value} and {variant}",
    "tags_spelling": "Tags that look like a slip: {n}, as {variant} for {value}",
    "tags_ambiguous": "Names that two campaigns have: {n}, as {value}",
    "tags_unresolved": "Names of no known campaign: {n}, as {value}",
    "tags_internal": "Links within the site that carry tags, as {value}",
    "tags_untagged_paid": "Paid clicks that arrive without tags",
    "tags_partial": "Incomplete tags",
    "spend_without_touches": "Campaigns with spend that no touch names: {n}, as {campaign}",
    "gaps": "Hours in which the tracker was silent: {hours}; about {expected} visits are missing",
    "bots": "Events of bots left out: {n} ({share} of all)",
    "forms_unidentified": "Forms sent without telling by whom: {n}, on {pages} pages",
    "unconverted": "Amounts without an exchange rate: {n}, in {currencies}",
    "account_zone": "Ad accounts with days of another time zone: {n}, as {zone}",
    "source_failed": "{name}: the last sync failed",
    "source_stale": "{name} was not synced for {days} days",
    "source_never": "{name} was never synced",
    "source_paused": "{name} is paused",
    "records_stale": "There are no new {name} since {days} days",
    "rows_rejected": "Rows of imports that were rejected: {n}, most of them in {file_name}",
}
ADVICE = {
    "figures_stale": "Rebuild, so that every page shows what the records say.",
    "repairs": "Look them through and apply them: payments gain the touches of whoever made them.",
    "missing_email": "Ask for the email in forms and at the checkout; payments are matched by it first.",
    "missing_phone": "Ask for the phone where you can: it joins what was told without an email.",
    "conflicts": "A phone or id tied to two emails joins neither. If they are one person, merge them.",
    "quarantined": "Shared phones and test addresses join nobody. Have staff leave the field empty instead.",
    "payments_ineligible": "Switch the goal on in Settings if its cash is to be credited.",
    "payments_nobody": "Have the payment provider send an email or your order id with each payment.",
    "payments_older": "Lengthen the click window in Settings if people take that long to decide.",
    "payments_before_tracking": "Nothing to do: this passes by itself as the tracker gets older.",
    "payments_another_email": "Compare the two people, and merge them if they are one.",
    "payments_after": "These people were tracked first after they paid. Place the tracker on every page.",
    "payments_never_identified": "Turn on form capture, so that visitors tell who they are before they pay.",
    "tags_case": "Agree on one spelling in every ad and mail; boards show each spelling as a row of its own.",
    "tags_spelling": "Correct the link. Until then its visits stand in a row of their own.",
    "tags_ambiguous": "Put the campaign's id into the tag: a name that two campaigns share says neither.",
    "tags_unresolved": "Use the exact name or the id of the campaign, and connect the platform.",
    "tags_internal": "Take the tags off links within the site: each click begins a new visit of that source.",
    "tags_untagged_paid": "Add tags or auto-tagging to these ads: the click id tells the channel, not the campaign.",
    "tags_partial": "Give every marketing link a source, a medium and a campaign.",
    "spend_without_touches": "Add the platform's tag template to these ads. Their ROAS is zero until then.",
    "gaps": "Find out what happened to the tracker in those hours. Conversions of that time lack touches.",
    "bots": "Nothing to do: they are kept, counted, and left out of every figure.",
    "forms_unidentified": "Turn on form capture on these pages, beginning with {page}.",
    "unconverted": "Import or connect exchange rates; until then these amounts are in no sum.",
    "account_zone": "Spend stands on the account's own day. The profile counts in {own}.",
    "source_failed": "Open Connections: it says what is wrong and what to do.",
    "source_stale": "Sync it, so that the latest days are complete.",
    "source_never": "Sync it once, and its history comes in.",
    "source_paused": "Resume it when its records are wanted again.",
    "records_stale": "Check where they come from: the tracker, the connection, the next file.",
    "rows_rejected": "Open Imports: each rejected row is there with its reason.",
}
ACTIONS = {
    "rebuild": "Rebuild",
    "repairs": "Look at repairs",
    "conflicts": "Look at conflicts",
    "tags": "Look at tags",
    "payments": "Look at payments",
    "contacts": "Look at people",
    "imports": "Open Imports",
    "connections": "Open Connections",
    "settings": "Open Settings",
}
SEVERITIES = {"bad": "Distorts much", "warn": "Distorts some", "info": "For your information"}
REASONS = {
    "ineligible": "Goal not credited",
    "nobody": "Names nobody",
    "older": "Touch older than {days} days",
    "before_tracking": "Before the tracker went live",
    "another_email": "Paid with another email",
    "after": "First touch after it",
    "never_identified": "Never identified",
}
HINTS = {
    "identifier": "A phone or id is tied to both emails.",
    "device": "Somebody else visited on the same device.",
    "name": "Somebody of the same name has touches; names alone match nobody.",
}
TAGS = {
    "case": "Several spellings",
    "spelling": "Looks like a slip",
    "ambiguous": "Name of two campaigns",
    "unresolved": "Unknown campaign",
    "internal": "On internal links",
    "untagged_paid": "Paid click without tags",
    "partial": "Tags incomplete",
}
FIELDS = {"email": "email", "phone": "phone", "name": "name"}
FIELD_ICONS = {"email": "envelope-simple", "phone": "phone", "name": "user"}
KINDS = {
    "email": "email",
    "phone": "phone",
    "user_id": "user id",
    "anonymous_id": "device",
    "stripe_customer_id": "Stripe customer",
    "ghl_contact_id": "HighLevel contact",
    "shopify_customer_id": "Shopify customer",
    "mercadopago_payer_id": "Mercado Pago payer",
    "record": "record",
}
BRANDS = {"stripe": "Stripe", "gohighlevel": "HighLevel", "mercadopago": "Mercado Pago", "shopify": "Shopify"}
SOURCES = {
    "website": "Website",
    "import": "Imported file",
    "visits": "visits",
    "conversions": "conversions",
    "spend": "ad spend",
}
OBJECTS = {
    "contact": "contact",
    "customer": "customer",
    "charge": "charge",
    "payment": "payment",
    "payment_received": "payment",
    "order": "order",
    "order_placed": "order",
    "opportunity": "opportunity",
    "lead_created": "new lead",
    "lead_submitted": "form",
    "form_submitted": "form",
    "appointment": "appointment",
    "appointment_booked": "appointment",
    "invoice": "invoice",
    "identifier": "identifier",
    "checkout.session": "checkout",
    "payment_intent": "payment",
}
LINKS = {
    "own_record": "It stands in the person's own record.",
    "provider_object": "The provider tells it of the same customer.",
    "earlier_version": "An earlier version of the same record told it.",
    "same_payment": "Both records tell of one payment.",
    "same_checkout": "Both records tell of one checkout.",
    "same_order": "Both records tell of one order.",
    "torn": "The identifier is tied to this email, and to another one.",
}
DOUBTS = {
    "two_candidates": "two candidates",
    "shared": "found for several people",
    "differs": "whoever has it is called otherwise",
    "order_only": "only the order is the same",
    "other_field": "the field is named otherwise",
    "torn": "tied to two emails",
}
CONFLICTS = {
    "two_emails": "Tied to two emails",
    "chain": "Would join two emails",
    "device": "Named on a shared device",
    "too_many_people": "Seen with more than 10 people",
    "too_many_devices": "Seen on more than 20 devices or phones",
    "placeholder": "Stands for nobody",
    "split": "Split by hand",
}
DECISIONS = {"merge": "Merged", "split": "Split", "fill": "Filled in"}
BANDS = {
    "excellent": "Excellent, 90% or more.",
    "good": "Good, 80% or more.",
    "caution": "With caution, below 80%.",
    "poor": "Poor, below 60%.",
}
_LONGEST = 26


def facts_of(look: Look, row: Mapping[str, Any]) -> dict[str, str]:
    """What a sentence about a finding names, written for people."""
    told: dict[str, Any] = json.loads(row["facts"])
    numbers = look.numbers
    shown = {name: "–" if value is None else str(value) for name, value in told.items()}
    shown["n"] = numbers.count(row["count"])
    for name in ("people", "hours", "expected", "pages"):
        if name in told:
            shown[name] = numbers.count(told[name])
    if "share" in told:
        shown["share"] = numbers.percent(told["share"])
    if told.get("days") is not None:
        shown["days"] = numbers.decimal(told["days"], 0)
    if row["code"] == "records_stale":
        shown["name"] = look.say(SOURCES[str(told["name"])])
    if row["code"] == "tags_untagged_paid":
        shown["value"] = str(told["value"])
    return shown


def found(look: Look, row: Mapping[str, Any]) -> str:
    """What was found, in a sentence."""
    return look.say(FINDINGS[str(row["code"])], **facts_of(look, row))


def advice(look: Look, row: Mapping[str, Any]) -> str:
    """What to do about it."""
    return look.say(ADVICE[str(row["code"])], **facts_of(look, row))


def origin(look: Look, row: Mapping[str, Any]) -> str:
    """Where a suggested value was found: the provider and the kind of object."""
    source = str(row["provider"])
    name = look.say(SOURCES[source]) if source in SOURCES else BRANDS.get(source, PLATFORM_LABELS.get(source, source))
    kind = str(row["object_type"])
    thing = look.say(OBJECTS[kind]) if kind in OBJECTS else kind.replace("_", " ")
    return f"{name}, {thing}"


def kinds_label(look: Look, kinds: list[str]) -> str:
    """What kinds of identifiers a person has, beside email and phone."""
    rest = [look.say(KINDS[kind]) for kind in kinds if kind in KINDS and kind not in {"email", "phone"}]
    return ", ".join(rest)


def identifier(look: Look, kind: str | None, value: str | None, *, is_short: bool = False) -> str:
    """An identifier with its kind; a long one can be shortened in its middle."""
    if not kind:
        return ""
    if is_short and value and len(value) > _LONGEST:
        value = f"{value[: _LONGEST // 2]}…{value[-_LONGEST // 2 + 1 :]}"
    return f"{look.say(KINDS[kind])} {value}" if kind in KINDS else f"{kind} {value}"


def when(look: Look, moment: datetime | None, zone: str) -> str:
    """A moment in the profile's zone."""
    return look.numbers.moment(local_time(moment, zone)) if moment is not None else "–"
