"""``attribench attribute --paths`` against other packages, whole processes side by side on the same journeys.

Every peer gets an environment of its own, made in the scratch folder. It reads the file with pandas, as its users do,
and computes only what it has; we are asked for the same models. Before the race all must agree to 1e-6.
"""

from __future__ import annotations

import csv
import json
import os
import random
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.peer_scripts import DO_ATTRIBUTION, MTA, SPEED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.peer_scripts import Peer

JOURNEYS = (10_000, 100_000, 1_000_000)

_CHANNELS = {
    "Direct": 22,
    "Organic Search": 20,
    "Paid Search": 18,
    "Paid Social": 16,
    "Email": 9,
    "Referral": 6,
    "Organic Social": 4,
    "Display": 3,
    "Affiliate": 2,
}
_TARGET = 5
_TOLERANCE = 1e-6


class _Race(NamedTuple):
    seconds: float
    peak_mb: float


def report(scratch: Path, sizes: Sequence[int], runs: int) -> None:
    """Print seconds, peak memory and ratio of each pair, as medians over runs in turn."""
    folder = scratch / "peers"
    folder.mkdir()
    pythons = {peer: _environment(folder, peer) for peer in SPEED}
    _agree(folder, pythons)
    print(f"\nAttribution of one path a row, against peers (target: at least {_TARGET} times faster)")
    print(f"{'journeys':>10}  {'peer':28}{'does':24}{'s':>7}{'MB':>7}{'ours s':>8}{'MB':>7}{'ratio':>8}")
    for size in sizes:
        paths = _write_paths(folder / f"paths{size}.csv", size)
        for peer, python in pythons.items():
            theirs: list[_Race] = []
            ours: list[_Race] = []
            for _ in range(runs):
                theirs.append(_race([str(python), "-c", peer.script, str(paths)]))
                ours.append(_race([*_OURS, "--paths", str(paths), *peer.models]))
            their, our = _median(theirs), _median(ours)
            print(
                f"{size:>10,}  {peer.package:28}{peer.does:24}{their.seconds:>7.2f}{their.peak_mb:>7,.0f}"
                f"{our.seconds:>8.3f}{our.peak_mb:>7,.0f}{their.seconds / our.seconds:>7.1f}x"
            )


_OURS = (sys.executable, "-m", "app", "attribute")


def _environment(folder: Path, peer: Peer) -> Path:
    """Install a peer; returns its interpreter."""
    home = folder / peer.package.partition("==")[0]
    python = home / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run([*uv, "venv", "--python", sys.executable, str(home)], check=True, env=environment)
    packages = [peer.package, *peer.extras]
    subprocess.run(
        [*uv, "pip", "install", "--compile-bytecode", "--python", str(python), *packages], check=True, env=environment
    )
    return python


def _agree(folder: Path, pythons: dict[Peer, Path]) -> None:
    """Compare the data-driven shares on random paths."""
    largest = 0.0
    for seed in range(3):
        paths = _write_paths(folder / f"agree{seed}.csv", 400, seed)
        for order in (1, 2):
            theirs = _told([str(pythons[DO_ATTRIBUTION]), "-c", DO_ATTRIBUTION.script, str(paths), str(order)])
            largest = max(largest, _difference(theirs, paths, "--models", "markov", "--order", str(order)))
        values = _told([str(pythons[MTA]), "-c", MTA.script, str(paths)])
        theirs = {name: value / sum(values.values()) for name, value in values.items()}
        largest = max(largest, _difference(theirs, paths, *MTA.models))
    if largest > _TOLERANCE:
        raise SystemExit(f"Our shares differ from the peers' by {largest:g}")
    print(f"\nShares of markov (orders 1, 2) and shapley agree with the peers': largest difference {largest:.1e}")


def _told(command: Sequence[str]) -> dict[str, float]:
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def _difference(theirs: dict[str, float], paths: Path, *options: str) -> float:
    command = [*_OURS, "--paths", str(paths), *options, "--format", "json"]
    data = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["data"]
    ours = {row["channel"]: row["share"] for row in data if row["share"] is not None}
    return max(abs(ours[name] - share) for name, share in theirs.items())


def _median(races: Sequence[_Race]) -> _Race:
    return _Race(*(statistics.median(column) for column in zip(*races, strict=True)))


def _race(command: Sequence[str]) -> _Race:
    """Run a process: wall-clock seconds, and its largest resident memory.

    A process begins with the peak of the one that started it, so a bare interpreter stands between. Everybody's
    modules are compiled, as an installed package's are.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    out = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _TIMER, *command], check=True, capture_output=True, env=environment
    ).stdout
    return _Race(*json.loads(out.splitlines()[-1]))


_TIMER = """
import json, os, sys, time
start = time.perf_counter()
child = os.fork()
if child == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
if status:
    sys.exit(1)
print(json.dumps([seconds, usage.ru_maxrss / 1024]))
"""


def _write_paths(path: Path, journeys: int, seed: int = 5) -> Path:
    """One journey a row, 2.5 touches on average and at most 20, every fifth converting."""
    dice = random.Random(seed)
    names, weights = list(_CHANNELS), list(_CHANNELS.values())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "conversions", "value", "nulls"))
        for _ in range(journeys):
            length = 1
            while dice.random() < 0.6 and length < 20:
                length += 1
            converts = dice.random() < 0.2
            value = round(dice.uniform(10, 300), 2) if converts else 0
            states = dice.choices(names, weights, k=length)
            writer.writerow((" > ".join(states), int(converts), value, int(not converts)))
    return path
