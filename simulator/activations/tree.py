"""A formula of h as a tree, and its value and derivative at h, worked out side by side."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from simulator.activations.base import Array
from simulator.activations.tails import decay, logistic

_FAR = 300.0
"""Where an exponential is held: no formula with slopes that have a bound needs more."""

GRID = np.linspace(-40, 40, 16_001)
Dual = tuple[Any, Any]
"""A value and its derivative by h: arrays, or numbers where h is not in it."""


def _exp(a: Array) -> Dual:
    e = np.exp(np.clip(a, -_FAR if a.dtype == np.float64 else -80, _FAR if a.dtype == np.float64 else 80))
    return e, e


def _tanh(a: Array) -> Dual:
    e = decay(2 * np.clip(a, -400, 400))
    return np.tanh(a), 4 * e / (1 + e) ** 2


def _sigmoid(a: Array) -> Dual:
    e = decay(a)
    return logistic(a), e / (1 + e) ** 2


FUNCTIONS: dict[str, Callable[[Array], Any]] = {
    "exp": _exp,
    "log": lambda a: (np.log(a), 1 / a),
    "log1p": lambda a: (np.log1p(a), 1 / (1 + a)),
    "expm1": lambda a: (np.expm1(np.clip(a, -_FAR, 80)), _exp(a)[1]),
    "sqrt": lambda a: (np.sqrt(a), 0.5 / np.sqrt(a)),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": lambda a: (np.maximum(a, 0) + np.log1p(decay(a)), logistic(a)),
    "erf": lambda a: (special.erf(a), 2 / math.sqrt(math.pi) * np.exp(-np.square(np.clip(a, -30, 30)))),
    "sin": lambda a: (np.sin(a), np.cos(a)),
    "cos": lambda a: (np.cos(a), -np.sin(a)),
    "arctan": lambda a: (np.arctan(a), 1 / (1 + np.square(np.clip(a, -1e15, 1e15)))),
    "abs": lambda a: (np.abs(a), np.sign(a)),
    "relu": lambda a: (np.maximum(a, 0), np.greater(a, 0).astype(a.dtype)),
}
"""Functions of one argument: value and derivative."""

EXTREMES = ("maximum", "minimum")
"""Functions of two arguments."""

_BENT = ("abs", "relu", *EXTREMES)


class Tree:
    """A formula as it was read: `kind` is "h", "number", an operator or a function's name."""

    __slots__ = ("kind", "number", "parts")

    def __init__(self, kind: str, *parts: Tree, number: float = 0.0) -> None:
        self.kind, self.parts, self.number = kind, parts, number

    def at(self, h: Array) -> Dual:
        """Value and derivative at h."""
        if self.kind == "h":
            return h, np.ones_like(h)
        if self.kind == "number":
            return np.full_like(h, self.number), np.zeros_like(h)
        (a, da), *rest = (part.at(h) for part in self.parts)
        if self.kind in FUNCTIONS:
            value, slope = FUNCTIONS[self.kind](a)
            return value, np.where(da == 0, 0, slope * da)  # where it is constant no slope matters, nor its infinity
        b, db = rest[0]
        if self.kind in EXTREMES:
            first = a > b if self.kind == "maximum" else a < b
            return np.where(first, a, b), np.where(first, da, db)
        return _operated(self, a, da, b, db)

    def bends(self) -> list[float]:
        """Where it, or its slope, may jump: between two places of a grid, halved until they are neighbours."""
        places = [place for part in self.parts for place in part.bends()]
        if self.kind in _BENT:
            inner = self.parts[0] if len(self.parts) == 1 else Tree("-", *self.parts)
            above = np.asarray(inner.at(GRID)[0] > 0)
            for place in np.flatnonzero(above[1:] != above[:-1])[:64]:
                low, high = GRID[place], GRID[place + 1]
                for _ in range(60):
                    middle = (low + high) / 2
                    same = bool(inner.at(np.array([middle]))[0][0] > 0) == bool(above[place])
                    low, high = (middle, high) if same else (low, middle)
                places.append(round(float(high), 12) + 0.0)
        return places


def _operated(tree: Tree, a: Any, da: Any, b: Any, db: Any) -> Dual:
    if tree.kind == "+":
        return a + b, da + db
    if tree.kind == "-":
        return a - b, da - db
    if tree.kind == "*":
        return a * b, da * b + a * db
    if tree.kind == "/":
        return a / b, (da - a / b * db) / b
    n = tree.parts[1].number
    return a**n, np.where(da == 0, 0, n * a ** (n - 1) * da)
