"""Dropout: its law by hand, the passes by a reference of its own, both engines alike, and Pretorius et al. (2018)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import ks_2samp

from simulator import Experiment, mean_field, propagate
from simulator.dropout import Dropout, kept
from simulator.scaled import Scaled
from simulator.studies.propagation import draw_inputs
from simulator.theory.gains import gains
from simulator.weights import Role, stream


def test_what_is_kept_is_divided_by_its_rate_and_the_way_back_meets_the_same() -> None:
    ones = Scaled(np.ones((2, 400, 300)))
    thin = Dropout(0.3, [np.random.default_rng(seed) for seed in (0, 1)])
    first = thin(ones).values
    assert set(np.unique(first)) == {0.0, 1 / 0.7}
    error = math.sqrt(0.3 * 0.7 / 400 / 300)
    np.testing.assert_allclose((first > 0).mean(axis=(1, 2)), 0.7, rtol=0, atol=5 * error)
    np.testing.assert_array_equal(thin(ones).values, first)
    assert (first[0] != first[1]).any()


def test_a_higher_rate_keeps_some_of_what_a_lower_one_keeps() -> None:
    low, high = (kept(rate, [np.random.default_rng(3)], (50, 40)) for rate in (0.2, 0.6))
    assert (low | ~high).all() and low.sum() > high.sum()


@pytest.mark.parametrize("residual", ["none", "post(alpha=0.5)", "pre(every=2)"])
def test_both_passes_are_those_written_out(residual: str) -> None:
    """Weights and masks as the dense engine draws them; x m/(1 - p) enters every layer's weights but the first's."""
    experiment = Experiment(depth=4, width=6, batch=3, dropout=0.4, residual=residual, engine="dense", seed=5)
    rate, seed, before = 0.4, 5, residual.startswith("pre")
    weights = [experiment.init_at(layer).sample(stream(seed, Role.WEIGHT, layer), 6, 6) for layer in range(1, 5)]
    masks = [stream(seed, Role.DROPOUT, layer).random((3, 6), dtype=np.float32) >= rate for layer in range(1, 5)]
    xs, opened = [draw_inputs(experiment, (seed,))[0]], []
    skips, factor = experiment.residual_part.skips, experiment.residual_part.factor(4)
    for layer, (w, mask) in enumerate(zip(weights, masks, strict=True), 1):
        mask = mask / (1 - rate) if layer > 1 or before else np.ones_like(mask, dtype=float)
        h = (np.tanh(xs[-1]) * mask if before else xs[-1] * mask) @ w.T
        branch = h if before else np.tanh(h)
        opened.append((mask, h))
        xs.append(xs[layer - skips(layer)] + factor * branch if skips(layer) else branch)
    gradients = [np.zeros((3, 6)) for _ in range(4)]
    gradients.append(stream(seed, Role.TOP_GRADIENT).standard_normal((3, 6)))
    for layer in range(4, 0, -1):
        (mask, h), w, g = opened[layer - 1], weights[layer - 1], gradients[layer]
        if skips(layer):
            gradients[layer - skips(layer)] += g
            g = factor * g
        if before:
            below = (g @ w) * mask * (1 - np.tanh(xs[layer - 1]) ** 2)
        else:
            below = (g * (1 - np.tanh(h) ** 2)) @ w * mask
        gradients[layer - 1] = gradients[layer - 1] + below
    curves = propagate(experiment).curves
    for quantity, wanted in (("activation", xs), ("activation_gradient", gradients)):
        squares = [np.mean(np.square(one)) for one in wanted]
        np.testing.assert_allclose(curves[quantity, "second_moment"].value[0], squares, rtol=1e-12)


@pytest.mark.parametrize(("activation", "init"), [("relu", "he_normal"), ("tanh", "orthogonal")])
def test_both_engines_have_one_law(activation: str, init: str) -> None:
    """Kolmogorov-Smirnov at every layer, corrected for their number (Bonferroni)."""
    settings = dict(activation=activation, init=init, depth=5, width=16, batch=4, dropout=0.4, seeds=1500)
    dense, free = (propagate(Experiment(**settings, engine=engine)).curves for engine in ("dense", "matrix_free"))
    pairs = [("activation", "second_moment"), ("activation_gradient", "second_moment"), ("activation", "correlation")]
    for pair in [*pairs, ("weight_gradient", "second_moment")]:
        for layer in range(5):
            both = [curves[pair].value[:, layer] for curves in (dense, free)]
            if not np.isnan(both).all():
                assert ks_2samp(*both).pvalue > 1e-3 / 20 / 2, (pair, layer)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_he_with_the_root_of_what_is_kept_is_critical(rate: float) -> None:
    """sigma_w^2 = 2 (1 - p) keeps variance and gradient of ReLU; c goes by the arc-cosine map of (1 - p) c."""
    experiment = Experiment(
        activation="relu", init="he_normal", gain=math.sqrt(1 - rate), dropout=rate, depth=40, width=100
    )
    theory = mean_field(experiment)
    np.testing.assert_allclose(theory.q[1:], theory.q[1], rtol=1e-12)
    np.testing.assert_allclose(theory.chi_1, 1, rtol=1e-12)
    np.testing.assert_allclose(theory.curves["activation_gradient", "second_moment"].value[0][1:], 1, rtol=1e-12)
    c = theory.curves["preactivation", "correlation"].value[0][1:]
    for here, there in pairwise(c):
        of_x = (math.sqrt(1 - here**2) + here * (math.pi - math.acos(here))) / math.pi
        assert there == pytest.approx((1 - rate) * of_x, rel=1e-9)


def test_gains_make_up_for_what_is_dropped() -> None:
    plain, thinned = gains("gelu"), gains("gelu", 0.36)
    assert thinned.keeps_q == pytest.approx(0.8 * plain.keeps_q, rel=1e-12)
    assert thinned.lead("signal").q_star == pytest.approx(1, abs=1e-9)
    assert thinned.lead("gradient").gradient == pytest.approx(1, abs=1e-12)
    assert thinned.torch == plain.torch


def test_advice_where_dropout_makes_it_explode_is_the_gain() -> None:
    verdict = propagate(Experiment(activation="relu", init="he_normal", dropout=0.5, depth=50)).verdict
    assert verdict.advice is not None and verdict.advice.changes == {"gain": "0.7071"}
    assert propagate(verdict.advice.experiment).verdict.advice is None


def test_inputs_pass_whole_but_where_an_activation_is_in_front_of_them() -> None:
    one_layer = Experiment(depth=1, dropout=0.9)
    np.testing.assert_array_equal(
        *(propagate(one).curves["preactivation", "variance"].value for one in (one_layer, one_layer.replace(dropout=0)))
    )
    assert Experiment(residual="pre", dropout=0.9).dropout_at(1) == 0.9
