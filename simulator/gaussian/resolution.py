"""The panels that an activation asks for, by a second and finer rule where the usual ones do not do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.activations import Activation, quiet
from simulator.gaussian.panels import LADDER, REACH, panels

Floats = NDArray[np.float64]

NODES = 12
"""Nodes a panel."""

_TOLERANCE = 1e-14
"""Relative difference of the two rules up to which a panel will do."""

_RINGS = 2.0 ** np.arange(-1.0, 21.0)
"""The panels are checked from 0 outwards, as far as |h| = 10^6."""

_MOST = 3000
"""Panel edges beyond which refinement does not reach."""

_HALVINGS = 45
_POINT = 1e-5
"""Width below which what panels still close in on is a point where phi or phi' jumps."""

_BESIDE = 1e-6
_JUMP = 0.01
"""How far beside an edge slopes are compared, and by which share of the steepest phi' or phi'' must jump, phi by."""

_FINEST = 0.01
_KINKS = 16
"""Kinks that averages over two preactivations can be cut at."""


@dataclass(frozen=True, eq=False)
class Resolution:
    """Panel edges in h, increasing, and the kinks among them, declared or found.

    `refined` tells edges beyond the usual and declared ones; beyond |h| = `reach` the activation bends, kinks or
    oscillates faster than panels can follow.
    """

    edges: Floats
    kinks: tuple[float, ...]
    refined: bool
    reach: float

    @property
    def finest(self) -> float:
        """About the size of the finest detail, 1 where the usual panels do."""
        return min(1.0, max(_FINEST, 2 * float(np.diff(self.edges).min()))) if self.refined else 1.0

    def within(self, deviation: float, mean: float) -> Floats:
        """The edges that averages over N(mean, deviation^2) need."""
        if not self.refined:
            return self.edges
        far = REACH * deviation
        first, last = np.searchsorted(self.edges, (mean - far, mean + far))
        return self.edges[max(0, first - 1) : last + 1]


@lru_cache(maxsize=256)
@quiet
def resolution(activation: Activation) -> Resolution:
    """How finely to cut the line for Gaussian averages of an activation, 1e-14 of each precise."""
    kinks = tuple(sorted(set(activation.kinks)))
    while True:
        usual = np.union1d(LADDER, kinks)
        refined = not _enough(activation, usual)
        edges, reach = _refined(activation, usual) if refined else (usual, math.inf)
        every = list(kinks)
        for one in (*_points(activation, edges), *_jumps(activation, edges)):
            if min((abs(one - other) for other in every), default=1) > _POINT:
                every.append(one)
        if len(every) > _KINKS:
            inner = sorted(every, key=abs)
            kinks, reach = tuple(sorted(inner[:_KINKS])), min(reach, abs(inner[_KINKS]))
        if len(every) > _KINKS or len(every) == len(kinks):
            return Resolution(edges, kinks, refined, reach)
        kinks = tuple(sorted(every))


def _enough(activation: Activation, edges: Floats) -> bool:
    """Whether the usual panels do, the outermost of them for whatever lies beyond."""
    inside = _integrals(activation, edges[:-1], edges[1:])[1]
    outwards = np.argsort(np.minimum(np.abs(edges[:-1]), np.abs(edges[1:])), kind="stable")
    so_far = np.empty_like(inside)
    so_far[:, outwards] = np.cumsum(inside[:, outwards], axis=1)
    if _failing(activation, edges[:-1], edges[1:], so_far).any():
        return False
    inside = inside.sum(axis=1, keepdims=True)
    for start, side in ((edges[0], -1), (edges[-1], 1)):
        # a panel from the last edge to any place beyond must do as well as the short ones that make it up
        ends = side * _RINGS[side * start < _RINGS]
        steps = np.concatenate(([start], ends[:-1]))
        long = _integrals(activation, np.full(len(ends), start), ends)[0]
        sums, sizes, noise = (np.cumsum(each, axis=1) for each in _integrals(activation, steps, ends))
        rough = np.abs(long - sums) > _tolerance(activation) * (inside + np.abs(sizes)) + np.abs(noise)
        low, high = np.minimum(steps, ends), np.maximum(steps, ends)
        if rough.any() or _failing(activation, low, high, inside).any():
            return False
    return True


