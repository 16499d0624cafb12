"""The edge of chaos against reference values."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from simulator.activations import Activation
from simulator.theory.fixed_points import Phase, fixed_point
from simulator.theory.phase_diagram import critical_point, edge_of_chaos, half_stable

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_curves.json").read_text())


def of_oracle(name: str) -> Activation:
    slope = name.removeprefix("leaky_relu_")
    return Activation.parse(f"leaky_relu(negative_slope={slope})" if slope != name else name)


@pytest.mark.parametrize("entry", ORACLE["eoc"]["by_q"], ids=lambda e: f"{e['activation']}-{e['q']}")
def test_critical_point_of_a_variance(entry: dict) -> None:
    sigma_w2, sigma_b2 = critical_point(of_oracle(entry["activation"]), entry["q"])
    assert sigma_w2 == pytest.approx(entry["sw2"], rel=1e-9)
    # sigma_b2 is a difference of numbers of the size of q
    assert sigma_b2 == pytest.approx(entry["sb2"], rel=1e-9, abs=1e-14 * entry["q"])


@pytest.mark.parametrize("entry", ORACLE["eoc"]["by_sb2"], ids=lambda e: f"{e['activation']}-{e['sb2_target']}")
def test_edge_of_chaos(entry: dict) -> None:
    found = edge_of_chaos(of_oracle(entry["activation"]), entry["sb2_target"])
    assert len(found) == len(entry["solutions"])
    for point, expected in zip(found, entry["solutions"], strict=True):
        assert point.sigma_w2 == pytest.approx(expected["sw2"], rel=1e-9)
        assert point.sigma_b2 == pytest.approx(expected["sb2"], rel=1e-9)
        assert point.chi_parallel == pytest.approx(expected["chi_par"], rel=1e-9)
        if expected["q"] == "any":
            assert math.isnan(point.q_star)
        else:
            assert point.q_star == pytest.approx(expected["q"], rel=1e-9)
            assert point.stable == (expected["chi_par"] < 1)


@pytest.mark.parametrize("text", ["tanh", "erf", "elu", "selu"])
def test_the_edge_separates_order_from_chaos(text: str) -> None:
    activation = Activation.parse(text)
    (point,) = edge_of_chaos(activation, 0.1)
    phases = [fixed_point(activation, point.sigma_w2 * factor, 0.1).phase for factor in (0.999, 1.0, 1.001)]
    assert phases == [Phase.ORDERED, Phase.CRITICAL, Phase.CHAOTIC]


@pytest.mark.parametrize("entry", ORACLE["eoc"]["half_stable"], ids=lambda e: e["activation"])
def test_half_stable_points(entry: dict) -> None:
    point = half_stable(of_oracle(entry["activation"]), 1.0, 100.0)
    assert point.q_star == pytest.approx(entry["q"], rel=1e-9)
    assert point.sigma_w2 == pytest.approx(entry["sw2"], rel=1e-9)
    assert point.sigma_b2 == pytest.approx(entry["sb2"], rel=1e-9)


def test_half_stable_point_of_gelu_is_known_exactly() -> None:
    assert half_stable(Activation.parse("gelu"), 1.0, 100.0).q_star == pytest.approx((3 + math.sqrt(17)) / 2, rel=1e-12)
