"""Which of the simulator's schemes given weights look as if they were drawn by, and which network they make."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.initializers import Bias, Initializer
from simulator.probing.points import Weights
from simulator.registry import shipped

_KURTOSIS = {"normal": 3.0, "uniform": 1.8, "truncated_normal": 2.3644}
"""E w^4 / (E w^2)^2 of the laws; cut at two deviations, a normal one has 2.364."""

_ERRORS = 4.5
"""Standard errors by which a variance or a kurtosis may differ from its law's."""


def scheme(weights: Sequence[Weights]) -> str:
    """The init of an experiment that these matrices fit: a scheme by their law, else their median n Var W.

    >>> scheme([Weights("a", "linear", 100, 50, 5000, 2 / 100, 3.0)])
    'he_normal'
    """
    for name, part in Initializer.registry.items():
        law = part()
        scaled = law.variance(64, 64) != law.variance(128, 128) and name != "variance_scaling"
        known = scaled and shipped(part) and not name.startswith("slip") and law.distribution in _KURTOSIS
        if known and all(_fits(law, each) for each in weights):
            return name
    if all(each.variance == 0 for each in weights):
        return "zeros"
    scale = sorted(each.size for each in weights)[len(weights) // 2]
    return f"variance_scaling(scale={scale:.4g})"


def _fits(law: Initializer, weights: Weights) -> bool:
    variance, kurtosis = law.variance(weights.fan_in, weights.fan_out), _KURTOSIS[law.distribution]
    if not variance or not weights.entries:
        return False
    # Var of a mean square is (kurtosis - 1)/n of its square; of a normal sample's kurtosis 24/n.
    off = abs(weights.variance / variance - 1) / math.sqrt((kurtosis - 1) / weights.entries)
    shape = abs(weights.kurtosis - kurtosis) / math.sqrt(24 / weights.entries)
    return off < _ERRORS and shape < _ERRORS


def bias(weights: Sequence[Weights]) -> str:
    """The bias of an experiment that theirs fit: zeros, PyTorch's default, or a normal law of their mean square."""
    if all(each.bias == 0 for each in weights):
        return "zeros"
    expected = [Bias.registry["torch_default"]().second_moment(each.fan_in) for each in weights]
    ratio = sum(each.bias / known for each, known in zip(weights, expected, strict=True)) / len(weights)
    units = sum(each.fan_out for each in weights)
    if abs(ratio - 1) < _ERRORS * math.sqrt(0.8 / units * len(weights)):
        return "torch_default"
    return f"normal(std={math.sqrt(sum(each.bias for each in weights) / len(weights)):.4g})"
