"""The laws of finite width: products of the reference, coverage of simulated networks, and where there is none."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simulator.experiment import Experiment
from simulator.studies.ensemble import ENSEMBLE_QUANTITIES, ensemble, log_moments
from simulator.studies.finite_width import Source, draws_of, ending, finite_width, layers_passed
from simulator.studies.one_input import one_input
from simulator.theory.layer_gains import batch_variance, kappa
from simulator.theory.mean_field import mean_field

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_finite.json").read_text())
RELU = {"activation": "relu", "init": "he_normal"}


@pytest.mark.parametrize("case", ORACLE["product_examples"], ids=lambda case: f"{len(case['widths'])} layers")
def test_products_over_layers_are_the_references(case: dict) -> None:
    widths = [case["widths"][0], *case["widths"]]
    experiment = Experiment(**RELU, widths="-".join(map(str, widths)), inputs="gaussian(mean=1, std=0)")
    law = finite_width(experiment).laws["activation"]
    assert law.log_mean[-1] == pytest.approx(case["relu_mean_log"], abs=1e-9)
    assert law.log_variance[-1] == pytest.approx(case["relu_var_log"], abs=1e-9)
    assert layers_passed(experiment, "activation")[-1] == pytest.approx(case["sum_inv_n"])
    # The reference's median is that of the networks that live.
    below = law.below(math.log10(case["relu_median_approx"]), len(case["widths"]))
    assert below == pytest.approx(law.zero[-1] + (1 - law.zero[-1]) / 2, abs=1e-9)
    for slopes, key in (((0.0, 1.0), "relu_E_M2"), ((1.0, 1.0), "linear_E_M2")):
        assert math.prod(1 + (kappa(slopes) - 1) / n for n in case["widths"]) == pytest.approx(case[key], rel=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {**RELU, "depth": 20, "width": 32},
        {"activation": "leaky_relu(negative_slope=0.2)", "init": "he_normal", "widths": "30-20-40-10-10"},
        {"activation": "linear", "init": "xavier_normal", "depth": 12, "width": 24, "inputs": "digits"},
        {"activation": "tanh", "init": "lecun_normal", "bias": "normal(std=0.2)", "depth": 12, "width": 24},
    ],
    ids=lambda settings: settings["activation"].split("(")[0],
)
def test_networks_obey_the_law(settings: dict) -> None:
    """Mean and variance of ln within 4.5 standard errors at every layer, 95 % of networks within the 95 % band."""
    experiment = Experiment(**settings)
    theory, networks = finite_width(experiment), 800
    simulated = ensemble(experiment, networks).log10
    assert set(theory.laws) == set(ENSEMBLE_QUANTITIES)
    for quantity, law in theory.laws.items():
        logs = simulated[quantity]
        mean, variance = log_moments(logs)
        drawn = np.isfinite(law.log_mean)
        assert drawn.sum() == experiment.depth + (not quantity.startswith("pre"))
        draws = draws_of(experiment) if theory.source is Source.SAMPLED else math.inf
        error = np.sqrt(variance * (1 / networks + 1 / draws))
        assert (np.abs(mean - law.log_mean) < 4.5 * error + 1e-12)[drawn].all()
        fourth = np.mean((logs * np.log(10) - mean) ** 4, axis=0) - variance**2
        error = np.sqrt(fourth * (1 / networks + 1 / draws))
        assert (np.abs(variance - law.log_variance) < 4.5 * error + 1e-12)[drawn].all()
        end = ending(quantity, experiment.depth)
        inside = np.mean((logs[:, end] > law.quantiles[0, end]) & (logs[:, end] < law.quantiles[4, end]))
        # A log-normal law is the limit of many layers: here it may be off by 2 %, beside 4 standard errors.
        assert abs(inside - 0.95) < 0.02 + 4 * math.sqrt(0.95 * 0.05 * (1 / networks + 1 / draws))


def test_closed_forms_and_samples_agree() -> None:
    experiment, draws = Experiment(**RELU, depth=8, width=10), 20_000
    theory, sample = finite_width(experiment), one_input(experiment, draws)
    for quantity, law in theory.laws.items():
        end = ending(quantity, experiment.depth)
        mean, variance = (moment[end] for moment in log_moments(sample[quantity]))
        assert abs(mean - law.log_mean[end]) < 4 * math.sqrt(variance / draws)
        alive = 1 - law.zero[end]
        assert abs(np.isneginf(sample[quantity][:, end]).mean() - law.zero[end]) < 4 * math.sqrt(
            alive * (1 - alive) / draws
        )


def test_the_mean_does_not_drift_but_the_median_does() -> None:
    experiment = Experiment(**RELU, depth=30, width=50)
    law = finite_width(experiment).laws["activation"]
    np.testing.assert_allclose(law.log10_mean, 0.0, atol=1e-12)
    drift = np.diff(law.quantiles[2]) * math.log(10)
    np.testing.assert_allclose(drift, -2.5 / 50, rtol=0.05)
    np.testing.assert_allclose(np.diff(law.log_variance), 5 / 50, rtol=0.1)


def test_a_batch_spreads_less() -> None:
    experiment, networks = Experiment(**RELU, depth=10, width=100, batch=8), 300
    theory = finite_width(experiment, 8)
    assert theory.source is Source.BATCHED and set(theory.laws) == {"activation", "preactivation"}
    law, one = theory.laws["activation"], finite_width(experiment).laws["activation"]
    assert law.log_variance[-1] < one.log_variance[-1]
    first = (law.log_variance[1] - law.log_variance[0]) * 100
    assert first == pytest.approx(batch_variance((0.0, 1.0), 1.0, 8), rel=1e-12)  # c_0 = 0: as if independent
    variance = log_moments(ensemble(experiment, networks, 8).log10["activation"])[1][-1]
    # Inputs of unequal norms and cosines, and the next order in 1/n: 15 %, beside 4 standard errors.
    assert abs(variance / law.log_variance[-1] - 1) < 0.15 + 4 * math.sqrt(2 / networks)


@pytest.mark.parametrize(
    ("settings", "batch", "source"),
    [
        ({"init": "constant(value=0.5)"}, 1, Source.MEAN),
        ({"init": "orthogonal"}, 1, Source.ORTHOGONAL),
        ({"activation": "tanh"}, 8, Source.POOLED),
        ({"activation": "tanh", "width": 65_536, "depth": 30}, 1, Source.LARGE),
        ({"activation": "relu", "bias": "normal(std=0.1)"}, 1, Source.SAMPLED),
        ({"activation": "relu", "init": "zeros"}, 1, Source.CLOSED),
        ({"activation": "relu", "residual": "post"}, 1, Source.SAMPLED),
        ({"activation": "relu", "normalization": "layer_norm"}, 1, Source.SAMPLED),
        ({"activation": "relu", "loss": "squared_error"}, 1, Source.SAMPLED),
        ({"activation": "relu", "last_activation": "linear"}, 1, Source.CLOSED),
        ({"activation": "relu", "last_activation": "tanh"}, 1, Source.SAMPLED),
        ({"activation": "relu", "last_init": "orthogonal"}, 1, Source.ORTHOGONAL),
        ({"activation": "relu", "last_init": "constant(value=1)"}, 1, Source.MEAN),
        ({"activation": "relu", "normalization": "batch_norm"}, 8, Source.BATCH_NORM),
    ],
)
def test_where_the_law_comes_from(settings: dict, batch: int, source: Source) -> None:
    theory = finite_width(Experiment(**{"depth": 2, "width": 8, **settings}), batch)
    assert theory.source is source
    assert bool(theory.laws) == (source in (Source.CLOSED, Source.SAMPLED, Source.BATCHED))


def test_a_law_has_draws_enough_or_none() -> None:
    for width, depth in ((16, 4), (256, 30), (4096, 30), (1024, 100), (65_536, 3), (65_536, 30)):
        draws = draws_of(Experiment(width=width, depth=depth))
        assert draws == 0 or draws >= 200
        assert draws * width * (depth + 1) <= 2**25


@pytest.mark.parametrize("change", [{"init": "zeros"}, {"gain": 0}, {"inputs": "gaussian(std=0)"}])
def test_nothing_is_exactly_nothing(change: dict) -> None:
    law = finite_width(Experiment(**RELU | change, depth=3, width=4)).laws["activation"]
    assert np.isneginf(law.quantiles[:, -1]).all() and law.zero[-1] == 1
    assert law.density(0.0, 3) is None and law.below(-5.0, 3) == 1


def test_narrow_networks_die() -> None:
    experiment = Experiment(**RELU, depth=3, width=2)
    law = finite_width(experiment).laws["activation"]
    np.testing.assert_allclose(law.zero, 1 - 0.75 ** np.arange(4), rtol=1e-12)
    assert np.isneginf(law.quantiles[:3, -1]).all() and np.isfinite(law.quantiles[3:, -1]).all()
    assert law.below(-300.0, 3) == pytest.approx(law.zero[3])
    # The median of all networks is the place that leaves half of them below, zeros included.
    assert law.below(float(law.quantiles[2, 1]), 1) == pytest.approx(0.5)


@pytest.mark.parametrize("settings", [RELU, {"activation": "gelu", "bias": "normal(std=0.3)"}])
def test_a_density_is_one_and_its_mean_is_the_laws(settings: dict) -> None:
    experiment = Experiment(**settings, depth=6, width=30)
    for quantity, law in finite_width(experiment).laws.items():
        end = ending(quantity, experiment.depth)
        reference = mean_field(experiment).curves[quantity, "second_moment"][1][0, end]
        x, y = law.density(float(reference), end)
        assert np.trapezoid(y, x) == pytest.approx(1 - law.zero[end], abs=2e-3)
        mean = law.log_mean[end] - reference * math.log(10)
        assert np.trapezoid(x * y, x) == pytest.approx(mean, abs=5e-3 * math.sqrt(law.log_variance[end]))


def test_layers_passed_from_either_end() -> None:
    experiment = Experiment(widths="10-5-4-2")
    np.testing.assert_allclose(layers_passed(experiment, "activation"), [0, 0.2, 0.45, 0.95])
    np.testing.assert_allclose(layers_passed(experiment, "activation_gradient"), [1.05, 0.95, 0.75, 0.5])


def test_the_table_has_median_band_and_mean() -> None:
    frame = finite_width(Experiment(**RELU, depth=3, width=20)).to_frame()
    assert set(frame["statistic"]) == {"second_moment median", "second_moment mean"}
    median = frame[frame["statistic"] == "second_moment median"]
    assert (median["low"] < median["value"]).all() and (median["value"] < median["high"]).all()
    assert len(median) == 4 + 3 + 3 + 4
