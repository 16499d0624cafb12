"""Schemes that are another law in another place: the first or last layer, the layers of a residual branch."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.initializers.base import Initializer, Place
from simulator.initializers.fixed import Zeros
from simulator.initializers.scaled import HeNormal, Preset, VarianceScaling
from simulator.settings import setting


@dataclass(frozen=True)
class MupReadout(Initializer, name="mup_readout"):
    """Normal with variance scale base/fan_in^2: what muP draws the last layer from (Yang et al. 2021, table 3)."""

    scale: float = setting(1.0, bounds=(0, 1e6), softbounds=(0, 4), symbol="s", help="As of the layers before.")
    base: int = setting(
        64, bounds=(1, 1_000_000), softbounds=(1, 1024), symbol="n0", help="The width at which it is scale/fan_in."
    )

    distribution = "normal"
    code = {"deviation": "math.sqrt({scale} * {base}) / fan_in"}

    def variance(self, fan_in: int, fan_out: int) -> float:
        return self.scale * self.base / fan_in**2


@dataclass(frozen=True)
class Mup(Preset, name="mup"):
    """muP: normal with variance scale/fan_in, in the last layer scale base/fan_in^2 (Yang et al. 2021, table 3).

    Hidden units then keep their size in networks of any width, and the output of a wider one begins smaller.
    """

    scale: float = setting(1.0, bounds=(0, 1e6), softbounds=(0, 4), symbol="s", help="Variance times fan-in.")
    base: int = setting(
        64, bounds=(1, 1_000_000), softbounds=(1, 1024), symbol="n0", help="The width at which the last layer is alike."
    )

    distribution = "normal"

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(self.scale, "fan_in", self.distribution)

    def at(self, place: Place) -> Initializer:
        if place.role == "last":
            return MupReadout(scale=self.scale, base=self.base)
        return self.scaling


@dataclass(frozen=True)
class Fixup(HeNormal, name="fixup"):
    """He's, in branches of m layers times (branches)^(-1/(2m - 2)), the last of each and of all 0 (Zhang et al. 2019).

    Outside of residual networks it is He's with a last layer of 0.
    """

    def at(self, place: Place) -> Initializer:
        if place.closes or place.role == "last":
            return Zeros()
        inside = place.within > 1
        factor = place.branches ** (-1 / (place.within - 1)) if inside else 1.0
        return VarianceScaling(factor * self.scaling.scale, self.mode)


@dataclass(frozen=True)
class SirenFirst(Initializer, name="siren_first"):
    """Uniform within 1/fan_in: what SIREN draws the first layer from (Sitzmann et al. 2020)."""

    rank = 2
    distribution = "uniform"
    code = {"deviation": "1 / (math.sqrt(3) * fan_in)"}

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / (3 * fan_in**2)


@dataclass(frozen=True)
class Siren(Preset, name="siren"):
    """Uniform within sqrt(6/fan_in)/omega, in the first layer within 1/fan_in (Sitzmann et al. 2020, 3.2).

    For sin(omega h), the activation siren: what a sine then meets has about variance 1 in any layer and width.
    """

    omega: float = setting(30.0, bounds=(0.01, 1000), softbounds=(1, 60), symbol="ω", help="The sine's frequency.")

    distribution = "uniform"

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(2 / self.omega**2, "fan_in", self.distribution)

    def at(self, place: Place) -> Initializer:
        return SirenFirst() if place.layer == 1 else self.scaling
