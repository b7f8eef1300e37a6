"""What the dashboard's chart says of one slot: its tooltip, and the label of a slot that is not over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from widgets.charts.axis import slot_name
from widgets.charts.data import slot_end, value_at
from widgets.charts.tip import TipRow, TipText

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from widgets.charts.data import Series, TimeData
    from widgets.look import Look

Shown = Literal["line", "bars", "previous"]


def time_tip(
    look: Look, data: TimeData, index: int, shown: AbstractSet[Shown], chosen: tuple[int, int] | None
) -> TipText:
    """Everything known of a slot, of the parts that are shown; and the range that is being chosen."""
    is_partial = data.is_partial and index == len(data.days) - 1
    title = slot_name(look, data.days, data.step, index, is_long=True)
    if is_partial:
        title = look.say("{slot}, partial", slot=title)
    rows = [_row(look, data.line, index, "line")] if "line" in shown else []
    if data.previous is not None and {"line", "previous"} <= shown:
        rows.append(_previous_row(look, data, data.previous, index, is_compared=not is_partial))
    if "bars" in shown:
        rows.append(_row(look, data.bars, index, "bar"))
    rows += [_row(look, series, index, "") for series in data.extra]
    notes = [mark.text for mark in data.anomalies.get(index, ())]
    notes += [text for first, last, text in data.gaps if first <= index <= last]
    if chosen:
        days = look.numbers.days(data.days[chosen[0]], slot_end(data.days, data.step, chosen[1]))
        notes.append(look.say("Selected: {days}", days=days))
    return TipText(title, rows, notes)


def partial_label(look: Look, data: TimeData) -> str:
    """What stands under a last slot that is not over; nothing under one that is."""
    if not data.is_partial or not data.days:
        return ""
    if data.step == "day" and data.is_live:
        return look.say("today, partial")
    return look.say("{slot}, partial", slot=look.numbers.day(data.days[-1]))


def _row(look: Look, series: Series, index: int, mark: Literal["line", "bar", ""]) -> TipRow:
    value = look.numbers.show(value_at(series.values, index), series.unit)
    return TipRow(series.label, value, mark, f"series.{series.role}")


def _previous_row(look: Look, data: TimeData, previous: Series, index: int, *, is_compared: bool) -> TipRow:
    before, now = value_at(previous.values, index), value_at(data.line.values, index)
    note = ""
    if before and now is not None and is_compared:  # a part of a slot is not compared with a whole one
        note = look.numbers.change((now - before) / abs(before) * 100)
    label = previous.label
    if index < len(data.previous_days):
        day = slot_name(look, data.previous_days, data.step, index)
        label = look.say("{measure}, {slot}", measure=label, slot=day)
    return TipRow(label, look.numbers.show(before, previous.unit), "dash", f"series.{previous.role}", note)
