"""Whether a function is an activation and a derivative its own, and a derivative from values where none is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.registry import SettingError

Floats = NDArray[np.float64]
Array = NDArray[np.floating[Any]]
Function = Callable[[Array], Array]

PLACES = np.array([sign * place for place in np.geomspace(1e-3, 30, 60) for sign in (-1.0, 1.0)])
"""Where a derivative is checked."""

_STEPS = 2.0 ** -np.arange(8.0, 20.0)
"""Widths that are tried for a derivative from values."""

_STENCIL = {
    0: ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12)),
    1: ((0, -25 / 12), (1, 4.0), (2, -3.0), (3, 4 / 3), (4, -1 / 4)),
}
"""Derivatives of fourth order: (place in steps, factor), central and to one side."""

_AGREES = 1e-6
"""How well a given derivative must agree with one from values, relative to the steepest slope."""


def like_its_argument(function: Function) -> Function:
    """The function with results of its argument's type and shape, and without warnings."""

    def evaluate(h: Array) -> Array:
        with np.errstate(all="ignore"):
            values = np.asarray(function(h))
        return np.broadcast_to(values, np.shape(h)).astype(h.dtype, copy=False)

    return evaluate


def check_values(name: str, phi: Function) -> None:
    """Raise SettingError where the function gives no number."""
    for places in (PLACES, np.array([0.0, -1e3, 1e3])):
        values = phi(places)
        if not np.isfinite(values).all():
            bad = float(places[~np.isfinite(values)][0])
            raise SettingError(f"activation {name!r} must give a number everywhere; at h = {bad:.4g} it gives none.")


def check_slope(name: str, phi: Function, slope: Function, kinks: tuple[float, ...]) -> None:
    """Raise SettingError where `slope` is not the function's."""
    expected, accuracy = from_values(phi, kinks)
    given, wanted = slope(PLACES), expected(PLACES)
    steepest = max(float(np.abs(wanted).max()), 1e-300)
    wrong = ~(np.abs(given - wanted) <= (_AGREES + 10 * accuracy) * steepest)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise SettingError(
            f"activation {name!r} has a derivative that is not its own: at h = {PLACES[at]:.4g} it is {given[at]:.6g}, "
            f"the function's slope {wanted[at]:.6g}."
        )


def from_values(phi: Function, kinks: tuple[float, ...]) -> tuple[Function, float]:
    """The derivative by differences, of the width at which two widths agree best, and how well they agree."""
    tries = [_differences(phi, kinks, step) for step in _STEPS]
    slopes = np.stack([one(PLACES) for one in tries])
    steepest = max(float(np.abs(slopes).max()), 1e-300)
    errors = np.abs(np.diff(slopes, axis=0)).max(axis=1) / steepest
    best = int(np.argmin(errors))
    return tries[best + 1], float(errors[best])


def _differences(phi: Function, kinks: tuple[float, ...], step: float) -> Function:
    def slope(h: Array) -> Array:
        places = np.asarray(h, dtype=np.float64)
        width = step * np.maximum(1.0, np.abs(places))
        first = _sum(phi, places, width, _STENCIL[0])
        for kink in kinks:  # no difference across one; on it, that to its left
            for side, near in (
                (-1.0, (places <= kink) & (places + 2 * width > kink)),
                (1.0, (places > kink) & (places - 2 * width < kink)),
            ):
                if near.any():
                    first[near] = _sum(phi, places[near], side * width[near], _STENCIL[1])
        return first.astype(h.dtype, copy=False)

    return slope


def _sum(phi: Function, places: Floats, width: Floats, stencil: tuple[tuple[int, float], ...]) -> Floats:
    total = np.zeros_like(places)
    for number, factor in stencil:
        total += factor * phi(places + number * width)
    with np.errstate(all="ignore"):
        return np.nan_to_num(total / width)
