"""What the other packages compute, as scripts for the environments :mod:`tests.benchmarks.peers` makes for them.

Each is ``python -c SCRIPT FILE [ORDER]`` on a file of paths (path, conversions, value, nulls) and prints one JSON
object: a number for each channel.
"""

from __future__ import annotations

from typing import NamedTuple


class Peer(NamedTuple):
    """A package and what of it is run.

    Attributes:
        package: with its version, as pip takes it; ``extras`` are what it forgets to ask for.
        does: in words.
        models: the same, as ``attribench attribute`` takes it.
        script: runs it.
    """

    package: str
    extras: tuple[str, ...]
    does: str
    models: tuple[str, ...]
    script: str


CHANNEL_ATTRIBUTION = Peer(
    "ChannelAttribution==2.2.5",
    ("matplotlib", "networkx"),
    "first, last, linear",
    ("--models", "first_touch,last_touch,linear"),
    """
import json, sys
import pandas
import ChannelAttribution
data = pandas.read_csv(sys.argv[1])
found = ChannelAttribution.heuristic_models(data, "path", "conversions", var_value="value", sep=">")
found = found.set_index("channel_name")
print(json.dumps({name: found[f"{name}_touch_conversions"].to_dict() for name in ("first", "last", "linear")}))
""",
)

DO_ATTRIBUTION = Peer(
    "do-attribution==0.0.2",
    (),
    "Markov, exact",
    ("--models", "markov"),
    """
import json, sys
import pandas
from do_attribution import MarkovAttribution
data = pandas.read_csv(sys.argv[1])
order = int(sys.argv[2]) if len(sys.argv) > 2 else 1
converted, lost = data[data.conversions > 0], data[data.nulls > 0]
paths = [*converted.path, *lost.path]
flags = [1] * len(converted) + [0] * len(lost)
weights = [*converted.conversions, *lost.nulls]
found = MarkovAttribution(order=order, removal_strategy="redirect_to_null").fit(paths, flags, weights=weights)
print(json.dumps(found["attribution"]))
""",
)

MTA = Peer(
    "mta==0.0.9",
    (),
    "Shapley, subset game",
    ("--models", "shapley", "--game", "subset"),
    """
import json, sys
import pandas
from mta import MTA
data = pandas.read_csv(sys.argv[1]).rename(columns={"conversions": "total_conversions", "nulls": "total_null"})
data = data[["path", "total_conversions", "total_null"]]
found = MTA(data, allow_loops=True, add_timepoints=False).shapley(normalize=False).attribution["shapley"]
print(json.dumps({name: float(value) for name, value in found.items()}))
""",
)

SPEED = (CHANNEL_ATTRIBUTION, DO_ATTRIBUTION, MTA)
