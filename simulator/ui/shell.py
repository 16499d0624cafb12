"""The frame around every page: navigation, controls, presets, the link."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TypeVar

import streamlit as st

from simulator.experiment import Experiment
from simulator.figures.notation import set_html
from simulator.serving import limits
from simulator.ui import controls, notices, presets, slider, state, waiting
from simulator.ui.lessons import lecture
from simulator.ui.lessons import page as lessons
from simulator.ui.present import page as present
from simulator.ui.rooms import bar as rooms
from simulator.ui.rooms import seat
from simulator.ui.sharing import page as sharing
from simulator.ui.sitemap import PAGES, PRESENT, Page
from simulator.ui.view import View

NAME = "Variance propagation"
_PLACES = {
    "navigation": ".st-key-navigation",
    "sidebar": '[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"]',
    "presets": ".st-key-menu",
    "controls": '[data-testid="stLayoutWrapper"]:has(> .st-key-controls)',
}
Drawn = TypeVar("Drawn")

_CELL = '[data-testid="stLayoutWrapper"]:has(> .st-key-cell-'
_FRAMED: ContextVar[bool] = ContextVar("framed", default=False)
"""Whether a page is being drawn in its frame. Not in the session's state, any access to which may end the run."""

_STYLE = Path(__file__).with_name("style.css")
_LOGO, _ICON = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("logo.svg", "icon.svg"))


@waiting.drawing()
def run() -> None:
    """Draw the frame and the chosen page."""
    _configure()
    st.html(_STYLE)
    st.logo(_LOGO, size="large")
    state.seed()
    state.update()
    seat.update()
    # Ahead of the navigation, with which the browser takes a turned page's address: one that gained its settings only
    # later would be two steps of the Back button, and the first of them without settings.
    state.write_link()
    page = _navigation()
    seat.turn(page.url_path)
    if state.enter(page.url_path) and page.url_path == PRESENT:
        (lecture if state.view().lecturing else present).enter()
        state.write_link()
    shown = next(row for row in PAGES if row.address == (page.url_path or PAGES[0].address))
    _hide(shown)
    st.set_page_config(page_title=f"{page.title} - {NAME}")
    state.drag(False)
    with st.sidebar:
        controls.sidebar()
    with st.container(key="controls", horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.main()
        controls.dice()
        # A preset sets everything; where something is locked it would not be what its title says.
        if not state.view().locked and "presets" not in shown.unheeded:
            presets.menu()
        sharing.button()
        lessons.back()
    _body(shown)


@st.fragment(key=state.BODY)
@waiting.drawing(state.BODY)
def _body(shown: Page) -> None:
    """All that a slider changes; a slider runs this alone, and the frame around it is not sent and drawn again."""
    state.update()
    state.write_link()
    seat.follow(shown.address)
    rooms.bar(shown.address)
    _head(shown)
    slider.mark(state.experiment())
    with st.container(key="notes", gap="small"):  # over the page: nothing moves when they come and go
        for sentence in seat.said():
            st.warning(notices.escape(sentence), icon=":material/groups:")
        for sentence in state.notices():
            st.warning(notices.escape(notices.titled(sentence)), icon=":material/link_off:")
        for sentence in state.repairs():
            st.info(notices.escape(notices.titled(sentence)), icon=":material/sync_alt:")
    with _framed():
        # Streamlit's own page.run() would run the page once and refuse to do so again in the fragment.
        runpy.run_path(str(_home() / shown.file))
    if shown.simulates:
        st.caption(_made(state.experiment()))


def curves(draw: Callable[[], Drawn]) -> Drawn:
    """Draw what of a page follows a slider while it is dragged: such a run draws nothing else."""
    _require_frame()
    drawn: Drawn = st.fragment(key=state.CURVES)(waiting.drawing(state.CURVES)(partial(_curves, draw)))()
    return drawn


def _curves(draw: Callable[[], Drawn]) -> Drawn:
    if not _FRAMED.get():  # not as part of the body
        state.update()
    with _framed():
        drawn = draw()
    slider.mark(state.experiment())
    return drawn


@contextmanager
def _framed() -> Iterator[None]:
    """A page, or a part of one, is drawn in its frame."""
    token = _FRAMED.set(True)
    try:
        yield
    finally:
        _FRAMED.reset(token)


def _head(page: Page) -> None:
    """Say what the page is, or what to look for in the preset that is on."""
    if not page.headed:
        return
    sentence = "" if page.judges else presets.see() or " ".join(presets.slips())
    st.html(f'<header class="page"><h1>{page.title}</h1><p>{set_html(sentence or page.about)}</p></header>')


def _hide(page: Page) -> None:
    """Out of sight what the link or the page hides: widgets that were not drawn at all would lose what they hold."""
    wanted = [*state.view().hidden, *page.unheeded, *(("sidebar", "presets") if st.context.is_embedded else ())]
    hidden = [_PLACES.get(name, f":is(.st-key-{name}, .st-key-parts-{name}), {_CELL}{name})") for name in wanted]
    # Two by two on a phone, the gain with the buttons: of an odd number the first has a row to itself.
    paired = [name for name in controls.MAIN[:-1] if name not in wanted]
    alone = f"{_CELL}{paired[0]}) {{ flex-basis: 100% !important }}" if len(paired) % 2 else ""
    others = [name for name in state.experiment().params() if name not in controls.MAIN]
    more = f"More settings ({len(others)})" if others else "More settings"
    # Streamlit marks a page in its menu only where the menu is not folded.
    folded = list(dict.fromkeys(["", *(row.section for row in PAGES)]))
    section = "[data-testid=stTopNavSection]"
    place = f":nth-child({folded.index(page.section)} of :has(> {section})) > {section}"
    st.html(
        f"<style>{', '.join(['.st-key-nothing', *hidden])} {{ display: none !important }}\n"
        f"@media (max-width: 640px) {{ {alone} }}\n"
        f':root {{ --more-settings: "{more}" }}\n'
        f"{place} {{ background: color-mix(in srgb, currentColor 12%, transparent) }}</style>"
    )


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
    """The view of a page that shows the experiment, in its frame."""
    _require_frame()
    return state.view()


def _configure() -> None:
    # Ahead of the navigation, whose icons Streamlit would otherwise fetch from a font server for the browser's tab.
    st.set_page_config(page_icon=_ICON, layout="wide", initial_sidebar_state="collapsed")


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
    if not _FRAMED.get():
        _configure()
        _navigation()
        st.rerun()
