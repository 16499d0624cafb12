"""An experiment as a script for somebody else's framework: the same scheme, with its variance."""

from __future__ import annotations

from collections.abc import Callable

from simulator.experiment import Experiment
from simulator.export.flax import flax as flax
from simulator.export.keras import keras as keras
from simulator.export.plain_numpy import plain_numpy as plain_numpy
from simulator.export.pytorch import pytorch as pytorch
from simulator.settings import one_of

FRAMEWORKS: dict[str, Callable[[Experiment, str], str]] = {
    "pytorch": pytorch,
    "keras": keras,
    "flax": flax,
    "numpy": plain_numpy,
}
"""Name -> what writes the script."""


def code(experiment: Experiment, framework: str = "pytorch", diagnosis: str = "") -> str:
    """The experiment as a script; `diagnosis` is its first comment, worked out if empty; raises SettingError."""
    return FRAMEWORKS[one_of(framework, tuple(FRAMEWORKS), "framework")](experiment, diagnosis)
