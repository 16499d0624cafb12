"""Infinite-width predictions against reference values, limits that are known, and the simulation."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.frames import COLUMNS, THEORY
from simulator.settings import SettingError
from simulator.statistics import pairs
from simulator.studies.propagation import propagate
from simulator.theory.fixed_points import Phase, fixed_point
from simulator.theory.mean_field import DeepOutcome, MeanField, mean_field

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_curves.json").read_text())


def of_oracle(name: str) -> Activation:
    slope = name.removeprefix("leaky_relu_")
    return Activation.parse(f"leaky_relu(negative_slope={slope})" if slope != name else name)


def name_of(entry: dict) -> str:
    return f"{entry['activation']}-{entry['sw2']:.4g}-{entry['sb2']:.4g}"


@pytest.mark.parametrize("curve", ORACLE["curves"], ids=name_of)
def test_curves(curve: dict) -> None:
    theory = mean_field(
        activation=of_oracle(curve["activation"]),
        sigma_w2=curve["sw2"],
        sigma_b2=curve["sb2"],
        depth=curve["L"],
        q0=curve["p0"],
        c0=curve["c0"],
    )
    # where the variance is unstable every rounding grows by chi_par a layer
    growth = float(np.prod(np.maximum(1, curve["chi_par"])))
    tolerance = max(1e-9, 1e-14 * growth)
    names = {"q": "q", "p": "p", "chi_1": "chi1", "chi_par": "chi_par", "grad_h": "grad_h", "grad_W": "grad_W"}
    if "q_b" not in curve:  # that one has inputs of unequal norm
        names |= {"c": "c", "one_minus_c": "one_minus_c"}
    for ours, theirs in names.items():
        np.testing.assert_allclose(
            getattr(theory, ours), curve[theirs], rtol=tolerance, atol=1e-15 * (ours == "c"), err_msg=ours
        )
    np.testing.assert_allclose(theory.m, curve["m"], rtol=tolerance, atol=1e-15)
    np.testing.assert_allclose(theory.log10_grad_h, curve["log10_grad_h"], rtol=tolerance, atol=1e-12)


@pytest.mark.parametrize("entry", ORACLE["fixed"], ids=name_of)
def test_fixed_points(entry: dict) -> None:
    activation = of_oracle(entry["activation"])
    theory = mean_field(activation=activation, sigma_w2=entry["sw2"], sigma_b2=entry["sb2"], depth=3)
    assert theory.q_star == pytest.approx(entry["q_star"], rel=1e-9)
    assert theory.c_star == pytest.approx(entry["c_star"], rel=1e-9, abs=1e-12)
    assert theory.xi_q == pytest.approx(entry["xi_q"], rel=1e-9)
    assert theory.xi_c == pytest.approx(entry["xi_c"], rel=1e-9)
    assert theory.phase == entry["phase"]
    point = theory.fixed_point
    assert point is not None
    assert point.chi_1 == pytest.approx(entry["chi1"], rel=1e-9)
    assert point.chi_parallel == pytest.approx(entry["chi_par"], rel=1e-9)
    assert point.chi_c == pytest.approx(entry["chi_c_star"], rel=1e-9)
    assert point.one_minus_c_star == pytest.approx(entry["one_minus_c_star"], rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    "entry", [e for e in ORACLE["gains"] if "at_torch_gain_sb0" in e], ids=lambda e: e["activation"]
)
def test_fixed_points_of_pytorch_gains(entry: dict) -> None:
    activation = of_oracle(entry["activation"])
    assert activation.torch_gain is not None
    point = fixed_point(activation, activation.torch_gain**2, 0.0)
    expected = entry["at_torch_gain_sb0"]
    assert point.q_star == pytest.approx(expected["q_star"], rel=1e-9)
    assert point.chi_1 == pytest.approx(expected["chi1"], rel=1e-9)
    assert point.chi_parallel == pytest.approx(expected["chi_par"], rel=1e-9)


@given(
    text=st.sampled_from(sorted(Activation.registry)),
    sigma_w2=st.floats(0.05, 30),
    sigma_b2=st.floats(0.01, 3),
)
@settings(max_examples=40)
def test_a_long_walk_ends_at_the_fixed_point(text: str, sigma_w2: float, sigma_b2: float) -> None:
    theory = mean_field(activation=text, sigma_w2=sigma_w2, sigma_b2=sigma_b2, depth=300, c0=0.3)
    point = theory.fixed_point
    assert point is not None
    if math.isfinite(point.q_star) and point.xi_q < 15:
        assert theory.q[-1] == pytest.approx(point.q_star, rel=1e-7)
        if point.xi_c < 15:
            assert theory.c[-1] == pytest.approx(point.c_star, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "sigma_w2", "sigma_b2", "q_star", "phase", "outcome"),
    [
        ("relu", 1.0, 0.0, 0.0, Phase.ORDERED, DeepOutcome.VANISHING),
        ("relu", 4.0, 0.0, math.inf, Phase.CHAOTIC, DeepOutcome.EXPLODING),
        ("relu", 2.0, 0.0, 2.0, Phase.CRITICAL, DeepOutcome.CRITICAL),
        ("relu", 2.0, 0.1, math.inf, Phase.CRITICAL, DeepOutcome.CRITICAL),
        ("tanh", 1.0, 0.0, 0.0, Phase.CRITICAL, DeepOutcome.CRITICAL),
        ("tanh", 0.9, 0.0, 0.0, Phase.ORDERED, DeepOutcome.VANISHING),
        ("tanh", 1.0, 0.1, None, Phase.ORDERED, DeepOutcome.ORDERED),
        ("tanh", 3.0, 0.0, None, Phase.CHAOTIC, DeepOutcome.CHAOTIC),
        ("gelu", 3.0, 0.0, None, None, None),
        ("tanh", 0.0, 0.0, 0.0, Phase.ORDERED, DeepOutcome.VANISHING),
        ("tanh", 0.0, 0.5, 0.5, Phase.ORDERED, DeepOutcome.ORDERED),
    ],
)
def test_phases_and_outcomes(
    text: str, sigma_w2: float, sigma_b2: float, q_star: float | None, phase: Phase | None, outcome: DeepOutcome | None
) -> None:
    theory = mean_field(activation=text, sigma_w2=sigma_w2, sigma_b2=sigma_b2)
    if q_star is not None:
        assert theory.q_star == q_star
    if phase is not None:
        assert (theory.phase, theory.outcome) == (phase, outcome)
    assert theory.outcome.value.endswith(".")


def test_gelu_settles_on_either_side_of_its_unstable_point() -> None:
    gelu = Activation.parse("gelu")
    gain = 1 / 0.4252214825702987  # q* = 1 is a fixed point there, an unstable one
    assert fixed_point(gelu, gain, 0.0, start=0.99).q_star == 0
    assert fixed_point(gelu, gain, 0.0, start=1.01).q_star == math.inf


@pytest.mark.parametrize("text", Activation.registry)
@pytest.mark.parametrize(
    ("init", "gain"), [("xavier_normal", 1.0), ("he_normal", 7.0710678), ("he_normal", 1e-3), ("zeros", 1.0)]
)
def test_any_depth_gives_numbers(text: str, init: str, gain: float) -> None:
    theory = mean_field(Experiment(activation=text, init=init, gain=gain, depth=2000, width=64))
    for pair in (
        ("preactivation", "second_moment"),
        ("activation", "second_moment"),
        ("activation_gradient", "variance"),
    ):
        value, log10 = (array[0, 1:] for array in theory.curves[pair])
        exact_zero = value == 0
        assert np.isfinite(log10[~exact_zero]).all() and np.isnan(log10[exact_zero]).all()
        inside = np.abs(log10) < 307
        np.testing.assert_allclose(np.log10(value[inside]), log10[inside], rtol=1e-9, atol=1e-12)
        assert np.isnan(value[np.abs(log10) > 309]).all()


def test_powers_far_outside_the_double_range() -> None:
    theory = mean_field(Experiment(activation="relu", init="he_normal", gain=10, depth=2000, width=64))
    log10 = theory.curves["preactivation", "second_moment"][1][0]
    np.testing.assert_allclose(log10[1:], math.log10(2) + 2 * np.arange(1, 2001), rtol=1e-13)
    np.testing.assert_allclose(
        theory.curves["activation_gradient", "second_moment"][1][0][::-1], 2 * np.arange(2001.0), rtol=1e-13
    )
    sigmoid = mean_field(Experiment(activation="sigmoid", depth=2000, width=64))
    slope = sigmoid.fixed_point.chi_1  # type: ignore[union-attr]
    gradient = sigmoid.curves["activation_gradient", "variance"][1][0]
    np.testing.assert_allclose(np.diff(gradient)[20:], -math.log10(slope), rtol=1e-11)
    silu = mean_field(Experiment(activation="silu", init="lecun_normal", gain=0.1, depth=2000, width=64))
    fall = np.diff(silu.curves["preactivation", "variance"][1][0])
    np.testing.assert_allclose(fall[200:], math.log10(0.01 / 4), rtol=1e-11)  # slope 1/2 at 0


def test_unequal_widths_follow_glorot_and_he() -> None:
    text, widths = "200-400-100-300-50-200-400-100", [200, 400, 100, 300, 50, 200, 400, 100]
    linear = mean_field(Experiment(activation="linear", init="lecun_normal", widths=text))
    np.testing.assert_allclose(linear.q, 1, rtol=1e-14)
    np.testing.assert_allclose(linear.grad_h, [widths[-1] / n for n in widths[1:]], rtol=1e-13)
    glorot = mean_field(Experiment(activation="linear", init="xavier_normal", widths=text))
    factors = [2 * n / (n + m) for n, m in pairwise(widths)]
    np.testing.assert_allclose(glorot.q, np.cumprod(factors), rtol=1e-13)
    back = [2 * m / (n + m) for n, m in pairwise(widths)]
    expected = [math.prod(back[layer:]) for layer in range(1, len(widths))]
    np.testing.assert_allclose(glorot.grad_h, expected, rtol=1e-13)
    assert glorot.phase is None and glorot.outcome is DeepOutcome.UNEQUAL


def test_no_theory_for_constant_weights() -> None:
    theory = mean_field(Experiment(init="constant(value=0.1)"))
    assert theory.outcome is DeepOutcome.NO_THEORY and theory.phase is None
    assert not theory.curves and theory.to_frame().empty
    assert math.isnan(theory.q_star) and theory.q.size == 0


def test_a_single_example_has_no_correlation() -> None:
    theory = mean_field(Experiment(batch=1, depth=5))
    assert np.isnan(theory.curves["activation", "correlation"][0]).all()
    saturated, dead = (theory.curves["activation", name][0] for name in ("saturated_fraction", "dead_fraction"))
    np.testing.assert_array_equal(saturated, dead)


@pytest.mark.parametrize("text", Activation.registry)
def test_the_table_has_the_rows_of_a_simulation(text: str) -> None:
    experiment = Experiment(activation=text, depth=4, width=16, batch=4)
    theory, simulation = mean_field(experiment), propagate(experiment)
    assert list(theory.curves) == pairs(experiment.activation_parts)
    assert set(theory.curves) == set(simulation.curves)
    frame = theory.to_frame("a label")
    assert tuple(frame.columns) == COLUMNS
    assert (frame.source == THEORY).all() and (frame.seed == -1).all() and (frame.label == "a label").all()
    ours, measured = (
        {tuple(row) for row in table[["layer", "quantity", "statistic"]].astype(str).to_numpy()}
        for table in (frame, simulation.to_frame())
    )
    assert ours == measured


SIMULATED = {
    "default": dict(depth=6),
    "unequal": dict(
        widths="300-600-200-400-300", activation="gelu", gain=1.5, bias="normal(std=0.3)", inputs="uniform"
    ),
    "constant bias": dict(
        depth=5, activation="relu", init="he_normal", bias="constant(value=0.4)", inputs="gaussian(mean=1)"
    ),
    "digits": dict(depth=5, activation="sigmoid", init="orthogonal", gain=3.0, inputs="digits"),
    "saturated": dict(depth=4, init="normal(std=1)", saturation=0.3),
    "kinked": dict(depth=5, activation="selu", init="lecun_normal", bias="normal(std=0.2)", inputs="uniform(low=-1)"),
}


@pytest.mark.parametrize("settings_of", SIMULATED.values(), ids=SIMULATED)
def test_predictions_against_simulation(settings_of: dict) -> None:
    """Within 5 standard errors between networks, and a share of order depth/width for what finite width changes."""
    experiment = Experiment(**{"width": 400, "seeds": 12, "batch": 24, **settings_of})
    theory, simulation = mean_field(experiment), propagate(experiment)
    depth = len(experiment.layer_widths) - 1
    for (quantity, statistic), (values, _) in simulation.curves.items():
        predicted = theory.curves[quantity, statistic][0][0]
        error = values.std(axis=0, ddof=1) / math.sqrt(len(values))
        size = np.abs(predicted)
        if statistic == "mean":
            size = np.sqrt(theory.curves[quantity, "second_moment"][0][0])
        if statistic in ("correlation", "dead_fraction", "saturated_fraction", "inactive_fraction"):
            size = np.maximum(size, 0.1 if statistic in ("correlation", "dead_fraction") else 0.02)  # rare events
        allowed = 5 * error + (0.02 + 4 * depth / min(experiment.layer_widths)) * size / 2 + 1e-12
        known = ~np.isnan(predicted)
        assert np.array_equal(known, ~np.isnan(values[0])), (quantity, statistic)
        late = np.abs(values.mean(axis=0) - predicted)[known] > allowed[known]
        assert not late.any(), (quantity, statistic, values.mean(axis=0), predicted, error)


def test_examples_gradients_add_up_without_correlation() -> None:
    one, many = (mean_field(Experiment(batch=batch)).curves["weight_gradient", "variance"][0] for batch in (1, 64))
    np.testing.assert_allclose(many, 64 * one, rtol=1e-14)


def test_curves_know_only_their_names() -> None:
    curves = mean_field(Experiment()).curves
    assert ("activation", "inactive_fraction") not in curves
    with pytest.raises(KeyError):
        curves["activation", "inactive_fraction"]


@pytest.mark.parametrize(
    ("given_settings", "sentence"),
    [
        (dict(), "mean_field.sigma_w2 must be given where there is no experiment."),
        (dict(sigma_w2=-1.0), "mean_field.sigma_w2 must lie in [0, 1e+09]; got -1.0."),
        (dict(sigma_w2=math.nan), "mean_field.sigma_w2 must lie in [0, 1e+09]; got nan."),
        (dict(sigma_w2=1.0, c0=1.5), "mean_field.c0 must lie in [-1, 1]; got 1.5."),
        (dict(sigma_w2=1.0, depth=0), "mean_field.depth must lie in [1, 2000]; got 0."),
    ],
)
def test_bad_settings_get_one_sentence(given_settings: dict, sentence: str) -> None:
    with pytest.raises(SettingError) as error:
        mean_field(activation="tanh", **given_settings)
    assert str(error.value) == sentence


def test_misspelt_activation_is_named() -> None:
    with pytest.raises(SettingError, match="Did you mean 'tanh'"):
        mean_field(activation="tahn", sigma_w2=1.0)


def test_results_compare_and_show_without_running() -> None:
    theory = mean_field(Experiment(seed=123_456))
    assert isinstance(theory, MeanField) and "stages" not in vars(theory)
    assert len(repr(theory)) < 1000
