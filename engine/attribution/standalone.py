"""The engine on plain files without a workspace (INTERFACES, "Bring your own paths").

Two files, touches and conversions, go through the importer's reader and the very SQL files that build a workspace's
path table, so that no figure can differ from a workspace's. A file of paths has no times; what can be known from it is
credited by :mod:`engine.attribution.pathcredit`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

from engine.attribution.models import MODELS, model_named
from engine.attribution.pathcredit import StateCredit, credit_paths, needs_times
from engine.attribution.pathfile import Reject, read_paths
from engine.errors import AttribenchError, Code
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.attribution.models import CreditSettings, Model
    from engine.ingest.fields import Kind
    from engine.store import Cursor

By = Literal["channel", "source", "medium", "campaign"]

DIMENSIONS: tuple[By, ...] = ("channel", "source", "medium", "campaign")
UNATTRIBUTED = "Unattributed"

_DIGITS = 9  # amounts that differ by less are equal where rows are put in order


class Row(NamedTuple):
    """What a model gives one state, or leaves unattributed.

    ``share`` is the fitted share of a data-driven model, else conversions / all; None where there is nothing to
    divide by, and for what a data-driven model leaves unattributed.
    """

    model: str
    name: str
    conversions: float
    value: float
    share: float | None


class RejectedRows(NamedTuple):
    """Rows of a file that could not be kept: how many, and the first of them."""

    file: str
    rejected: int
    first: Sequence[Reject]


@dataclass(frozen=True)
class Attribution:
    """The result on plain files.

    Attributes:
        by: what the states are.
        rows: models in the order of the registry; within one by conversions, then name; Unattributed last.
        left_out: models that were asked for and need what the files do not tell.
        rejects: of each file with rows that could not be kept.
        notes: (file, what was assumed or mended while reading it).
        share_error: largest standard error of a fitted share; 0 where exact.
    """

    by: str
    rows: tuple[Row, ...]
    left_out: tuple[str, ...] = ()
    rejects: tuple[RejectedRows, ...] = ()
    notes: tuple[tuple[str, Mapping[str, object]], ...] = ()
    share_error: float = 0.0


def models_named(names: Sequence[str]) -> tuple[Model, ...]:
    """Built-in models in the order of the registry; all of them for ``all``.

    Raises:
        AttribenchError: MODEL_UNKNOWN.
    """
    wanted = {*MODELS} if "all" in names else {model_named(name).name for name in names}
    return tuple(model for name, model in MODELS.items() if name in wanted)


def attribute_paths(
    file: Path | BinaryIO,
    models: Sequence[Model],
    settings: CreditSettings,
    *,
    by: By = "channel",
    mapping: Mapping[str, str] | None = None,
    task: Task | None = None,
) -> Attribution:
    """Credit the conversions of a file of paths. A state Direct, in whatever case, is Direct.

    Args:
        file: see :func:`engine.attribution.pathfile.read_paths`.
        models: which; those that need times or engagement are left out.
        settings: weights, order and game.
        by: how the result calls the states.
        mapping: our field name <- name in the file.
        task: cancels it.

    Raises:
        AttribenchError: SETTING_INVALID, or the file as a whole cannot be read.
    """
    checked = settings.checked()
    possible = [model for model in models if not needs_times(model)]
    places_only = not any(model.is_fitted for model in possible)
    paths = read_paths(file, mapping or {}, task or Task(), places_only=places_only)
    credit = credit_paths(paths, possible, checked)
    name = _name(file)
    return Attribution(
        by,
        tuple(row for model in possible for row in _rows(model, paths.names, credit[model.name], paths.unattributed)),
        tuple(model.name for model in models if needs_times(model)),
        (RejectedRows(name, paths.rejected, paths.rejects),) if paths.rejected else (),
        tuple((name, note) for note in paths.notes),
        max((result.share_error for result in credit.values()), default=0.0),
    )


def attribute_files(
    touches: Path | BinaryIO,
    conversions: Path | BinaryIO,
    models: Sequence[Model],
    settings: CreditSettings,
    *,
    by: By = "channel",
    mapping: Mapping[str, str] | None = None,
    task: Task | None = None,
) -> Attribution:
    """Credit the conversions of one file to the touches of another (A1-A5).

    Touches with the same person, time and origin are one touch, as in an import (E7); of conversions with the same id
    the latest counts. Who never converted and whose click window has closed is a non-converting journey (A4). Times
    without an offset are UTC.

    Args:
        touches: person, time and the column ``by`` names; also channel, source, medium, campaign, kind, engagement.
        conversions: conversion_id, person, time, value (1 each when none has any).
        models: which.
        settings: windows, half-life, weights, order and game.
        by: what gets the credit and what the data-driven models have as states.
        mapping: our field name <- name in the files.
        task: progress and cancellation.

    Raises:
        AttribenchError: SETTING_INVALID, or a file as a whole cannot be read.
    """
    from engine.ingest.importer import load_macros
    from engine.store import memory_cursor

    checked = replace(settings.checked(), fit_on="campaign")  # where the views below put the state
    given = mapping or {}
    touch_kind, conversion_kind = _kinds()
    with memory_cursor(task) as cursor:
        load_macros(cursor)
        told = [_stage(cursor, touches, touch_kind, given, "given_touches", by)]
        told += [_stage(cursor, conversions, conversion_kind, given, "given_conversions", None)]
        cursor.run(_VIEWS.format(by=by))
        cursor.run(
            """create or replace temp table profile as
               select 0 as profile_id, $click * 86400.0 as click_window_seconds, $view * 3600.0 as view_window_seconds,
                      $first * 86400.0 as first_touch_window_seconds, $half::double as half_life_days""",
            {
                "click": float(checked.click_window_days),
                "view": float(checked.view_window_hours),
                "first": float(checked.first_touch_window_days),
                "half": float(checked.half_life_days),
            },
        )
        rows, error = _credit(cursor, models, checked)
    return Attribution(
        by,
        rows,
        (),
        tuple(rejected for rejected, _ in told if rejected.rejected),
        tuple((rejected.file, note) for rejected, notes in told for note in notes),
        error,
    )


# The relations from which the path table is built (engine/derive/steps/212_path_rows.sql), of the two files alone. An
# origin's `campaign_label` holds the state, whatever dimension that is.
_VIEWS = """
create or replace temp table counted_touches as
select *
from given_touches
qualify row_number() over (partition by record_key order by engagement desc nulls last) = 1;

