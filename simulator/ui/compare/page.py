"""The page Compare: vary a setting, pin a network, go to a cell, take a gain; and its table."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from simulator.experiment import Experiment
from simulator.figures import axes
from simulator.settings import SettingError
from simulator.studies import comparison
from simulator.studies import matrix as matrices
from simulator.studies.comparison import MOST, ComparedNetwork
from simulator.studies.direction import Direction
from simulator.ui import cache, chooser, host, notices, results, state
from simulator.ui.compare import board
from simulator.ui.view import View
from simulator.ui.whole import whole

_WORDS = {
    "sheet": {"networks": "Networks", "matrix": "Activation × init", "gain": "Gain"},
    "arrange": {"overlay": "one chart", "multiples": "a chart each"},
    "along": {"layer": "layer", "depth": "fraction of depth"},
    "cells": {"simulation": "simulated", "theory": "theory"},
}
_VALUES, _COMPLAINT = "compare_values", "_compare_complaint"
_HEADS = (
    "network",
    "outcome",
    "signal variance, per layer",
    "gradient variance, per layer",
    "Var x_L",
    "saturated, layer L",
)


def choice(name: str, view: View) -> str:
    """A choice among the values of one setting of the View, as a row of buttons."""
    return chooser.among(name, _WORDS[name], view)


def choosers(experiment: Experiment, view: View) -> None:
    """Which setting is varied and to what, and the button that pins the present network."""
    variants = board.variants(experiment, view.vary, view.compare)
    about = Experiment.settings()[view.vary]
    chosen = [value for variant in variants if (value := variant.only(view.vary)) is not None]
    usual = [str(variant.only(view.vary)) for variant in comparison.usual(experiment, view.vary)]
    registered = about.choices.menu() if isinstance(about.choices, type) else list(about.choices or ())
    st.session_state[_VALUES] = chosen
    with st.container(key="vary-chooser", horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            View.settings()["vary"].title,
            list(Experiment.settings()),
            key=state.show("vary", view.vary),
            format_func=_title,
            help=notices.escape(about.help),
            on_change=_turn,
        )
        st.multiselect(
            f"{about.title}: compare with",
            list(dict.fromkeys([*chosen, *usual, *registered])),
            key=_VALUES,
            accept_new_options=True,
            max_selections=max(1, MOST - 1 - (len(variants) - len(chosen))),
            on_change=_choose,
            args=(experiment,),
            help=notices.escape("Choose, or type a value such as normal(std=0.05); at most six networks in all."),
        )
        st.button(
            "Pin the present network",
            key="pin",
            icon=":material/push_pin:",
            on_click=_keep,
            args=(experiment,),
            disabled=len(variants) >= MOST - 1 or comparison.pin(experiment) in variants,
            help="It stays in the comparison as it is while you change the settings above, any of them.",
        )
    with notices.place("compare-complaint"):
        if complaint := st.session_state.pop(_COMPLAINT, ""):
            notices.plain(complaint)


def removers(experiment: Experiment, view: View, networks: Sequence[ComparedNetwork]) -> None:
    """A button for each variant that takes it out."""
    called = {network.variant: network.label for network in networks}
    variants = board.variants(experiment, view.vary, view.compare)
    with st.container(key="removers", horizontal=True, gap="small"):
        for index, variant in enumerate(variants):
            name = called.get(variant, "pinned: the present network" if variant.pinned else str(variant))
            st.button(
                notices.escape(name),
                key=f"remove-{index}",
                icon=":material/close:",
                help=notices.escape(f"Take out {variant}"),
                on_click=_remove,
                args=(experiment, index),
            )


def facts(view: View, left_out: Sequence[str]) -> None:
    """Say what the networks have in common, and which ones are not there."""
    notices.facts(
        [
            "Common random numbers: all networks of one seed draw from the same streams, one for each role and layer, "
            "so another gain, activation or scheme meets the same draws, and a deeper network begins as the shallow "
            "one.",
            *left_out,
        ]
    )


def table(networks: Sequence[ComparedNetwork]) -> None:
    """A row a network: what became of it, its factors per layer, and its last layer."""
    results.table(_HEADS, map(_row, networks))


def go_to_cell(experiment: Experiment, clicked: host.Clicked) -> None:
    """Give the experiment the activation and the scheme of a clicked cell."""
    names = matrices.activations(experiment), matrices.schemes(experiment)
    column, row = round(float(clicked["x"])), round(float(clicked["y"]))
    if 0 <= column < len(names[0]) and 0 <= row < len(names[1]):
        state.change({"activation": names[0][column], "init": names[1][row]})


def gain_button(experiment: Experiment) -> None:
    """The button that gives the experiment the gain that suits both best."""
    swept = board.sweep(experiment)
    if swept.spot is None:
        return
    gain = float(swept.gains[swept.spot])
    st.button(
        f"Use gain {gain:.4g}",
        key="use-spot",
        type="primary",
        disabled=gain == experiment.gain,
        on_click=state.change,
        args=({"gain": gain},),
        help="The gain at which the worse of signal and gradient changes least.",
    )


def _row(network: ComparedNetwork) -> results.Row:
    result = cache.propagation(network.experiment)
    verdict = result.verdict
    depth = network.experiment.depth
    value, logs = (side[:, depth] for side in result.curves["activation", "variance"])
    middle = sorted(-math.inf if v == 0 else float(log) for v, log in zip(value, logs, strict=True))[len(logs) // 2]
    saturated = result.curves["activation", "saturated_fraction"][0][:, depth].mean()
    tone = str(verdict.level)
    cells = (
        str(verdict.outcome.value),
        _rate(verdict.signal),
        _rate(verdict.gradient),
        axes.number(middle),
        f"{saturated:.1%}",
    )
    return results.Row(network.label, cells, tone)


def _rate(side: Direction) -> str:
    if side.zero:
        return "× 0"
    return "not a number" if math.isnan(side.decades) else f"× {side.rate}"


def _title(name: str) -> str:
    return Experiment.settings()[name].title


@whole
def _turn() -> None:
    """Another setting is varied: what changes others stays."""
    view, wanted = state.view(), str(st.session_state["vary"])
    others = [variant for variant in _named(view) if variant.only(view.vary) is None]
    new = [*others, *comparison.usual(state.experiment(), wanted)][: MOST - 1]
    state.change_view({"vary": wanted, "compare": comparison.joined(new) if others else ""})


@whole
def _choose(experiment: Experiment) -> None:
    view = state.view()
    variants = board.variants(experiment, view.vary, view.compare)
    kept = [variant for variant in variants if variant.only(view.vary) is None]
    for value in st.session_state[_VALUES]:
        try:
            kept.append(comparison.change(view.vary, value))
        except SettingError as error:
            st.session_state[_COMPLAINT] = str(error)
    _show(kept)


@whole
def _keep(experiment: Experiment) -> None:
    view = state.view()
    _show([*board.variants(experiment, view.vary, view.compare), comparison.pin(experiment)])


@whole
def _remove(experiment: Experiment, index: int) -> None:
    view = state.view()
    variants = list(board.variants(experiment, view.vary, view.compare))
    _show(variants[:index] + variants[index + 1 :])


def _show(variants: Sequence[comparison.Variant]) -> None:
    try:
        state.change_view({"compare": comparison.joined(variants)})
    except SettingError as error:
        st.session_state[_COMPLAINT] = str(error)


def _named(view: View) -> tuple[comparison.Variant, ...]:
    return comparison.parse(view.compare) if view.compare else ()
