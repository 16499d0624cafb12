"""How a sweep's numbers are drawn: the words, the scale and the source of each (quantity, statistic)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.figures import axes, marks
from simulator.figures.figure import Trace
from simulator.statistics import STATISTICS

Floats = NDArray[np.float64]

_POOLE, _SCHOENHOLZ = "Poole et al. 2016", "Schoenholz et al. 2017"
LOG, SIGNED, UNIT = "log", "signed", "unit"


@dataclass(frozen=True)
class Measure:
    """A (quantity, statistic) as a picture has it: its words, its scale, its average over networks, its source."""

    words: str
    axis: str
    scale: str
    caption: str
    average: str = "median"


_CHANGES = {
    ("signal", "decades"): Measure(
        "Signal: change of variance", "log₁₀ Var x<sub>L</sub> / Var x<sub>1</sub> (decades)", SIGNED,
        "Blue vanishes, orange explodes on the way forward (Glorot & Bengio 2010).",
    ),
    ("signal", "decades_per_layer"): Measure(
        "Signal: change of variance a layer", "log₁₀ of the variance's factor a layer (decades)", SIGNED,
        "Blue vanishes, orange explodes on the way forward (He et al. 2015).",
    ),
    ("gradient", "decades"): Measure(
        "Gradient: change of variance", "log₁₀ Var dE/dx<sub>0</sub> / Var dE/dx<sub>L</sub> (decades)", SIGNED,
        "Blue vanishes, orange explodes on the way back (Glorot & Bengio 2010).",
    ),
    ("gradient", "decades_per_layer"): Measure(
        "Gradient: change of variance a layer", "log₁₀ of the variance's factor a layer (decades)", SIGNED,
        "The factor is χ<sub>1</sub> in wide networks: blue is the ordered phase, orange the chaotic one, and white "
        f"between them the edge of chaos ({_POOLE}, {_SCHOENHOLZ}).",
    ),
    ("network", "survives"): Measure(
        "Networks that survive", "fraction of networks", UNIT,
        "A network survives if neither the signal's nor the gradient's variance changes a thousandfold from end to "
        f"end (after {_SCHOENHOLZ}).", "mean",
    ),
}  # fmt: skip

_SOURCES = {
    "variance": "Glorot & Bengio 2010",
    "second_moment": _POOLE,
    "correlation": _SCHOENHOLZ,
    "saturated_fraction": "Glorot & Bengio 2010",
}


def measure_of(quantity: str, statistic: str) -> Measure:
    """How a (quantity, statistic) is drawn."""
    if (quantity, statistic) in _CHANGES:
        return _CHANGES[quantity, statistic]
    about = STATISTICS[statistic]
    words = f"{quantity} {statistic}".replace("_", " ")
    source = _SOURCES.get(statistic, "Glorot & Bengio 2010")
    scale = UNIT if about.is_fraction else LOG if about.kind == "positive" else SIGNED
    return Measure(words.capitalize(), words, scale, f"{about.about.rstrip('.')} ({source}).")


def measured_text(about: Measure, number: float) -> str:
    """A number of a measure as a reader says it."""
    if math.isnan(number):
        return "none"
    if about.scale == LOG:
        return axes.number(number)
    if math.isinf(number):
        return "exactly zero in the end"
    return f"{number:.0%}" if about.scale == UNIT else f"{number:+.3g}"


def span(about: Measure, cells: Floats) -> tuple[float, float]:
    """The ends of a colour scale."""
    finite = cells[np.isfinite(cells)]
    if about.scale == UNIT:
        return 0.0, 1.0
    if about.scale == SIGNED:
        end = axes.reach(float(np.abs(finite).max())) if finite.size and np.abs(finite).max() > 0 else 1.0
        return -end, end
    low, high = axes.decades(finite)
    return float(low), float(high)


def bar(about: Measure, low: float, high: float) -> Trace:
    """The key of a colour scale."""
    if about.scale == LOG:
        ticks = list(range(int(low), int(high) + 1, axes.tick_step(int(low), int(high))))
        return marks.key(ticks, [axes.power(tick) for tick in ticks], title="")
    return marks.key(title="decades") if about.scale == SIGNED else marks.key(title="", tickformat=".0%")


def scale(about: Measure, shown: Floats) -> dict[str, Any]:
    """The axis of lines."""
    if about.scale == LOG:
        return axes.log_axis(about.axis, shown)
    return axes.fraction_axis(about.axis) if about.scale == UNIT else axes.signed_axis(about.axis, shown)
