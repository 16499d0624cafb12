"""The length map and the correlation map of one layer, and the walk of a signal between map and diagonal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.activations import Activation, quiet
from simulator.gaussian import arc_cosine, moments, pair

Floats = NDArray[np.float64]


@quiet
def length_map(activation: Activation, sigma_w2: float, sigma_b2: float, q: ArrayLike) -> Floats:
    """q_(l+1) = sigma_w2 E phi(sqrt(q_l) z)^2 + sigma_b2 for each q_l (Poole et al. 2016, eq. 3)."""
    return np.asarray(sigma_w2 * moments(activation, q).second_moment + sigma_b2)


@quiet
def correlation_map(activation: Activation, sigma_w2: float, sigma_b2: float, q: float, c: ArrayLike) -> Floats:
    """c_(l+1) for each c_l in [-1, 1] of two inputs of variance q, perhaps 0 or infinite (Poole et al. 2016, eq. 5)."""
    apart = np.maximum(1 - np.asarray(c, dtype=np.float64), 0.0)
    if q == 0 or q == np.inf:
        left, right = activation.slopes_at_infinity if q else activation.slopes_at_zero
        square = (left**2 + right**2) / 2
        if square == 0:
            return np.full(apart.shape, np.nan)
        distances = [arc_cosine((left, right), 1.0, float(each)).distance / square for each in apart.ravel()]
        return 1 - np.reshape(distances, apart.shape)
    after = float(length_map(activation, sigma_w2, sigma_b2, q))
    distances = [sigma_w2 * pair(activation, q, float(each)).distance / after for each in apart.ravel()]
    return 1 - np.reshape(distances, apart.shape)


def cobweb(values: ArrayLike) -> tuple[Floats, Floats]:
    """The corners (x, y) of the walk v_1 -> v_2 -> ... between the map and the diagonal."""
    steps = np.asarray(values, dtype=np.float64)
    if len(steps) < 2:
        return np.empty(0), np.empty(0)
    x = np.concatenate([steps[:1], np.repeat(steps[1:-1], 2), steps[-1:]])
    y = np.repeat(steps[1:], 2)
    return np.append(x[0], np.repeat(steps[:-1], 2))[1:], np.insert(y, 0, steps[0])[:-1]
