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
    fits: dict[str, float] = {}
    for name, part in Initializer.registry.items():
        law = part()
        scaled = law.variance(64, 64) != law.variance(128, 128) and name != "variance_scaling"
        if scaled and shipped(part) and not name.startswith("slip") and law.distribution in _KURTOSIS:
            off = [_off(law, each) for each in weights]
            if max(map(max, off)) < _ERRORS:  # of few weights, several laws may have been the one
                fits[name] = sum(shape**2 + size**2 for shape, size in off)
    if fits:
        return min(fits, key=fits.__getitem__)
    if all(each.variance == 0 for each in weights):
        return "zeros"
    scale = sorted(each.size for each in weights)[len(weights) // 2]
    return f"variance_scaling(scale={scale:.4g})"


def schemes(weights: Sequence[Weights]) -> list[str]:
    """The init of every matrix: one scheme that all of them fit, else each its own."""
    whole = scheme(weights)
    if not whole.startswith("variance_scaling"):
        return [whole] * len(weights)
    each = [scheme([one]) for one in weights]
    sizes = [one.size for one in weights]
    alike = max(sizes) < (1 + _ERRORS * math.sqrt(2 / min(one.entries for one in weights))) ** 2 * min(sizes)
    return [whole] * len(weights) if alike else each


def is_drawn(weights: Weights) -> bool:
    """Whether a matrix looks like a draw of some law here: zeros, or the kurtosis of a normal or a uniform one."""
    off = (abs(weights.kurtosis - kurtosis) for kurtosis in _KURTOSIS.values())
    return weights.variance == 0 or min(off) < _ERRORS * math.sqrt(24 / weights.entries)


def _off(law: Initializer, weights: Weights) -> tuple[float, float]:
    """By how many standard errors a matrix's variance and kurtosis differ from a law's."""
    variance, kurtosis = law.variance(weights.fan_in, weights.fan_out), _KURTOSIS[law.distribution]
    if not variance or not weights.entries:
        return math.inf, math.inf
    # Var of a mean square is (kurtosis - 1)/n of its square; of a normal sample's kurtosis 24/n.
    off = abs(weights.variance / variance - 1) / math.sqrt((kurtosis - 1) / weights.entries)
    return off, abs(weights.kurtosis - kurtosis) / math.sqrt(24 / weights.entries)


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
