"""Averages of an activation over two correlated normal preactivations, precise however close the two are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.activations import Activation, quiet
from simulator.gaussian.one_point import moments
from simulator.gaussian.panels import REACH, density, normal_panels, panels
from simulator.gaussian.resolution import Resolution, resolution

Floats = NDArray[np.float64]

_STEP = 0.22
"""Step of the trapezoid rule over sizes that an activation can tell apart: its error is below 1e-13."""

_COARSEST = 0.6
"""Step of the trapezoid rule that the normal density itself allows."""

_MANY, _MOST = 20_000, 2_000_000
"""Trapezoid nodes beyond which panels around the bends are cheaper; the same where bends are finer than usual."""

_STRIDES = _STEP / 2.0 ** np.arange(9)
_SAME = 1e-12
_SIZES = np.array([0.5, 1.0, 8.0])
"""Steps that are tried, how well they must agree with panels, and the standard deviations where they must."""

_MARKS = np.array([-REACH, -4.5, -2.0, 0.0, 2.0, 4.5, REACH])
_BEND_RUNGS = np.array([1.0, 3.0, 9.0, 27.0, 81.0])
_KINK_RUNGS = np.array([3.0, 12.0, 48.0])
_NODES = 12
"""Panel edges for the normal density, panel edges beside a bend or a kink, nodes a panel: errors stay near 1e-13."""

_GAP = 1.5
"""The narrowest panels beside kinks where nothing is finer."""

_EDGES = 300
"""Edges of a kinked activation up to which panels in two dimensions have room."""

_FINEST = 1e-3
"""The narrowest panels over the half-distance, as a share of its size."""

_CLOSE = 0.01
"""Half-distance of the two preactivations below which their difference is taken from the derivative."""

_EQUAL = 1e-30
"""1 - c below which the two preactivations differ to first order only."""

_INNER = np.array([-math.sqrt(0.6), 0.0, math.sqrt(0.6)]), np.array([5.0, 8.0, 5.0]) / 18


@dataclass(frozen=True)
class Pair:
    """`distance` = E (phi(u) - phi(v))^2 / 2 = E phi^2 - E phi(u) phi(v), and `slopes` = E phi'(u) phi'(v)."""

    distance: float
    slopes: float


@quiet
def pair(activation: Activation, q: float, one_minus_c: float, mean: float = 0.0) -> Pair:
    """Averages over u, v ~ N(mean, q) whose correlation c is given as 1 - c in [0, 2].

    Homogeneous activations use the arc-cosine kernel (Cho & Saul 2009); smooth ones the trapezoid
    rule in the coordinates (u + v, u - v); kinks and very steep activations panels between the bends.
    """
    if one_minus_c < _EQUAL or q <= 0:
        steepness = float(moments(activation, q, mean).derivative_second_moment)
        return Pair(q * one_minus_c * steepness, steepness)
    if activation.homogeneous and mean == 0:
        return arc_cosine(activation.slopes_at_infinity, q, one_minus_c)
    common, apart = math.sqrt(q * max(0.0, 1 - one_minus_c / 2)), math.sqrt(q * min(1.0, one_minus_c / 2))
    symmetric = activation.odd and mean == 0
    if stride := _stride(activation):
        refined = resolution(activation).refined
        steps = [_step(stride, size, refined) for size in (common, apart)]
        counts = [math.ceil(REACH / step) for step in steps]
        if counts[0] * counts[1] * (1 if symmetric else 2) <= (_MOST if refined else _MANY):
            z, weights = _half_line(steps[0], counts[0])
            if not symmetric:
                z, weights = np.concatenate((-z[:0:-1], z)), np.concatenate((weights[:0:-1], weights)) / 2
                weights[counts[0]] *= 2
            y, y_weights = _half_line(steps[1], counts[1])
            return _average(activation, mean + common * z, weights, apart, y[:, None], y_weights[:, None])
    return _panelled(activation, common, apart, mean, symmetric)


def precise(activation: Activation, q: float, mean: float = 0.0) -> bool:
    """Whether averages over preactivations N(mean, q) are as precise as they are said to be.

    They are not where an activation oscillates or kinks too often for the panels that there are room for.
    """
    cut = resolution(activation)
    if not cut.refined or q <= 0:
        return True
    if abs(mean) + REACH * math.sqrt(q) > cut.reach:
        return False
    if cut.kinks:
        return len(cut.within(math.sqrt(q), mean)) <= _EDGES
    step = _step(_stride(activation), math.sqrt(q / 2), refined=True)
    return step > 0 and 2 * (REACH / step) ** 2 <= _MOST


@quiet
def covariance(activation: Activation, q_u: float, q_v: float, c: float) -> float:
    """E phi(u) phi(v) for variances q_u, q_v > 0 that may differ and correlation c in [-1, 1]."""
    if activation.homogeneous:
        at_one = arc_cosine(activation.slopes_at_infinity, 1.0, 1 - c)
        return math.sqrt(q_u * q_v) * (float(moments(activation, 1.0).second_moment) - at_one.distance)
    cut = resolution(activation)
    own = math.sqrt(q_v * (1 - c) * (1 + c))
    z, weights = normal_panels(cut.within(math.sqrt(q_u), 0.0) / math.sqrt(q_u))
    center = (c * math.sqrt(q_v) * z)[:, None]
    y, y_weights = normal_panels((cut.within(math.sqrt(q_v), 0.0) - center) / max(own, 1e-150))
    given_u = np.sum(y_weights * activation.function(center + own * y), axis=1)
    return float(np.sum(weights * activation.function(math.sqrt(q_u) * z) * given_u))


@lru_cache(maxsize=256)
def _stride(activation: Activation) -> float:
    """The step of the trapezoid rule that resolves an activation, as panels tell; 0 where none does, as for kinks."""
    cut = resolution(activation)
    if cut.kinks or (not cut.refined and _resolves(activation, _STEP)):
        return 0.0 if cut.kinks else _STEP
    return next((float(step) for step in _STRIDES if _resolves(activation, step)), 0.0)


def _resolves(activation: Activation, step: float) -> bool:
    panelled = moments(activation, _SIZES**2)
    squares = panelled.variance + (panelled.mean - activation.value_at_zero) ** 2
    for size, square, steepness in zip(_SIZES, squares, panelled.derivative_second_moment, strict=True):
        count = math.ceil(REACH * size / step)
        z = step / size * np.arange(-count, count + 1.0)
        weights = step / size * density(z)
        for values, expected in ((activation.centred(size * z), square), (activation.derivative(size * z), steepness)):
            if abs(np.sum(weights * values**2) - expected) > _SAME * expected:
                return False
    return True


def _step(stride: float, size: float, refined: bool) -> float:
    """The step of the trapezoid rule for a preactivation's part of that size."""
    if refined:  # to the activation's frequencies add those of the normal density
        return stride / (stride / _COARSEST + size)
    return min(_COARSEST, stride / size) if size > 0 else _COARSEST


