"""Sentences on a page that may carry a visitor's own text: shown as they are, never as markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from simulator.experiment import Experiment
from simulator.figures.notation import set_html
from simulator.studies.training import Training
from simulator.ui import cache, state
from simulator.ui.view import View

# Addresses turn into links by themselves, escaped or not; a word joiner, which shows as nothing, prevents that.
_LINKABLE = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_FIELD = re.compile(r"\b(?:Experiment|View|Training)\.(\w+)")
_RANGE = re.compile(r"must lie in \[([^,\[\]]+), ([^,\[\]]+)\]")
_TITLES = {name: about.title for kind in (Experiment, View, Training) for name, about in kind.settings().items()}
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~$:&@^-])")


def titled(sentence: str) -> str:
    """A sentence about settings by the titles that their widgets have: Python and the command line keep the names.

    >>> titled("Experiment.depth must lie in [1, 2000]; got 0.")
    'Depth must be between 1 and 2,000; got 0.'
    """
    sentence = _FIELD.sub(lambda field: _TITLES.get(field[1], field[0]), sentence)
    return _RANGE.sub(lambda ends: f"must be between {_grouped(ends[1])} and {_grouped(ends[2])}", sentence)


def _grouped(number: str) -> str:
    return f"{int(number):,}" if number.isdigit() else number


def plain(sentence: str, *, kind: str = "complaint") -> None:
    """A sentence in place, with no markup but that of its notation; a complaint keeps every letter that was typed."""
    role, words = ("alert", html.escape(titled(sentence))) if kind == "complaint" else ("note", set_html(sentence))
    st.html(f'<p class="sentence {kind}" role="{role}">{words}</p>')


def place(key: str) -> DeltaGenerator:
    """A place for sentences that are not always there: what follows keeps its own, and charts their nodes."""
    return st.container(key=f"said-{key}")


def complaint(name: str) -> None:
    """Say what is wrong with a widget's value, right below it."""
    sentence = state.complaint(name)
    if sentence:
        plain(sentence)


def facts(sentences: Iterable[str]) -> None:
    """Sentences that say how to read a page; what comes before a colon is what they are about."""
    lines = []
    for sentence in sentences:
        about, colon, rest = sentence.partition(":")
        lines.append(f"<li><b>{set_html(about)}{colon}</b>{set_html(rest)}</li>")
    st.html(f'<ul class="facts">{"".join(lines)}</ul>')


def theory(experiment: Experiment) -> None:
    """Why there are no dashed lines, where there are none."""
    prediction = cache.theory(experiment)
    with place("no-theory"):
        if not prediction.curves:
            plain(str(prediction.outcome), kind="see")
        elif experiment.loss_part.trains:
            plain("The gradient of a loss depends on the forward pass: no theory is drawn for it.", kind="see")
        if prediction.remark:
            plain(prediction.remark, kind="see")


def escape(text: str) -> str:
    """Markdown that reads as `text`, with no markup and no link in it."""
    return _MARKUP.sub(r"\\\1", _LINKABLE.sub("\u2060", text))
