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
    """A law of initial biases: entries of one mean and one variance."""

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
class Zeros(Bias, name="zeros"):
    """All biases 0."""

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return np.zeros(fan_out)

    @property
    def is_zero(self) -> bool:
        return True


@dataclass(frozen=True)
class Constant(Bias, name="constant"):
    """All biases equal."""

    value: float = setting(0.1, bounds=(-1000, 1000), softbounds=(-1, 1), symbol="b", help="The value of every bias.")

    @property
    def mean(self) -> float:
        return self.value

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return np.full(fan_out, self.value)

    @property
    def is_zero(self) -> bool:
        return self.value == 0


@dataclass(frozen=True)
class Normal(Bias, name="normal"):
    """Normal with mean 0 and variance std^2."""

    std: float = setting(0.1, bounds=(0, 1000), softbounds=(0, 2), symbol="σ_b", help="Standard deviation of a bias.")

    def variance(self, fan_in: int) -> float:
        return self.std**2

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        with np.errstate(under="ignore"):  # a standard deviation near 1e-308 has denormal biases
            return self.std * rng.standard_normal(fan_out)

    @property
    def is_zero(self) -> bool:
        return self.std == 0


@dataclass(frozen=True)
class TorchDefault(Bias, name="torch_default"):
    """Uniform on +-1/sqrt(fan_in), variance 1/(3 fan_in): what a PyTorch nn.Linear starts from."""

    def variance(self, fan_in: int) -> float:
        return 1 / (3 * fan_in)

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return (2 * rng.random(fan_out) - 1) / math.sqrt(fan_in)
