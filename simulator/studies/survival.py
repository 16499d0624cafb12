"""How deep two kinds of pairs of inputs can be told apart, simulated over a plane of (sigma_w^2, sigma_b^2).

Schoenholz et al. (2017) ask to which depth a network's signal still depends on its input: a few depth scales xi_c.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.activations import Activation, quiet
from simulator.gaussian import moments
from simulator.network import Progress
from simulator.theory.decorrelation import chord
from simulator.weights import Role, stream

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

ALIKE = 0.9
"""Cosine of the pair of inputs that are alike; the unlike pair has cosine 0."""

FOLDS = 3.0
"""A difference has gone once it fell by a factor e^FOLDS, to 5 per cent: in theory after FOLDS depth scales xi_c."""

GROWTH = 1e6
"""Factor of the preactivations' mean square from which on a signal counts as exploded."""

DEPTH = 200
"""Layers after the first that are simulated; what survives them all has this depth."""

WIDTH, NETWORKS = 500, 8
_FIRST = np.array([[1.0, ALIKE, 0.0], [ALIKE, 1.0, 0.0], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class Survival:
    """Survival depths over the plane, simulated in `depth` and expected in `theory`, (rows, columns), in layers.

    A signal survives until the alike and the unlike pair's cosines differ by e^-FOLDS of what they did in the
    first layer, or until it has grown by GROWTH; at most DEPTH.
    """

    sigma_w2: Floats
    sigma_b2: Floats
    depth: Floats
    theory: Floats


@quiet
def expected(activation: Activation, sigma_w2: ArrayLike, sigma_b2: ArrayLike, second_moment: float = 1.0) -> Floats:
    """The survival depths of infinitely wide networks: the length and correlation maps, walked; shapes broadcast.

    Near the edge of chaos a difference at first falls like a power of depth, so that this is less than FOLDS xi_c.
    """
    weights, biases = (np.asarray(side, dtype=np.float64) for side in np.broadcast_arrays(sigma_w2, sigma_b2))
    shape, weights, biases = weights.shape, weights.ravel(), biases.ravel()
    q = weights * second_moment + biases
    deltas = [weights * second_moment * (1 - cosine) / q for cosine in (ALIKE, 0.0)]
    count = _Countdown(deltas[1] - deltas[0], q)
    while count.going.size:
        q, before = q[count.stays], q[count.stays]
        weights, biases = weights[count.stays], biases[count.stays]
        q = weights * moments(activation, before).second_moment + biases
        deltas = [
            np.minimum(weights * chord(activation, before, delta[count.stays]) * before * delta[count.stays] / q, 1.0)
            for delta in deltas
        ]
        count.step(deltas[1] - deltas[0], q)
    return count.depth.reshape(shape)


class _Countdown:
    """Survival depths, filled in as layers go by: `stays` says which of the last layer's cells go on."""

    def __init__(self, difference: Floats, square: Floats) -> None:
        self.depth = np.full(difference.size, float(DEPTH))
        self.going = np.arange(difference.size)
        self.layer = 1
        self.stays = difference > 0
        self.depth[~self.stays] = 0.0
        self.first, self.size, self.before = difference, square, difference
        self._keep()

    def step(self, difference: Floats, square: Floats) -> None:
        """Take in the cosines' difference and the mean square of every cell that was going."""
        self.layer += 1
        level = math.exp(-FOLDS) * self.first
        gone, exploded = difference <= level, square > GROWTH * self.size
        # a difference may have come to 0, or below it by chance
        floor = np.maximum(np.minimum(difference, level), level / 10)
        part = np.log(self.before / level) / np.log(self.before / floor)
        self.depth[self.going] = np.where(
            gone, self.layer - 2 + part, np.where(exploded, self.layer - 1.0, float(DEPTH))
        )
        self.before = difference
        self.stays = ~(gone | exploded) & (self.layer <= DEPTH)
        self._keep()

    def _keep(self) -> None:
        self.going, self.first = self.going[self.stays], self.first[self.stays]
        self.size, self.before = self.size[self.stays], self.before[self.stays]


@quiet
def survival(
    activation: Activation,
    sigma_w2: tuple[float, ...],
    sigma_b2: tuple[float, ...],
    second_moment: float = 1.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Survival:
    """Simulate NETWORKS networks of WIDTH units in every cell; all cells meet the same normal draws.

    No weight is formed: given the inputs' inner products, a layer's preactivations are normal with these
    times sigma_w^2, plus sigma_b^2, as covariance. `progress(done, total)` is called after every layer.
    """
    weights, biases = (side.ravel() for side in np.meshgrid(np.array(sigma_w2), np.array(sigma_b2)))
    gram = np.broadcast_to(second_moment * _FIRST, (weights.size, NETWORKS, 3, 3))
    count: _Countdown | None = None
    going = np.arange(weights.size)
    for layer in range(1, DEPTH + 2):
        covariance = weights[going, None, None, None] * gram + biases[going, None, None, None]
        draws = stream(seed, Role.WEIGHT, layer).standard_normal((NETWORKS, 3, WIDTH), dtype=np.float32)
        h = np.matmul(_root(covariance).astype(np.float32), draws)
        inner = _inner(h)
        observed = _difference(inner), np.einsum("cnii->c", inner)
        if count is None:
            count = _Countdown(*observed)
        else:
            count.step(*observed)
        going = count.going
        if progress is not None:
            progress(layer, DEPTH + 1)
        if not going.size:
            break
        gram = _inner(activation.function(h[count.stays]))
    assert count is not None
    theory = expected(activation, weights, biases, second_moment)
    shape = len(sigma_b2), len(sigma_w2)
    return Survival(np.array(sigma_w2), np.array(sigma_b2), count.depth.reshape(shape), theory.reshape(shape))


def _inner(values: Singles) -> Floats:
    """Inner products per unit of the three inputs, (cells, networks, 3, 3)."""
    return np.asarray(np.matmul(values, values.swapaxes(2, 3)), dtype=np.float64) / WIDTH


def _difference(inner: Floats) -> Floats:
    """The alike pair's cosine less the unlike pair's, mean over the networks."""
    norms = np.sqrt(np.einsum("cnii->cni", inner))
    alike, unlike = (inner[..., 0, k] / (norms[..., 0] * norms[..., k]) for k in (1, 2))
    return np.asarray(np.mean(alike - unlike, axis=1))


def _root(covariance: Floats) -> Floats:
    """Lower triangular roots of 3 x 3 covariances; what rounding makes negative counts as 0."""
    root = np.zeros_like(covariance)
    for row in range(3):
        for column in range(row + 1):
            left = covariance[..., row, column] - np.sum(root[..., row, :column] * root[..., column, :column], axis=-1)
            if row == column:
                root[..., row, row] = np.sqrt(np.maximum(left, 0))
            else:
                pivot = root[..., column, column]
                root[..., row, column] = np.where(pivot > 0, left / np.where(pivot > 0, pivot, 1.0), 0.0)
    return root
