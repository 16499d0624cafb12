"""The choices on the page Present."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.settings import Settings, setting
from simulator.ui.present import scenes

LECTURE = "lessons"
"""The list of scenes that is made of the lessons."""


@dataclass(frozen=True)
class Presented(Settings):
    """The scenes, and which of them is on."""

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
