"""Residual branches and normalization at infinite width: reference curves, known factors, and the simulation itself."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simulator import Experiment, mean_field, propagate
from simulator.theory.mean_field import DeepOutcome

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_residual.json").read_text())
WIDTH = 4096


def exactly(sigma_w2, **settings):
    """Weights of variance sigma_w2 / n."""
    return Experiment(init="lecun_normal", gain=math.sqrt(sigma_w2), width=WIDTH, **settings)


@pytest.mark.parametrize("curve", ORACLE, ids=lambda c: f"{c['mode']}-{c['activation']}-{c['alpha']}")
def test_reference_curves(curve):
    kind = curve["mode"].removeprefix("res_")
    theory = mean_field(
        exactly(
            curve["sw2"],
            activation=curve["activation"],
            residual=f"{kind}(alpha={curve['alpha']})",
            depth=len(curve["s"]) - 1,
        )
    )
    np.testing.assert_allclose(theory.curves["activation", "second_moment"][0][0], curve["s"], rtol=1e-10)
    np.testing.assert_allclose(theory.curves["activation", "mean"][0][0], curve["mu"], rtol=1e-10, atol=1e-12)
    gradient = theory.curves["activation_gradient", "second_moment"][0][0]
    np.testing.assert_allclose(gradient, curve["grad_x"], rtol=1e-10)


@pytest.mark.parametrize("norm", ["layer_norm", "rms_norm"])
@pytest.mark.parametrize(
    ("activation", "factor"),
    [("linear", 1), ("relu", 1), ("tanh", 1.1778072), ("gelu", 1.0720316), ("selu", 1.0715750), ("sigmoid", 0.1528270)],
)
def test_a_norm_leaves_one_factor_whatever_the_scale(norm, activation, factor):
    for scale in (0.7, 30.0):
        theory = mean_field(exactly(scale, activation=activation, normalization=norm, depth=9))
        gradient = theory.curves["activation_gradient", "second_moment"][0][0]
        # Epsilon beside a small second moment, a sigmoid's 1/4 among them, takes up to 1e-4 of the factor.
        np.testing.assert_allclose(gradient[2:-2] / gradient[3:-1], factor, rtol=2e-4)


@pytest.mark.parametrize(
    ("activation", "factor"),
    [("relu", math.pi / (math.pi - 1)), ("tanh", 1.1778), ("gelu", 1.3188), ("sigmoid", 1.0336)],
)
def test_batch_norm_makes_gradients_explode(activation, factor):
    """The large-batch factors E phi'^2 / Var phi (Yang et al. 2019)."""
    theory = mean_field(exactly(2.0, activation=activation, normalization="batch_norm", depth=9))
    gradient = theory.curves["activation_gradient", "second_moment"][0][0]
    np.testing.assert_allclose(gradient[2:-2] / gradient[3:-1], factor, rtol=5e-4)


SIMULATED = {
    "post": dict(activation="tanh", residual="post(alpha=0.5)", init="lecun_normal", gain=1.3, bias="normal(std=0.2)"),
    "post, uneven": dict(activation="relu", residual="post(every=3)", init="he_normal", inputs="uniform"),
    "pre": dict(activation="gelu", residual="pre(alpha=2, scaling=depth)", init="lecun_normal", gain=1.4),
    "pre, normed": dict(activation="relu", residual="pre", normalization="layer_norm", init="he_normal"),
    "layer norm": dict(activation="gelu", normalization="layer_norm", init="normal(std=0.3)", bias="constant(value=1)"),
    "rms norm": dict(activation="tanh", normalization="rms_norm", init="xavier_normal", bias="constant(value=0.5)"),
    "batch norm": dict(activation="relu", normalization="batch_norm", init="he_normal", batch=128),
    "post, normed": dict(activation="tanh", residual="post", normalization="rms_norm", init="xavier_normal"),
    "dropout": dict(activation="tanh", init="xavier_normal", gain=1.2, bias="normal(std=0.3)", dropout=0.5),
    "dropout, pre, normed": dict(
        activation="relu", residual="pre", normalization="layer_norm", init="he_normal", dropout=0.2
    ),
    "dropout, post": dict(activation="gelu", residual="post(alpha=0.5)", init="xavier_normal", dropout=0.3),
    "dropout, batch norm": dict(
        activation="tanh", normalization="batch_norm", init="he_normal", batch=128, dropout=0.2, depth=5
    ),
    "unit variance, dropout": dict(activation="gelu", init="normal(std=3)", lsuv="on", dropout=0.3),
    "a last layer of its own": dict(
        activation="relu", init="he_normal", last_activation="sigmoid", last_init="orthogonal"
    ),
}


@pytest.mark.parametrize("name", SIMULATED)
def test_simulation_meets_theory(name):
    """Every predicted statistic of a wide network, within five standard errors and what one unit in n may do."""
    experiment = Experiment(
        **({"depth": 7, "width": 600, "batch": 16, "seeds": 24, "engine": "dense"} | SIMULATED[name])
    )
    theory, measured = mean_field(experiment), propagate(experiment)
    assert ("activation", "variance") in theory.curves
    for pair, (values, _) in theory.curves.items():
        value = values[0]
        found = measured.curves[pair][0]
        known = np.isfinite(value)
        assert np.isfinite(found[:, known]).all(), pair
        error = found.std(axis=0, ddof=1) / math.sqrt(len(found))
        # Finite width and finite batch move a mean by a few parts of 1/n and 1/B.
        over_batch = 4 / experiment.batch if experiment.normalization == "batch_norm" else 0.0
        scale = np.abs(value) if pair[1] in ("variance", "second_moment") else np.maximum(np.abs(value), 1.0)
        allowed = 5 * error + (20 / experiment.width + over_batch) * scale
        miss = np.abs(found.mean(axis=0) - value)[known] > allowed[known]
        assert not miss.any(), f"{pair}: {found.mean(axis=0)[known]} against {value[known]} +- {allowed[known]}"


def test_what_theory_does_not_cover_is_said():
    pixels = Experiment(residual="pre", inputs="uniform")
    assert mean_field(pixels).outcome is DeepOutcome.NO_PRE_THEORY and not mean_field(pixels).curves
    assert mean_field(Experiment(residual="post")).outcome is DeepOutcome.WIRED
    lossy = mean_field(Experiment(loss="squared_error")).curves
    assert ("activation", "variance") in lossy
    assert not [pair for pair in lossy if pair[0].endswith("gradient")]
