"""Axes that do not jiggle: ranges snapped to whole decades, powers of ten spelt out far beyond the double range."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 3000, 5000, 10000, 20000, 50000, 100000)
_MOST_TICKS = 7
_PAD = 0.04
_LEAST_FRACTION = 0.01
_SLACK = 0.08


def decades(log10: Floats, least: int = 2) -> tuple[int, int]:
    """Whole decades that hold every finite log10, at least `least` of them, on the grid of the tick step."""
    finite = log10[np.isfinite(log10)]
    if not finite.size:
        return -1, 1
    low, high = float(finite.min()), float(finite.max())
    # A value a hair beyond a decade does not open the next one: the padding shows it.
    bottom, top = math.floor(low + _SLACK), math.ceil(high - _SLACK)
    while top - bottom < least:
        if low - bottom <= top - high:
            bottom -= 1
        else:
            top += 1
    step = tick_step(bottom, top)
    return step * math.floor(bottom / step), step * math.ceil(top / step)


def tick_step(bottom: int, top: int) -> int:
    """Decades between two labels."""
    return next((step for step in _STEPS if (top - bottom) / step <= _MOST_TICKS), _STEPS[-1])


def log_axis(title: str, log10: Floats) -> dict[str, Any]:
    """A linear axis of log10 values whose ticks read as powers of ten, for any exponent at all."""
    bottom, top = decades(log10)
    ticks = range(bottom, top + 1, tick_step(bottom, top))
    pad = max(_PAD * (top - bottom), _SLACK + 0.02)
    axis: dict[str, Any] = {
        "title": {"text": title},
        "range": [bottom - pad, top + pad],
        "tickvals": list(ticks),
        "ticktext": [power(k) for k in ticks],
    }
    if top - bottom <= 4:
        axis["minor"] = {"tickvals": [round(k + math.log10(m), 4) for k in range(bottom, top) for m in range(2, 10)]}
    return axis


def signed_axis(title: str, values: Floats) -> dict[str, Any]:
    """A linear axis symmetric about 0 whose end is 1, 2 or 5 times a power of ten."""
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if finite.size else 0.0
    end = round_up(largest) if largest > 0 else 1.0
    pad = 1 + 2 * _PAD
    return {"title": {"text": title}, "range": [-end * pad, end * pad], "nticks": 7, "exponentformat": "power",
            "zeroline": True}  # fmt: skip


def positive_axis(title: str, values: Floats) -> dict[str, Any]:
    """A linear axis from 0 to 1, 2 or 5 times a power of ten."""
    finite = values[np.isfinite(values)]
    largest = float(finite.max()) if finite.size else 0.0
    end = round_up(largest) if largest > 0 else 1.0
    return {"title": {"text": title}, "range": [-_PAD * end, (1 + _PAD) * end], "nticks": 7, "exponentformat": "power"}


def fraction_axis(title: str, values: Floats | None = None) -> dict[str, Any]:
    """An axis from 0 to 100 per cent, or to where the `values` reach."""
    whole = {"title": {"text": title}, "range": [-_PAD, 1 + _PAD], "tickformat": ".0%", "dtick": 0.2, "tick0": 0}
    finite = np.empty(0) if values is None else values[np.isfinite(values)]
    end = reach(max(_LEAST_FRACTION, float(finite.max()))) if finite.size else 1.0
    if end >= 1:
        return whole
    return whole | {"range": [-_PAD * end, (1 + _PAD) * end], "dtick": end / 4, "tickformat": ".2~%"}


def correlation_axis(title: str, values: Floats) -> dict[str, Any]:
    """An axis from 0 to 1, or from -1 to 1 where a value is well below 0."""
    finite = values[np.isfinite(values)]
    low = -1.0 if finite.size and float(finite.min()) < -0.25 else 0.0
    pad = _PAD * (1 - low)
    return {"title": {"text": title}, "range": [min(low, -0.25) - pad, 1 + pad], "dtick": 0.25, "tick0": 0}


def layer_axis(depth: int) -> dict[str, Any]:
    """The layers 0..depth."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if depth / step <= 8)
    return {
        "title": {"text": f"layer l (0 = input, {depth} = output)"},
        "range": [-0.02 * depth, 1.02 * depth],
        "tick0": 0,
        "dtick": step,
        "unifiedhovertitle": {"text": "layer %{x}"},
    }


def round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten at or above a positive `value`."""
    exponent = math.floor(math.log10(value))
    for digit in (1, 2, 5, 10):
        end = float(f"{digit}e{exponent}")
        if value <= end * (1 + 1e-9):
            return end
    return float(f"1e{exponent + 1}")


def reach(value: float) -> float:
    """The end of an axis that holds `value` and changes in few steps."""
    end = round_up(max(value, 1e-300))
    return min(part * end for part in (0.6, 0.8, 1.0) if part * end >= value * (1 - 1e-9))


def two_lines(title: str, longest: int = 34) -> str:
    """A long axis title broken at the space nearest its middle; tags hold no spaces."""
    if len(re.sub("<[^>]*>", "", title)) <= longest:
        return title
    spaces = [place for place, letter in enumerate(title) if letter == " "]
    place = min(spaces, key=lambda place: abs(place - len(title) / 2), default=None)
    return title if place is None else f"{title[:place]}<br>{title[place + 1 :]}"


def power(exponent: int) -> str:
    """A power of ten as a tick label: 1, 10, or 10 with a superscript."""
    return {0: "1", 1: "10"}.get(exponent, f"10<sup>{exponent}</sup>".replace("-", "−"))


def number(log10: float) -> str:
    """The number with this log10, three significant digits, for any exponent: 0.0123 or 1.23e-456."""
    if log10 == -math.inf:
        return "0"
    if math.isnan(log10):
        return ""
    exponent = math.floor(log10)
    if -4 <= exponent < 4:
        return f"{10**log10:.3g}"
    digits = f"{10 ** (log10 - exponent):.2f}"
    return f"1.00e{exponent + 1}" if digits == "10.00" else f"{digits}e{exponent}"
