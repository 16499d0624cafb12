"""Activations that are their input times a gate: GELU, SiLU."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.activations.base import Activation, Array
from simulator.activations.tails import ROOT_2_PI, bell, half_square, log_or_inf, logistic, quiet


@dataclass(frozen=True)
class GELU(Activation, name="gelu"):
    """h times the standard normal distribution function (Hendrycks & Gimpel 2016)."""

    turning_points = (-math.sqrt(2), -0.7517915246935645, math.sqrt(2))
    code = {
        "pytorch": "F.gelu(h)",
        "keras": "ops.gelu(h, approximate=False)",
        "flax": "jax.nn.gelu(h, approximate=False)",
        "numpy": "h * (0.5 + 0.5 * np.vectorize(math.erf, otypes=[float])(h / math.sqrt(2)))",
        "numpy_derivative": (
            "share = 0.5 + 0.5 * np.vectorize(math.erf, otypes=[float])(h / math.sqrt(2))\n"
            "share + h * np.exp(-(np.clip(h, -40, 40) ** 2) / 2) / math.sqrt(2 * math.pi)"
        ),
    }
    slopes_at_infinity = (0.0, 1.0)

    @quiet
    def function(self, h: Array) -> Array:
        out = special.ndtr(h)
        out *= h
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        out = np.clip(h, -1e18, 1e18)
        out *= bell(h)
        out += special.ndtr(h)
        return out

    @quiet
    def evaluate(self, h: Array) -> tuple[Array, Array]:
        values = special.ndtr(h)
        slopes = np.clip(h, -1e18, 1e18)
        slopes *= bell(h)
        slopes += values
        values *= h
        return values, slopes

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        return np.sign(h), log_or_inf(np.abs(h)) + special.log_ndtr(np.maximum(h, -1e18))

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        # left of zero phi' is the density times (Mills' ratio + h)
        left = ROOT_2_PI / 2 * special.erfcx(np.maximum(-h, 0) / math.sqrt(2)) + np.minimum(h, 0)
        factor = np.where(h < 0, left, self.derivative(h))
        log_bell = np.where(h < 0, -half_square(h) - math.log(ROOT_2_PI), 0)
        return np.sign(factor), log_or_inf(np.abs(factor)) + log_bell


@dataclass(frozen=True)
class GELUTanh(Activation, name="gelu_tanh"):
    """The GELU with a tanh in place of the normal distribution function, as GPT-2 uses it."""

    turning_points = (-1.4185040087908285, -0.7524614220710163, 1.4185040087908285)
    code = {
        "pytorch": 'F.gelu(h, approximate="tanh")',
        "keras": "ops.gelu(h, approximate=True)",
        "flax": "jax.nn.gelu(h, approximate=True)",
        "numpy": "h * (0.5 + 0.5 * np.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))",
        "numpy_derivative": (
            "t = np.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3))\n"
            "slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * h**2)\n"
            "0.5 + 0.5 * t + 0.5 * h * (1 - t**2) * slope"
        ),
    }
    slopes_at_infinity = (0.0, 1.0)

    @quiet
    def function(self, h: Array) -> Array:
        out = logistic(_cubic(h))
        out *= h
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        gate = logistic(_cubic(h))
        out = 1 - gate
        out *= _cubic_slope(h)
        out += 1
        out *= gate
        return out

    @quiet
    def evaluate(self, h: Array) -> tuple[Array, Array]:
        gate = logistic(_cubic(h))
        slopes = 1 - gate
        slopes *= _cubic_slope(h)
        slopes += 1
        slopes *= gate
        gate *= h
        return gate, slopes

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        return np.sign(h), log_or_inf(np.abs(h)) + special.log_expit(_cubic(h))

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        factor = 1 + _cubic_slope(h) * logistic(-_cubic(h))
        return np.sign(factor), log_or_inf(np.abs(factor)) + special.log_expit(_cubic(h))


def _cubic(h: Array) -> Array:
    """2 sqrt(2/pi) (h + 0.044715 h^3), held where it would overflow."""
    held = np.clip(h, -1e12, 1e12)
    out = held * held
    out *= 0.044715
    out += 1
    out *= held
    out *= 4 / ROOT_2_PI
    return out


def _cubic_slope(h: Array) -> Array:
    """h times the derivative of `_cubic`, held where it would overflow."""
    held = np.clip(h, -1e12, 1e12)
    out = held * held
    out *= 3 * 0.044715
    out += 1
    out *= held
    out *= 4 / ROOT_2_PI
    return out


@dataclass(frozen=True)
class SiLU(Activation, name="silu", aliases=("swish",)):
    """h times the logistic function of h (Elfwing et al. 2018)."""

    turning_points = (-2.3993572805154675, -1.278464542761074, 2.3993572805154675)
    code = {
        "pytorch": "F.silu(h)",
        "keras": "ops.silu(h)",
        "flax": "jax.nn.silu(h)",
        "numpy": "h * (0.5 + 0.5 * np.tanh(h / 2))",
        "numpy_derivative": "gate = 0.5 + 0.5 * np.tanh(h / 2)\ngate * (1 + h * (1 - gate))",
    }
    slopes_at_infinity = (0.0, 1.0)

    @quiet
    def function(self, h: Array) -> Array:
        out = logistic(h)
        out *= h
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        gate = logistic(h)
        out = 1 - gate
        out *= h
        out += 1
        out *= gate
        return out

    @quiet
    def evaluate(self, h: Array) -> tuple[Array, Array]:
        gate = logistic(h)
        slopes = 1 - gate
        slopes *= h
        slopes += 1
        slopes *= gate
        gate *= h
        return gate, slopes

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        return np.sign(h), log_or_inf(np.abs(h)) + special.log_expit(h)

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        factor = 1 + h * logistic(-h)
        return np.sign(factor), log_or_inf(np.abs(factor)) + special.log_expit(h)
