"""Activations that follow their input on the right: linear, the ReLU family, softplus."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.activations.base import Activation, Array, Pair
from simulator.activations.tails import decay, log_or_inf, logistic, quiet
from simulator.settings import setting


@dataclass(frozen=True)
class Linear(Activation, name="linear", aliases=("identity", "none")):
    """The identity: phi(h) = h."""

    homogeneous, odd = True, True
    slopes_at_infinity, torch_gain = (1.0, 1.0), 1.0
    code = {"pytorch": "h", "keras": "h", "flax": "h", "numpy": "h", "numpy_derivative": "np.ones_like(h)"}

    def function(self, h: Array) -> Array:
        return np.array(h)

    def derivative(self, h: Array) -> Array:
        return np.ones_like(h)


@dataclass(frozen=True)
class ReLU(Activation, name="relu"):
    """The rectified linear unit: max(h, 0)."""

    rank = 0
    homogeneous, rectifier, kinks, turning_points = True, True, (0.0,), (0.0,)
    slopes_at_zero, slopes_at_infinity, torch_gain = (0.0, 1.0), (0.0, 1.0), math.sqrt(2)
    code = {
        "pytorch": "F.relu(h)",
        "keras": "ops.relu(h)",
        "flax": "jax.nn.relu(h)",
        "numpy": "np.maximum(h, 0)",
        "numpy_derivative": "np.where(h > 0, 1.0, 0.0)",
    }

    def function(self, h: Array) -> Array:
        return np.maximum(h, 0)

    def derivative(self, h: Array) -> Array:
        return np.greater(h, 0).astype(h.dtype)


@dataclass(frozen=True)
class LeakyReLU(Activation, name="leaky_relu"):
    """A rectifier that lets a share of negative input through: max(h, a h) (Maas et al. 2013)."""

    rank = 0
    homogeneous, rectifier, kinks, turning_points = True, True, (0.0,), (0.0,)

    negative_slope: float = setting(0.01, bounds=(0, 1), softbounds=(0, 0.5), help="Slope left of zero.", symbol="a")

    code = {
        "pytorch": "F.leaky_relu(h, {negative_slope})",
        "keras": "ops.leaky_relu(h, negative_slope={negative_slope})",
        "flax": "jax.nn.leaky_relu(h, {negative_slope})",
        "numpy": "np.where(h > 0, h, {negative_slope} * h)",
        "numpy_derivative": "np.where(h > 0, 1.0, {negative_slope})",
    }

    @quiet
    def function(self, h: Array) -> Array:
        out = np.multiply(h, self.negative_slope, out=np.empty_like(h))
        return np.maximum(h, out, out=out)

    def derivative(self, h: Array) -> Array:
        out = np.greater(h, 0).astype(h.dtype)
        np.maximum(out, self.negative_slope, out=out)
        return out

    @property
    def slopes_at_zero(self) -> Pair:
        return self.negative_slope, 1.0

    @property
    def slopes_at_infinity(self) -> Pair:
        return self.negative_slope, 1.0

    @property
    def torch_gain(self) -> float:
        return math.sqrt(2 / (1 + self.negative_slope**2))


class _Exponential(Activation):
    """scale (h for h > 0, alpha (exp(h) - 1) for h <= 0)."""

    kinks, turning_points = (0.0,), (0.0,)

    alpha: float
    scale: float = 1.0

    @quiet
    def function(self, h: Array) -> Array:
        out = np.expm1(np.minimum(h, 0))
        out *= self.alpha * self.scale
        out += np.maximum(h, 0) * self.scale
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        out = np.exp(np.minimum(h, 0))
        if self.alpha != 1:
            right = np.greater(h, 0).astype(h.dtype)
            out *= self.alpha
            out -= self.alpha * right  # exactly 0 on the right, where masked copies would take five times as long
            out += right
        out *= self.scale
        return out

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        left = np.minimum(h, 0) + math.log(self.alpha)
        return np.ones_like(h), np.where(h > 0, 0, left) + math.log(self.scale)

    @property
    def slopes_at_zero(self) -> Pair:
        return self.scale * self.alpha, self.scale

    @property
    def slopes_at_infinity(self) -> Pair:
        return 0.0, self.scale


@dataclass(frozen=True)
class ELU(_Exponential, name="elu"):
    """The exponential linear unit: h, or alpha (exp(h) - 1) left of zero (Clevert et al. 2016)."""

    alpha: float = setting(1.0, bounds=(1e-6, 10), softbounds=(0.1, 2), help="Depth of the floor.", symbol="alpha")

    code = {
        "pytorch": "F.elu(h, {alpha})",
        "pytorch()": "F.elu(h)",
        "keras": "ops.elu(h, alpha={alpha})",
        "keras()": "ops.elu(h)",
        "flax": "jax.nn.elu(h, {alpha})",
        "flax()": "jax.nn.elu(h)",
        "numpy": "np.where(h > 0, h, {alpha} * np.expm1(np.minimum(h, 0)))",
        "numpy()": "np.where(h > 0, h, np.expm1(np.minimum(h, 0)))",
        "numpy_derivative": "np.where(h > 0, 1.0, {alpha} * np.exp(np.minimum(h, 0)))",
        "numpy_derivative()": "np.exp(np.minimum(h, 0))",
    }


@dataclass(frozen=True)
class SELU(_Exponential, name="selu"):
    """The ELU whose scale and floor keep zero mean and unit variance (Klambauer et al. 2017)."""

    alpha, scale, torch_gain = 1.6732632423543772, 1.0507009873554805, 0.75
    code = {
        "pytorch": "F.selu(h)",
        "keras": "ops.selu(h)",
        "flax": "jax.nn.selu(h)",
        "numpy": "{scale} * np.where(h > 0, h, {alpha} * np.expm1(np.minimum(h, 0)))",
        "numpy_derivative": "{scale} * np.where(h > 0, 1.0, {alpha} * np.exp(np.minimum(h, 0)))",
    }


@dataclass(frozen=True)
class Softplus(Activation, name="softplus"):
    """A smooth rectifier: log(1 + exp(h))."""

    value_at_zero = math.log(2)
    code = {
        "pytorch": "F.softplus(h)",
        "keras": "ops.softplus(h)",
        "flax": "jax.nn.softplus(h)",
        "numpy": "np.logaddexp(0, h)",
        "numpy_derivative": "0.5 + 0.5 * np.tanh(h / 2)",
    }
    slopes_at_infinity = (0.0, 1.0)

    @quiet
    def function(self, h: Array) -> Array:
        out = np.log1p(decay(h))
        out += np.maximum(h, 0)
        return out

    @quiet
    def derivative(self, h: Array) -> Array:
        return logistic(h)

    @quiet
    def centred(self, h: Array) -> Array:
        # log((1 + e^h)/2) = h/2 + log cosh(h/2), and log cosh(h/2) = -log1p(-tanh^2(h/2))/2
        return np.where(
            np.abs(h) < 1,
            h / 2 - np.log1p(-(np.tanh(np.clip(h, -1, 1) / 2) ** 2)) / 2,
            self.function(h) - self.value_at_zero,
        )

    @quiet
    def log_function(self, h: Array) -> tuple[Array, Array]:
        left = np.minimum(h, 0)
        return np.ones_like(h), np.where(h < -40, left, log_or_inf(self.function(np.maximum(h, -41))))

    @quiet
    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        return np.ones_like(h), special.log_expit(h)
