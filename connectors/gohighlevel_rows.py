"""What a HighLevel contact, opportunity and appointment tell, as rows.

Facts: field names of ``highlevel-api-docs`` (apps/contacts.json, opportunities.json, calendars.json). Attribution is
told in several forms, by where the contact came from: a website form has click ids and ``adGroupId``, a lead form of an
ad has ``campaignId``, ``adSetId`` and ``adId``. https://github.com/GoHighLevel/highlevel-api-docs
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from connectors.census import told_after
from engine.schema.batch import Row

Object = Mapping[str, Any]

LEADS_ATTRIBUTED, LEADS_ALL, LEADS_NONE = "attributed", "all", "none"
_NAME = "gohighlevel"
_SAME_MOMENT = timedelta(minutes=1)  # a stage or status as old as the opportunity is the one it was created with
_FORMS = frozenset({"form", "survey", "quiz"})
_CLICKED = (
    ("fbclid", "facebook"),
    ("fbc", "facebook"),
    ("gclid", "google"),
    ("gbraid", "google"),
    ("wbraid", "google"),
)
_AD_SOURCES = frozenset({"facebook", "instagram", "meta", "google", "tiktok", "linkedin", "bing"})
_GOALS = {"won": "closed_won", "lost": "closed_lost", "abandoned": "disqualified"}
# Stages that say what a status says, in English or Spanish: such a deal is told once, by its status.
_SAYS = {
    "won": re.compile(
        r"\b(won|sold|closed|signed|paid|active (client|customer)|became (a )?(client|customer)"
        r"|ganad\w+|cerrad\w+|vendid\w+|firmad\w+|pagad\w+)\b"
    ),
    "lost": re.compile(r"\b(lost|dead|closed|not interested|perdid\w+|cerrad\w+|no interesad\w+)\b"),
    "abandoned": re.compile(r"\b(abandon\w+|disqualified|unqualified|not qualified|descalificad\w+|no califica\w*)\b"),
}


@dataclass(frozen=True)
class Stage:
    """A stage of a pipeline.

    Attributes:
        id: of the stage.
        pipeline: name of its pipeline.
        name: of the stage.
        position: from 0, in the pipeline's order.
        first: id of the pipeline's first stage.
        renamed_at: when the name or place was seen to have changed, ISO 8601; empty when it never was.
    """

    id: str
    pipeline: str
    name: str
    position: int
    first: str
    renamed_at: str = ""

    def says(self, status: str) -> bool:
        """Whether the stage's name says what that status of an opportunity says."""
        pattern = _SAYS.get(status)
        return pattern is not None and pattern.search(self.name.casefold()) is not None


def person_row(contact: Object) -> Row:
    """Who a contact is."""
    first, last = _names(contact)
    told = {
        "ghl_contact_id": contact["id"],
        "email": contact.get("email"),
        "phone": contact.get("phone"),
        "first_name": first,
        "last_name": last,
        "source": _NAME,
        "time": moment(contact.get("dateAdded")),
    }
    return Row("people", _present(told))


def lead_row(contact: Object, which: str) -> Row | None:
    """A contact that came by a form or an ad is a lead, with the campaign it came by (A3); an entry by hand is none.

    Args:
        contact: of the list of contacts.
        which: ``attributed``, ``all`` or ``none``: which contacts are leads.
    """
    created = moment(contact.get("dateAdded"))
    origin = attribution(contact)
    if which == LEADS_NONE or not created or (which == LEADS_ATTRIBUTED and not _came_by(origin)):
        return None
    campaign = _campaign(origin)
    first, last = _names(contact)
    told = {
        "conversion_id": f"{contact['id']}:lead",
        "time": created,
        "event_type": "lead_created",
        "ghl_contact_id": contact["id"],
        "email": contact.get("email"),
        "phone": contact.get("phone"),
        "first_name": first,
        "last_name": last,
        **campaign,
        "source": _source(origin) or (None if campaign else _NAME),
        "as_of": moment(contact.get("dateUpdated")),
    }
    return Row("conversions", _present(told))