def _refined(activation: Activation, usual: Floats) -> tuple[Floats, float]:
    """Edges that will do, ring by ring, and how far they reach."""
    known, inner, total = np.zeros(1), 0.0, np.zeros((4, 1))
    for outer in _RINGS:
        ring = np.union1d((-outer, -inner, inner, outer), usual[(np.abs(usual) > inner) & (np.abs(usual) < outer)])
        low, high = (ends[(ring[:-1] < -inner) | (ring[1:] > inner)] for ends in (ring[:-1], ring[1:]))
        total = total + _integrals(activation, low, high)[1].sum(axis=1, keepdims=True)
        edges = [known, ring]
        for _ in range(_HALVINGS):
            failing = _failing(activation, low, high, total)
            low, high = low[failing], high[failing]
            if not low.size:
                break
            middle = (low + high) / 2
            if sum(map(len, edges)) + len(middle) > _MOST:
                return known, inner
            edges.append(middle)
            low, high = np.concatenate((low, middle)), np.concatenate((middle, high))
        known, inner = np.unique(np.concatenate(edges)), float(outer)
    return known, math.inf


def _points(activation: Activation, edges: Floats) -> list[float]:
    """Where panels crowd since phi or phi' jumps there, to the last digit."""
    widths = np.diff(edges)
    narrow = np.flatnonzero(widths < _POINT)
    crowds = np.split(narrow, np.flatnonzero(np.diff(narrow) > 1) + 1) if narrow.size else []
    points = []
    for crowd in crowds:
        ends = edges[crowd[0]], edges[crowd[-1] + 1]
        while ends[0] < (middle := (ends[0] + ends[1]) / 2) < ends[1]:
            three = np.array([ends[0], middle, ends[1]])
            change = np.abs(np.diff(activation.derivative(three))) + np.abs(np.diff(activation.function(three)))
            ends = (ends[0], middle) if change[0] > change[1] else (middle, ends[1])
        points.append(float(ends[0]))
    return points


def _jumps(activation: Activation, edges: Floats) -> list[float]:
    """The edges where phi, phi' or phi'' jumps: where the change across an edge does not shrink with the distance."""
    far, near = (_changes(activation, edges, step) for step in (_BESIDE, _BESIDE / 8))
    jumps: list[float] = edges[((near > _JUMP) & (near > far / 2)).any(axis=0)].tolist()
    return jumps


def _changes(activation: Activation, edges: Floats, step: float) -> Floats:
    """The changes of phi, phi' and phi'' from one side of each edge to the other, (3, edges)."""
    steps = step * np.maximum(1, np.abs(edges))
    places = edges + steps * np.array([[-2.0], [-1.0], [1.0], [2.0]])
    values, slopes = activation.centred(places), activation.derivative(places)
    rise = values[2] - values[1] - steps * (slopes[1] + slopes[2])
    bend = (slopes[3] - slopes[2] - slopes[1] + slopes[0]) / steps
    steepest = np.abs(slopes).max(initial=1e-300)
    return np.asarray(np.abs(np.stack((rise, (slopes[2] - slopes[1]) / steepest, bend / steepest))))


def _failing(activation: Activation, low: Floats, high: Floats, more: Floats | float = 0.0) -> NDArray[np.bool_]:
    """Which panels differ from their two parts by more than the tolerance of their own integrals and of `more`."""
    middle = 0.6 * low + 0.4 * high
    once, sizes, noise = _integrals(activation, low, high)
    twice = _integrals(activation, low, middle)[0] + _integrals(activation, middle, high)[0]
    wrong = np.abs(once - twice) > _tolerance(activation) * (sizes + more) + noise
    return np.asarray(wrong.any(axis=0) & (high - low > 4 * np.spacing(np.maximum(np.abs(low), np.abs(high)))))


def _integrals(activation: Activation, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Integrals of (phi - phi(0))^2, phi'^2, h phi phi' and phi over panels, (4, panels), their sizes and rounding."""
    h, weights = panels(np.stack((low, high), axis=-1), NODES)
    value, slope = activation.centred(h), activation.derivative(h)
    each = np.stack((value * value, slope * slope, h * value * slope, value)) * weights
    rounding = 8 * np.finfo(float).eps * (np.abs(value) + abs(activation.value_at_zero))
    noise = np.stack((rounding**2, 0 * slope, np.abs(h * slope) * rounding, rounding)) * weights
    return each.sum(axis=-1), np.abs(each).sum(axis=-1), noise.sum(axis=-1)


def _tolerance(activation: Activation) -> float:
    return max(_TOLERANCE, activation.accuracy)
