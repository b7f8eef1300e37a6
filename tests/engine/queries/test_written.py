"""A query written out runs as it stands and gives the same figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from polars.testing import assert_frame_equal

from engine.queries.registry import ask
from engine.queries.selection import Filter, Selection
from engine.queries.written import written_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from tests.conftest import Lab


def test_parameters_become_literals_and_texts_stay() -> None:
    sql = "select '$a' as x, $a, $day, $list, $b, '$.path' from t where n = $n"
    written = written_out(sql, {"a": "it's", "day": date(2026, 5, 1), "list": ["x", 2], "b": True, "n": None})
    assert written == "select '$a' as x, 'it''s', date '2026-05-01', ['x', 2], true, '$.path' from t where n = null"


@pytest.mark.parametrize("name", ["channels", "campaigns", "compare", "overview"])
def test_the_statement_of_a_query_gives_its_figures(world: Lab, name: str) -> None:
    """Its attributed revenue, summed over the rows, is that of the same query asked the usual way."""
    selection = Selection(
        date(2026, 6, 8), date(2026, 6, 14), model="linear", filters=(Filter("country", "is_not", ("o'%_$1",)),)
    )
    usual: list[pl.DataFrame] = []
    with world.profile.scope(selection, ["linear"]) as scope:

        def listen(sql: str, parameters: Mapping[str, Any]) -> None:
            usual.append(scope.cursor.frame(sql, parameters))

        ask(replace(scope, listener=listen), name, {})
    statements = world.profile.sql_of(name, selection).split(";\n\n")
    assert len(statements) == len(usual)
    with world.profile.store.read() as cursor:
        again = [cursor.frame(statement.strip().rstrip(";")) for statement in statements]
    for one, other in zip(again, usual, strict=True):
        assert_frame_equal(one, other, check_row_order=False)
