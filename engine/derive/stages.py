"""CRM stages to goals (G4): the user's mapping, then keywords, then the first stage of a pipeline."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from engine.derive.lists import data

if TYPE_CHECKING:
    from engine.store import Cursor


def goal_of_stage(stage: str, *, is_first: bool = False) -> str | None:
    """The goal a stage's name tells, in English or Spanish.

    Negative keywords are tried before positive ones and the longest first, so that "Closed Lost" is never a win. The
    first stage of a pipeline is a lead unless its name tells of more: "To be scheduled" there still is one.
    """
    plain = plain_stage(stage)
    told = next((goal for pattern, goal in _keywords() if pattern.search(plain)), None)
    return told or ("lead_created" if is_first else None)


def map_stages(cursor: Cursor) -> None:
    """Fill ``stage_map`` (pipeline, stage, goal) for every stage that occurs.

    Positions count from 0 or from 1, as the CRM does: a pipeline with a stage 0 begins there.
    """
    chosen = {
        (plain_stage(pipeline), plain_stage(stage)): goal
        for pipeline, stage, goal in cursor.rows(
            "select pipeline, stage, goal from stage_goals where profile_id = (select profile_id from profile)"
        )
    }
    rows: list[tuple[str | None, str, str | None]] = []
    for pipeline, stage, is_first in cursor.rows(
        """with stages as (
            select pipeline, stage, min(stage_position) as position from live_conversions where stage is not null
            group by pipeline, stage
        )
        select pipeline, stage,
               coalesce(position = case when bool_or(position = 0) over (partition by pipeline) then 0 else 1 end,
                        false)
        from stages"""
    ):
        for key in ((plain_stage(pipeline or ""), plain_stage(stage)), ("", plain_stage(stage))):
            if key in chosen:
                goal = chosen[key]
                break
        else:
            goal = goal_of_stage(stage, is_first=is_first)
        rows.append((pipeline, stage, goal))
    schema = {"pipeline": pl.String, "stage": pl.String, "goal": pl.String}
    with cursor.table("stage_rows", pl.DataFrame(rows, schema=schema, orient="row")):
        cursor.run("create or replace temp table stage_map as select * from stage_rows")


@cache
def _keywords() -> list[tuple[re.Pattern[str], str]]:
    frame = data("stage_keywords").sort(
        pl.col("polarity") != "negative", -pl.col("keyword").str.len_chars().cast(pl.Int64), "keyword"
    )
    return [
        (re.compile(rf"\b{re.escape(keyword)}\b"), goal)
        for keyword, goal in frame.select("keyword", "goal").iter_rows()
    ]


def plain_stage(text: str) -> str:
    """A stage's name without case, accents and separators, as names are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\s_\-/]+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()
