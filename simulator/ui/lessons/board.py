"""The charts of the page Lessons: a lesson's experiment, or its empty frames before the prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator import figures, lessons
from simulator.lessons import Found, Lesson
from simulator.lessons.sketch import points
from simulator.settings import Value
from simulator.ui import cache
from simulator.ui.lessons import ballots
from simulator.ui.lessons.progress import Progress


def outcome(lesson: Lesson, seed: int, choices: Mapping[str, Value]) -> Found:
    """Run the lesson's experiment with these choices."""
    text = f"Running the experiment of lesson {lesson.number}"
    return cache.result(lessons.run, lesson.slug, seed, tuple(choices.items()), seconds=lesson.seconds, text=text)


def charts(result: Found, own: Progress, lesson: Lesson) -> Sequence[figures.Figure]:
    """The experiment's charts, without their numbers until they are shown, and beside them what the room voted."""
    if not own.shown:
        return [figures.veiled(figure) for figure in result[1]]
    shown: Sequence[figures.Figure] = result[1]
    ballot, sketch = ballots.ballot(lesson.slug), lesson.sketch
    if sketch is not None and own.choices == lesson.choices():
        mine, others = points(own.drawn), [points(curve) for curve in (ballot.curves if ballot else ())]
        if mine or others:
            asked, drawn = sketch.asked(shown), list(filter(None, others))
            over = figures.with_drawn(asked, sketch.label, mine, drawn, backward=sketch.backward)
            shown = [over if figure is asked else figure for figure in shown]
    if ballot is None or not ballot.rounds:
        return shown
    return [figures.vote_bars(lesson.options, ballot.rounds, right=lesson.right(result[0])), *shown]


def ahead(lesson: Lesson, own: Progress) -> None:
    """Work out what the lesson's controls lead to, once the page is on its way: a drag then finds it all there."""
    if not own.shown or cache.state()["waiting"]:
        return
    for control in lesson.controls:
        for value in control.values:
            outcome(lesson, own.seed, own.choices | {control.name: value})
