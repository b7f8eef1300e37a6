"""Agreement with public implementations, on what they computed for the inputs in ``peers/``.

``peers/expected.csv`` names the package and version of every figure; ``python -m tests.benchmarks peers`` installs the
packages and compares anew. ``quickstart`` are the journeys of do-attribution's own documentation.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from engine.attribution.models import CreditSettings
from engine.attribution.standalone import UNATTRIBUTED, attribute_paths, models_named

FOLDER = Path(__file__).parent / "peers"


def expected() -> dict[tuple[str, str, str], dict[str, float]]:
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    with (FOLDER / "expected.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["input"], row["peer"], row["model"]][row["channel"]] = float(row["expected"])
    return dict(found)


@pytest.mark.parametrize(("name", "peer", "model"), expected())
def test_our_figures_are_the_peers(name: str, peer: str, model: str) -> None:
    """A4: markov by order and shapley by their fitted share, rule models by credited conversions."""
    settings = CreditSettings(game="subset", order=int(model.split()[1]) if model.startswith("markov") else 1)
    rows = attribute_paths(FOLDER / f"{name}.csv", models_named([model.split()[0]]), settings).rows
    is_fitted = model.startswith(("markov", "shapley"))
    ours = {row.name: row.share if is_fitted else row.conversions for row in rows if row.name != UNATTRIBUTED}
    assert ours == pytest.approx(expected()[name, peer, model], abs=1e-6)
