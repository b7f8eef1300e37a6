"""The attribution models: each is a weight per row of the path table (DOMAIN A4).

A path row (engine/derive/steps/210_paths.sql) is one touch of one conversion with its ``position`` among the
``touch_count`` eligible touches of the click window (0: not eligible), the same for the first-touch window, and the
shares that need the whole path: ``decay_share``, ``engagement_share``, ``markov_share``, ``shapley_share``. The weights
of a conversion's rows sum to 1 wherever the count of the model's window is above zero; where it is zero, the conversion
is Unattributed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.profiles import ProfileSettings

Game = Literal["rate", "subset"]
FitOn = Literal["channel", "source", "campaign"]

DEFAULT_MODEL = "last_touch"
NOT_SET = "(not set)"
"""An absent value, as a row, as a filter value and as a state (A10)."""
GAMES: tuple[Game, ...] = ("rate", "subset")
FITTED_ON: tuple[FitOn, ...] = ("channel", "source", "campaign")
ORDERS = range(1, 5)


# Literals with an exponent are doubles in every SQL; DuckDB takes 1.0 for a decimal, which is much slower to divide.
TERMS = {
    "eligible": "cast(position > 0 as double)",
    "opening": "cast(position = 1 as double)",
    "closing": "cast(position > 0 and position = touch_count as double)",
    "discovering": "cast(first_position = 1 as double)",
    "closing_other": "cast(is_last_non_direct as double)",
    "even": "case when touch_count > 0 then 1e0 / touch_count else 0e0 end",
    "even_inner": "case when touch_count > 2 then 1e0 / (touch_count - 2) else 0e0 end",
}
"""What several models say of a row, as numbers: 1 or 0 for a place, and a share of all touches or of the inner ones.
Models asked together compute each once."""


@dataclass(frozen=True)
class Model:
    """An attribution model.

    Attributes:
        name: as users type it.
        rows: condition on a path row that every row with credit meets, so that others need not be read.
        weight: SQL expression over a path row and :data:`TERMS`, its credit; zero where ``rows`` does not hold. May use
            the parameters ``$weight_first``, ``$weight_middle`` and ``$weight_last``.
        definition: what it does, in a sentence.
        count: column with the number of eligible touches of its window; zero means Unattributed.
        is_fitted: learned from all journeys; has a ``share`` of each state.
    """

    name: str
    rows: str
    weight: str
    definition: str
    count: str = "touch_count"
    is_fitted: bool = False

    @property
    def credit(self) -> str:
        """The weight over the columns of a path row alone."""
        return _TERM.sub(lambda found: f"({TERMS[found[0]]})", self.weight)


_TERM = re.compile(r"\b(" + "|".join(TERMS) + r")\b")

# With one touch both ends are the same row, which gets half as each; with two there is nobody between them.
_POSITION_BASED = """case when touch_count > 2 then 4e-1 else 5e-1 end * (opening + closing)
    + 2e-1 * even_inner * (eligible - opening - closing)"""

_CUSTOM = """case when $weight_first + $weight_middle + $weight_last = 0 then eligible * even
    when touch_count <= 1 then 5e-1 * (opening + closing)
    when touch_count = 2 then case when $weight_first + $weight_last > 0
        then ($weight_first * opening + $weight_last * closing) / ($weight_first + $weight_last)
        else 5e-1 * (opening + closing) end
    else $weight_first * opening + $weight_last * closing
        + $weight_middle * even_inner * (eligible - opening - closing) end"""

RULE_MODELS = (
    Model(
        "last_touch",
        "position > 0 and position = touch_count",
        "closing",
        "All credit to the last eligible touch.",
    ),
    Model(
        "first_touch",
        "first_position = 1",
        "discovering",
        "All credit to the first touch within the first-touch window.",
        count="first_count",
    ),
    Model(
        "split_50_50",
        "position > 0 and (position = 1 or position = touch_count)",
        "5e-1 * (opening + closing)",
        "Half to the first and half to the last eligible touch.",
    ),
    Model("linear", "position > 0", "eligible * even", "The same credit to every eligible touch."),
    Model(
        "position_based",
        "position > 0",
        _POSITION_BASED,
        "40 % to the first, 40 % to the last, 20 % shared by those between.",
    ),
    Model(
        "time_decay",
        "position > 0",
        "decay_share",
        "Credit halves with every half-life that lies between the touch and the conversion.",
    ),
    Model(
        "last_non_direct",
        "is_last_non_direct",
        "closing_other",
        "All credit to the last eligible touch that is not Direct; to the last one when all are.",
    ),
    Model(
        "custom_weighted",
        "position > 0",
        _CUSTOM,
        "The profile's own weights for the first, the middle and the last touch.",
    ),
    Model(
        "engagement_weighted",
        "position > 0",
        "engagement_share",
        "In proportion to the engagement score of each visit.",
    ),
)

FITTED_MODELS = (
    Model(
        "markov",
        "position > 0",
        "markov_share",
        "In proportion to each state's removal effect in a Markov chain fitted on all journeys.",
        is_fitted=True,
    ),
    Model(
        "shapley",
        "position > 0",
        "shapley_share",
        "In proportion to each state's Shapley value over the sets of states of all journeys.",
        is_fitted=True,
    ),
)

MODELS: Mapping[str, Model] = {model.name: model for model in (*RULE_MODELS, *FITTED_MODELS)}


@dataclass(frozen=True)
class CreditSettings:
    """What the path table and the models depend on, apart from the data. Changing it is a what-if; nothing is rebuilt.

    Attributes:
        click_window_days: A2, 1 to 365.
        view_window_hours: A2, 1 to 168.
        first_touch_window_days: A2, 1 to 365.
        half_life_days: of ``time_decay``.
        weights: of ``custom_weighted``: first, middle, last; they sum to 1 unless all are zero.
        order: of ``markov``.
        game: of ``shapley``.
        fit_on: what the states of ``markov`` and ``shapley`` are.
    """

    click_window_days: float = 30
    view_window_hours: float = 24
    first_touch_window_days: float = 90
    half_life_days: float = 7
    weights: tuple[float, float, float] = (0.4, 0.2, 0.4)
    order: int = 1
    game: Game = "rate"
    fit_on: FitOn = "channel"

    @classmethod
    def of_profile(cls, settings: ProfileSettings) -> CreditSettings:
        """The settings of a profile."""
        return cls(
            settings.click_window_days,
            settings.view_window_hours,
            settings.first_touch_window_days,
            settings.half_life_days,
            (settings.weight_first, settings.weight_middle, settings.weight_last),
        ).checked()

    def checked(self) -> CreditSettings:
        """The same, with weights that sum to 1.

        Raises:
            AttribenchError: SETTING_INVALID with what is expected.
        """
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise _invalid(name, value, f"{low:g} to {high:g}")
        if self.order not in ORDERS:
            raise _invalid("order", self.order, "1 to 4")
        if self.game not in GAMES:
            raise _invalid("game", self.game, " or ".join(GAMES))
        if self.fit_on not in FITTED_ON:
            raise _invalid("fit_on", self.fit_on, ", ".join(FITTED_ON))
        if len(self.weights) != 3 or not all(0 <= weight <= 1e6 for weight in self.weights):
            raise _invalid("weights", self.weights, "three numbers from 0 up: first, middle, last")
        total = sum(self.weights)
        return replace(self, weights=tuple(w / total for w in self.weights)) if total > 0 else self  # pyright: ignore[reportArgumentType]

    @property
    def parameters(self) -> dict[str, float]:
        """The bound parameters of the models' expressions."""
        return dict(zip(("weight_first", "weight_middle", "weight_last"), self.weights, strict=True))


_RANGES = {
    "click_window_days": (1, 365),
    "view_window_hours": (1, 168),
    "first_touch_window_days": (1, 365),
    "half_life_days": (0.01, 3650),
}


def terms_of(models: Iterable[Model]) -> dict[str, str]:
    """The terms that some models use, with their SQL."""
    used = {name for model in models for name in _TERM.findall(model.weight)}
    return {name: sql for name, sql in TERMS.items() if name in used}


def model_named(name: str) -> Model:
    """A built-in model.

    Raises:
        AttribenchError: MODEL_UNKNOWN with the names there are.
    """
    try:
        return MODELS[name]
    except KeyError as error:
        raise AttribenchError(Code.MODEL_UNKNOWN, name=name, known=list(MODELS)) from error


def _invalid(name: str, value: object, expected: str) -> AttribenchError:
    return AttribenchError(Code.SETTING_INVALID, field=name, value=str(value), expected=expected)
