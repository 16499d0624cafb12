"""Where a slope is small: the flat intervals of a function, found between its slope's turning points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pair = tuple[float, float]
Flat = Callable[[NDArray[np.floating[Any]]], NDArray[np.bool_]]

_STEPS = 2.0 ** np.arange(-60.0, 1000.0)


def flat_intervals(flat: Flat, turning_points: Sequence[float]) -> tuple[Pair, ...]:
    """Intervals where `flat` holds, given that it changes at most once between turning points.

    Ends are good to the last digits of a double and may be infinite; neighbors that touch at a
    flat point are one interval.
    """
    intervals: list[Pair] = []
    for low, high in pairwise((-math.inf, *turning_points, math.inf)):
        reach = _reach(low, high)
        inside = flat(reach)
        if inside.all():
            intervals.append((low, high))
        elif inside.any():
            turn = int(np.argmax(inside != inside[0]))
            left, right = float(reach[turn - 1]), float(reach[turn])
            intervals.append((low, _edge(flat, left, right)) if inside[0] else (_edge(flat, right, left), high))
    joined: list[Pair] = []
    for low, high in intervals:
        if joined and joined[-1][1] == low and flat(np.array([low]))[0]:
            low = joined.pop()[0]
        joined.append((low, high))
    return tuple(joined)


def _reach(low: float, high: float) -> NDArray[np.float64]:
    """Points between two turning points, close together near the finite ones."""
    if low == -math.inf and high == math.inf:
        return np.concatenate((-_STEPS[::-1], _STEPS))
    pieces = ([low + _STEPS] if low > -math.inf else []) + ([high - _STEPS] if high < math.inf else [])
    points = np.unique(np.concatenate(pieces))
    return points[(points > low) & (points < high)]


def _edge(flat: Flat, inside: float, outside: float) -> float:
    """Where `flat` ceases between a point where it holds and one where it does not."""
    while True:
        trial = np.linspace(inside, outside, 34)
        last = int(np.argmin(flat(trial))) or 33
        if (trial[last - 1], trial[last]) == (inside, outside) or trial[last - 1] == trial[last]:
            return outside
        inside, outside = float(trial[last - 1]), float(trial[last])
