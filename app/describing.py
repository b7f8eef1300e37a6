"""What a window looks at, in words: for pictures that leave the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.names import model_label, value_label
from engine.queries.dimensions import DIMENSIONS
from widgets.inputs.filter_popover import TEXT_OPERATORS, operator_texts

if TYPE_CHECKING:
    from app.context import Context
    from engine.queries.selection import Filter


def described(context: Context) -> str:
    """Profile, days, model, filters and whether it is a what-if, between dots."""
    look, view, about = context.look, context.view, context.about
    selection = view.selection
    parts = [about.settings.name, look.numbers.days(selection.date_from, selection.date_to)]
    parts.append(model_label(look.words, selection.model))
    parts += [filter_text(context, item) for item in selection.filters]
    if selection.goals:
        names = {goal.goal: look.say(goal.name) for goal in about.settings.goals}
        parts.append(", ".join(names.get(goal, goal) for goal in selection.goals))
    if selection.settings is not None:
        parts.append(look.say("what-if"))
    return " · ".join(parts)


def filter_text(context: Context, item: Filter) -> str:
    """A filter in words."""
    look = context.look
    values = item.values
    if item.operator not in TEXT_OPERATORS:
        values = tuple(value_label(look.words, value, item.dimension) for value in values)
    operator = operator_texts(look).get(item.operator, item.operator)
    return f"{look.say(DIMENSIONS[item.dimension].label)} {operator} {', '.join(values)}"
