"""The laws that the Keras and the Flax scripts ask for, against stand-ins that know each initializer's variance."""

from __future__ import annotations

import ast
import math
from types import SimpleNamespace
from typing import Any

import pytest

from simulator import Bias, Experiment, Initializer, export
from simulator.initializers.base import TRUNCATED_DEVIATION

FAN_IN, FAN_OUT = 90, 60
INITS = [*Initializer.registry, "he_truncated(mode=fan_out)", "he_uniform(negative_slope=0.5)", "constant(value=-0.3)"]
FRAMEWORKS = ["keras", "flax"]
FANS = {"fan_in": FAN_IN, "fan_out": FAN_OUT, "fan_avg": (FAN_IN + FAN_OUT) / 2}

Law = tuple[str, float]
"""What is drawn and its mean square, or the value of a constant."""


def truncated(stddev: float) -> Law:
    return "truncated_normal", (TRUNCATED_DEVIATION * stddev) ** 2


def scaling(scale: float, mode: str, distribution: str) -> Law:
    return distribution, scale / FANS[mode]


def orthogonal(gain: float) -> Law:
    return "orthogonal", gain**2 / max(FAN_IN, FAN_OUT)


# Keras's "normal" is cut at two deviations, and each of its named laws is a variance scaling.
KERAS_SHAPES = {"untruncated_normal": "normal", "normal": "truncated_normal", "truncated_normal": "truncated_normal"}
INITIALIZERS = {
    "VarianceScaling": lambda scale, mode, shape: scaling(scale, mode, KERAS_SHAPES.get(shape, shape)),
    "Orthogonal": lambda gain: orthogonal(gain),
    "Constant": lambda value: ("constant", value),
    "TruncatedNormal": lambda stddev: truncated(stddev),
    "RandomNormal": lambda stddev: ("normal", stddev**2),
    "RandomUniform": lambda low, high: ("uniform", (high - low) ** 2 / 12),
    **{
        f"{name}{shape}": lambda law=(scale, mode, drawn): scaling(*law)
        for name, scale, mode in (("Lecun", 1, "fan_in"), ("Glorot", 1, "fan_avg"), ("He", 2, "fan_in"))
        for shape, drawn in (("Normal", "truncated_normal"), ("Uniform", "uniform"))
    },
    "variance_scaling": scaling,
    "orthogonal": orthogonal,
    "constant": lambda value: ("constant", value),
    "truncated_normal": truncated,
    "normal": lambda stddev: ("normal", stddev**2),
}
JAX = SimpleNamespace(
    random=SimpleNamespace(uniform=lambda key, shape, dtype, low, high: ("uniform", (high - low) ** 2 / 12))
)


def law(experiment: Experiment, framework: str, name: str, *fans: int) -> Law:
    """What the script's function of this name asks the framework for."""
    tree = ast.parse(export.code(experiment, framework, "A diagnosis."))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    known = SimpleNamespace(**INITIALIZERS)
    scope: dict[str, Any] = {"math": math, "initializers": known, "nn": SimpleNamespace(initializers=known), "jax": JAX}
    exec(compile(tree, framework, "exec"), scope)
    made = scope[name](*fans)
    return made(None, None) if callable(made) else made


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("gain", [1.0, 1.7])
@pytest.mark.parametrize("init", INITS)
def test_weights_are_asked_for_by_their_law(framework: str, init: str, gain: float) -> None:
    experiment = Experiment(widths=f"{FAN_IN}-{FAN_OUT}", init=init, gain=gain)
    kind, value = law(experiment, framework, "weight", FAN_IN, FAN_OUT)
    assert kind == experiment.init_part.distribution
    wanted = gain * experiment.init_part.mean if kind == "constant" else experiment.weight_variance(1)
    assert value == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("bias", [*Bias.registry, "normal(std=2)", "constant(value=-2)"])
def test_biases_are_asked_for_by_their_law(framework: str, bias: str) -> None:
    experiment = Experiment(widths=f"{FAN_IN}-{FAN_OUT}", bias=bias)
    kind, value = law(experiment, framework, "bias", FAN_IN)
    part = experiment.bias_part
    assert kind == ("constant" if part.is_zero else part.name.replace("torch_default", "uniform"))
    if kind == "constant":
        value = value**2
    assert value == pytest.approx(part.second_moment(FAN_IN), rel=1e-12)
