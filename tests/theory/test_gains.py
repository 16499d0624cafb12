"""The gains of the activations against reference values, and what is said about them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import simulator as sim
from simulator.activations import Activation
from simulator.theory.gains import PURPOSES, every, gains, table

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_curves.json").read_text())


def of_oracle(name: str) -> str:
    slope = name.removeprefix("leaky_relu_")
    return f"leaky_relu(negative_slope={slope})" if slope != name else name


@pytest.mark.parametrize("entry", ORACLE["gains"], ids=lambda e: e["activation"])
def test_gains(entry: dict) -> None:
    found = sim.gains(of_oracle(entry["activation"]))
    assert found.mean == pytest.approx(entry["E_phi"], rel=1e-9, abs=1e-15)
    assert found.second_moment == pytest.approx(entry["E_phi2"], rel=1e-9)
    assert found.variance == pytest.approx(entry["Var_phi"], rel=1e-9)
    assert found.derivative_second_moment == pytest.approx(entry["E_dphi2"], rel=1e-9)
    assert found.kurtosis == pytest.approx(entry["kurt_phi"], rel=1e-9)
    assert found.keeps_q == pytest.approx(entry["gain_q1"], rel=1e-9)
    assert found.keeps_variance == pytest.approx(entry["gain_var1"], rel=1e-9)
    assert found.keeps_gradient == pytest.approx(entry["gain_chi1"], rel=1e-9)
    assert found.chi_1 == pytest.approx(entry["at_gain_q1_sb0"]["chi1"], rel=1e-9)
    assert found.chi_parallel == pytest.approx(entry["at_gain_q1_sb0"]["chi_par"], rel=1e-9)
    assert (
        found.torch == pytest.approx(entry["torch_calculate_gain"])
        if entry["torch_calculate_gain"]
        else found.torch is None
    )


@pytest.mark.parametrize(
    "entry", [e for e in ORACLE["gains"] if "at_torch_gain_sb0" in e], ids=lambda e: e["activation"]
)
def test_where_pytorchs_gain_leads(entry: dict) -> None:
    lead = gains(of_oracle(entry["activation"])).lead("torch")
    expected = entry["at_torch_gain_sb0"]
    assert lead.chi_1 == pytest.approx(expected["chi1"], rel=1e-9)
    if isinstance(expected.get("q_star"), float):
        assert lead.q_star == pytest.approx(expected["q_star"], rel=1e-9)


@pytest.mark.parametrize("name", Activation.registry)
def test_each_gain_keeps_what_it_says(name: str) -> None:
    found = gains(name)
    assert found.lead("signal").signal == pytest.approx(1, abs=1e-12)
    assert found.lead("signal").q_star == pytest.approx(1, abs=1e-12)
    assert found.lead("gradient").gradient == pytest.approx(1, abs=1e-12)
    assert found.lead("variance").sigma_w ** 2 * found.variance == pytest.approx(1, abs=1e-12)
    assert (found.lead("torch") is None) == (found.torch is None)


def test_gelu_and_silu_stand_on_a_knife_edge() -> None:
    unstable = {name for name in Activation.registry if not gains(name).lead("signal").stable}
    assert unstable == {"gelu", "gelu_tanh", "silu", "quick_gelu", "hardswish", "mish", "formula"}
    told = {name for name in Activation.registry if "unstable" in " ".join(gains(name).remarks)}
    assert told == unstable


def test_one_gain_keeps_both_for_homogeneous_activations_only() -> None:
    both = {name for name in Activation.registry if "both signal and gradient, at every" in gains(name).remarks[0]}
    assert both == {name for name, part in Activation.registry.items() if part().homogeneous}


def test_what_is_said_of_tanh_and_of_the_sigmoid() -> None:
    tanh, sigmoid = (" ".join(gains(name).remarks) for name in ("tanh", "sigmoid"))
    assert "PyTorch's 1.667 ends at q* = 1.178 and multiplies the gradient variance by 1.21 per layer" in tanh
    critical = math.sqrt(103.0075538555)
    assert f"No gain of ordinary size saves the gradient: χ₁ reaches 1 only at σ_w = {critical:.4g}" in sigmoid
    assert "ordinary size" not in tanh


def test_what_is_ordinary_depends_on_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.theory.gains.ORDINARY", 20.0)
    told = " ".join(gains("sigmoid").remarks)
    assert "ordinary size" not in told
    assert "χ₁ reaches 1 only at σ_w = 10.15" in told


def test_an_activation_with_parameters_stands_beside_its_kind() -> None:
    names = [str(found.activation) for found in every("leaky_relu(negative_slope=0.2)", "tanh")]
    assert len(names) == len(set(names)) == len(Activation.menu(rare=False)) + 1
    assert names[names.index("leaky_relu") + 1] == "leaky_relu(negative_slope=0.2)"


def test_the_table_has_a_row_for_each_gain() -> None:
    frame = table(every())
    assert set(frame.purpose) == set(PURPOSES)
    assert not frame.duplicated(["activation", "purpose"]).any()
    grows = frame[(frame.activation == "softplus") & (frame.purpose == "gradient")]
    assert grows.q_star.isna().all(), "A variance without bound has no fixed point."
    assert not grows.stable.any()


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(sim.SettingError, match="Did you mean 'tanh'"):
        gains("tahn")
