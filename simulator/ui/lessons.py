"""A lesson on a screen: the list, the prediction, the few controls, the answer."""

from __future__ import annotations

import html
from bisect import bisect
from collections.abc import Sequence
from itertools import groupby
from math import ceil, floor

import streamlit as st

from simulator import figures
from simulator.figures import Figure
from simulator.figures.notation import set_html
from simulator.lessons import LESSONS, SHORT, Found, Lesson
from simulator.lessons.lesson import Control
from simulator.lessons.sketch import points
from simulator.settings import Value, number_text
from simulator.ui import ballots, memory, notices, progress, rooms, state
from simulator.ui import sketch as pad
from simulator.ui.progress import Progress
from simulator.ui.view import LECTURE, View

PRESENT = "present"
BACK = "_lesson_left"
"""Where the session has the lesson that the lab was opened from."""

_LEAVING = "_leaving"
_PATHS = {"all": "All lessons", "short": f"The {len(SHORT)} that matter most"}
_DOTS = "\u00a0…"
"""Dots that do not stand in a line alone."""


def chosen(view: View) -> Lesson:
    """The lesson of the link, under the list of all; leaves the page where a button asked for it."""
    leaving = st.session_state.pop(_LEAVING, None)
    if leaving is not None:
        st.switch_page(f"pages/{leaving}.py")
    memory.keep("lessons", progress.remembered(), progress.recall)
    st.session_state.pop(BACK, None)
    lesson = LESSONS[view.lesson]
    listed = path(view)
    done = sum(progress.of(each.slug).shown for each in listed)
    minutes = sum(each.minutes for each in listed)
    name = "Short path" if view.path == "short" else "All lessons"
    with st.expander(f"{name}: {done} of {len(listed)} done, {minutes} minutes in all", icon=":material/list:"):
        st.segmented_control(
            View.settings()["path"].title, list(_PATHS), key=state.show("path", view.path),
            format_func=_PATHS.__getitem__, help=View.settings()["path"].help, required=True,
        )  # fmt: skip
        with st.container(key="lesson-list", gap=None):
            for part, members in groupby(listed, lambda each: each.part):
                st.html(f'<h2 class="group">{html.escape(part)}</h2>')
                for each in members:
                    _entry(each, listed.index(each) + 1, current=each is lesson)
        first = next(iter(LESSONS.values()))
        st.button(
            "Present the lessons",
            key="lessons-present",
            icon=":material/slideshow:",
            on_click=_leave,
            args=(PRESENT, dict(first.lab), {"play": LECTURE, "scene": 1}),
            disabled=bool(view.locked),  # a lesson sets everything; what is locked would not be its own
            help="One question a scene, on the page Present.",
        )
    rooms.opener()
    return lesson


def path(view: View) -> list[Lesson]:
    """The lessons in the order that is gone through: all, or the short path."""
    return [LESSONS[slug] for slug in SHORT] if view.path == "short" else list(LESSONS.values())


def ask(lesson: Lesson, view: View) -> Progress:
    """The question and the prediction; what the visitor has done with it."""
    own, listed, ballot = progress.of(lesson.slug), path(view), ballots.ballot(lesson.slug)
    if ballot is not None:
        own.guess, own.drawn, own.shown = ballot.choice, ballot.drawn, not ballot.open
    where = f"{listed.index(lesson) + 1} of {len(listed)}" if lesson in listed else f"{lesson.number} of {len(LESSONS)}"
    place = f"Lesson {where} · {lesson.part} · about {lesson.minutes} min"
    st.html(
        f'<section class="lesson"><p class="place">{html.escape(place)}</p><h1>{set_html(lesson.title)}</h1>'
        f"<p>{set_html(lesson.question.replace(' …', _DOTS))}</p></section>"
    )
    with st.container(key="prediction", horizontal=True, gap="small", vertical_alignment="center"):
        for option in lesson.shuffled(view.room or progress.shuffle()):
            st.button(
                notices.escape(option.capitalize() if option.islower() else option),
                key=f"guess-{lesson.options.index(option)}",
                type="primary" if option == own.guess else "secondary",
                on_click=progress.guess if ballot is None else ballots.vote,
                args=(lesson.slug, option),
                disabled=_closed(ballot),
            )
        if not own.shown and ballot is None:
            st.button("Show me", key="show-me", type="tertiary", on_click=progress.guess, args=(lesson.slug, ""))
    return own


def choices(lesson: Lesson, own: Progress) -> dict[str, Value]:
    """The lesson's few controls, once its experiment is shown, and what they say."""
    wanted = lesson.choices() | own.choices
    if own.shown:
        with st.container(key="chooser", horizontal=True, vertical_alignment="bottom"):
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


