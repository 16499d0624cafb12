"""Losses: functions of a network's outputs that training makes small, and their gradients."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.scaled import Scaled, add
from simulator.settings import Part, setting

Array = NDArray[np.floating[Any]]

_NAIVE = "1: form the probabilities first and take their logarithm then, as a textbook's formula reads."


class Loss(Part):
    """A loss of outputs z (..., B, C) and targets t (B, C), for any number of networks along the leading axes.

    Targets of a class are one-hot. `value` averages over the batch, so `gradient`, dE/dz, has the factor 1/B in it.
    Its `code` is the value of z and t, except that for NumPy, the gradient.
    """

    trains: bool = True
    """Whether there is something to make small."""

    targets: str = "rng.standard_normal((BATCH, WIDTHS[-1]))"
    """The code of `draw`."""

    @abstractmethod
    def value(self, outputs: Array, targets: Array) -> Array:
        """The loss (...)."""

    @abstractmethod
    def gradient(self, outputs: Array, targets: Array) -> Array:
        """dE/dz (..., B, C)."""

    def even(self, outputs: int) -> float:
        """The loss of C outputs that are all 0, where these are equal probabilities; NaN where they are none."""
        return math.nan

    def draw(self, rng: np.random.Generator, batch: int, outputs: int) -> Array:
        """Random targets (B, C) that have nothing to do with the inputs: N(0, 1) numbers, unless said otherwise."""
        return rng.standard_normal((batch, outputs))

    def scaled_gradient(self, outputs: Scaled, targets: Array) -> Scaled:
        """dE/dz of outputs of any size, (S, B, C)."""
        largest = np.finfo(outputs.values.dtype).max / 4
        plain = np.clip(outputs.plain(), -largest, largest)  # a probability there is 0 or 1 anyway
        return Scaled(self.gradient(plain, targets.astype(plain.dtype)))


@dataclass(frozen=True)
class NoLoss(Loss, name="none"):
    """No loss: nothing is to be made small, the gradient is 0."""

    trains = False

    def value(self, outputs: Array, targets: Array) -> Array:
        return np.zeros(outputs.shape[:-2], outputs.dtype)

    def gradient(self, outputs: Array, targets: Array) -> Array:
        return np.zeros_like(outputs)


@dataclass(frozen=True)
class SquaredError(Loss, name="squared_error", aliases=("mse",)):
    """The mean of (z - t)^2 over batch and outputs, without a factor 1/2."""

    code = {
        "pytorch": "F.mse_loss(z, t)",
        "keras": "ops.mean((z - t) ** 2)",
        "flax": "jnp.mean((z - t) ** 2)",
        "numpy": "2 * (z - t) / z.size",
    }

    def value(self, outputs: Array, targets: Array) -> Array:
        return np.asarray(np.mean((outputs - targets) ** 2, axis=(-2, -1)))

    def gradient(self, outputs: Array, targets: Array) -> Array:
        delta: Array = outputs - targets
        delta *= 2 / (targets.shape[-1] * targets.shape[-2])
        return delta

    def scaled_gradient(self, outputs: Scaled, targets: Array) -> Scaled:
        delta = add(outputs, Scaled(-targets.astype(outputs.values.dtype)))
        delta.values *= 2 / (targets.shape[-1] * targets.shape[-2])
        return Scaled(delta.values, delta.exponent)


@dataclass(frozen=True)
class SigmoidCrossEntropy(Loss, name="sigmoid_cross_entropy"):
    """Cross-entropy of sigmoid(z) with t, each output a probability of its own; the mean over batch and outputs.

    Stable: max(z, 0) - t z + log(1 + exp(-|z|)), whose gradient sigmoid(z) - t never vanishes where it is wrong.
    Naive: 0 log 0 and 0/0 are NaN as soon as sigmoid(z) rounds to 0 or 1.
    """

    naive_log: int = setting(0, bounds=(0, 1), label="Naive logarithm", help=_NAIVE)

    targets = "rng.integers(0, 2, (BATCH, WIDTHS[-1])).astype(float)"
    code = {
        "pytorch()": "F.binary_cross_entropy_with_logits(z, t)",
        "pytorch": "a = 1 / (1 + torch.exp(-z))\n-(t * a.log() + (1 - t) * (1 - a).log()).mean()",
        "keras()": "ops.mean(ops.softplus(z) - t * z)",
        "keras": "a = 1 / (1 + ops.exp(-z))\n-ops.mean(t * ops.log(a) + (1 - t) * ops.log(1 - a))",
        "flax()": "jnp.mean(jax.nn.softplus(z) - t * z)",
        "flax": "a = 1 / (1 + jnp.exp(-z))\n-jnp.mean(t * jnp.log(a) + (1 - t) * jnp.log(1 - a))",
        "numpy()": "(0.5 + 0.5 * np.tanh(z / 2) - t) / z.size",
        "numpy": "a = 1 / (1 + np.exp(-z))\n((1 - t) / (1 - a) - t / a) / z.size * (a * (1 - a))",
    }

    def even(self, outputs: int) -> float:
        """ln 2, whatever the targets are."""
        return math.log(2)

    def draw(self, rng: np.random.Generator, batch: int, outputs: int) -> Array:
        """0 or 1, each as likely."""
        return rng.integers(0, 2, (batch, outputs)).astype(np.float64)

    def value(self, outputs: Array, targets: Array) -> Array:
        if self.naive_log:
            return _naively(_naive_sigmoid_value, outputs, targets)
        terms = np.maximum(outputs, 0)
        terms -= targets * outputs
        with np.errstate(under="ignore"):
            terms += np.log1p(np.exp(-np.abs(outputs)))
        return np.asarray(np.mean(terms, axis=(-2, -1)))

    def gradient(self, outputs: Array, targets: Array) -> Array:
        if self.naive_log:
            return _naively(_naive_sigmoid_gradient, outputs, targets)
        with np.errstate(under="ignore"):
            e = np.exp(-np.abs(outputs))
            delta: Array = np.where(outputs >= 0, 1, e) / (1 + e) - targets
            delta /= targets.shape[-1] * targets.shape[-2]
        return delta


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss, name="softmax_cross_entropy", aliases=("cross_entropy",)):
    """Cross-entropy of softmax(z) with t, one class of several; the mean over the batch.

    Stable: the largest z is taken off before any exponential; the gradient is (softmax(z) - t)/B. Naive: exp(z)
    overflows, and 0 log 0 is NaN.
    """

    naive_log: int = setting(0, bounds=(0, 1), label="Naive logarithm", help=_NAIVE)

    targets = "(rng.integers(0, WIDTHS[-1], (BATCH, 1)) == np.arange(WIDTHS[-1])).astype(float)"
    code = {
        "pytorch()": "F.cross_entropy(z, t)",
        "pytorch": "a = z.exp() / z.exp().sum(-1, keepdim=True)\n-(t * a.log()).sum(-1).mean()",
        "keras()": "-ops.mean(ops.sum(t * ops.log_softmax(z), -1))",
        "keras": ("a = ops.exp(z) / ops.sum(ops.exp(z), -1, keepdims=True)\n-ops.mean(ops.sum(t * ops.log(a), -1))"),
        "flax()": "-jnp.mean(jnp.sum(t * jax.nn.log_softmax(z), -1))",
        "flax": "a = jnp.exp(z) / jnp.exp(z).sum(-1, keepdims=True)\n-jnp.mean(jnp.sum(t * jnp.log(a), -1))",
        "numpy()": (
            "softmax = np.exp(z - z.max(1, keepdims=True))\n(softmax / softmax.sum(1, keepdims=True) - t) / len(z)"
        ),
        "numpy": (
            "a = np.exp(z) / np.exp(z).sum(1, keepdims=True)\n"
            "upstream = -t / a / len(z)\n"
            "a * (upstream - (upstream * a).sum(1, keepdims=True))"
        ),
    }

    def even(self, outputs: int) -> float:
        """ln C."""
        return math.log(outputs)

    def draw(self, rng: np.random.Generator, batch: int, outputs: int) -> Array:
        """One class of `outputs`, each as likely, one-hot."""
        targets = np.zeros((batch, outputs))  # a row of the unit matrix: all of it may be 32 GB
        targets[np.arange(batch), rng.integers(0, outputs, batch)] = 1
        return targets

    def value(self, outputs: Array, targets: Array) -> Array:
        if self.naive_log:
            return _naively(_naive_softmax_value, outputs, targets)
        with np.errstate(under="ignore"):
            shifted = outputs - outputs.max(axis=-1, keepdims=True)
            shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
            return np.asarray(-np.mean((shifted * targets).sum(axis=-1), axis=-1))

    def gradient(self, outputs: Array, targets: Array) -> Array:
        if self.naive_log:
            return _naively(_naive_softmax_gradient, outputs, targets)
        with np.errstate(under="ignore"):
            delta: Array = outputs - outputs.max(axis=-1, keepdims=True)
            np.exp(delta, out=delta)
            delta /= delta.sum(axis=-1, keepdims=True)
            delta -= targets
            delta /= targets.shape[-2]
        return delta


def _naively(formula: Any, outputs: Array, targets: Array) -> Array:
    """A formula that is meant to meet 0 log 0 and 0/0, without a warning."""
    with np.errstate(all="ignore"):
        return np.asarray(formula(outputs, targets))


def _naive_sigmoid_value(z: Array, t: Array) -> Array:
    a = 1 / (1 + np.exp(-z))
    return np.asarray(-np.mean(t * np.log(a) + (1 - t) * np.log(1 - a), axis=(-2, -1)))


def _naive_sigmoid_gradient(z: Array, t: Array) -> Array:
    a = 1 / (1 + np.exp(-z))
    upstream = ((1 - t) / (1 - a) - t / a) / (t.shape[-1] * t.shape[-2])
    return np.asarray(upstream * (a * (1 - a)))


def _naive_softmax_value(z: Array, t: Array) -> Array:
    e = np.exp(z)
    return np.asarray(-np.mean((t * np.log(e / e.sum(axis=-1, keepdims=True))).sum(axis=-1), axis=-1))


def _naive_softmax_gradient(z: Array, t: Array) -> Array:
    e = np.exp(z)
    a = e / e.sum(axis=-1, keepdims=True)
    upstream = -t / a / t.shape[-2]
    return np.asarray(a * (upstream - (upstream * a).sum(axis=-1, keepdims=True)))
