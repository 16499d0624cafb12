"""The lessons on a projector: question, answer and why of each, turned with the keys; a room votes in between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from simulator.figures import Figure
from simulator.figures.notation import set_html
from simulator.lessons import LESSONS, Found, Lesson
from simulator.serving.rooms import REVEALED
from simulator.ui import panels, state
from simulator.ui.lessons import ballots, progress
from simulator.ui.lessons import page as lessons
from simulator.ui.lessons.progress import Progress
from simulator.ui.present import page as present
from simulator.ui.rooms import seat
from simulator.ui.sitemap import PRESENT
from simulator.ui.view import View

QUESTION, ANSWER, WHY = range(3)
STEPS = 3
"""Scenes of a lesson, in this order."""

_LAST = STEPS * len(LESSONS)


def stage(view: View) -> tuple[Lesson, Progress]:
    """The lesson that is on, with the buttons that turn; how far its answer is shown."""
    number = min(view.scene, _LAST)
    lesson, step = _place(number)
    ballot = ballots.ballot(lesson.slug)
    words = ("Answer", "Why", "Next question")[step]
    if step == QUESTION and seat.leads():
        words = "Ask the room" if ballot is None else "Answer"
    sentence = f"Question {lesson.number} of {len(LESSONS)}: arrow keys, or Page Up and Page Down"
    present.turns(number, _LAST, show, sentence, words)
    lessons.question(lesson, "", alone=step == WHY)
    kept = progress.of(lesson.slug)
    shown = step != QUESTION
    return lesson, Progress(kept.guess, kept.drawn, shown, choices=lesson.choices() if shown else {})


def tell(lesson: Lesson, own: Progress, outcome: Found, charts: Sequence[Figure], view: View) -> None:
    """Draw the options, the answer, and why."""
    step = _place(view.scene)[1]
    if step == WHY:
        left, right = st.columns(2, gap="medium")
        with left:
            _show([charts[0] if lesson.sketch is None else lesson.sketch.asked(charts)])
        with right:
            lessons.answer(lesson, outcome)
        return
    right_one = lesson.right(outcome[0]) if own.shown else ""
    rows = "".join(
        f'<li class="{"right" if option == right_one else ""}">{set_html(lessons.shown_as(option))}</li>'
        for option in progress.options(lesson, view.room)
    )
    st.html(f'<ul class="options">{rows}</ul>')
    if step == QUESTION and lesson.sketch is not None:
        lessons.pad(lesson, lesson.sketch, own, outcome, partial(_said, view.scene))
    else:
        _show(charts)


def enter() -> None:
    """Begin with the scene that is on: the room and the lab are told of its lesson."""
    state.change_view({"lesson": _place(state.view().scene)[0].slug})


def show(number: int) -> None:
    """Turn to a scene; on the way from a question to its answer a room is asked, and its votes are shown."""
    now = state.view().scene
    lesson, step = _place(now)
    if number == now + 1 and step == QUESTION and seat.leads():
        ballot = ballots.ballot(lesson.slug)
        if ballot is None:
            ballots.ask(PRESENT)
            return
        if ballot.open:
            seat.press(seat.store().turn, REVEALED)
    number = min(max(1, number), _LAST)
    state.change_view({"scene": number, "lesson": _place(number)[0].slug})
    state.run_all()


def _said(scene: int, slug: str, option: str, drawn: str) -> None:
    progress.guess(slug, option, drawn)
    show(scene + 1)


def _place(number: int) -> tuple[Lesson, int]:
    """The lesson and the step of a scene."""
    place, step = divmod(min(number, _LAST) - 1, STEPS)
    return list(LESSONS.values())[place], step


def _show(charts: Sequence[Figure]) -> None:
    panels.show(charts, key="present-charts", columns=min(3, len(charts)), fill=True)
