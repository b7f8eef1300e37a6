"""Path tables under other windows, half-lives, orders or games: what-ifs, without a rebuild (A2, A4).

The same SQL that a rebuild runs reads the stored touches and entries with other settings and writes into a database in
memory that every cursor of the workspace sees. The last few are kept; a rebuild drops them all. Synthetic touches (A3)
stay those of the last rebuild.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

import polars as pl

from engine.attribution.fitting import FIT_SCHEMA, Fit, fit_profile, skip_fit

if TYPE_CHECKING:
    from collections.abc import Generator

    from engine.attribution.models import CreditSettings
    from engine.store import Cursor, Store
    from engine.task import Task

_Key = tuple[int, int, "CreditSettings", bool]

_KEPT = 4
_DATABASE = "whatif"


@dataclass
class _Built:
    """A path table that stands.

    Attributes:
        number: in the names of its tables.
        readers: queries that read it now.
    """

    number: int
    readers: int = 0


class WhatIfs:
    """The what-if path tables of one open workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._built: OrderedDict[_Key, _Built] = OrderedDict()
        self._numbers = 0

    @contextmanager
    def lease(
        self,
        profile_id: int,
        derivations: int,
        settings: CreditSettings,
        usual: CreditSettings,
        *,
        is_fitted: bool,
        task: Task,
    ) -> Generator[tuple[str, str, str]]:
        """Names of the path table, the entries and the fitted shares for these settings.

        They stand while inside, whatever a rebuild or other what-ifs do meanwhile.

        Args:
            profile_id: whose.
            derivations: the number of the rebuild they are derived from.
            settings: what is asked.
            usual: what that rebuild used.
            is_fitted: whether a data-driven model is asked for; fitting takes a while and is left out otherwise.
            task: cancels the building.
        """
        matters = _what_matters(settings, usual, is_fitted=is_fitted)
        built = self._enter((profile_id, derivations, matters, is_fitted), task)
        try:
            yield _names(built.number)
        finally:
            self._leave(built)

    def forget(self) -> None:
        """Drop all of them: what they were computed from is no longer true."""
        with self._lock:
            while self._built:
                self._retire(self._built.popitem()[1])

    def _enter(self, key: _Key, task: Task) -> _Built:
        with self._lock:  # one is built at a time: two of ten million rows would not fit side by side
            built = self._built.get(key)
            if built is None:
                built = self._built[key] = _Built(self._build(key, task))
                while len(self._built) > _KEPT:
                    self._retire(self._built.popitem(last=False)[1])
            self._built.move_to_end(key)
            built.readers += 1
            return built

    def _leave(self, built: _Built) -> None:
        with self._lock:
            built.readers -= 1
            if built not in self._built.values():
                self._retire(built)

    def _retire(self, built: _Built) -> None:
        """Drop a table nobody will ask for again, at once or after its last reader."""
        if not built.readers:
            self._drop(built.number)

    def _build(self, key: _Key, task: Task) -> int:
        self._numbers += 1
        try:
            self._write(key, _names(self._numbers), task)
        except BaseException:
            self._drop(self._numbers)
            raise
        return self._numbers

    def _write(self, key: _Key, names: tuple[str, str, str], task: Task) -> None:
        profile_id, _, settings, is_fitted = key
        paths, entries, fitted = names
        with self._store.read(task) as cursor:
            cursor.run(f"attach if not exists ':memory:' as {_DATABASE}")
            with cursor.transaction():  # one state of the workspace, also when a rebuild ends meanwhile
                stand_in(cursor, profile_id, settings)
                _step(cursor, "212_path_rows")
                fits: tuple[Fit, ...] = ()
                if is_fitted:
                    fits = fit_profile(cursor, settings)
                else:
                    skip_fit(cursor)
                _step(cursor, "216_paths")
                cursor.run(f"create or replace table {paths} as from new_paths")
                cursor.run(f"create or replace table {entries} as from new_credit_entries")
                _save_fits(cursor, profile_id, fitted, fits)

    def _drop(self, number: int) -> None:
        with self._store.read() as cursor:  # not the task's: it may be cancelled
            cursor.run(f"attach if not exists ':memory:' as {_DATABASE}")
            for table in _names(number):
                cursor.run(f"drop table if exists {table}")


def _names(number: int) -> tuple[str, str, str]:
    return f"{_DATABASE}.paths_{number}", f"{_DATABASE}.entries_{number}", f"{_DATABASE}.fitted_{number}"


def is_usual(settings: CreditSettings, usual: CreditSettings, *, is_fitted: bool) -> bool:
    """Whether the rebuild's own path table serves these settings."""
    return _what_matters(settings, usual, is_fitted=is_fitted) == _what_matters(usual, usual, is_fitted=is_fitted)


def _what_matters(settings: CreditSettings, usual: CreditSettings, *, is_fitted: bool) -> CreditSettings:
    """Without what has no effect on the path table: weights are parameters of a query, a fit may not be asked for."""
    settings = replace(settings, weights=usual.weights)
    if not is_fitted:
        settings = replace(settings, order=usual.order, game=usual.game, fit_on=usual.fit_on)
    return settings


def stand_in(cursor: Cursor, profile_id: int, settings: CreditSettings) -> None:
    """The relations the derive steps and the fit read, over the stored tables."""
    number = int(profile_id)
    cursor.run(
        f"""create or replace temp table profile as
            select {number} as profile_id, {settings.half_life_days}::double as half_life_days,
                   {settings.click_window_days * 86400}::double as click_window_seconds,
                   {settings.view_window_hours * 3600}::double as view_window_seconds,
                   {settings.first_touch_window_days * 86400}::double as first_touch_window_seconds"""
    )
    cursor.run(f"create or replace temp view new_touches as from touches where profile_id = {number}")
    cursor.run(f"create or replace temp view new_touch_origins as from touch_origins where profile_id = {number}")
    cursor.run(
        f"""create or replace temp view entries as
            select * exclude (profile_id, touch_count, first_count) from credit_entries where profile_id = {number}"""
    )


def _step(cursor: Cursor, name: str) -> None:
    cursor.run(resources.files("engine.derive").joinpath("steps", f"{name}.sql").read_text(encoding="utf-8"))


def _save_fits(cursor: Cursor, profile_id: int, table: str, fits: tuple[Fit, ...]) -> None:
    with cursor.table("fits", pl.concat([pl.DataFrame(schema=FIT_SCHEMA), *(fit.frame() for fit in fits)])):
        cursor.run(f"create or replace table {table} as select {int(profile_id)} as profile_id, * from fits")
