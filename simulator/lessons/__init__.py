"""The questions that students ask, one a file, in the order of a lecture."""

from __future__ import annotations

import importlib
from dataclasses import replace

from simulator.lessons.lesson import Control as Control
from simulator.lessons.lesson import Found as Found
from simulator.lessons.lesson import Lesson as Lesson
from simulator.lessons.lesson import Numbers as Numbers
from simulator.network import Progress
from simulator.settings import Value

ORDER = {
    "One sum": (
        "small_terms",
        "signs",
        "inputs",
        "root",
    ),
    "Layer after layer": (
        "target",
        "gates",
        "both_sides",
        "defaults",
        "xavier_half",
    ),
    "The activation": (
        "small_weights",
        "unscaled",
        "tanh_gain",
        "sigmoid",
        "pairs",
        "goldilocks",
    ),
    "Number formats and units": (
        "exactly_one",
        "dead",
    ),
    "Beyond the mean": (
        "narrow",
        "apart",
    ),
    "What helps": (
        "skip",
        "batch_norm",
    ),
    "Training": (
        "symmetry",
        "trainable",
    ),
}
"""The lecture's chapters, and the lessons of each by the names of their files; every number of a lesson follows."""

SHORT = ("small-terms", "gates", "both-sides", "defaults", "sigmoid", "goldilocks", "narrow", "skip")
"""A short path through them, by their addresses: what half an hour has room for."""


def _lessons() -> dict[str, Lesson]:
    rows = [(part, name) for part, names in ORDER.items() for name in names]
    lessons: dict[str, Lesson] = {}
    for number, (part, name) in enumerate(rows, 1):
        lesson: Lesson = importlib.import_module(f"{__name__}.{name}").LESSON
        slug = name.replace("_", "-")
        lessons[slug] = replace(lesson, slug=slug, part=part, number=number)
    return lessons


LESSONS = _lessons()
"""Every lesson by its address, in the order of the lecture."""


def run(slug: str, seed: int, choices: tuple[tuple[str, Value], ...], progress: Progress | None = None) -> Found:
    """Run a lesson's experiment with the reader's choices; returns its numbers and its charts."""
    outcome = LESSONS[slug].run(seed, **dict(choices))
    if progress is not None:
        progress(1, 1)
    return outcome
