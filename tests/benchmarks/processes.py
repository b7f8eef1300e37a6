"""Running a measured piece of work in a process of its own, so that peak memory is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Run:
    """What a measured process said.

    Attributes:
        seconds: of the measured part, wall clock.
        peak_mb: largest resident memory of the whole process, MB.
        told: anything else it reported.
    """

    seconds: float
    peak_mb: float
    told: dict[str, Any]


def measure(module: str, *arguments: object) -> Run:
    """Run ``python -m MODULE ARGUMENTS``, which prints one JSON object with ``seconds`` and ``peak_mb``."""
    command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told = json.loads(out.strip().splitlines()[-1])
    return Run(told.pop("seconds"), told.pop("peak_mb"), told)


def tell(seconds: float, **told: object) -> None:
    """Print what :func:`measure` reads."""
    import resource

    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, **told}))
