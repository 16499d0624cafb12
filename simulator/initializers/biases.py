"""The laws that initial biases are drawn from; a bias vector is (fan_out,)."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.settings import Part, setting

Array = NDArray[np.float64]


class Bias(Part):
    """A law of initial biases: entries of one mean and one variance.

    Its `code` is what fills `b` in PyTorch, an initializer in Keras and Flax, a vector (fan_out,) in NumPy.
    """

    def variance(self, fan_in: int) -> float:
        """Var b_i."""
        return 0.0

    @property
    def mean(self) -> float:
        """E b_i."""
        return 0.0

    def second_moment(self, fan_in: int) -> float:
        """E b_i^2."""
        return self.variance(fan_in) + self.mean**2

    @abstractmethod
    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        """Draw a (fan_out,) float64 vector."""

    @property
    def is_zero(self) -> bool:
        """Whether every bias is 0."""
        return False


@dataclass(frozen=True)
class ZeroBias(Bias, name="zeros"):
    """All biases 0."""

    code = {
        "pytorch": "nn.init.zeros_(b)",
        "keras": "initializers.Zeros()",
        "flax": "initializers.zeros",
        "numpy": "np.zeros(fan_out)",
    }

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return np.zeros(fan_out)

    @property
    def is_zero(self) -> bool:
        return True


@dataclass(frozen=True)
class ConstantBias(Bias, name="constant"):
    """All biases equal."""

    value: float = setting(0.1, bounds=(-1000, 1000), softbounds=(-1, 1), symbol="b", help="The value of every bias.")

    code = {
        "pytorch": "nn.init.constant_(b, {value})",
        "keras": "initializers.Constant({value})",
        "flax": "initializers.constant({value})",
        "numpy": "np.full(fan_out, {value})",
    }

    @property
    def mean(self) -> float:
        return self.value

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return np.full(fan_out, self.value)

    @property
    def is_zero(self) -> bool:
        return self.value == 0


@dataclass(frozen=True)
class NormalBias(Bias, name="normal"):
    """Normal with mean 0 and variance std^2."""

    std: float = setting(0.1, bounds=(0, 1000), softbounds=(0, 2), symbol="σ_b", help="Standard deviation of a bias.")

    code = {
        "pytorch": "nn.init.normal_(b, std={std})",
        "keras": "initializers.RandomNormal(stddev={std})",
        "flax": "initializers.normal({std})",
        "numpy": "rng.normal(0, {std}, fan_out)",
    }

    def variance(self, fan_in: int) -> float:
        return self.std**2

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        with np.errstate(under="ignore"):  # a standard deviation near 1e-308 has denormal biases
            return self.std * rng.standard_normal(fan_out)

    @property
    def is_zero(self) -> bool:
        return self.std == 0


@dataclass(frozen=True)
class TorchBias(Bias, name="torch_default"):
    """Uniform on +-1/sqrt(fan_in), variance 1/(3 fan_in): what a PyTorch nn.Linear starts from."""

    code = {
        "pytorch": "bound = 1 / math.sqrt(fan_in)\nnn.init.uniform_(b, -bound, bound)",
        "keras": "bound = 1 / math.sqrt(fan_in)\ninitializers.RandomUniform(-bound, bound)",
        "flax": "bound = 1 / math.sqrt(fan_in)\npartial(jax.random.uniform, minval=-bound, maxval=bound)",
        "numpy": "rng.uniform(-1, 1, fan_out) / math.sqrt(fan_in)",
    }

    def variance(self, fan_in: int) -> float:
        return 1 / (3 * fan_in)

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return (2 * rng.random(fan_out) - 1) / math.sqrt(fan_in)
