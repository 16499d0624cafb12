"""The verdict on an experiment, on top of the page: what happened, by how much, why, and what would help."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from simulator.experiment import Experiment
from simulator.figures import axes
from simulator.figures.notation import set_html
from simulator.probing.verdict import ProbeVerdict
from simulator.studies.direction import Direction, change, law
from simulator.studies.outcome import Level
from simulator.studies.propagation import Propagation
from simulator.studies.verdict import Verdict
from simulator.ui import cache, notices, state

_ICONS = {Level.HOLDS: "✓", Level.PARTLY: "!", Level.FAILS: "✕"}


def panel(result: Propagation, see: str = "", slips: Sequence[str] = ()) -> DeltaGenerator:
    """One line of words, what to `see` or the cause below it, three numbers, details; returns the place for advice.

    What is said of `slips` is among the details.

    Its height is the same whatever it says.
    """
    with st.container(key="verdict", horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(words(result.verdict, see, slips))
        place = st.container(key="advised", gap=None)
        place.html('<i class="kept"></i>')  # a container with nothing in it would take no room
        return place


def advise(place: DeltaGenerator, experiment: Experiment) -> None:
    """The button that applies the advice, put into its place once everything else is on its way to the browser."""
    if cache.propagation(experiment).verdict.level is Level.HOLDS or state.dragged():
        return
    advice = cache.advice(experiment)
    with place:
        if advice is None:
            notices.plain("Nothing better is known for this network.", kind="reason")
            return
        st.button(
            notices.escape(advice.label),
            key="advice",
            type="primary",
            on_click=state.change,
            args=(advice.changes,),
            help=notices.escape(advice.reason),
        )
        notices.plain(advice.reason, kind="reason")


def words(verdict: Verdict | ProbeVerdict, see: str = "", slips: Sequence[str] = (), name: str = "") -> str:
    """The sentences, the three numbers, and the details behind a click; `name` says whose they are."""
    sides = (("Signal", verdict.signal), ("Gradient", verdict.gradient), ("Inputs apart", verdict.apart))
    numbers = "".join(f"<div><dt>{title}</dt><dd>{set_html(_ratio(side))}</dd></div>" for title, side in sides)
    rows = "".join(
        f'<tr><th scope="row">{title}</th><td>{set_html(_rate(side))}</td><td>{set_html(_ratio(side))}</td>'
        f"<td>{_reach(side)}</td></tr>"
        for title, side in sides
    )
    titles = ("Variance", "per layer", "in all", "survives")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    more = "".join(f"<p>{set_html(detail)}</p>" for detail in (verdict.cause, *slips, *verdict.remarks))
    icon = f'<span class="icon" aria-hidden="true">{_ICONS[verdict.level]}</span>'
    whose = f"{set_html(name)}: " if name else ""
    return (
        f'<section class="verdict {verdict.level}"><div class="words"><p class="headline" role="status">{icon}{whose}'
        f'{set_html(verdict.headline)}</p><p class="cause">{set_html(see or verdict.cause)}</p></div><dl>{numbers}</dl>'
        f"<details><summary>Details</summary><div>{more}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f"</table><p>Inputs apart: 1 − the correlation of two inputs.</p></div></details></section>"
    )


def _rate(side: Direction) -> str:
    """The factor per layer with its error, both to the error's first digit, or the power law."""
    if side.zero:
        return "× 0"
    if math.isnan(side.decades):
        return "—"
    if not math.isnan(side.power):
        return f"∝ {law(side.power)}"
    if not 0 < side.error < side.factor:
        return f"× {axes.number(math.log10(side.factor))}"
    decimals = max(0, -math.floor(math.log10(side.error)))
    if decimals > 6 or side.factor >= 1e4:
        return f"× {axes.number(math.log10(side.factor))} ± {axes.number(math.log10(side.error))}"
    return f"× {side.factor:.{decimals}f} ± {side.error:.{decimals}f}"


def _reach(side: Direction) -> str:
    return "—" if math.isnan(side.decades) else f"{side.survives} of {side.steps} layers"


def _ratio(side: Direction) -> str:
    return "—" if math.isnan(side.decades) else change(side.decades)
