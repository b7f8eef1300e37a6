"""A small causal simulator of one fictional clinic and shop, with known truth.

``simulate`` writes the same kinds of files an agency would import (events, touches, conversions, people, ad spend,
rates) and one file that is never imported: the truth, which says for every conversion what share of it each touch
caused. Everything here is invented; no figure describes a real business.
"""

from engine.demo.plan import DEMO_PROFILE, DemoFiles, DemoPlan, DemoProfile
from engine.demo.simulation import simulate

__all__ = ["DEMO_PROFILE", "DemoFiles", "DemoPlan", "DemoProfile", "simulate"]
