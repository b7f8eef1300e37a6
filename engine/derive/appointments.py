"""Which tracked booking and which CRM appointment are the same one (DOMAIN 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from engine.store import Cursor

START_TOLERANCE_SECONDS = 5 * 60
BOOKING_TOLERANCE_SECONDS = 30 * 60


def pair_appointments(cursor: Cursor) -> None:
    """Fill ``appointment_pairs`` (record_key, appointment_key): both records of each pair, in the CRM record's group.

    Candidates are of one person, with starts within 5 minutes or booking times within 30. Each record is paired at most
    once, the nearest pair first; ties go by time, then by id. A CRM's stage is no appointment of its own:
    ``145_stage_appointments.sql`` adds those that tell of one.
    """
    candidates = cursor.frame(
        f"""with near as (
            select c.record_key as crm, t.record_key as tracked, c.group_key as crm_key, c.occurred_at as booked_at,
                   abs(epoch_us(c.starts_at) - epoch_us(t.starts_at)) / 1e6 as starts_apart,
                   abs(epoch_us(c.occurred_at) - epoch_us(t.occurred_at)) / 1e6 as booked_apart
            from keyed_records c join keyed_records t on t.person_id = c.person_id
            where c.goal = 'appointment_booked' and t.goal = 'appointment_booked'
              and c.raw_table = 'raw_conversions' and t.raw_table = 'raw_events' and not c.is_stage
        )
        select crm, tracked, crm_key,
               least(case when starts_apart <= {START_TOLERANCE_SECONDS} then starts_apart end,
                     case when booked_apart <= {BOOKING_TOLERANCE_SECONDS} then booked_apart end) as apart
        from near
        where starts_apart <= {START_TOLERANCE_SECONDS} or booked_apart <= {BOOKING_TOLERANCE_SECONDS}
        order by apart, booked_at, crm_key, tracked"""
    )
    taken: set[str] = set()
    rows: list[tuple[str, str]] = []
    for crm, tracked, crm_key, _ in candidates.iter_rows():
        if crm in taken or tracked in taken:
            continue
        taken |= {crm, tracked}
        rows += [(crm, crm_key), (tracked, crm_key)]
    frame = pl.DataFrame(rows, schema={"record_key": pl.String, "appointment_key": pl.String}, orient="row")
    with cursor.table("paired_rows", frame):
        cursor.run(
            """create or replace temp table appointment_pairs as
            select record_key::uuid as record_key, appointment_key from paired_rows"""
        )
