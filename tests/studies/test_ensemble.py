"""Hundreds of networks: the same ones that a single run has, and statistics of numbers of any size."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.experiment import Experiment
from simulator.frames import COLUMNS
from simulator.settings import SettingError
from simulator.studies.ensemble import (
    ENSEMBLE_QUANTITIES,
    affordable,
    ensemble,
    log10_mean,
    log_moments,
    quantiles,
)
from simulator.studies.propagation import propagate


@pytest.mark.parametrize("init", ["lecun_normal", "lecun_uniform", "orthogonal"])
def test_each_network_is_the_one_it_is_alone(init: str) -> None:
    experiment = Experiment(depth=3, width=12, init=init, seed=7, bias="normal(std=0.2)")
    found = ensemble(experiment, 4, batch=2)
    for row, seed in enumerate(range(7, 11)):
        alone = propagate(experiment.replace(seed=seed, batch=2))
        for quantity in ENSEMBLE_QUANTITIES:
            expected = alone.curves[quantity, "second_moment"][1][0]
            np.testing.assert_allclose(found.log10[quantity][row], expected, rtol=1e-12, atol=1e-12)


def test_the_table_has_a_row_for_each_network_layer_and_quantity() -> None:
    found = ensemble(Experiment(depth=3, width=6, seed=5), 10)
    frame = found.to_frame("here")
    assert tuple(frame.columns) == COLUMNS
    assert set(frame["seed"]) == set(range(5, 15))
    assert len(frame) == 10 * (4 + 3 + 4 + 3)
    row = frame[(frame["seed"] == 6) & (frame["layer"] == 2) & (frame["quantity"] == "activation")]
    assert row["log10"].item() == found.log10["activation"][1, 2]


def test_a_dead_network_is_exactly_zero() -> None:
    found = ensemble(Experiment(depth=2, width=4, init="zeros"), 10)
    assert np.isneginf(found.log10["activation"][:, 1:]).all()
    assert np.isfinite(found.log10["activation"][:, 0]).all()
    assert (found.to_frame().query("quantity == 'preactivation'")["value"] == 0).all()


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(SettingError, match="nearest that fits"):
        ensemble(Experiment(depth=2, width=65_536, init="lecun_uniform"), 10)


def test_what_costs_too_much_is_fewer() -> None:
    experiment = Experiment(depth=30, width=256, init="lecun_uniform")
    cost = experiment.replace(seeds=1000, batch=1).cost().seconds
    assert affordable(experiment, 1000, 1, 2 * cost) == 1000
    assert affordable(experiment, 1000, 1, cost / 4) == 250
    assert affordable(experiment, 1000, 1, cost / 1e9) == 10
    assert affordable(experiment, 5, 1, cost / 1e9) == 5


def test_statistics_of_ordinary_numbers() -> None:
    values = np.random.default_rng(0).lognormal(size=(101, 3))
    logs = np.log10(values)
    np.testing.assert_allclose(log10_mean(logs), np.log10(values.mean(axis=0)))
    mean, variance = log_moments(logs)
    np.testing.assert_allclose(mean, np.log(values).mean(axis=0))
    np.testing.assert_allclose(variance, np.log(values).var(axis=0, ddof=1))
    levels = (0.025, 0.16, 0.5, 0.84, 0.975)
    np.testing.assert_allclose(quantiles(logs), np.quantile(logs, levels, axis=0))


def test_statistics_of_numbers_beyond_the_doubles_and_of_zeros() -> None:
    logs = np.array([[5000.0, -5000.0, -np.inf], [5000.0, -np.inf, -np.inf], [5001.0, -np.inf, -np.inf]])
    np.testing.assert_allclose(log10_mean(logs), [5000 + np.log10(4), -5000 - np.log10(3), -np.inf])
    mean, variance = log_moments(logs)
    np.testing.assert_allclose(mean[:2], np.array([5000 + 1 / 3, -5000]) * np.log(10))
    assert np.isnan(mean[2]) and np.isnan(variance[1:]).all()
    assert np.isneginf(quantiles(logs)[2, 1:]).all() and quantiles(logs)[2, 0] == 5000


def test_many_networks_of_a_large_batch_need_no_more_memory_than_some() -> None:
    narrow = Experiment(depth=2, width=1, batch=1800)
    cost = narrow.replace(seeds=1000).cost()
    assert narrow.cost().bytes < cost.bytes <= 2 * 2**28
    assert ensemble(narrow, 4, 1800).log10["activation"].shape == (4, 3)
