"""Laws whose scale follows the widths: LeCun, Xavier, He, orthogonal, a framework's default."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.initializers.base import DISTRIBUTIONS, Array, Initializer
from simulator.settings import setting

MODES = ("fan_in", "fan_out", "fan_avg")


@dataclass(frozen=True)
class VarianceScaling(Initializer, name="variance_scaling"):
    """Variance scale/fan, fan being fan_in, fan_out or their mean (the family of LeCun, Glorot and He)."""

    scale: float = setting(1.0, bounds=(0, 1e6), softbounds=(0, 4), symbol="s", help="Variance times fan.")
    mode: str = setting("fan_in", choices=MODES, help="Which fan divides the scale.")
    distribution: str = setting("normal", choices=DISTRIBUTIONS, help="The shape of the law; its variance is exact.")

    def variance(self, fan_in: int, fan_out: int) -> float:
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        return self.scale / fan


class Preset(Initializer):
    """A VarianceScaling that has a name of its own."""

    @property
    @abstractmethod
    def scaling(self) -> VarianceScaling:
        """The scale and the fan of the scheme."""

    @lru_cache(maxsize=4096)  # noqa: B019 - schemes are small frozen values, and a run asks once a matrix
    def variance(self, fan_in: int, fan_out: int) -> float:
        return self.scaling.variance(fan_in, fan_out)


class Lecun(Preset):
    """Keeps the forward variance of a linear layer."""

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(1, "fan_in")


@dataclass(frozen=True)
class LecunNormal(Lecun, name="lecun_normal"):
    """Normal with variance 1/fan_in (LeCun et al. 1998)."""

    distribution = "normal"


@dataclass(frozen=True)
class LecunUniform(Lecun, name="lecun_uniform"):
    """Uniform with variance 1/fan_in, bound sqrt(3/fan_in) (LeCun et al. 1998)."""

    distribution = "uniform"


@dataclass(frozen=True)
class LecunTruncated(Lecun, name="lecun_truncated"):
    """Normal cut at 2 standard deviations, variance 1/fan_in after it (Keras lecun_normal)."""

    distribution = "truncated_normal"


class Xavier(Preset):
    """A compromise between the forward and the backward variance of a linear layer."""

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(1, "fan_avg")


@dataclass(frozen=True)
class XavierNormal(Xavier, name="xavier_normal", aliases=("glorot_normal",)):
    """Normal with variance 2/(fan_in + fan_out) (Glorot & Bengio 2010)."""

    distribution = "normal"


@dataclass(frozen=True)
class XavierUniform(Xavier, name="xavier_uniform", aliases=("glorot_uniform", "keras_default")):
    """Uniform with variance 2/(fan_in + fan_out) (Glorot & Bengio 2010; the default of Keras Dense)."""

    distribution = "uniform"


@dataclass(frozen=True)
class XavierTruncated(Xavier, name="xavier_truncated", aliases=("glorot_truncated",)):
    """Normal cut at 2 standard deviations, variance 2/(fan_in + fan_out) after it (Keras glorot_normal)."""

    distribution = "truncated_normal"


@dataclass(frozen=True)
class He(Preset):
    """Keeps the forward (fan_in) or the backward (fan_out) variance of a ReLU or leaky ReLU layer."""

    negative_slope: float = setting(
        0.0, bounds=(-1000, 1000), softbounds=(0, 1), symbol="a", help="Slope of a leaky ReLU below 0; 0 for a ReLU."
    )
    mode: str = setting("fan_in", choices=MODES[:2], help="fan_in keeps the signal, fan_out the gradient.")

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(2 / (1 + self.negative_slope**2), self.mode)


@dataclass(frozen=True)
class HeNormal(He, name="he_normal", aliases=("kaiming_normal",)):
    """Normal with variance 2/((1 + negative_slope^2) fan_in) (He et al. 2015)."""

    distribution = "normal"


@dataclass(frozen=True)
class HeUniform(He, name="he_uniform", aliases=("kaiming_uniform",)):
    """Uniform with variance 2/((1 + negative_slope^2) fan_in), bound sqrt(6/fan_in) for a ReLU (He et al. 2015)."""

    distribution = "uniform"


@dataclass(frozen=True)
class HeTruncated(He, name="he_truncated", aliases=("kaiming_truncated",)):
    """Normal cut at 2 standard deviations, variance 2/((1 + negative_slope^2) fan_in) after it (Keras he_normal)."""

    distribution = "truncated_normal"


@dataclass(frozen=True)
class Orthogonal(Initializer, name="orthogonal"):
    """Random (semi-)orthogonal, E W_ij^2 = 1/max(fan_in, fan_out) (Saxe et al. 2014)."""

    distribution = "orthogonal"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / max(fan_in, fan_out)

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        normals = rng.standard_normal((fan_out, fan_in))
        tall = normals if fan_out >= fan_in else normals.T
        q, r = np.linalg.qr(tall)
        # A QR factor is Haar-distributed only once its signs are tied to R's diagonal (Mezzadri 2007).
        q *= np.copysign(1.0, r.diagonal())
        return np.ascontiguousarray(q if fan_out >= fan_in else q.T)


@dataclass(frozen=True)
class TorchDefault(Initializer, name="torch_default"):
    """Uniform on +-1/sqrt(fan_in), variance 1/(3 fan_in): what a PyTorch nn.Linear starts from."""

    distribution = "uniform"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / (3 * fan_in)
