"""Where formats round sigmoid and tanh to their limits: the recorded numbers of PyTorch and NumPy, and the rules."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simulator.activations import Activation
from simulator.studies.formats import COMPUTED, FORMATS, limits
from simulator.studies.thresholds import (
    PYTORCH,
    losses,
    naive_loss,
    rounds_from,
    rules,
    smallest,
    stable_loss,
    table,
    thresholds,
)

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_precision.json").read_text(encoding="utf-8"))


def recorded(name: str, function: str) -> float:
    found = ORACLE["torch"][name]
    return found.get(function) or found[f"{function}_vector"]


@pytest.mark.parametrize("name", COMPUTED)
def test_sigmoid_rounds_to_one_and_to_zero_where_pytorch_does(name):
    measured = thresholds(name)
    assert measured["sigmoid(z) = 1"] == recorded(name, "sigmoid")
    assert measured["sigmoid(−z) = 0"] == -ORACLE["negative_zero"][name]


@pytest.mark.parametrize("name", COMPUTED)
def test_tanh_rounds_to_one_where_pytorch_does(name):
    measured, theirs = thresholds(name)["tanh(z) = 1"], recorded(name, "tanh")
    if name in ("float16", "bfloat16"):
        assert measured == theirs
    else:
        # PyTorch's last digit is not always right: at its threshold tanh is within 1 unit of it from 1.
        assert 2 * math.exp(-2 * theirs) < 2.0 ** -FORMATS[name].digits
        assert measured == pytest.approx(theirs, rel=1e-5)
    exact = ORACLE["theory"]["values"][name]["rounded_tanh"]
    assert exact <= measured <= exact * (1 + 2.0 ** (1 - FORMATS[name].digits))


@pytest.mark.parametrize("name", COMPUTED)
def test_naive_sigmoid_rounds_to_one_where_recorded(name):
    library = ORACLE["torch"] if name in ("float16", "bfloat16") else ORACLE["numpy"]
    assert thresholds(name)["naive 1/(1 + exp(−z)) = 1"] == library[name]["naive 1/(1+exp(-z))"]


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_numpys_tanh_is_a_digit_off(name):
    # Its last digit depends on the processor: right to 2 units, which puts the threshold within (ln 2)/2 * 2.
    measured = thresholds(name)["NumPy's tanh(z) = 1"]
    assert abs(measured - ORACLE["numpy"][name]["np.tanh"]) <= math.log(2)


@pytest.mark.parametrize("name", COMPUTED)
def test_the_rules_hold_to_a_number_of_the_format(name):
    for statement, rule in rules(name).items():
        assert 0 <= thresholds(name)[statement] / rule - 1 <= 2.0 ** (1 - FORMATS[name].digits)


@pytest.mark.parametrize("name", COMPUTED)
def test_a_threshold_is_the_smallest_such_number(name):
    kind, measured = FORMATS[name], thresholds(name)
    for statement, function in (("sigmoid(z) = 1", kind.sigmoid), ("naive 1/(1 + exp(−z)) = 1", kind.naive_sigmoid)):
        at = np.array([measured[statement]]).astype(kind.kind).view(kind.bits)
        assert function(kind.number(at))[0] == 1
        assert function(kind.number(at - at.dtype.type(1)))[0] != 1


def test_bisection_tells_what_never_happens():
    assert math.isnan(smallest(FORMATS["float16"], lambda z: z < 0))
    assert smallest(FORMATS["float16"], lambda z: z > 1) == 1 + 2.0**-10


@pytest.mark.parametrize(
    ("name", "largest", "normal", "least"),
    [
        ("float16", 65504, 2.0**-14, 2.0**-24),
        ("bfloat16", 2.0**128 - 2.0**120, 2.0**-126, 2.0**-133),
        ("float32", 2.0**128 - 2.0**104, 2.0**-126, 2.0**-149),
        ("float64", np.finfo(float).max, 2.0**-1022, 5e-324),
    ],
)
def test_formats_end_where_ieee_says(name, largest, normal, least):
    kind = FORMATS[name]
    assert (kind.largest, kind.smallest_normal, kind.smallest) == (largest, normal, least)
    with np.errstate(all="ignore"):
        assert np.isinf(kind.round(np.array([1.01 * largest]) if name != "float64" else np.array([np.inf])))[0]


@pytest.mark.parametrize("name", COMPUTED)
def test_the_naive_loss_breaks_where_sigmoid_is_one(name):
    kind, measured = FORMATS[name], thresholds(name)
    edge = measured["sigmoid(z) = 1"]
    assert measured["−log(1 − a) = inf"] == measured["naive loss NaN, y = 1"] == edge
    z = np.array([edge], kind.work)
    assert np.isinf(naive_loss(kind, z, 0))[0] and np.isnan(naive_loss(kind, z, 1))[0]
    assert stable_loss(kind, z, 0)[0] == kind.round(np.array([edge + math.log1p(math.exp(-edge))]))[0]
    assert 0 <= stable_loss(kind, z, 1)[0] < 2.0 ** (2 - kind.digits)


@pytest.mark.parametrize("name", COMPUTED)
def test_naive_and_stable_agree_where_both_are_right(name):
    z = np.linspace(-2, 2, 33)
    found, unit = losses(name, z), 2.0 ** -FORMATS[name].digits
    np.testing.assert_allclose(found["naive"], found["stable"], rtol=16 * unit, atol=8 * unit)
    np.testing.assert_allclose(found["naive gradient"], found["stable gradient"], rtol=16 * unit)
    np.testing.assert_allclose(found["stable"], np.log1p(np.exp(z)), rtol=4 * unit)  # three operations


def test_limits_are_those_of_flat_tails_other_than_zero():
    ends = {name: limits(Activation.parse(name)) for name in ("tanh", "sigmoid", "relu", "elu", "gelu")}
    np.testing.assert_equal(
        ends,
        {
            "tanh": (-1, 1),
            "sigmoid": (np.nan, 1),
            "relu": (np.nan, np.nan),
            "elu": (-1, np.nan),
            "gelu": (np.nan, np.nan),
        },
    )
    assert rounds_from("float16", Activation.parse("tanh")) == ORACLE["torch"]["float16"]["tanh"]
    assert math.isnan(rounds_from("float16", Activation.parse("relu")))


def test_the_table_has_the_recorded_values_beside_the_measured():
    frame = table()
    assert set(frame.format) == set(COMPUTED)
    beside = frame.dropna(subset=["pytorch"])
    assert len(beside) == 4 * len(PYTORCH)
    np.testing.assert_allclose(beside.measured, beside.pytorch, rtol=1e-5)
    for statement, function in (("sigmoid(z) = 1", "sigmoid"), ("tanh(z) = 1", "tanh")):
        assert PYTORCH[statement] == tuple(recorded(name, function) for name in COMPUTED)
