"""How weight and bias laws are said in code: formulas of fan_in and fan_out, as Python text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.experiment import Experiment
from simulator.initializers import Bias, Initializer, biases, fixed, scaled, slips
from simulator.initializers.base import TRUNCATED_DEVIATION
from simulator.settings import Part, SettingError

_FANS = {"fan_in": "fan_in", "fan_out": "fan_out", "fan_avg": "((fan_in + fan_out) / 2)"}

_SLIPS: dict[type[Initializer], str] = {
    slips.SlipXavierHalf: "math.sqrt(1 / (fan_in + fan_out))",
    slips.SlipStd2OverN: "2 / fan_in",
    slips.SlipStd1OverN: "1 / fan_in",
    slips.SlipVarianceSqrt2OverN: "math.sqrt(math.sqrt(2 / fan_in))",
}

_FIXED: dict[type[Initializer], Callable[[Any], str]] = {
    fixed.Zeros: lambda init: "0.0",
    fixed.Constant: lambda init: number(init.value),
    fixed.Normal: lambda init: number(init.std),
    fixed.Uniform: lambda init: f"{number(init.bound)} / math.sqrt(3)",
    fixed.TruncatedNormal: lambda init: f"{TRUNCATED_DEVIATION!r} * {number(init.std)}",
    scaled.Orthogonal: lambda init: "math.sqrt(1 / max(fan_in, fan_out))",
    scaled.TorchDefault: lambda init: "math.sqrt(1 / (3 * fan_in))",
}


@dataclass(frozen=True)
class WeightLaw:
    """One law of weights: its `distribution`, and sqrt(E W_ij^2) before the gain (a constant: the value) as Python."""

    init: Initializer
    gain: float
    deviation: str

    @property
    def distribution(self) -> str:
        return self.init.distribution

    @property
    def scaling(self) -> scaled.VarianceScaling | None:
        """The variance-scaling family's scale and fan, None for any other law."""
        if isinstance(self.init, scaled.VarianceScaling):
            return self.init
        return self.init.scaling if isinstance(self.init, scaled.Preset) else None

    @property
    def about(self) -> str:
        """The law in one line, for a docstring."""
        what = self.init.summary().removesuffix(".")
        return f"{self.init}: {what}{f'; gain {number(self.gain)}' if self.gain != 1 else ''}."

    def times_gain(self, formula: str) -> str:
        """`formula` times the gain, as Python."""
        return formula if self.gain == 1 else f"{number(self.gain)} * {formula}"

    def standard_deviation(self) -> list[str]:
        """The line that sets `std`."""
        return [f"std = {self.times_gain(self.deviation)}"]


def weight_laws(experiment: Experiment) -> dict[str, WeightLaw]:
    """The laws of the weights by the name of their function: `weight`, and `last_weight` for another last layer's.

    Raises SettingError for a scheme that has no formula here.
    """
    found = {"weight": _law(experiment, experiment.init_part)}
    last = experiment.init_at(experiment.depth)
    if last != experiment.init_part:
        found["last_weight"] = _law(experiment, last)
    return found


def _law(experiment: Experiment, init: Initializer) -> WeightLaw:
    return WeightLaw(init, experiment.gain, _deviation(init))


def _deviation(init: Initializer) -> str:
    if isinstance(init, scaled.VarianceScaling):
        return f"math.sqrt({number(init.scale)} / {_FANS[init.mode]})"
    if isinstance(init, scaled.Lecun):
        return "math.sqrt(1 / fan_in)"
    if isinstance(init, scaled.Xavier):
        return "math.sqrt(2 / (fan_in + fan_out))"
    if isinstance(init, scaled.He):
        slope = number(init.negative_slope)
        share = f"(1 + ({slope}) ** 2) * " if init.negative_slope else ""
        return f"math.sqrt(2 / ({share}{init.mode}))" if share else f"math.sqrt(2 / {init.mode})"
    if type(init) in _SLIPS:
        return _SLIPS[type(init)]
    if type(init) in _FIXED:
        return _FIXED[type(init)](init)
    raise unsaid(init)


def bias_law(experiment: Experiment) -> tuple[str, str]:
    """A bias law's kind, "zeros", "constant", "normal" or "uniform", and its value, deviation or bound as Python."""
    law: Bias = experiment.bias_part
    if law.is_zero:
        return "zeros", "0.0"
    if isinstance(law, biases.Constant):
        return "constant", number(law.value)
    if isinstance(law, biases.Normal):
        return "normal", number(law.std)
    if isinstance(law, biases.TorchDefault):
        return "uniform", "1 / math.sqrt(fan_in)"
    raise unsaid(law)


def unsaid(part: Part) -> SettingError:
    """The error of a part that has no code."""
    return SettingError(f"The code export does not know the {part.noun} {part}.")


def number(value: float) -> str:
    """A number as Python text that reads back as the same double."""
    return repr(float(value))
