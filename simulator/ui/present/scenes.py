"""A lecture as text: scenes with a title and settings, one a line in a file, separated by | in a link."""

from __future__ import annotations

from dataclasses import dataclass

from simulator import part_text
from simulator.experiment import Experiment
from simulator.settings import SettingError, check_names, echo

MAX_SCENES = 60
MAX_LENGTH = 6000
"""Characters of a whole list: a link carries it."""


@dataclass(frozen=True)
class Scene:
    """One scene: a title and the settings that differ from the defaults."""

    title: str
    changes: dict[str, str]

    @property
    def text(self) -> str:
        """The scene as it was read, settings in canonical form."""
        return "; ".join([self.title, *(part_text.assigned(*pair) for pair in self.changes.items())])


def parse(text: str) -> tuple[Scene, ...]:
    """The scenes of a list; raises SettingError, one sentence that names the scene, for one that cannot be shown.

    A scene is `title; setting=value; setting=value`; empty lines and lines that begin with # are left out.
    """
    if len(text) > MAX_LENGTH:
        raise SettingError(f"A list of scenes must have at most {MAX_LENGTH:,} characters; got {len(text):,}.")
    lines = [line.strip() for piece in part_text.split(text, "|") for line in piece.splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    if len(wanted) > MAX_SCENES:
        raise SettingError(f"A list must have at most {MAX_SCENES} scenes; got {len(wanted)}.")
    return tuple(_scene(number, line) for number, line in enumerate(wanted, 1))


def joined(scenes: tuple[Scene, ...]) -> str:
    """The list as a link carries it."""
    return " | ".join(scene.text for scene in scenes)


def _scene(number: int, line: str) -> Scene:
    title, *pieces = (piece.strip() for piece in part_text.split(line, ";"))
    given: dict[str, str] = {}
    if not title or (part_text.assignment(title) or ("",))[0] in Experiment.settings():
        raise SettingError(f"Scene {number} must begin with its title; got {echo(title)}.")
    for piece in filter(None, pieces):
        name, value = part_text.assignment(piece) or ("", "")
        if not name or name in given:
            raise SettingError(f"Scene {number} must read title; setting=value; setting=value; got {echo(piece)}.")
        given[name] = value
    try:
        check_names(given, Experiment.settings(), Experiment.owner())
        return Scene(title, Experiment().replace(**given).params())
    except SettingError as error:
        raise SettingError(f"Scene {number}: {error}") from None