def _half_line(step: float, count: int) -> tuple[Floats, Floats]:
    """Trapezoid nodes z >= 0 and weights for averages of even functions over the normal law."""
    z = step * np.arange(count + 1.0)
    weights = 2 * step * density(z)
    weights[0] /= 2
    return z, weights


def _panelled(activation: Activation, common: float, apart: float, mean: float, symmetric: bool) -> Pair:
    """Panels over the half-distance; for each of its nodes, panels over the middle, cut where u or v meets a bend."""
    around, distances, usual = _bends(resolution(activation), common, apart, mean)
    y_edges = np.concatenate((_MARKS[3:], np.clip(distances / apart, 0, REACH)))
    y_edges.sort()
    y, y_weights = panels(y_edges, _NODES)
    y_weights = 2 * y_weights * density(y)
    around = around - mean
    ends = (apart * y)[:, None]
    size = max(common, 1e-150)
    marks = _MARKS[3:] if symmetric else _MARKS
    bends = [(around + ends) / size]
    if not (symmetric and usual):
        bends.insert(0, (around - ends) / size)
    edges = np.concatenate((np.broadcast_to(marks, (len(y), len(marks))), *bends), axis=1)
    np.clip(edges, marks[0], REACH, out=edges)
    edges.sort(axis=1)
    z, weights = panels(edges, _NODES)
    weights *= density(z)
    weights *= 2 if symmetric else 1
    return _average(activation, mean + common * z, weights, apart, y[:, None], y_weights[:, None])


