"""What can happen to signal and gradient, one sentence each."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What happened, as a sentence."""

    HOLDS = "Signal and gradient survive from the first layer to the last."
    SIGNAL_VANISHES = "The signal vanishes on its way forward while the gradient keeps its size."
    SIGNAL_EXPLODES = "The signal explodes on its way forward while the gradient keeps its size."
    GRADIENT_VANISHES = "The gradient vanishes on its way back while the signal keeps its size."
    GRADIENT_EXPLODES = "The gradient explodes on its way back while the signal keeps its size."
    BOTH_VANISH = "Signal and gradient both vanish."
    BOTH_EXPLODE = "Signal and gradient both explode."
    VANISHES_THEN_EXPLODES = "The signal vanishes on its way forward and the gradient explodes on its way back."
    EXPLODES_THEN_VANISHES = "The signal explodes on its way forward and the gradient vanishes on its way back."
    SIGNAL_IS_ZERO = "The signal does not vary at all: the activations of some layer are all the same."
    GRADIENT_IS_ZERO = "The gradient is exactly zero: nothing below some layer can learn."
    GRADIENT_IS_NAN = "The loss's gradient is not a number: nothing can learn from it."
