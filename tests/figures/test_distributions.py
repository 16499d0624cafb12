"""Maps and curves of histograms, for layers of like and of wildly unlike size."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from simulator import figures, frames
from simulator.figures import style

MASS = 0.999


@dataclass
class Normal:
    """Histograms of exact normal densities, one layer for each log10 of the root mean square."""

    log10_rms: np.ndarray
    quantity: str = "preactivation"
    layers: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.log10_rms = np.asarray(self.log10_rms, dtype=np.float64)
        count = len(self.log10_rms)
        self.layers = tuple(range(1, count + 1))
        self.edges = np.tile(np.linspace(-4, 4, 82), (count, 1))
        middle = (self.edges[:, 1:] + self.edges[:, :-1]) / 2
        self.density = np.exp(-(middle**2) / 2) / np.sqrt(2 * np.pi)
        self.log_edges = np.linspace(-7, 2, 91) + self.log10_rms[:, None]
        size = 10.0 ** ((np.linspace(-7, 2, 91)[1:] + np.linspace(-7, 2, 91)[:-1]) / 2)
        bell = np.exp(-np.minimum(size**2 / 2, 600)) * 2 / np.sqrt(2 * np.pi)
        self.log_density = np.tile(np.log(10) * size * bell, (count, 1))
        self.zeros = np.isnan(self.log10_rms).astype(float)


def theory_of(result: Normal):
    logs = 2 * result.log10_rms[None, :]
    values = np.where(np.abs(logs) < 300, 10.0 ** np.where(np.abs(logs) < 300, logs, 0), np.nan)
    curves = {("preactivation", "variance"): (values, logs), ("preactivation", "mean"): (0 * logs, np.nan * logs)}
    return frames.tidy("", "theory", [-1], result.layers, curves)


def heat(figure):
    (trace,) = figure["data"]
    return np.asarray(trace["z"]), np.asarray(trace["y"])


@pytest.mark.parametrize("axis", ["value", "rms", "log10"])
@pytest.mark.parametrize("sizes", [[0, 0.1, -0.2], [0, -8, -400, -3000], [0, 200, 900], [np.nan, 0], [np.nan, np.nan]])
def test_every_axis_takes_every_size(axis, sizes):
    result = Normal(np.array(sizes))
    for figure in (
        figures.distribution_map(result, axis),
        figures.distribution_curves(result, result.layers, axis, theory=theory_of(result)),
    ):
        figure.to_plotly()
        assert figure["data"] or np.isnan(sizes).all()


def test_a_column_keeps_its_mass():
    z, y = heat(figures.distribution_map(Normal(np.zeros(3)), "rms"))
    density = np.where(z > -3, 10.0**z, 0)
    np.testing.assert_allclose(density.sum(axis=0) * (y[1] - y[0]), MASS, atol=0.02)


def test_a_narrow_layer_is_brighter_and_keeps_its_mass_on_the_axis_of_values():
    z, y = heat(figures.distribution_map(Normal(np.array([0.0, -1.0])), "value"))
    density = np.where(z > -3, 10.0**z, 0)
    np.testing.assert_allclose(density.sum(axis=0) * (y[1] - y[0]), MASS, atol=0.02)
    assert z[:, 1].max() == pytest.approx(z[:, 0].max() + 1, abs=0.05)


def test_a_layer_of_zeros_is_left_blank_and_said():
    figure = figures.distribution_map(Normal(np.array([0.0, np.nan, np.nan])))
    z, _ = heat(figure)
    assert np.isnan(z[:, 1:]).all() and np.isfinite(z[:, 0]).all()
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["all exactly 0: layer 2 to 3"]


@pytest.mark.parametrize("axis", ["value", "rms", "log10"])
def test_theory_lies_on_its_own_gaussian(axis):
    result = Normal(np.array([-1.0, 0.5]))
    figure = figures.distribution_curves(result, [1, 2], axis, theory=theory_of(result))
    measured = [trace for trace in figure["data"] if "theory" not in trace["name"]]
    theory = [trace for trace in figure["data"] if "theory" in trace["name"]]
    for solid, dashed in zip(measured, theory, strict=True):
        assert dashed["line"]["dash"] and solid["line"] == style.beneath(dashed["line"]["color"])
        np.testing.assert_allclose(dashed["y"], solid["y"], rtol=0.02, atol=2e-3)


def test_captions_name_their_sources():
    result = Normal(np.zeros(2))
    assert "2010" in figures.distribution_map(result).caption
    plain, dashed = (figures.distribution_curves(result, [1], theory=theory) for theory in (None, theory_of(result)))
    assert "2010" in plain.caption and "dashed" not in plain.caption
    assert "dashed: the Gaussian of infinite width (Neal 1996; Lee et al. 2018)." in dashed.caption
    assert "dashed" not in figures.distribution_curves(result, [], theory=theory_of(result)).caption


def test_only_preactivations_are_gaussian():
    result = Normal(np.zeros(2), quantity="activation")
    figure = figures.distribution_curves(result, [1], theory=theory_of(result))
    assert [trace["name"] for trace in figure["data"]] == ["layer 1"]


def test_layers_that_do_not_exist_are_not_drawn():
    figure = figures.distribution_curves(Normal(np.zeros(3)), [2, 17])
    assert [trace["name"] for trace in figure["data"]] == ["layer 2"]


def test_gradients_are_labelled_with_their_direction():
    figure = figures.distribution_map(Normal(np.zeros(2), quantity="activation_gradient"))
    assert "output to input" in figure["layout"]["annotations"][0]["text"]
