"""Every activation with every scheme: cells are the networks they say, simulation follows theory."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Activation, Experiment, Initializer, propagate
from simulator.studies import matrix as matrices

SMALL = Experiment(depth=8, width=48, batch=16)


def test_a_cell_is_the_network_of_that_name() -> None:
    found = matrices.matrix(SMALL, ("tanh", "relu"), ("he_normal", "zeros", "orthogonal"))
    assert found.gradient.shape == (3, 2)
    experiment = SMALL.replace(activation="relu", init="orthogonal")
    curves = propagate(experiment).curves
    signal, gradient = (curves[quantity, "variance"][1][0] for quantity in ("activation", "activation_gradient"))
    assert found.gradient[2, 1] == pytest.approx((gradient[0] - gradient[-1]) / SMALL.depth, abs=1e-9)
    assert found.signal[2, 1] == pytest.approx((signal[-1] - signal[1]) / (SMALL.depth - 1), abs=1e-9)
    assert np.isneginf(found.gradient[1]).all() and np.isneginf(found.last[1]).all()


def test_simulation_follows_theory() -> None:
    names = ("tanh", "linear", "sigmoid", "relu"), ("he_normal", "lecun_uniform", "torch_default")
    wide = SMALL.replace(width=256)
    simulated, theory = (matrices.matrix(wide, *names, theory=theory) for theory in (False, True))
    # per layer a width-n network's log variance scatters by sqrt(5/n) at most; depth layers average it
    error = np.sqrt(5 / wide.width / wide.depth) / np.log(10)
    assert np.abs(simulated.gradient - theory.gradient).max() < 5 * error
    assert np.abs(simulated.last - theory.last).max() < 5 * error * wide.depth


def test_everything_registered_is_there_and_the_own_too() -> None:
    own = SMALL.replace(activation="leaky_relu(negative_slope=0.3)", init="normal(std=0.37)")
    activations, schemes = matrices.activations(own), matrices.schemes(own)
    assert set(Activation.menu(rare=False)) <= {name.partition("(")[0] for name in activations}
    shown = {name.partition("(")[0] for name in schemes}
    assert set(Initializer.menu(rare=False)) - {"variance_scaling"} <= shown
    assert own.activation in activations and own.init in schemes
    assert all(str(Initializer.parse(name)) == name for name in schemes)
    assert len(set(schemes)) == len(schemes) == len(matrices.schemes(SMALL)) + 1


def test_large_networks_are_made_smaller() -> None:
    large = Experiment(depth=60, width=1024, seeds=8)
    small = matrices.affordable(large, 250, seconds=2.5)
    assert 250 * small.cost().seconds <= 2.5 < 250 * large.cost().seconds
    assert matrices.affordable(SMALL, 10, seconds=2.5) == SMALL


def test_cells_that_need_the_dense_engine_are_affordable_too() -> None:
    small = matrices.affordable(Experiment(depth=3, width=4096, batch=16), 250, seconds=2.5)
    dear = small.replace(init="uniform")
    assert not dear.matrix_free
    assert 250 * dear.cost().seconds <= 2.5


def test_progress_and_table() -> None:
    told = []
    found = matrices.matrix(
        SMALL.replace(gain=1e-90), ("tanh",), ("normal(std=1e-20)", "zeros"), progress=lambda *at: told.append(at)
    )
    assert told == [(1, 2), (2, 2)]
    assert np.isnan(found.gradient[0, 0]), "too small to square"
    assert list(found.to_frame().init) == ["normal(std=1e-20)", "zeros"]
