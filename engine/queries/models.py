"""Models side by side, and everything behind one figure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from engine.attribution.models import MODELS, NOT_SET
from engine.errors import AttribenchError, Code
from engine.queries import facts
from engine.queries.dimensions import DIMENSIONS
from engine.queries.masking import called, mask, without_emails
from engine.queries.measure import By, measure
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import OUTSIDE, UNATTRIBUTED, UNRESOLVED, meta, outside, top

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.attribution.models import Model
    from engine.queries.scope import Scope

Rows = Literal["channel", "campaign", "ad_set", "ad", "source", "landing_page", "campaign_or_channel"]
ROWS: tuple[Rows, ...] = ("channel", "campaign", "ad_set", "ad", "source", "landing_page", "campaign_or_channel")
DEFAULT_COMPARED = ("last_touch", "first_touch", "linear", "position_based", "time_decay")

_SEP = "chr(31)"


def by_rows(rows: Rows) -> By:
    if rows == "landing_page":
        return By(credit="l.entry_page")
    if rows in {"channel", "source"}:
        known = DIMENSIONS[rows]
        return By(credit=known.credit, spend=known.spend)
    # One row an entity where the touch is resolved to one, one for ads that are not, as in the campaign table (A6),
    # else what the tags say: every touch is somewhere, and the rows of ads are the revenue from ads (A7).
    level = "campaign" if rows == "campaign_or_channel" else rows
    alias = {"campaign": "c", "ad_set": "s", "ad": "a"}[level]
    written = {"campaign": "o.campaign", "campaign_or_channel": "o.channel"}.get(rows, "null")

    def entity(of: str) -> str:
        return (
            f"{of}.platform || {_SEP} || {of}.{level}_id || {_SEP} || coalesce({alias}.name, {of}.{level}_id)"
            if level == "campaign"
            else f"{of}.platform || {_SEP} || coalesce({of}.{level}_id, '') || {_SEP}"
            f" || coalesce({alias}.name, {of}.{level}_id, '(unassigned)')"
        )

    unresolved = f"when p.is_ad then '{UNRESOLVED}'"
    credit = f"case when o.campaign_id is not null then {entity('o')} {unresolved} else {written} end"
    return By(credit=credit, spend=entity("d"))


def compare(
    scope: Scope,
    *,
    models: Sequence[str] = DEFAULT_COMPARED,
    by: Rows = "channel",
    limit: int | None = None,
    sort: str | None = None,
    search: str | None = None,
) -> Result:
    """Rows x models: credited conversions, revenue, ROAS, and the change against the first model named (the baseline).

    Columns ``MODEL.conversions``, ``.revenue`` (cash credited to any touch), ``.ad_revenue``, ``.ad_conversions``,
    ``.roas``, ``.cac``, ``.change`` (of revenue, in the currency), ``.change_percent``, the same of conversions and CAC
    (``.conversions_change_percent``, ``.cac_change_percent``), and for data-driven models by channel ``.share``, the
    fitted one. Each model's columns add up to all cash with the rows Unattributed and, by touch date, "outside the
    range" (A5). ``campaign_or_channel`` shows ad campaigns, and what no campaign brought by channel. In ``meta``,
    ``moved_percent`` is the part of all credited revenue that a model gives to another row than the baseline does, and
    ``totals`` has the columns of a row for ``entities`` (ads, also unresolved ones), ``others`` and ``all``, whatever
    is searched for.
    """
    if by not in ROWS:
        raise invalid("by", by, ", ".join(ROWS))
    chosen = [scope.model_named(name) for name in dict.fromkeys(models)]
    if not chosen:
        raise invalid("models", "", ", ".join([*MODELS, *scope.custom_models]))
    metrics = ("spend", "conversions", "attributed_revenue", "ad_revenue", "ad_conversions", "roas", "cac")
    table = measure(scope, metrics, by_rows(by), models=chosen)
    if len(chosen) == 1:
        table = table.rename({name: f"{chosen[0].name}.{name}" for name in metrics[1:]})
    table = table.rename({f"{model.name}.attributed_revenue": f"{model.name}.revenue" for model in chosen})
    table = table.with_columns(
        pl.col(f"{model.name}.{name}").fill_null(0.0)
        for model in chosen
        for name in ("conversions", "revenue", "ad_revenue", "ad_conversions")
    )
    if len(chosen) > 1:  # rows of touches that no model here credits
        credited = [pl.col(f"{model.name}.{name}") for model in chosen for name in ("conversions", "revenue")]
        table = table.filter(pl.any_horizontal(column != 0 for column in [*credited, pl.col("spend").fill_null(0)]))
    table = _with_channels(scope, labelled(table), by)
    names = [model.name for model in chosen]
    table = _with_changes(table, names)
    base = chosen[0].name
    moved: dict[str, float | None] = {}
    for model in chosen:
        total = float(table[f"{base}.revenue"].abs().sum())
        moved[model.name] = round(50 * float(table[f"{model.name}.change"].abs().sum()) / total, 6) if total else None
        shares = fitted_shares(scope, model) if by == scope.settings.fit_on else None
        if shares is not None:
            table = table.join(shares.rename({"share": f"{model.name}.share"}), on="value", how="left")
    completing = _completing(scope, chosen, table)
    totals = _totals(table, completing, names)
    if search is not None:
        table = table.filter(pl.col("value").str.to_lowercase().str.contains(search.lower(), literal=True))
    total = table.height
    table = top(table, sort, limit, default=f"{base}.revenue", tie="value")
    return Result(
        pl.concat([table, *completing], how="diagonal") if completing else table,
        meta(scope)
        | {
            "by": by,
            "models": names,
            "baseline": base,
            "moved_percent": moved,
            "totals": totals,
            "rows": total,
        },
    )


def labelled(table: pl.DataFrame) -> pl.DataFrame:
    """Split ``platform / id / name`` of ad entities into columns."""
    parts = pl.col("value").str.split(chr(31))
    is_entity = pl.col("value").str.count_matches(chr(31)) == 2
    is_unset = pl.col("value") == NOT_SET
    return table.with_columns(
        pl.when(is_entity).then(parts.list.get(0, null_on_oob=True)).alias("platform"),
        pl.when(is_entity).then(parts.list.get(1, null_on_oob=True)).alias("entity_id"),
        pl.when(is_entity).then(parts.list.get(2, null_on_oob=True)).otherwise("value").alias("value"),
        pl.when(is_entity)
        .then(pl.lit("entity"))
        .when(is_unset)
        .then(pl.lit("not_set"))
        .when(pl.col("value") == UNRESOLVED)
        .then(pl.lit("unresolved"))
        .otherwise(pl.lit("value"))
        .alias("row"),
    ).select("value", "row", "platform", "entity_id", pl.exclude("value", "row", "platform", "entity_id"))


def _with_channels(scope: Scope, table: pl.DataFrame, by: Rows) -> pl.DataFrame:
    """With ``channel``: of an ad entity the one its campaign's spend is booked to, else the row's own if it is one."""
    if by == "channel":
        return table.with_columns(pl.when(pl.col("row") == "value").then("value").alias("channel"))
    if by in {"source", "landing_page"}:
        return table
    level = "campaign" if by == "campaign_or_channel" else by
    known = scope.frame(
        """select x.platform, x.entity_id, c.channel
           from ad_entities x join ad_entities c on c.profile_id = x.profile_id and c.platform = x.platform
               and c.level = 'campaign' and c.entity_id = x.campaign_id
           where x.profile_id = $profile and x.level = $level""",
        {"level": level},
    ).unique(["platform", "entity_id"], keep="none")
    table = table.join(known, on=["platform", "entity_id"], how="left", maintain_order="left")
    if by == "campaign_or_channel":
        own = pl.when(pl.col("row") == "value").then("value").otherwise("channel")
        table = table.with_columns(own.alias("channel"))
    return table


def _with_changes(table: pl.DataFrame, models: Sequence[str]) -> pl.DataFrame:
    """With what each model differs by from the first one; no value against nothing."""
    base = models[0]
    columns: list[pl.Expr] = []
    for model in models:
        for name, column in (
            ("revenue", "change_percent"),
            ("conversions", "conversions_change_percent"),
            ("cac", "cac_change_percent"),
        ):
            before = pl.col(f"{base}.{name}")
            change = pl.col(f"{model}.{name}") - before
            if name == "revenue":
                columns.append(change.round(6).alias(f"{model}.change"))
            percent = pl.when(before != 0).then((100 * change / before.abs()).round(6))
            columns.append(percent.alias(f"{model}.{column}"))
    return table.with_columns(columns)


def _totals(
    table: pl.DataFrame, completing: Sequence[pl.DataFrame], models: Sequence[str]
) -> dict[str, dict[str, float | None]]:
    """Sums over the ad entities, the other rows and all rows, with the formulas and changes of a row."""
    is_entity = pl.col("row").is_in(["entity", "unresolved"])
    sections = {
        "entities": [table.filter(is_entity)],
        "others": [table.filter(~is_entity)],
        "all": [table, *completing],
    }
    summed = ["spend"]
    for model in models:
        summed += [f"{model}.{name}" for name in ("conversions", "revenue", "ad_revenue", "ad_conversions")]
    rows: list[dict[str, Any]] = []
    for section, frames in sections.items():
        whole = pl.concat(frames, how="diagonal")
        row: dict[str, Any] = {"section": section}
        for name in summed:
            known = whole[name].drop_nulls()
            row[name] = round(float(known.sum()), 6) if len(known) or name != "spend" else None
        for model in models:
            conversions, spend = row[f"{model}.ad_conversions"], row["spend"]
            row[f"{model}.roas"] = round(row[f"{model}.ad_revenue"] / spend, 6) if spend else None
            row[f"{model}.cac"] = round(spend / conversions, 6) if spend is not None and conversions else None
        rows.append(row)
    schema: dict[str, Any] = {name: pl.String if name == "section" else pl.Float64 for name in rows[0]}
    changed = _with_changes(pl.DataFrame(rows, schema=schema), models)
    return {str(row.pop("section")): row for row in changed.to_dicts()}


def _completing(scope: Scope, models: Sequence[Model], like: pl.DataFrame) -> list[pl.DataFrame]:
    if facts.has_touch_filter(scope):
        return []
    rows: list[dict[str, Any]] = [{"value": UNATTRIBUTED, "row": "unattributed"}]
    if scope.selection.date_basis == "touch":
        rows.append({"value": OUTSIDE, "row": "outside"})
    for model in models:
        one = scope.over(replace(scope.selection, model=model.name))
        told = measure(one, ("unattributed_outcomes", "unattributed_revenue")).row(0, named=True)
        figures = [(float(told["unattributed_outcomes"]), told["unattributed_revenue"])]
        if len(rows) > 1:
            figures.append(outside(one))
        for row, (conversions, revenue) in zip(rows, figures, strict=True):
            row |= {f"{model.name}.conversions": conversions, f"{model.name}.revenue": revenue}
    known = pl.DataFrame(rows, schema={name: like.schema[name] for name in rows[0]}, strict=False)
    blank = [pl.lit(None, pl.Float64).alias(f"{model.name}.cac") for model in models]
    changed = _with_changes(known.with_columns(blank), [model.name for model in models])
    return [changed.select(name for name in changed.columns if not name.endswith(".cac"))]


def fitted_shares(scope: Scope, model: Model) -> pl.DataFrame | None:
    """value, share: what a data-driven model learned of each state; None for the others (A4)."""
    if not model.is_fitted:
        return None
    return scope.frame(
        f"select state as value, share from {scope.tables.fitted} where profile_id = $profile and model = $model",
        {"model": model.name},
    )


def explain(scope: Scope, *, id: str, masked: bool = False) -> Result:  # noqa: A002
    """Everything behind one conversion: each touch of its person, eligible or not and why, and its credit under each
    model.

    ``id`` is a conversion id, or the id the conversion was imported with. ``revenue`` is what a touch gets of the
    conversion's cash, net of refunds (T3), under the selected model. The raw record of each touch and of the
    conversion is named by import, file and line. ``masked`` hides who.
    """
    conversion = _conversion(scope, id, masked=masked)
    models = [*MODELS.values(), *(custom.model for custom in scope.custom_models.values())]
    relation = facts.credit_of(scope, models)
    rows = scope.frame(
        f"""with credited as ({relation.sql}),
            person_touches as (
                select t.*, o.campaign_label, c.name as campaign_name, s.name as ad_set_name, a.name as ad_name
                from touches t
                left join touch_origins o on o.profile_id = t.profile_id and o.origin_no = t.origin_no
                left join ad_entities c on c.profile_id = t.profile_id and c.level = 'campaign'
                    and c.platform = t.platform and c.entity_id = t.campaign_id
                left join ad_entities s on s.profile_id = t.profile_id and s.level = 'ad_set'
                    and s.platform = t.platform and s.entity_id = t.ad_set_id
                left join ad_entities a on a.profile_id = t.profile_id and a.level = 'ad'
                    and a.platform = t.platform and a.entity_id = t.ad_id
                where t.profile_id = $profile and t.person_id = $person::uuid
            )
            select t.touch_id::varchar as touch_id, t.occurred_at, t.kind, t.channel, t.source, t.medium, t.campaign,
                   t.campaign_label, t.platform, t.campaign_id, t.ad_set_id, t.ad_id, t.campaign_name, t.ad_set_name,
                   t.ad_name, t.ad_kind, t.resolved_by, t.is_unresolved, t.engagement,
                   round((epoch_us($at::timestamp) - epoch_us(t.occurred_at)) / 86400e6, 6) as age_days,
                   coalesce(p.position, 0) as position, coalesce(p.first_position, 0) as first_position,
                   {", ".join(f'coalesce(p.credit_{i}, 0) as "{m.name}"' for i, m in enumerate(models))}
            from person_touches t left join credited p using (touch_id)
            order by t.occurred_at, t.touch_id""",
        relation.parameters
        | {
            "conversion": conversion["conversion_id"],
            "person": conversion["person_id"],
            "at": conversion["occurred_at"],
        },
    )
    rows = rows.with_columns(_reason(scope, conversion).alias("reason")).join(
        _origin_records(scope, conversion["person_id"]), on="touch_id", how="left"
    )
    if masked:
        rows = without_emails(rows)
    names = [model.name for model in models]
    cash = pl.lit(conversion["cash"], pl.Float64)
    rows = rows.select(pl.exclude(*names), (cash * pl.col(scope.model.name)).round(6).alias("revenue"), *names)
    data = {"conversion": conversion, "touches": rows.to_dicts(), "models": names}
    return Result(rows, meta(scope) | {"conversion": conversion, "models": names}, data)


def _conversion(scope: Scope, text: str, *, masked: bool) -> dict[str, Any]:
    refunded = "c.refunded_reporting" if scope.profile.deduct_refunds else "0"
    found = scope.frame(
        f"""with c as (
                select * from conversions
                where profile_id = $profile and (conversion_id = try_cast($id as uuid) or source_id = $id)
                order by conversion_id is not distinct from try_cast($id as uuid) desc, occurred_at limit 1
            ), r as (
                select arg_min(i.file_name, (x.import_id, x.line)) as file_name,
                       arg_min(x.line, (x.import_id, x.line)) as line
                from (select record_key, content_hash, import_id, line from raw_conversions
                      where profile_id = $profile and record_key in (select record_key from c)
                      union all
                      select record_key, content_hash, import_id, line from raw_events
                      where profile_id = $profile and record_key in (select record_key from c)) x
                join imports i using (import_id)
                where x.content_hash in (select content_hash from c)
            )
            select c.conversion_id::varchar as conversion_id, c.source_id, c.goal, c.revenue_type, c.is_eligible,
                   c.is_negative, c.occurred_at, c.converted_on, c.amount::double as amount, c.currency, c.rate,
                   c.amount_reporting::double as amount_reporting, c.refunded_reporting::double as refunded_reporting,
                   c.person_id::varchar as person_id, c.records, c.tracking, e.touch_count, e.first_count, e.is_outcome,
                   case when c.revenue_type = 'cash' then (c.amount_reporting + {refunded})::double end as cash,
                   r.file_name, r.line, {called(masked=masked)} as name, n.email,
                   coalesce(n.is_identified, false) as is_identified
            from c
            join {scope.tables.entries} e on e.profile_id = c.profile_id and e.entry_id = c.conversion_id
            left join people n on n.profile_id = c.profile_id and n.person_id = c.person_id
            cross join r""",
        {"id": text.strip()},
    )
    if found.is_empty():
        raise AttribenchError(Code.CONVERSION_UNKNOWN, conversion=text)
    return (mask(found) if masked else found).row(0, named=True)


def _reason(scope: Scope, conversion: dict[str, Any]) -> pl.Expr:
    """Why a touch is eligible or not, as a code (A2)."""
    age = pl.col("age_days")
    is_view = pl.col("kind") == "view"
    return (
        pl.when(pl.lit(conversion["person_id"] is None)).then(pl.lit("no_person"))
        .when(pl.lit(not conversion["is_eligible"] or conversion["is_negative"])).then(pl.lit("goal_not_eligible"))
        .when(age < 0).then(pl.lit("after_conversion"))
        .when(pl.col("position") > 0).then(pl.lit("eligible"))
        .when(is_view & (age * 24 > scope.settings.view_window_hours)).then(pl.lit("outside_view_window"))
        .when(is_view).then(pl.lit("view_beside_click"))
        .when(pl.col("first_position") > 0).then(pl.lit("first_touch_window_only"))
        .otherwise(pl.lit("outside_click_window"))
    )  # fmt: skip


def _origin_records(scope: Scope, person: str | None) -> pl.DataFrame:
    """touch_id, file_name, line: the raw record each touch of a person came from."""
    return scope.frame(
        # Keys first, records after: each scan of a large table has a handful of keys to look for.
        """with own as materialized (
               select touch_id from touches where profile_id = $profile and person_id = $person::uuid
           ), seen as materialized (
               select event_key, content_hash from events
               where profile_id = $profile and event_key in (select touch_id from own)
           )
           select x.record_key::varchar as touch_id, arg_min(i.file_name, (x.import_id, x.line)) as file_name,
                  arg_min(x.line, (x.import_id, x.line)) as line
           from (select r.record_key, r.import_id, r.line from raw_events r
                 join seen e on e.event_key = r.record_key and e.content_hash = r.content_hash
                 where r.profile_id = $profile and r.record_key in (select event_key from seen)
                 union all
                 select record_key, import_id, line from raw_touches
                 where profile_id = $profile and record_key in (select touch_id from own)) x
           join imports i using (import_id) group by 1""",
        {"person": person},
    )
