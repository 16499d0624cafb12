"""The statistics of a layer, one decorated function each; every other list of them is made from this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.activations import Activation
from simulator.scaled import Exponents, Floats, Scaled, lost

QUANTITIES = {
    "preactivation": "h = W x + b",
    "activation": "x = φ(h)",
    "preactivation_gradient": "dE/dh",
    "activation_gradient": "dE/dx",
    "weight_gradient": "dE/dW, summed over the batch",
}
"""Quantities measured at every layer, in words."""

_VECTORS = tuple(QUANTITIES)[:4]

_ROWS = 256
"""Rows of a weight gradient that are formed at once."""


class Activated(Scaled):
    """A layer's activations together with what is known of the preactivations they came from."""

    __slots__ = ("_centred", "_flat_side", "_negative", "_saturated")

    def __init__(
        self,
        signal: Scaled,
        centred: Callable[[], Scaled] | None = None,
        flat_side: Callable[[], NDArray[np.bool_]] | None = None,
        negative: Callable[[], NDArray[np.bool_]] | None = None,
    ) -> None:
        super().__init__(signal.values, signal.exponent)
        self._squares, self._second_moment = signal._squares, signal._second_moment
        self._centred, self._flat_side, self._negative = centred, flat_side, negative
        self._saturated: NDArray[np.bool_] | None = None

    @property
    def saturated(self) -> NDArray[np.bool_] | None:
        """(S, B, N): where |phi'(h)| is below tau times its supremum; None for the input."""
        if self._saturated is None and self._flat_side is not None:
            self._saturated = self._flat_side()
        return self._saturated

    @property
    def inactive(self) -> NDArray[np.bool_] | None:
        """(S, B, N): where h < 0; None where that means nothing."""
        return None if self._negative is None else self._negative()

    def about(self, signal: Scaled) -> Activated:
        """Another signal, together with what is known of the preactivations here."""
        return Activated(signal, None, self._flat_side, self._negative)

    def release(self) -> None:
        """Forget the preactivations, once everything about them has been measured."""
        self._centred = self._flat_side = self._negative = self._saturated = None

    def precise(self, variance: Literal["variance", "between_variance"]) -> tuple[Floats, Exponents]:
        """A variance and its exponent; of x - phi(0) where x has no digits left to tell a network's values apart."""
        variances, exponent = np.array(getattr(self, variance)), 2 * self.exponent
        faint = [] if self._centred is None else lost(self.variance, self.second_moment)
        if faint:
            assert self._centred is not None
            centred = self._centred().rescaled()
            variances[faint], exponent[faint] = getattr(centred, variance)[faint], 2 * centred.exponent[faint]
        return variances, exponent


class WeightGradient:
    """The gradient D^T A of a layer's weights, known through its factors: D (S, B, fan_out), A (S, B, fan_in)."""

    __slots__ = ("_mean", "_second_moment", "entries", "exponent", "inputs", "upstream")

    def __init__(self, upstream: Scaled, inputs: Scaled) -> None:
        self.upstream, self.inputs = upstream, inputs
        self.exponent = upstream.exponent + inputs.exponent
        self.entries = upstream.values.shape[2] * inputs.values.shape[2]
        self._mean: Floats | None = None
        self._second_moment: Floats | None = None

    @property
    def values(self) -> Floats:
        """The gradient itself, (S, fan_out, fan_in)."""
        return np.asarray(np.matmul(self.upstream.values.swapaxes(1, 2), self.inputs.values), dtype=np.float64)

    @property
    def mean(self) -> Floats:
        if self._mean is None:
            self._mean = np.vecdot(self.upstream.sums, self.inputs.sums) / self.entries
        return self._mean

    @property
    def second_moment(self) -> Floats:
        if self._second_moment is None:
            self._second_moment = self._mean_square()
        return self._second_moment

    @property
    def variance(self) -> Floats:
        variance = self.second_moment - self.mean**2
        for s in lost(variance, self.second_moment):
            variance[s] = self._mean_square_of(s, self.mean[s])
        return variance

    def _mean_square(self) -> Floats:
        batch, fan_in = self.inputs.values.shape[1:]
        fan_out = self.upstream.values.shape[2]
        if batch * (fan_in + fan_out) > fan_in * fan_out:
            flat = self.values.reshape(len(self.exponent), -1)
            return np.asarray(np.vecdot(flat, flat) / self.entries)
        # sum G^2 = sum (D D^T) * (A A^T): two B x B products in place of a fan_out x fan_in one.
        ups, ins = (side.gram.reshape(len(side.gram), -1) for side in (self.upstream, self.inputs))
        moment: Floats = np.vecdot(ups, ins)
        # Of both signs, its terms may cancel, as where a batch's norm takes out of D what the examples have in common.
        for s in lost(moment, np.sqrt(np.vecdot(ups, ups) * np.vecdot(ins, ins))):
            moment[s] = self._mean_square_of(s) * self.entries
        return np.asarray(moment / self.entries)

    def _mean_square_of(self, network: int, mean: float = 0.0) -> float:
        """The mean square of one network's gradient less `mean`, some rows at a time."""
        ups, ins = self.upstream.values[network].T, self.inputs.values[network]
        total = 0.0
        for first in range(0, len(ups), _ROWS):
            rows = (ups[first : first + _ROWS] @ ins).astype(np.float64)
            rows -= mean
            total += float(np.vdot(rows, rows))
        return float(total / self.entries)


