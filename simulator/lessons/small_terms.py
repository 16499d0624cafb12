"""Small times small: n terms of variance 1/n add up to 1."""

from __future__ import annotations

import math

from simulator import figures
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import SURE
from simulator.studies.sums import LAWS, sums

_SIZES = {"about 0.01": 0.01, "about 0.1": 0.1, "about 1": 1.0, "about 10": 10.0}
_COUNTS = (1, 10, 100, 1000)


def _run(seed: int, *, law: str) -> Found:
    totals = sums(_COUNTS, law, seed=seed)
    place = _COUNTS.index(100)
    numbers = {
        "term": math.sqrt(totals.term_squares[place]),
        "total": math.sqrt(totals.total_squares[place]),
        "expected": math.sqrt(totals.expected[place]),
        "error": totals.error,
    }
    drawn = {"one of 100 terms": totals.terms[place], "sum of 100 terms": totals.totals[place]}
    return numbers, (
        figures.sum_histogram(drawn, symbol="w<sub>i</sub>x<sub>i</sub> and z", title="Terms and their sum, n = 100"),
        figures.sum_sizes(totals.counts, totals.total_squares, totals.term_squares, totals.expected),
    )


def _right(numbers: Numbers) -> str:
    return min(_SIZES, key=lambda text: abs(math.log(numbers["total"] / _SIZES[text])))


def _holds(numbers: Numbers) -> bool:
    # A root has half the relative error of what it is the root of.
    return abs(numbers["total"] / numbers["expected"] - 1) <= SURE * numbers["error"] / 2


LESSON = Lesson(
    title="Small times small is 0.0001: doesn't the signal vanish in one layer?",
    question="Take n = 100 inputs of variance 1 and weights of variance 1/n. One term w·x has a size of about 0.1. "
    "How large is the sum z of all hundred?",
    options=tuple(_SIZES),
    controls=(Control("law", "Var w", LAWS, "1/n"),),
    run=_run,
    right=_right,
    shown="Measured at n = 100: one term has a root mean square of {term:.2g}, the sum of {total:.2g} "
    "(theory: {expected:.2g}).",
    answer="A term is small, but there are n of them, and the variances of independent terms add. With Var w = 1/n "
    "the n terms of variance 1/n make 1, whatever n is.",
    formula="Var z = n · Var w · E x<sup>2</sup> = n · (1/n) · 1 = 1",
    source="LeCun, Bottou, Orr and Müller (1998), section 4.6; the question is from a course forum.",
    text=Text("two small numbers times each other results extremely small", "true of one term, not of the sum of n"),
    claim="The sum of n terms has variance n Var w E x²: 1 with Var w = 1/n.",
    holds=_holds,
    page="signal",
    lab={"activation": "linear", "init": "lecun_normal", "depth": 10},
)
