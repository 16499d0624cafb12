"""Fixed points, slopes and depth scales over a whole plane of (sigma_w^2, sigma_b^2), by array arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.activations import Activation, quiet
from simulator.gaussian import Moments, moments
from simulator.theory.decorrelation import decorrelation

Floats = NDArray[np.float64]

TRAINABLE = 6.0
"""Depth scales xi_c that a network may have and still be trained: about six (Schoenholz et al. 2017, figure 5)."""

_STEP = 1.12
_GRID = _STEP ** np.arange(-325.0, 326.0)
"""Variances, 1e-16 to 1e16, among which a fixed point is looked for: the steps of the search for a single one."""

_FIXED = 1e-14
_NOISE = 1e-12
_ROUNDS = 60


@dataclass(frozen=True)
class PhasePlane:
    """Signals in networks of one activation, over a plane of weights and biases; arrays are (rows, columns).

    `sigma_w2` (columns,) is n Var(W), `sigma_b2` (rows,) is Var(b). `q_star` is the variance reached from
    q_1 = sigma_w2 p_0 + sigma_b2; beyond [1e-16, 1e16] it counts as 0 or infinite.
    """

    activation: Activation
    sigma_w2: Floats
    sigma_b2: Floats
    q_star: Floats
    chi_1: Floats
    chi_parallel: Floats

    @cached_property
    def correlation(self) -> tuple[Floats, Floats]:
        """1 - c*, NaN where every c stays, and the slope chi_c of the correlation map there."""
        return _correlation(self)

    @property
    def one_minus_c_star(self) -> Floats:
        return self.correlation[0]

    @property
    def chi_c(self) -> Floats:
        return self.correlation[1]

    @property
    def xi_c(self) -> Floats:
        """Layers over which two inputs' correlation comes nearer to c* by a factor e; infinite at slope 1."""
        return depth_scales(self.chi_c)

    @property
    def xi_q(self) -> Floats:
        """Layers over which the variance comes nearer to q* by a factor e."""
        return depth_scales(self.chi_parallel)

    @property
    def trainable_depth(self) -> Floats:
        """TRAINABLE depth scales xi_c."""
        return TRAINABLE * self.xi_c


@quiet
def depth_scales(slopes: Floats) -> Floats:
    """-1/ln|slope|, element by element; infinite from slope 1 on, 0 at slope 0."""
    size = np.abs(slopes)
    inside = np.where((size > 0) & (size < 1), size, 0.5)
    return np.where(size >= 1, np.inf, np.where(size == 0, 0.0, -1 / np.log(inside)))


def phase_plane(
    activation: Activation, sigma_w2: ArrayLike, sigma_b2: ArrayLike, second_moment: float = 1.0
) -> PhasePlane:
    """The plane over these columns and rows (or single values), for inputs of mean square `second_moment`."""
    columns, rows = (np.atleast_1d(np.asarray(side, dtype=np.float64)) for side in (sigma_w2, sigma_b2))
    shape = len(rows), len(columns)
    q_star, chi_1, chi_parallel = (np.empty(shape) for _ in range(3))
    for row, variance in enumerate(rows):  # a row at a time: what it needs fits a core's cache
        q_star[row], chi_1[row], chi_parallel[row] = _settled(activation, columns, float(variance), second_moment)
    return PhasePlane(activation, columns, rows, q_star, chi_1, chi_parallel)


@quiet
def _settled(activation: Activation, sigma_w2: Floats, sigma_b2: float, second_moment: float) -> tuple[Floats, ...]:
    start = sigma_w2 * second_moment + sigma_b2
    # an input of zeros leaves the first layer with its biases alone, and an activation with its value there
    start = np.where(start > 0, start, sigma_w2 * activation.value_at_zero**2 + sigma_b2)
    q = _variances(activation, sigma_w2, sigma_b2, start)
    inside = (q > 0) & np.isfinite(q)
    there = moments(activation, np.where(inside, q, 1.0))
    slope_at = [(left**2 + right**2) / 2 for left, right in (activation.slopes_at_zero, activation.slopes_at_infinity)]
    limit = sigma_w2 * np.where(q > 0, slope_at[1], slope_at[0])
    chi_1, chi_parallel = (
        np.where(inside, sigma_w2 * some, limit) for some in (there.derivative_second_moment, there.parallel)
    )
    return q, chi_1, chi_parallel


