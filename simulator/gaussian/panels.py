"""Composite Gauss-Legendre panels for averages over a standard normal variable."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.activations import quiet

Floats = NDArray[np.float64]

REACH = 9.0
"""Where the normal law is cut off: 2e-19 of it lies beyond."""

MARKS = np.array([-9.0, -7.0, -5.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 9.0])
"""Panel edges for the normal density."""

LADDER = np.concatenate((-(2.0 ** np.arange(6.0, -2.0, -1.0)), [0.0], 2.0 ** np.arange(-1.0, 7.0)))
"""Panel edges around a feature of size 1, such as the bend of an activation: 0, +-0.5, 1, 2, 4, ..., 64."""


@lru_cache(maxsize=8)
def legendre(count: int) -> tuple[Floats, Floats]:
    """Nodes on [-1, 1] and weights that sum to 2."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def panels(edges: Floats, count: int) -> tuple[Floats, Floats]:
    """Nodes and weights of the panels between edges that increase along the last axis: (..., panels * count)."""
    nodes, weights = legendre(count)
    half = (edges[..., 1:] - edges[..., :-1]) / 2
    middle = (edges[..., 1:] + edges[..., :-1]) / 2
    shape = (*edges.shape[:-1], -1)
    return (middle[..., None] + half[..., None] * nodes).reshape(shape), (half[..., None] * weights).reshape(shape)


def normal_panels(features: Floats, count: int = 12) -> tuple[Floats, Floats]:
    """Nodes z and weights, the normal density included, with panel edges at the given features: (..., nodes)."""
    edges = np.concatenate(
        (np.broadcast_to(MARKS, (*features.shape[:-1], len(MARKS))), np.clip(features, -REACH, REACH)), axis=-1
    )
    edges.sort(axis=-1)
    z, weights = panels(edges, count)
    return z, weights * density(z)


@quiet
def density(z: Floats) -> Floats:
    """The standard normal density."""
    out = np.exp(-0.5 * z * z)
    out /= math.sqrt(2 * math.pi)
    return out
