"""Laws whose scale follows the widths: LeCun, Xavier, He, orthogonal, a framework's default."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.initializers.base import DISTRIBUTIONS, Array, Initializer
from simulator.initializers.fixed import Zeros
from simulator.settings import setting

MODES = ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")

_CODE = {
    "keras": 'initializers.VarianceScaling({scaling.scale}, "{scaling.mode}", "{scaling.shape_in_keras}")',
    "flax": 'initializers.variance_scaling({scaling.scale}, "{scaling.mode}", "{scaling.distribution}")',
    "deviation": "math.sqrt({scaling.scale} / {scaling.fan})",
}
"""Two frameworks have the whole family under one name."""


@dataclass(frozen=True)
class VarianceScaling(Initializer, name="variance_scaling"):
    """Variance scale/fan, fan being fan_in, fan_out or a mean of both (the family of LeCun, Glorot and He)."""

    scale: float = setting(1.0, bounds=(0, 1e6), softbounds=(0, 4), symbol="s", help="Variance times fan.")
    mode: str = setting("fan_in", choices=MODES, help="Which fan divides the scale.")
    distribution: str = setting("normal", choices=DISTRIBUTIONS, help="The shape of the law; its variance is exact.")

    code = _CODE

    def variance(self, fan_in: int, fan_out: int) -> float:
        means = {"fan_avg": (fan_in + fan_out) / 2, "fan_geo_avg": math.sqrt(fan_in * fan_out)}
        return self.scale / {"fan_in": fan_in, "fan_out": fan_out, **means}[self.mode]

    def code_in(self, framework: str, **fields: object) -> str:
        if framework == "keras" and self.mode == "fan_geo_avg":
            return ""  # JAX alone has it
        # Keras refuses a scale of 0.
        return super().code_in(framework, **fields) if self.scale else Zeros().code_in(framework)

    @property
    def law(self) -> str:
        return f"{2 * self.scale:.3g}/(nᵢₙ+nₒᵤₜ)" if self.mode == "fan_avg" else super().law

    @property
    def scaling(self) -> VarianceScaling:
        """Itself, as a preset has one."""
        return self

    @property
    def fan(self) -> str:
        """Which fan divides the scale, as a formula."""
        means = {"fan_avg": "((fan_in + fan_out) / 2)", "fan_geo_avg": "math.sqrt(fan_in * fan_out)"}
        return means.get(self.mode, self.mode)

    @property
    def shape_in_keras(self) -> str:
        """The distribution's name in Keras, whose "normal" is cut at two deviations."""
        return "untruncated_normal" if self.distribution == "normal" else self.distribution


class Preset(Initializer):
    """A VarianceScaling that has a name of its own."""

    code = _CODE

    @property
    @abstractmethod
    def scaling(self) -> VarianceScaling:
        """The scale and the fan of the scheme."""

    @property
    def law(self) -> str:
        return self.scaling.law

    @lru_cache(maxsize=4096)  # noqa: B019 - schemes are small frozen values, and a run asks once a matrix
    def variance(self, fan_in: int, fan_out: int) -> float:
        return self.scaling.variance(fan_in, fan_out)


class Lecun(Preset):
    """Keeps the forward variance of a linear layer."""

    code = _CODE | {"deviation": "math.sqrt(1 / fan_in)"}

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(1, "fan_in", self.distribution)


@dataclass(frozen=True)
class LecunNormal(Lecun, name="lecun_normal"):
    """Normal with variance 1/fan_in (LeCun et al. 1998)."""

    distribution = "normal"
    code = Lecun.code | {"pytorch": 'nn.init.kaiming_normal_(w, nonlinearity="linear")'}


@dataclass(frozen=True)
class LecunUniform(Lecun, name="lecun_uniform"):
    """Uniform with variance 1/fan_in, bound sqrt(3/fan_in) (LeCun et al. 1998)."""

    distribution = "uniform"
    code = Lecun.code | {
        "pytorch": 'nn.init.kaiming_uniform_(w, nonlinearity="linear")',
        "keras": "initializers.LecunUniform()",
        "flax": "initializers.lecun_uniform()",
    }


@dataclass(frozen=True)
class LecunTruncated(Lecun, name="lecun_truncated"):
    """Normal cut at 2 standard deviations, variance 1/fan_in after it (Keras lecun_normal)."""

    distribution = "truncated_normal"
    code = Lecun.code | {"keras": "initializers.LecunNormal()", "flax": "initializers.lecun_normal()"}


class Xavier(Preset):
    """A compromise between the forward and the backward variance of a linear layer."""

    code = _CODE | {"deviation": "math.sqrt(2 / (fan_in + fan_out))"}

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(1, "fan_avg", self.distribution)


