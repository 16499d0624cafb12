"""Maps and lines of sweeps, from tables made by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from simulator import figures
from simulator.figures.lattice import short, ticks, title
from simulator.figures.measures import measure_of
from simulator.figures.sweep import MOST_PANELS
from simulator.statistics import STATISTICS


def table(rows: list[tuple[str, float, int, float]], pair: tuple[str, str] = ("signal", "decades")) -> pd.DataFrame:
    """Rows of (init, gain, seed, value) of one quantity and statistic."""
    frame = pd.DataFrame(rows, columns=["init", "gain", "seed", "value"])
    frame["init"] = pd.Categorical(frame["init"], categories=list(dict.fromkeys(frame["init"])))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(np.abs(frame["value"].to_numpy(np.float64)))
    return frame.assign(quantity=pair[0], statistic=pair[1], layer=5, cell=range(len(frame)),
                        log10=np.where(np.isfinite(logs), logs, np.nan), error="")  # fmt: skip


SIGNED = [("a", 1.0, 0, -2.0), ("a", 1.0, 1, -4.0), ("a", 2.0, 0, 1.0), ("b", 1.0, 0, -math.inf)]
RENAMED = [({"a": "he_normal", "b": "zeros"}[init], *rest) for init, *rest in SIGNED]


def test_a_map_has_medians_zeros_and_holes() -> None:
    (figure,) = figures.sweep_maps(table(RENAMED), "gain", "init", "signal", "decades")
    figure.to_plotly()
    (heat,) = figure["data"]
    assert heat["z"][0].tolist() == [-3.0, 1.0], "Two networks: their median."
    assert (heat["zmin"], heat["zmax"]) == (-3.0, 3.0), "Zero is white."
    assert heat["z"][1][0] == -3.0 and heat["customdata"][1][0][2] == "exactly zero in the end"
    assert math.isnan(heat["z"][1][1]) and heat["customdata"][1][1][2] == "none"
    assert figure["layout"]["xaxis"]["ticktext"] == ["1", "2"]
    assert "3 of 4 cells" in figure.alt
    assert "2010" in figure.caption


def test_values_that_are_still_to_come_are_holes() -> None:
    values = {"gain": [1.0, 2.0, 3.0], "init": ["he_normal", "zeros", "orthogonal"]}
    (figure,) = figures.sweep_maps(table(RENAMED), "gain", "init", "signal", "decades", values=values)
    assert figure["data"][0]["z"].shape == (3, 3)
    (empty,) = figures.sweep_maps(table(RENAMED).iloc[:0], "gain", "init", "signal", "decades", values=values)
    assert np.isnan(empty["data"][0]["z"]).all()
    (line,) = figures.sweep_lines(table(RENAMED).iloc[:0], "gain", "signal", "decades", values=values)
    line.to_plotly()


def test_panels_share_one_scale() -> None:
    made = figures.sweep_maps(table(RENAMED), "gain", "gain", "signal", "decades", panels="init")
    assert len(made) == 2
    assert len({(figure["data"][0]["zmin"], figure["data"][0]["zmax"]) for figure in made}) == 1
    assert [figure.title for figure in made] == [
        "Signal: change of variance, init scheme he_normal",
        "Signal: change of variance, init scheme zeros",
    ]
    many = {"gain": [1.0, 2.0], "init": [f"normal(std={k})" for k in range(1, MOST_PANELS + 4)]}
    made = figures.sweep_lines(table([]), "gain", "signal", "decades", panels="init", values=many)
    assert len(made) == MOST_PANELS and f"The first {MOST_PANELS} of {MOST_PANELS + 3}" in made[0].caption


def test_a_fraction_is_a_mean_and_a_variance_is_drawn_by_its_logarithm() -> None:
    alive = table([("zeros", 1.0, seed, float(seed > 2)) for seed in range(4)], ("network", "survives"))
    (figure,) = figures.sweep_maps(alive, "gain", "init", "network", "survives")
    assert figure["data"][0]["z"].tolist() == [[0.25]] and figure["data"][0]["zmax"] == 1.0
    assert figure["data"][0]["customdata"][0][0][2] == "25%"
    sizes = table([("zeros", 1.0, 0, 1e-7), ("zeros", 2.0, 0, 1e3)], ("activation", "variance"))
    (figure,) = figures.sweep_lines(sizes, "gain", "activation", "variance")
    assert figure["data"][-1]["y"].tolist() == [-7.0, 3.0]
    assert figure["data"][-1]["x"] == [1.0, 2.0]
    assert figure["data"][-1]["customdata"] == ["1.00e-7", "1e+03"]


def test_a_line_has_a_band_where_networks_differ() -> None:
    rows = [("zeros", gain, seed, float(seed)) for gain in (1.0, 2.0) for seed in range(101)]
    (figure,) = figures.sweep_lines(table(rows), "gain", "signal", "decades")
    band, line = figure["data"]
    assert line["y"].tolist() == [50.0, 50.0]
    assert sorted(set(band["y"].tolist())) == [16.0, 84.0]
    (texts,) = figures.sweep_lines(table(rows), "init", "signal", "decades")
    assert texts["layout"]["xaxis"]["ticktext"] == ["zeros"]


def test_a_table_of_layers_shows_where_the_pass_ends() -> None:
    whole = table([("zeros", 1.0, 0, 10.0**-layer) for layer in range(4)], ("activation", "variance"))
    whole = whole.assign(layer=range(4), cell=0)
    (figure,) = figures.sweep_lines(whole, "gain", "activation", "variance")
    assert figure["data"][-1]["y"].tolist() == [-3.0]
    (figure,) = figures.sweep_lines(whole, "gain", "activation", "variance", layer=1)
    assert figure["data"][-1]["y"].tolist() == [-1.0] and figure.title.endswith("layer 1")
    back = whole.assign(quantity="activation_gradient")
    (figure,) = figures.sweep_lines(back, "gain", "activation_gradient", "variance")
    assert figure["data"][-1]["y"].tolist() == [0.0], "A gradient ends at the input."


def test_ticks_say_what_differs() -> None:
    stds = ["normal(std=0)", "normal", "normal(std=0.5)"]
    assert short("bias", stds) == ["0", "0.1", "0.5"]
    assert title("bias", stds) == "bias: std of normal"
    assert short("bias", [*stds, "zeros"]) == [*stds, "zeros"]
    assert title("depth", [1, 2]) == "depth L"
    axis = ticks("gain", [k / 100 for k in range(100)])
    assert 5 < len(axis["tickvals"]) < 12 and axis["ticktext"][0] == "0"


@pytest.mark.parametrize("statistic", STATISTICS)
def test_every_statistic_can_be_drawn(statistic: str) -> None:
    quantity = STATISTICS[statistic].of[0]
    measure = measure_of(quantity, statistic)
    assert measure.words and measure.caption
    rows = table([("zeros", 1.0, 0, 0.25), ("zeros", 2.0, 0, 0.5)], (quantity, statistic))
    for made in (
        figures.sweep_maps(rows, "gain", "init", quantity, statistic),
        figures.sweep_lines(rows, "gain", quantity, statistic),
    ):
        made[0].to_plotly()
