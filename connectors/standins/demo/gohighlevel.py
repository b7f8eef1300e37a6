"""The demo's leads, deals and appointments as HighLevel tells them: each as it is at the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from connectors.standins.demo.business import cents, framed, written
from connectors.standins.gohighlevel import HighLevelStandin
from engine.demo.outcomes import ASSIGNED, PIPELINE, PIPELINE_STAGES, TREATMENTS
from engine.demo.plan import DEMO_PROFILE
from engine.demo.records import STAGE_IDS

if TYPE_CHECKING:
    from connectors.standins.base import Object
    from connectors.standins.demo.business import Business

LOCATION = "mareaLocation0dental"
_PIPELINE_ID = "mareaPipeline0newpat"
_STATUS = {"Closed Won": "won", "Closed Lost": "lost", "Disqualified": "abandoned"}
_CALENDARS = {
    name: f"mareaCalendar{place:07d}" for place, name in enumerate(dict.fromkeys(t.calendar for t in TREATMENTS))
}


def gohighlevel(business: Business) -> HighLevelStandin:
    """HighLevel with the clinic's location."""
    standin = HighLevelStandin()
    standin.location = {"name": DEMO_PROFILE.name, "timezone": DEMO_PROFILE.timezone}
    stages = [{"id": STAGE_IDS[name], "name": name, "position": place} for place, name in enumerate(PIPELINE_STAGES)]
    standin.pipelines = [{"id": _PIPELINE_ID, "name": PIPELINE, "stages": stages, "locationId": LOCATION}]
    standin.calendars = [{"id": id_, "name": name, "locationId": LOCATION} for name, id_ in _CALENDARS.items()]
    standin.users = [{"id": _user(name), "name": name} for name in ASSIGNED]
    standin.shelves = {
        "contacts": framed(_contacts(business), ("added_ms", "id"), _contact),
        "opportunities": framed(_deals(business), ("added_ms", "id"), _deal),
        "events": framed(_appointments(business), ("calendar_id", "starts_ms", "id"), _appointment),
    }
    return standin


def _contacts(business: Business) -> pl.DataFrame:
    leads = business.outcomes.filter(pl.col("event_type") == "lead_created")
    return leads.select(
        "who",
        pl.col("ghl_contact_id").alias("id"),
        written(pl.col("time")).alias("added"),
        pl.col("time").dt.epoch("ms").alias("added_ms"),
        *("campaign_id", "ad_set_id", "ad_id"),
    ).join(business.people.rename({"source": "came_by"}), on="who", how="left")


def _contact(row: dict[str, Any]) -> Object:
    origin: Object = {"medium": "form", "formId": "book-consultation", "isFirst": True}
    if row["ad_id"]:
        ids = {"campaignId": row["campaign_id"], "adSetId": row["ad_set_id"], "adId": row["ad_id"]}
        origin = {"medium": "facebook", "adSource": "facebook", "formId": "4711", "isFirst": True, **ids}
    return {
        "id": row["id"],
        "locationId": LOCATION,
        "contactName": f"{row['first_name']} {row['last_name']}",
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "email": row["email"],
        "phone": row["phone"],
        "source": row["came_by"],
        "type": "lead",
        "dateAdded": row["added"],
        "dateUpdated": row["added"],
        "attributions": [origin],
        "customFields": [],
        "tags": [],
    }


def _deals(business: Business) -> pl.DataFrame:
    staged = business.outcomes.filter(pl.col("stage").is_not_null()).sort("stage_position", "time")
    made = staged.filter(pl.col("stage_position") == 0).select(
        "who",
        pl.col("ghl_contact_id").alias("contact_id"),
        *("email", "phone", "assigned_user"),
        pl.col("conversion_id").str.split(":").list.first().alias("id"),
        (cents(pl.col("value_amount")) / 100).alias("amount"),
        written(pl.col("time")).alias("added"),
        pl.col("time").dt.epoch("ms").alias("added_ms"),
    )
    reached = staged.group_by("who").agg(
        pl.col("stage").last(),
        written(pl.col("time").last()).alias("reached"),
        written(pl.col("time").max()).alias("changed"),
    )
    return made.join(reached, on="who", how="left")


def _deal(row: dict[str, Any]) -> Object:
    status = _STATUS.get(row["stage"], "open")
    contact: Object = {"id": row["contact_id"], "email": row["email"], "phone": row["phone"], "tags": []}
    return {
        "id": row["id"],
        "name": f"New patient {row['who']}",
        "monetaryValue": row["amount"],
        "pipelineId": _PIPELINE_ID,
        "pipelineStageId": STAGE_IDS[row["stage"]],
        "assignedTo": _user(row["assigned_user"]),
        "status": status,
        "lastStatusChangeAt": row["added"] if status == "open" else row["reached"],
        "lastStageChangeAt": row["reached"],
        "createdAt": row["added"],
        "updatedAt": row["changed"],
        "contactId": row["contact_id"],
        "locationId": LOCATION,
        "contact": contact,
    }


def _appointments(business: Business) -> pl.DataFrame:
    booked = business.outcomes.filter(pl.col("event_type") == "appointment_booked").sort("conversion_id", "as_of")
    is_settled = pl.col("as_of") <= business.now
    return (
        booked.unique("conversion_id", keep="last", maintain_order=True)
        .with_columns(
            pl.when(is_settled).then("status").otherwise(pl.lit("confirmed")).alias("status"),
            pl.when(is_settled).then("as_of").otherwise("time").alias("as_of"),
        )
        .select(
            pl.col("conversion_id").str.split(":").list.first().alias("id"),
            pl.col("ghl_contact_id").alias("contact_id"),
            pl.col("calendar").replace_strict(_CALENDARS, return_dtype=pl.String).alias("calendar_id"),
            pl.col("starts_at").dt.epoch("ms").alias("starts_ms"),
            *(written(pl.col(name)).alias(name) for name in ("time", "starts_at", "ends_at", "as_of")),
            *("status", "assigned_user", "calendar"),
        )
    )


def _appointment(row: dict[str, Any]) -> Object:
    user = _user(row["assigned_user"])
    return {
        "id": row["id"],
        "title": row["calendar"],
        "calendarId": row["calendar_id"],
        "locationId": LOCATION,
        "contactId": row["contact_id"],
        "groupId": "",
        "appointmentStatus": row["status"],
        "assignedUserId": user,
        "users": [user],
        "startTime": row["starts_at"],
        "endTime": row["ends_at"],
        "dateAdded": row["time"],
        "dateUpdated": row["as_of"],
    }


def _user(name: str) -> str:
    """HighLevel's id of a user."""
    return name.replace(" ", "")
