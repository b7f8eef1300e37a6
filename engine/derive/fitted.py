"""The rebuild's fit of the data-driven models, with the default order, game and states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from engine.attribution.fitting import fit_profile
from engine.attribution.models import CreditSettings

if TYPE_CHECKING:
    from engine.store import Cursor


def fit_default_models(cursor: Cursor) -> None:
    """Leave ``state_shares`` and ``fitted_sums`` for the path table, and ``new_fitted_shares``."""
    fits = fit_profile(cursor, CreditSettings())
    with cursor.table("fits", pl.concat(fit.frame() for fit in fits)):
        cursor.run(
            """create or replace temp table new_fitted_shares as
               select (select profile_id from profile) as profile_id, model, state, share, effect, error from fits"""
        )
