"""Signs cancel, but only down to the root of n."""

from __future__ import annotations

import math

from simulator import figures
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import SURE
from simulator.studies.sums import sums

_GROWTH = {"it stays": 1.0, "10 times as wide": 10.0, "100 times as wide": 100.0}
_COUNTS = (4, 10, 100, 1000)
_EXAMPLE = (-999.99, 1000.0, -100.99, 101.0)
"""The terms that the question's author found to cancel."""


def _run(seed: int, *, law: str) -> Found:
    totals = sums(_COUNTS, law, seed=seed)
    size = math.sqrt(sum(term**2 for term in _EXAMPLE))
    numbers = {
        "growth": math.sqrt(totals.total_squares[3] / totals.total_squares[1]),
        "expected": math.sqrt(totals.expected[3] / totals.expected[1]),
        "error": totals.error,
        "size": size,
        "accident": math.erf(sum(_EXAMPLE) / size / math.sqrt(2)),
    }
    drawn = {f"n = {count}": totals.totals[place] for place, count in enumerate(_COUNTS)}
    return numbers, (
        figures.sum_histogram(drawn),
        figures.sum_sizes(totals.counts, totals.total_squares, totals.term_squares, totals.expected),
    )


def _right(numbers: Numbers) -> str:
    return min(_GROWTH, key=lambda text: abs(math.log(numbers["growth"] / _GROWTH[text])))


def _holds(numbers: Numbers) -> bool:
    near = abs(numbers["growth"] / numbers["expected"] - 1) <= SURE * numbers["error"]
    return near and 1e-5 < numbers["accident"] < 2e-5


LESSON = Lesson(
    title="Signs cancel, so why must each w·x be small?",
    question="Weights and inputs of variance 1, either sign. Go from n = 10 terms to n = 1,000. What happens to the "
    "spread of their sum z?",
    options=tuple(_GROWTH),
    controls=(Control("law", "Var w", ("1", "1/n"), "1"),),
    run=_run,
    right=_right,
    shown="Measured: from n = 10 to n = 1,000 the sum gets {growth:.3g} times as wide (theory: {expected:.3g}). Four "
    "terms as large as −999.99, 1,000, −100.99 and 101 sum to {size:,.0f} as a rule; to 0.02 or less with a "
    "probability of {accident:.1e}.",
    answer="Independent signs cancel a lot, but not all: a sum of n terms is √n times as large as one of them, not n "
    "times and not 1 times. The rest must come from the weights, so each gets a standard deviation of 1/√n.",
    formula="sd(Σ w<sub>i</sub>x<sub>i</sub>) = √n · sd(w<sub>i</sub>x<sub>i</sub>)",
    source="LeCun, Bottou, Orr and Müller (1998), section 4.6; the question is from a course forum.",
    text=Text("we might have WiXi terms like … −999.99, 1000", "possible, but an accident: see its probability"),
    claim="Cancellation leaves √n, and the forum's four terms cancel with a probability near 1e-5.",
    holds=_holds,
    page="signal",
    lab={"activation": "linear", "init": "normal(std=1)", "depth": 10},
)
