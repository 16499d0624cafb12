"""Smooth activations beside those that every course has: Mish, quick GELU, CELU, softsign, log-sigmoid, squareplus."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.activations.base import Activation, Array
from simulator.activations.gated import SiLU
from simulator.activations.rectified import Softplus
from simulator.activations.tails import decay, log_or_inf, logistic, quiet
from simulator.settings import setting

_STEEP = 1.702
"""The factor with which a logistic function comes nearest to a normal distribution's."""


@dataclass(frozen=True)
class Mish(Activation, name="mish"):
    """h times tanh of softplus of h (Misra 2020)."""

    rank = 2
    turning_points = (-2.2563763963607931, -1.1924312145154952, 1.4905711794854285)
    code = {
        "pytorch": "F.mish(h)",
        "keras": "h * ops.tanh(ops.softplus(h))",
        "flax": "jax.nn.mish(h)",
        "numpy": "h * np.tanh(np.logaddexp(0, h))",
        "numpy_derivative": "t = np.tanh(np.logaddexp(0, h))\nt + h * (1 - t**2) * (0.5 + 0.5 * np.tanh(h / 2))",
    }
    slopes_at_infinity = (0.0, 1.0)

    @quiet
    def function(self, h: Array) -> Array:
        return h * _gate(h)[0]

    @quiet
    def derivative(self, h: Array) -> Array:
        return self.evaluate(h)[1]

    @quiet
    def evaluate(self, h: Array) -> tuple[Array, Array]:
        gate, rest = _gate(h)
        slopes = rest * (1 + gate)
        slopes *= logistic(h)
        slopes *= h
        slopes += gate
        return h * gate, slopes

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        return np.sign(h), log_or_inf(np.abs(h)) + _log_gate(h)

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        # gate (1 + h (1 - gate^2) sigmoid / gate), whose last factor is finite in both tails
        gate, rest = _gate(h)
        e = np.exp(np.minimum(h, 0))
        over = np.where(h < 0, (1 / (1 + e)) * (e * (e + 2) + 2) / (e + 2), logistic(h) / np.maximum(gate, 0.1))
        factor = 1 + h * (rest * (1 + gate)) * over
        return np.sign(factor), log_or_inf(np.abs(factor)) + _log_gate(h)


def _gate(h: Array) -> tuple[Array, Array]:
    """tanh(log(1 + exp(h))) and one minus it, each precise where it is small."""
    e = decay(h)
    below = e * (e + 2)  # h < 0: (1 + e)^2 - 1
    above = 1 + 2 * e
    square = e * e
    gate = np.where(h < 0, below / (below + 2), above / (above + 2 * square))
    rest = np.where(h < 0, 2 / (below + 2), 2 * square / (above + 2 * square))
    return gate, rest


def _log_gate(h: Array) -> Array:
    e = decay(h)
    left = np.minimum(h, 0) + np.log((e + 2) / (e * (e + 2) + 2))
    return np.where(h < 0, left, log_or_inf(_gate(h)[0]))


@dataclass(frozen=True)
class QuickGELU(Activation, name="quick_gelu"):
    """h times the logistic function of 1.702 h: the GELU of CLIP (Hendrycks & Gimpel 2016)."""

    rank = 2
    turning_points = (-1.4097281319127306, -0.751154255441289, 1.4097281319127306)
    code = {
        "pytorch": "h * torch.sigmoid(1.702 * h)",
        "keras": "h * ops.sigmoid(1.702 * h)",
        "flax": "h * jax.nn.sigmoid(1.702 * h)",
        "numpy": "h * (0.5 + 0.5 * np.tanh(0.851 * h))",
        "numpy_derivative": "gate = 0.5 + 0.5 * np.tanh(0.851 * h)\ngate * (1 + 1.702 * h * (1 - gate))",
    }
    slopes_at_infinity = (0.0, 1.0)

    @quiet
    def function(self, h: Array) -> Array:
        out = logistic(_steep(h))
        out *= h
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        return SiLU().derivative(_steep(h))

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        return np.sign(h), log_or_inf(np.abs(h)) + special.log_expit(_steep(h))

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        return SiLU().log_derivative(_steep(h))


def _steep(h: Array) -> Array:
    """1.702 h, held where it would overflow."""
    limit = np.finfo(h.dtype).max / 2
    return np.clip(h, -limit, limit) * h.dtype.type(_STEEP)


