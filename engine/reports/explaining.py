"""The sections that say why: attribution under several models, and the journeys before conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.naming import model_definition
from engine.profiles import CHANNELS
from engine.reports.blocks import Callout, Cell, Chart, Column, Heading, Kpi, Kpis, Table, Terms, Text
from engine.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reports.blocks import Block
    from engine.reports.writer import Writer

_MOVED = 0.25  # of a channel's cash: above, models disagree about it


def attribution(writer: Writer) -> list[Block]:
    """The chosen model beside two others, with intervals, in words."""
    models = writer.snapshot.models
    rows: list[dict[str, Any]] = writer.figures["compare"]["rows"]
    questions = [(writer.model_named(name), definition(writer, name)) for name in models]
    blocks: list[Block] = [
        Text(
            writer.say(
                "Most people meet a business several times before they buy. A model decides how a payment is shared "
                "among those meetings. This report uses {model}; the others show how much depends on that choice.",
                model=writer.model,
            )
        ),
        Terms(questions),
    ]
    if not any(row["row"] == "value" for row in rows):
        return [*blocks, Text(writer.say("No data in this period."), "note"), *writer.commentary("attribution")]
    blocks.append(Table(*_compared(writer, rows, models), totals=1, caption=writer.say("Cash by channel and model")))
    blocks.append(
        Text(
            writer.say(
                "Below each amount: between which amounts chance alone would move it in 9 of 10 cases (90% interval, "
                "500 resamples of the people). Not shown under 20 conversions. Every model shares the same cash, so "
                "each column ends with the same total."
            ),
            "note",
        )
    )
    if any(row["revenue_low"] is not None for row in writer.figures["intervals"][models[0]]):
        blocks += [
            Heading(writer.say("How certain is each channel?"), writer.model),
            Chart("intervals", writer.say("Cash by channel with its 90% interval.")),
        ]
    return [*blocks, *_spread(writer, rows, models), *writer.commentary("attribution")]


def definition(writer: Writer, model: str) -> str:
    """What a model does, in words."""
    custom: Mapping[str, str] = writer.figures["custom"]
    if model in custom:
        return writer.say("A model of our own: {expression}", expression=one_line(custom[model]))
    text = model_definition(writer.words, model)
    if model == "custom_weighted":
        first, middle, last = (writer.formats.percent(100 * part, 0) for part in writer.figures["windows"]["weights"])
        return f"{text} ({first} / {middle} / {last})"
    return text


def _compared(
    writer: Writer, rows: Sequence[Mapping[str, Any]], models: Sequence[str]
) -> tuple[list[Column], list[list[Cell]]]:
    bounds = {
        model: {row["value"]: (row["revenue_low"], row["revenue_high"]) for row in writer.figures["intervals"][model]}
        for model in models
    }

    def cell(row: Mapping[str, Any], model: str) -> Cell:
        low, high = bounds[model].get(row["value"], (None, None)) if row["row"] == "value" else (None, None)
        below = f"{writer.formats.money(low)} – {writer.formats.money(high)}" if low is not None else ""
        return Cell(writer.formats.money(row[f"{model}.revenue"]), below=below, is_strong=model == models[0])

    totals: Mapping[str, Any] = writer.figures["compare"]["meta"]["totals"]["all"]
    table = [[writer.channel(row["value"]), *(cell(row, model) for model in models)] for row in rows]
    total = [Cell(writer.say("All cash"), is_strong=True)]
    total += [Cell(writer.formats.money(totals[f"{model}.revenue"]), is_strong=True) for model in models]
    columns = [
        Column(writer.say("Channel"), "left", 1),
        *(Column(writer.model_named(name), part=0.9) for name in models),
    ]
    return columns, [*table, total]


def _spread(writer: Writer, rows: Sequence[Mapping[str, Any]], models: Sequence[str]) -> list[Block]:
    """Which channels the models agree about, and which not, in words."""
    if len(models) < 2:
        return []
    steady: list[str] = []
    moved: list[tuple[float, str]] = []
    whole = sum(abs(row[f"{models[0]}.revenue"]) for row in rows) or 1
    for row in rows:
        amounts = [float(row[f"{model}.revenue"] or 0) for model in models]
        if row["row"] != "value" or max(amounts) <= 0.02 * whole:
            continue  # too small to speak of
        name = writer.channel(row["value"]).text
        spread = (max(amounts) - min(amounts)) / max(amounts)
        if spread <= _MOVED:
            steady.append(name)
            continue
        low, high = amounts.index(min(amounts)), amounts.index(max(amounts))
        text = writer.say(
            "{channel} is worth {low} under {low_model} and {high} under {high_model}: judge it by more than one.",
            channel=name,
            low=writer.formats.money(amounts[low]),
            low_model=writer.model_named(models[low]),
            high=writer.formats.money(amounts[high]),
            high_model=writer.model_named(models[high]),
        )
        moved.append((max(amounts) - min(amounts), text))
    told: list[Block] = []
    if steady:
        text = writer.words.count(
            len(steady),
            "{channels} is judged alike by all models: what it brings does not depend on the choice.",
            "{channels} are judged alike by all models: what they bring does not depend on the choice.",
            channels=writer.listed(steady),
        )
        told.append(Callout(text, "good"))
    told += [Callout(text, "info") for _, text in sorted(moved, reverse=True)[:3]]
    return told


def journeys(writer: Writer) -> list[Block]:
    """How many touches and how much time it takes, and the most frequent paths."""
    lengths = writer.figures["lengths"]
    reached = sum(row["conversions"] for row in lengths["rows"] if row["touches"] > 0)
    if not reached:
        nothing = writer.say("No conversion of this period has a known touch before it.")
        return [Text(nothing, "note"), *writer.commentary("journeys")]
    formats, say = writer.formats, writer.say
    single = next(row["conversions"] for row in lengths["rows"] if row["touches"] == 1)
    items = [
        Kpi(say("Touches per conversion"), formats.decimal(lengths["meta"]["mean"])),
        Kpi(say("Converted at the first touch"), writer.percent_of(single, reached)),
    ]
    totals = writer.figures["lags"]["meta"]["totals"]
    items.append(Kpi(say("Usual time to convert"), formats.seconds(totals["median_seconds_to_convert"])))
    items.append(Kpi(say("Average time to convert"), formats.seconds(totals["avg_seconds_to_convert"])))
    blocks: list[Block] = [
        Kpis(items, columns=len(items)),
        Heading(say("Touches before a conversion")),
        Chart("lengths", say("Conversions by the number of touches before them.")),
        Heading(say("Time from the first touch to the conversion")),
        Chart("lags", say("Conversions by the time from the first touch.")),
    ]
    return [*blocks, *_paths(writer), *writer.commentary("journeys")]


def _paths(writer: Writer) -> list[Block]:
    paths = writer.figures["paths"]
    formats, say = writer.formats, writer.say
    table: list[list[Cell]] = []
    for row in paths["rows"]:
        match row["row"]:
            case "value":
                names = [writer.channel(name) for name in row["path"]]
                marks = tuple(name for name in row["path"] if name in CHANNELS)
                first = Cell(" → ".join(cell.text for cell in names), channels=marks if len(marks) == 1 else ())
            case "other":
                number = row["paths"]
                more = writer.words.count(number, "{n} other path", "{n} other paths", n=formats.count(number))
                first = Cell(more, is_muted=True)
            case _:
                first = writer.special("Unattributed")
        table.append(
            [
                first,
                Cell(formats.count(row["conversions"]), is_strong=True),
                Cell(formats.percent(row["share_percent"]), is_muted=True),
                Cell(formats.money(row["cash"])),
                Cell(formats.seconds(row["avg_seconds_to_convert"])),
            ]
        )
    totals = paths["meta"]["totals"]
    table.append(
        [
            Cell(say("All conversions"), is_strong=True),
            Cell(formats.count(totals["conversions"]), is_strong=True),
            Cell(writer.percent_of(totals["conversions"], totals["conversions"]), is_muted=True),
            Cell(formats.money(totals["cash"]), is_strong=True),
            Cell(formats.seconds(totals["avg_seconds_to_convert"])),
        ]
    )
    columns = [
        Column(say("Path"), "left", 2.4),
        Column(say("Conv.")),
        Column(say("% of all")),
        Column(say("Cash")),
        Column(say("Avg. time")),
    ]
    return [
        Heading(say("Most frequent paths")),
        Table(columns, table, totals=1, caption=say("Most frequent paths")),
        Text(say("Repeats of one channel are folded into one."), "note"),
    ]
