"""One pass of a signal or a gradient summed up: how its variance changes a layer and in all, beside theory's."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.scaled import Floats

Curves = Mapping[tuple[str, str], tuple[Floats, Floats]]

DECADES = 3.0
"""A signal is lost once its variance has changed by more than a factor of 10**DECADES."""

FORWARD = ("activation", "variance")
BACKWARD = ("activation_gradient", "variance")

_SIGNIFICANT = 3.0


@dataclass(frozen=True)
class Direction:
    """One pass summed up: how its variance changes a layer, and in all.

    `factor` is the variance factor per layer (geometric mean over layers, median over networks), `error`
    its standard error; `decades` the change of log10 variance from the first layer the pass meets to the
    last, `scatter` the standard deviation of `decades` between single networks that the measured layers
    imply; `survives` the layers passed before the variance has changed by 10**DECADES; `theory` the decades
    of infinite width, NaN where there is no theory. `zero` tells a variance of exactly 0.
    """

    factor: float
    error: float
    decades: float
    scatter: float
    drift: float
    steps: int
    survives: int
    theory: float
    zero: bool

    @property
    def rate(self) -> str:
        """The factor per layer with its standard error, as text."""
        per_layer = self.decades / self.steps if self.steps else 0.0
        if abs(per_layer) >= DECADES:
            return f"10^{per_layer:.2f}"
        return f"{number(self.factor)} ± {self.error:.1g}" if self.error else number(self.factor)

    @property
    def sign(self) -> int:
        """-1 vanishes, 0 holds, 1 explodes."""
        return sign_of(-math.inf if self.zero else self.decades)

    @property
    def is_chance(self) -> bool:
        """Whether the scheme keeps the average, and this change is what finite width does to single networks."""
        excess = abs(self.decades - self.theory - self.drift)
        return sign_of(self.theory) == 0 and (self.zero or excess <= _SIGNIFICANT * self.scatter)


def sign_of(decades: float) -> int:
    """-1, 0 or 1: whether a change of so many decades is a loss, none, or an explosion."""
    return 0 if math.isnan(decades) or abs(decades) <= DECADES else int(math.copysign(1, decades))


def direction(curves: Curves, theory: Curves, pair: tuple[str, str], along: Callable[[Floats], Floats]) -> Direction:
    """The pass of (quantity, statistic) `pair`, its curves put in the order of the pass by `along`."""
    values, logs = (along(array) for array in curves[pair])
    expected = along(theory[pair][1])[0] if pair in theory else np.full(logs.shape[1], np.nan)
    steps = logs.shape[1] - 1
    if np.isnan(values).any() and np.isnan(logs[np.isnan(values)]).all():
        return Direction(math.nan, 0.0, math.nan, 0.0, 0.0, steps, 0, math.nan, False)
    change = expected[-1] - expected[0]
    gone = np.abs(logs - logs[:, :1]) > DECADES
    survives = int(np.median(np.where(gone.any(axis=1), gone.argmax(axis=1) - 1, steps)))
    if (values == 0).any():
        first_zero = int((values == 0).any(axis=0).argmax())
        return Direction(0.0, 0.0, -math.inf, 0.0, 0.0, steps, max(0, min(survives, first_zero - 1)), change, True)
    if steps == 0:
        return Direction(1.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, False)
    increments = np.diff(logs, axis=1)
    totals = increments.sum(axis=1)
    # What the layers do at random is what is left when the theory's own change is taken away.
    noise = increments - (np.diff(expected) if np.isfinite(expected).all() else increments.mean())
    spread = float(np.std(noise, ddof=1)) if noise.size > 1 else 0.0
    n_seeds = len(logs)
    error = spread * math.sqrt(steps / n_seeds)
    if n_seeds >= 4:
        error = max(error if n_seeds < 8 else 0.0, float(np.std(totals, ddof=1)) / math.sqrt(n_seeds))
    decades = float(np.median(totals))
    factor = 10 ** max(-300.0, min(300.0, decades / steps))
    return Direction(
        factor=factor,
        error=factor * math.log(10) * error / steps,
        decades=decades,
        scatter=spread * math.sqrt(steps),
        # A factor of mean one and log-variance s^2 has a log-mean of -s^2 / 2.
        drift=-steps * spread**2 * math.log(10) / 2,
        steps=steps,
        survives=survives,
        theory=float(change),
        zero=False,
    )


def power(decades: float) -> str:
    """10**decades as a reader says it."""
    return number(10**decades) if abs(decades) < DECADES else f"10^{decades:.1f}"


def number(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}"
