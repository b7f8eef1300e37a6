"""The SQL behind every query runs in the SQL console, statement by statement, as *Copy as SQL* gives it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from engine.queries.registry import QUERIES
from engine.queries.selection import Filter, Selection
from tests.engine.queries.test_parameters import NEEDED

if TYPE_CHECKING:
    from tests.conftest import Lab

FILTERS = (Filter("channel", "is_not", ("Display",)), Filter("page", "contains", ("land",)))


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if query.is_repeatable])
def test_the_sql_of_a_query_runs_in_the_console(world: Lab, name: str) -> None:
    selection = Selection(date(2026, 6, 8), date(2026, 6, 14), "linear", FILTERS)
    text = world.profile.sql_of(name, selection, **NEEDED.get(name, {}))
    statements = [part for part in text.split(";\n") if part.strip()]
    assert statements
    for statement in statements:
        world.workspace.run_sql(statement, limit=10)
