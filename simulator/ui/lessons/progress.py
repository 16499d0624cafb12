"""A visitor's progress in the lessons: in the session and in the visitor's own browser, and nowhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from simulator.lessons import LESSONS, Lesson
from simulator.lessons.sketch import points
from simulator.settings import Value
from simulator.ui.lessons.ballots import halves, joined
from simulator.ui.whole import whole

_PROGRESS, _ORDER = "_lessons", "_lessons_order"


@dataclass
class Progress:
    """A visitor's progress in one lesson."""

    guess: str = ""
    drawn: str = ""
    """The curve that it was said by."""
    shown: bool = False
    seed: int = 0
    choices: dict[str, Value] = field(default_factory=dict)


def of(slug: str) -> Progress:
    """The visitor's progress in a lesson, to be changed in place."""
    kept: dict[str, Progress] = st.session_state.setdefault(_PROGRESS, {})
    return kept.setdefault(slug, Progress())


def remembered() -> dict[str, str]:
    """The part that a browser keeps: the prediction of each lesson whose answer was seen."""
    kept: dict[str, Progress] = st.session_state.get(_PROGRESS, {})
    return {slug: joined(own.guess, own.drawn) for slug, own in kept.items() if own.shown}


def options(lesson: Lesson, room: str) -> tuple[str, ...]:
    """A lesson's options in the order that all screens of a room show, or this visit."""
    return lesson.shuffled(room or str(st.session_state.setdefault(_ORDER, secrets.token_hex(4))))


def recall(stored: dict[str, Any]) -> None:
    """Take up what a browser has kept, of lessons and options that there are; what was done since goes first."""
    for slug, lesson in LESSONS.items():
        own, kept = of(slug), stored.get(slug)
        option, drawn = halves(kept) if isinstance(kept, str) else (None, "")
        if not own.shown and (option == "" or option in lesson.options):
            own.guess, own.shown = option, True
            own.drawn = drawn if points(drawn) else ""


@whole
def guess(slug: str, option: str, drawn: str = "") -> None:
    """Predict, and see the answer."""
    own = of(slug)
    own.guess, own.drawn, own.shown = option, drawn, True


@whole
def draw_again(slug: str) -> None:
    """Take other random numbers."""
    of(slug).seed += 1
