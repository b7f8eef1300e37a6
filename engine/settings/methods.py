"""What a profile's settings page asks and does, as methods of the profile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from engine.attribution.custom import CustomModel, check_model
from engine.errors import AttribenchError, Code
from engine.keeping import delete_profile, export_profile
from engine.profile_rows import read_profile, update_profile
from engine.queries import traffic
from engine.settings import history, outcomes, rates
from engine.settings.preview import ChangePreview, Looked, preview, scope_of
from engine.task import Task

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from engine.ingest.importer import ImportResult
    from engine.profiles import ProfileSettings
    from engine.queries.selection import Selection
    from engine.store import Cursor, Store
    from engine.workspace import Workspace

CANDIDATE = "candidate_model"


class SettingsMethods:
    """Settings, their history and what stands behind them. A profile provides what is only named here."""

    _workspace: Workspace
    _store: Store
    profile_id: int

    @property
    def settings(self) -> ProfileSettings:
        """The settings as stored."""
        with self._store.read() as cursor:
            return read_profile(cursor, self.profile_id)

    def change(self, settings: ProfileSettings) -> int | None:
        """Replace the settings; returns the change's id, None when nothing is different.

        Derived data is stale until the next rebuild where it depends on what changed.
        """
        with self._store.write() as cursor:
            return update_profile(cursor, self.profile_id, settings, self._workspace.clock(), self._workspace.user)

    def preview_change(
        self, settings: ProfileSettings, selection: Selection, task: Task | None = None
    ) -> ChangePreview:
        """What these settings would make of the headline figures. Nothing is written; see
        :mod:`engine.settings.preview`.

        Raises:
            AttribenchError: SETTING_INVALID.
        """
        with self._store.read() as cursor:
            stored = read_profile(cursor, self.profile_id)
            stale = cursor.value(
                "select is_stale or derived_settings is null from profiles where profile_id = $1", [self.profile_id]
            )
            looked = self._looked(cursor, selection)
        wanted = settings.checked()
        return preview(self._store, looked, stored, wanted, task or Task(), is_stale=bool(stale))

    # -- what was changed -----------------------------------------------------------------------------------------

    def changes(self) -> pl.DataFrame:
        """The change log, newest first; see :func:`engine.settings.history.changes`."""
        with self._store.read() as cursor:
            return history.changes(cursor, self.profile_id)

    def undo_change(self, change_id: int) -> int:
        """Put back what a change replaced, as a change of its own; returns its id.

        Raises:
            AttribenchError: CHANGE_UNKNOWN or CHANGE_OVERTAKEN.
        """
        with self._store.write() as cursor:
            return history.undo(cursor, self.profile_id, change_id, self._workspace.clock(), self._workspace.user)

    # -- as a whole -----------------------------------------------------------------------------------------------

    def export(self, target: Path, task: Task | None = None, *, is_anonymous: bool = False) -> None:
        """Write the profile into a workspace of its own, on request without personal data; see
        :func:`engine.keeping.export_profile`. An anonymous copy is derived anew, so that its figures can be asked."""
        task = task or Task()
        now, user = self._workspace.clock(), self._workspace.user
        way = task.part(0.0, 0.6) if is_anonymous else task
        export_profile(self._store, self.profile_id, target, now, user, way, is_anonymous=is_anonymous)
        if is_anonymous:
            self._workspace.rebuild_copy(target, task.part(0.6, 1.0))

    def delete(self, task: Task | None = None) -> None:
        """Delete the profile with everything in it. It cannot be undone."""
        with self._store.write(task) as cursor:
            delete_profile(cursor, self.profile_id, self._workspace.clock(), self._workspace.user)
        self._workspace.whatifs.forget()

    # -- outcomes and rates ---------------------------------------------------------------------------------------

    def event_types(self, task: Task | None = None) -> pl.DataFrame:
        """Event types with counts and goals; see :func:`engine.settings.outcomes.event_types`."""
        with self._store.read(task) as cursor:
            return outcomes.event_types(cursor, self.profile_id)

    def stages(self, task: Task | None = None) -> pl.DataFrame:
        """CRM stages with counts, goals and suggestions; see :func:`engine.settings.outcomes.stages`."""
        with self._store.read(task) as cursor:
            return outcomes.stages(cursor, self.profile_id, read_profile(cursor, self.profile_id))

    def currencies(self, task: Task | None = None) -> pl.DataFrame:
        """Currencies in use and how far rates cover them; see :func:`engine.settings.rates.currencies`."""
        with self._store.read(task) as cursor:
            return rates.currencies(cursor, self.profile_id)

    def missing_rates(self, task: Task | None = None) -> pl.DataFrame:
        """Days whose amounts have no exchange rate: currency, day, records."""
        with self._store.read(task) as cursor:
            return rates.missing_days(cursor, self.profile_id)

    def enter_rate(self, day: date, currency: str, base: str, rate: float, task: Task | None = None) -> ImportResult:
        """Keep a rate by hand: ``rate`` units of ``currency`` for one ``base``. Raises SETTING_INVALID."""
        return rates.enter_rate(
            self._store,
            self.profile_id,
            day=day,
            currency=currency,
            base=base,
            rate=rate,
            now=self._workspace.clock(),
            by=self._workspace.user,
            task=task or Task(),
        )

    # -- models of the user's own ---------------------------------------------------------------------------------

    def custom_models(self) -> dict[str, str]:
        """The user's own models: name to expression (A4)."""
        with self._store.read() as cursor:
            return {name: model.expression for name, model in self._custom_models(cursor).items()}

    def check_model(self, name: str, expression: str) -> None:
        """Raise MODEL_EXPRESSION unless it can be a model; see :mod:`engine.attribution.custom`."""
        with self._store.read() as cursor:
            check_model(cursor, name, expression)

    def preview_model(self, expression: str, selection: Selection, task: Task | None = None) -> pl.DataFrame:
        """Credit by channel under the selection's model and under an expression that is no model yet.

        channel; conversions and revenue; conversions_after and revenue_after under the expression. Unattributed last.

        Raises:
            AttribenchError: MODEL_EXPRESSION; NOT_DERIVED before the first rebuild.
        """
        with self._store.read(task) as cursor, cursor.transaction():
            check_model(cursor, CANDIDATE, expression)
            settings = read_profile(cursor, self.profile_id)
            if cursor.value("select derived_settings is null from profiles where profile_id = $1", [self.profile_id]):
                raise AttribenchError(Code.NOT_DERIVED, profile=settings.name)
            looked = self._looked(cursor, selection)
            models = {**looked.custom_models, CANDIDATE: CustomModel(CANDIDATE, expression, len(looked.custom_models))}
            scope = scope_of(cursor, replace(looked, custom_models=models), settings)
            sides = [
                traffic.board(each, "channel", limit=100).table.select(
                    pl.col("value").alias("channel"), "conversions", "revenue"
                )
                for each in (scope, scope.over(replace(scope.selection, model=CANDIDATE)))
            ]
        return sides[0].join(sides[1], on="channel", how="left", suffix="_after", maintain_order="left")

    def define_model(self, name: str, expression: str) -> int:
        """Add or replace a model of the user's own; returns the change's id. Raises MODEL_EXPRESSION."""
        self.check_model(name, expression)
        return self._change_model(name, expression)

    def drop_model(self, name: str) -> int:
        """Remove a model of the user's own; returns the change's id. Raises MODEL_UNKNOWN."""
        known = self.custom_models()
        if name not in known:
            raise AttribenchError(Code.MODEL_UNKNOWN, name=name, known=list(known))
        return self._change_model(name, None)

    def _change_model(self, name: str, expression: str | None) -> int:
        with self._store.write() as cursor:
            return history.change_model(
                cursor, self.profile_id, name, expression, self._workspace.clock(), self._workspace.user
            )

    def _custom_models(self, cursor: Cursor) -> dict[str, CustomModel]:
        rows = cursor.rows(
            "select name, expression from custom_models where profile_id = $1 order by name", [self.profile_id]
        )
        return {name: CustomModel(name, expression, number) for number, (name, expression) in enumerate(rows)}

    def _looked(self, cursor: Cursor, selection: Selection) -> Looked:
        now = self._workspace.clock()
        zone = cursor.value("select timezone from profiles where profile_id = $1", [self.profile_id])
        today = now.astimezone(ZoneInfo(zone)).date()
        return Looked(self.profile_id, selection, self._custom_models(cursor), now, today)
