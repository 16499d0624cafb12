"""Verdicts: read off the curves, never against them, and never blaming a scheme for chance."""

import itertools
import math
import random

import numpy as np
import pytest

from simulator import Experiment, SettingError, propagate
from simulator.activations import Activation
from simulator.initializers import Bias, Initializer
from simulator.normalization import Normalization
from simulator.residual import Residual
from simulator.studies.direction import DECADES, change, law, power_law
from simulator.studies.facts import ALIKE
from simulator.studies.outcome import Level, Outcome
from simulator.studies.verdict import Verdict

CHOICES = {
    "activation": tuple(Activation.registry),
    "init": tuple(Initializer.registry),
    "normalization": (*["none"] * 4, *Normalization.registry),
    "residual": (*["none"] * 4, *Residual.registry),
    "bias": (*["zeros"] * 4, *Bias.registry, "constant(value=-5)"),
    "gain": (1.0, 1.0, 0.5, 1.5, 5.0),
    "width": (1, 4, 16, 64, 200),
    "depth": (1, 2, 5, 20, 60, 200),
    "batch": (1, 2, 16, 128),
    "seeds": (1, 2, 5, 16),
}


def random_networks(count: int, seed: int) -> list[Experiment]:
    chance = random.Random(seed)
    made: list[Experiment] = []
    while len(made) < count:
        try:
            experiment = Experiment(**{name: chance.choice(values) for name, values in CHOICES.items()})
        except SettingError:
            continue
        if experiment.cost().seconds < 0.25:
            made.append(experiment)
    return made


def changes(result, pair: tuple[str, str], first: int, last: int) -> np.ndarray:
    """log10 changes of each network between two layers, -inf where it ends at 0."""
    values, logs = result.curves[pair]
    zero = (values == 0).any(axis=1)
    return np.where(zero, -np.inf, np.where(zero, 0, logs[:, last]) - np.where(zero, 0, logs[:, first]))