@dataclass(frozen=True)
class CELU(Activation, name="celu"):
    """An ELU whose slope does not jump at zero: h, or alpha (exp(h / alpha) - 1) left of it (Barron 2017)."""

    rank = 2
    kinks, turning_points = (0.0,), (0.0,)

    alpha: float = setting(1.0, bounds=(1e-2, 100), softbounds=(0.1, 2), help="Depth of the floor.", symbol="alpha")

    code = {
        "pytorch": "F.celu(h, {alpha})",
        "keras": "ops.celu(h, alpha={alpha})",
        "flax": "jax.nn.celu(h, {alpha})",
        "numpy": "np.where(h > 0, h, {alpha} * np.expm1(np.minimum(h, 0) / {alpha}))",
        "numpy_derivative": "np.exp(np.minimum(h, 0) / {alpha})",
    }
    slopes_at_infinity = (0.0, 1.0)

    @quiet
    def function(self, h: Array) -> Array:
        out = np.expm1(self._left(h))
        out *= self.alpha
        out += np.maximum(h, 0)
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        out: Array = np.exp(self._left(h))
        return out

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        return np.ones_like(h), self._left(h)

    def _left(self, h: Array) -> Array:
        """h / alpha left of zero, held where it would overflow."""
        out = np.clip(h, -np.finfo(h.dtype).max * min(1.0, self.alpha) / 2, 0)
        out /= self.alpha
        return out


@dataclass(frozen=True)
class SoftSign(Activation, name="softsign", aliases=("soft_sign",)):
    """h / (1 + |h|): a sigmoid shape with slow tails (Bergstra et al. 2009)."""

    rank = 2
    odd, kinks, turning_points = True, (0.0,), (0.0,)
    code = {
        "pytorch": "F.softsign(h)",
        "keras": "ops.softsign(h)",
        "flax": "jax.nn.soft_sign(h)",
        "numpy": "h / (1 + np.abs(h))",
        "numpy_derivative": "1 / (1 + np.abs(h)) ** 2",
    }

    @quiet
    def function(self, h: Array) -> Array:
        out: Array = h / (1 + np.abs(h))
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        out = 1 / (1 + np.abs(h))
        out *= out
        return out

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        return np.ones_like(h), -2 * np.log1p(np.abs(h))


@dataclass(frozen=True)
class LogSigmoid(Activation, name="logsigmoid", aliases=("log_sigmoid",)):
    """The logarithm of the logistic function: a softplus, turned round."""

    rank = 2
    value_at_zero, slopes_at_infinity = -math.log(2), (1.0, 0.0)
    code = {
        "pytorch": "F.logsigmoid(h)",
        "keras": "ops.log_sigmoid(h)",
        "flax": "jax.nn.log_sigmoid(h)",
        "numpy": "-np.logaddexp(0, -h)",
        "numpy_derivative": "0.5 - 0.5 * np.tanh(h / 2)",
    }

    def function(self, h: Array) -> Array:
        return -Softplus().function(-h)

    def derivative(self, h: Array) -> Array:
        return Softplus().derivative(-h)

    def centred(self, h: Array) -> Array:
        return -Softplus().centred(-h)

    def log_function(self, h: Array) -> tuple[Array, Array]:
        sign, log = Softplus().log_function(-h)
        return -sign, log

    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        return Softplus().log_derivative(-h)


@dataclass(frozen=True)
class Squareplus(Activation, name="squareplus"):
    """A softplus without exponentials: (h + root(h^2 + b)) / 2 (Barron 2021)."""

    rank = 2
    slopes_at_infinity = (0.0, 1.0)

    b: float = setting(4.0, bounds=(1e-6, 1e3), softbounds=(0.1, 10), help="Four times the square of the value at 0.")

    code = {
        "pytorch": "0.5 * (h + torch.sqrt(h * h + {b}))",
        "keras": "ops.squareplus(h, {b})",
        "flax": "jax.nn.squareplus(h, {b})",
        "numpy": "0.5 * (h + np.sqrt(h * h + {b}))",
        "numpy_derivative": "0.5 * (1 + h / np.sqrt(h * h + {b}))",
    }

    @property
    def value_at_zero(self) -> float:  # type: ignore[override]
        return math.sqrt(self.b) / 2

    @quiet
    def function(self, h: Array) -> Array:
        half, root = self._halves(h)
        # Left of zero by the other root: the two would cancel.
        return np.where(h < 0, self.b / 4 / (root - np.minimum(half, 0)), half + root)

    @quiet
    def derivative(self, h: Array) -> Array:
        half, root = self._halves(h)
        return np.where(h < 0, self.b / 8 / root / (root - np.minimum(half, 0)), (1 + half / root) / 2)

    @quiet
    def centred(self, h: Array) -> Array:
        half, root = self._halves(h)
        start = h.dtype.type(math.sqrt(self.b) / 2)
        return half + half * (half / (root + start))

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        half, root = self._halves(h)
        left = math.log(self.b / 8) - np.log(root) - np.log(root - np.minimum(half, 0))
        return np.ones_like(h), np.where(h < 0, left, np.log((1 + np.maximum(half, 0) / root) / 2))

    def _halves(self, h: Array) -> tuple[Array, Array]:
        """h/2 and root(h^2 + b)/2."""
        half: Array = h / 2
        root: Array = np.hypot(half, h.dtype.type(math.sqrt(self.b) / 2))
        return half, root
