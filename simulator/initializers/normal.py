"""The normal law that comes nearest to a scheme: of the same variance, whatever the widths."""

from __future__ import annotations

import math
from contextlib import suppress

from simulator.initializers.base import Initializer
from simulator.initializers.scaled import MODES, VarianceScaling
from simulator.settings import SettingError

_FANS = ((96, 96), (96, 480), (480, 96))
_DIGITS = 12


def normal_like(scheme: Initializer) -> str:
    """The normal scheme of the same variance; Xavier's where there is none, as for weights with a mean."""
    if scheme.gaussian:
        return str(scheme)
    deviation, variance = scheme.deviation(*_FANS[0]), scheme.variance(*_FANS[0])
    named = [name for name, part in Initializer.registry.items() if part is not VarianceScaling]
    scaled = [f"variance_scaling(scale={variance * _FANS[0][0]:.{_DIGITS}g}, mode={mode})" for mode in MODES]
    for text in (*named, f"normal(std={deviation:.{_DIGITS}g})", *scaled) if scheme.zero_mean else ():
        with suppress(SettingError):  # a scale out of bounds
            law = Initializer.parse(text)
            if law.distribution == "normal" and _alike(law, scheme):
                return str(law)
    return "xavier_normal"


def _alike(one: Initializer, other: Initializer) -> bool:
    return all(math.isclose(one.deviation(*fans), other.deviation(*fans), rel_tol=1e-9) for fans in _FANS)
