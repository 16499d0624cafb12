"""The choice of a statistic and of layers: alike on several pages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.experiment import MAX_DEPTH, Experiment
from simulator.settings import SettingError, Settings, echo, setting
from simulator.statistics import QUANTITIES, STATISTICS, pairs

CURVES = 5
"""How many layers are drawn as curves when a link names none."""


def _layers(text: str, where: str) -> str:
    pieces = re.split(r"\s*[-,\s]\s*", text) if text else []
    if not all(re.fullmatch(r"[0-9]{1,9}", piece) and 1 <= int(piece) <= MAX_DEPTH for piece in pieces):
        raise SettingError(f"{where} must look like 1-10-30, each in [1, {MAX_DEPTH}]; got {echo(text)}.")
    return "-".join(map(str, sorted(set(map(int, pieces)))))


@dataclass(frozen=True)
class Measured(Settings):
    """The quantity, statistic and layers to draw."""

    quantity: str = setting("preactivation", choices=tuple(QUANTITIES), help="What is measured at every layer.")
    statistic: str = setting("variance", choices=tuple(STATISTICS), help="Which statistic of it is drawn.")
    axis: str = setting(
        "value",
        choices=("value", "rms", "log10"),
        label="Axis",
        help="The values themselves, in units of each layer's own root mean square, or log10 of their size.",
    )
    layer: int = setting(1, bounds=(1, MAX_DEPTH), label="Layer", symbol="l", help="The layer looked at.")
    layers: str = setting(
        "",
        label="Layers as curves",
        help="The layers drawn as curves, as text: 1-10-30. Empty: a spread of them.",
        reads=_layers,
    )

    def shown_statistic(self, experiment: Experiment) -> str:
        """The statistic, or the quantity's first one where the chosen one is not reported."""
        names = statistics_of(self.quantity, experiment)
        return self.statistic if self.statistic in names else names[0]

    def shown_layer(self, experiment: Experiment) -> int:
        """The layer looked at, or the last one of a shallower network."""
        return min(self.layer, experiment.depth)

    def shown_layers(self, experiment: Experiment) -> tuple[int, ...]:
        """The layers drawn as curves: those named that exist, or a spread from first to last."""
        named = tuple(layer for layer in map(int, filter(None, self.layers.split("-"))) if layer <= experiment.depth)
        return named or spread(experiment.depth)


def statistics_of(quantity: str, experiment: Experiment) -> list[str]:
    """The statistics that are reported of `quantity`."""
    return [name for about, name in pairs(experiment.activation_parts) if about == quantity]


def spread(depth: int) -> tuple[int, ...]:
    """At most CURVES layers of 1..depth, evenly spread, the first and the last among them."""
    steps = min(CURVES, depth) - 1
    return tuple(sorted({1 + round(step * (depth - 1) / max(1, steps)) for step in range(steps + 1)}))
