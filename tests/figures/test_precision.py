"""Charts of number formats: lines that end where a format does, fates by layer, losses that break."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from simulator import figures, frames


@dataclass(frozen=True)
class Format:
    name: str
    largest: float
    smallest_normal: float
    smallest: float


FORMATS = (
    Format("float16", 65504.0, 6e-5, 6e-8),
    Format("bfloat16", 3.39e38, 1.2e-38, 9e-41),
    Format("float32", 3.4e38, 1.2e-38, 1.4e-45),
    Format("float64", 1.8e308, 2.2e-308, 5e-324),
)


def table(steps: dict[str, list[float]], statistic: str = "largest", quantity: str = "preactivation") -> pd.DataFrame:
    made = []
    for label, values in steps.items():
        source = "theory" if label == "expected" else "simulation"
        logs = np.array([values])
        if statistic.endswith("fraction"):
            curve = logs, np.log10(np.where(logs > 0, logs, 1))
        else:
            inside = np.abs(np.nan_to_num(logs, nan=999)) < 300
            curve = np.where(inside, 10.0 ** np.where(inside, logs, 0), np.nan), logs
        made.append(frames.tidy(label, source, (0,), range(logs.size), {(quantity, statistic): curve}))
    return frames.concat(*made)


GROWING = {
    "float16": [0.0, 2, 4, np.nan, np.nan],
    "bfloat16": [0.0, 2, 4, 6, 8],
    "float32": [0.0, 2, 4, 6, 8],
    "float64": [0.0, 2, 4, 6, 8],
    "expected": [0.1, 2.1, 4.1, 6.1, 8.1],
}


def draw(steps=None, **more):
    return figures.format_profile(
        table(steps or GROWING, quantity=more.pop("quantity", "preactivation")),
        more.pop("shown", "preactivation"), FORMATS, name="n", title="t", **more,
    )  # fmt: skip


def named(figure, part: str) -> dict:
    (found,) = [trace for trace in figure["data"] if trace["name"] == part]
    return found


def test_a_line_ends_where_its_format_overflows():
    figure = draw()
    assert np.nanmax(named(figure, "float16")["x"][np.isfinite(named(figure, "float16")["y"])]) == 2
    assert np.isfinite(named(figure, "float64")["y"]).all()
    assert named(figure, "expected (infinite width)")["line"]["dash"] == "dash"
    assert "float16 1 at layer 0, 1.00e4 at layer 2" in figure.alt
    figure.to_plotly()


def test_the_ends_in_sight_are_drawn_and_no_others():
    heights = {round(shape["y0"], 2) for shape in draw()["layout"]["shapes"]}
    assert heights == {round(np.log10(end), 2) for end in (65504.0, 6e-5, 6e-8)}
    far = draw({"float64": [0.0, 50, 100], "float32": [0.0, 20, np.nan]})
    assert len(far["layout"]["shapes"]) == 5
    told = [note["text"] for note in far["layout"]["annotations"]]
    assert "bfloat16, float32<br>max" in told, "Labels at one height are joined."


def test_predicted_overflow_is_marked_where_it_is_seen():
    figure = draw(predicted={"float16": 3, "bfloat16": None, "float32": None, "float64": None})
    marks = [trace for trace in figure["data"] if "predicted" in trace["name"]]
    assert [(mark["x"], round(mark["y"][0], 3)) for mark in marks] == [([3], round(np.log10(65504.0), 3))]


def test_gradients_tell_their_direction():
    told = [
        n["text"]
        for n in draw(quantity="preactivation_gradient", shown="preactivation_gradient")["layout"]["annotations"]
    ]
    assert figures.marks.FLOW in told


@pytest.mark.parametrize("steps", [{"float16": [np.nan] * 3}, {"float64": [-320.0, -322.0]}, {"float16": [0.0]}])
def test_profiles_of_odd_tables(steps):
    draw(steps).to_plotly()


def test_the_map_has_a_row_a_format_and_fate():
    frame = frames.concat(
        table({"float16": [0, 0.5, 1.0], "float64": [0, 0, 0.0]}, "overflowed_fraction"),
        table({"float16": [0, 0.25, np.nan], "float64": [0, 0, 0.0]}, "underflowed_fraction"),
    )
    figure = figures.lost_map(frame, "preactivation", name="n", title="t")
    (trace,) = figure["data"]
    shares = dict(zip(trace["y"], trace["z"], strict=True))
    assert trace["y"][-1].startswith("float16"), "The narrowest format is on top."
    np.testing.assert_array_equal(shares["float16 inf or NaN"], [0, 0.5, 1])
    np.testing.assert_array_equal(shares["float16 became 0"], [0, 0.25, np.nan])
    assert "float16 inf or NaN up to 100%" in figure.alt and "float64" not in figure.alt
    figure.to_plotly()


def test_a_loss_ends_where_it_breaks():
    z = np.linspace(0, 10, 11)
    broken = np.where(z < 8, z, np.inf)
    figure = figures.cross_entropy_curves(
        z, {"float16": broken, "float64": z}, z, {"float16": 8.32, "float64": 36.7},
        heading="E", stable_name="stable", name="n", title="t",
    )  # fmt: skip
    assert np.isfinite(named(figure, "naive, float16")["y"]).sum() == 8
    assert named(figure, "float16")["x"].tolist() == [7.0]
    assert not [trace for trace in figure["data"] if trace["name"] == "float64"]
    assert "float16 from z = 8.32" in figure.alt
    figure.to_plotly()
