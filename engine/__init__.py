"""Attribench's engine: everything but the window. It runs without Qt and without a network.

from engine import Workspace

with Workspace.open("agency.duckdb") as workspace:
    profile = workspace.profile("Acme")
"""

from engine.errors import AttribenchError, Cancelled, Code
from engine.profiles import ChannelRule, Condition, Goal, ProfileSettings
from engine.task import Task
from engine.workspace import Profile, Workspace

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