def _variances(activation: Activation, sigma_w2: Floats, sigma_b2: float, start: Floats) -> Floats:
    """The fixed points reached from `start`: 0, finite, or infinite."""
    if activation.homogeneous:
        left, right = activation.slopes_at_infinity
        growth = sigma_w2 * (left**2 + right**2) / 2
        still = np.abs(sigma_b2 + (growth - 1) * start) <= _FIXED * start
        settled = sigma_b2 / np.where(growth < 1, 1 - growth, 1.0)
        return np.where(still, start, np.where(growth < 1, settled, np.where(start > 0, np.inf, 0.0)))
    q = np.where(start > 0, start, 0.0)
    alive = start > 0
    first = sigma_w2 * moments(activation, np.where(alive, start, 1.0)).second_moment + sigma_b2 - start
    going = np.flatnonzero(alive & (np.abs(first) > _FIXED * start))
    up = first[going] > 0
    excess = sigma_w2[going, None] * _table(activation).second_moment + sigma_b2 - _GRID
    ahead = start[going, None] < _GRID
    behind = start[going, None] > _GRID
    beyond = np.where(up[:, None], ahead, behind)
    turned = beyond & np.where(up[:, None], excess <= 0, excess >= 0)
    met = turned.any(axis=1)
    last = len(_GRID) - 1
    at = np.where(up, turned.argmax(axis=1), last - turned[:, ::-1].argmax(axis=1))
    before = np.clip(np.where(up, at - 1, at + 1), 0, last)
    lines = np.arange(len(going))
    # the search's own first step may begin between two variances of the grid
    own = ~beyond[lines, before]
    near = np.where(own, start[going], _GRID[before])
    near_excess = np.where(own, first[going], excess[lines, before])
    noise = (np.abs(near_excess) < _NOISE * near) & (np.abs(excess[lines, at]) < _NOISE * _GRID[at])
    met &= ~noise  # no root but rounding, on a way that leads to 0 or infinity
    q[going] = np.where(up, np.inf, 0.0)
    inside = going[met]
    low, high = np.minimum(near, _GRID[at])[met], np.maximum(near, _GRID[at])[met]
    q[inside] = _roots(activation, sigma_w2[inside], sigma_b2, low, high)
    return q


def _roots(activation: Activation, sigma_w2: Floats, sigma_b2: float, low: Floats, high: Floats) -> Floats:
    """Newton's method for the fixed points between `low` and `high`, bisecting where it would leave them.

    The excess sigma_w2 E phi^2 + sigma_b2 - q is positive at `low` and negative at `high`.
    """
    q = np.sqrt(low * high)
    todo = np.arange(len(q))
    for _ in range(_ROUNDS):
        if not todo.size:
            break
        here, there = q[todo], moments(activation, q[todo])
        excess = sigma_w2[todo] * there.second_moment + sigma_b2 - here
        slope = sigma_w2[todo] * there.parallel - 1
        left = excess > 0
        low[todo], high[todo] = np.where(left, here, low[todo]), np.where(left, high[todo], here)
        step = excess / np.where(slope < 0, slope, -1.0)
        trial = here - step
        safe = (slope < 0) & (trial > low[todo]) & (trial < high[todo])
        done = (slope < 0) & (np.abs(step) <= 2e-16 * here) | (excess == 0) | (high[todo] - low[todo] <= 4e-16 * here)
        q[todo] = np.where(safe | done, np.where(safe, trial, here), (low[todo] + high[todo]) / 2)
        todo = todo[~done]
    return q


@lru_cache(maxsize=32)
def _table(activation: Activation) -> Moments:
    return moments(activation, _GRID)


@quiet
def _correlation(plane: PhasePlane) -> tuple[Floats, Floats]:
    activation, q, chi_1 = plane.activation, plane.q_star, plane.chi_1
    delta, slope = np.zeros_like(q), chi_1.copy()
    at_zero, at_infinity = (left == right for left, right in (activation.slopes_at_zero, activation.slopes_at_infinity))
    straight = np.where(q == 0, at_zero, at_infinity)
    far = (q == 0) | np.isinf(q)
    if activation.homogeneous and activation.odd:
        far = far | (plane.sigma_b2[:, None] == 0)
        straight = np.ones_like(far)
    delta[far] = np.where(straight[far], np.nan, 0.0)
    slope[far] = 1.0
    rows, columns = np.nonzero(~far & (chi_1 > 1))
    if rows.size:
        delta[rows, columns], slope[rows, columns] = decorrelation(
            activation, plane.sigma_w2[columns], q[rows, columns]
        )
    return delta, slope
