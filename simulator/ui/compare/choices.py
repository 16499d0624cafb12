"""The choices on the page Compare."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.experiment import Experiment
from simulator.settings import Settings, setting
from simulator.studies import comparison


@dataclass(frozen=True)
class Compared(Settings):
    """Which networks, and how they stand beside each other."""

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
