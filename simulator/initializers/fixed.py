"""Laws of fixed scale, whatever the widths."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.initializers.base import TRUNCATED_DEVIATION, TRUNCATED_NORMALS, Array, Initializer
from simulator.settings import setting

_SHIFTED = {
    "pytorch": "nn.init.normal_(w, {mean}, {std})",
    "keras": "initializers.RandomNormal({mean}, {std})",
    "flax": "(lambda *given: {mean} + {std} * jax.random.normal(*given))",
    "numpy": "rng.normal({mean}, {std}, (fan_out, fan_in))",
}
"""A normal law with a mean of its own."""


@dataclass(frozen=True)
class Zeros(Initializer, name="zeros"):
    """All weights 0: no signal and no gradient passes."""

    distribution = "constant"
    code = {
        "pytorch": "nn.init.zeros_(w)",
        "keras": "initializers.Zeros()",
        "flax": "initializers.zeros",
        "numpy": "np.zeros((fan_out, fan_in))",
    }

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return 0.0

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return np.zeros((fan_out, fan_in))


@dataclass(frozen=True)
class Constant(Initializer, name="constant"):
    """All weights equal, so all units of a layer stay equal (the symmetry that random weights break)."""

    value: float = setting(0.1, bounds=(-1000, 1000), softbounds=(-1, 1), symbol="w", help="The value of every weight.")

    distribution = "constant"
    code = {
        "pytorch": "nn.init.constant_(w, {value})",
        "keras": "initializers.Constant({value})",
        "flax": "initializers.constant({value})",
        "numpy": "np.full((fan_out, fan_in), {value})",
    }

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return abs(self.value)

    @property
    def mean(self) -> float:
        return self.value

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return np.full((fan_out, fan_in), self.value)


@dataclass(frozen=True)
class Normal(Initializer, name="normal"):
    """Normal with a fixed standard deviation, whatever the width: variance std^2."""

    std: float = setting(1.0, bounds=(0, 1000), softbounds=(0, 2), symbol="σ", help="Standard deviation of a weight.")

    mean: float = setting(0.0, bounds=(-1000, 1000), softbounds=(-1, 1), help="Mean of a weight.")

    distribution = "normal"
    code = {"deviation": "{std}"}

    def code_in(self, framework: str, **fields: object) -> str:
        shifted = _SHIFTED.get(framework, "").format(mean=self.mean, std=self.std)
        return shifted if self.mean else super().code_in(framework, **fields)

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return math.hypot(self.std, self.mean)

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        if not self.mean:
            return super().sample(rng, fan_out, fan_in)
        return self.mean + self.std * rng.standard_normal((fan_out, fan_in))

    @property
    def gaussian(self) -> bool:
        return not self.mean


@dataclass(frozen=True)
class Uniform(Initializer, name="uniform"):
    """Uniform on [-bound, bound], whatever the width: variance bound^2/3."""

    bound: float = setting(1.0, bounds=(0, 1000), softbounds=(0, 2), symbol="a", help="Largest absolute weight.")

    distribution = "uniform"
    code = {
        "pytorch": "nn.init.uniform_(w, -{bound}, {bound})",
        "keras": "initializers.RandomUniform(-{bound}, {bound})",
        "flax": "partial(jax.random.uniform, minval=-{bound}, maxval={bound})",
        "numpy": "rng.uniform(-{bound}, {bound}, (fan_out, fan_in))",
    }

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return self.bound / math.sqrt(3)


@dataclass(frozen=True)
class TruncatedNormal(Initializer, name="truncated_normal"):
    """Normal with standard deviation std, redrawn beyond 2 std: variance 0.7737 std^2 (Keras TruncatedNormal)."""

    std: float = setting(
        0.05, bounds=(0, 1000), softbounds=(0, 2), symbol="σ", help="Standard deviation before the cut at two of them."
    )

    distribution = "truncated_normal"
    code = {
        "pytorch": "nn.init.trunc_normal_(w, std={std}, a=-2 * {std}, b=2 * {std})",
        "keras": "initializers.TruncatedNormal(stddev={std})",
        "flax": "initializers.truncated_normal({std})",
        "numpy": f"{TRUNCATED_NORMALS}{{std}} * draws",
    }

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return TRUNCATED_DEVIATION * self.std
