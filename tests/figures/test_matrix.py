"""A cell a network: every number is in its cell, the experiment's own is framed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import figures
from simulator.figures.payload import encode

ACTIVATIONS, SCHEMES = ("tanh", "leaky_relu(negative_slope=0.2)"), ("normal", "zeros", "slip_std_2_over_n")
VALUES = np.array([[0.1, -0.02], [-math.inf, -math.inf], [math.nan, -120.0]])


def drawn(kind: str, **options):
    return figures.cell_matrix(VALUES, kind, activations=ACTIVATIONS, schemes=SCHEMES, **options)


def test_every_cell_says_its_number() -> None:
    (heat,) = drawn("gradient")["data"]
    assert heat["text"] == [["1.26", "0.95"], ["0", "0"], ["", "→0"]]
    assert [cell[2] for row in heat["customdata"] for cell in row] == [
        "1.26",
        "0.955",
        "0",
        "0",
        "no theory",
        "1.00e−120",
    ]
    (logs,) = drawn("last")["data"]
    assert logs["text"] == [["0.1", "0.0"], ["−∞", "−∞"], ["", "−120"]]
    assert max(len(text) for row in logs["text"] for text in row) <= 4
    assert b"NaN" not in encode([drawn("last")])


def test_colours_are_symmetric_about_one() -> None:
    (heat,) = drawn("gradient")["data"]
    assert heat["zmin"] == -heat["zmax"]
    assert heat["z"][1, 0] == heat["zmin"] == heat["z"][2, 1], "an exact 0 is as blue as can be"
    assert np.isnan(heat["z"][2, 0])


def test_the_colour_bar_lies_below_the_names() -> None:
    def below(*activations: str) -> tuple[float, float]:
        values = np.zeros((1, len(activations)))
        figure = figures.cell_matrix(values, "last", activations=activations, schemes=SCHEMES[:1])
        bar, layout = figure["data"][0]["colorbar"], figure["layout"]
        assert (bar["yref"], bar["y"], bar["yanchor"]) == ("container", 0, "bottom"), "however few the rows are"
        return layout["margin"]["b"], layout["height"]

    (short, low), (long, high) = below("relu"), below("leaky_relu(negative_slope=0.25)")
    assert long - short == high - low > 6 * (len("leaky_relu(0.25)") - len("relu"))


@pytest.mark.parametrize("own", [("tanh", "zeros"), ("tanh", "he_normal"), None])
def test_the_own_cell_is_framed(own) -> None:
    shapes = drawn("gradient", own=own)["layout"].get("shapes", [])
    if own == ("tanh", "zeros"):
        assert {(s["x0"], s["x1"], s["y0"], s["y1"]) for s in shapes} == {(-0.5, 0.5, 0.5, 1.5)}
    else:
        assert not shapes


def test_ticks_and_words() -> None:
    figure = drawn("gradient", theory=True)
    assert figure["layout"]["xaxis"]["ticktext"] == ["tanh", "leaky_relu(0.2)"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["normal(1)", "zeros", "slip std 2/n"]
    assert figure.clickable and "theory" in figure.title and "2010" in figure.caption
    assert "tanh with normal" in figure.alt
    figure.to_plotly()
