"""The verdict on an experiment, on top of the page: what happened, by how much, why, and what would help."""

from __future__ import annotations

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from simulator.experiment import Experiment
from simulator.figures import axes
from simulator.figures.notation import set_html
from simulator.studies.direction import Direction, change, law
from simulator.studies.outcome import Level
from simulator.studies.propagation import Propagation
from simulator.studies.verdict import Verdict
from simulator.ui import cache, notices, state

_ICONS = {Level.HOLDS: "✓", Level.PARTLY: "!", Level.FAILS: "✕"}


def panel(result: Propagation) -> DeltaGenerator:
    """Headline, the numbers of each row and the cause; returns the place that is kept for advice."""
    verdict = result.verdict
    with st.container(key="verdict", gap="small"):
        st.html(_words(verdict))
        if verdict.level is Level.HOLDS:
            return st.empty()
        return st.container(key="advised", horizontal=True, vertical_alignment="center", gap="small")


def advise(place: DeltaGenerator, experiment: Experiment) -> None:
    """The button that applies the advice, put into its place once everything else is on its way to the browser."""
    if cache.propagation(experiment).verdict.level is Level.HOLDS:
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
        )
        notices.plain(advice.reason, kind="reason")


def _words(verdict: Verdict) -> str:
    sides = (("Signal", verdict.signal), ("Gradient", verdict.gradient), ("Inputs apart", verdict.apart))
    rows = "".join(
        f'<tr><th scope="row">{title}</th><td>{set_html(_rate(side))}</td><td>{set_html(_ratio(side))}</td>'
        f"<td>{_reach(side)}</td></tr>"
        for title, side in sides
    )
    titles = ("Variance", "per layer", "in all", "survives")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    more = "".join(f"<p>{set_html(detail)}</p>" for detail in verdict.remarks)
    icon = f'<span class="icon" aria-hidden="true">{_ICONS[verdict.level]}</span>'
    return (
        f'<section class="verdict {verdict.level}" role="status"><div><h1>{icon}{set_html(verdict.headline)}</h1>'
        f"<p>{set_html(verdict.cause)}</p>{more}</div>"
        f'<table title="Inputs apart: 1 − the correlation of two inputs"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
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
