"""The experiment's place in the plane, the way to another one, and what part of the plane is shown."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.gaussian import moments
from simulator.theory.fixed_points import Phase, fixed_point
from simulator.theory.phase_diagram import edge_of_chaos
from simulator.theory.phase_point import PhasePoint, edge_curve, extent, phase_point, placed

ALL = sorted(Activation.registry)
ANYWHERE = {
    "default": {},
    "own gain": {"gain": 2.5, "init": "he_uniform"},
    "orthogonal": {"init": "orthogonal"},
    "one layer": {"depth": 1},
    "two layers": {"depth": 2},
    "no weights": {"init": "zeros"},
    "no gain": {"gain": 0},
    "tiny": {"init": "normal(std=0.000001)"},
    "a mean": {"init": "constant(value=0.5)"},
    "a bias mean": {"bias": "constant(value=0.1)"},
    "pytorch": {"init": "torch_default", "bias": "torch_default"},
    "unequal widths": {"widths": "12-9-6-3-5"},
    "residual": {"residual": "post"},
    "normalized": {"normalization": "layer_norm"},
    "another last layer": {"depth": 2, "last_init": "normal(std=0.01)"},
}


def test_a_point_is_variances_times_fan_in() -> None:
    point = phase_point(Experiment(width=64, init="normal(std=0.2)", gain=2, bias="normal(std=0.3)"))
    assert point == PhasePoint(pytest.approx(64 * 0.16), pytest.approx(0.09), 1.0)
    assert isinstance(point, PhasePoint)
    assert point.q_1 == pytest.approx(64 * 0.16 + 0.09)


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("a mean", "no infinite-width theory"),
        ("a bias mean", "have a mean"),
        ("unequal widths", "no single point"),
        ("residual", "Branches"),
        ("normalized", "normalization"),
    ],
)
def test_why_there_is_no_point(odd: str, words: str) -> None:
    reason = phase_point(Experiment(**ANYWHERE[odd]))
    assert isinstance(reason, str) and words in reason and reason.endswith(".")


@pytest.mark.parametrize(("sigma_w2", "sigma_b2"), [(2.0, 0.05), (0.0, 0.1), (103.0, 0.0), (1e-6, 400.0)])
@pytest.mark.parametrize("odd", ANYWHERE)
def test_any_experiment_comes_to_any_place(odd: str, sigma_w2: float, sigma_b2: float) -> None:
    experiment = Experiment(**ANYWHERE[odd])
    moved = experiment.replace(**placed(experiment, sigma_w2, sigma_b2))
    # the gain and the bias's deviation have six digits
    found = phase_point(moved)
    assert isinstance(found, PhasePoint)
    assert found.sigma_w2 == pytest.approx(sigma_w2, rel=1.1e-5)
    assert found.sigma_b2 == pytest.approx(sigma_b2, rel=1.1e-5)
    assert (moved.activation, moved.depth, moved.layer_widths) == (
        experiment.activation,
        experiment.depth,
        experiment.layer_widths,
    )


def test_the_init_scheme_stays_where_its_gain_will_do() -> None:
    experiment = Experiment(init="he_uniform")
    assert experiment.replace(**placed(experiment, 1.5, 0.1)).init_part == experiment.init_part


@pytest.mark.parametrize("text", ALL)
def test_the_plane_shows_the_edge(text: str) -> None:
    activation = Activation.parse(text)
    widest, tallest = extent(activation)
    for share in (0.1, 0.5, 1.0):
        for point in edge_of_chaos(activation, share * tallest):
            assert 0 < point.sigma_w2 < widest
    assert tallest == 0.5


def test_the_plane_shows_the_point_unless_it_is_far_off() -> None:
    tanh = Activation.parse("tanh")
    usual = extent(tanh)
    wide, tall = extent(tanh, PhasePoint(10.0, 3.0, 1.0))
    assert usual[0] < 10
    assert wide > 10 and tall > 3
    far, _ = extent(tanh, PhasePoint(1e4, 0.0, 1.0))
    assert far < 10 * usual[0]


@pytest.mark.parametrize("text", ALL)
def test_the_edge_is_where_chi_1_is_1(text: str) -> None:
    activation = Activation.parse(text)
    edge = edge_curve(activation, *extent(activation))
    shown = np.isfinite(edge.sigma_w2)
    if not edge_of_chaos(activation, 0.3) and not activation.homogeneous:
        assert not shown.any()
        return
    assert shown.sum() > 1
    if not activation.homogeneous:
        slopes = edge.sigma_w2 * moments(activation, edge.q_star).derivative_second_moment
        np.testing.assert_allclose(slopes[shown], 1, rtol=1e-12)
        assert np.nanmax(edge.sigma_b2) > 0.49
    steady = np.flatnonzero(shown & edge.stable & (edge.sigma_b2 > 0.01))
    for at in steady[:: max(1, len(steady) // 5)]:
        weights, biases = float(edge.sigma_w2[at]), float(edge.sigma_b2[at])
        if activation.homogeneous:
            assert fixed_point(activation, weights, biases).phase is Phase.CRITICAL
            continue
        point = fixed_point(activation, weights, biases, float(edge.q_star[at]))
        assert point.q_star == pytest.approx(edge.q_star[at], rel=1e-6)


def test_the_unstable_branch_is_marked() -> None:
    edge = edge_curve(Activation.parse("gelu"), 4.0, 0.5)
    shown = np.isfinite(edge.sigma_w2)
    half_stable = (3 + np.sqrt(17)) / 2
    assert (edge.stable[shown] == (edge.q_star[shown] > half_stable)).all()
    assert edge.stable[shown].any() and not edge.stable[shown].all()
