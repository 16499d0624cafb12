"""A lesson on a screen: the list, the prediction, the few controls, the answer."""

from __future__ import annotations

import html
from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import groupby
from math import ceil, floor

import streamlit as st

from simulator import figures
from simulator.figures import Figure
from simulator.figures.notation import set_html
from simulator.lessons import LESSONS, SHORT, Found, Lesson
from simulator.lessons.lesson import Control
from simulator.lessons.sketch import Sketch, points
from simulator.settings import Value
from simulator.ui import chooser, memory, notices, panels, slider, state
from simulator.ui.lessons import ballots, progress
from simulator.ui.lessons import sketch as frames
from simulator.ui.lessons.progress import Progress
from simulator.ui.present.choices import LECTURE
from simulator.ui.rooms import bar as rooms
from simulator.ui.view import View
from simulator.ui.whole import whole

PRESENT = "present"
BACK = "_lesson_left"
"""Where the session has the lesson that the lab was opened from."""

_LEAVING = "_leaving"
_PATHS = {"all": "All lessons", "short": f"The {len(SHORT)} that matter most"}
_MANY = 4
"""Charts that are too many for one row."""
_DOTS = "\u00a0…"
"""Dots that do not stand in a line alone."""


def chosen(view: View) -> Lesson:
    """The lesson of the link, below the row of buttons that lead to others; leaves the page where one asked for it."""
    leaving = st.session_state.pop(_LEAVING, None)
    if leaving is not None:
        st.switch_page(f"pages/{leaving}.py")
    memory.keep("lessons", progress.remembered(), progress.recall)
    st.session_state.pop(BACK, None)
    lesson = LESSONS[view.lesson]
    listed = path(view)
    done = sum(progress.of(each.slug).shown for each in listed)
    name = "Short path" if view.path == "short" else "All lessons"
    with st.container(key="lesson-row", horizontal=True, gap="small"):
        with st.popover(f"{name}: {done} of {len(listed)} done", icon=":material/list:", key="lesson-menu"):
            _list(lesson, listed, view)
        _ways(lesson, view)
        rooms.opener()
    return lesson


def _list(lesson: Lesson, listed: list[Lesson], view: View) -> None:
    """All lessons of a path, and the way to show them on a projector."""
    st.caption(f"{sum(each.minutes for each in listed)} minutes in all")
    chooser.among("path", _PATHS, view)
    with st.container(key="lesson-list", gap=None):
        for part, members in groupby(listed, lambda each: each.part):
            st.html(f'<h2 class="group">{html.escape(part)}</h2>')
            for each in members:
                _entry(each, listed.index(each) + 1, current=each is lesson)
    st.button(
        "Present the lessons",
        key="lessons-present",
        icon=":material/slideshow:",
        on_click=_leave,
        args=(PRESENT, {}, {"play": LECTURE, "scene": 1}),
        disabled=bool(view.locked),  # a lesson sets everything; what is locked would not be its own
        help="Question, answer and why, by the arrow keys, on the page Present.",
    )


def path(view: View) -> list[Lesson]:
    """The lessons in the order that is gone through: all, or the short path."""
    return [LESSONS[slug] for slug in SHORT] if view.path == "short" else list(LESSONS.values())


def ask(lesson: Lesson, view: View) -> Progress:
    """The question; what the visitor has done with it, or the room."""
    own, listed, ballot = progress.of(lesson.slug), path(view), ballots.ballot(lesson.slug)
    if ballot is not None:
        own.guess, own.drawn, own.shown = ballot.choice, ballot.drawn, not ballot.open
    where = f"{listed.index(lesson) + 1} of {len(listed)}" if lesson in listed else f"{lesson.number} of {len(LESSONS)}"
    question(lesson, f"Lesson {where} · {lesson.part} · about {lesson.minutes} min")
    return own


def question(lesson: Lesson, place: str, *, alone: bool = False) -> None:
    """Draw the question and its place in the lecture; the title `alone` where the rest was read before."""
    above = f'<p class="place">{html.escape(place)}</p>' if place else ""
    asked = "" if alone else f"<p>{set_html(lesson.question.replace(' …', _DOTS))}</p>"
    st.html(f'<section class="lesson">{above}<h1>{set_html(lesson.title)}</h1>{asked}</section>')