create or replace temp table new_touch_origins as
select (row_number() over (order by channel, campaign_label))::integer as origin_no, *
from (select distinct coalesce(channel, '(not set)') as channel, null::varchar as source,
                      coalesce({by}, '(not set)') as campaign_label
      from counted_touches);

create or replace temp table new_touches as
select t.record_key as touch_id, t.person as person_id, t.kind, t.occurred_at, t.occurred_at::date as touched_on,
       o.channel, o.origin_no, null::integer as place_no, null::integer as landing_no, null::varchar as ad_kind,
       (row_number() over (partition by t.person, t.kind = 'view' order by t.occurred_at, t.record_key))::integer
           as turn,
       greatest(0, least(100, coalesce(t.engagement, case when t.kind = 'visit' then 0 else 50 end))) as engagement
from counted_touches t
join new_touch_origins o
    on o.channel = coalesce(t.channel, '(not set)') and o.campaign_label = coalesce(t.{by}, '(not set)');

create or replace temp table entries as
select (row_number() over (order by occurred_at, conversion_id))::integer as entry_no, conversion_id as entry_id,
       conversion_id, person as person_id, false as is_refund, null::varchar as goal, occurred_at,
       occurred_at::date as booked_on, true as is_credited, true as is_outcome, false as is_paid_order,
       true as is_payment, amount as cash, 0 as goal_no
