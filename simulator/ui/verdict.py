"""The verdict on an experiment, on top of the page: what happened, by how much, why, and what would help."""

from __future__ import annotations

import math

import streamlit as st

from simulator.figures import axes
from simulator.figures.notation import set_html
from simulator.studies.direction import Direction
from simulator.studies.propagation import Propagation
from simulator.studies.verdict import Outcome, Verdict
from simulator.ui import notices, state


def panel(result: Propagation) -> None:
    """Headline, the numbers of either direction, the cause, and the button that applies the advice."""
    verdict = result.verdict
    with st.container(key="verdict", gap="small"):
        st.html(_words(verdict))
        if verdict.advice is not None:
            with st.container(key="advised", horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    notices.escape(verdict.advice.label),
                    key="advice",
                    type="primary",
                    on_click=state.change,
                    args=(verdict.advice.changes,),
                )
                notices.plain(verdict.advice.reason, kind="reason")


def _words(verdict: Verdict) -> str:
    rows = "".join(
        f'<tr><th scope="row">{title}</th><td>{set_html(_rate(side))}</td><td>{set_html(_ratio(side))}</td>'
        f"<td>{_reach(side)}</td></tr>"
        for title, side in (("Signal", verdict.forward), ("Gradient", verdict.backward))
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in ("Variance", "per layer", "in all", "survives"))
    more = "".join(f"<p>{set_html(detail)}</p>" for detail in verdict.remarks)
    tone = "holds" if verdict.outcome is Outcome.HOLDS else "fails"
    return (
        f'<section class="verdict {tone}"><div><h1>{set_html(verdict.headline)}</h1>'
        f"<p>{set_html(verdict.cause)}</p>{more}</div>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _rate(side: Direction) -> str:
    """The variance's factor per layer with its error, both to the error's first digit."""
    if side.zero:
        return "× 0"
    if math.isnan(side.decades):
        return "not a number"
    if not 0 < side.error < side.factor:
        return f"× {axes.number(math.log10(side.factor))}"
    decimals = max(0, -math.floor(math.log10(side.error)))
    if decimals > 6 or side.factor >= 1e4:
        return f"× {axes.number(math.log10(side.factor))} ± {axes.number(math.log10(side.error))}"
    return f"× {side.factor:.{decimals}f} ± {side.error:.{decimals}f}"


def _reach(side: Direction) -> str:
    return f"{side.survives} of {side.steps} layers"


def _ratio(side: Direction) -> str:
    if math.isnan(side.decades):
        return "—"
    return "× 0" if side.zero else f"× {axes.number(side.decades)}"
