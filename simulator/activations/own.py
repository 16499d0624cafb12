"""A plain function as an activation: what the theory asks of it is worked out from its values, and checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from simulator.activations.base import Activation
from simulator.activations.slopes import PLACES, Function, check_slope, check_values, from_values, like_its_argument
from simulator.activations.tails import quiet

_FAR = np.array([1e4, 1e6])
_LIMIT = 1e-6
"""Where the slopes at infinity are read off, and how well the two places must agree."""

_GRID_STEP = 1e-3
_GRID = _GRID_STEP * np.arange(-40_000, 40_001)
_MOST = 128
"""Where turning points of |phi'| are looked for, and how many are kept."""


def activation(
    name: str,
    *,
    derivative: Function | None = None,
    kinks: Iterable[float] = (),
    rectifier: bool = False,
    code: Mapping[str, str] | None = None,
    aliases: Iterable[str] = (),
) -> Callable[[Function], Function]:
    """Register a function of an array as an activation under `name`: a decorator that returns the function as it was.

    `derivative` is worked out from the function's values where it is not given, and checked against them where it is.
    `kinks` are where the function or its slope jumps, `rectifier` says that negative h are its inactive side, `code` is
    what it is in other frameworks, an expression in h by framework ("pytorch", "keras", "flax", "numpy"). Raises
    SettingError where the function is no activation, or the derivative not its own.

    >>> import numpy as np, simulator as sim
    >>> @sim.activation("my_silu", code={"pytorch": "h * torch.sigmoid(1.5 * h)"})
    ... def my_silu(h):
    ...     return h / (1 + np.exp(-1.5 * h))
    >>> round(float(sim.gains("my_silu").keeps_gradient), 4)
    1.5172
    """

    def register(function: Function) -> Function:
        phi = like_its_argument(function)
        bends = tuple(sorted({float(kink) for kink in kinks}))
        check_values(name, phi)
        if derivative is None:
            slope, accuracy = from_values(phi, bends)
        else:
            slope, accuracy = like_its_argument(derivative), 0.0
            check_slope(name, phi, slope, bends)
        about = (function.__doc__ or f"The function {function.__name__}").strip().splitlines()[0].removesuffix(".")
        members: dict[str, Any] = {
            "__doc__": f"{about}{'; its derivative is worked out from its values' if derivative is None else ''}.",
            "__module__": getattr(function, "__module__", "__main__"),  # NumPy 2.0's own have none
            "function": lambda self, h: phi(h),
            "derivative": lambda self, h: slope(h),
            "kinks": bends,
            "rectifier": rectifier,
            "accuracy": accuracy,
            "code": dict(code or {}),
            **properties(phi, slope, bends),
        }
        type(name, (Activation,), members, name=name, aliases=tuple(aliases))
        return function

    return register


def properties(phi: Function, slope: Function, kinks: tuple[float, ...]) -> dict[str, Any]:
    """Find properties of the function beside its values: where it is steepest, its limits, its symmetries."""
    at_zero = float(phi(np.zeros(1))[0])
    centred = phi(PLACES) - at_zero
    ends = []
    for side in (-1, 1):
        near, far = slope(side * _FAR)
        settled = math.isfinite(far) and abs(near - far) <= _LIMIT
        ends.append(float(np.round(far, 6)) if settled else 0.0)
    return {
        "value_at_zero": at_zero,
        "odd": bool(np.allclose(centred[::2], -centred[1::2], rtol=1e-14, atol=0)),
        "homogeneous": bool(
            kinks in ((), (0.0,)) and np.allclose(phi(3 * PLACES), 3 * phi(PLACES), rtol=1e-14, atol=0)
        ),
        "turning_points": _turning_points(slope, kinks),
        "slopes_at_infinity": (ends[0], ends[1]),
        "slopes_at_zero": (float(slope(np.array([-1e-300]))[0]), float(slope(np.array([1e-300]))[0])),
        "centred": quiet(lambda self, h: phi(h) - h.dtype.type(at_zero)),
    }


def _turning_points(slope: Function, kinks: tuple[float, ...]) -> tuple[float, ...]:
    """Where |phi'| is largest or smallest, and the kinks; of one that oscillates, those next to 0."""
    size = np.abs(slope(_GRID))
    noise = 1e-9 * max(float(size.max()), 1e-300)
    moves = np.diff(size)
    ways = np.sign(np.where(np.abs(moves) > noise, moves, 0.0))
    going = np.flatnonzero(ways)
    turns = going[1:][ways[going[1:]] != ways[going[:-1]]]
    turns = np.sort(turns[np.argsort(np.abs(_GRID[turns]), kind="stable")[:_MOST]])
    bend = moves[turns] - moves[turns - 1]  # of the parabola through three places, whose vertex is meant
    vertex = _GRID[turns] - (moves[turns] + moves[turns - 1]) / 2 / np.where(bend == 0, np.inf, bend) * _GRID_STEP
    for kink in kinks:
        vertex = vertex[np.abs(vertex - kink) > 2 * _GRID_STEP]
    return tuple(sorted({*kinks, *np.round(vertex, 9).tolist()}))
