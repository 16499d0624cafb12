"""The charts of the page Lessons: a lesson's experiment, or its empty frames before the prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator import figures, lessons
from simulator.lessons import Found, Lesson
from simulator.settings import Value
from simulator.ui import cache, seat


def found(lesson: Lesson, seed: int, choices: Mapping[str, Value]) -> Found:
    """What the lesson's experiment gives with these choices."""
    text = f"Running the experiment of lesson {lesson.number}"
    return cache.result(lessons.run, lesson.slug, seed, tuple(choices.items()), seconds=lesson.seconds, text=text)


def charts(result: Found, shown: bool, lesson: Lesson) -> Sequence[figures.Figure]:
    """The experiment's charts, without their numbers until they are `shown`, and beside them what the room voted."""
    if not shown:
        return [figures.veiled(figure) for figure in result[1]]
    ballot = seat.ballot(lesson.slug)
    if ballot is None or not ballot.rounds:
        return result[1]
    return [figures.vote_bars(lesson.options, ballot.rounds, right=lesson.right(result[0])), *result[1]]
