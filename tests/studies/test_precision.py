"""Number formats: every result a number of the format, float64 the engine itself, PyTorch met, depths as predicted."""

from __future__ import annotations

import json
import math
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from simulator import Experiment, precision, propagate
from simulator.activations import Activation
from simulator.studies.fates import fate
from simulator.studies.formats import COMPUTED, FORMATS
from simulator.studies.precision import EVENTS, MOST_VALUES, MOST_WEIGHTS, MOST_WIDTH, Precision, within
from simulator.studies.rounded import passes

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_precision.json").read_text(encoding="utf-8"))
SMALL = Experiment(depth=6, width=32, batch=16, engine="dense")
UNSCALED = Experiment(init="normal(std=1)", batch=64, engine="dense")


def small_network(deviation: float = 0.25, depth: int = 4, width: int = 16, batch: int = 8):
    rng = np.random.default_rng(7)
    weights = [rng.standard_normal((width, width)) * deviation for _ in range(depth)]
    return weights, rng.standard_normal((batch, width)), rng.standard_normal((batch, width))


def run(name: str, activation: str, weights, inputs, top):
    parts, depth = [Activation.parse(activation)] * len(weights), len(weights)
    seen = passes(FORMATS[name], parts, weights, [None] * depth, inputs, top, [1.0] * depth)
    return {(layer, quantity): values for layer, quantity, values in seen}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "gelu", "elu"])
@pytest.mark.parametrize("deviation", [1e-3, 0.25, 30.0])
def test_every_result_is_a_number_of_the_format(name, activation, deviation):
    kind = FORMATS[name]
    found = run(name, activation, *small_network(deviation, depth=8))
    for values in found.values():
        assert values.dtype == kind.work
        with np.errstate(all="ignore"):
            again = values.astype(kind.kind).astype(kind.work)
        np.testing.assert_array_equal(values, again)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu"])
def test_float64_is_the_dense_engine(activation):
    experiment = SMALL.replace(activation=activation, gain=1.3, bias="normal(std=0.2)")
    found, engine = precision(experiment), propagate(experiment)
    for quantity in ("preactivation", "activation", "preactivation_gradient", "activation_gradient"):
        rms = found.curves["float64"][quantity, "rms"][0]
        moment = engine.curves[quantity, "second_moment"][0]
        np.testing.assert_allclose(rms**2, moment, rtol=1e-12)


ROWS = [row for row in ORACLE["overflow_depth"]["rows"] if row["dtype"] != "float64"]


@cache
def unscaled(activation: str, width: int) -> Precision:
    return precision(UNSCALED.replace(activation=activation, width=width, depth=56))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['activation']}-{row['width']}-{row['dtype']}")
def test_overflow_comes_at_the_recorded_layer(row):
    found = unscaled(row["activation"], row["width"])
    measured = found.measured(row["dtype"], "overflow")
    if row["predicted"] is None:
        assert measured is None and found.predicted(row["dtype"], "overflow") is None
        return
    # Other draws than the recorded ones; a layer's growth has a standard deviation of sqrt(5/N) or less.
    assert abs(measured - np.median(row["measured_first_inf_layer"])) <= 1
    assert abs(found.predicted(row["dtype"], "overflow") - row["predicted"]) <= 1


def test_overflow_of_float64_comes_hundreds_of_layers_down():
    rows = ORACLE["overflow_depth"]["rows"]
    (row,) = [r for r in rows if (r["activation"], r["width"], r["dtype"]) == ("linear", 64, "float64")]
    found = precision(UNSCALED.replace(activation="linear", width=64, batch=8, depth=350))
    # Its logarithm drifts by about 1/N a layer (Hanin & Nica 2020): here two layers.
    assert abs(found.measured("float64", "overflow") - row["predicted"]) <= 3
    assert abs(found.predicted("float64", "overflow") - math.ceil(row["predicted"])) <= 1


