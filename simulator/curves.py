"""Numbers over layers: the type in which studies and theory say a statistic, and figures take it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.scaled import Exponents, Floats
from simulator.scaled import log10 as log10_of
from simulator.scaled import value as value_of

SIMULATION, THEORY = "simulation", "theory"
NO_SEED = -1
"""The seed of a row that belongs to no single network: theory."""

_WIDTH = re.compile(r"width [0-9]+")
_INSIDE = 300
"""Decades from 1 within which a number is given as such, and not by its logarithm alone."""


class Curve(NamedTuple):
    """A statistic of some networks by layer, two arrays (networks, layers): unpacks as (value, log10).

    `value` is NaN where it lies outside the double range, where `log10` says it; `log10` is NaN for an exact zero.
    Both are NaN where there is no such number.
    """

    value: Floats
    log10: Floats

    @classmethod
    def of(cls, values: ArrayLike) -> Curve:
        """Of plain numbers, of which those that are not finite are none."""
        numbers = np.asarray(values, dtype=np.float64)
        known = np.isfinite(numbers)
        size = np.abs(np.where(known, numbers, 1.0))
        logs = np.log10(size, out=np.full_like(size, np.nan), where=size > 0)
        return cls(np.where(known, numbers, np.nan), np.where(known, logs, np.nan))

    @classmethod
    def of_log10(cls, logs: Floats) -> Curve:
        """Of numbers given by their log10, which is -inf for zeros."""
        zero = np.isneginf(logs)
        inside = np.abs(logs) < _INSIDE
        values = np.where(inside, 10.0 ** np.where(inside, logs, 0.0), np.nan)
        return cls(np.where(zero, 0.0, values), np.where(zero, np.nan, logs))

    @classmethod
    def of_scaled(cls, mantissas: Floats, exponents: Exponents) -> Curve:
        """Of mantissa * 2**exponent; both NaN where the mantissa is."""
        return cls(value_of(mantissas, exponents), log10_of(mantissas, exponents))

    @property
    def logs(self) -> Floats:
        """log10 with -inf for exact zeros, so that they take their place in medians."""
        return np.where(self.value == 0, -np.inf, self.log10)

    def decades(self, start: int = 0, stop: int = -1) -> Floats:
        """The change of log10 from one layer to another by network: -inf where either is an exact zero."""
        logs = self.logs
        first, last = logs[:, start], logs[:, stop]
        gone = np.isneginf(first) | np.isneginf(last)
        change: Floats = np.where(gone, 0.0, last) - np.where(gone, 0.0, first)
        return np.where(gone, -np.inf, change)


Curves = Mapping[tuple[str, str], Curve]
"""By (quantity, statistic)."""


@dataclass(frozen=True)
class Series:
    """One quantity and statistic of one network (or one theory): arrays of shape (seeds, layers).

    An exact zero has `log10` -inf here, so that it takes its place in medians; what is not known is NaN in both.
    """

    label: str
    source: str
    seeds: NDArray[np.int64]
    layers: NDArray[np.int64]
    value: Floats
    log10: Floats

    @property
    def is_theory(self) -> bool:
        """Whether these rows are computed, not measured."""
        return self.source == THEORY

    @property
    def is_at_width(self) -> bool:
        """Whether it is theory for the width that was simulated, beside that of infinite width."""
        return self.is_theory and is_at_width(self.label)

    def quantiles(self, *levels: float, log: bool) -> Floats:
        """Quantiles over the seeds, of log10 or of the value: shape (levels, layers), NaN where no row is."""
        rows = self.log10 if log else self.value
        if len(rows) == 1:
            return np.repeat(rows, len(levels), axis=0)
        # "lower" and "higher" steps keep -inf (an exact zero) out of any difference.
        ordered = np.sort(rows, axis=0)  # NaN goes last
        count = np.count_nonzero(~np.isnan(rows), axis=0)
        columns = np.arange(rows.shape[1])
        quantiles = np.full((len(levels), rows.shape[1]), np.nan)
        for row, level in enumerate(levels):
            place = level * np.maximum(count - 1, 0)
            low, high = (ordered[side(place).astype(int), columns] for side in (np.floor, np.ceil))
            part = place - np.floor(place)
            mixed = (part > 0) & np.isfinite(low) & np.isfinite(high)
            quantiles[row] = low
            quantiles[row, mixed] = low[mixed] + part[mixed] * (high[mixed] - low[mixed])
        return quantiles


def lines(
    curves: Curves, pair: tuple[str, str], source: str, seeds: Sequence[int], label: str = ""
) -> Iterator[Series]:  # fmt: skip
    """The curve of a (quantity, statistic) as a line of a chart, where there is one; layers without a number go."""
    if pair not in curves:
        return
    curve = curves[pair]
    known = ~(np.isnan(curve.value) & np.isnan(curve.log10))
    rows, columns = known.any(axis=1), known.any(axis=0)
    if rows.any():
        value, logs = (side[rows][:, columns] for side in (curve.value, curve.logs))
        yield Series(label, source, np.asarray(seeds)[rows], np.flatnonzero(columns), value, logs)


def at_width(width: int) -> str:
    """The label of theory's rows for layers of that width, beside those of infinite width."""
    return f"width {width}"


def is_at_width(label: str) -> bool:
    """Whether rows of theory have such a label."""
    return _WIDTH.fullmatch(label) is not None
