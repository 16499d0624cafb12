"""Averages of an activation over one normal preactivation, h ~ N(mean, q)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.activations import Activation, quiet
from simulator.gaussian.panels import normal_panels
from simulator.gaussian.resolution import resolution

Floats = NDArray[np.float64]

_AT_ONCE = 100_000
"""Panels beyond which an array of variances is taken in parts, where an activation has many."""


@dataclass(frozen=True)
class Moments:
    """Averages over h = mean + sqrt(q) z, z ~ N(0, 1), each of the shape of q.

    `mean` E phi, `second_moment` E phi^2, `variance` Var phi, `derivative_second_moment` E phi'^2,
    `parallel` E[z phi phi'] / sqrt(q) = (d/dq) E phi^2, right also where phi has a kink.
    """

    mean: Floats
    second_moment: Floats
    variance: Floats
    derivative_second_moment: Floats
    parallel: Floats


@quiet
def moments(activation: Activation, q: ArrayLike, mean: float = 0.0) -> Moments:
    """The averages for every variance q >= 0 (scalar or array), good to about 1e-15 of each.

    Homogeneous activations have closed forms (He et al. 2015); the others are integrated between the kinks and
    bends of the activation and of the normal density. `precise` tells of q that no panels reach.
    """
    q = np.asarray(q, dtype=np.float64)
    if activation.homogeneous and mean == 0:
        return _homogeneous(activation, q)
    root = np.sqrt(np.where(q > 0, q, 1.0))[..., None]
    cut = resolution(activation)
    edges = cut.within(float(root.max(initial=0.0)), mean) if cut.refined else cut.edges
    if cut.refined and q.size > 1 and q.size * len(edges) > _AT_ONCE:
        return _in_halves(activation, q, mean)
    z, weights = normal_panels((edges - mean) / root)
    deviation = root * z
    h = mean + deviation
    if mean == 0:
        at_mean = activation.value_at_zero
        centred = activation.centred(h)
    else:
        at_mean = float(activation.function(np.array([mean]))[0])
        centred = activation.function(h) - at_mean
    slope = activation.derivative(h)
    symmetric = activation.odd and mean == 0
    weighted = weights * slope
    first = np.zeros_like(q) if symmetric else np.sum(weights * centred, axis=-1)
    spread = np.sum(weights * (centred - first[..., None]) ** 2, axis=-1)
    steep = np.sum(weighted * slope, axis=-1)
    weighted *= z
    parallel = np.sum(weighted * centred, axis=-1)
    if not symmetric:
        parallel += at_mean * np.sum(weighted, axis=-1)
    parallel /= root[..., 0]
    if (q == 0).any():
        flat = float(activation.derivative(np.array([mean]))[0])
        first, spread = (np.where(q > 0, some, 0.0) for some in (first, spread))
        steep = np.where(q > 0, steep, flat**2)
        parallel = np.where(q > 0, parallel, _parallel_at_zero(activation, mean))
    return Moments(at_mean + first, spread + (at_mean + first) ** 2, spread, steep, parallel)


@quiet
def average(
    activation: Activation,
    function: Callable[[Floats], NDArray[np.floating[Any]]],
    q: float = 1.0,
    mean: float = 0.0,
) -> float:
    """E f(mean + sqrt(q) z), q > 0, of a function that bends and kinks where the activation does."""
    root = math.sqrt(q)
    z, weights = normal_panels((resolution(activation).within(root, mean) - mean) / root)
    return float(np.sum(weights * function(mean + root * z)))


def _in_halves(activation: Activation, q: Floats, mean: float) -> Moments:
    """The averages of many variances, small and large ones apart, since large ones need more panels."""
    order = np.argsort(q, axis=None)
    halves = [moments(activation, q.ravel()[half], mean) for half in np.array_split(order, 2)]
    back = np.argsort(order)
    names = [field.name for field in fields(Moments)]
    return Moments(*(np.concatenate([getattr(half, n) for half in halves])[back].reshape(q.shape) for n in names))


def _homogeneous(activation: Activation, q: Floats) -> Moments:
    left, right = activation.slopes_at_infinity
    square = (left * left + right * right) / 2
    tilt = (right - left) / math.sqrt(2 * math.pi)
    ones = np.ones_like(q)
    return Moments(tilt * np.sqrt(q), square * q, (square - tilt * tilt) * q, square * ones, square * ones)


def _parallel_at_zero(activation: Activation, mean: float) -> float:
    """The limit of E[z phi phi']/sqrt(q) as q goes to 0."""
    small = 1e-10
    near = moments(activation, small, mean)
    return float(near.parallel)
