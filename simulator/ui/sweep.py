"""The page Sweep: a small grid of one's own, run in slices while the page stays alive."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from simulator.cost import seconds_text
from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.settings import SettingError, Value
from simulator.studies.sweep import estimate
from simulator.studies.sweep.ready import READY, Ready
from simulator.studies.sweep.rows import CHANGES, Rows, measure, united
from simulator.ui import cache, notices, panels, state
from simulator.ui.boards import sweep as board
from simulator.ui.view import View

SLICE = 0.15
"""Seconds of simulating between two looks at what the visitor wants; others are served in between."""

PAUSE = 0.3
"""Seconds between the starts of two slices."""

PATIENCE = 120.0
"""Seconds of computing that a sweep may take by its estimate."""

LONGEST = 3.0
"""Seconds that one cell may take by its estimate: it is not interrupted."""

MOST_CELLS = 1000
MOST_NETWORKS = 4000

SHOWN = {
    **{" ".join(pair): pair for pair in CHANGES},
    **{" ".join(pair): pair for pair in (
        ("activation", "variance"), ("preactivation", "second_moment"), ("activation", "saturated_fraction"),
        ("activation", "correlation"), ("activation_gradient", "variance"), ("weight_gradient", "variance"),
    )},
}  # fmt: skip
"""What a running sweep can show: what is kept of each network."""

_HELD = "_sweep_run"
_BEGIN = "_begin_sweep"


@dataclass
class Held:
    """The session's sweep: its grid, what there is of it, and whether it goes on."""

    grid: Grid
    visit: int
    kept: list[Rows] = field(default_factory=list)
    going: bool = False
    timed: bool = False

    @property
    def finished(self) -> bool:
        """Whether every cell is there."""
        return len(self.kept) == len(self.grid)

    def advance(self, seconds: float) -> None:
        """Run cells for so long, one at least."""
        until = time.monotonic() + seconds
        while not self.finished:
            cell = len(self.kept)
            self.kept.append(measure(self.grid.experiment, self.grid.values(cell), cell))
            if time.monotonic() >= until:
                break

    def frame(self) -> pd.DataFrame:
        """The rows that there are."""
        return united(self.kept).frame(self.grid)


def panel(experiment: Experiment, view: View) -> None:
    """The grid's widgets, the run, its charts."""
    _ready()
    with st.container(key="sweep-grid", horizontal=True):
        for name in ("sweep_across", "sweep_up", "sweep_panels"):
            about = View.settings()[name]
            st.text_input(about.title, key=state.show(name, getattr(view, name)), help=notices.escape(about.help))
    for name in ("sweep_across", "sweep_up", "sweep_panels"):
        notices.complaint(name)
    refused = ""
    try:
        grid = _grid(experiment, view)
        refused = refusal(grid)
    except SettingError as error:
        refused, grid, view = f"{error} Shown instead: this page's defaults.", _grid(Experiment(), View()), View()
    if refused:
        notices.plain(refused)
    held = _held(grid)
    with st.container(key="chooser", horizontal=True, vertical_alignment="bottom"):
        st.button("Run", key="sweep", type="primary", icon=":material/play_arrow:", on_click=_begin,
                  disabled=bool(refused) or held.finished)  # fmt: skip
        shown = _shown(view)
    # The timer runs only while the sweep does: a fragment's interval is settled where it is drawn.
    held.timed = held.going
    st.fragment(_follow, run_every=PAUSE if held.going else None)(view, shown)
    with st.expander("The same from the command line"):
        st.code(command(grid), language="shell", wrap_lines=True)


def refusal(grid: Grid) -> str:
    """Why this page does not run a grid, "" if it does."""
    if len(grid) > MOST_CELLS:
        return f"This grid has {len(grid):,} cells, over this page's bound of {MOST_CELLS:,}; use the command below."
    networks = sum(int(value) for value in grid.taken("seeds")) * len(grid) // len(grid.taken("seeds"))
    if networks > MOST_NETWORKS:
        return (
            f"This grid has {networks:,} networks, over this page's bound of {MOST_NETWORKS:,}; use the command below."
        )
    whole = estimate(grid)
    if whole.seconds > PATIENCE:
        return (f"This grid would take about {seconds_text(whole.seconds)}, over this page's bound of "
                f"{seconds_text(PATIENCE)}; use the command below.")  # fmt: skip
    for cell in range(len(grid)):
        try:
            slow = grid.cell(cell).cost().seconds
        except SettingError:
            continue
        if slow > LONGEST:
            return (f"One cell would take about {seconds_text(slow)}, over this page's bound of "
                    f"{seconds_text(LONGEST)}; use the command below.")  # fmt: skip
    return ""