def typical(values: np.ndarray) -> float:
    return float(np.sort(values)[(len(values) - 1) // 2]) if np.isneginf(values).any() else float(np.median(values))


def agrees(result) -> None:
    """Every word of the headline follows from the numbers."""
    verdict: Verdict = result.verdict
    depth, text = result.experiment.depth, verdict.headline
    signal = changes(result, ("activation", "variance"), 0, depth)
    gradient = changes(result, ("activation_gradient", "variance"), depth, 0)
    dead = [float(np.isneginf(side).mean()) for side in (signal, gradient)]
    if dead[0] >= 0.5:
        assert verdict.outcome is Outcome.SIGNAL_IS_ZERO and "every activation is identical" in text
    elif dead[1] >= 0.5:
        assert verdict.outcome is Outcome.GRADIENT_IS_ZERO and "exactly zero" in text
    else:
        signs = [
            0 if abs(typical(side)) <= DECADES else int(math.copysign(1, typical(side))) for side in (signal, gradient)
        ]
        words = {-1: "vanish", 0: "survive", 1: "explode"}
        for sign in signs:
            assert words[sign] in text, (signs, text)
        for sign, word in words.items():
            assert sign in signs or word not in text, (signs, text)
        for noun, side in (("signal", verdict.signal), ("gradient", verdict.gradient)):
            assert f"{noun} {change(side.decades)}" in text
        correlation = result.curves["activation", "correlation"][0]
        gaps = np.maximum(1 - correlation, 1e-16)
        if not np.isnan(gaps).any():
            falls = float(np.median(np.log10(gaps[:, 0]) - np.log10(gaps[:, -1])))
            alike = falls > ALIKE
            assert (verdict.outcome is Outcome.INPUTS_ALIKE) == (alike and signs == [0, 0])
            assert ("become alike" in text) == (verdict.outcome is Outcome.INPUTS_ALIKE)
    assert (verdict.level is Level.FAILS) == (verdict.outcome is not Outcome.HOLDS)
    if verdict.level is Level.HOLDS:
        assert verdict.advice is None
        assert np.mean((np.abs(signal) > DECADES) | (np.abs(gradient) > DECADES)) <= 0.2
    for sentence in (text, verdict.cause, *verdict.details, *verdict.remarks):
        assert sentence.endswith(".") and sentence[:1].isupper() | sentence[:1].isdigit() | sentence.startswith("σ")
        assert not {"nan", "inf", "-inf", "None"} & set(sentence.replace(",", " ").split())


@pytest.mark.parametrize("part", range(8))
def test_the_words_follow_from_the_numbers(part: int) -> None:
    """200 random networks of every part, width, depth, batch and number of seeds."""
    for experiment in random_networks(200, 16)[part::8]:
        agrees(propagate(experiment))


@pytest.mark.parametrize(
    ("activation", "init"),
    list(itertools.product(["relu", "tanh", "sigmoid", "gelu"], ["xavier_normal", "he_normal", "normal(std=1)"])),
)
def test_the_outcome_is_what_the_curves_say(activation, init):
    agrees(propagate(Experiment(activation=activation, init=init, width=128, depth=20, seeds=3)))


@pytest.mark.parametrize("seed", range(12))
def test_a_narrow_deep_he_net_is_never_the_schemes_fault(seed):
    narrow = Experiment(activation="relu", init="he_normal", width=24, depth=80, seeds=4, seed=100 * seed)
    verdict = propagate(narrow).verdict
    if verdict.outcome not in (Outcome.HOLDS, Outcome.INPUTS_ALIKE):
        assert verdict.cause.startswith("Chance, not the scheme")
        assert verdict.advice is None or set(verdict.advice.changes) == {"width"}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("width", [32, 256])
def test_a_wrong_scheme_is_named_even_where_networks_scatter(seed, width):
    wrong = Experiment(activation="relu", init="xavier_normal", width=width, depth=40, seeds=4, seed=100 * seed)
    verdict = propagate(wrong).verdict
    assert verdict.outcome is Outcome.BOTH_VANISH
    assert "σ_w² = n Var W = 1" in verdict.cause and "by 0.5 a layer" in verdict.cause
    assert verdict.advice is not None


def test_factors_have_honest_errors():
    """Xavier halves a ReLU net's variance per layer: the median over networks of finite width a little more."""
    errors = []
    for seed in range(20):
        experiment = Experiment(activation="relu", depth=20, width=256, seed=seed)
        backward = propagate(experiment).verdict.gradient
        drift = 0.5  # the finite-width drift of -5/2n at most is a tenth of the error
        errors.append((backward.factor - drift) / backward.error)
    # Twenty standardised errors: their mean square is 1 within 5 standard errors, sqrt(2/20) each.
    assert np.mean(np.square(errors)) < 1 + 5 * np.sqrt(2 / 20)


def test_the_signal_starts_at_the_input() -> None:
    """ReLU, N(0, 1), 784-50 takes the variance from 1 to 276; linear orthogonal 5-20 loses three quarters."""
    wide = propagate(Experiment(activation="relu", init="normal(std=1)", widths="784-50")).verdict
    assert 2.3 < wide.signal.decades < 2.6 and "signal × 2" in wide.headline
    lost = propagate(Experiment(activation="linear", init="orthogonal", widths="5-20")).verdict
    assert lost.signal.decades == pytest.approx(-math.log10(4), abs=0.01) and "signal / 4" in lost.headline
    deep = propagate(Experiment(init="torch_default")).verdict
    assert deep.signal.survives < 10


def test_inputs_that_become_alike_are_no_signal() -> None:
    deep = propagate(Experiment(activation="relu", init="he_normal", depth=60, width=512, seeds=4)).verdict
    assert deep.outcome is Outcome.INPUTS_ALIKE and deep.level is Level.FAILS
    assert (
        f"from layer {deep.apart.survives + 1} on" in deep.headline and "brings different inputs together" in deep.cause
    )
    one = propagate(Experiment(batch=1)).verdict
    assert one.level is Level.HOLDS and math.isnan(one.apart.decades)


def test_the_typical_network_decides_and_the_share_says_the_rest() -> None:
    """Of 64 narrow ReLU networks a few are dead, at most the published 1 - prod(1 - 2^-n) (Lu et al. 2019)."""
    few = propagate(Experiment(activation="relu", init="he_normal", width=8, depth=30, seeds=100)).verdict
    dead = few.signal.dead
    bound = 1 - (1 - 0.5**8) ** 30
    assert 0 < dead / 100 < bound + 4 * math.sqrt(bound / 100)
    assert f"{dead} of 100 networks are dead." in few.headline and "identical" not in few.headline
    assert any(f"{bound:.0%}" in remark and "Lu et al. 2019" in remark for remark in few.remarks)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"activation": "relu", "init": "he_normal", "bias": "constant(value=-5)"},
            "The bias constant(value=-5) does it",
        ),
        ({"activation": "relu", "normalization": "batch_norm", "batch": 1}, "The batch does it"),
        (
            {"activation": "relu", "init": "he_normal", "normalization": "batch_norm", "batch": 512},
            "Batch norm does it",
        ),
        ({"activation": "relu", "init": "he_normal", "residual": "post"}, "The residual branches do it"),
        ({"gains": "1*29 | 0.01"}, "Layers that differ do it, layer 30 most (/ 10^4)"),
        ({"init": "zeros"}, "Every weight is zero"),
        ({"init": "constant(value=0.1)"}, "No theory for this network; the verdict uses the simulation"),
    ],
)
def test_the_cause_is_the_cause(settings, words) -> None:
    assert propagate(Experiment(**settings)).verdict.cause.startswith(words)


