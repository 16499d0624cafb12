"""Layer-sequential unit variance (Mishkin & Matas 2016): by hand, in both engines, in theory and wherever it leads."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ks_2samp

from simulator import Experiment, SettingError, mean_field, propagate
from simulator.repair import nearest_valid
from simulator.studies.jacobian import jacobian
from simulator.studies.precision import precision
from simulator.studies.propagation import draw_inputs, lasting_gains
from simulator.studies.training.run import PROBED, Run
from simulator.weights import Role, stream

LAWS = ("orthogonal", "normal(std=3)", "normal(std=0.000001)", "he_uniform", "constant(value=0.1)", "mup")


@pytest.mark.parametrize("init", LAWS)
@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
@pytest.mark.parametrize("more", [{}, {"dropout": 0.4}, {"widths": "30-70-20-50", "inputs": "uniform"}], ids=str)
def test_every_network_has_variance_one_in_every_layer(init: str, activation: str, more: dict) -> None:
    settings = {"width": 64, "depth": 12, "batch": 8, "seeds": 3} | more
    found = propagate(Experiment(init=init, activation=activation, lsuv="on", gain=7.0, **settings))
    variance = found.curves["preactivation", "variance"].value[:, 1:]
    alive = variance != 0  # all units of a layer of constant weights are one
    np.testing.assert_allclose(variance[alive], 1, rtol=1e-5)
    assert alive.all() or init.startswith("constant")


def test_both_passes_are_those_written_out() -> None:
    experiment = Experiment(depth=4, width=6, batch=3, lsuv="on", init="he_uniform", engine="dense", seed=5)
    xs, weights = [draw_inputs(experiment, (5,))[0]], []
    for layer in range(1, 5):
        w = experiment.init_at(layer).sample(stream(5, Role.WEIGHT, layer), 6, 6)
        weights.append(w / (xs[-1] @ w.T).std())
        xs.append(np.tanh(xs[-1] @ weights[-1].T))
    gradients = [stream(5, Role.TOP_GRADIENT).standard_normal((3, 6))]
    for w, x in zip(weights[::-1], xs[:0:-1], strict=True):
        gradients.append((gradients[-1] * (1 - x**2)) @ w)
    curves = propagate(experiment).curves
    for quantity, wanted in (("activation", xs), ("activation_gradient", gradients[::-1])):
        squares = [np.mean(np.square(one)) for one in wanted]
        np.testing.assert_allclose(curves[quantity, "second_moment"].value[0], squares, rtol=1e-12)


@pytest.mark.parametrize(("activation", "init"), [("relu", "he_normal"), ("tanh", "orthogonal")])
def test_both_engines_have_one_law(activation: str, init: str) -> None:
    """Kolmogorov-Smirnov at every layer, corrected for their number (Bonferroni)."""
    settings = dict(activation=activation, init=init, depth=5, width=16, batch=4, lsuv="on", seeds=1500)
    dense, free = (propagate(Experiment(**settings, engine=engine)).curves for engine in ("dense", "matrix_free"))
    for pair in (("activation", "second_moment"), ("activation_gradient", "second_moment")):
        for layer in range(6):
            both = [curves[pair].value[:, layer] for curves in (dense, free)]
            assert ks_2samp(*both).pvalue > 1e-3 / 12 / 2, (pair, layer)


def test_theory_is_that_of_the_variance_that_makes_q_one() -> None:
    theory = mean_field(Experiment(activation="relu", init="normal(std=3)", lsuv="on", inputs="gaussian(std=2)"))
    np.testing.assert_allclose(theory.q, 1, rtol=1e-12)
    np.testing.assert_allclose([layer.forward for layer in theory.layers], [0.25] + [2.0] * 29, rtol=1e-12)
    np.testing.assert_allclose(theory.chi_1[1:], 1, rtol=1e-12)


def test_what_it_comes_to_is_a_list_of_gains() -> None:
    """The same network with these gains: run, in number formats, as a Jacobian."""
    unit = Experiment(depth=6, width=40, batch=16, lsuv="on", init="he_uniform", engine="dense")
    gains = lasting_gains(unit)
    given = unit.replace(lsuv="off", gains=" | ".join(map(repr, gains)))
    assert lasting_gains(given) == gains
    for pair, curve in propagate(unit).curves.items():
        np.testing.assert_allclose(curve.log10, propagate(given).curves[pair].log10, atol=1e-10)
    np.testing.assert_allclose(jacobian(unit).log10_mean_square, jacobian(given).log10_mean_square, atol=1e-12)
    dropping = unit.replace(dropout=0.4)  # which a Jacobian leaves out, with what LSUV would make of it
    np.testing.assert_allclose(jacobian(dropping).log10_mean_square, jacobian(unit).log10_mean_square, atol=1e-12)
    np.testing.assert_allclose(jacobian(dropping).theory_log10, jacobian(unit).theory_log10, atol=1e-12)
    for name, curves in precision(unit).curves.items():
        largest = precision(given).curves[name]["preactivation", "largest"]
        np.testing.assert_allclose(curves["preactivation", "largest"].log10, largest.log10, atol=1e-6)


def test_training_begins_with_unit_variance_on_its_own_rows() -> None:
    run = Run(Experiment(activation="relu", lsuv="on", init="normal(std=0.001)", dropout=0.2))
    probed = run.parts.inputs[:PROBED], run.parts.targets[:PROBED]
    (passed,) = run.networks.descend(*probed, run.loss)
    for h in passed.preactivations:
        np.testing.assert_allclose(h.var(axis=(1, 2)), 1, rtol=1e-3)


@pytest.mark.parametrize("other", [{"bias": "normal(std=0.1)"}, {"residual": "post"}, {"normalization": "layer_norm"}])
def test_it_is_for_plain_layers_and_the_last_change_wins(other: dict) -> None:
    ((name, value),) = other.items()
    with pytest.raises(SettingError, match=f"lsuv needs {name} to be"):
        Experiment(lsuv="on", **other)
    assert nearest_valid(Experiment(lsuv="on"), other).settings.lsuv == "off"
    assert getattr(nearest_valid(Experiment(**other), {"lsuv": "on"}).settings, name) != value


def test_sigmoid_is_not_saved_by_it_and_the_verdict_says_so() -> None:
    verdict = propagate(Experiment(activation="sigmoid", lsuv="on")).verdict
    assert "gradient vanishes" in verdict.headline and "with LSUV" in verdict.cause
    assert verdict.signal.decades > -3 > verdict.gradient.decades
    assert math.isclose(mean_field(verdict.experiment).q[-1], 1, rel_tol=1e-12)
