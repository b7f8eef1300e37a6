"""The matrix of models as a table shows it: rows in sections, columns by model, and the shift in every model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from app.names import meaning, model_definition, model_initials, model_label, value_label
from engine.queries.metrics import METRICS
from widgets.table.columns import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.queries.result import Result
    from widgets.look import Look

LETTERS = "ABCD"
MEASURES = {"revenue": "Revenue", "conversions": "Conversions", "cac": "CAC"}
STRIP = "strip"
_WIDE = 112

# By measure: what stands first and second under a model, and the engine's column with the change against the baseline.
_SHOWN = {
    "revenue": ("revenue", "roas", "change_percent"),
    "conversions": ("conversions", "cac", "conversions_change_percent"),
    "cac": ("cac", "roas", "cac_change_percent"),
}
_SECTIONS = {
    "entity": 0,
    "unresolved": 0,
    "ads": 1,
    "value": 2,
    "not_set": 2,
    "others": 3,
    "unattributed": 4,
    "outside": 5,
}
_OF_ADS = {"campaign_or_channel", "campaign", "ad_set", "ad"}
_OF_CHANNELS = {"campaign_or_channel", "channel"}


def with_keys(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``compare`` and ``intervals`` with ``key``: what ``behind`` calls the row, the same in both."""
    entity = pl.concat_str("platform", pl.lit(":"), pl.col("entity_id").fill_null(""))
    return table.with_columns(pl.when(pl.col("platform").is_not_null()).then(entity).otherwise("value").alias("key"))


def matrix(look: Look, result: Result, rows: str, measure: str, every: Result | None) -> pl.DataFrame:
    """The rows of the table.

    Args:
        look: for words.
        result: of ``compare`` with the chosen models.
        rows: what the rows are.
        measure: of :data:`MEASURES`.
        every: of ``compare`` with all models, for the strip; None until it is there.
    """
    table = with_keys(result.table).with_columns(pl.col("row").replace_strict(_SECTIONS, default=2).alias("section"))
    kinds = set(table["row"].to_list())
    if rows in _OF_ADS and "entity" in kinds:
        totals = result.meta["totals"]
        added = [_subtotal("ads", _ads_label(look, rows), totals["entities"])]
        if table.filter(pl.col("section") == _SECTIONS["value"]).height > 1:
            added.append(_subtotal("others", look.say("Other sources"), totals["others"]))
        schema = {name: kind for name, kind in table.schema.items() if name in added[0]}
        table = pl.concat([table, pl.DataFrame(added, schema=schema, strict=False)], how="diagonal")
    table = table.with_columns(
        pl.Series("label", [_label(look, row, rows) for row in table.to_dicts()], pl.String),
        # A row that no spend can stand on has none, rather than nothing spent.
        pl.when((pl.col("row").is_in(["entity", "unresolved", "ads"])) | (pl.col("spend") != 0))
        .then("spend")
        .alias("spend"),
    )
    if "channel" not in table.columns:
        table = table.with_columns(pl.lit(None, pl.String).alias("channel"))
    base = result.meta["baseline"]
    columns: list[pl.Expr] = []
    for model in result.meta["models"]:
        columns.append(pl.when(pl.col("spend").is_not_null()).then(f"{model}.cac").alias(f"{model}.cac"))
        columns.append(_heat(f"{model}.{_SHOWN[measure][0]}", f"{base}.{_SHOWN[measure][0]}", model, measure))
    return table.with_columns(columns).with_columns(_strip(table, every, measure))


def is_nothing(result: Result) -> bool:
    """Whether nothing was spent, and nobody converted or paid."""
    return (
        not any(result.meta["totals"]["all"].values())
        and result.table.filter(~pl.col("row").is_in(["unattributed", "outside"])).is_empty()
    )


