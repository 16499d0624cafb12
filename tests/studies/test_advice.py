"""Advice: it helps by the verdict's own measure, ends, and takes the smallest change that works."""

from __future__ import annotations

import math

import pytest

from simulator import Experiment, propagate
from simulator.activations import Activation
from simulator.studies.advice import critical
from simulator.studies.outcome import Level, Outcome
from tests.studies.test_verdict import random_networks

STEPS = 3


def follow(experiment: Experiment) -> int:
    """Take advice until there is none, each step better than the one before; how many steps that took."""
    verdict = propagate(experiment).verdict
    worst = verdict.facts.worst
    for step in range(STEPS):
        if (advice := verdict.advice) is None:
            return step
        assert verdict.experiment.replace(**advice.changes) == advice.experiment, experiment.params()
        verdict = propagate(advice.experiment).verdict
        if advice.reason.startswith("Measured"):
            assert verdict.facts.text in advice.expected
            assert verdict.facts.worst < worst, (experiment.params(), advice.changes)
        worst = verdict.facts.worst
    assert verdict.advice is None, (experiment.params(), verdict.advice)
    return STEPS


@pytest.mark.parametrize("part", range(4))
def test_following_it_ends_within_three_steps_each_better_than_the_one_before(part: int) -> None:
    for experiment in random_networks(20, 17)[part::4]:
        follow(experiment)


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
        {"activation": "relu", "init": "he_normal", "bias": "constant(value=-5)"},
        {"activation": "relu", "init": "he_normal", "normalization": "batch_norm"},
        {"activation": "tanh", "normalization": "batch_norm", "batch": 1},
    ],
)
def test_following_it_helps(settings: dict) -> None:
    experiment = Experiment(**settings)
    before = propagate(experiment).verdict
    assert before.outcome is not Outcome.HOLDS and before.advice is not None
    after = propagate(before.advice.experiment).verdict
    assert after.level is not Level.FAILS or after.outcome is Outcome.INPUTS_ALIKE
    assert after.facts.lost < 1


@pytest.mark.parametrize("depth", [4, 6, 12, 30])
@pytest.mark.parametrize("init", ["normal(std=1)", "normal(std=0.01)", "torch_default", "xavier_normal"])
def test_relu_is_told_he_and_never_what_halves_per_layer(init: str, depth: int) -> None:
    advice = propagate(Experiment(activation="relu", init=init, depth=depth, width=256)).verdict.advice
    assert (advice is None) == (depth <= 6 and init == "xavier_normal")
    if advice is not None:
        assert advice.changes == {"init": "he_normal"}


@pytest.mark.parametrize(("activation", "variance"), [("gelu", 0.17292), ("silu", 0.55514)])
def test_the_critical_point_with_a_bias_comes_before_another_activation(activation: str, variance: float) -> None:
    (point, *_) = critical(Activation.parse(activation))
    assert point[1] == pytest.approx(variance, abs=5e-6)
    advice = propagate(Experiment(activation=activation, depth=100)).verdict.advice
    assert advice is not None and "activation" not in advice.changes
    assert advice.experiment.bias_part.variance(256) == pytest.approx(variance, rel=1e-3)


def test_the_smallest_change_that_works_is_taken() -> None:
    for settings, changes in (
        ({"bias": "normal(std=0.3)"}, {"bias": "zeros"}),
        ({"activation": "relu", "init": "he_normal", "normalization": "batch_norm"}, {"normalization": "layer_norm"}),
        ({"gains": "1*29 | 0.01"}, {"gains": "", "gain": "1"}),
        ({"init": "torch_default"}, {"init": "xavier_normal"}),
    ):
        advice = propagate(Experiment(**settings)).verdict.advice
        assert advice is not None and advice.changes == changes, settings


def test_a_run_that_takes_long_is_judged_by_theory() -> None:
    large = Experiment(activation="relu", depth=40, width=2048, batch=256, seeds=2)
    advice = propagate(large.replace(width=64)).verdict.advice
    assert advice is not None and advice.reason.startswith("Measured")
    slow = propagate(large.replace(width=64, seeds=60, batch=512)).verdict.advice
    assert slow is not None and slow.reason.startswith("Theory predicts")
    assert math.isfinite(slow.experiment.gain)
