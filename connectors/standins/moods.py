"""Bad moods of providers: now and then a request is limited, fails, or breaks off, the same ones at every run.

No two in a row, so that a patient client gets everything.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from connectors.standins.base import reply

if TYPE_CHECKING:
    from connectors.http import Request, Response
    from connectors.standins.base import Standin

_LIMITED, _FAILED, _RESET = 3, 5, 6  # of a hundred requests, running sums


class Moods:
    """A stand-in with moods.

    Args:
        standin: what answers.
        seed: of the moods.

    Attributes:
        limited: requests that were answered with a limit.
        failed: those that failed or broke off.
    """

    def __init__(self, standin: Standin, seed: str) -> None:
        self._standin = standin
        self._seed = seed
        self._number = 0
        self._was_bad = False
        self.limited = 0
        self.failed = 0

    def __call__(self, request: Request) -> Response:
        self._number += 1
        told = hashlib.blake2b(f"{self._seed} {self._number}".encode(), digest_size=4).digest()
        dice = int.from_bytes(told) % 100
        was_bad, self._was_bad = self._was_bad, dice < _RESET
        if was_bad or not self._was_bad:
            self._was_bad = False
            return self._standin(request)
        if dice < _LIMITED:
            self.limited += 1
            return self._standin.limited()
        self.failed += 1
        if dice < _FAILED:
            return reply({"error": {"message": "An internal error occurred."}}, 500)
        raise ConnectionResetError("connection reset by peer")