def totals(look: Look, result: Result, measure: str, *, is_filtered: bool) -> dict[str, Any]:
    """The row below all others, by field."""
    whole = dict(result.meta["totals"]["all"])
    row: dict[str, Any] = {"label": _all_label(look, measure, is_filtered=is_filtered), "spend": whole["spend"]}
    for model in result.meta["models"]:
        for name in _SHOWN[measure][:2]:
            # ROAS is of revenue from ads; here revenue is all there is.
            row[f"{model}.{name}"] = None if name == "roas" else whole[f"{model}.{name}"]
        row[f"{model}.heat"] = whole[f"{model}.{_SHOWN[measure][2]}"]
    return row


def columns(
    look: Look,
    models: Sequence[str],
    rows_label: str,
    measure: str,
    *,
    every: Sequence[str],
    moved: Mapping[str, float | None],
    focused: str,
    expressions: Mapping[str, str],
    is_wide: bool = False,
) -> list[Column]:
    """The columns of the table.

    Args:
        look: for words and numbers.
        models: the chosen ones, the baseline first.
        rows_label: head of the first column.
        measure: of :data:`MEASURES`.
        every: all models, for the strip.
        moved: share of all revenue each chosen model gives to other rows than the baseline.
        focused: the model in bold.
        expressions: of the user's own models.
        is_wide: there is room to spare, which is not all for the names.
    """
    say = look.say
    found = [
        Column("label", rows_label, kind="text", glyph="channel"),
        Column("spend", say("Spend"), unit="money", tone="secondary", priority=4, definition=_of(look, "spend")),
    ]
    main, second, _ = _SHOWN[measure]
    for place, model in enumerate(models):
        name = model_label(look.words, model)
        share = moved.get(model)
        head = (
            name
            if place == 0 or share is None
            else say("{model} · {share} moved", model=name, share=_share(look, share))
        )
        definition = model_definition(look.words, model, expressions.get(model, ""))
        group: dict[str, Any] = {"group": head, "group_mark": LETTERS[place], "is_baseline": place == 0}
        found.append(
            Column(
                f"{model}.{main}",
                say(MEASURES[measure]),
                unit=_unit(main),
                is_exact=main == "cac",
                weight=600 if model == focused else None,
                width=_WIDE if is_wide else None,
                cells_click=True,
                definition=f"{definition} {_of(look, main)}",
                **group,
            )
        )
        found.append(
            Column(
                f"{model}.{second}",
                say(METRICS[second].label),
                unit=_unit(second),
                width=_WIDE if is_wide else None,
                is_exact=second == "cac",
                tone="secondary",
                priority=3,
                definition=_of(look, second),
                **group,
            )
        )
        if place:
            found.append(
                Column(
                    f"{model}.heat",
                    say("vs A"),
                    kind="heat",
                    width=_WIDE if is_wide else None,
                    cells_click=True,
                    definition=_apart(look, name, model_label(look.words, models[0]), share),
                    **group,
                )
            )
    initials = tuple(model_initials(model) for model in every)
    found.append(
        Column(
            STRIP,
            say("Shift"),
            kind="strip",
            group=say("Shift in all {n} models", n=look.numbers.count(len(every))),
            initials=initials,
            strong_initials=frozenset(model_initials(model) for model in models),
            baseline=list(every).index(models[0]),
            priority=9,
        )
    )
    return found


def credited(result: Result, model: str) -> tuple[float, float | None]:
    """What touches got under a model, and the percentage of all cash that has a touch (A5)."""
    told, name = result.meta["totals"], f"{model}.revenue"
    whole = told["all"][name]
    nobody = result.table.filter(pl.col("row") == "unattributed")[name].to_list()
    covered = 100 * (whole - nobody[0]) / whole if nobody and whole else None
    return told["entities"][name] + told["others"][name], covered


def moved(before: Result, after: Result, model: str) -> float | None:
    """Percentage of all cash that stands on another row than it did, Unattributed among the rows."""
    name = f"{model}.revenue"
    one = with_keys(before.table).select("key", pl.col(name).alias("before"))
    both = one.join(with_keys(after.table).select("key", name), on="key", how="full", coalesce=True).fill_null(0.0)
    whole = float(before.meta["totals"]["all"][name])
    return 50 * float((both[name] - both["before"]).abs().sum()) / abs(whole) if whole else None