Sample = Scaled | Activated | WeightGradient
Result = tuple[Floats, Exponents] | None


@dataclass(frozen=True)
class Statistic:
    """A statistic of a layer: `measure(sample)` gives a mantissa and a binary exponent per network."""

    name: str
    of: tuple[str, ...]
    kind: str
    symbol: str
    about: str
    measure: Callable[[Sample], Result]

    @property
    def is_fraction(self) -> bool:
        """Whether the values lie in [0, 1]."""
        return self.kind == "fraction"


STATISTICS: dict[str, Statistic] = {}


def statistic(*of: str, kind: str, symbol: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Register a function (sample) -> (mantissa (S,), exponent (S,)), or None where it has no meaning.

    `of` names the quantities, `kind` is "positive" (drawn on a log axis), "signed" or "fraction",
    `symbol` is how it is written of a quantity {x}. The docstring's first line is shown to users.
    """

    def register(function: Callable[..., Result]) -> Callable[..., Result]:
        about = (function.__doc__ or "").strip().splitlines()[0]
        STATISTICS[function.__name__] = Statistic(function.__name__, of, kind, symbol, about, function)
        return function

    return register


def pairs(activations: Iterable[Activation]) -> list[tuple[str, str]]:
    """Every (quantity, statistic) that is reported for networks of these activations, though not of every layer."""
    rectified = any(activation.rectifier for activation in activations)
    return [
        (quantity, name)
        for quantity in QUANTITIES
        for name, about in STATISTICS.items()
        if quantity in about.of and (name != "inactive_fraction" or rectified)
    ]


@statistic(*_VECTORS, kind="signed", symbol="mean {x}")
def mean(sample: Scaled) -> Result:
    """The mean, pooled over batch and units."""
    return sample.mean, sample.exponent


@statistic(*QUANTITIES, kind="positive", symbol="Var {x}")
def variance(sample: Sample) -> Result:
    """The centred variance, pooled over batch and units."""
    if isinstance(sample, Activated):
        return sample.precise("variance")
    return sample.variance, 2 * sample.exponent


@statistic(*QUANTITIES, kind="positive", symbol="E {x}²")
def second_moment(sample: Sample) -> Result:
    """The mean square, pooled over batch and units: what drives the next layer."""
    return sample.second_moment, 2 * sample.exponent


@statistic("preactivation", "activation", kind="positive", symbol="Var over inputs {x}")
def between_variance(sample: Scaled) -> Result:
    """The variance over the batch of one unit, averaged over units: what still tells inputs apart.

    Matrix-free layers know it to about 1e-14 of E x^2 in single precision; below that it is their rounding.
    """
    if sample.values.shape[1] < 2:
        return None
    if isinstance(sample, Activated):
        return sample.precise("between_variance")
    return sample.between_variance, 2 * sample.exponent


@statistic("activation", kind="fraction", symbol="saturated")
def saturated_fraction(sample: Activated) -> Result:
    """The fraction of units and examples where |φ'(h)| is below τ times its largest value."""
    return None if sample.saturated is None else _fraction(sample.saturated)


@statistic("activation", kind="fraction", symbol="inactive")
def inactive_fraction(sample: Activated) -> Result:
    """The fraction of units and examples with h < 0."""
    return None if sample.inactive is None else _fraction(sample.inactive)


@statistic("activation", kind="fraction", symbol="dead")
def dead_fraction(sample: Activated) -> Result:
    """The fraction of units that are on the flat side for every example of the batch."""
    return None if sample.saturated is None else _fraction(np.all(sample.saturated, axis=1))


@statistic("preactivation", "activation", kind="correlation", symbol="c({x})")
def correlation(sample: Scaled) -> Result:
    """The mean cosine between two examples of the batch."""
    norms = np.sqrt(sample.squares)
    some = norms > 0
    weights = np.divide(1.0, norms, out=np.zeros(norms.shape), where=some)
    count = np.add.reduce(some, axis=1, dtype=np.int64)
    total = np.matmul(weights[:, None, :].astype(sample.values.dtype), sample.values)[:, 0].astype(np.float64)
    couples = np.where(count > 1, count * (count - 1.0), np.nan)  # one example, or none, has no pair
    return (np.vecdot(total, total) - count) / couples, np.zeros(len(count), dtype=np.int64)


def _fraction(mask: NDArray[np.bool_]) -> Result:
    counts = np.array([np.count_nonzero(network) for network in mask])
    return counts / mask[0].size, np.zeros(len(mask), dtype=np.int64)
