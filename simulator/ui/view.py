"""The view: the part of a link that is not the experiment. Each page declares its own in its `choices`."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.ui.code.choices import Script
from simulator.ui.compare.choices import Compared
from simulator.ui.finite_width.choices import FiniteWidthView
from simulator.ui.gains.choices import Fans
from simulator.ui.lessons.choices import Course
from simulator.ui.measured import Measured
from simulator.ui.phase_diagram.choices import PhaseDiagram
from simulator.ui.present.choices import Presented
from simulator.ui.rooms.choices import InRoom
from simulator.ui.sharing.choices import Shared
from simulator.ui.sweep.choices import Swept


@dataclass(frozen=True)
class View(Presented, Shared, Course, InRoom, Swept, Script, Compared, Fans, PhaseDiagram, FiniteWidthView, Measured):
    """The choices of all pages on how to show an experiment: scalars and text only, canonical once made."""
