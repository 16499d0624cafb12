"""Normalization of preactivations, forward and backward: layer, root mean square and batch norm, nothing learnt."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.magnitude import ONE, Magnitude, magnitude, plus, ratio, times
from simulator.scaled import Array, Exponents, Scaled, shift_values
from simulator.settings import Part

EPSILON = 1e-5
"""Added to the variance under the root, as PyTorch's norms do by default."""

Backward = Callable[[Scaled], Scaled]
"""Takes dE/dn to dE/dh."""


@dataclass(frozen=True)
class Normals:
    """The units of an infinitely wide layer: normal numbers of a `mean` that all share, and a `variance`.

    `apart` is 1 - the correlation of two examples' deviations from the mean; `divisor`, behind a norm, the variance
    that it divided by, which the gradient is divided by on its way back.
    """

    variance: Magnitude
    mean: float
    apart: float
    divisor: Magnitude = ONE


class Normalization(Part):
    """A map of the preactivations h (S, B, N) before the activation: n = norm(h).

    Its `code` is n of h (B, N); for NumPy n, and a function that takes dE/dn back to dE/dh.
    """

    of_batch: bool = False
    """Whether the statistics are a batch's, so that an example depends on the others."""

    centres_batch: bool = False
    """Whether it takes away what a batch's examples have in common, from the gradient too, which then moves nothing."""

    @abstractmethod
    def forward(self, preactivation: Scaled) -> tuple[Scaled, Backward | None]:
        """n, and what takes dE/dn back to dE/dh; None where nothing is done."""

    def evaluate(self, preactivation: Scaled, batch: Scaled) -> Scaled:
        """n of a trained network: statistics that are a batch's are those of `batch` (S, B', N)."""
        return self.forward(preactivation)[0]

    def expected(self, met: Normals) -> Normals | None:
        """The norm's effect on `met` at infinite width and in a large batch; None where nothing is known: no theory."""
        return None

    def is_large(self, batch: int, depth: int) -> bool:
        """Whether a batch is large enough for `expected`, over so many layers."""
        return True


@dataclass(frozen=True)
class NoNormalization(Normalization, name="none"):
    """The preactivations as they are."""

    def forward(self, preactivation: Scaled) -> tuple[Scaled, Backward | None]:
        return preactivation, None

    def expected(self, met: Normals) -> Normals:
        return met


def _numpy(axis: int, centres: bool) -> str:
    """n and its derivative's transpose, along an axis of (B, N)."""
    mean = f".mean({axis}, keepdims=True)"
    centring = f"h = h - h{mean}\n" if centres else ""
    return (
        f"{centring}deviation = np.sqrt((h**2){mean} + {EPSILON})\n"
        "n = h / deviation\n"
        f"n, lambda g: (g - n * (g * n){mean}{f' - g{mean}' if centres else ''}) / deviation"
    )


@dataclass(frozen=True)
class LayerNorm(Normalization, name="layer_norm"):
    """Each example less its mean over units, over its standard deviation (Ba et al. 2016)."""

    code = {
        "pytorch": f"F.layer_norm(h, h.shape[-1:], eps={EPSILON})",
        "keras": f"ops.layer_normalization(h, epsilon={EPSILON})",
        "flax": f"jax.nn.standardize(h, variance=h.var(-1, keepdims=True), epsilon={EPSILON})",
        "numpy": _numpy(-1, centres=True),
    }

    def forward(self, preactivation: Scaled) -> tuple[Scaled, Backward | None]:
        return _normalized(preactivation, axis=2, centres=True)

    def expected(self, met: Normals) -> Normals:
        divisor = plus(met.variance, magnitude(EPSILON))
        return Normals(magnitude(ratio(met.variance, divisor)), 0.0, met.apart, divisor)


