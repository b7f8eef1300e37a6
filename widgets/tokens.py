"""Design tokens: every colour, size and font of the window, from ``resources/theme/tokens.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Theme = Literal["light", "dark"]

THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Step:
    """A step of a colour ramp, with the text colour that can be read on it."""

    fill: str
    text: str


@dataclass(frozen=True)
class ChannelMark:
    """How a channel is drawn wherever it is named: colour and shape."""

    color: str
    symbol: str
    is_filled: bool
    dash: str


@dataclass(frozen=True)
class TypeRole:
    """A text role: family (``ui``, ``display``, ``mono``), pixels, line height, weight, tracking in percent."""

    family: str
    size: int
    line: int
    weight: int
    tracking: float


@dataclass(frozen=True)
class Tokens:
    """The tokens of one theme.

    Attributes:
        theme: which.
        colors: by name (``bg.canvas``).
        channels: by the channel's name as queries give it (``Paid Social``).
        sequential: from little to much.
        diverging: from much less to much more, nine steps.
        roles: text roles by name.
        sizes: pixels by name (``row``).
        radii: pixels by name.
    """

    theme: Theme
    colors: Mapping[str, str]
    channels: Mapping[str, ChannelMark]
    sequential: Sequence[Step]
    diverging: Sequence[Step]
    diverging_below: Sequence[float]
    diverging_above: Sequence[float]
    roles: Mapping[str, TypeRole]
    sizes: Mapping[str, int]
    radii: Mapping[str, int]
    families: Mapping[str, str]
    fallbacks: Mapping[str, Sequence[str]]
    motion: Mapping[str, Any]

    def diverging_step(self, shift: float) -> Step:
        """The step for a relative shift, 0.15 being 15 % more."""
        below = [limit for limit in self.diverging_below if shift <= limit]
        if below:
            return self.diverging[self.diverging_below.index(below[0])]
        above = sum(shift >= limit for limit in self.diverging_above)
        return self.diverging[len(self.diverging_below) + above]


def load_tokens(theme: Theme) -> Tokens:
    """Read the tokens of a theme."""
    file = resources.files("resources") / "theme" / "tokens.json"
    raw = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
    bins = raw["ramp"]["diverging_bins"]
    return Tokens(
        theme=theme,
        colors=raw["color"][theme],
        channels={
            mark["en"]: ChannelMark(mark[theme], mark["pyqtgraph_symbol"], mark["filled"], mark["dash"])
            for mark in raw["channel"].values()
        },
        sequential=[Step(step["fill"], step["text"]) for step in raw["ramp"]["sequential"][theme]],
        diverging=[Step(step["fill"], step["text"]) for step in raw["ramp"]["diverging"][theme]],
        diverging_below=bins["below_or_equal"],
        diverging_above=bins["above_or_equal"],
        roles={
            role["role"]: TypeRole(role["font"], role["size"], role["line"], role["weight"], role["tracking_pct"])
            for role in raw["type"]
        },
        sizes={name: size for name, size in raw["size"].items() if isinstance(size, int)},
        radii=raw["radius"],
        families={kind: raw["font"][kind] for kind in ("ui", "display", "mono")},
        fallbacks={"ui": raw["font"]["fallback"]["ui"], "mono": raw["font"]["fallback"]["mono"]},
        motion=raw["motion"],
    )
