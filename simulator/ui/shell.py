"""The frame around every page: navigation, controls, presets, the link."""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from simulator.experiment import Experiment
from simulator.ui import controls, limits, notices, present, presets, sharing, state, waiting
from simulator.ui.view import View

NAME = "Variance propagation"
PRESENT = "present"
"""The address of the page that shows nothing but a scene."""

LESSONS = "lessons"
OWN_SETTINGS = (PRESENT, LESSONS)
"""The addresses of pages that bring their own settings: the controls and presets are out of sight there."""

_PLACES = {
    "navigation": ".st-key-navigation",
    "sidebar": '[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"]',
    "presets": ".st-key-presets",
}
_FRAMED = "_framed"
_STYLE = Path(__file__).with_name("style.css")
_LOGO, _ICON = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("logo.svg", "icon.svg"))


@dataclass(frozen=True)
class Row:
    """A page: its file, what navigation calls it, its icon, its address, one sentence about it."""

    file: str
    title: str
    icon: str
    address: str
    about: str
    section: str = ""
    simulates: bool = False


LAB, THEORY, PRACTICE, LEARN = "", "Theory", "Practice", "Class"

PAGES = (
    Row(
        "pages/signal.py",
        "Signal",
        ":material/show_chart:",
        "signal",
        "Variance of activations and gradients and saturation, layer by layer, with the theory dashed.",
        simulates=True,
    ),
    Row(
        "pages/distributions.py",
        "Distributions",
        ":material/bar_chart:",
        "distributions",
        "The histogram of every layer, as one map and as curves.",
        simulates=True,
    ),
    Row(
        "pages/saturation.py",
        "Saturation",
        ":material/straighten:",
        "saturation",
        "Where a layer's preactivations lie on its activation, and which units are flat or dead.",
        simulates=True,
    ),
    Row(
        "pages/compare.py",
        "Compare",
        ":material/compare_arrows:",
        "compare",
        "Networks side by side, every activation with every init scheme, and one network at many gains.",
    ),
    Row(
        "pages/phase_diagram.py",
        "Phase diagram",
        ":material/landscape:",
        "phase_diagram",
        "Order and chaos over weight and bias variance, the edge between them, and the experiment as a point.",
        THEORY,
    ),
    Row(
        "pages/finite_width.py",
        "Finite width",
        ":material/ssid_chart:",
        "finite_width",
        "Hundreds of networks of one kind: how far chance alone drives them apart, and the exact theory of it.",
        THEORY,
    ),
    Row(
        "pages/jacobian.py",
        "Jacobian",
        ":material/grid_on:",
        "jacobian",
        "Singular values of the input-output Jacobian, Gaussian beside orthogonal weights.",
        THEORY,
    ),
    Row(
        "pages/training.py",
        "Training",
        ":material/model_training:",
        "training",
        "A short run of gradient descent on real data: init schemes side by side, or plain layers, skips and norms.",
        PRACTICE,
    ),
    Row(
        "pages/precision.py",
        "Number formats",
        ":material/memory:",
        "precision",
        "The same network as float16, bfloat16, float32 and float64 would run it: overflow, underflow, rounding to 1.",
        PRACTICE,
    ),
    Row(
        "pages/gains.py",
        "Gains",
        ":material/tune:",
        "gains",
        "The gain that each activation asks for, and PyTorch's beside it.",
        THEORY,
    ),
    Row(
        "pages/code.py",
        "Code and report",
        ":material/code:",
        "code",
        "The same network as a script for PyTorch, Keras, Flax or NumPy, and a report as one file.",
        PRACTICE,
        simulates=True,
    ),
    Row(
        "pages/lessons.py",
        "Lessons",
        ":material/school:",
        "lessons",
        "The questions students ask: a prediction first, then the experiment that settles it and the answer.",
        LEARN,
    ),
    Row(
        "pages/present.py",
        "Present",
        ":material/slideshow:",
        "present",
        "A list of scenes for a projector: large type, turned with the arrow keys.",
        LEARN,
    ),
    Row(
        "pages/trust.py",
        "Can I trust it?",
        ":material/fact_check:",
        "trust",
        "Published numbers beside the same numbers worked out here, with source, tolerance and verdict.",
        LEARN,
    ),
    Row(
        "pages/sweep.py",
        "Sweep",
        ":material/grid_view:",
        "sweep",
        "Every combination of some settings' values: a map that fills in, and finished sweeps to explore.",
        PRACTICE,
    ),
)