@pytest.mark.parametrize(("activation", "depth", "float64"), [("relu", 4, 293), ("linear", 4, 256)])
def test_predicted_depths_of_256_units(activation, depth, float64):
    experiment = UNSCALED.replace(activation=activation, depth=300)
    found = Precision(experiment, experiment, {})  # a prediction needs no run
    middle = {"relu": 36, "linear": 32}[activation]
    wanted = {"float16": depth, "bfloat16": middle, "float32": middle, "float64": float64}
    for name, layer in wanted.items():
        assert abs(found.predicted(name, "overflow") - layer) <= 1


def test_gradients_are_met_from_the_output_down():
    found = unscaled("linear", 64)
    for name in ("float16", "bfloat16"):
        # Of a linear network the way down is the way up, from dE/dh_L where that began one layer's growth later.
        as_deep = found.experiment.depth - found.measured(name, "overflow")
        assert abs(found.measured(name, "gradient_overflow") - as_deep) <= 1
        assert abs(found.predicted(name, "gradient_overflow") - as_deep) <= 1


def test_a_rectifier_masks_as_pytorch_does():
    h, gradient = np.array([np.nan, 1, -1, 0], np.float32), np.array([2, np.inf, np.inf, np.inf], np.float32)
    kind, part = FORMATS["float16"], Activation.parse("relu")
    np.testing.assert_array_equal(kind.descend(part, h, kind.activate(part, h), gradient), [2, np.inf, 0, 0])


def test_signals_that_vanish_do_so_where_predicted():
    found = precision(Experiment(init="normal(std=0.01)", width=128, depth=60, batch=32))
    for name in ("float16", "bfloat16", "float32"):
        for event in ("vanished", "gradient_vanished"):
            # 0.113 a layer: a format's last subnormals are crossed in one or two layers.
            assert abs(found.measured(name, event) - found.predicted(name, event)) <= 2
    assert found.measured("float64", "vanished") is None and found.predicted("float64", "vanished") is None
    assert found.measured("float16", "vanished") < found.measured("bfloat16", "vanished")


def test_zeros_of_a_rectifier_are_no_underflow():
    found = precision(SMALL.replace(activation="relu", init="he_normal"))
    for name in COMPUTED:  # float8 has nothing between 0 and 2^-9 or 2^-16
        assert np.nanmax(found.curves[name]["activation", "underflowed_fraction"][0]) == 0
    assert "rounded_fraction" not in {statistic for _, statistic in found.curves["float16"]}


def test_rounded_units_stop_the_gradient():
    found = precision(UNSCALED.replace(activation="tanh", width=128, depth=3))
    order = sorted(FORMATS.values(), key=lambda kind: kind.digits)
    shares = [found.curves[kind.name]["activation", "rounded_fraction"][0][0, 2] for kind in order]
    assert all(more > less > 0 for more, less in pairwise(shares)), "The fewer digits, the more units are exactly ±1."
    stopped = found.curves["bfloat16"]["preactivation_gradient", "underflowed_fraction"][0][0, 3]
    rounded = found.curves["bfloat16"]["activation", "rounded_fraction"][0][0, 3]
    assert stopped == pytest.approx(rounded, abs=1e-12)


def test_without_theory_there_is_no_prediction():
    found = precision(SMALL.replace(init="constant(value=0.1)"))
    assert not found.expected
    assert {found.measured("float16", event) for event in EVENTS} == {None}
    assert set(found.to_frame().source) == {"simulation"}


def test_large_networks_are_run_smaller():
    wide = Experiment(width=65536, depth=100, batch=10_000)
    made = within(wide)
    assert max(made.layer_widths) <= MOST_WIDTH and made.depth == 100
    assert sum(a * b for a, b in zip(made.layer_widths, made.layer_widths[1:], strict=False)) <= MOST_WEIGHTS
    assert made.batch * sum(made.layer_widths) <= MOST_VALUES
    assert within(SMALL) == SMALL
    assert precision(SMALL.replace(seeds=3)).reduced is False


def test_the_table_has_every_format_and_the_expected_values():
    frame = precision(SMALL).to_frame()
    assert set(frame.label) == {*FORMATS, "expected"}
    expected = frame[frame.label == "expected"].set_index(["quantity", "layer"]).log10
    measured = frame[(frame.label == "float64") & (frame.statistic == "largest")].set_index(["quantity", "layer"]).log10
    both = expected.index.intersection(measured.index)
    # sqrt(2 ln nB) is the leading term of a maximum of 512: right to a third of its size, and width 32 adds to it.
    assert np.abs(expected[both] - measured[both]).max() < math.log10(2)