def test_a_power_law_is_no_factor_a_layer() -> None:
    critical = propagate(Experiment(depth=100, width=512)).verdict
    assert critical.signal.rate == "∝ 1/l"
    assert math.isnan(propagate(Experiment(activation="relu")).verdict.signal.power)
    layers = np.arange(1, 60)
    assert law(power_law(-2 * np.log10(layers))) == "1/l^2" and law(power_law(0.5 * np.log10(layers))) == "l^0.5"
    assert math.isnan(power_law(-0.1 * layers)) and math.isnan(power_law(np.zeros(50)))


def test_saturation_is_not_taken_for_vanishing():
    verdict = propagate(Experiment(init="normal(std=1)", width=256, depth=20)).verdict
    assert verdict.saturated > 0.8 and verdict.outcome is Outcome.GRADIENT_EXPLODES
    assert any("yet the gradient does not vanish" in line for line in verdict.remarks)


def test_what_theory_says_is_lost_is_not_green() -> None:
    """GELU with He: theory's 10^-5.7 beside a smaller measured loss."""
    lucky = propagate(Experiment(activation="gelu", init="he_normal")).verdict
    assert lucky.outcome is Outcome.HOLDS and lucky.level is Level.PARTLY and "infinitely wide" in lucky.cause


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


def test_rounding_that_grows_is_told_of_the_dense_engine_alone() -> None:
    """Two inputs 1e-12 apart in a chaotic network of a hundred layers are as far apart as any at its end."""
    chaotic = Experiment(gain=3, depth=100, width=64, batch=8, engine="dense")
    (said,) = [remark for remark in propagate(chaotic).verdict.remarks if remark.startswith("Rounding grows")]
    assert int(said.partition("10^")[2].split(" ")[0]) > 12
    for other in (
        chaotic.replace(engine="matrix_free"),
        chaotic.replace(depth=20),
        chaotic.replace(activation="linear"),
    ):
        assert not any("Rounding grows" in remark for remark in propagate(other).verdict.remarks)
