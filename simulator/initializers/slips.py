"""Formulas of the schemes as they are often misprinted or misread, named as such."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.initializers.base import Initializer


class Slip(Initializer):
    """A formula as it is often misprinted or misread; `note` says what was meant."""

    distribution = "normal"


@dataclass(frozen=True)
class SlipXavierHalf(Slip, name="slip_xavier_half"):
    """Slip: normal with variance 1/(fan_in + fan_out), half of Xavier's."""

    note = (
        "Xavier's variance is 2/(fan_in + fan_out), as the bound sqrt(6/(fan_in + fan_out)) of its uniform version "
        "says too; with 1 in place of 2 a linear layer halves the variance, 2^-L after L layers."
    )
    code = {"deviation": "math.sqrt(1 / (fan_in + fan_out))"}

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / (fan_in + fan_out)


@dataclass(frozen=True)
class SlipStd2OverN(Slip, name="slip_std_2_over_n"):
    """Slip: normal with standard deviation 2/fan_in, variance 4/fan_in^2."""

    note = (
        "He's 2/n is the variance and its root the standard deviation; taken for the standard deviation it makes "
        "every ReLU layer multiply the variance by 2/n in place of 1."
    )
    code = {"deviation": "2 / fan_in"}

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return 2 / fan_in


@dataclass(frozen=True)
class SlipStd1OverN(Slip, name="slip_std_1_over_n"):
    """Slip: normal with standard deviation 1/fan_in, variance 1/fan_in^2."""

    note = (
        "LeCun's 1/n is the variance, reached by multiplying N(0, 1) draws by sqrt(1/n); multiplying them by 1/n makes "
        "every linear layer multiply the variance by 1/n in place of 1."
    )
    code = {"deviation": "1 / fan_in"}

    def deviation(self, fan_in: int, fan_out: int) -> float:
        return 1 / fan_in


@dataclass(frozen=True)
class SlipVarianceSqrt2OverN(Slip, name="slip_variance_sqrt_2_over_n"):
    """Slip: normal with variance sqrt(2/fan_in)."""

    note = (
        "sqrt(2/n) is He's standard deviation, 2/n the variance; taken for the variance it makes every ReLU layer "
        "multiply the variance by sqrt(n/2) in place of 1."
    )
    code = {"deviation": "math.sqrt(math.sqrt(2 / fan_in))"}

    def variance(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(2 / fan_in)
