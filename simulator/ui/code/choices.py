"""The choices on the page Code and report."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.export import FRAMEWORKS
from simulator.settings import Settings, setting


@dataclass(frozen=True)
class Script(Settings):
    """The kind of script to write, and its framework."""

    framework: str = setting("pytorch", choices=tuple(FRAMEWORKS), label="Framework", help="What the code is for.")
    script: str = setting(
        "network",
        choices=("network", "init"),
        label="Script",
        help="The network and what is measured of it, or a function that initializes a model of one's own like it.",
    )