def choices(lesson: Lesson, own: Progress, view: View) -> dict[str, Value]:
    """The prediction's buttons; once the experiment is shown, its few controls beside them, and what they say."""
    wanted, ballot = lesson.choices() | own.choices, ballots.ballot(lesson.slug)
    with st.container(key="prediction", horizontal=True, gap="small", vertical_alignment="center"):
        options(lesson, own, ballot, progress.options(lesson, view.room))
        if not own.shown:
            if ballot is None:
                args = (lesson.slug, "")
                st.button("Show me", key="show-me", type="tertiary", on_click=progress.guess, args=args)
            return wanted
        for control in lesson.controls:
            wanted[control.name] = _control(lesson, control, wanted[control.name])
        if lesson.chance:
            st.button(
                "Draw again",
                key="draw-again",
                icon=":material/casino:",
                on_click=progress.draw_again,
                args=(lesson.slug,),
                help="The same experiment with other random numbers.",
            )
    own.choices = wanted
    return wanted


def options(lesson: Lesson, own: Progress, ballot: ballots.Ballot | None, order: Sequence[str]) -> None:
    """Draw the predictions, a button each."""
    for option in order:
        st.button(
            notices.escape(shown_as(option)),
            key=f"guess-{lesson.options.index(option)}",
            type="primary" if option == own.guess else "secondary",
            on_click=progress.guess if ballot is None else ballots.vote,
            args=(lesson.slug, option),
            disabled=_closed(ballot),
        )


def shown_as(option: str) -> str:
    """An option as it stands alone."""
    return option.capitalize() if option.islower() else option


def show(lesson: Lesson, own: Progress, outcome: Found, charts: Sequence[Figure]) -> None:
    """The charts, with why beside them; before that their frames, or a place to draw the prediction in."""
    if own.shown:
        left, right = st.columns([2, 1], gap="medium")
        with left:
            panels.show(charts, key="lesson-charts", columns=len(charts) if len(charts) < _MANY else 2, fill=True)
        with right:
            answer(lesson, outcome)
    elif lesson.sketch is None:
        panels.show(charts, key="lesson-charts", columns=len(charts), fill=True)
    else:
        act = progress.guess if ballots.ballot(lesson.slug) is None else ballots.vote
        pad(lesson, lesson.sketch, own, outcome, act)


def pad(lesson: Lesson, sketch: Sketch, own: Progress, outcome: Found, act: Callable[[str, str, str], None]) -> None:
    """A place to draw the prediction in; `act` is given the lesson, the option that the curve stands for, and it."""

    def said(drawn: str) -> None:
        act(lesson.slug, sketch.option(drawn), drawn)

    closed = _closed(ballots.ballot(lesson.slug))
    frames.show(sketch, sketch.asked(outcome[1]), own.drawn, said, disabled=closed)


def judge(lesson: Lesson, own: Progress, outcome: Found) -> None:
    """Whether the prediction came true, read off the numbers shown."""
    if not own.shown:
        return
    right = lesson.right(outcome[0])
    if own.choices != lesson.choices():
        verdict, kind = f"With these settings: {right}.", "other"
    elif not own.guess:
        verdict, kind = f"It is: {right}.", "other"
    elif own.guess == right:
        verdict, kind = f"Right: {right}.", "right"
    else:
        verdict, kind = f"Not quite. You said: {own.guess}. It is: {right}.", "wrong"
    text = f"{verdict}{_distance(lesson, own, outcome)}"
    st.html(f'<section class="lesson verdict-{kind}" role="status"><p class="judged">{set_html(text)}</p></section>')


def _distance(lesson: Lesson, own: Progress, outcome: Found) -> str:
    """How far a drawn curve is from the measured one."""
    sketch, places = lesson.sketch, points(own.drawn)
    if sketch is None or not places or own.choices != lesson.choices():
        return ""
    gaps = figures.curve_distances(sketch.asked(outcome[1]), sketch.label, places, backward=sketch.backward)
    if not gaps.size:
        return ""
    return f" Your curve is {gaps.mean():.1f} decades from the measured one on average, {gaps.max():.1f} at most."


