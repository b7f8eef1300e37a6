"""Fitting the data-driven models on all journeys of a profile (A4), and what each touch gets of it.

One journey per eligible conversion (an order counts through its payment, G2) with at least one eligible touch. As
non-converting: people who never converted and whose click window has closed, with the touches of the last window
before it closed. Impressions count in a journey where nothing else does, as everywhere (A2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.attribution.journeys import Journeys
from engine.attribution.markov import fit_markov
from engine.attribution.shapley import fit_shapley

if TYPE_CHECKING:
    from engine.attribution.models import CreditSettings, FitOn
    from engine.store import Cursor

NOT_SET = "(not set)"

_STATE: dict[FitOn, str] = {"channel": "channel", "source": "source", "campaign": "campaign_label"}

_JOURNEYS = """
with last as (
    select person_id, max(occurred_at) filter (kind <> 'view') as clicked_at, max(occurred_at) as seen_at
    from new_touches group by person_id
), closed as (
    select person_id, clicked_at, seen_at from last
    where not exists (from entries e where e.person_id = last.person_id and e.is_credited)
      and coalesce(clicked_at + to_microseconds((1000000 * (select click_window_seconds from profile))::bigint),
                   seen_at + to_microseconds((1000000 * (select view_window_seconds from profile))::bigint))
          < (select max(moment) from (select max(occurred_at) as moment from new_touches
                                  union all select max(occurred_at) from entries))
), numbered as (
    select *, -row_number() over () as journey from closed
), unconverted as (
    select n.journey, t.origin_no, t.occurred_at, t.touch_id
    from numbered n join new_touches t using (person_id)
    where case when n.clicked_at is not null
               then t.kind <> 'view'
                and (epoch_us(n.clicked_at) - epoch_us(t.occurred_at)) / 1e6 <= (select click_window_seconds from profile)
               else (epoch_us(n.seen_at) - epoch_us(t.occurred_at)) / 1e6 <= (select view_window_seconds from profile)
          end
), converted as (
    select r.entry_no as journey, r.origin_no, r.turn
    from path_rows r join path_sums s using (entry_no)
    where r.is_outcome and r.is_view <> s.is_clicked and (r.is_view or r.turn > s.before_window)
), steps as (
    select journey, origin_no, turn from converted
    union all
    select journey, origin_no, row_number() over (partition by journey order by occurred_at, touch_id) from unconverted
)
select journey, state from steps join origin_states using (origin_no) order by journey, turn
"""


@dataclass(frozen=True)
class Fit:
    """What a model learned of each state.

    Attributes:
        model: ``markov`` or ``shapley``.
        states: their names.
        share: summing to 1.
        effect: removal effect, or Shapley value.
        error: standard error of a sampled value; 0 where exact.
    """

    model: str
    states: tuple[str, ...]
    share: tuple[float, ...]
    effect: tuple[float, ...]
    error: tuple[float, ...]

    def frame(self) -> pl.DataFrame:
        """model, state, share, effect, error."""
        return pl.DataFrame(
            {
                "model": [self.model] * len(self.states),
                "state": self.states,
                "share": self.share,
                "effect": self.effect,
                "error": self.error,
            },
            schema_overrides={"model": pl.String, "state": pl.String},
        )


def fit_models(journeys: Journeys, settings: CreditSettings) -> tuple[Fit, Fit]:
    """Fit both models."""
    names = journeys.names
    chain = fit_markov(journeys, settings.order)
    zeros = (0.0,) * len(names)
    game = fit_shapley(journeys, settings.game)
    return (
        Fit("markov", names, tuple(chain.share.tolist()), tuple(chain.removal_effect.tolist()), zeros),
        Fit("shapley", names, tuple(game.share.tolist()), tuple(game.value.tolist()), tuple(game.error.tolist())),
    )


def read_journeys(cursor: Cursor, fit_on: FitOn) -> Journeys:
    """The journeys of the profile being derived: reads ``path_rows``, ``path_sums``, ``entries``, ``new_touches``.

    Leaves ``origin_states`` (origin_no, state): the number of each origin's state.
    """
    cursor.run(
        f"""create or replace temp table origin_states as
            select origin_no, coalesce({_STATE[fit_on]}, '{NOT_SET}') as name,
                   (dense_rank() over (order by coalesce({_STATE[fit_on]}, '{NOT_SET}')) - 1)::integer as state
            from new_touch_origins"""
    )
    names = [name for name, _ in cursor.rows("select distinct name, state from origin_states order by state")]
    steps = cursor.frame(_JOURNEYS)
    journey = steps["journey"].to_numpy()
    starts = np.flatnonzero(np.append(True, journey[1:] != journey[:-1])) if len(journey) else np.zeros(0, np.int64)
    converted = (journey[starts] > 0).astype(np.float64) if len(journey) else np.zeros(0)
    return Journeys(steps["state"].to_numpy(), starts.astype(np.int64), converted, 1 - converted, tuple(names))


def fit_profile(cursor: Cursor, settings: CreditSettings) -> tuple[Fit, Fit]:
    """Fit both models on the profile being derived, leaving ``state_shares`` and ``fitted_sums`` for the path table."""
    fits = fit_models(read_journeys(cursor, settings.fit_on), settings)
    shares = pl.DataFrame(
        {"state": range(len(fits[0].states)), "markov": fits[0].share, "shapley": fits[1].share},
        schema={"state": pl.Int32, "markov": pl.Float64, "shapley": pl.Float64},
    )
    with cursor.table("shares_of_states", shares):
        cursor.run(
            """create or replace temp table state_shares as
               select origin_no, markov, shapley from origin_states join shares_of_states using (state)"""
        )
    cursor.run(
        """create or replace temp table fitted_sums as
           select r.entry_no, sum(t.markov) as markov, sum(t.shapley) as shapley
           from path_rows r join path_sums s using (entry_no) join state_shares t using (origin_no)
           where r.is_view <> s.is_clicked and (r.is_view or r.turn > s.before_window)
           group by r.entry_no"""
    )
    return fits


def skip_fit(cursor: Cursor) -> None:
    """Leave empty ``state_shares`` and ``fitted_sums``: nobody asked for the fitted models."""
    cursor.run("create or replace temp table state_shares (origin_no integer, markov double, shapley double)")
    cursor.run("create or replace temp table fitted_sums (entry_no integer, markov double, shapley double)")