@waiting.drawing()
def run() -> None:
    """Draw the frame and the chosen page."""
    _configure()
    st.html(_STYLE)
    st.logo(_LOGO, size="large")
    state.seed()
    state.update()
    # Ahead of the navigation, with which the browser takes a turned page's address: one that gained its settings only
    # later would be two steps of the Back button, and the first of them without settings.
    state.write_link()
    page = _navigation()
    if state.enter(page.url_path) and page.url_path == PRESENT:
        present.enter()
        state.write_link()
    _hide(page.url_path)
    with st.sidebar:
        controls.sidebar()
    controls.main()
    _body(page.url_path)


@st.fragment(key=state.BODY)
@waiting.drawing()
def _body(address: str) -> None:
    """All that a slider changes; a slider runs this alone, and the frame around it is not sent and drawn again."""
    state.update()
    state.write_link()
    with st.container(key="top", horizontal=True, gap="small"):
        sharing.button()
        # A preset sets everything; where something is locked it would not be what its title says.
        if not state.view().locked and address not in OWN_SETTINGS:
            presets.row()
    with st.container(key="notes", gap="small"):  # always there, so that what follows keeps its place
        if address != LESSONS:
            presets.note()
        for sentence in state.notices():
            st.warning(notices.escape(sentence), icon=":material/link_off:")
        for sentence in state.repairs():
            st.info(notices.escape(sentence), icon=":material/sync_alt:")
    waiting.place()
    st.session_state[_FRAMED] = True
    try:
        # Streamlit's own page.run() would run the page once and refuse to do so again in the fragment.
        shown = next(row for row in PAGES if row.address == (address or PAGES[0].address))
        runpy.run_path(str(_home() / shown.file))
    finally:
        st.session_state.pop(_FRAMED, None)
    if shown.simulates:
        st.caption(_made(state.experiment()))


def _hide(address: str) -> None:
    """Out of sight what the link or the page hides: widgets that were not drawn at all would lose what they hold."""
    wanted = [*state.view().hidden, *(("sidebar", "presets") if st.context.is_embedded else ())]
    hidden = [_PLACES.get(name, f".st-key-{name}, .st-key-parts-{name}") for name in wanted]
    if address in OWN_SETTINGS:
        hidden += [_PLACES["sidebar"], '[data-testid="stLayoutWrapper"]:has(> :is(.st-key-controls, .st-key-parts))']
    st.html(f"<style>{', '.join(['.st-key-nothing', *hidden])} {{ display: none !important }}</style>")


def _home() -> Path:
    """The folder of app.py and pages/: beside the package in a clone, inside it once installed."""
    package = Path(__file__).parents[1]
    return next(place for place in (package.parent, package / "bundle") if (place / PAGES[0].file).is_file())


def _made(experiment: Experiment) -> str:
    """How the numbers on the page came about."""
    networks = "1 network" if experiment.seeds == 1 else f"{experiment.seeds} networks"
    engine = "matrix-free engine, single" if experiment.matrix_free else "dense engine, double"
    return f"Simulated: {networks}, {engine} precision, {experiment.cost()}."


def experiment() -> Experiment:
    """The experiment a page is about; where it is too large to run, says so and ends the page."""
    _require_frame()
    wanted = state.experiment()
    refusal = limits.refusal(wanted)
    if refusal is not None:
        sentence, changes = refusal
        st.error(notices.escape(sentence), icon=":material/memory:")
        wish = ", ".join(f"{name} {value}" for name, value in changes.items() if value)
        st.button(f"Use {wish}", key="fit", type="primary", on_click=state.change, args=(changes,))
        st.stop()
    return wanted


def view() -> View:
    """What a page is to show of the experiment."""
    _require_frame()
    return state.view()


def _configure() -> None:
    # Ahead of the navigation, whose icons Streamlit would otherwise fetch from a font server for the browser's tab.
    st.set_page_config(page_icon=_ICON, layout="wide")


def _navigation() -> st.Page:
    sections: dict[str, list[st.Page]] = {}
    for row in PAGES:
        page = st.Page(
            row.file, title=row.title, icon=row.icon, url_path=row.address, help=row.about, default=row is PAGES[0]
        )
        sections.setdefault(row.section, []).append(page)
    hidden = st.context.is_embedded or (state.seeded() and "navigation" in state.view().hidden)
    return st.navigation(sections, position="hidden" if hidden else "top")


def _require_frame() -> None:
    """On a cold server Streamlit runs a deep-linked page without app.py: declare the pages and start over."""
    if _FRAMED not in st.session_state:
        _configure()
        _navigation()
        st.rerun()
