"""A name of another library is answered by what it means there, not by one that is spelt alike."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Experiment
from simulator.initializers import Initializer
from simulator.initializers.base import TRUNCATION

OTHER = {
    "activation": ["mish", "hardswish", "hard_swish", "hardtanh", "hard_sigmoid", "prelu", "softsign", "rrelu", "celu"],
    "init": ["trunc_normal", "trunc_normal_", "untruncated_normal", "RandomNormal", "random_normal", "HeNormal",
             "LecunNormal", "GlorotNormal", "xavier", "kaiming"],
}  # fmt: skip


@pytest.mark.parametrize(("setting", "name"), [(setting, name) for setting, names in OTHER.items() for name in names])
def test_another_function_is_never_suggested(setting: str, name: str) -> None:
    with pytest.raises(ValueError, match="must be one of") as told:
        Experiment(**{setting: name})
    assert "Did you mean" not in str(told.value) and str(told.value).endswith(".")


@pytest.mark.parametrize(
    ("setting", "name", "meant"),
    [("activation", "tahn", "'tanh'"), ("activation", "leakyrelu", "'leaky_relu'"), ("init", "he_norml", "'he_normal'"),
     ("init", "kaiming_normal_", "'kaiming_normal'"), ("init", "GlorotUniform", "'glorot_uniform'"),
     ("init", "TruncatedNormal", "'truncated_normal'")],
)  # fmt: skip
def test_what_is_spelt_alike_and_is_the_same_is_suggested(setting: str, name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"Did you mean {meant}"):
        Experiment(**{setting: name})


def test_what_is_said_of_truncated_normals_is_so() -> None:
    """At std = 0.02 torch's bounds lie a hundred deviations away, and ours leaves 0.7737 of the variance."""
    left = Initializer.parse("truncated_normal(std=0.02)").variance(10, 10) / 0.02**2
    assert TRUNCATION == 2 and 1 - left == pytest.approx(0.23, abs=0.005)
    draws = np.random.default_rng(0).standard_normal(10**6)
    kept = draws[np.abs(draws) < 2]
    assert kept.var() == pytest.approx(left, abs=5 * np.sqrt(2 / kept.size))
