"""Exponentials that keep their relative precision in the tails and never overflow."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
P = ParamSpec("P")
T = TypeVar("T")

ROOT_2_PI = math.sqrt(2 * math.pi)


def quiet(function: Callable[P, T]) -> Callable[P, T]:
    """Decorates a function whose tail may underflow: to zero, which is the right answer.

    NumPy's own decorator would hold on to what no other process can be sent.
    """

    @wraps(function)
    def silent(*arguments: P.args, **keywords: P.kwargs) -> T:
        with np.errstate(under="ignore"):
            return function(*arguments, **keywords)

    return silent


def log_or_inf(values: Array) -> Array:
    """The logarithm of numbers >= 0, -inf at zero."""
    return np.log(values, out=np.full_like(values, -math.inf), where=values > 0)


def decay(h: Array) -> Array:
    """exp(-|h|)."""
    out = np.empty_like(h)
    np.abs(h, out=out)
    return np.exp(np.negative(out, out=out), out=out)


def logistic(h: Array) -> Array:
    """1/(1 + exp(-h)), precise in both tails."""
    e = decay(h)
    gate = np.maximum(e, np.greater_equal(h, 0))
    e += 1
    gate /= e
    return gate


def half_square(h: Array) -> Array:
    """h^2/2, held where it would overflow."""
    out = np.clip(h, -1e18, 1e18)
    out *= out
    out /= 2
    return out


def bell(h: Array) -> Array:
    """The standard normal density."""
    out = half_square(h)
    np.exp(np.negative(out, out=out), out=out)
    out /= ROOT_2_PI
    return out
