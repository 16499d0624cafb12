"""Simulated survival depths against the same from theory, and theory against a walk of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.activations import Activation
from simulator.studies.survival import ALIKE, DEPTH, FOLDS, GROWTH, expected, survival
from simulator.theory.mean_field import mean_field
from simulator.theory.phase_plane import phase_plane

TANH = Activation.parse("tanh")


def walked(text: str, sigma_w2: float, sigma_b2: float) -> float:
    """The survival depth from two walks of `mean_field`."""
    alike, unlike = (
        mean_field(activation=text, sigma_w2=sigma_w2, sigma_b2=sigma_b2, depth=60, c0=cosine) for cosine in (ALIKE, 0)
    )
    logs = np.log(np.maximum(unlike.one_minus_c - alike.one_minus_c, 1e-300))
    level = logs[0] - FOLDS
    at = int(np.flatnonzero(logs <= level)[0])
    return float(at - 1 + (logs[at - 1] - level) / (logs[at - 1] - logs[at]))


@pytest.mark.parametrize(
    ("text", "sigma_w2", "sigma_b2"),
    [("tanh", 1.0, 0.1), ("tanh", 3.0, 0.05), ("relu", 1.2, 0.1), ("elu", 1.0, 0.2), ("sigmoid", 60.0, 0.1),
     ("gelu", 1.2, 0.1), ("erf", 2.5, 0.2)],
)  # fmt: skip
def test_theory_is_a_walk_of_the_maps(text: str, sigma_w2: float, sigma_b2: float) -> None:
    found = float(expected(Activation.parse(text), sigma_w2, sigma_b2))
    # the last step's share is cut off where it would fall by more than a factor of ten
    assert found == pytest.approx(walked(text, sigma_w2, sigma_b2), rel=1e-6)


def test_deep_in_a_phase_it_is_so_many_depth_scales() -> None:
    xi_c = phase_plane(TANH, [0.9], [0.01]).xi_c[0, 0]
    assert float(expected(TANH, 0.9, 0.01)) == pytest.approx(FOLDS * xi_c, rel=0.5)


def test_an_exploding_signal_ends() -> None:
    linear = Activation.parse("linear")
    found = float(expected(linear, 3.0, 0.1))
    assert found == pytest.approx(math.log(GROWTH) / math.log(3), abs=1)


def test_nothing_survives_without_weights() -> None:
    assert float(expected(TANH, 0.0, 0.1)) == 0
    assert survival(TANH, (0.0, 1.0), (0.1,)).depth[0, 0] == 0


@pytest.mark.parametrize(("text", "widest"), [("tanh", 5.0), ("relu", 4.0), ("elu", 3.0)])
def test_simulation_lies_on_theory(text: str, widest: float) -> None:
    sigma_w2 = tuple(((np.arange(6) + 0.5) * widest / 6).tolist())
    runs = [survival(Activation.parse(text), sigma_w2, (0.06, 0.2, 0.45), seed=seed) for seed in range(4)]
    depths = np.log([run.depth for run in runs])
    theory = np.log(runs[0].theory)
    error = depths.std(axis=0, ddof=1) / math.sqrt(len(runs))
    apart = np.abs(depths.mean(axis=0) - theory)
    # the error of each cell comes from four runs: none is better known than half of what is usual
    assert (apart <= 5 * np.maximum(error, np.median(error) / 2)).all()
    assert np.median(apart) <= 2 * np.median(error)
    assert np.corrcoef(depths.mean(axis=0).ravel(), theory.ravel())[0, 1] > 0.99


def test_the_same_seed_gives_the_same_plane() -> None:
    one, same, other = (survival(TANH, (1.0, 2.0), (0.1,), seed=seed).depth for seed in (0, 0, 1))
    assert (one == same).all()
    assert (one != other).any()


def test_the_critical_depth_is_bounded() -> None:
    found = survival(Activation.parse("linear"), (1.0,), (1e-9,))
    assert found.depth[0, 0] == found.theory[0, 0] == DEPTH


def test_progress_is_told_layer_by_layer() -> None:
    told: list[tuple[int, int]] = []
    survival(TANH, (0.5,), (0.1,), progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert {total for _, total in told} == {DEPTH + 1}
