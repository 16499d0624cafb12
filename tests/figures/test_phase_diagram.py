"""The plane from plain arrays."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import figures
from simulator.figures.phase_diagram import LEVELS, QUANTITIES

COLUMNS, ROWS = np.linspace(0.1, 3.9, 20), np.linspace(0.01, 0.49, 12)
CHI_1 = np.broadcast_to(COLUMNS / 2, (12, 20)).copy()
EDGE = (
    np.array([2.0, 2.0, np.nan, 3.0, 3.5]),
    np.array([0.0, 0.5, np.nan, 0.1, 0.2]),
    np.array([True, True, True, False, False]),
)


def plane(quantity: str = "chi_1", values=CHI_1, **more):
    arguments = {
        "extent": (4.0, 0.5), "chi_1": CHI_1, "q_star": np.ones_like(CHI_1), "edge": EDGE, "point": (1.5, 0.1),
        "activation": "tanh", **more,
    }  # fmt: skip
    return figures.phase_plane(COLUMNS, ROWS, values, quantity, **arguments)


def named(figure, name: str) -> list[dict]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


def words(figure) -> str:
    return " ".join(note["text"] for note in figure["layout"]["annotations"])


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_has_axes_a_source_and_a_click(quantity: str) -> None:
    values = CHI_1.copy()
    values[0, :3] = 0, np.inf, np.nan
    figure = plane(quantity, values)
    figure.to_plotly()
    assert figure.clickable
    assert "2016)" in figure.caption or "2017)" in figure.caption
    assert "weight variance" in figure["layout"]["xaxis"]["title"]["text"]
    assert "bias variance" in figure["layout"]["yaxis"]["title"]["text"]
    heat = figure["data"][0]
    shown = heat["z"][np.isfinite(heat["z"])]
    assert heat["zmin"] <= shown.min() and shown.max() <= heat["zmax"]
    assert heat["customdata"][0][1][0] == "∞" and heat["customdata"][0][2][0] == "none"
    assert "0.1, 0.1" not in figure.alt and "(1.5, 0.1)" in figure.alt


def test_colours_of_chi_1_are_about_one() -> None:
    heat = plane()["data"][0]
    assert heat["zmin"] == -heat["zmax"]
    np.testing.assert_allclose(heat["z"][0, -1], min(math.log10(1.95), heat["zmax"]), atol=1e-3)


def test_the_edge_is_drawn_stable_and_not() -> None:
    figure = plane()
    assert named(figure, "edge of chaos") and named(figure, "edge, q* unstable")
    stable = figure["data"][2]
    np.testing.assert_array_equal(stable["x"], [2, 2, np.nan, np.nan, np.nan])
    none = plane(edge=(np.array([np.nan]), np.array([np.nan]), np.array([True])))
    assert "has no edge of chaos here" in none.caption
    assert not named(none, "edge of chaos")


def test_the_point_is_there_or_at_the_border() -> None:
    (marker,) = named(plane(), "this experiment")
    assert (marker["x"], marker["y"]) == ([1.5], [0.1])
    far = plane(point=(256.0, 0.0))
    (marker,) = named(far, "this experiment")
    assert marker["x"] == [4.0]
    assert "beyond the border" in words(far) and "256" in words(far)
    assert not named(plane(point=None), "this experiment")


def test_phases_are_named_from_the_numbers() -> None:
    assert "ordered" in words(plane()) and "chaotic" in words(plane())
    assert "exploding" in words(plane(q_star=np.full_like(CHI_1, np.inf)))
    all_ordered = words(plane(chi_1=np.full_like(CHI_1, 0.5)))
    assert "ordered" in all_ordered and "chaotic" not in all_ordered


def test_theory_lies_over_simulation() -> None:
    figure = plane("survival", 10 * CHI_1, theory=(COLUMNS, ROWS, 10 * CHI_1))
    halo, contour = [trace for trace in figure["data"] if trace["type"] == "contour"]
    levels = contour["contours"]
    steps = np.arange(levels["start"], levels["end"] + 1e-9, levels["size"])
    np.testing.assert_allclose(10**steps, LEVELS)
    assert halo["line"]["width"] > contour["line"]["width"]
    assert not [trace for trace in plane()["data"] if trace["type"] == "contour"]
