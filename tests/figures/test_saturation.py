"""The activation over a layer's histogram: curves, shading, far sizes."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import figures
from simulator.activations import Activation

EDGES = np.linspace(-4, 4, 82)
DENSITY = np.exp(-(((EDGES[1:] + EDGES[:-1]) / 2) ** 2) / 2)


def draw(activation: str = "tanh", tau: float = 0.05, **more):
    arguments = {"layer": 3, "edges": EDGES, "density": DENSITY, **more}
    return figures.activation_profile(Activation.parse(activation), tau, **arguments)


def named(figure, part: str) -> dict:
    (found,) = [trace for trace in figure["data"] if part in trace["name"]]
    return found


def test_the_curve_and_its_slope_are_the_activations_own():
    figure = draw()
    curve, slope = named(figure, "φ(h)"), named(figure, "φ′(h)")
    np.testing.assert_allclose(curve["y"], np.tanh(curve["x"]))
    np.testing.assert_allclose(slope["y"], 1 - np.tanh(slope["x"]) ** 2, atol=1e-12)
    assert slope["line"]["dash"] and not curve["line"].get("dash")
    figure.to_plotly()


def test_the_flat_part_is_shaded():
    x = np.asarray(named(draw(), "flat part")["x"])
    edge = np.arccosh(np.sqrt(1 / 0.05))
    np.testing.assert_allclose(np.unique(x[~np.isnan(x)]), [-4, -edge, edge, 4], atol=1e-9)


def test_an_activation_without_a_flat_part_has_no_shading():
    assert not [trace for trace in draw("linear")["data"] if trace["name"] == "flat part"]


def test_the_fraction_is_told():
    assert draw(fraction=0.231).caption.startswith("23.1% ")
    assert "%" not in draw().caption


@pytest.mark.parametrize("activation", sorted(Activation.registry))
@pytest.mark.parametrize("log10_rms", [0.0, -5.0, -900.0, 3.0, 100.0, 700.0, np.nan])
def test_every_activation_at_every_size(activation, log10_rms):
    figure = draw(activation, log10_rms=log10_rms)
    figure.to_plotly()
    for trace in figure["data"]:
        if trace["name"] != "flat part":
            assert np.isfinite(trace["x"]).all() and np.isfinite(trace["y"]).all()
    told = [note["text"] for note in figure["layout"]["annotations"]]
    assert bool(told) == (not np.isfinite(log10_rms) or log10_rms > 280)
