"""The length map and the correlation map from plain arrays."""

from __future__ import annotations

import math

import numpy as np

from simulator import figures


def named(figure, name: str) -> list[dict]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


def length(q_star: float = 0.5, slope: float = 0.4, images=None):
    q = np.linspace(0, 2, 21)
    images = 0.3 + 0.4 * q if images is None else images
    walk = np.array([2.0, 2.0, 1.1]), np.array([2.0, 1.1, 1.1])
    return figures.length_map(q, images, walk=walk, measured=(q[1:4], q[2:5]), q_star=q_star, slope=slope)


def test_the_length_map_says_where_it_goes() -> None:
    figure = length()
    figure.to_plotly()
    assert "q* = 0.5" in figure.caption and "0.4" in figure.caption and "Poole" in figure.caption
    assert named(figure, "q* = 0.5") and named(figure, "simulation") and named(figure, "cobweb: layer by layer")
    assert "towards 0;" in length(0.0).caption
    assert "towards infinity" in length(math.inf).caption
    assert "any variance stays" in length(1.0, 1.0, np.linspace(0, 2, 21)).caption


def test_the_correlation_map_names_slopes() -> None:
    c = np.linspace(0, 1, 5)
    lines = [("here", 1.5, 0.8, 0.4, c), ("ordered", 1.0, 0.6, 0.3, c), ("exploding", 3.0, 1.5, math.inf, c)]
    figure = figures.correlation_map(c, lines, sigma_b2=0.05, measured=(c[:3], c[1:4]))
    figure.to_plotly()
    told = [trace["name"] for trace in figure["data"]]
    assert "this experiment: σ<sub>w</sub>² = 1.5, slope χ₁ = 0.8" in told
    assert "exploding: σ<sub>w</sub>² = 3, slope 1 at q* = ∞, χ₁ = 1.5" in told
    assert told[-1] == "simulation"
    assert "σ_w² = 1.5, slope χ₁ = 0.8" in figure.alt and "<" not in figure.alt
    assert "0.05" in figure.caption and "Schoenholz" in figure.caption
    bare = figures.correlation_map(c, lines[1:], sigma_b2=0.05)
    assert "simulation" not in [trace["name"] for trace in bare["data"]]
