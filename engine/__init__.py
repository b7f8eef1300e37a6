"""Attribench's engine: everything but the window. It runs without Qt and without a network.

from engine import Workspace

with Workspace.open("agency.duckdb") as workspace:
    profile = workspace.profile("Acme")
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.errors import AttribenchError, Cancelled, Code
    from engine.profiles import ChannelRule, Condition, Goal, ProfileSettings
    from engine.task import Task
    from engine.workspace import Profile, Workspace
else:
    # Loaded when first asked for: what needs no workspace starts without everything a workspace needs.
    _HOMES = {
        "engine.errors": ("AttribenchError", "Cancelled", "Code"),
        "engine.profiles": ("ChannelRule", "Condition", "Goal", "ProfileSettings"),
        "engine.task": ("Task",),
        "engine.workspace": ("Profile", "Workspace"),
    }

    def __getattr__(name):
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(home), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AttribenchError",
    "Cancelled",
    "ChannelRule",
    "Code",
    "Condition",
    "Goal",
    "Profile",
    "ProfileSettings",
    "Task",
    "Workspace",
]
