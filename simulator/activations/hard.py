"""Activations made of straight pieces, or of a parabola between two: cheap stand-ins for smooth ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.activations.base import Activation, Array
from simulator.activations.rectified import LeakyReLU
from simulator.activations.tails import log_or_inf, quiet
from simulator.settings import setting


class _Clipped(Activation):
    """Straight between two kinks, constant beyond them."""

    rank = 2
    low: float
    high: float
    bottom: float = 0.0
    slope: float = 1.0

    @quiet
    def function(self, h: Array) -> Array:
        out = np.clip(h, self.low, self.high)
        out -= self.low
        out *= self.slope
        out += self.bottom
        return out

    def derivative(self, h: Array) -> Array:
        return (np.greater(h, self.low) & np.less(h, self.high)).astype(h.dtype) * h.dtype.type(self.slope)

    @quiet
    def centred(self, h: Array) -> Array:
        out = np.clip(h, self.low, self.high)
        out *= self.slope
        return out


@dataclass(frozen=True)
class HardTanh(_Clipped, name="hardtanh"):
    """The tanh in straight pieces: h held in [-1, 1] (Collobert 2004)."""

    low, high, bottom = -1.0, 1.0, -1.0
    odd, kinks, turning_points = True, (-1.0, 1.0), (-1.0, 1.0)
    code = {
        "pytorch": "F.hardtanh(h)",
        "keras": "ops.hard_tanh(h)",
        "flax": "jax.nn.hard_tanh(h)",
        "numpy": "np.clip(h, -1, 1)",
        "numpy_derivative": "np.where(np.abs(h) < 1, 1.0, 0.0)",
    }

    def function(self, h: Array) -> Array:
        return np.clip(h, -1, 1)


@dataclass(frozen=True)
class HardSigmoid(_Clipped, name="hardsigmoid", aliases=("hard_sigmoid",)):
    """The sigmoid in straight pieces: (h + 3)/6 held in [0, 1] (Howard et al. 2019)."""

    low, high, slope, value_at_zero = -3.0, 3.0, 1 / 6, 0.5
    odd, kinks, turning_points = True, (-3.0, 3.0), (-3.0, 3.0)
    code = {
        "pytorch": "F.hardsigmoid(h)",
        "keras": "ops.hard_sigmoid(h)",
        "flax": "jax.nn.hard_sigmoid(h)",
        "numpy": "np.clip(h / 6 + 0.5, 0, 1)",
        "numpy_derivative": "np.where(np.abs(h) < 3, 1 / 6, 0.0)",
    }


@dataclass(frozen=True)
class ReLU6(_Clipped, name="relu6"):
    """A rectifier that ends at 6: h held in [0, 6] (Krizhevsky 2010)."""

    low, high = 0.0, 6.0
    rectifier, kinks, turning_points = True, (0.0, 6.0), (0.0, 6.0)
    slopes_at_zero = (0.0, 1.0)
    code = {
        "pytorch": "F.relu6(h)",
        "keras": "ops.relu6(h)",
        "flax": "jax.nn.relu6(h)",
        "numpy": "np.clip(h, 0, 6)",
        "numpy_derivative": "np.where((h > 0) & (h < 6), 1.0, 0.0)",
    }


@dataclass(frozen=True)
class PReLU(LeakyReLU, name="prelu"):
    """A leaky ReLU whose slope is learnt, as it begins: 1/4 (He et al. 2015)."""

    rank = 2
    negative_slope: float = setting(0.25, bounds=(0, 1), softbounds=(0, 0.5), help="Slope left of zero.", symbol="a")


@dataclass(frozen=True)
class HardSwish(Activation, name="hardswish", aliases=("hard_swish", "hard_silu")):
    """The SiLU in pieces: h times hardsigmoid of h (Howard et al. 2019)."""

    rank = 2
    kinks, turning_points, slopes_at_infinity = (-3.0, 3.0), (-3.0, -1.5, 3.0), (0.0, 1.0)
    code = {
        "pytorch": "F.hardswish(h)",
        "keras": "ops.hard_silu(h)",
        "flax": "jax.nn.hard_swish(h)",
        "numpy": "h * np.clip(h / 6 + 0.5, 0, 1)",
        "numpy_derivative": "np.where(h >= 3, 1.0, np.where(h > -3, h / 3 + 0.5, 0.0))",
    }

    @quiet
    def function(self, h: Array) -> Array:
        out = np.clip(h, -3, 3)
        out += 3
        out /= 6
        out *= h
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        inside = np.clip(h, -3, 3) / 3 + h.dtype.type(0.5)
        return np.where(h >= 3, 1, np.where(h <= -3, 0, inside)).astype(h.dtype)

    @property
    def sup_derivative(self) -> float:
        return 1.5  # just left of 3

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        gate = (np.clip(h, -3, 3) + 3) / 6
        return np.sign(h) * np.sign(gate), log_or_inf(np.abs(h)) + log_or_inf(gate)
