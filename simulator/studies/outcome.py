"""The outcomes for signal and gradient, one sentence each, and how well a network fares by that."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The outcome of the typical network, as a sentence."""

    HOLDS = "Signal and gradient survive, and inputs stay apart."
    INPUTS_ALIKE = "Signal and gradient survive, but inputs become alike."
    SIGNAL_VANISHES = "The signal vanishes while the gradient survives."
    SIGNAL_EXPLODES = "The signal explodes while the gradient survives."
    GRADIENT_VANISHES = "The gradient vanishes while the signal survives."
    GRADIENT_EXPLODES = "The gradient explodes while the signal survives."
    BOTH_VANISH = "Signal and gradient both vanish."
    BOTH_EXPLODE = "Signal and gradient both explode."
    VANISHES_THEN_EXPLODES = "The signal vanishes and the gradient explodes."
    EXPLODES_THEN_VANISHES = "The signal explodes and the gradient vanishes."
    SIGNAL_IS_ZERO = "The signal is gone: from some layer on, every activation is identical."
    GRADIENT_IS_ZERO = "The gradient is exactly zero: nothing below some layer can learn."
    GRADIENT_IS_NAN = "The loss's gradient is not a number: nothing can learn from it."


class Level(StrEnum):
    """How the network fares: the colour of every place that shows a verdict."""

    HOLDS = "holds"
    PARTLY = "partly"
    FAILS = "fails"


BY_SIGNS = {
    (0, 0): Outcome.HOLDS,
    (-1, 0): Outcome.SIGNAL_VANISHES,
    (1, 0): Outcome.SIGNAL_EXPLODES,
    (0, -1): Outcome.GRADIENT_VANISHES,
    (0, 1): Outcome.GRADIENT_EXPLODES,
    (-1, -1): Outcome.BOTH_VANISH,
    (1, 1): Outcome.BOTH_EXPLODE,
    (-1, 1): Outcome.VANISHES_THEN_EXPLODES,
    (1, -1): Outcome.EXPLODES_THEN_VANISHES,
}
"""The outcome by what signal and gradient do: -1 vanish, 0 survive, 1 explode."""
