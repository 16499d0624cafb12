"""One unit's sum z = Σ w_i x_i over many draws: how large its terms are, and how large it is itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulator.scaled import Floats

LAWS = ("1/n", "2/n", "1", "1/n²")
"""Choices of Var w."""

DRAWS = 2000
_KEPT = 4000


@dataclass(frozen=True)
class Sums:
    """`totals[k]` (draws,) are sums of `counts[k]` terms, `terms[k]` some of those terms.

    `total_squares` and `term_squares` (counts,) are mean squares over all that was drawn, `expected` is z's in theory.
    """

    counts: tuple[int, ...]
    law: str
    mean: float
    totals: tuple[Floats, ...] = field(repr=False)
    terms: tuple[Floats, ...] = field(repr=False)
    total_squares: Floats = field(repr=False)
    term_squares: Floats = field(repr=False)
    expected: Floats = field(repr=False)

    @property
    def error(self) -> float:
        """Relative standard error of a mean square of z, as if z were normal."""
        return math.sqrt(2 / len(self.totals[0]))

    def to_frame(self) -> pd.DataFrame:
        """A row a number of terms: mean squares of the sum, of its terms, and in theory."""
        return pd.DataFrame(
            {
                "n": self.counts,
                "sum_mean_square": self.total_squares,
                "term_mean_square": self.term_squares,
                "theory": self.expected,
            }
        )


def weight_variance(law: str, count: int) -> float:
    """Var w of a unit with `count` inputs by one of LAWS."""
    return {"1/n": 1 / count, "2/n": 2 / count, "1": 1.0, "1/n²": 1 / count**2}[law]


def sums(counts: Sequence[int], law: str = "1/n", mean: float = 0.0, seed: int = 0, draws: int = DRAWS) -> Sums:
    """Draw w ~ N(0, Var w) and x ~ N(mean, 1), new ones for every sum; `law` is one of LAWS."""
    rng = np.random.default_rng(seed)
    totals, terms, squares = [], [], np.empty((2, len(counts)))
    for place, count in enumerate(counts):
        w = rng.standard_normal((draws, count)) * math.sqrt(weight_variance(law, count))
        each = w * (rng.standard_normal((draws, count)) + mean)
        total = each.sum(axis=1)
        squares[:, place] = np.mean(total**2), np.mean(each**2)
        totals.append(total)
        terms.append(each.ravel()[:_KEPT])
    expected = np.array([count * weight_variance(law, count) * (1 + mean**2) for count in counts])
    return Sums(tuple(counts), law, mean, tuple(totals), tuple(terms), squares[0], squares[1], expected)
