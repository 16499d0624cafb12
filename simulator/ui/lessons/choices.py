"""The choices on the page Lessons."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.lessons import LESSONS
from simulator.settings import Settings, setting


@dataclass(frozen=True)
class Course(Settings):
    """The path, and the lesson that is open."""

    path: str = setting(
        "all", choices=("all", "short"), label="Path", help="Every lesson in order, or the eight that matter most."
    )
    lesson: str = setting(next(iter(LESSONS)), choices=tuple(LESSONS), label="Lesson", help="The lesson that is open.")
