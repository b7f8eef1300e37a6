"""``make bench``: prints every measurement. ``python -m tests.benchmarks import rebuild --people 200000 2000000``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import importing, peers, querying, rebuilding, reporting, syncing, windowing

_PARTS = ("import", "sync", "rebuild", "queries", "window", "report", "peers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=list(_PARTS), help=", ".join(_PARTS))
    parser.add_argument(
        "--people",
        nargs="*",
        type=int,
        default=[200_000, 2_000_000],
        help="demo sizes; 200,000 people make about 1 M events, 2,000,000 about 11 M",
    )
    parser.add_argument("--visitors", type=int, default=querying.VISITORS, help="of the workspace that is queried")
    parser.add_argument("--charges", type=int, default=syncing.CHARGES, help="that are synced; 0 leaves them out")
    parser.add_argument("--ads", type=int, default=syncing.ADS, help="of which two years are synced; 0 leaves them out")
    parser.add_argument("--journeys", nargs="*", type=int, default=peers.JOURNEYS, help="sizes of the race with peers")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attribench-bench-") as scratch:
        if "import" in arguments.what:
            importing.report(Path(scratch), arguments.people[0], arguments.runs)
        if "sync" in arguments.what:
            syncing.report(Path(scratch), arguments.charges, arguments.ads)
        if "rebuild" in arguments.what:
            rebuilding.report(Path(scratch), arguments.people)
        if {"queries", "window"} & {*arguments.what}:
            database = Path(scratch) / "queries.duckdb"
            made = querying.prepared(database, arguments.visitors)
            if "queries" in arguments.what:
                querying.report(database, made)
            if "window" in arguments.what:
                windowing.report(Path(scratch), database)
            database.unlink()
        if "report" in arguments.what:
            reporting.report(Path(scratch))
        if "peers" in arguments.what:
            peers.report(Path(scratch), arguments.journeys, arguments.runs)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
