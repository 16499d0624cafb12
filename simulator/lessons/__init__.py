"""The questions that students ask, one a file, in the order of a 45-minute lecture."""

from __future__ import annotations

import importlib
import pkgutil

from simulator.lessons.lesson import PARTS as PARTS
from simulator.lessons.lesson import Control as Control
from simulator.lessons.lesson import Found as Found
from simulator.lessons.lesson import Lesson as Lesson
from simulator.lessons.lesson import Numbers as Numbers
from simulator.network import Progress
from simulator.settings import Value

_MACHINERY = ("lesson", "networks")


def _collect() -> dict[str, Lesson]:
    names = [found.name for found in pkgutil.iter_modules(__path__) if found.name not in _MACHINERY]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    lessons: list[Lesson] = [module.LESSON for module in modules]
    return {lesson.slug: lesson for lesson in sorted(lessons, key=lambda lesson: lesson.number)}


LESSONS = _collect()
"""Every lesson by its address, in the order of the lecture."""


def run(slug: str, seed: int, choices: tuple[tuple[str, Value], ...], progress: Progress | None = None) -> Found:
    """What a lesson's experiment gives with the reader's choices."""
    found = LESSONS[slug].run(seed, **dict(choices))
    if progress is not None:
        progress(1, 1)
    return found
