"""Sweeps ready to run, each with the picture that it is made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.settings import Value


@dataclass(frozen=True)
class Picture:
    """The axes of a study: lines over `x`, or with `y` a map; a panel for each value of `panels`."""

    x: str
    pair: tuple[str, str]
    y: str | None = None
    panels: str | None = None


@dataclass(frozen=True)
class Ready:
    """A study: its title, what it shows, its grid's axes as texts, the experiment's other settings, its picture."""

    title: str
    about: str
    axes: tuple[str, ...]
    picture: Picture
    settings: Mapping[str, Value] = field(default_factory=dict)

    def grid(self, changes: Mapping[str, Value] | None = None) -> Grid:
        """The grid on top of the study's settings; `changes` override them. Raises SettingError."""
        return Grid.parse(self.axes, Experiment(**{**self.settings, **(changes or {})}))  # type: ignore[arg-type]


READY = {
    "phase_diagram": Ready(
        "Phase diagram, simulated",
        "Order, chaos and the edge between them, simulated: the gradient's change per layer over weights and biases.",
        ("bias=normal(std=0:0.8:9)", "gain=0.6:2.2:17"),
        Picture("gain", ("gradient", "decades_per_layer"), y="bias"),
        {"activation": "tanh", "init": "lecun_normal", "depth": 30, "width": 200, "batch": 16},
    ),
    "depth_width": Ready(
        "Depth and width that survive",
        "How deep networks of each width may be under each scheme: the fraction of them that survive.",
        ("init=xavier_normal,he_normal,orthogonal,normal(std=0.05)", "width=8,16,32,64,128,256",
         "depth=2,5,10,20,50,100"),
        Picture("depth", ("network", "survives"), y="width", panels="init"),
        {"activation": "relu", "batch": 8, "seeds": 8},
    ),
    "gains": Ready(
        "Variance against gain",
        "The last layer's variance against the gain, for each activation.",
        (f"activation={','.join(Activation.menu(rare=False))}", "gain=0.5:3:11"),
        Picture("gain", ("activation", "variance"), panels="activation"),
        {"init": "lecun_normal", "depth": 20, "width": 128, "batch": 32, "seeds": 4},
    ),
}  # fmt: skip
"""The studies by name."""
