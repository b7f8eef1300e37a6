"""The world of ``world.py``, derived once for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import Lab
from tests.engine.queries.world import fill

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The world; tests only ask."""
    lab = Lab(tmp_path_factory.mktemp("queries") / "world.duckdb")
    try:
        fill(lab)
        yield lab.rebuild()
    finally:
        lab.close()
