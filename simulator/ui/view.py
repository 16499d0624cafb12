"""What is looked at: the part of a link that is not the experiment."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.experiment import MAX_DEPTH, Experiment
from simulator.export import FRAMEWORKS
from simulator.grid import Grid
from simulator.lessons import LESSONS
from simulator.serving import rooms
from simulator.settings import SettingError, Settings, echo, one_of, setting
from simulator.statistics import QUANTITIES, STATISTICS, pairs
from simulator.studies import comparison
from simulator.studies.sweep.rows import PAIRS
from simulator.theory.fans import EXAMPLE, shared_layer
from simulator.ui import scenes

ALL = "all"
"""Stands for every setting in a list of locked ones."""

PLACES = ("navigation", "sidebar", "presets")
"""What a link may hide beside single settings."""

LECTURE = "lessons"
"""The list of scenes that is made of the lessons."""

CURVES = 5
"""How many layers are drawn as curves when a link names none."""


def _grid(text: str, where: str) -> str:
    if text:
        Grid.parse([text])
    return text


def _across(text: str, where: str) -> str:
    if not text:
        raise SettingError(f"{where} must name a setting and its values; got ''.")
    return _grid(text, where)


def _locked(text: str, where: str) -> str:
    return "-".join(_names(text, where, (ALL, *Experiment.settings())))


def _hidden(text: str, where: str) -> str:
    return "-".join(_names(text, where, (*PLACES, *Experiment.settings())))


def _names(text: str, where: str, known: tuple[str, ...]) -> list[str]:
    given = [name for name in re.split(r"[-,\s]+", text) if name]
    return list(dict.fromkeys(one_of(name, known, where) for name in given))


def _layers(text: str, where: str) -> str:
    pieces = re.split(r"\s*[-,\s]\s*", text) if text else []
    if not all(re.fullmatch(r"[0-9]{1,9}", piece) and 1 <= int(piece) <= MAX_DEPTH for piece in pieces):
        raise SettingError(f"{where} must look like 1-10-30, each in [1, {MAX_DEPTH}]; got {echo(text)}.")
    return "-".join(map(str, sorted(set(map(int, pieces)))))


@dataclass(frozen=True)
class View(Settings):
    """What the pages show of an experiment: scalars and text only, canonical once made."""

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
    networks: int = setting(
        200, bounds=(10, 1000), label="Networks", help="How many networks of one kind, each with its own seed."
    )
    examples: str = setting(
        "one",
        choices=("one", "batch"),
        label="Mean square over",
        help="The units of one example, for which the finite-width law is exact, or the whole batch.",
    )
    plane: str = setting(
        "chi_1",
        choices=("chi_1", "q_star", "xi_c", "trainable_depth", "survival"),
        label="Colour",
        help="What the phase diagram shows at each weight and bias variance.",
    )

    shared: str = setting(
        EXAMPLE,
        label="A layer of your own",
        help="Its line in PyTorch: Linear(784, 10), Conv2d(64, 64, 3, groups=2), ConvTranspose2d(64, 32, 4, stride=2).",
        reads=lambda text, where: shared_layer(text, where).text,
    )

    sheet: str = setting(
        "networks",
        choices=("networks", "matrix", "gain"),
        label="Compare",
        help="A few networks side by side, every activation with every init scheme, or one network at many gains.",
    )
    vary: str = setting(
        "init", choices=tuple(Experiment.settings()), label="Change one thing", help="The setting that is varied."
    )
    compare: str = setting(
        "",
        label="Compared networks",
        help="Networks to compare with, as text: init=he_normal|activation=relu,gain=2. Empty: the usual ones.",
        reads=lambda text, where: comparison.joined(comparison.parse(text)) if text else text,
    )
    arrange: str = setting(
        "overlay", choices=("overlay", "multiples"), label="Arrange", help="All in one chart, or a chart each."
    )
    along: str = setting(
        "layer", choices=("layer", "depth"), label="Along", help="Layers by number, or as fractions of the depth."
    )
    cells: str = setting(
        "simulation", choices=("simulation", "theory"), label="Cells", help="One network a cell, or infinite width."
    )

    framework: str = setting("pytorch", choices=tuple(FRAMEWORKS), label="Framework", help="What the code is for.")
    script: str = setting(
        "network",
        choices=("network", "init"),
        label="Script",
        help="The network and what is measured of it, or a function that initializes a model of one's own like it.",
    )

    sweep_across: str = setting(
        "gain=0.6:2:8",
        label="Across",
        help="A setting and its values, from left to right: gain=0.6:2:8, or depth=5,10.",
        reads=_across,
    )
    sweep_up: str = setting(
        "depth=5,10,20,40",
        label="Up",
        help="A setting and its values, from bottom to top; empty: lines, not a map.",
        reads=_grid,
    )
    sweep_panels: str = setting(
        "",
        label="Panels",
        help="A setting and its values, a chart for each: init=he_normal,normal(std=0.05).",
        reads=_grid,
    )
    sweep_shown: str = setting(
        "gradient decades", choices=tuple(map(" ".join, PAIRS)), label="Shown", help="What a sweep's charts show."
    )

    room: str = setting(
        "",
        label="Room",
        help="The code of the class that this screen is in; empty: none.",
        reads=lambda text, where: rooms.code_of(text, where) if text else text,
    )
    path: str = setting(
        "all", choices=("all", "short"), label="Path", help="Every lesson in order, or the eight that matter most."
    )
    lesson: str = setting(next(iter(LESSONS)), choices=tuple(LESSONS), label="Lesson", help="The lesson that is open.")

    lock: str = setting(
        "", help="The settings that this link does not let others move, as text: depth-width; or all.", reads=_locked
    )
    hide: str = setting("", help="What this link does not show, as text: sidebar-presets-depth.", reads=_hidden)
    play: str = setting(
        "",
        label="Scenes",
        help="A list of scenes to present, as text; empty: the presets.",
        reads=lambda text, where: scenes.joined(scenes.parse(text)),
    )
    scene: int = setting(1, bounds=(1, 999), label="Scene", help="Which scene of the list is on.")

    @property
    def lecturing(self) -> bool:
        """Whether the scenes to present are those of the lessons."""
        return self.play == LECTURE

    @property
    def locked(self) -> list[str]:
        """The settings that stay as they are."""
        return self.lock.split("-") if self.lock else []

    @property
    def hidden(self) -> list[str]:
        """The settings and places that are not shown."""
        return self.hide.split("-") if self.hide else []

    def locks(self, name: str) -> bool:
        """Whether a setting stays as it is."""
        return name in self.locked or ALL in self.locked

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