from given_conversions
qualify row_number() over (partition by conversion_id order by occurred_at desc, cash desc, person) = 1;
"""


_COLUMNS = {
    "given_touches": {
        **dict.fromkeys(("person", "channel", "source", "medium", "campaign", "kind"), "varchar"),
        "record_key": "uuid",
        "occurred_at": "timestamp",
        "engagement": "double",
    },
    "given_conversions": {
        "conversion_id": "varchar",
        "person": "varchar",
        "occurred_at": "timestamp",
        "amount": "double",
        "value_amount": "double",
    },
}


def _kinds() -> tuple[Kind, Kind]:
    """The fields of the two files. A touch is known by what an import knows it by, so that equal times go the same
    way; unlike there, ``person`` is all that tells whose it is."""
    from engine.ingest.fields import TOUCHES, Field, Kind, Type

    touches = replace(
        TOUCHES,
        fields=tuple(replace(field, required=True) if field.name == "person" else field for field in TOUCHES.fields),
        any_of=(),
    )
    conversions = Kind(
        name="conversions",
        table="raw_conversions",
        fields=(
            Field("conversion_id", required=True),
            Field("person", required=True),
            Field("time", Type.TIME, column="occurred_at", required=True),
            Field("value", Type.AMOUNT, column="amount"),
            Field("value_amount", Type.AMOUNT),  # as files for the import call it
            Field("payload", Type.JSON),
        ),
        key="conversion_id",
    )
    return touches, conversions


def _stage(
    cursor: Cursor, file: Path | BinaryIO, kind: Kind, mapping: Mapping[str, str], table: str, by: By | None
) -> tuple[RejectedRows, tuple[Mapping[str, object], ...]]:
    """Read a file into a table of its good rows; returns the others, and what was assumed."""
    import tempfile

    from engine.ingest import staging
    from engine.ingest.source import open_source

    known = {ours: theirs for ours, theirs in mapping.items() if kind.field(ours)}
    with tempfile.TemporaryDirectory(prefix="attribench-") as scratch:
        source = open_source(file, Path(scratch), cursor.task)
        staged = staging.read(cursor, source, kind, known, zone="UTC", as_of="null::timestamp")
        rejected = staging.rejects(cursor, staged)
        if by is not None and by not in staged.columns:
            raise AttribenchError(
                Code.FILE_MISSING_COLUMNS,
                path=source.name,
                columns=[known.get(by, by)],
                present=list(source.header or staged.columns),
            )
        columns = [column for column in _COLUMNS[table] if column in {*staged.columns, "record_key"}]
        cursor.run(f"create or replace temp table {table} ({', '.join(map(' '.join, _COLUMNS[table].items()))})")
        if columns:  # else it has no rows
            cursor.run(f"insert into {table} by name select {', '.join(columns)} from staged where reject is null")
    if "amount" in _COLUMNS[table]:
        is_told = f"exists (from {table} where coalesce(amount, value_amount) is not null)"
        cursor.run(f"update {table} set amount = coalesce(amount, value_amount, case when {is_told} then 0 else 1 end)")
    first = [Reject(line, field, value, reason) for line, field, value, reason, _ in rejected.head(1_000).iter_rows()]
    return RejectedRows(source.name, rejected.height, first), source.notes


def _credit(cursor: Cursor, models: Sequence[Model], settings: CreditSettings) -> tuple[tuple[Row, ...], float]:
    """Build the path table and sum the credit of each model by state."""
    from importlib import resources

    from engine.attribution.fitting import fit_profile, skip_fit

    steps = resources.files("engine.derive").joinpath("steps")
    cursor.run(steps.joinpath("212_path_rows.sql").read_text(encoding="utf-8"))
    fits = {fit.model: fit for fit in fit_profile(cursor, settings)} if any(m.is_fitted for m in models) else {}
    if not fits:
        skip_fit(cursor)
    cursor.run(steps.joinpath("216_paths.sql").read_text(encoding="utf-8"))
    sums = ", ".join(f"sum(({model.credit})::double), sum(({model.credit})::double * cash)" for model in models)
    weights = settings.parameters if any("$" in model.weight for model in models) else None
    found = {
        str(name): amounts
        for name, *amounts in cursor.rows(
            f"select o.campaign_label, {sums} from new_paths join new_touch_origins o using (origin_no) group by 1",
            weights,
        )
    }
    names = [str(name) for (name,) in cursor.rows("select distinct campaign_label from new_touch_origins order by 1")]
    rows: list[Row] = []
    error = 0.0
    for index, model in enumerate(models):
        columns = [[found[name][2 * index + which] if name in found else 0.0 for name in names] for which in (0, 1)]
        share = None
        if model.is_fitted:
            fit = fits[model.name]
            by_state = dict(zip(fit.states, fit.share, strict=True))
            share = [by_state.get(name, 0.0) for name in names]
            total = sum(max(effect, 0.0) for effect in fit.effect)
            error = max(error, max(fit.error, default=0.0) / total if total > 0 else 0.0)
        lost = cursor.rows(
            f"""select count(*) filter ({model.count} = 0), coalesce(sum(cash) filter ({model.count} = 0), 0)
                from new_credit_entries"""
        )[0]
        rows += _rows(model, names, StateCredit(columns[0], columns[1], share), (float(lost[0]), float(lost[1])))
    return tuple(rows), error


def _rows(model: Model, names: Sequence[str], credit: StateCredit, unattributed: tuple[float, float]) -> list[Row]:
    """The rows of one model in their order, with Unattributed (A5)."""
    total = sum(credit.conversions) + unattributed[0]
    portion = [amount / total if total else None for amount in credit.conversions]
    rows = [
        Row(model.name, name, conversions, value, share)
        for name, conversions, value, share in zip(
            names, credit.conversions, credit.value, portion if credit.share is None else credit.share, strict=True
        )
    ]
    rows.sort(key=lambda row: (-round(row.conversions, _DIGITS), row.name))
    lost = unattributed[0] / total if total and credit.share is None else None
    return [*rows, Row(model.name, UNATTRIBUTED, *unattributed, lost)]


def _name(file: Path | BinaryIO) -> str:
    return file.name if isinstance(file, Path) else "standard input"
