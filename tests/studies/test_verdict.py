"""Verdicts: read off the curves, never against them, and never blaming a scheme for chance."""

import itertools

import numpy as np
import pytest

from simulator import Experiment, propagate
from simulator.studies.direction import DECADES
from simulator.studies.verdict import Outcome


@pytest.mark.parametrize(
    ("activation", "init"),
    list(itertools.product(["relu", "tanh", "sigmoid", "gelu"], ["xavier_normal", "he_normal", "normal(std=1)"])),
)
def test_the_outcome_is_what_the_curves_say(activation, init):
    result = propagate(Experiment(activation=activation, init=init, width=128, depth=20, seeds=3))
    signs = []
    for pair, first, last in ((("activation", "variance"), 1, 20), (("activation_gradient", "variance"), 20, 0)):
        logs = result.curves[pair][1]
        change = np.median(logs[:, last] - logs[:, first])
        signs.append(int(np.sign(change)) if abs(change) > DECADES else 0)
    words = {-1: "VANISH", 0: "", 1: "EXPLODE"}
    name = result.outcome.name
    assert (words[signs[0]] in name) and (words[signs[1]] in name)
    assert (result.outcome is Outcome.HOLDS) == (signs == [0, 0])
    assert result.verdict.headline.endswith(".") and result.verdict.cause.endswith(".")


@pytest.mark.parametrize("seed", range(12))
def test_a_narrow_deep_he_net_is_never_the_schemes_fault(seed):
    narrow = Experiment(activation="relu", init="he_normal", width=24, depth=80, seeds=4, seed=100 * seed)
    verdict = propagate(narrow).verdict
    assert "σ_w²" not in verdict.cause or verdict.outcome is Outcome.HOLDS
    if verdict.outcome is not Outcome.HOLDS:
        assert verdict.cause.startswith("Chance, not the scheme")
        assert verdict.advice is None or set(verdict.advice.changes) == {"width"}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("width", [32, 256])
def test_a_wrong_scheme_is_named_even_where_networks_scatter(seed, width):
    wrong = Experiment(activation="relu", init="xavier_normal", width=width, depth=40, seeds=4, seed=100 * seed)
    verdict = propagate(wrong).verdict
    assert verdict.outcome is Outcome.BOTH_VANISH
    assert "σ_w² = n Var W = 1" in verdict.cause and "by 0.5 a layer" in verdict.cause
    assert verdict.advice.changes == {"init": "he_normal"}


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu"},
        {"activation": "sigmoid"},
        {"activation": "gelu", "depth": 20},
        {"activation": "tanh", "init": "normal(std=1)"},
        {"activation": "leaky_relu(negative_slope=0.4)", "init": "torch_default"},
        {"init": "zeros"},
        {"init": "constant(value=0.1)"},
        {"activation": "linear", "gain": 1.3},
    ],
)
def test_following_the_advice_helps(settings):
    experiment = Experiment(**settings)
    before = propagate(experiment).verdict
    assert before.outcome is not Outcome.HOLDS
    after = propagate(experiment.replace(**before.advice.changes)).verdict
    assert after.outcome is Outcome.HOLDS


def test_factors_have_honest_errors():
    """Xavier halves a ReLU net's variance per layer: the median over networks of finite width a little more."""
    errors = []
    for seed in range(20):
        experiment = Experiment(activation="relu", depth=20, width=256, seed=seed)
        backward = propagate(experiment).verdict.backward
        drift = 0.5  # the finite-width drift of -5/2n at most is a tenth of the error
        errors.append((backward.factor - drift) / backward.error)
    # Twenty standardised errors: their mean square is 1 within 5 standard errors, sqrt(2/20) each.
    assert np.mean(np.square(errors)) < 1 + 5 * np.sqrt(2 / 20)


def test_saturation_is_not_taken_for_vanishing():
    verdict = propagate(Experiment(init="normal(std=1)", width=256, depth=20)).verdict
    assert verdict.saturated > 0.8 and verdict.outcome is Outcome.GRADIENT_EXPLODES
    assert any("yet the gradient does not vanish" in line for line in verdict.remarks)


def test_zeros_and_one_layer():
    verdict = propagate(Experiment(init="zeros", depth=5)).verdict
    assert verdict.outcome is Outcome.SIGNAL_IS_ZERO and "Every weight is zero" in verdict.cause
    assert propagate(Experiment(depth=1)).outcome is Outcome.HOLDS


def test_no_verdict_is_nan_or_infinite_in_words():
    for settings in (
        {"width": 1, "init": "normal(std=1000)"},
        {"depth": 1000, "width": 8, "activation": "sigmoid"},
        {"batch": 1},
    ):
        verdict = propagate(Experiment(**settings)).verdict
        text = " ".join((verdict.headline, *verdict.details, *verdict.remarks, verdict.cause))
        assert "nan" not in text and "inf " not in text and "10^inf" not in text


def test_a_naive_logarithm_is_told_from_a_vanishing_gradient():
    lost = propagate(
        Experiment(activation="linear", init="normal(std=3)", depth=4, loss="sigmoid_cross_entropy(naive_log=1)")
    )
    assert lost.outcome is Outcome.GRADIENT_IS_NAN
    assert "0/0" in lost.verdict.cause and lost.verdict.advice is None
    stable = propagate(lost.experiment.replace(loss="sigmoid_cross_entropy"))
    assert stable.outcome is not Outcome.GRADIENT_IS_NAN
    assert "nan" not in " ".join([stable.verdict.headline, stable.verdict.cause, *stable.verdict.details])


@pytest.mark.parametrize("loss", ["squared_error", "softmax_cross_entropy"])
def test_a_loss_without_theory_has_sentences_without_numbers_it_lacks(loss):
    for init in ("xavier_normal", "normal(std=0.001)"):
        verdict = propagate(Experiment(loss=loss, init=init, depth=6)).verdict
        assert "nan" not in " ".join([verdict.headline, verdict.cause, *verdict.details, *verdict.remarks])


def test_branches_that_explode_are_told_to_shrink():
    grows = propagate(Experiment(activation="relu", init="he_normal", residual="post", width=512))
    advice = grows.verdict.advice
    assert advice is not None and advice.changes == {"residual": "post(scaling=depth)"}
    assert propagate(grows.experiment.replace(**advice.changes)).outcome is Outcome.HOLDS
