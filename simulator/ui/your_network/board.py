"""The charts of the page Your network: one probe, or two beside each other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from simulator import figures, frames
from simulator.figures import Figure
from simulator.probing import Probe

MAIN = {
    ("activation", "variance"): "Signal, variance",
    ("activation_gradient", "variance"): "Gradient, variance",
}
"""The pairs that are always drawn, with the title that says it."""

Probes = Mapping[str, Probe]


def charts(probes: Probes, pair: tuple[str, str]) -> list[Figure]:
    """The signal, the gradient, and one statistic of choice."""
    titles = MAIN | {pair: " ".join(pair).replace("_", " ").capitalize()}
    shown = [
        figures.module_profile(_frame(probes, *each), *each, name=f"own-{place}", title=titles[each])
        for place, each in enumerate([*MAIN, pair])
    ]
    for figure in shown:
        figure.caption = ""  # said once, below
    return shown


def _frame(probes: Probes, quantity: str, statistic: str) -> pd.DataFrame:
    tables = []
    for label, probe in probes.items():
        tables.append(probe.to_frame(label, {(quantity, statistic)}))
        expected = probe.expected(quantity, statistic, label)
        tables += [] if expected is None else [expected]
    return frames.concat(*tables)


def table(probes: Probes) -> pd.DataFrame:
    """Every number of every probe."""
    return frames.concat(*(probe.to_frame(label) for label, probe in probes.items()))


def pairs(probes: Probes) -> list[tuple[str, str]]:
    """The pairs that can be drawn beside the signal and the gradient, the most telling first."""
    several = [pair for probe in probes.values() for pair in probe.curves if pair not in MAIN and pair[1] != "finite"]
    first = [("activation", "correlation"), ("weight_gradient", "variance"), ("activation", "dead_fraction")]
    return list(dict.fromkeys([pair for pair in first if pair in several] + several))