def taken(frame: pl.DataFrame, shown: Sequence[Column], below: Mapping[str, Any]) -> pl.DataFrame:
    """The rows as they stand, raw, with the row below them; ``infinity`` against nothing becomes no value."""
    fields = [column.field for column in shown if column.field != STRIP]
    kept = frame.select(fields)
    last = pl.DataFrame([{field: below.get(field) for field in fields}], schema=kept.schema, strict=False)
    heats = [field for field in fields if field.endswith(".heat")]
    return pl.concat([kept, last]).with_columns(
        pl.when(pl.col(field).is_infinite()).then(None).otherwise(field).alias(field) for field in heats
    )


def _heat(own: str, before: str, model: str, measure: str) -> pl.Expr:
    """The change against the baseline; infinity, read as new, where there was nothing before."""
    is_new = (pl.col(before) == 0) & (pl.col(own) > 0) if measure != "cac" else pl.lit(value=False)
    change = pl.col(f"{model}.{_SHOWN[measure][2]}").cast(pl.Float64)
    return pl.when(is_new).then(float("inf")).otherwise(change).alias(f"{model}.heat")


def _strip(table: pl.DataFrame, every: Result | None, measure: str) -> pl.Series:
    """Every model's change against the baseline, row by row."""
    if every is None:
        return pl.Series(STRIP, [None] * table.height, pl.List(pl.Float64))
    models, column = every.meta["models"], _SHOWN[measure][2]
    by_key = {row["key"]: row for row in with_keys(every.table).to_dicts()}
    sections = every.meta["totals"]
    by_key |= {"ads": sections["entities"], "others": sections["others"]}
    own, base = _SHOWN[measure][0], every.meta["baseline"]
    found: list[list[float | None]] = []
    for key in table["key"].to_list():
        row = by_key.get(key, {})
        is_new = measure != "cac" and row.get(f"{base}.{own}") == 0
        found.append(
            [
                float("inf") if is_new and (row.get(f"{model}.{own}") or 0) > 0 else row.get(f"{model}.{column}")
                for model in models
            ]
        )
    return pl.Series(STRIP, found, pl.List(pl.Float64))


def _subtotal(kind: str, label: str, sums: Mapping[str, Any]) -> dict[str, Any]:
    return {"key": kind, "value": label, "row": kind, "section": _SECTIONS[kind], **sums}


def _label(look: Look, row: Mapping[str, Any], rows: str) -> str:
    kind, value = row["row"], row["value"]
    if kind == "unattributed":
        return look.say("Not attributed")
    if kind == "not_set" and rows in {"ad_set", "ad"}:
        return look.say("Other sources")
    if kind in {"outside", "not_set", "unresolved"} or (kind == "value" and rows in _OF_CHANNELS):
        return value_label(look.words, value)
    return str(value)


def _ads_label(look: Look, rows: str) -> str:
    if rows == "ad_set":
        return look.say("Ad sets")
    return look.say("Ads") if rows == "ad" else look.say("Ad campaigns")


def _all_label(look: Look, measure: str, *, is_filtered: bool) -> str:
    if is_filtered:
        return look.say("All credited here")
    return look.say("All cash") if measure == "revenue" else look.say("All conversions")


def _apart(look: Look, model: str, baseline: str, share: float | None) -> str:
    """What the heat says, and what the share in the head is of."""
    text = look.say("How far {model} is from {baseline}.", model=model, baseline=baseline)
    if share is None:
        return text
    more = look.say("It gives {share} of the credited revenue to other rows.", share=_share(look, share))
    return f"{text} {more}"


def _share(look: Look, share: float) -> str:
    return look.numbers.percent(share, 0 if share >= 10 else 1)


def _unit(name: str) -> Any:
    return {"revenue": "money", "conversions": "decimal", "cac": "money", "roas": "ratio"}[name]


def _of(look: Look, name: str) -> str:
    return meaning(look.words, METRICS["attributed_revenue" if name == "revenue" else name].definition)
