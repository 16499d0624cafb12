"""One quantity along one pass: by how much it changed a layer and in all, beside theory's change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.scaled import Floats

DECADES = 3.0
"""A signal is lost once its variance has changed by more than a factor of 10**DECADES."""

_SIGNIFICANT = 3.0

_STRAIGHTER = 0.5
"""A curve is a power of the layer's number if that fits it with less than this part of an exponential's error."""

_WHOLE = 0.12
"""How far a fitted power may lie from a multiple of a half and still be written as one."""


@dataclass(frozen=True)
class Direction:
    """One quantity on its way through the layers, the typical (median) network of all that were run.

    `factor` is its factor per layer (geometric mean over layers), `error` the standard error of that; `decades` the
    change of its log10 from one end to the other; `scatter` the standard deviation of `decades` between single
    networks that the measured layers imply; `survives` the layers passed before it has changed by 10**`limit`, where
    `falls` counts falling alone; `theory` the decades of infinite width, NaN where there is no theory. `zero` tells a
    quantity that is exactly 0 from step `first_zero` on; `dead` and `lost` count networks that end at 0, and outside
    the limit. `pace` is theory's usual change a layer, in
    decades; `power` is the exponent k where the layer's number to the power k describes the curve better than a
    factor a layer does, NaN elsewhere.
    """

    factor: float
    error: float
    decades: float
    scatter: float
    drift: float
    steps: int
    survives: int
    theory: float
    zero: bool = False
    first_zero: int = 0
    dead: int = 0
    lost: int = 0
    networks: int = 1
    power: float = math.nan
    pace: float = math.nan
    limit: float = DECADES
    falls: bool = False

    @property
    def rate(self) -> str:
        """The factor per layer with its standard error, or the power law, as text."""
        if self.zero:
            return "0"
        if not math.isnan(self.power):
            return f"∝ {law(self.power)}"
        per_layer = self.decades / self.steps if self.steps else 0.0
        if abs(per_layer) >= DECADES:
            return f"10^{per_layer:.2f}"
        return f"{number(self.factor)} ± {self.error:.1g}" if self.error else number(self.factor)

    @property
    def sign(self) -> int:
        """-1 vanishes, 0 holds, 1 explodes."""
        return self.sign_of(-math.inf if self.zero else self.decades)

    @property
    def severity(self) -> float:
        """The change in units of the limit: lost above 1, infinite for an exact zero, 0 where it is no number."""
        change = -math.inf if self.zero else self.decades
        if math.isnan(change):
            return 0.0
        return (max(0.0, -change) if self.falls else abs(change)) / self.limit

    @property
    def is_chance(self) -> bool:
        """Whether the scheme keeps the average, and this change is what finite width does to single networks."""
        excess = abs(self.decades - self.theory - self.drift)
        return self.sign_of(self.theory) == 0 and (self.zero or excess <= _SIGNIFICANT * self.scatter)

    @property
    def share_lost(self) -> float:
        """The part of the networks in which it is lost."""
        return self.lost / self.networks

    def sign_of(self, decades: float) -> int:
        """-1, 0 or 1: whether a change of so many decades is a loss, none, or an explosion."""
        if math.isnan(decades) or abs(decades) <= self.limit or (self.falls and decades > 0):
            return 0
        return int(math.copysign(1, decades))


def direction(
    logs: Floats,
    zero: NDArray[np.bool_],
    expected: Floats,
    *,
    limit: float = DECADES,
    falls: bool = False,
    upwards: bool = True,
) -> Direction:
    """The pass whose log10 is `logs` (networks, steps + 1), -inf or NaN where `zero`; theory's is `expected`.

    Arrays are in the order of the pass, which goes `upwards` from layer 0 or down to it.
    """
    networks, steps = len(logs), logs.shape[1] - 1
    change = float(expected[-1] - expected[0])
    if not zero.any() and np.isnan(logs).any():
        return Direction(math.nan, 0.0, math.nan, 0.0, 0.0, steps, 0, math.nan, limit=limit, falls=falls)
    dead = zero.any(axis=1)
    logs = np.where(zero, -math.inf, logs)
    with np.errstate(invalid="ignore"):
        moved = logs - logs[:, :1]
        moved[:, 0] = 0.0
        gone = ((-moved if falls else np.abs(moved)) > limit) | zero
    survives = int(np.median(np.where(gone.any(axis=1), np.maximum(gone.argmax(axis=1) - 1, 0), steps)))
    counted = partial(
        Direction,
        steps=steps,
        survives=survives,
        dead=int(dead.sum()),
        lost=int((gone[:, -1] | dead).sum()),
        networks=networks,
        limit=limit,
        falls=falls,
    )
    if 2 * dead.sum() >= networks:
        first = int(np.median(zero[dead].argmax(axis=1)))
        return counted(0.0, 0.0, -math.inf, 0.0, 0.0, theory=change, zero=True, first_zero=first)
    if steps == 0:
        return counted(1.0, 0.0, 0.0, 0.0, 0.0, theory=0.0)
    return counted(**_measured(logs[~dead], int(dead.sum()), expected, upwards))


def _measured(alive: Floats, dead: int, expected: Floats, upwards: bool) -> dict[str, Any]:
    """The changes of the networks that are not 0 over a pass of at least one step, by the names of Direction."""
    steps = alive.shape[1] - 1
    known = bool(np.isfinite(expected).all())
    increments = np.diff(alive, axis=1)
    totals = increments.sum(axis=1)
    # What the layers do at random is what is left when the theory's own change is taken away.
    noise = increments - (np.diff(expected) if known else increments.mean())
    spread = float(np.std(noise, ddof=1)) if noise.size > 1 else 0.0
    error = spread * math.sqrt(steps / len(alive))
    if len(alive) >= 4:
        error = max(error if len(alive) < 8 else 0.0, float(np.std(totals, ddof=1)) / math.sqrt(len(alive)))
    # The median of all networks: what is dead lies below every other.
    decades = float(np.median(np.concatenate([np.full(dead, totals.min()), totals])))
    factor = 10 ** max(-300.0, min(300.0, decades / steps))
    return {
        "factor": factor,
        "error": factor * math.log(10) * error / steps,
        "decades": decades,
        "scatter": spread * math.sqrt(steps),
        # A factor of mean one and log-variance s^2 has a log-mean of -s^2 / 2.
        "drift": -steps * spread**2 * math.log(10) / 2,
        "theory": float(expected[-1] - expected[0]),
        "pace": float(np.median(np.diff(expected))),
        "power": power_law((expected if known else np.median(alive, axis=0))[:: 1 if upwards else -1]),
    }


def power_law(logs: Floats) -> float:
    """k where a curve of log10 by layer 0..L goes like layer**k and not like a factor a layer; NaN where it does not.

    The first third is left out: a power law begins where its beginning is forgotten.
    """
    first = max(2, len(logs) // 3)
    curve, layers = logs[first:], np.arange(first, len(logs))
    if len(curve) < 5 or abs(curve[-1] - curve[0]) < 0.1:
        return math.nan
    places = np.log10(layers), layers.astype(np.float64)
    (as_power, exponent), (as_rate, _) = (_line(place, curve) for place in places)
    return exponent if as_power < _STRAIGHTER * as_rate else math.nan


def _line(places: Floats, curve: Floats) -> tuple[float, float]:
    """The root of the squares that a straight line leaves, and its slope."""
    places, curve = places - places.mean(), curve - curve.mean()
    slope = float(places @ curve / (places @ places))
    return float(np.linalg.norm(curve - slope * places)), slope


def law(exponent: float) -> str:
    """layer**exponent as a reader writes it: 1/l, l^2, l^-1.3."""
    near = round(2 * exponent) / 2
    size = abs(near) if abs(near - exponent) <= _WHOLE and near else float(f"{abs(exponent):.1f}")
    power = "l" if size == 1 else f"l^{size:g}"
    return f"1/{power}" if exponent < 0 else power


def change(decades: float) -> str:
    """A factor of 10**decades as a reader says it: × 3.1, / 22, / 10^5.2."""
    if decades == -math.inf:
        return "× 0"
    size = abs(decades)
    if size > DECADES:
        text = f"10^{size:.1f}".removesuffix(".0")
    else:
        factor = float(f"{10**size:.2g}")
        text = f"{factor:,.0f}" if factor >= 10 else f"{factor:g}"
    return f"/ {text}" if decades < 0 and text != "1" else f"× {text}"


def power(decades: float) -> str:
    """10**decades as a number."""
    return number(10**decades) if abs(decades) < DECADES else f"10^{decades:.1f}"


def number(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}"
