"""The conversions behind a cell of a comparison add up to the cell, page by page."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from engine import AttribenchError, Code
from engine.queries.models import ROWS

if TYPE_CHECKING:
    from tests.conftest import Lab

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MODELS = ("last_touch", "linear", "markov")


@pytest.mark.parametrize("by", ROWS)
@pytest.mark.parametrize("basis", ["conversion", "touch"])
def test_they_add_up_to_the_cell(world: Lab, by: str, basis: str) -> None:
    """G3, A5: of every row of compare, Unattributed included, under each model."""
    table = world.profile.compare(*YEAR, models=MODELS, by=by, date_basis=basis).table
    assert "unattributed" in table["row"].to_list()
    for row in table.filter(table["row"] != "outside").iter_rows(named=True):
        shown = f"{row['platform']}:{row['entity_id']}" if row["entity_id"] else row["value"]
        for model in MODELS:
            found = {"conversions": 0.0, "revenue": 0.0}
            cursor = None
            while True:
                page = world.profile.behind(
                    *YEAR, by=by, id=shown, model=model, limit=3, cursor=cursor, date_basis=basis
                )
                for name in found:
                    found[name] += page.table[name].sum()
                assert page.pagination is not None
                cursor = page.pagination["cursor"]
                if cursor is None:
                    break
            assert found["conversions"] == pytest.approx(row[f"{model}.conversions"] or 0, abs=1e-5), (shown, model)
            assert found["revenue"] == pytest.approx(row[f"{model}.revenue"] or 0, abs=1e-5), (shown, model)


def test_a_row_nobody_was_credited_to_is_empty(world: Lab) -> None:
    assert world.profile.behind(*YEAR, by="channel", id="nobody's").table.is_empty()


def test_what_rows_there_can_be_is_said(world: Lab) -> None:
    with pytest.raises(AttribenchError) as caught:
        world.profile.behind(*YEAR, by="medium", id="cpc")
    assert caught.value.code is Code.QUERY_INVALID
    assert "landing_page" in str(caught.value.facts["expected"])


def test_people_can_be_hidden(world: Lab) -> None:
    for email in world.profile.behind(*YEAR, by="channel", id="Unattributed", masked=True).table["email"].drop_nulls():
        assert "***@" in email
