"""Laws between bounds of their own, sparse ones, and the identity, as other libraries have them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from simulator.initializers.base import Array, Initializer
from simulator.settings import Rule, setting
from simulator.values import number_text


def _ordered(law: Any) -> dict[str, str] | None:
    return {name: number_text(getattr(law, name)) for name in ("a", "b")} if law.a > law.b else None


_BOUNDS = Rule(
    ("a", "b"),
    _ordered,
    "a must not exceed b; got {a} and {b}.",
    lambda law: ({"a": law.b}, {"b": law.a}),
)


_FAR = 30.0
"""Deviations from the mean beyond which there is next to nothing of a normal law."""

_THERE = Rule(
    ("std", "a", "b"),
    lambda law: (
        {name: number_text(getattr(law, name)) for name in ("std", "a", "b")}
        if law.a > _FAR * law.std or law.b < -_FAR * law.std
        else None
    ),
    "trunc_normal has nothing of a deviation of {std} between {a} and {b}.",
    lambda law: ({"std": min(1000.0, min(abs(law.a), abs(law.b)))}, {"a": -2 * law.std, "b": 2 * law.std}),
)


class _Between(Initializer):
    """A law of entries in [a, b], of whatever mean."""

    rank = 2
    rules: ClassVar[tuple[Rule, ...]] = (_BOUNDS,)

    a: float
    b: float

    @property
    def gaussian(self) -> bool:
        return False


@dataclass(frozen=True)
class UniformBetween(_Between, name="uniform_between"):
    """Uniform on [a, b], whatever the width: of mean (a + b)/2 (PyTorch uniform_, Keras RandomUniform)."""

    a: float = setting(0.0, bounds=(-1000, 1000), softbounds=(-1, 1), help="Smallest weight.")
    b: float = setting(1.0, bounds=(-1000, 1000), softbounds=(-1, 1), help="Largest weight.")

    distribution = "uniform_between"
    code = {
        "pytorch": "nn.init.uniform_(w, {a}, {b})",
        "keras": "initializers.RandomUniform({a}, {b})",
        "flax": "partial(jax.random.uniform, minval={a}, maxval={b})",
        "numpy": "rng.uniform({a}, {b}, (fan_out, fan_in))",
    }

    @property
    def mean(self) -> float:
        return (self.a + self.b) / 2

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return math.hypot(self.mean, (self.b - self.a) / math.sqrt(12))

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return self.a + (self.b - self.a) * rng.random((fan_out, fan_in))


@dataclass(frozen=True)
class TruncNormal(_Between, name="trunc_normal"):
    """Normal, redrawn outside of [a, b], wherever these lie: at std = 0.02 nothing is cut (PyTorch trunc_normal_)."""

    std: float = setting(1.0, bounds=(1e-6, 1000), softbounds=(0.01, 2), symbol="σ", help="Deviation before the cut.")
    a: float = setting(-2.0, bounds=(-1000, 1000), softbounds=(-2, 2), help="Smallest weight.")
    b: float = setting(2.0, bounds=(-1000, 1000), softbounds=(-2, 2), help="Largest weight.")

    rules = (_BOUNDS, _THERE)
    distribution = "trunc_normal"
    code = {
        "pytorch": "nn.init.trunc_normal_(w, std={std}, a={a}, b={b})",
        "flax": (
            "law = jax.random.truncated_normal\n"
            "(lambda key, *given: {std} * law(key, {a} / {std}, {b} / {std}, *given))"
        ),
        "numpy": (
            "draws = rng.normal(0, {std}, (fan_out, fan_in))\n"
            "while (far := (draws < {a}) | (draws > {b})).any():  # redrawn outside\n"
            "    draws[far] = rng.normal(0, {std}, far.sum())\n"
            "draws"
        ),
    }

    @cached_property
    def _moments(self) -> tuple[float, float]:
        """Mean and mean square."""
        low, high = self.a / self.std, self.b / self.std
        if low == high:
            return self.a, self.a**2
        # On the side where the distribution function keeps its digits.
        mass = float(ndtr(-low) - ndtr(-high)) if low > 0 else float(ndtr(high) - ndtr(low))
        bell = [math.exp(-min(place**2 / 2, 700)) / math.sqrt(2 * math.pi) for place in (low, high)]
        mean = (bell[0] - bell[1]) / mass
        square = 1 + (low * bell[0] - high * bell[1]) / mass
        return self.std * mean, self.std**2 * square

    @property
    def mean(self) -> float:
        return 0.0 if self.a == -self.b else self._moments[0]

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(self._moments[1])

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        low, high = self.a / self.std, self.b / self.std
        turn = -1.0 if low > 0 else 1.0  # by the tail that keeps its digits
        ends = sorted((turn * low, turn * high))
        start, stop = (float(ndtr(end)) for end in ends)
        draws = rng.random((fan_out, fan_in))
        draws *= stop - start
        draws += start
        ndtri(draws, out=draws)
        np.clip(turn * draws, low, high, out=draws)
        draws *= self.std
        return draws


@dataclass(frozen=True)
class Sparse(Initializer, name="sparse"):
    """Normal, but for a share of every input's weights that are 0 (Martens 2010; PyTorch sparse_)."""

    rank = 2
    sparsity: float = setting(0.9, bounds=(0, 1), softbounds=(0, 1), help="Share of an input's weights that are 0.")
    std: float = setting(0.01, bounds=(0, 1000), softbounds=(0, 2), symbol="σ", help="Deviation of the others.")

    distribution = "sparse"
    code = {
        "pytorch": "nn.init.sparse_(w, {sparsity}, {std})",
        "numpy": (
            "draws = rng.normal(0, {std}, (fan_out, fan_in))\n"
            "zeros = min(fan_out, math.ceil({sparsity} * fan_out))\n"
            "np.put_along_axis(draws, rng.random(draws.shape).argsort(axis=0)[:zeros], 0.0, axis=0)\n"
            "draws"
        ),
    }

    def _zeros(self, fan_out: int) -> int:
        return min(fan_out, math.ceil(self.sparsity * fan_out))

    def variance(self, fan_in: int, fan_out: int) -> float:
        return self.std**2 * (1 - self._zeros(fan_out) / fan_out)

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        draws = self.std * rng.standard_normal((fan_out, fan_in))
        places = rng.random((fan_out, fan_in)).argsort(axis=0)[: self._zeros(fan_out)]
        np.put_along_axis(draws, places, 0.0, axis=0)
        return draws


@dataclass(frozen=True)
class Identity(Initializer, name="identity", aliases=("eye",)):
    """Ones on the diagonal: every signal passes as it is, and all networks are one (Keras Identity, PyTorch eye_)."""

    rank = 2
    distribution = "identity"
    code = {
        "pytorch": "nn.init.eye_(w)",
        "keras": "initializers.IdentityInitializer()",
        "flax": "(lambda key, shape, dtype: jnp.eye(*shape, dtype=dtype))",
        "numpy": "np.eye(fan_out, fan_in)",
    }

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / max(fan_in, fan_out)

    @property
    def zero_mean(self) -> bool:
        return False

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return np.eye(fan_out, fan_in)