@dataclass(frozen=True)
class RMSNorm(Normalization, name="rms_norm"):
    """Each example over its root mean square (Zhang & Sennrich 2019)."""

    code = {
        "pytorch": f"F.rms_norm(h, h.shape[-1:], eps={EPSILON})",
        "keras": f"ops.rms_normalization(h, epsilon={EPSILON})",
        "flax": f"h / jnp.sqrt(jnp.mean(h**2, -1, keepdims=True) + {EPSILON})",
        "numpy": _numpy(-1, centres=False),
    }

    def forward(self, preactivation: Scaled) -> tuple[Scaled, Backward | None]:
        return _normalized(preactivation, axis=2, centres=False)

    def expected(self, met: Normals) -> Normals:
        divisor = plus(plus(met.variance, magnitude(met.mean**2)), magnitude(EPSILON))
        mean = met.mean / math.sqrt(ratio(divisor, ONE))
        return Normals(magnitude(ratio(met.variance, divisor)), mean, met.apart, divisor)


@dataclass(frozen=True)
class BatchNorm(Normalization, name="batch_norm"):
    """Each unit less its mean over the batch, over its standard deviation there (Ioffe & Szegedy 2015)."""

    of_batch = centres_batch = True
    code = {
        "pytorch": (
            "# nn.BatchNorm1d(affine=False) in training, which refuses a batch of one\n"
            f"(h - h.mean(0)) / torch.sqrt(h.var(0, correction=0) + {EPSILON})"
        ),
        "keras": f"ops.batch_normalization(h, *ops.moments(h, 0), -1, epsilon={EPSILON})",
        "flax": f"jax.nn.standardize(h, 0, variance=h.var(0, keepdims=True), epsilon={EPSILON})",
        "numpy": _numpy(0, centres=True),
    }

    def forward(self, preactivation: Scaled) -> tuple[Scaled, Backward | None]:
        return _normalized(preactivation, axis=1, centres=True)

    def expected(self, met: Normals) -> Normals:
        # A batch's mean takes away what its examples have in common, and what is left of them is orthogonal.
        own = times(met.variance, met.apart)
        divisor = plus(own, magnitude(EPSILON))
        return Normals(magnitude(ratio(own, divisor)), 0.0, 1.0, divisor)

    def is_large(self, batch: int, depth: int) -> bool:
        # ReLU, He, width 512, depth 30: the gradient at the input over theory's is 7e8 at batch 4, 11 at 16, 1.55 at 64
        # and 0.91 at 256.
        return batch >= 4 * depth

    def evaluate(self, preactivation: Scaled, batch: Scaled) -> Scaled:
        exponent = preactivation.exponent
        values = batch.shifted(exponent - batch.exponent).values
        mean = values.mean(axis=1, keepdims=True)
        deviation, faint = _deviation(values - mean, exponent, axis=1)
        return Scaled((preactivation.values - mean) / deviation, -faint)


def _normalized(signal: Scaled, axis: int, centres: bool) -> tuple[Scaled, Backward]:
    """n = c / sqrt(mean c^2 + EPSILON) along an axis, c the (centred) values, and its derivative's transpose."""
    values, exponent = signal.values, signal.exponent
    centred = values - values.mean(axis=axis, keepdims=True) if centres else values
    deviation, faint = _deviation(centred, exponent, axis)
    normal = Scaled(centred / deviation, -faint)

    def backward(upstream: Scaled) -> Scaled:
        # dE/dh = (g - mean g - n mean(g n)) / deviation, the first mean only where h was centred.
        along = np.mean(upstream.values * normal.values, axis=axis, keepdims=True)
        result = upstream.values - shift_values(normal.values * along, -2 * faint)
        if centres:
            result -= upstream.values.mean(axis=axis, keepdims=True)
        return Scaled(result / deviation, upstream.exponent - exponent - faint)

    return normal, backward


def _deviation(centred: Array, exponent: Exponents, axis: int) -> tuple[Array, Exponents]:
    """sqrt(mean c^2 + EPSILON) of c * 2**exponent, over 2**max(exponent, 0), and faint = max(-exponent, 0) (S,)."""
    square = np.mean(centred * centred, axis=axis, keepdims=True)
    # The signal is values * 2**exponent, EPSILON is not: a faint signal is brought to EPSILON's scale, not beyond it.
    faint = np.maximum(-exponent, 0)
    offset = np.ldexp(EPSILON, (-2 * np.maximum(exponent, 0)).clip(-2000).astype(np.int32)).reshape(-1, 1, 1)
    return np.sqrt(shift_values(square, -2 * faint) + offset.astype(centred.dtype)), faint
