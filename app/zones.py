"""The time zone of this computer, by its IANA name."""

from __future__ import annotations

from PySide6.QtCore import QTimeZone


def local_zone() -> str:
    """IANA name of the system's zone; ``UTC`` where it has none."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")
    return name if "/" in name else "UTC"
