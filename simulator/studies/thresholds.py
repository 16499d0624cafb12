"""From which number on a format rounds sigmoid and tanh to their limits, and a naive cross-entropy breaks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.activations import Activation
from simulator.scaled import Array, Floats
from simulator.studies.formats import COMPUTED, FORMATS, Format, limits, silent

Holds = Callable[[Array], NDArray[np.bool_]]

_WINDOW = 4096
"""Neighbours on either side that are tried after bisection: near its end a function may step back and forth."""

PYTORCH = {
    "sigmoid(z) = 1": (8.3203125, 6.25, 16.63553237915039, 36.73680056967711),
    "sigmoid(−z) = 0": (17.34375, 89.0, 88.72283935546875, 709.7827128933841),
    "tanh(z) = 1": (4.5078125, 3.46875, 9.01084041595459, 19.061547465468465),
}
"""The same thresholds in PyTorch 2.13 on a CPU, in the order of COMPUTED."""


@dataclass(frozen=True)
class Thresholds:
    """The smallest positive z of a format from which on each statement holds; NaN where it never does."""

    format: str
    measured: dict[str, float]

    def __getitem__(self, statement: str) -> float:
        return self.measured[statement]


@cache
def thresholds(name: str) -> Thresholds:
    """Every threshold of the format `name`, found among all its positive numbers."""
    kind = FORMATS[name]
    statements: dict[str, Holds] = {
        "sigmoid(z) = 1": lambda z: kind.sigmoid(z) == 1,
        "sigmoid(−z) = 0": lambda z: kind.sigmoid(-z) == 0,
        "naive 1/(1 + exp(−z)) = 1": lambda z: kind.naive_sigmoid(z) == 1,
        "naive 1/(1 + exp(z)) = 0": lambda z: kind.naive_sigmoid(-z) == 0,
        "tanh(z) = 1": lambda z: _tanh(kind, z) == 1,
        "NumPy's tanh(z) = 1": lambda z: np.tanh(z.astype(kind.kind)).astype(kind.work) == 1,
        "−log(1 − a) = inf": lambda z: np.isinf(naive_loss(kind, z, 0)),
        "naive loss NaN, y = 1": lambda z: np.isnan(naive_loss(kind, z, 1)),
    }
    return Thresholds(name, {statement: smallest(kind, holds) for statement, holds in statements.items()})


def smallest(kind: Format, holds: Holds) -> float:
    """The smallest positive number of the format from which on `holds`; NaN if it fails at the largest."""
    low, top = 0, int(np.array([kind.largest]).astype(kind.kind).view(kind.bits)[0])

    def at(first: int, last: int) -> NDArray[np.bool_]:
        with silent():
            return holds(kind.number(np.arange(first, last + 1, dtype=np.uint64)))

    if not at(top, top)[0]:
        return math.nan
    high = top
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle, middle)[0] else (middle, high)
    first = max(0, high - _WINDOW)
    failing = np.flatnonzero(~at(first, min(top, high + _WINDOW)))
    least = first + int(failing[-1]) + 1 if failing.size else high
    return float(kind.number(np.array([least], dtype=np.uint64))[0])


@lru_cache(maxsize=256)  # an activation's parameters are any numbers a link gives
def rounds_from(name: str, activation: Activation) -> float:
    """The smallest |h| from which on phi(h) or phi(-h) is its limit exactly; NaN where neither ever is."""
    kind = FORMATS[name]
    numbers = [
        smallest(kind, partial(_at_limit, kind, activation, sign, end))
        for sign, end in zip((-1, 1), limits(activation), strict=True)
        if end == end
    ]
    return min(numbers, default=math.nan)


def at_limit(kind: Format, activation: Activation, x: Array) -> NDArray[np.bool_]:
    """Where activations are the limit of phi, rounded to the format, exactly."""
    reached = np.zeros(x.shape, bool)
    for end in limits(activation):
        if end == end:
            reached |= x == kind.round(np.array([end]))
    return reached


def naive_loss(kind: Format, z: Array, y: int) -> Array:
    """-(y log a + (1 - y) log(1 - a)) with a = sigmoid(z), every operation rounded: inf and NaN as they come."""
    with silent():
        a = kind.sigmoid(z)
        logs = kind.round(np.log(a)), kind.round(np.log(kind.round(1 - a)))
        if y == 0:
            return -logs[1]
        return -kind.round(kind.round(kind.work(y) * logs[0]) + kind.round(kind.work(1 - y) * logs[1]))


def stable_loss(kind: Format, z: Array, y: int) -> Array:
    """The same loss from the logit, max(z, 0) - y z + log(1 + exp(-|z|)), in the work type, rounded once."""
    with silent():
        return kind.round(np.maximum(z, 0) - kind.work(y) * z + np.log1p(np.exp(-np.abs(z))))


def naive_gradient(kind: Format, z: Array) -> Array:
    """dE/dz of -log(1 - a) by the chain rule, 1/(1 - a) times a (1 - a), every operation rounded."""
    with silent():
        a = kind.sigmoid(z)
        rest = kind.round(1 - a)
        return kind.round(kind.round(1 / rest) * kind.round(a * rest))


def losses(name: str, z: Floats) -> dict[str, Floats]:
    """Losses and gradients of a confident wrong answer, y = 0, at logits z: naive and from the logit."""
    kind = FORMATS[name]
    own = kind.round(z)
    made = {
        "naive": naive_loss(kind, own, 0),
        "stable": stable_loss(kind, own, 0),
        "naive gradient": naive_gradient(kind, own),
        "stable gradient": kind.sigmoid(own),
    }
    return {what: values.astype(np.float64) for what, values in made.items()}


def rules(name: str) -> dict[str, float]:
    """The prediction of rounding to t significant bits: 1 + exp(-z) = 1 from t ln 2, and so on."""
    t = FORMATS[name].digits
    # Half formats round a single-precision result once, the others round 1 + exp(-z) on the way.
    once = t + 1 if FORMATS[name].kind is not FORMATS[name].work else t
    return {
        "sigmoid(z) = 1": once * math.log(2),
        "naive 1/(1 + exp(−z)) = 1": t * math.log(2),
        "tanh(z) = 1": (t + 2) * math.log(2) / 2,
    }


def table() -> pd.DataFrame:
    """Every threshold with its rule and PyTorch's value: a row a format and statement."""
    rows = [
        {
            "format": name,
            "statement": statement,
            "measured": value,
            "rule": rules(name).get(statement, math.nan),
            "pytorch": PYTORCH[statement][index] if statement in PYTORCH else math.nan,
        }
        for index, name in enumerate(COMPUTED)
        for statement, value in thresholds(name).measured.items()
    ]
    return pd.DataFrame(rows)


def _tanh(kind: Format, z: Array) -> Array:
    """tanh to the last digit: the C library's in double precision, where NumPy's is a digit off."""
    if kind.work is np.float64:
        return np.array([math.tanh(value) for value in z.tolist()])
    return kind.tanh(z)


def _at_limit(kind: Format, activation: Activation, sign: int, end: float, z: Array) -> NDArray[np.bool_]:
    return np.equal(kind.activate(activation, sign * z), kind.round(np.array([end])))
