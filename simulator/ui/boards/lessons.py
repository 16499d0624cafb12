"""The charts of the page Lessons: a lesson's experiment, or its empty frames before the prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator import figures, lessons
from simulator.lessons import Found, Lesson
from simulator.settings import Value
from simulator.ui import cache


def found(lesson: Lesson, seed: int, choices: Mapping[str, Value]) -> Found:
    """What the lesson's experiment gives with these choices."""
    text = f"Running the experiment of lesson {lesson.number}"
    return cache.result(lessons.run, lesson.slug, seed, tuple(choices.items()), seconds=lesson.seconds, text=text)


def charts(result: Found, shown: bool) -> Sequence[figures.Figure]:
    """The experiment's charts, without their numbers until they are `shown`."""
    return result[1] if shown else [figures.veiled(figure) for figure in result[1]]
