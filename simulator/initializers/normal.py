"""The normal law that comes nearest to a scheme: of the same variance, whatever the widths."""

from __future__ import annotations

import math

from simulator.initializers.base import Initializer
from simulator.initializers.fixed import Normal
from simulator.initializers.scaled import MODES, VarianceScaling

_FANS = ((96, 96), (96, 480), (480, 96))
_DIGITS = 12


def normal_like(scheme: Initializer) -> str:
    """The normal scheme of the same variance; Xavier's where there is none, as for weights with a mean."""
    if scheme.gaussian:
        return str(scheme)
    deviation, variance = scheme.deviation(*_FANS[0]), scheme.variance(*_FANS[0])
    named = (part() for part in Initializer.registry.values() if part is not VarianceScaling)
    scaled = (VarianceScaling(scale=float(f"{variance * _FANS[0][0]:.{_DIGITS}g}"), mode=mode) for mode in MODES)
    for law in (*named, Normal(std=float(f"{deviation:.{_DIGITS}g}")), *scaled):
        if isinstance(law, Initializer) and law.distribution == "normal" and scheme.zero_mean and _alike(law, scheme):
            return str(law)
    return "xavier_normal"


def _alike(one: Initializer, other: Initializer) -> bool:
    return all(math.isclose(one.deviation(*fans), other.deviation(*fans), rel_tol=1e-9) for fans in _FANS)
