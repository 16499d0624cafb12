"""The sampled law of one input against networks whose every weight is drawn, and at any size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from simulator.experiment import Experiment
from simulator.studies.ensemble import ENSEMBLE_QUANTITIES, ensemble
from simulator.studies.one_input import one_input

NETWORKS = 2000
CASES = {
    "tanh": {"activation": "tanh", "bias": "normal(std=0.4)", "init": "lecun_normal", "gain": 1.6},
    "relu": {"activation": "relu", "bias": "torch_default", "init": "he_normal"},
    "gelu": {"activation": "gelu", "bias": "constant(value=0.3)", "init": "xavier_normal", "gain": 1.5},
    "post": {"activation": "relu", "init": "he_normal", "residual": "post(alpha=0.5)", "depth": 4, "width": 8},
    "pre": {"activation": "tanh", "init": "he_normal", "residual": "pre(every=2)", "depth": 4, "width": 8},
    "rms_norm": {"activation": "gelu", "init": "he_normal", "normalization": "rms_norm", "bias": "normal(std=0.3)"},
    "dropout": {"activation": "relu", "init": "he_normal", "dropout": 0.4, "depth": 4, "width": 8},
    "last": {"activation": "relu", "init": "he_normal", "last_activation": "linear", "last_init": "normal(std=0.1)"},
    "loss": {"activation": "relu", "init": "he_normal", "loss": "squared_error"},
}


@pytest.mark.parametrize("name", CASES)
def test_the_law_is_that_of_whole_networks(name: str) -> None:
    """Kolmogorov-Smirnov at every layer and quantity, corrected for their number (Bonferroni)."""
    widths = {} if "width" in CASES[name] else {"widths": "12-7-16-5-9"}
    experiment = Experiment(**CASES[name], **widths, engine="dense")
    simulated = ensemble(experiment, NETWORKS).log10
    drawn = one_input(experiment, NETWORKS, seed=1)
    tests = [(quantity, layer) for quantity in ENSEMBLE_QUANTITIES for layer in range(5)]
    tests = [(quantity, layer) for quantity, layer in tests if not np.isnan(drawn[quantity][:, layer]).any()]
    assert len(tests) == 18
    for quantity, layer in tests:
        both = [np.nan_to_num(logs[quantity][:, layer], neginf=-999.0) for logs in (simulated, drawn)]
        assert ks_2samp(*both).pvalue > 1e-3 / len(tests) / len(CASES), (quantity, layer)


def test_the_same_seed_gives_the_same_draws() -> None:
    experiment = Experiment(depth=3, width=8)
    first, again, other = (one_input(experiment, 5, seed)["activation"] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not (first == other).any()


@pytest.mark.parametrize("gain", [1e-3, 1e3])
def test_no_depth_leaves_the_range(gain: float) -> None:
    """A linear network of 400 layers scales by gain^800; what is left is the law of gain 1."""
    experiment = Experiment(activation="linear", init="lecun_normal", depth=400, width=6)
    plain, far = (one_input(experiment.replace(gain=g), 20) for g in (1.0, gain))
    shift = 2 * np.log10(gain)
    np.testing.assert_allclose(far["activation"][:, -1] - plain["activation"][:, -1], 400 * shift, rtol=1e-9)
    first = far["activation_gradient"][:, 0] - plain["activation_gradient"][:, 0]
    np.testing.assert_allclose(first, 400 * shift, rtol=1e-9)


def test_zeros_stay_zeros() -> None:
    found = one_input(Experiment(depth=3, width=5, inputs="gaussian(std=0)"), 4)
    assert np.isneginf(found["activation"]).all()
    assert np.isfinite(found["activation_gradient"]).all()
    assert np.isnan(found["preactivation"][:, 0]).all()


def test_progress_is_told_to_the_end() -> None:
    steps: list[tuple[int, int]] = []
    one_input(Experiment(depth=2, width=3000), 1000, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (1000, 1000) and len(steps) > 1
