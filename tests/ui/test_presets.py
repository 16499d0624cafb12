"""Every preset's title is a claim about its experiment: each is checked here against a real run."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from simulator.experiment import Experiment
from simulator.studies.direction import Direction
from simulator.studies.propagation import Propagation, propagate
from simulator.theory.mean_field import mean_field
from simulator.ui.presets import PRESETS

SURE = 4.0
"""Standard errors that a measured factor may lie from what is claimed."""


@cache
def run(experiment: Experiment) -> Propagation:
    return propagate(experiment)


def values(result: Propagation, quantity: str, statistic: str) -> np.ndarray:
    return result.curves[quantity, statistic][0]


def logs(result: Propagation, quantity: str, statistic: str) -> np.ndarray:
    return result.curves[quantity, statistic][1]


def is_factor(side: Direction, claimed: float) -> bool:
    return abs(side.factor - claimed) <= SURE * side.error


def everything_saturates(result: Propagation) -> None:
    assert (values(result, "activation", "saturated_fraction")[:, 1:] > 0.8).all()
    backward = result.verdict.gradient
    assert backward.factor - SURE * backward.error > 1


def dies_quietly(result: Propagation) -> None:
    assert (values(result, "activation", "saturated_fraction")[:, 1:] == 0).all()
    assert (values(result, "activation", "variance")[:, -1] < 1e-12).all()


def fades_like_a_power(result: Propagation) -> None:
    for curve in (logs(result, "activation", "variance")[0], logs(result, "activation_gradient", "variance")[0, ::-1]):
        total = curve[-1] - curve[0]
        assert -3 < total < -1
    forward = np.diff(logs(result, "activation", "variance")[0])
    assert 10 ** forward[-10:].mean() > 0.93
    assert forward[:5].mean() < 3 * forward[-10:].mean(), "The first layers cost the most."


def gradients_grow(result: Propagation) -> None:
    assert values(result, "activation", "variance")[0, -1] == pytest.approx(0.42, abs=0.03)
    backward = result.verdict.gradient
    assert backward.factor - SURE * backward.error > 1.1
    assert backward.factor + SURE * backward.error < 1.3


def halves(result: Propagation) -> None:
    assert is_factor(result.verdict.signal, 0.5)
    assert is_factor(result.verdict.gradient, 0.5)


def holds(result: Propagation) -> None:
    assert is_factor(result.verdict.signal, 1.0)
    assert is_factor(result.verdict.gradient, 1.0)


def doubles(result: Propagation) -> None:
    every_layer_but_the_first = 2.0 ** (1 - 1 / result.experiment.depth)
    assert is_factor(result.verdict.signal, every_layer_but_the_first)
    assert is_factor(result.verdict.gradient, every_layer_but_the_first)
    held = run(result.experiment.replace(gain=math.sqrt(0.5))).verdict
    assert is_factor(held.signal, 0.5 ** (1 / result.experiment.depth))
    assert is_factor(held.gradient, 0.5 ** (1 / result.experiment.depth))


def no_ordinary_gain_saves_it(result: Propagation) -> None:
    assert 1 / result.verdict.gradient.factor == pytest.approx(18, abs=2)
    for gain in (2.0, 4.0):
        other = run(result.experiment.replace(gain=gain)).verdict.gradient
        assert other.factor + SURE * other.error < 1


def forgets_its_input(result: Propagation) -> None:
    assert is_factor(result.verdict.gradient, 1 / 6)
    assert values(result, "activation", "correlation")[0, -1] > 0.999


def gone_in_ten_layers(result: Propagation) -> None:
    assert result.experiment.depth == 10
    assert (logs(result, "activation", "variance")[:, -1] < -15).all()


def chance_not_the_scheme(result: Propagation) -> None:
    ends = logs(result, "activation", "variance")[:, -1]
    assert len(ends) == 8
    assert np.ptp(ends) > 2, "Single networks end orders of magnitude apart,"
    predicted = mean_field(result.experiment).curves["activation", "second_moment"][1][0, 1:]
    assert np.ptp(predicted) < 1e-9, "although the scheme keeps the average,"
    advice = result.verdict.advice
    assert advice is None or "init" not in advice.changes, "and so the scheme is not blamed."


def nothing_moves(result: Propagation) -> None:
    assert (values(result, "activation", "second_moment")[:, 1:] == 0).all()
    assert (values(result, "weight_gradient", "second_moment")[:, 1:] == 0).all()


CLAIMS: dict[str, Callable[[Propagation], None]] = {
    "saturates": everything_saturates,
    "quiet": dies_quietly,
    "fades": fades_like_a_power,
    "grows": gradients_grow,
    "halves": halves,
    "holds": holds,
    "dropout": doubles,
    "sigmoid": no_ordinary_gain_saves_it,
    "torch": forgets_its_input,
    "slip": gone_in_ten_layers,
    "chance": chance_not_the_scheme,
    "zeros": nothing_moves,
}


def test_every_preset_has_its_claim() -> None:
    assert list(CLAIMS) == list(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_the_claim_is_true(name: str) -> None:
    CLAIMS[name](run(PRESETS[name].experiment))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_worth_its_button(name: str) -> None:
    preset = PRESETS[name]
    assert preset.experiment.refusal(seconds=2.0) is None, "A press shows its result at once."
    assert len(preset.title) <= 42
    assert preset.see.endswith(".")
    assert preset.experiment.params().keys() <= preset.changes.keys()


def test_presets_differ() -> None:
    experiments = [preset.experiment for preset in PRESETS.values()]
    assert len({str(sorted(experiment.params().items())) for experiment in experiments}) == len(experiments)
