"""The facade: a workspace file and its profiles. The command line and every other caller come through here."""

from __future__ import annotations

import getpass
import json
import math
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from zoneinfo import ZoneInfo

from engine import console, decisions
from engine.attribution.models import MODELS, CreditSettings
from engine.attribution.whatif import WhatIfs, is_usual
from engine.clients import Client, client
from engine.decisions import Decision
from engine.derive import pipeline
from engine.errors import AttribenchError, Code
from engine.ingest import importer
from engine.ingest.connections import ConnectionMethods
from engine.ingest.preview import preview
from engine.profile_rows import create_profile, profile_ids, read_profile
from engine.queries.methods import Queries
from engine.queries.registry import ask, check_selection, models_asked
from engine.queries.repairs import chosen
from engine.queries.scope import PathTables, Scope
from engine.queries.selection import EVER
from engine.queries.supposed import merges
from engine.queries.written import written_out
from engine.schema.migrate import known_version, migrate, version_of
from engine.settings.methods import SettingsMethods
from engine.settings.outcomes import event_types
from engine.store import Store
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from datetime import date
    from types import TracebackType

    import polars as pl

    from engine.attribution.custom import CustomModel
    from engine.ingest.importer import ImportResult
    from engine.ingest.previewed import Preview
    from engine.profiles import ProfileSettings
    from engine.queries.result import Result
    from engine.queries.selection import Selection
    from engine.reports.keeping import Reports
    from engine.store import Cursor


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def current_user() -> str:
    """Who is logged in; empty where the system does not tell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


@dataclass(frozen=True)
class Headline:
    """Five figures of a profile that tie to its tables: what the demo ends with.

    Attributes:
        visitors: distinct devices with a page view (E1).
        visits: visits (E2).
        conversions: conversions that count as outcomes (G2).
        cash: cash net of refunds, in the reporting currency (T3).
        spend: ad spend, in the reporting currency.
        currency: the reporting currency.
    """

    visitors: int
    visits: int
    conversions: int
    cash: float
    spend: float
    currency: str

    def agrees_with(self, other: Headline) -> bool:
        """Whether both say the same: counts exactly, money to a hundredth of a cent."""
        return (
            (self.visitors, self.visits, self.conversions) == (other.visitors, other.visits, other.conversions)
            and math.isclose(self.cash, other.cash, abs_tol=1e-4)
            and math.isclose(self.spend, other.spend, abs_tol=1e-4)
        )


@dataclass(frozen=True)
class Finding:
    """One thing ``doctor`` looked at.

    Attributes:
        code: what, for example ``schema`` or ``stale``.
        is_fine: nothing to do.
        facts: values for the message.
    """

    code: str
    is_fine: bool
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Derivation:
    """The state of a profile's derived data.

    Attributes:
        is_derived: it was rebuilt at least once.
        is_stale: records or settings changed since.
        derived_at: when it was, UTC.
        number: how often it was.
    """

    is_derived: bool
    is_stale: bool
    derived_at: datetime | None
    number: int


class Workspace:
    """An open workspace. Use it as a context manager, or :meth:`close` it."""

    def __init__(self, store: Store, clock: Callable[[], datetime], user: str) -> None:
        self._store = store
        self._clock = clock
        self._user = user
        self._whatifs = WhatIfs(store)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = False,
        clock: Callable[[], datetime] = utc_now,
        user: str | None = None,
        memory_bytes: int | None = None,
        task: Task | None = None,
    ) -> Self:
        """Open a workspace file, bringing an older one to the program's schema after a backup.

        Args:
            path: the ``.duckdb`` file.
            create: make it when it is missing.
            clock: tells the moment, UTC.
            user: who makes changes, for the change log; who is logged in when not given.
            memory_bytes: DuckDB's memory limit; see :meth:`engine.store.Store.open`.
            task: progress and cancellation of a migration.

        Raises:
            AttribenchError: WORKSPACE_MISSING, WORKSPACE_LOCKED, WORKSPACE_NOT_OURS, WORKSPACE_NEWER,
                WORKSPACE_DAMAGED, WORKSPACE_UNREADABLE or WORKSPACE_UNWRITABLE.
        """
        target = Path(path)
        existed = target.exists() and target.stat().st_size > 0
        store = Store.open(target, create=create, now=clock(), memory_bytes=memory_bytes)
        try:
            if existed and not create:
                _refuse_empty(store)
            migrate(store, clock(), task or Task())
        except BaseException:
            store.close()
            raise
        return cls(store, clock, current_user() if user is None else user)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop what runs and close the file."""
        self._store.close()

    @property
    def path(self) -> Path:
        """The workspace file."""
        return self._store.path

    @property
    def is_in_place(self) -> bool:
        """Whether the file still stands where it was opened. Writes raise WORKSPACE_GONE when not; backups work."""
        return self._store.is_in_place

    @property
    def store(self) -> Store:
        """The store behind it, for the engine's own parts."""
        return self._store

    @property
    def clock(self) -> Callable[[], datetime]:
        """Tells the moment, UTC."""
        return self._clock

    @property
    def user(self) -> str:
        """Who makes changes, for the change log."""
        return self._user

    @property
    def whatifs(self) -> WhatIfs:
        """Path tables under other settings."""
        return self._whatifs

    def create_profile(self, settings: ProfileSettings) -> Profile:
        """Add a profile. Raises PROFILE_EXISTS or SETTING_INVALID."""
        with self._store.write() as cursor:
            profile_id = create_profile(cursor, settings, self._clock(), self._user)
        return Profile(self, profile_id)

    def profiles(self) -> list[Profile]:
        """Every profile, by name."""
        with self._store.read() as cursor:
            return [Profile(self, profile_id) for profile_id, _ in profile_ids(cursor)]

    def profile(self, name: str | None = None) -> Profile:
        """The profile of that name (in any case); the only one when no name is given.

        Raises:
            AttribenchError: PROFILE_UNKNOWN or PROFILE_AMBIGUOUS, with the names there are.
        """
        with self._store.read() as cursor:
            known = profile_ids(cursor)
        names = [known_name for _, known_name in known]
        if name is None:
            if len(known) != 1:
                raise AttribenchError(Code.PROFILE_AMBIGUOUS, known=names)
            return Profile(self, known[0][0])
        for profile_id, known_name in known:
            if known_name.casefold() == name.casefold():
                return Profile(self, profile_id)
        raise AttribenchError(Code.PROFILE_UNKNOWN, name=name, known=names)

    def clients(self, selection: Selection, task: Task | None = None) -> list[Client]:
        """Every profile at a glance, by name; see :func:`engine.clients.client`."""
        return [client(profile, selection, task) for profile in self.profiles()]

    def undo_import(self, import_id: int, task: Task | None = None) -> int:
        """Take an import back; returns the rows removed. The profile is stale until its next rebuild."""
        return importer.undo_import(self._store, import_id, self._clock(), task or Task())

    def sql(self, statement: str, task: Task | None = None) -> pl.DataFrame:
        """Read-only SQL on the documented views.

        Raises:
            AttribenchError: SQL_REFUSED for anything but one SELECT on those views; SQL_FAILED.
        """
        return console.run(self._store, statement, task=task).frame

    def run_sql(
        self, statement: str, task: Task | None = None, *, limit: int | None = None, masked: bool = False
    ) -> console.Answer:
        """Read-only SQL on the documented views and the tables behind them; see :func:`engine.console.run`."""
        return console.run(self._store, statement, limit=limit, has_tables=True, masked=masked, task=task)

    def view_columns(self) -> dict[str, list[tuple[str, str]]]:
        """Name and type of every column of every documented view."""
        with self._store.read() as cursor:
            return console.view_columns(cursor)

    def sql_history(self) -> list[console.Ran]:
        """Statements run in the console, the latest first."""
        with self._store.read() as cursor:
            return console.history(cursor)

    def remember_sql(self, statement: str) -> None:
        """A statement was run in the console."""
        with self._store.write() as cursor:
            console.remember(cursor, statement, self._clock())

    def forget_sql(self) -> None:
        """Forget the statements run in the console."""
        with self._store.write() as cursor:
            console.forget(cursor)

    def backup(self, target: Path, task: Task | None = None) -> None:
        """Copy the workspace to a new file. Raises WORKSPACE_EXISTS when there is one."""
        if target.exists():
            raise AttribenchError(Code.WORKSPACE_EXISTS, path=str(target))
        self._store.backup(target, task)

    def compact(self, task: Task | None = None) -> int:
        """Give back the space of what was deleted; returns the bytes. See :meth:`engine.store.Store.compact`."""
        freed = self._store.compact(task)
        self._whatifs.forget()  # they stood in memory beside the file that was open before
        return freed

    @contextmanager
    def sparing(self) -> Generator[None]:
        """While inside, the engine keeps little in memory; see :meth:`engine.store.Store.sparing`."""
        with self._store.sparing():
            yield

    def rebuild_copy(self, path: Path, task: Task | None = None) -> None:
        """Derive every profile of another workspace file anew."""
        with type(self).open(path, clock=self._clock, user=self._user) as copy:
            for profile in copy.profiles():
                profile.rebuild(task)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file."""
        self._store.checkpoint()

    def examine(self) -> list[Finding]:
        """What ``doctor`` reports: file, schema, integrity, freshness of each profile."""
        findings: list[Finding] = []
        with self._store.read() as cursor:
            version = version_of(cursor)
            findings.append(Finding("schema", version == known_version(), {"version": version}))
            for table in pipeline.DERIVED_TABLES:  # reading every column of every row meets any damaged block
                cursor.value(f"select count(*) from (select hash(t) from {table} t) where hash(1) = 0")
            findings.append(Finding("integrity", is_fine=True, facts={"tables": len(pipeline.DERIVED_TABLES)}))
            free = shutil.disk_usage(self.path.parent).free
            size = self.path.stat().st_size
            findings.append(Finding("disk", free > 2 * size, {"free": free, "size": size}))
            for profile_id, name in profile_ids(cursor):
                stale, derived = cursor.rows(
                    "select is_stale, derived_at from profiles where profile_id = $1", [profile_id]
                )[0]
                findings.append(Finding("derived", not stale, {"profile": name, "derived_at": derived}))
                last, rows = cursor.rows(
                    """select max(imported_at), coalesce(sum(rows_new), 0)::bigint from imports
                       where profile_id = $1 and undone_at is null""",
                    [profile_id],
                )[0]
                findings.append(Finding("imports", bool(rows), {"profile": name, "last": last, "rows": int(rows)}))
                gaps = cursor.rows(
                    """select currency, count(*) from conversions
                       where profile_id = $1 and is_unconverted group by 1 order by 1""",
                    [profile_id],
                )
                findings.append(Finding("rates", not gaps, {"profile": name, "missing": dict(gaps)}))
                types = event_types(cursor, profile_id).filter("is_unmatched")
                unmatched = dict(types.select("event_type", "records").iter_rows())
                findings.append(Finding("goals", not unmatched, {"profile": name, "unmatched": unmatched}))
        return findings


@dataclass(frozen=True)
class _State:
    """What queries depend on besides the data.

    Attributes:
        settings: of the profile.
        derived_with: windows and half-life of the last rebuild's path table.
        custom_models: the user's own, by name.
        derivations: how often the profile was rebuilt.
        is_stale: records or settings changed since.
    """

    settings: ProfileSettings
    derived_with: CreditSettings
    custom_models: dict[str, CustomModel]
    derivations: int
    is_stale: bool


class Profile(SettingsMethods, ConnectionMethods, Queries):
    """One profile of an open workspace."""

    def __init__(self, workspace: Workspace, profile_id: int) -> None:
        self._workspace = workspace
        self._store = workspace.store
        self._read: tuple[object, ProfileSettings] | None = None  # settings, and the change they are as of
        self.profile_id = profile_id

    @property
    def store(self) -> Store:
        """The store behind it, for the engine's own parts."""
        return self._store

    @property
    def reports(self) -> Reports:
        """Its client reports."""
        from engine.reports.keeping import Reports

        return Reports(self, self._workspace.clock)

    def import_file(
        self,
        kind: str,
        file: str | Path | BinaryIO,
        *,
        mapping: Mapping[str, str] | None = None,
        task: Task | None = None,
    ) -> ImportResult:
        """Add a file's rows to the raw tables; see :func:`engine.ingest.importer.import_file`."""
        return importer.import_file(
            self._store,
            self.profile_id,
            kind,
            Path(file) if isinstance(file, str) else file,
            mapping=mapping or {},
            zone=self.settings.timezone,
            now=self._workspace.clock(),
            task=task or Task(),
        )

    def preview_import(
        self,
        file: str | Path,
        kind: str | None = None,
        mapping: Mapping[str, str] | None = None,
        task: Task | None = None,
    ) -> Preview:
        """Look at the beginning of a file without importing it; see :func:`engine.ingest.preview.preview`."""
        return preview(Path(file), kind=kind, mapping=mapping, zone=self.settings.timezone, task=task)

    def imports(self) -> pl.DataFrame:
        """Every import, newest first."""
        with self._store.read() as cursor:
            return cursor.frame(
                """select * exclude (profile_id, connection_id, run_id) from imports
                   where profile_id = $1 and connection_id is null order by import_id desc""",
                [self.profile_id],
            )

    def import_rejects(self, import_id: int) -> pl.DataFrame:
        """The first thousand rejected rows of an import: line, field, value, reason (a code), record.

        Raises:
            AttribenchError: IMPORT_UNKNOWN when the profile has no such import, or it was undone.
        """
        with self._store.read() as cursor:
            if not cursor.value(
                "select 1 from imports where import_id = $1 and profile_id = $2 and undone_at is null",
                [import_id, self.profile_id],
            ):
                raise AttribenchError(Code.IMPORT_UNKNOWN, import_id=import_id)
            return cursor.frame(
                "select * exclude (import_id) from import_rejects where import_id = $1 order by line, rowid",
                [import_id],
            )

    def rebuild(self, task: Task | None = None) -> None:
        """Derive visits, people, conversions, touches and paths anew."""
        pipeline.rebuild(self._store, self.profile_id, self._workspace.clock(), task or Task())
        self._workspace.whatifs.forget()

    def query(self, name: str, selection: Selection, task: Task | None = None, **options: Any) -> Result:
        """Any query by name.

        Raises:
            AttribenchError: QUERY_UNKNOWN, QUERY_INVALID, MODEL_UNKNOWN, SETTING_INVALID, PERSON_UNKNOWN or
                CONVERSION_UNKNOWN, each listing what is valid; NOT_DERIVED before the first rebuild.
        """
        asked = models_asked(name, selection, options)
        with self.scope(selection, asked, task) as scope:
            return ask(scope, name, options)

    def sql_of(self, name: str, selection: Selection, task: Task | None = None, **options: Any) -> str:
        """The statements a query runs, with their parameters in place, in order.

        They read the workspace's own tables; a what-if's path table exists only while the program runs.

        Raises:
            AttribenchError: as :meth:`query`.
        """
        asked = models_asked(name, selection, options)
        statements: list[str] = []

        def listen(sql: str, parameters: Mapping[str, Any]) -> None:
            statements.append(written_out(sql, parameters))

        with self.scope(selection, asked, task) as scope:
            ask(replace(scope, listener=listen), name, options)
        return ";\n\n".join(statements) + ";\n"

    @contextmanager
    def scope(self, selection: Selection, asked: Sequence[str], task: Task | None = None) -> Generator[Scope]:
        """What a query about a selection runs in: one state of the workspace, whatever is written meanwhile.

        Args:
            selection: what is asked about.
            asked: the models the query depends on, besides the selected one's name being known.
            task: cancels it.

        Raises:
            AttribenchError: as :meth:`query`.
        """
        task = task or Task()
        is_fitted = any(model in MODELS and MODELS[model].is_fitted for model in asked)
        while True:
            with self._store.read(task) as cursor, cursor.transaction():
                state = self._state(cursor)
                checked = check_selection(selection, asked, state.settings, state.custom_models)
                settings = checked.settings or state.derived_with
                if is_usual(settings, state.derived_with, is_fitted=is_fitted):
                    yield self._scope(cursor, state, checked, PathTables())
                    return
            with (
                self._workspace.whatifs.lease(
                    self.profile_id, state.derivations, settings, state.derived_with, is_fitted=is_fitted, task=task
                ) as names,
                self._store.read(task) as cursor,
                cursor.transaction(),
            ):
                if self._state(cursor).derivations != state.derivations:
                    continue  # rebuilt meanwhile: the what-if is of what was before
                yield self._scope(cursor, state, checked, PathTables(*names))
                return

    def _scope(self, cursor: Cursor, state: _State, checked: Selection, tables: PathTables) -> Scope:
        now = self._workspace.clock()
        return Scope(
            cursor=cursor,
            profile_id=self.profile_id,
            profile=state.settings,
            selection=checked,
            settings=checked.settings or state.derived_with,
            tables=tables,
            custom_models=state.custom_models,
            now=now,
            today=now.astimezone(ZoneInfo(state.settings.timezone)).date(),
            is_stale=state.is_stale,
        )

    def _state(self, cursor: Cursor) -> _State:
        """What queries depend on besides the data. Raises NOT_DERIVED before the first rebuild."""
        stale, derivations, derived_with = cursor.rows(
            "select is_stale, derivations, derived_settings from profiles where profile_id = $1", [self.profile_id]
        )[0]
        settings = self._settings(cursor)
        if derived_with is None:
            raise AttribenchError(Code.NOT_DERIVED, profile=settings.name)
        usual = replace(CreditSettings.of_profile(settings), **json.loads(derived_with))
        return _State(settings, usual, self._custom_models(cursor), int(derivations), bool(stale))

    def _settings(self, cursor: Cursor) -> ProfileSettings:
        """The settings as stored, read again only after a change: every change stands in the change log."""
        change = cursor.value("select max(change_id) from change_log where profile_id = $1", [self.profile_id])
        if self._read is None or self._read[0] != change:
            self._read = (change, read_profile(cursor, self.profile_id))
        return self._read[1]

    def saved_views(self) -> dict[str, str]:
        """Views the user gave a name to, by name, as :meth:`save_view` got them."""
        with self._store.read() as cursor:
            rows = cursor.rows(
                "select name, view from saved_views where profile_id = $1 order by lower(name)", [self.profile_id]
            )
        return dict(rows)

    def save_view(self, name: str, view: str) -> None:
        """Keep a view under a name, in place of one of that name."""
        with self._store.write() as cursor:
            cursor.run("delete from saved_views where profile_id = $1 and name = $2", [self.profile_id, name])
            cursor.run("insert into saved_views values ($1, $2, $3, $4)", [self.profile_id, name, view, self._now()])

    def drop_view(self, name: str) -> None:
        """Forget a view."""
        with self._store.write() as cursor:
            cursor.run("delete from saved_views where profile_id = $1 and name = $2", [self.profile_id, name])

    def data_days(self) -> dict[str, tuple[date, date]]:
        """First and last day of ``visits``, ``conversions`` and ``spend``, in the profile's zone; without those that
        have none."""
        with self._store.read() as cursor:
            rows = cursor.rows(
                """select 'visits', min(started_on), max(started_on) from visits where profile_id = $1
                   union all select 'conversions', min(converted_on), max(converted_on) from conversions
                   where profile_id = $1
                   union all select 'spend', min(spent_on), max(spent_on) from ad_daily where profile_id = $1""",
                [self.profile_id],
            )
        return {kind: (first, last) for kind, first, last in rows if first is not None}

    # -- the figures ----------------------------------------------------------------------------------------------

    def derivation(self) -> Derivation:
        """Whether the derived data is there and up to date."""
        with self._store.read() as cursor:
            derived_at, stale, derivations = cursor.rows(
                "select derived_at, is_stale, derivations from profiles where profile_id = $1", [self.profile_id]
            )[0]
        return Derivation(derived_at is not None, bool(stale), derived_at, int(derivations))

    @property
    def today(self) -> date:
        """The day it is in the profile's zone."""
        return self._workspace.clock().astimezone(ZoneInfo(self.settings.timezone)).date()

    # -- decisions about people -----------------------------------------------------------------------------------

    def merge_people(self, left: tuple[str, str], right: tuple[str, str]) -> int:
        """Decide that two identifiers (kind, value) are one person (I5); returns the decision's id."""
        return self.decide([Decision("merge", left, right)])

    def split_person(self, identifier: tuple[str, str]) -> int:
        """Decide that an identifier (kind, value) joins nobody (I5); returns the decision's id."""
        return self.decide([Decision("split", identifier)])

    def decide(self, made: Sequence[Decision]) -> int:
        """Keep decisions as one batch; returns its id, the first decision's. See :func:`engine.decisions.decide`."""
        with self._store.write() as cursor:
            return decisions.decide(cursor, self.profile_id, made, self._workspace.clock())

    def repair(self, suggestion_ids: Sequence[str] = (), task: Task | None = None) -> int:
        """Fill in suggested values; those that need no second look when none is named. Returns the batch's id, 0
        when there was nothing to do.

        Raises:
            AttribenchError: REPAIR_UNKNOWN, REPAIR_TWICE.
        """
        with self.scope(EVER, (), task) as scope:
            picked = [decision for _, decision in chosen(scope, suggestion_ids)]
        return self.decide(picked) if picked else 0

    def merge(self, people: Sequence[str], task: Task | None = None) -> int:
        """Decide that people are one; each by id, email, phone or ``KIND:VALUE``. Returns the batch's id, 0 when they
        are one already. Raises PERSON_UNKNOWN."""
        with self.scope(EVER, (), task) as scope:
            picked = merges(scope, people)
        return self.decide(picked) if picked else 0

    def undo_decision(self, batch_id: int) -> int:
        """Take back what was decided together; returns how many decisions that were."""
        with self._store.write() as cursor:
            return decisions.undo(cursor, self.profile_id, batch_id, self._workspace.clock())

    def decisions(self) -> pl.DataFrame:
        """Every decision about people, newest first."""
        with self._store.read() as cursor:
            return cursor.frame(
                """select * exclude (profile_id) from identity_decisions
                   where profile_id = $1 order by decision_id desc""",
                [self.profile_id],
            )

    def headline(self) -> Headline:
        """Five figures of everything there is, each computed as a whole."""
        return self._headline(
            """select (select count(distinct anonymous_id) from visits where profile_id = $1),
                      (select count(*) from visits where profile_id = $1),
                      (select count(*) from conversions
                       where profile_id = $1 and counts_as_outcome and is_eligible),
                      (select coalesce(sum(amount_reporting), 0)::double from cash where profile_id = $1),
                      (select coalesce(sum(spend_reporting), 0)::double from ad_daily where profile_id = $1)"""
        )

    def headline_by_parts(self) -> Headline:
        """The same five figures, each added up from other rows: what :meth:`headline` must agree with."""
        return self._headline(
            """select
                (select count(*) from identifiers i where profile_id = $1 and kind = 'anonymous_id'
                 and exists (from visits v where v.profile_id = $1 and v.anonymous_id = i.value)),
                (select coalesce(sum(n), 0)::bigint from (
                    select channel, count(*) as n from touches where profile_id = $1 and kind = 'visit' group by 1)),
                (select coalesce(sum(n), 0)::bigint from (
                    select g.goal, count(c.goal) as n from goals g
                    left join conversions c on c.goal = g.goal and c.profile_id = $1 and c.counts_as_outcome
                    where g.profile_id = $1 and g.is_eligible group by g.goal)),
                (select coalesce(sum(n), 0)::double from (
                    select sum(amount_reporting + refunded_reporting) as n from conversions
                    where profile_id = $1 and revenue_type = 'cash' group by person_id is null
                    union all
                    select sum(amount_reporting) from cash where profile_id = $1 and conversion_id is null)),
                (select coalesce(sum(n), 0)::double from (
                    select sum(d.spend_reporting) as n
                    from ad_entities e join ad_daily d using (profile_id, platform, campaign_id)
                    where profile_id = $1 and e.level = 'campaign' group by e.entity_id))"""
        )

    def _headline(self, figures: str) -> Headline:
        with self._store.read() as cursor:
            visitors, visits, conversions, cash, spend = cursor.rows(figures, [self.profile_id])[0]
        return Headline(visitors, visits, conversions, cash, spend, self.settings.currency)

    def _now(self) -> datetime:
        return self._workspace.clock().replace(tzinfo=None)


def _refuse_empty(store: Store) -> None:
    with store.read() as cursor:
        if version_of(cursor) is None:
            raise AttribenchError(Code.WORKSPACE_NOT_OURS, path=str(store.path))
