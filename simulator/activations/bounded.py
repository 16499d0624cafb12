"""Activations that saturate on both sides: sigmoid, tanh, erf."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.activations.base import Activation, Array
from simulator.activations.tails import decay, half_square, logistic, quiet

_TAIL = 1e-4
"""The slope of tanh below which it is computed from an exponential."""


@dataclass(frozen=True)
class Sigmoid(Activation, name="sigmoid", aliases=("logistic",)):
    """The logistic function 1/(1 + exp(-h)): a tanh moved to (0, 1)."""

    rank = 0
    value_at_zero, odd, turning_points, torch_gain = 0.5, True, (0.0,), 1.0
    code = {
        "pytorch": "torch.sigmoid(h)",
        "keras": "ops.sigmoid(h)",
        "flax": "jax.nn.sigmoid(h)",
        "numpy": "0.5 + 0.5 * np.tanh(h / 2)",
        "numpy_derivative": "a = 0.5 + 0.5 * np.tanh(h / 2)\na * (1 - a)",
    }

    @quiet
    def function(self, h: Array) -> Array:
        return logistic(h)

    @quiet
    def derivative(self, h: Array) -> Array:
        e = decay(h)
        square = e + 1
        square *= square
        e /= square
        return e

    @quiet
    def evaluate(self, h: Array) -> tuple[Array, Array]:
        e = decay(h)
        gate = 1 / (e + 1)
        values = np.maximum(e, np.greater_equal(h, 0))
        values *= gate
        gate *= gate
        gate *= e
        return values, gate

    @quiet
    def centred(self, h: Array) -> Array:
        return np.tanh(h / 2) / 2

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        return np.ones_like(h), special.log_expit(h)

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        return np.ones_like(h), -np.abs(h) - 2 * np.log1p(decay(h))


@dataclass(frozen=True)
class Tanh(Activation, name="tanh"):
    """The hyperbolic tangent."""

    rank = 0
    odd, turning_points, torch_gain = True, (0.0,), 5 / 3
    code = {
        "pytorch": "torch.tanh(h)",
        "keras": "ops.tanh(h)",
        "flax": "jnp.tanh(h)",
        "numpy": "np.tanh(h)",
        "numpy_derivative": "1 - np.tanh(h) ** 2",
    }

    @quiet
    def function(self, h: Array) -> Array:
        return np.tanh(h)

    @quiet
    def derivative(self, h: Array) -> Array:
        e = decay(h)
        e *= e
        square = e + 1
        square *= square
        e *= 4
        e /= square
        return e

    @quiet
    def evaluate(self, h: Array) -> tuple[Array, Array]:
        values = np.tanh(h)
        slopes = values * values
        np.subtract(1, slopes, out=slopes)
        # 1 - tanh^2 is cheap, and as good as sech^2 until the subtraction eats digits in the tails.
        tails = slopes < _TAIL
        if tails.any():
            slopes[tails] = self.derivative(h[tails])
        return values, slopes

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        size = np.minimum(np.abs(h), np.finfo(h.dtype).max / 4)
        return np.ones_like(h), 2 * (math.log(2) - size - np.log1p(decay(2 * np.clip(h, -1e9, 1e9))))


@dataclass(frozen=True)
class Erf(Activation, name="erf"):
    """The error function: a sigmoid shape whose Gaussian averages are elementary (Williams 1997)."""

    odd, turning_points = True, (0.0,)
    code = {
        "pytorch": "torch.erf(h)",
        "keras": "ops.erf(h)",
        "flax": "jax.scipy.special.erf(h)",
        "numpy": "np.vectorize(math.erf, otypes=[float])(h)",
        "numpy_derivative": "2 / math.sqrt(math.pi) * np.exp(-(np.clip(h, -30, 30) ** 2))",
    }

    @quiet
    def function(self, h: Array) -> Array:
        return special.erf(h)

    @quiet
    def derivative(self, h: Array) -> Array:
        out = np.clip(h, -1e18, 1e18)
        out *= out
        np.exp(np.negative(out, out=out), out=out)
        out *= 2 / math.sqrt(math.pi)
        return out

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        return np.ones_like(h), math.log(2 / math.sqrt(math.pi)) - 2 * half_square(h)
