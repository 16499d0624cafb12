"""The cost of a run, in seconds and bytes, estimated from the shape of the network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

MAX_BYTES = 4 * 2**30
"""A run that would need more memory than this is refused before it starts."""

RETAINED_WEIGHT_BYTES = 2**30
"""Weights beyond this are drawn a second time for the backward pass instead of being kept."""

RETAINED_RECORD_BYTES = 2**28
"""Activations and slopes beyond this are worked out a second time, from what matrix-free layers know of themselves."""

# Measured on one core of a 2020s server (benchmarks/README.md): a normal draw, a multiply-add of a product in
# double and in single precision, the statistics of a unit and example, the fixed part of a layer, and of a
# factorization of the batch's inner products.
_DRAW = 7.5e-9
_DRAW_SINGLE = 3e-9
_MULTIPLY = 2.2e-11
_MULTIPLY_SINGLE = 1.2e-11
_ELEMENT = 1.5e-8
_ELEMENT_SINGLE = 6e-9
_LAYER = 2e-4
_LAYER_FREE = 4.5e-4
_FACTOR = 4e-10

_CORES = 2
"""How many groups of networks are taken to run at once."""

CACHED = 2**17
"""Numbers in one layer's weights or batch that still fit a core's cache: so many networks are run at once."""

_GROUP_BYTES = 2**28
"""Memory of the networks run at once, if these are more than one."""


@dataclass(frozen=True)
class Cost:
    """The cost of a run: `seconds` on two ordinary cores (an estimate), `bytes` at its peak."""

    seconds: float
    bytes: int

    @property
    def fits(self) -> bool:
        """Whether the memory is within MAX_BYTES."""
        return self.bytes <= MAX_BYTES

    def share(self, seconds: float, bytes: float) -> float:
        """The larger of the shares of two bounds, above 0; over 1 it does not fit."""
        return max(self.seconds / seconds, self.bytes / bytes)

    def over(self, seconds: float, bytes: float) -> str:
        """Which of two bounds it exceeds, in words; "" if neither."""
        time = seconds_text(seconds) if self.seconds > seconds else ""
        memory = bytes_text(bytes) if self.bytes > bytes else ""
        return " and ".join(filter(None, [time, memory]))

    def __str__(self) -> str:
        return f"about {seconds_text(self.seconds)} and {bytes_text(self.bytes)} of memory"


@dataclass(frozen=True)
class Shape:
    """All that a run's cost depends on: `widths` (n_0, ..., n_L), examples, networks.

    `plain` is a network without branches, normalization and dropout, which have more to keep for the backward pass.
    """

    widths: tuple[int, ...]
    batch: int
    seeds: int
    plain: bool

    @cached_property
    def weights(self) -> int:
        """Weights of one network."""
        return sum(a * b for a, b in pairwise(self.widths))

    @property
    def depth(self) -> int:
        return len(self.widths) - 1

    def retains_weights(self) -> bool:
        """Whether the weights of one network are kept from the forward to the backward pass."""
        return 8 * self.weights <= RETAINED_WEIGHT_BYTES

    def retains_record(self) -> bool:
        """Whether a matrix-free network's activations and slopes are kept from the forward to the backward pass."""
        return not self.plain or 8 * self.batch * sum(self.widths) <= RETAINED_RECORD_BYTES

    def dense(self, seeds: int) -> Cost:
        """With every weight matrix formed."""
        units, batch = sum(self.widths), self.batch
        draws = self.weights * (1 if self.retains_weights() else 2)
        seconds = seeds * (
            draws * _DRAW + 2 * batch * self.weights * _MULTIPLY + batch * units * _ELEMENT + self.depth * _LAYER
        )
        return Cost(seconds, min(seeds, _CORES * self.group_size(dense=True)) * self._dense_bytes)

    def matrix_free(self, seeds: int) -> Cost:
        """With no weight matrix formed."""
        units, batch = sum(self.widths), self.batch
        seconds = seeds * (
            2 * batch * units * _DRAW_SINGLE
            + 8 * batch**2 * units * _MULTIPLY_SINGLE
            + batch * units * _ELEMENT_SINGLE
            + self.depth * batch**3 * _FACTOR
        ) + self.depth * _LAYER_FREE * math.ceil(seeds / self.group_size(dense=False))
        return Cost(seconds, min(seeds, _CORES * self.group_size(dense=False)) * self._free_bytes)

    def group_size(self, *, dense: bool) -> int:
        """How many networks are run at once."""
        rows = max(*self.widths, self.batch) if dense else self.batch
        each = self._dense_bytes if dense else self._free_bytes
        return max(1, min(self.seeds, CACHED // (max(self.widths) * rows), _GROUP_BYTES // each))

    @cached_property
    def _dense_bytes(self) -> int:
        """The bytes of one network with every weight matrix formed."""
        units, widest, batch = sum(self.widths), max(self.widths), self.batch
        weights = self.weights if self.retains_weights() else 2 * max(a * b for a, b in pairwise(self.widths))
        return 8 * (weights + (2 if self.plain else 5) * batch * units + 8 * batch * widest + 4 * batch**2)

    @cached_property
    def _free_bytes(self) -> int:
        """The bytes of one network with no weight matrix formed."""
        units, widest, batch = sum(self.widths), max(self.widths), self.batch
        # Kept for the backward pass: images, mostly activations and slopes too; then a layer's work and draws ahead.
        kept = 1 if not self.retains_record() else 3 if self.plain else 6
        return 4 * (kept * batch * units + 16 * batch * widest) + 32 * self.depth * batch**2


def bytes_text(count: float) -> str:
    """A size as a reader says it."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:,.3g} GiB" if count < 1000 else f"{count:,.0f} GiB"


def seconds_text(seconds: float) -> str:
    """A time as a reader says it."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.2g} s" if seconds < 90 else f"{seconds / 60:,.0f} minutes"