@pytest.mark.parametrize("case", ORACLE["networks"], ids=lambda case: f"{case['activation']}-{case['format']}")
def test_passes_agree_with_recorded_ones_of_pytorch(case):
    weights, inputs, top = small_network()
    found = run(case["format"], case["activation"], weights, inputs, top)
    compare(found, case, case["format"], len(weights))


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_passes_agree_with_pytorch(name, activation):
    torch = pytest.importorskip("torch")
    kind = getattr(torch, name)
    weights, inputs, top = small_network()
    x = torch.tensor(inputs).to(kind)
    steps = []
    for weight in weights:
        h = x @ torch.tensor(weight).to(kind).T.requires_grad_()
        h.retain_grad()
        x = getattr(torch, activation)(h)
        steps.append(h)
    x.backward(torch.tensor(top).to(kind))
    case = {"h": steps[-1].detach(), "x": x.detach(), "dh1": steps[0].grad}
    case = {what: values.double().numpy() for what, values in case.items()}
    compare(run(name, activation, weights, inputs, top), case, name, len(weights))


def compare(found, case, name: str, depth: int) -> None:
    """Equal to a few roundings of each of some 2 x depth operations, in units of the largest value."""
    unit = 2.0 ** -FORMATS[name].digits
    for key, what in (((depth, "preactivation"), "h"), ((depth, "activation"), "x"), ((1, _DH), "dh1")):
        theirs = np.asarray(case[what])
        assert np.max(np.abs(found[key] - theirs)) <= 4 * depth * unit * np.max(np.abs(theirs))


_DH = "preactivation_gradient"


def test_a_variance_overflows_before_the_values_do() -> None:
    """h² is infinite from the root of the largest number on: half of the decades, so about half as deep."""
    found = unscaled("relu", 256)
    for name, kind in FORMATS.items():
        square, value = (found.measured(name, event) for event in ("square_overflow", "overflow"))
        expected = [found.predicted(name, event) for event in ("square_overflow", "overflow")]
        if square is None:
            assert value is None and name == "float64"
            continue
        assert value is None or square <= value
        assert abs(square - expected[0]) <= 1 and (value is None or abs(value - expected[1]) <= 1)
        largest = found.curves[name]["preactivation", "largest"][0][0]
        shares = found.curves[name]["preactivation", "square_overflowed_fraction"][0][0]
        beyond = largest**2 > kind.largest * (1 + 2.0**-kind.digits)
        assert np.all((shares > 0)[np.isfinite(largest)] == beyond[np.isfinite(largest)])
    assert "h² and with it a variance overflows at layer" in fate(found, "float16")
    assert "h² and" not in fate(precision(SMALL), "float64")


@pytest.mark.parametrize("name", ["float8_e4m3", "float8_e5m2"])
def test_float8_is_rounded_as_pytorch_does(name: str) -> None:
    torch = pytest.importorskip("torch")
    kind, theirs = FORMATS[name], {"float8_e4m3": torch.float8_e4m3fn, "float8_e5m2": torch.float8_e5m2}[name]
    about = torch.finfo(theirs)
    assert (kind.largest, kind.smallest_normal, kind.smallest) == (
        about.max,
        about.smallest_normal,
        about.tiny / 2 ** (kind.digits - 1),
    )
    patterns = np.arange(256, dtype=np.uint8)
    bits = torch.from_numpy(patterns).view(theirs).to(torch.float32).numpy()
    np.testing.assert_array_equal(kind.number(patterns), bits)
    values = np.random.default_rng(3).standard_normal(50_000).astype(np.float32) * np.float32(2) ** np.linspace(
        -20, 8.5, 50_000, dtype=np.float32
    )
    values = values[np.abs(values) <= kind.largest]  # beyond it PyTorch's versions differ
    np.testing.assert_array_equal(kind.round(values), torch.from_numpy(values).to(theirs).to(torch.float32).numpy())