def attribution(contact: Object) -> Object:
    """Where a contact first came from; empty when nobody knows."""
    listed = [_dict(each) for each in _list(contact.get("attributions"))]
    first = [each for each in listed if each.get("isFirst")] or listed
    for told in (contact.get("attributionSource"), *first, contact.get("lastAttributionSource")):
        if found := _dict(told):
            return found
    return {}


def opportunity_rows(
    told: Object, stages: Mapping[str, Stage], passed: Mapping[str, int], currency: str, taken_back: int = 0
) -> tuple[list[Row], dict[str, int]]:
    """An opportunity's current stage, the pipeline's first one since its creation, and its outcome.

    A stage it was seen in earlier stays told by its own row, unless all were taken back. Won, lost and abandoned are
    told by the status, and no more by a stage that says the same.

    Args:
        told: the opportunity.
        stages: by id.
        passed: stages it was told to be in before, with the seconds from its creation until then.
        currency: of its value; empty for the profile's.
        taken_back: as of :func:`connectors.census.told_after`.

    Returns:
        The rows, and the same of all stages it has rows of.
    """
    created = _instant(told.get("createdAt")) or _instant(told.get("updatedAt"))
    if created is None:
        return [], dict(passed)
    status = str(told.get("status") or "open").casefold()
    staged = max(created, _instant(told.get("lastStageChangeAt")) or created)
    closed = max(created, _instant(told.get("lastStatusChangeAt")) or created)
    stage = stages.get(str(told.get("pipelineStageId") or ""))
    contact = _dict(told.get("contact"))
    as_of = max(moment(told.get("updatedAt")) or _iso(created), stage.renamed_at if stage else "")
    common = _present(
        {
            "deal_id": told["id"],
            "ghl_contact_id": told.get("contactId") or contact.get("id"),
            "email": contact.get("email"),
            "phone": contact.get("phone"),
            "value_amount": _amount(told.get("monetaryValue")),
            "currency": currency.upper() or None,
            "assigned_user": told.get("assignedTo"),
            "source": _NAME,
            "as_of": as_of,
        }
    )

    def row(name: str, at: datetime, event_type: str, **fields: Any) -> Row:
        return Row(
            "conversions",
            {**common, "conversion_id": f"{told['id']}:{name}", "time": _iso(at), "event_type": event_type, **fields},
        )

    def in_stage(place: Stage, at: datetime, state: str) -> Row:
        if status in _GOALS and place.says(status):
            return row(place.id, created, "opportunity_closed")
        where = {"pipeline": place.pipeline, "stage": place.name, "stage_position": place.position}
        return row(place.id, at, "opportunity_stage", **_present(where), status=state)

    rows: dict[str, Row] = {}
    since = dict(passed)
    for earlier in (stages[each] for each in passed if each in stages):
        if taken_back or (status in _GOALS and earlier.says(status)):
            at = created + timedelta(seconds=passed[earlier.id])
            rows[earlier.id] = in_stage(earlier, at, status if earlier.says(status) else "open")
    if stage is not None:
        has_moved = staged - created > _SAME_MOMENT
        if has_moved and stage.id != stage.first and (first := stages.get(stage.first)) is not None:
            rows[first.id] = in_stage(first, created, "open")
            since[first.id] = 0
        entered = staged if has_moved else created
        rows[stage.id] = in_stage(stage, entered, status)
        since[stage.id] = round((entered - created).total_seconds())
    if status in _GOALS or closed - created > _SAME_MOMENT:
        where = {"pipeline": stage.pipeline if stage else None}
        rows["status"] = row("status", closed, _GOALS.get(status, "opportunity_open"), status=status, **_present(where))
    return told_after(list(rows.values()), taken_back), since


