"""Sums of w_i x_i against the variance of a sum of independent terms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.studies.sums import LAWS, sums

SURE = 4.0
COUNTS = (1, 4, 50, 300)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("mean", [0.0, 2.0])
def test_variances_of_terms_add(law: str, mean: float) -> None:
    found = sums(COUNTS, law, mean, seed=1, draws=4000)
    for place, count in enumerate(COUNTS):
        expected = {"1/n": 1, "2/n": 2, "1": count, "1/n²": 1 / count}[law] * (1 + mean**2)
        assert found.expected[place] == pytest.approx(expected, rel=1e-12)
        # Kurtosis of z: 3 + (k - 3)/n with k that of w x, at most 9.
        error = math.sqrt((2 + 6 / count) / 4000)
        assert abs(found.total_squares[place] / expected - 1) <= SURE * error
        assert abs(found.term_squares[place] * count / expected - 1) <= SURE * math.sqrt(8 / (4000 * count))


def test_one_term_is_its_own_sum() -> None:
    found = sums((1,), draws=100)
    np.testing.assert_array_equal(found.totals[0], found.terms[0])
    assert found.total_squares[0] == found.term_squares[0]


def test_the_same_seed_gives_the_same_bits() -> None:
    np.testing.assert_array_equal(sums((5,), seed=2, draws=50).totals[0], sums((5,), seed=2, draws=50).totals[0])
    assert (sums((5,), seed=2, draws=50).totals[0] != sums((5,), seed=3, draws=50).totals[0]).all()


def test_the_table_has_a_row_a_count() -> None:
    frame = sums(COUNTS, "1", draws=50).to_frame()
    assert frame["n"].tolist() == list(COUNTS)
    assert frame["theory"].tolist() == [1, 4, 50, 300]
