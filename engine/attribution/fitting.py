"""Fitting the data-driven models on all journeys of a profile (A4), and what each touch gets of it.

One journey per eligible conversion (an order counts through its payment, G2) with at least one eligible touch. As
non-converting: people who never converted and whose click window has closed, with the touches of the last window
before it closed. Impressions count in a journey where nothing else does, as everywhere (A2).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.attribution.journeys import Journeys
from engine.attribution.markov import fit_markov
from engine.attribution.models import NOT_SET
from engine.attribution.shapley import fit_shapley

if TYPE_CHECKING:
    from engine.attribution.models import CreditSettings, FitOn
    from engine.store import Cursor

FIT_SCHEMA = {"model": pl.String, "state": pl.String, "share": pl.Float64, "effect": pl.Float64, "error": pl.Float64}

_STATE: dict[FitOn, str] = {"channel": "channel", "source": "source", "campaign": "campaign_label"}

# The people who never converted and whose click window has closed, with the touches of its last length.
_UNCONVERTED = """
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
    select *, -row_number() over (order by person_id) as journey from closed
)
select n.journey, t.origin_no, t.turn, n.person_id
from numbered n join new_touches t using (person_id)
where case when n.clicked_at is not null
           then t.kind <> 'view'
                and (epoch_us(n.clicked_at) - epoch_us(t.occurred_at)) / 1e6
                    <= (select click_window_seconds from profile)
           else (epoch_us(n.seen_at) - epoch_us(t.occurred_at)) / 1e6 <= (select view_window_seconds from profile)
      end
"""
# The conversions that count, with their eligible touches: of a path table that is being built.
_CONVERTED = """
select r.entry_no as journey, r.origin_no, r.turn, e.person_id
from path_rows r join path_sums s using (entry_no) join entries e using (entry_no)
where e.is_outcome and r.is_view <> s.is_clicked and r.turn > s.before
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
        rows = zip(repeat(self.model), self.states, self.share, self.effect, self.error, strict=False)
        return pl.DataFrame(list(rows), schema=FIT_SCHEMA, orient="row")


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


def read_journeys(cursor: Cursor, fit_on: FitOn, converted: str = _CONVERTED) -> Journeys:
    """The journeys of a profile.

    Args:
        cursor: sees ``entries``, ``new_touches``, ``new_touch_origins`` and ``profile``. Leaves ``origin_states``
            (origin_no, name, state): each origin's state.
        fit_on: what the states are.
        converted: SQL of journey (a positive number), origin_no, turn and person_id of each eligible touch of the
            conversions that count; those of ``path_rows`` and ``path_sums`` unless told.
    """
    state = f"coalesce({_STATE[fit_on]}, '{NOT_SET}')"
    cursor.run(
        f"""create or replace temp table origin_states as
            select origin_no, {state} as name, (dense_rank() over (order by {state}) - 1)::integer as state
            from new_touch_origins"""
    )
    names = [name for name, _ in cursor.rows("select distinct name, state from origin_states order by state")]
    steps = cursor.frame(
        f"""select journey, state from (({_UNCONVERTED}) union all ({converted})) join origin_states using (origin_no)
            order by journey, turn"""
    )
    journey = steps["journey"].to_numpy()
    starts = np.flatnonzero(np.diff(journey, prepend=0)).astype(np.int64)  # no journey has the number 0
    converts = (journey[starts] > 0).astype(np.float64)
    return Journeys(steps["state"].to_numpy().astype(np.int64), starts, converts, 1 - converts, tuple(names))


def read_travellers(cursor: Cursor, converted: str) -> pl.Series:
    """Whose each journey of :func:`read_journeys` is: person ids as text; null where nobody is known."""
    return cursor.frame(
        f"""select any_value(person_id)::varchar as person_id
            from (({_UNCONVERTED}) union all ({converted})) group by journey order by journey"""
    )["person_id"]


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
           select r.entry_no, sum(units(t.markov)) as markov, sum(units(t.shapley)) as shapley
           from path_rows r join path_sums s using (entry_no) join state_shares t using (origin_no)
           where r.is_view <> s.is_clicked and r.turn > s.before
           group by r.entry_no"""
    )
    return fits


def skip_fit(cursor: Cursor) -> None:
    """Leave empty ``state_shares`` and ``fitted_sums``: nobody asked for the fitted models."""
    cursor.run("create or replace temp table state_shares (origin_no integer, markov double, shapley double)")
    cursor.run("create or replace temp table fitted_sums (entry_no integer, markov hugeint, shapley hugeint)")
