"""A lesson on a screen: the list, the prediction, the few controls, the answer.

What was predicted stays in the session and in the visitor's own browser, and nowhere else.
"""

from __future__ import annotations

import html
from bisect import bisect
from dataclasses import dataclass, field
from itertools import groupby
from math import ceil, floor
from typing import Any

import streamlit as st

from simulator.figures.notation import set_html
from simulator.lessons import LESSONS, SHORT, Lesson, Numbers
from simulator.lessons.lesson import Control
from simulator.settings import Value, number_text
from simulator.ui import memory, notices, rooms, seat, state
from simulator.ui.view import LECTURE, View

PRESENT = "present"
BACK = "_lesson_left"
"""Where the session has the lesson that the lab was opened from."""

_PROGRESS, _LEAVING = "_lessons", "_leaving"
_PATHS = {"all": "All lessons", "short": f"The {len(SHORT)} that matter most"}
_DOTS = "\u00a0…"
"""Dots that do not stand in a line alone."""


@dataclass
class Progress:
    """What a visitor has done in one lesson."""

    guess: str = ""
    shown: bool = False
    seed: int = 0
    choices: dict[str, Value] = field(default_factory=dict)


def chosen(view: View) -> Lesson:
    """The lesson of the link, under the list of all; leaves the page where a button asked for it."""
    leaving = st.session_state.pop(_LEAVING, None)
    if leaving is not None:
        st.switch_page(f"pages/{leaving}.py")
    memory.keep("lessons", _remembered(), _recall)
    st.session_state.pop(BACK, None)
    lesson = LESSONS[view.lesson]
    listed = path(view)
    done = sum(_progress(each.slug).shown for each in listed)
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
    own, listed, ballot = _progress(lesson.slug), path(view), seat.ballot(lesson.slug)
    if ballot is not None:
        own.guess, own.shown = ballot.choice, not ballot.open
    where = f"{listed.index(lesson) + 1} of {len(listed)}" if lesson in listed else f"{lesson.number} of {len(LESSONS)}"
    place = f"Lesson {where} · {lesson.part} · about {lesson.minutes} min"
    st.html(
        f'<section class="lesson"><p class="place">{html.escape(place)}</p><h1>{set_html(lesson.title)}</h1>'
        f"<p>{set_html(lesson.question.replace(' …', _DOTS))}</p></section>"
    )
    with st.container(key="prediction", horizontal=True, gap="small", vertical_alignment="center"):
        for index, option in enumerate(lesson.options):
            st.button(
                notices.escape(option.capitalize() if option.islower() else option),
                key=f"guess-{index}",
                type="primary" if option == own.guess else "secondary",
                on_click=_guess if ballot is None else seat.vote,
                args=(lesson.slug, option),
                disabled=ballot is not None and bool(ballot.leads or ballot.choice or not ballot.open),
            )
        if not own.shown and ballot is None:
            st.button("Show me", key="show-me", type="tertiary", on_click=_guess, args=(lesson.slug, ""))
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
                    on_click=_draw,
                    args=(lesson.slug,),
                    help="The same experiment with other random numbers.",
                )
        own.choices = wanted
    return wanted


def judge(lesson: Lesson, own: Progress, numbers: Numbers) -> None:
    """Whether the prediction came true, and what was measured; read off the numbers shown."""
    if not own.shown:
        return
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
        f"<p>{set_html(lesson.told(numbers))}</p></section>"
    )


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
    done = _progress(lesson.slug).shown
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


def _progress(slug: str) -> Progress:
    kept: dict[str, Progress] = st.session_state.setdefault(_PROGRESS, {})
    return kept.setdefault(slug, Progress())


def _remembered() -> dict[str, str]:
    """What a browser keeps: the prediction of each lesson whose answer was seen."""
    kept: dict[str, Progress] = st.session_state.get(_PROGRESS, {})
    return {slug: own.guess for slug, own in kept.items() if own.shown}


def _recall(found: dict[str, Any]) -> None:
    """Take up what a browser has kept, of lessons and options that there are; what was done since goes first."""
    for slug, lesson in LESSONS.items():
        own, guess = _progress(slug), found.get(slug)
        if not own.shown and (guess == "" or guess in lesson.options):
            own.guess, own.shown = guess, True


def back() -> None:
    """The way back to the lesson that the lab was opened from."""
    slug = st.session_state.get(BACK)
    if slug in LESSONS and st.button(
        "Back to the lesson", key="back-to-lesson", icon=":material/school:", help=notices.escape(LESSONS[slug].title),
        on_click=state.look, args=({"lesson": slug},),
    ):  # fmt: skip
        st.switch_page("pages/lessons.py")


def _guess(slug: str, option: str) -> None:
    own = _progress(slug)
    own.guess, own.shown = option, True


def _draw(slug: str) -> None:
    _progress(slug).seed += 1


def _turn(slug: str) -> None:
    state.look({"lesson": slug})


def _leave(page: str, lab: dict[str, Value], look: dict[str, Value], back: str = "") -> None:
    st.session_state[_LEAVING] = page
    if back:
        st.session_state[BACK] = back
    state.look(look)
    state.start(lab)