@dataclass(frozen=True)
class XavierNormal(Xavier, name="xavier_normal", aliases=("glorot_normal",)):
    """Normal with variance 2/(fan_in + fan_out) (Glorot & Bengio 2010)."""

    distribution = "normal"
    code = Xavier.code | {"pytorch": "nn.init.xavier_normal_(w)"}


@dataclass(frozen=True)
class XavierUniform(Xavier, name="xavier_uniform", aliases=("glorot_uniform", "keras_default")):
    """Uniform with variance 2/(fan_in + fan_out) (Glorot & Bengio 2010; the default of Keras Dense)."""

    distribution = "uniform"
    code = Xavier.code | {
        "pytorch": "nn.init.xavier_uniform_(w)",
        "keras": "initializers.GlorotUniform()",
        "flax": "initializers.glorot_uniform()",
    }


@dataclass(frozen=True)
class XavierTruncated(Xavier, name="xavier_truncated", aliases=("glorot_truncated",)):
    """Normal cut at 2 standard deviations, variance 2/(fan_in + fan_out) after it (Keras glorot_normal)."""

    distribution = "truncated_normal"
    code = Xavier.code | {"keras": "initializers.GlorotNormal()", "flax": "initializers.glorot_normal()"}


@dataclass(frozen=True)
class He(Preset):
    """Keeps the forward (fan_in) or the backward (fan_out) variance of a ReLU or leaky ReLU layer."""

    negative_slope: float = setting(
        0.0, bounds=(-1000, 1000), softbounds=(0, 1), symbol="a", help="Slope of a leaky ReLU below 0; 0 for a ReLU."
    )
    mode: str = setting("fan_in", choices=MODES[:2], help="fan_in keeps the signal, fan_out the gradient.")

    code = _CODE | {"deviation()": "math.sqrt(2 / fan_in)"}

    @property
    def scaling(self) -> VarianceScaling:
        return VarianceScaling(2 / (1 + self.negative_slope**2), self.mode, self.distribution)


@dataclass(frozen=True)
class HeNormal(He, name="he_normal", aliases=("kaiming_normal",)):
    """Normal with variance 2/((1 + negative_slope^2) fan_in) (He et al. 2015)."""

    distribution = "normal"
    code = He.code | {
        "pytorch()": 'nn.init.kaiming_normal_(w, nonlinearity="relu")',
        "pytorch": 'nn.init.kaiming_normal_(w, a={negative_slope}, mode="{mode}", nonlinearity="leaky_relu")',
    }


@dataclass(frozen=True)
class HeUniform(He, name="he_uniform", aliases=("kaiming_uniform",)):
    """Uniform with variance 2/((1 + negative_slope^2) fan_in), bound sqrt(6/fan_in) for a ReLU (He et al. 2015)."""

    distribution = "uniform"
    code = He.code | {
        "pytorch()": 'nn.init.kaiming_uniform_(w, nonlinearity="relu")',
        "pytorch": 'nn.init.kaiming_uniform_(w, a={negative_slope}, mode="{mode}", nonlinearity="leaky_relu")',
        "keras()": "initializers.HeUniform()",
        "flax()": "initializers.he_uniform()",
    }


@dataclass(frozen=True)
class HeTruncated(He, name="he_truncated", aliases=("kaiming_truncated",)):
    """Normal cut at 2 standard deviations, variance 2/((1 + negative_slope^2) fan_in) after it (Keras he_normal)."""

    distribution = "truncated_normal"
    code = He.code | {"keras()": "initializers.HeNormal()", "flax()": "initializers.he_normal()"}


@dataclass(frozen=True)
class Orthogonal(Initializer, name="orthogonal"):
    """Random (semi-)orthogonal, E W_ij^2 = 1/max(fan_in, fan_out) (Saxe et al. 2014)."""

    distribution = "orthogonal"
    code = {
        "pytorch": "nn.init.orthogonal_(w)",
        "keras": "initializers.Orthogonal()",
        "flax": "initializers.orthogonal()",
        "numpy": (
            "q, r = np.linalg.qr(rng.standard_normal((max(fan_out, fan_in), min(fan_out, fan_in))))\n"
            "q *= np.copysign(1.0, np.diag(r))  # uniform among orthogonal matrices (Mezzadri 2007)\n"
            "q if fan_out >= fan_in else q.T"
        ),
    }

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
    code = {
        "pytorch": "nn.init.kaiming_uniform_(w, a=math.sqrt(5))  # what nn.Linear does by itself",
        "keras": 'initializers.VarianceScaling(1 / 3, "fan_in", "uniform")',
        "flax": 'initializers.variance_scaling(1 / 3, "fan_in", "uniform")',
        "numpy": "rng.uniform(-1, 1, (fan_out, fan_in)) / math.sqrt(fan_in)",
    }

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / (3 * fan_in)
