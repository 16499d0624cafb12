"""Every setting of an experiment as a widget, made from what the setting says of itself."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from math import floor, log10

import streamlit as st

from simulator.experiment import Experiment
from simulator.settings import Part, Setting
from simulator.ui import notices, slider, state, table, widgets
from simulator.ui.whole import whole

MAIN = ("depth", "width", "activation", "init", "gain")
"""The settings that stay in sight of the charts."""

GROUPS = {
    "Weights and biases": ("bias", "widths", "lsuv"),
    "Architecture": (
        "residual",
        "normalization",
        "dropout",
        "last_activation",
        "last_init",
        "activations",
        "inits",
        "gains",
        "loss",
    ),
    "Data": ("inputs", "batch"),
    "Chance": ("seeds", "seed"),
    "Saturation": ("saturation",),
    "Computation": ("engine",),
}
"""The sidebar; a setting that is named nowhere joins the last group."""

THRESHOLDS = {"0.9": 0.19, "0.95": 0.0975, "0.97": 0.0591, "0.99": 0.0199}
"""Rules for tanh that others use, |tanh h| > t, as the threshold of this rule: 1 - t^2."""

SLIDERS = ("depth", "width", "gain")
"""Settings that move the charts while they are moved."""

_STEP = 0.05
_LADDER_SPAN = 100
_SEED_RANGE = 1_000_000


def main() -> None:
    """The main settings, abreast, two by two on a phone; what their parts can be told opens beside them."""
    for name in MAIN:
        with st.container(key=f"cell-{name}", horizontal=True, gap="small", vertical_alignment="bottom", wrap=False):
            _draw(name)
            if isinstance(Experiment.settings()[name].choices, type):
                # There even if empty, so that nothing moves.
                with st.popover("", icon=":material/tune:", disabled=not _parameters(name), key=f"more-{name}",
                                help="Numbers of this part"):  # fmt: skip
                    if _parameters(name):
                        _draw_parameters(name)


def dice() -> None:
    """The button for another seed."""
    seed = state.experiment().seed
    st.button("", key="new_seed", icon=":material/casino:", on_click=_new_seed, disabled=state.view().locks("seed"),
              help=f"Another seed; the present one is {seed}.")  # fmt: skip


def sidebar() -> None:
    """Every other setting, in groups."""
    grouped = {name for names in GROUPS.values() for name in names}
    others = [name for name in Experiment.settings() if name not in (*MAIN, *grouped)]
    for title, names in GROUPS.items():
        st.html(f'<h2 class="group">{title}</h2>')
        for name in (*names, *(others if title == list(GROUPS)[-1] else ())):
            _draw(name)
            if _parameters(name):
                with st.container(key=f"parts-{name}", horizontal=True, gap="small"):
                    _draw_parameters(name)
            _draw_companions(name)


def _draw(name: str) -> None:
    about = Experiment.settings()[name]
    label = f"{about.title} {about.symbol}".strip() if len(about.symbol) == 1 else about.title
    if name == "init" and (law := state.experiment().init_parts[0].law):
        label = f"Init {about.symbol}: Var {law}"
    rulers = [Experiment.settings()[other].title.lower() for other in state.experiment().overriding([name])]
    disabled = bool(rulers) or state.view().locks(name)
    help = f"{about.help} Now set by the {' and the '.join(rulers)}." if rulers else about.help
    if isinstance(about.choices, type):
        _part_box(about, about.choices, label, help, disabled)
    elif about.choices is not None:
        st.selectbox(label, about.choices, key=name, help=help, filter_mode=None, disabled=disabled)
    elif about.kind is str:
        st.text_input(label, key=name, help=notices.escape(help), placeholder=about.example, disabled=disabled)
        if about.overrides and getattr(state.experiment(), name):
            follow = ", ".join(Experiment.settings()[other].title.lower() for other in about.overrides)
            notices.plain(f"{follow.capitalize()} follow from this.", kind="reason")
    elif name in SLIDERS:
        slider.slider(about, label, rungs(about), help=help, disabled=disabled)
    elif is_ladder(about):
        steps = ladder(about, state.slider_reach(name))
        st.select_slider(label, steps, key=name, help=help, disabled=disabled, on_change=state.settle, args=(name,))
    elif about.kind is int and about.softbounds is not None:
        low, high = map(int, about.softbounds)
        shown = state.slider_reach(name)
        limits = min(low, shown), max(high, shown)
        st.slider(label, *limits, key=name, help=help, disabled=disabled, on_change=state.settle, args=(name,))
    else:
        _number(about, label, name, disabled)
    notices.complaint(name)


def _part_box(about: Setting, registry: type[Part], label: str, help: str, disabled: bool) -> None:
    part = widgets.chosen_part(about.name)
    st.selectbox(
        label,
        [about.otherwise] * bool(about.otherwise) + registry.menu(),
        key=about.name,
        help=notices.escape(f"{help} {part.name}: {part.summary()}" if part else help),
        disabled=disabled,
    )


def _number(about: Setting, label: str, key: str, disabled: bool) -> None:
    """A number typed or stepped; what lies out of bounds is answered with a sentence, not swallowed."""
    value = st.session_state[key]
    if about.kind is int:
        st.number_input(label, step=1, format="%d", key=key, help=about.help, disabled=disabled)
    else:
        st.number_input(label, step=step(value), format="%g", key=key, help=about.help, disabled=disabled)


def _parameters(name: str) -> Mapping[str, Setting]:
    """The parameters of the part that is chosen for a setting."""
    part = widgets.chosen_part(name)
    return part.settings() if part else {}


def _draw_parameters(name: str) -> None:
    part = widgets.chosen_part(name)
    assert part is not None
    disabled = state.view().locks(name) or bool(state.experiment().overriding([name]))
    for parameter, about in part.settings().items():
        key = widgets.part_key(name, part, parameter)
        if about.widget == "table":
            table.uploader(disabled)
            continue
        st.session_state.setdefault(key, about.default)
        label = f"{part.name} {about.title.lower()}" if name in MAIN else about.title
        if about.kind is str and about.choices is None:
            st.text_input(label, key=key, help=about.help, placeholder=about.example, disabled=disabled)
        elif isinstance(about.choices, tuple):
            st.selectbox(label, about.choices, key=key, help=about.help, filter_mode=None, disabled=disabled)
        else:
            _number(about, label, key, disabled)


def _draw_companions(name: str) -> None:
    """The buttons that belong to one setting."""
    if name == "saturation":
        st.caption("Common alternatives: |tanh h| >")
        with st.container(horizontal=True, gap="small", key="thresholds"):
            for title, value in THRESHOLDS.items():
                st.button(
                    title,
                    key=f"threshold_{title}",
                    help=f"|tanh h| > {title} is τ = {value:g}",
                    on_click=state.change,
                    args=({"saturation": value},),
                    type="primary" if st.session_state["saturation"] == value else "secondary",
                )


@whole
def _new_seed() -> None:
    state.change({"seed": secrets.randbelow(_SEED_RANGE)})


def rungs(about: Setting) -> list[int | float]:
    """The values of a setting's slider, in order, among them the one that it was set to."""
    low, high = about.softbounds or about.bounds or (0, 1)
    held = state.slider_reach(about.name), getattr(state.experiment(), about.name)
    if is_ladder(about):
        return list(ladder(about, *held))
    if about.kind is int:
        return list(range(min(int(low), *held), max(int(high), *held) + 1))
    steps = round((high - low) / _STEP)
    return sorted({*(round(low + k * _STEP, 10) for k in range(steps + 1)), *held})


def is_ladder(about: Setting) -> bool:
    """Whether a whole number spans so much that its slider climbs by halves and doubles."""
    low, high = about.softbounds or about.bounds or (0, 0)
    return about.kind is int and low > 0 and high / low > _LADDER_SPAN


def ladder(about: Setting, *extra: int) -> list[int]:
    """Powers of two and the halves between them within a setting's range, and `extra` values."""
    low, high = about.softbounds or about.bounds or (1, 1)
    powers = [2**k for k in range(int(high).bit_length())]
    rungs = {rung for power in powers for rung in (power, 3 * power // 2) if low <= rung <= high}
    return sorted({*rungs, *extra})


def step(value: float) -> float:
    """A step that suits a number's size: 0.1 for 1, 0.01 for 0.05."""
    return float(10.0 ** floor(log10(abs(value) / 5))) if value else 0.1
