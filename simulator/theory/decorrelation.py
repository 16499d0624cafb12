"""The correlation map of many networks at once, by interpolation in two variables.

Its chord, E (phi(u) - phi(v))^2 / (2 q (1 - c)), depends on q and c alone: sampled once, it answers for every
sigma_w^2. It and the slope E phi'(u) phi'(v) are good to 1e-9 of the latter's value at c = 1.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.activations import Activation, quiet
from simulator.gaussian import arc_cosine, moments, pair

Floats = NDArray[np.float64]

_WINDOW = 2.0
"""Width in log q of the range that one set of samples covers."""

_VARIANCES, _MANY_VARIANCES = 13, 26
_ANGLES, _MANY_ANGLES, _STEEP = 32, 48, 2
"""Samples in log q, more where a kink lies off zero, and in the angle acos c; also more of these
where q is beyond e^(_WINDOW _STEEP)."""

_HALVINGS = 52

_FAR = 3
"""The window from which on an activation with an inactive side counts as a rectifier in `chord`: q beyond 400."""


@quiet
def decorrelation(activation: Activation, sigma_w2: Floats, q: Floats) -> tuple[Floats, Floats]:
    """1 - c* and the slope chi_c there, of networks with chi_1 > 1 whose variance has settled at `q`."""
    one_minus_c, slope = np.empty(q.shape), np.empty(q.shape)
    windows = np.floor(np.log(q) / _WINDOW).astype(int)
    for window in np.unique(windows):
        mine = windows == window
        one_minus_c[mine], slope[mine] = _within(activation, int(window), sigma_w2[mine], q[mine])
    return one_minus_c, slope


@quiet
def chord(activation: Activation, q: Floats, one_minus_c: Floats) -> Floats:
    """E (phi(u) - phi(v))^2 / (2 q (1 - c)) for u, v ~ N(0, q), 0 <= c < 1, element by element.

    For q beyond 400 an unbounded activation counts as two straight halves, which is good to 10 per cent.
    """
    windows = np.floor(np.log(q) / _WINDOW).astype(int)
    unbounded = any(activation.slopes_at_infinity)
    if activation.homogeneous:
        windows[:] = _FAR
    lengths = np.empty(q.shape)
    for window in np.unique(windows):
        mine = windows == window
        far = unbounded and window >= _FAR
        nodes, angles, chords, _ = _limit(activation) if far else _samples(activation, int(window))
        place = _place(2 * np.arcsin(np.sqrt(one_minus_c[mine] / 2)), 0 if far else int(window))
        across = _weights(nodes, np.full(mine.sum(), nodes[0]) if far else np.log(q[mine])) @ chords
        lengths[mine] = np.sum(_weights(_chebyshev(angles), place) * across, axis=1)
    return lengths


def _within(activation: Activation, window: int, sigma_w2: Floats, q: Floats) -> tuple[Floats, Floats]:
    nodes, angles, chords, slopes = _samples(activation, window)
    across = _weights(nodes, np.log(q))
    chord, steep = across @ chords, across @ slopes
    at = _chebyshev(angles)
    low, high = np.zeros(len(q)), np.ones(len(q))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        # the chord grows steeper towards c = 1
        above = sigma_w2 * np.sum(_weights(at, middle) * chord, axis=1) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    # without correlation from biases or from a mean of the activation, c* is 0 itself
    alone = sigma_w2 * moments(activation, q).variance >= q * (1 - 1e-13)
    place = np.where(alone, 1.0, (low + high) / 2)
    return _distance(_angle(place, window)), sigma_w2 * np.sum(_weights(at, place) * steep, axis=1)


@lru_cache(maxsize=256)
def _samples(activation: Activation, window: int) -> tuple[Floats, int, Floats, Floats]:
    """Nodes in log q, the number of angles, and chords and slopes at both, (nodes, angles)."""
    variances = _MANY_VARIANCES if any(activation.kinks) else _VARIANCES
    nodes = _WINDOW * (window + _chebyshev(variances))
    angles = _MANY_ANGLES if window >= _STEEP or any(activation.kinks) else _ANGLES
    distances = _distance(_angle(_chebyshev(angles), window))
    chords, slopes = (np.empty((variances, angles)) for _ in range(2))
    for row, q in enumerate(np.exp(nodes)):
        for column, distance in enumerate(distances):
            both = pair(activation, float(q), float(distance))
            chords[row, column], slopes[row, column] = both.distance / (q * distance), both.slopes
    return nodes, angles, chords, slopes


@lru_cache(maxsize=32)
def _limit(activation: Activation) -> tuple[Floats, int, Floats, Floats]:
    """The samples for an infinite q, in the angles of window 0."""
    distances = _distance(_angle(_chebyshev(_ANGLES), 0))
    both = [arc_cosine(activation.slopes_at_infinity, 1.0, float(distance)) for distance in distances]
    chords = np.array([[each.distance for each in both]]) / distances
    return np.zeros(1), _ANGLES, chords, np.array([[each.slopes for each in both]])


def _angle(place: Floats, window: int) -> Floats:
    """The angle acos c in [0, pi/2] for a place in [0, 1]: more room for small angles where q is large."""
    size = _size(window)
    return np.asarray(np.expm1(place * math.log1p(size * math.pi / 2)) / size)


def _place(angle: Floats, window: int) -> Floats:
    """The inverse of `_angle`."""
    size = _size(window)
    return np.asarray(np.log1p(angle * size) / math.log1p(size * math.pi / 2))


def _size(window: int) -> float:
    return 1 + math.exp(_WINDOW * (window + 0.5) / 2)


def _distance(angle: Floats) -> Floats:
    """1 - c of an angle acos c."""
    return np.asarray(2 * np.sin(angle / 2) ** 2)


def _chebyshev(count: int) -> Floats:
    """Chebyshev nodes on [0, 1]."""
    return np.asarray((1 - np.cos(np.pi * (np.arange(count) + 0.5) / count)) / 2)


def _weights(nodes: Floats, x: Floats) -> Floats:
    """The barycentric weights of Chebyshev nodes at each x, (len(x), nodes); they sum to 1."""
    count = np.arange(len(nodes))
    apart = x[:, None] - nodes
    parts = (-1.0) ** count * np.sin(np.pi * (count + 0.5) / len(nodes)) / np.where(apart == 0, 1e-300, apart)
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))