def command(grid: Grid) -> str:
    """The command that runs a grid, to be pasted."""
    words = ["simulator", "sweep"]
    for name, values in grid.document()["axes"].items():
        words += ["--grid", f"{name}={','.join(values)}"]
    for name, value in grid.experiment.params().items():
        if name not in grid.axes:
            words += [f"--{name.replace('_', '-')}", value]
    return shlex.join([*words, "--output", "my-sweep"])


def _follow(view: View, shown: str) -> None:
    """One slice of a sweep that goes on, and everything that shows it."""
    held: Held = st.session_state[_HELD]
    if held.visit != state.visit():
        held.going = False
    if held.going:
        with cache.gate():
            held.advance(SLICE)
        held.going = not held.finished
    done, total = len(held.kept), len(held.grid)
    with st.container(key="sweep-bar", horizontal=True, vertical_alignment="center"):
        st.progress(done / total, text=_progress(held))
        st.button("Stop", key="sweep_stop", icon=":material/stop:", on_click=_stop, disabled=not held.going)
    values = {name: list(taken) for name, taken in held.grid.axes.items()}
    names = [text.partition("=")[0].strip().replace("-", "_") if text else None
             for text in (view.sweep_across, view.sweep_up, view.sweep_panels)]  # fmt: skip
    across, up, sheets = names
    assert across is not None
    panels.show(
        board.charts(held.frame(), values, SHOWN[shown], across, up, sheets),
        key="sweep-charts",
        table=held.frame,
        filename="sweep",
    )
    failed = {cell: text for rows in held.kept for cell, text in rows.errors.items()}
    for cell, sentence in list(failed.items())[:3]:
        where = ", ".join(f"{name} {value}" for name, value in held.grid.values(cell).items())
        notices.plain(f"Failed at {where}: {sentence}", kind="see")
    if len(failed) > 3:
        notices.plain(f"{len(failed) - 3} more cells failed; the table has their sentences.", kind="see")
    if held.timed and not held.going:
        held.timed = False
        st.rerun()  # once more without the timer


def _grid(experiment: Experiment, view: View) -> Grid:
    texts = [view.sweep_panels, view.sweep_up, view.sweep_across]
    return Grid.parse([text for text in texts if text], experiment)


def _held(grid: Grid) -> Held:
    """The session's sweep of this grid, a new one that has not begun where the grid changed."""
    held: Held | None = st.session_state.get(_HELD)
    if held is None or held.grid != grid:
        held = st.session_state[_HELD] = Held(grid, state.visit())
    if st.session_state.pop(_BEGIN, False):
        held.visit, held.going = state.visit(), not held.finished
    return held


def _begin() -> None:
    st.session_state[_BEGIN] = True


def _stop() -> None:
    held: Held = st.session_state[_HELD]
    held.going = False


def _progress(held: Held) -> str:
    done, total = len(held.kept), len(held.grid)
    where = f"{done:,} of {total:,} cells"
    if held.finished:
        return f"Finished, {where}"
    if held.going:
        return f"Running, {where}"
    return f"Stopped at {where}" if done else f"Before the run: {total:,} cells, {_about(held.grid)}"


def _about(grid: Grid) -> str:
    return f"about {seconds_text(estimate(grid).seconds)}"


def _shown(view: View) -> str:
    about = View.settings()["sweep_shown"]
    shown = view.sweep_shown if view.sweep_shown in SHOWN else View().sweep_shown
    chosen: str = st.selectbox(
        about.title, list(SHOWN), key=state.show("sweep_shown", shown), format_func=_words, help=about.help,
        filter_mode=None,
    )  # fmt: skip
    return chosen


def _words(pair: str) -> str:
    return pair.replace("_", " ")


def _ready() -> None:
    """A button for each ready-made study: it sets the experiment, the grid and what is shown."""
    with st.container(key="sweep-ready", horizontal=True, gap="small"):
        for name, about in READY.items():
            st.button(
                about.title, key=f"ready_{name}", on_click=_take, args=(about,),
                help=notices.escape(about.about), disabled=bool(state.view().locked),
            )  # fmt: skip


def _take(ready: Ready) -> None:
    axes = {text.partition("=")[0]: text for text in ready.axes}
    picture = ready.picture
    looks: Mapping[str, Value] = {
        "sweep_across": axes[picture.x],
        "sweep_up": axes[picture.y] if picture.y else "",
        "sweep_panels": axes[picture.panels] if picture.panels else "",
        "sweep_shown": " ".join(picture.pair),
    }
    state.look(looks)
    state.start(ready.settings)  # last: it may start the run over