def appointment_rows(event: Object, calendar: str) -> list[Row]:
    """An appointment is booked when it was made; whether somebody came is told at its start."""
    starts = moment(event.get("startTime"))
    booked = moment(event.get("dateAdded")) or starts
    if not booked:
        return []
    status = str(event.get("appointmentStatus") or event.get("appoinmentStatus") or "").casefold()
    is_gone = bool(event.get("deleted")) or status == "invalid"
    users = _list(event.get("users"))
    common = _present(
        {
            "ghl_contact_id": event.get("contactId"),
            "calendar": calendar,
            "assigned_user": event.get("assignedUserId") or (users[0] if users else None),
            "starts_at": starts,
            "ends_at": moment(event.get("endTime")),
            "status": "deleted" if event.get("deleted") else status,
            "source": _NAME,
            "as_of": moment(event.get("dateUpdated")),
        }
    )
    booking = {"conversion_id": f"{event['id']}:booked", "time": booked}
    rows = [
        Row(
            "conversions",
            {**common, **booking, "event_type": "appointment_invalid" if is_gone else "appointment_booked"},
        )
    ]
    outcome = {"showed": "showed", "noshow": "no_show", "no_show": "no_show", "no-show": "no_show"}.get(status)
    # One that was wrongly said to have taken place takes that back.
    if starts and (outcome or is_gone or status == "cancelled"):
        held = {"conversion_id": f"{event['id']}:outcome", "time": starts}
        told = outcome if outcome and not is_gone else "appointment_cancelled"
        rows.append(Row("conversions", {**common, **held, "event_type": told}))
    return rows


def moment(value: Any) -> str | None:
    """A time as HighLevel tells it, ISO 8601 in UTC; None for what is none. Milliseconds since 1970 are read too."""
    found = _instant(value)
    return None if found is None else _iso(found)


def millis(value: Any) -> int | None:
    """The same in milliseconds since 1970."""
    found = _instant(value)
    return None if found is None else round(found.timestamp() * 1000)


# -- inside -------------------------------------------------------------------------------------------------------


def _came_by(origin: Object) -> bool:
    """Whether somebody came by a form or an ad, and was not entered by hand or from a list."""
    if _campaign(origin) or any(origin.get(name) for name, _ in _CLICKED):
        return True
    return bool(origin.get("formId")) or str(origin.get("medium") or "").casefold() in _FORMS


def _campaign(origin: Object) -> dict[str, Any]:
    """Campaign data of an attribution, where its own fields are empty from its address."""
    query = dict(parse_qsl(urlsplit(str(origin.get("url") or "")).query)) if "?" in str(origin.get("url") or "") else {}
    told = {
        "campaign_id": origin.get("campaignId") or query.get("campaign_id"),
        "ad_set_id": origin.get("adSetId") or origin.get("adGroupId") or query.get("adset_id"),
        "ad_id": origin.get("adId") or query.get("ad_id"),
        "utm_source": origin.get("utmSource") or query.get("utm_source"),
        "utm_medium": origin.get("utmMedium") or query.get("utm_medium"),
        "utm_campaign": origin.get("utmCampaign") or origin.get("campaign") or query.get("utm_campaign"),
        "utm_content": origin.get("utmContent") or query.get("utm_content"),
        "utm_term": origin.get("utmTerm") or query.get("utm_term"),
        "gclid": origin.get("gclid") or query.get("gclid"),
    }
    return _present(told)


def _source(origin: Object) -> str | None:
    """The platform an attribution names."""
    for name in ("utmSource", "adSource", "medium"):
        told = str(origin.get(name) or "").casefold()
        if told in _AD_SOURCES:
            return told
    return next((source for name, source in _CLICKED if origin.get(name)), None)


def _names(contact: Object) -> tuple[str | None, str | None]:
    if contact.get("firstName") or contact.get("lastName"):
        return contact.get("firstName"), contact.get("lastName")
    first, _, last = str(contact.get("contactName") or contact.get("name") or "").strip().partition(" ")
    return first or None, last.strip() or None


def _amount(value: Any) -> str | None:
    """A value in major units, as decimal text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        return None
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _instant(value: Any) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC)
    if not isinstance(value, str) or not value:
        return None
    if value.isdigit():
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def _dict(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
