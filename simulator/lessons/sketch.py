"""A prediction that is drawn: how a statistic goes from layer to layer, in decades from where its pass begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.figures import Figure

POINTS = 11
"""Places along the layers, evenly spaced, the first where the pass begins."""

SPAN = 24
"""Decades up and down that there is room for."""


@dataclass(frozen=True)
class Sketch:
    """The curve that a lesson asks for: of which of its charts, and of which network in it."""

    chart: str
    label: str
    said: Callable[[float], str]
    """Which of the lesson's options a curve stands for that changes by so many decades."""
    backward: bool = False
    """Whether the pass begins at the last layer, as a gradient's does; a signal's begins at layer 1."""

    def asked(self, charts: Sequence[Figure]) -> Figure:
        """The chart of the lesson's that has the curve."""
        return next(figure for figure in charts if figure.name == self.chart)

    def option(self, drawn: str) -> str:
        """The option that a drawn curve stands for; "" for what is no curve."""
        places = points(drawn)
        return self.said(places[-1]) if places else ""


def points(drawn: str) -> tuple[float, ...]:
    """The decades of a drawn curve, as it is written: numbers with commas. None for what is no curve."""
    try:
        places = tuple(float(part) for part in drawn.split(",")) if len(drawn) < 10 * POINTS else ()
    except ValueError:
        return ()
    # NaN is within no bounds
    return places if len(places) == POINTS and all(-SPAN <= place <= SPAN for place in places) else ()
