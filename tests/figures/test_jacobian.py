"""Singular values and what sums them up: what is lost is not drawn, ranges are shared, theory is dashed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import figures, frames
from simulator.figures import style


def spectrum(label: str, layer: int, logs: list[float], resolved: int) -> pd.DataFrame:
    index = np.arange(1, len(logs) + 1)
    return pd.DataFrame({"label": label, "layer": layer, "index": index, "log10": logs, "resolved": index <= resolved})


SPECTRA = pd.concat(
    [
        spectrum("Gaussian", 1, [0.5, 0.0, -1.0, -2.0], 4),
        spectrum("Gaussian", 9, [1.0, -3.0, -15.5, -np.inf], 2),
        spectrum("orthogonal", 1, [0.0] * 4, 4),
        spectrum("nothing", 1, [-np.inf] * 4, 0),
    ],
    ignore_index=True,
)


def profile(**labels: tuple[list[float], list[float] | None]) -> pd.DataFrame:
    tables = []
    for label, (values, theory) in labels.items():
        for source, numbers in ((frames.SIMULATION, values), (frames.THEORY, theory)):
            if numbers is None:
                continue
            row = np.array([numbers])
            logs = np.where(row > 0, np.log10(np.where(row > 0, row, 1.0)), np.nan)
            pairs = {("jacobian", name): (row, logs) for name in ("mean_square", "relative_variance", "condition")}
            tables.append(frames.tidy(label, source, [0], range(len(numbers)), pairs))
    return frames.concat(*tables)


def test_a_curve_ends_where_the_rest_is_lost() -> None:
    figure = figures.singular_values(SPECTRA, "Gaussian")
    assert [trace["name"] for trace in figure["data"]] == ["layer 1", "layer 9"]
    np.testing.assert_allclose(figure["data"][1]["y"], [1.0, -3.0])
    np.testing.assert_allclose(figure["data"][0]["x"], [0.125, 0.375, 0.625, 0.875])
    assert "lost in rounding" in figure.caption
    assert "lost in rounding" not in figures.singular_values(SPECTRA, "orthogonal").caption
    figure.to_plotly()


def test_spectra_beside_each_other_share_their_range() -> None:
    ranges = [figures.singular_values(SPECTRA, name)["layout"]["yaxis"]["range"] for name in ("Gaussian", "orthogonal")]
    assert ranges[0] == ranges[1]
    assert ranges[0][0] < -3
    assert ranges[0][1] > 1


def test_a_zero_matrix_says_so() -> None:
    figure = figures.singular_values(SPECTRA, "nothing")
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["every singular value is exactly 0"]
    figure.to_plotly()


@pytest.mark.parametrize("statistic", ["mean_square", "relative_variance", "condition"])
def test_a_line_a_label_on_its_scale(statistic: str) -> None:
    frame = profile(a=([1.0, 10.0, 100.0], None), b=([1.0, 2.0, 4.0], None))
    figure = figures.jacobian_profile(frame, statistic)
    assert [trace["name"] for trace in figure["data"]] == ["a", "b"]
    expected = [1, 10, 100] if statistic == "relative_variance" else [0, 1, 2]
    np.testing.assert_allclose(figure["data"][0]["y"], expected)
    assert "dashed" not in figure.caption
    assert "b simulation: 4 at layer 2" in figure.alt


def test_theory_that_all_share_is_one_line_in_ink() -> None:
    shared = figures.jacobian_profile(profile(a=([1, 2], [1, 3]), b=([1, 4], [1, 3])), "mean_square")
    dashed = [trace for trace in shared["data"] if "dash" in trace["line"]]
    assert [(trace["name"], trace["line"]["color"]) for trace in dashed] == [("theory (infinite width)", style.INK)]
    own = figures.jacobian_profile(profile(a=([1, 2], [1, 3]), b=([1, 4], [1, 5])), "relative_variance")
    dashed = [trace for trace in own["data"] if "dash" in trace["line"]]
    assert [trace["line"]["color"] for trace in dashed] == [style.color(0), style.color(1)]
    assert "dashed" in own.caption
    assert [t["line"] for t in own["data"] if "marker" in t] == [style.beneath(style.color(k)) for k in (0, 1)]
    assert all(trace["line"]["width"] == 2.5 for trace in shared["data"])
    lost = figures.jacobian_profile(profile(a=([1, 0], [0, 0])), "mean_square")
    assert "dashed" not in lost.caption, "a theory of zeros is nowhere on a log axis"


def test_an_exact_zero_is_no_point_of_a_logarithmic_axis() -> None:
    figure = figures.jacobian_profile(profile(a=([1.0, 0.0, 0.0], None)), "mean_square")
    assert np.isnan(figure["data"][0]["y"][1:]).all()
    figure.to_plotly()


def test_a_condition_that_no_layer_has_says_so() -> None:
    frame = profile(a=([1.0, 2.0], None))
    figure = figures.jacobian_profile(frame[frame.statistic != "condition"], "condition")
    assert figure["data"]
    assert "lost in rounding" in figure["layout"]["annotations"][0]["text"]
