"""Which event types there are and what becomes of them, and what CRM stages are mapped to (G1, G4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from engine.derive.stages import goal_of_stage, plain_stage

if TYPE_CHECKING:
    from engine.profiles import ProfileSettings
    from engine.store import Cursor

# Told by what a page or a provider does, and read otherwise: money that goes back, stages, activity on a page.
_HANDLED = (
    *("refund", "payment_refunded", "dispute_lost", "chargeback", "stage_changed"),
    *("dispute_updated", "refund_failed", "refund_canceled", "refund_cancelled", "refund_rejected"),  # no money moved
    *("payment_pending", "payment_authorized", "payment_in_process", "payment_rejected", "payment_cancelled"),
    *("chargeback_reimbursed", "order_cancelled", "order_deleted", "lead_deleted", "opportunity_deleted"),
    *("opportunity_open", "appointment_deleted", "appointment_invalid"),
    *("opportunity_closed", "appointment_cancelled"),  # a deal whose status counts instead, and what was called off
    *("page_view", "identify", "session_start", "session_end", "scroll", "heartbeat", "time_on_page", "web_vitals"),
    *("outbound_click", "file_download", "cta_view", "rage_click", "dead_click", "js_error", "form_submitted"),
    *("video_play", "video_pause", "video_progress", "video_complete", "pixel_event", "scroll_depth", "form_start"),
    *("click", "link_click", "stripe_checkout_completed"),  # the payment itself is told by the provider
)

_STAGES = {
    "pipeline": pl.String,
    "stage": pl.String,
    "records": pl.Int64,
    "goal": pl.String,
    "decided_by": pl.String,
    "suggestion": pl.String,
}


def event_types(cursor: Cursor, profile_id: int) -> pl.DataFrame:
    """Every event type of events and conversions, most records first.

    event_type; records; amounts (records that carry one); last_at; goal (key, or null); is_unmatched: it tells of an
    outcome, or of anything of the user's own, and belongs to no goal.
    """
    return cursor.frame(
        """with told as (
               select event_type, occurred_at, value_amount is not null as has_amount, false as has_stage
               from raw_events where profile_id = $profile
               union all
               select event_type, occurred_at, value_amount is not null, stage is not null
               from raw_conversions where profile_id = $profile
           ), counted as (
               select event_type, count(*) as records, count(*) filter (has_amount) as amounts,
                      max(occurred_at) as last_at, bool_and(has_stage) as is_staged
               from told group by event_type
           )
           select c.event_type, c.records, c.amounts, c.last_at, g.goal,
                  g.goal is null and not c.is_staged and not list_contains($handled, c.event_type) as is_unmatched
           from counted c
           left join goal_event_types g on g.profile_id = $profile and g.event_type = c.event_type
           order by c.records desc, c.event_type""",
        {"profile": profile_id, "handled": list(_HANDLED)},
    )


def stages(cursor: Cursor, profile_id: int, settings: ProfileSettings) -> pl.DataFrame:
    """Every CRM stage that occurs, by pipeline and position, with what it counts as now.

    pipeline; stage; records; goal (key, or null: no conversion); decided_by: ``profile``, ``keyword``, ``first`` (the
    first stage of its pipeline) or ``nothing``; suggestion: the goal without the profile's own mapping.
    """
    chosen = {(plain_stage(pipeline), plain_stage(stage)): goal for pipeline, stage, goal in settings.stage_goals}
    rows: list[tuple[object, ...]] = []
    for pipeline, stage, records, is_first in cursor.rows(
        """with stages as (
               select pipeline, stage, min(stage_position) as position, count(distinct record_key) as records
               from raw_conversions where profile_id = $1 and stage is not null group by pipeline, stage
           )
           select coalesce(pipeline, ''), stage, records,
                  coalesce(position = case when bool_or(position = 0) over (partition by pipeline) then 0 else 1 end,
                           false)
           from stages order by pipeline nulls first, position nulls last, stage""",
        [profile_id],
    ):
        told, suggestion = goal_of_stage(stage), goal_of_stage(stage, is_first=is_first)
        goal, by = suggestion, "keyword" if told else "first" if suggestion else "nothing"
        for key in ((plain_stage(pipeline), plain_stage(stage)), ("", plain_stage(stage))):
            if key in chosen:
                goal, by = chosen[key], "profile"
                break
        rows.append((pipeline, stage, records, goal, by, suggestion))
    return pl.DataFrame(rows, schema=_STAGES, orient="row")