def _closed(ballot: ballots.Ballot | None) -> bool:
    """Whether the room's question is not, or no longer, this screen's to answer."""
    return ballot is not None and bool(ballot.leads or ballot.choice or not ballot.open)


def answer(lesson: Lesson, outcome: Found) -> None:
    """Why, what was measured, the formula, the source, a course text's words put right."""
    parts = [
        f"<h2>Why</h2><p>{set_html(lesson.answer)}</p>",
        f'<p class="formula">{lesson.formula}</p>',
        f"<p>{set_html(lesson.sentence(outcome[0]))}</p>",
    ]
    if lesson.text is not None:
        parts.append(
            f"<p><b>A course text says</b> <q>{set_html(lesson.text.own)}</q>. "
            f"<b>Better:</b> {set_html(lesson.text.right)}.</p>"
        )
    parts.append(f'<p class="source">Source: {set_html(lesson.source)}</p>')
    st.html(f'<section class="lesson why">{"".join(parts)}</section>')


def _ways(lesson: Lesson, view: View) -> None:
    """To the lessons before and after, and to the lab."""
    slugs = [each.slug for each in path(view)]
    # Beside the short path stands the lesson of it that comes next.
    numbers = [LESSONS[slug].number for slug in slugs]
    place = slugs.index(lesson.slug) if lesson.slug in slugs else bisect(numbers, lesson.number) - 0.5
    for label, icon, to in (
        ("Previous lesson", ":material/arrow_back:", ceil(place - 1)),
        ("Next lesson", ":material/arrow_forward:", floor(place + 1)),
    ):
        there = 0 <= to < len(slugs)
        st.button(
            label,
            key=f"turn-{label.split()[0].lower()}",
            icon=icon,
            disabled=not there,
            on_click=_turn,
            args=(slugs[to] if there else lesson.slug,),
            type="primary" if progress.of(lesson.slug).shown and to > place else "secondary",
        )
    st.button(
        "Open in the lab",
        key="open-lab",
        icon=":material/science:",
        on_click=_leave,
        args=(lesson.page, dict(lesson.lab), dict(lesson.view), lesson.slug),
        disabled=bool(view.locked),
        help="These settings on the page where everything can be changed.",
    )


def _entry(lesson: Lesson, number: int, *, current: bool) -> None:
    done = progress.of(lesson.slug).shown
    st.button(
        notices.escape(f"{number}. {lesson.title}"),
        key=f"lesson-{lesson.slug}",
        icon=":material/check_circle:" if done else ":material/radio_button_unchecked:",
        type="secondary" if current else "tertiary",
        on_click=_turn,
        args=(lesson.slug,),
    )


def _control(lesson: Lesson, control: Control, value: Value) -> Value:
    key = f"lesson-{lesson.slug}-{control.name}"
    if isinstance(control.start, str):
        if key not in st.session_state:
            st.session_state[key] = value
        texts = [str(each) for each in control.values]
        return st.segmented_control(control.label, texts, key=key, required=True) or value
    picked: Value = slider.choice(key, control.label, control.values, value)
    return picked


def back() -> None:
    """The way back to the lesson that the lab was opened from."""
    slug = st.session_state.get(BACK)
    if slug in LESSONS and st.button(
        "Back to the lesson", key="back-to-lesson", icon=":material/school:", help=notices.escape(LESSONS[slug].title),
        on_click=state.change_view, args=({"lesson": slug},),
    ):  # fmt: skip
        st.switch_page("pages/lessons.py")


@whole
def _turn(slug: str) -> None:
    state.change_view({"lesson": slug})


@whole
def _leave(page: str, lab: dict[str, Value], view: dict[str, Value], back: str = "") -> None:
    st.session_state[_LEAVING] = page
    if back:
        st.session_state[BACK] = back
    state.change_view(view)
    state.start(lab)