def _bends(cut: Resolution, common: float, apart: float, mean: float) -> tuple[Floats, Floats, bool]:
    """Where u and v bend, half-distances at which both do, and whether these are the usual ones, all about 0."""
    spread = 4 * math.hypot(common, apart)
    rungs = _KINK_RUNGS if cut.kinks else _BEND_RUNGS
    rungs = rungs[rungs < spread]
    beside = np.concatenate((-rungs, [0.0], rungs))
    if not cut.refined and set(cut.kinks) <= {0.0}:
        return beside, rungs, True
    centers = np.union1d(cut.kinks, [0.0])
    around = _apart((centers[:, None] + beside).ravel(), centers, _GAP)
    finest = _GAP
    if cut.refined:
        edges = cut.within(spread / 4, mean)
        around, finest = np.union1d(around, edges), min(finest, np.diff(edges).min(initial=_GAP))
    # An average over the middle, as a function of the half-distance, is smooth but where u and v meet two kinks.
    both = np.unique(np.abs(centers[:, None] - centers)) / 2
    finest = max(min(finest, common), _FINEST * spread)
    rungs = finest * 3.0 ** np.arange(math.ceil(math.log(max(spread / finest, 1), 3)) + 1)
    distances = _apart((both[:, None] + np.concatenate((-rungs, rungs))).ravel(), both, finest / 2)
    return around, distances[(distances > 0) & (distances < REACH * apart)], False


def _apart(points: Floats, needed: Floats, gap: float) -> Floats:
    """The needed points, and of the others those farther than `gap` from them and from each other."""
    kept = list(needed)
    for point in sorted(points, key=abs):
        if min(abs(point - other) for other in kept) > gap:
            kept.append(point)
    return np.array(kept)


def _average(
    activation: Activation, middle: Floats, weights: Floats, apart: float, y: Floats, y_weights: Floats
) -> Pair:
    """The averages over u, v = middle +- apart y."""
    half = apart * y
    both = np.stack(np.broadcast_arrays(middle + half, middle - half))
    value, slope = activation.evaluate(both)
    weights = weights * y_weights
    slopes = float(np.sum(weights * slope[0] * slope[1]))
    if apart < _CLOSE * resolution(activation).finest ** 2:
        # phi(u) - phi(v) = 2 apart y (the mean of phi' between v and u)
        mean_slope = sum(
            weight * activation.derivative(middle + half * node) for node, weight in zip(*_INNER, strict=True)
        )
        mean_slope = mean_slope * y
        for kink in resolution(activation).kinks:
            across = (both[0] > kink) != (both[1] > kink)
            difference = activation.centred(both[0][across]) - activation.centred(both[1][across])
            mean_slope[across] = difference / (2 * apart)
        return Pair(2 * apart**2 * float(np.sum(weights * mean_slope**2)), slopes)
    return Pair(float(np.sum(weights * (value[0] - value[1]) ** 2)) / 2, slopes)


def arc_cosine(slopes: tuple[float, float], q: float, one_minus_c: float) -> Pair:
    """The averages for an activation of two straight halves with these slopes (Cho & Saul 2009)."""
    # even |h| + odd h: the odd part's average is linear in c, the even part's is the arc-cosine kernel's
    left, right = slopes
    odd, even = (right + left) / 2, (right - left) / 2
    angle = 2 * math.asin(min(1.0, math.sqrt(one_minus_c / 2)))
    distance = q * (odd**2 * one_minus_c + even**2 * (one_minus_c - 2 / math.pi * _sine_minus(angle)))
    return Pair(distance, odd**2 + even**2 * (1 - 2 * angle / math.pi))


def _sine_minus(angle: float) -> float:
    """sin t - t cos t, by its series where the two nearly agree."""
    if angle > 0.7:
        return math.sin(angle) - angle * math.cos(angle)
    term, total = angle**3 / 3, 0.0
    for k in range(1, 12):
        total += term
        term *= -(angle**2) * (k + 1) / (k * (2 * k + 2) * (2 * k + 3))
    return total