def drawing(lesson: Lesson, own: Progress, charts: Sequence[Figure]) -> bool:
    """A place to draw the prediction in, of a lesson that asks for a curve and has not shown it yet."""
    sketch, ballot = lesson.sketch, ballots.ballot(lesson.slug)
    if sketch is None or own.shown:
        return False
    act = progress.guess if ballot is None else ballots.vote

    def said(drawn: str) -> None:
        act(lesson.slug, sketch.option(drawn), drawn)

    asked = next(figure for figure in charts if figure.name == sketch.chart)
    pad.show(sketch, asked, own.drawn, said, disabled=_closed(ballot))
    return True


def judge(lesson: Lesson, own: Progress, found: Found) -> None:
    """Whether the prediction came true, and what was measured; read off the numbers shown."""
    if not own.shown:
        return
    numbers, charts = found
    right = lesson.right(numbers)
    if own.choices != lesson.choices():
        verdict, kind = f"With these settings: {right}.", "other"
    elif not own.guess:
        verdict, kind = f"It is: {right}.", "other"
    elif own.guess == right:
        verdict, kind = f"Right: {right}.", "right"
    else:
        verdict, kind = f"Not quite. You said: {own.guess}. It is: {right}.", "wrong"
    st.html(
        f'<section class="lesson verdict-{kind}" role="status"><p class="judged">{set_html(verdict)}</p>'
        f"<p>{set_html(lesson.told(numbers))}{_distance(lesson, own, charts)}</p></section>"
    )


def _distance(lesson: Lesson, own: Progress, charts: Sequence[Figure]) -> str:
    """How far a drawn curve is from the measured one."""
    sketch, places = lesson.sketch, points(own.drawn)
    if sketch is None or not places or own.choices != lesson.choices():
        return ""
    asked = next(figure for figure in charts if figure.name == sketch.chart)
    gaps = figures.curve_distances(asked, sketch.label, places, backward=sketch.backward)
    if not gaps.size:
        return ""
    return f" Your curve is {gaps.mean():.1f} decades from the measured one on average, {gaps.max():.1f} at most."


def _closed(ballot: ballots.Ballot | None) -> bool:
    """Whether the room's question is not, or no longer, this screen's to answer."""
    return ballot is not None and bool(ballot.leads or ballot.choice or not ballot.open)


def answer(lesson: Lesson, own: Progress, view: View) -> None:
    """Why, the formula, the source, a course text's words put right, and the way on."""
    if own.shown:
        parts = [
            "<h2>Why</h2>",
            f"<p>{set_html(lesson.answer)}</p>",
            f'<p class="formula">{lesson.formula}</p>',
        ]
        if lesson.text is not None:
            parts.append(
                f"<p><b>A course text says</b> <q>{set_html(lesson.text.own)}</q>. "
                f"<b>Better:</b> {set_html(lesson.text.right)}.</p>"
            )
        parts.append(f'<p class="source">Source: {set_html(lesson.source)}</p>')
        st.html(f'<section class="lesson">{"".join(parts)}</section>')
    slugs = [each.slug for each in path(view)]
    # Beside the short path stands the lesson of it that comes next.
    numbers = [LESSONS[slug].number for slug in slugs]
    place = slugs.index(lesson.slug) if lesson.slug in slugs else bisect(numbers, lesson.number) - 0.5
    with st.container(key="lesson-turn", horizontal=True, gap="small"):
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
                type="primary" if own.shown and to > place else "secondary",
            )
        st.button(
            "Open in the lab",
            key="open-lab",
            icon=":material/science:",
            on_click=_leave,
            args=(lesson.page, dict(lesson.lab), dict(lesson.look), lesson.slug),
            disabled=bool(state.view().locked),
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
    if key not in st.session_state:
        st.session_state[key] = value
    if isinstance(control.start, str):
        texts = [str(each) for each in control.values]
        return st.segmented_control(control.label, texts, key=key, required=True) or value
    told: Value = st.select_slider(control.label, control.values, key=key, format_func=number_text)
    return told


def back() -> None:
    """The way back to the lesson that the lab was opened from."""
    slug = st.session_state.get(BACK)
    if slug in LESSONS and st.button(
        "Back to the lesson", key="back-to-lesson", icon=":material/school:", help=notices.escape(LESSONS[slug].title),
        on_click=state.look, args=({"lesson": slug},),
    ):  # fmt: skip
        st.switch_page("pages/lessons.py")


def _turn(slug: str) -> None:
    state.look({"lesson": slug})


def _leave(page: str, lab: dict[str, Value], look: dict[str, Value], back: str = "") -> None:
    st.session_state[_LEAVING] = page
    if back:
        st.session_state[BACK] = back
    state.look(look)
    state.start(lab)
