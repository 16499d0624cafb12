"""The page Sweep: a small grid of one's own, run in slices while the page stays alive."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pandas as pd
import streamlit as st

from simulator import part_text
from simulator.cost import seconds_text
from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.serving import limits
from simulator.settings import SettingError, Value
from simulator.studies.sweep import estimate
from simulator.studies.sweep.ready import READY, Ready
from simulator.studies.sweep.rows import CHANGES, Rows, measure, united
from simulator.ui import notices, panels, slices, state
from simulator.ui.sweep import board
from simulator.ui.view import View
from simulator.ui.whole import whole

MOST_CELLS = 1000
MOST_NETWORKS = 4000

SHOWN = {
    **{" ".join(pair): pair for pair in CHANGES},
    **{" ".join(pair): pair for pair in (
        ("activation", "variance"), ("preactivation", "second_moment"), ("activation", "saturated_fraction"),
        ("activation", "correlation"), ("activation_gradient", "variance"), ("weight_gradient", "variance"),
    )},
}  # fmt: skip
"""The part of each network that a running sweep keeps, and can show."""

SHORT = 1.0
"""Estimated seconds of a grid that is run without being asked."""

NAME = "sweep"
"""The name of the session's work here."""


@dataclass
class Cells:
    """A grid and what there is of it, to be run a cell at a time."""

    grid: Grid
    kept: list[Rows] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many cells are there."""
        return len(self.kept)

    @property
    def total(self) -> int:
        """How many cells there are to be."""
        return len(self.grid)

    def advance(self, seconds: float) -> None:
        """Run cells for so long, one at least."""
        until = time.monotonic() + seconds
        while self.done < self.total:
            self.kept.append(measure(self.grid.experiment, self.grid.values(self.done), self.done))
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
    refused = ""
    try:
        grid = _grid(experiment, view)
        refused = refusal(grid)
    except SettingError as error:
        refused, grid, view = f"{error} Shown instead: this page's defaults.", _grid(Experiment(), View()), View()
    with notices.place("sweep-refused"):
        for name in ("sweep_across", "sweep_up", "sweep_panels"):
            notices.complaint(name)
        if refused:
            notices.plain(refused)
    short = not refused and estimate(grid).seconds < SHORT
    held = slices.held(NAME, grid, partial(Cells, grid), begin=short)
    with st.container(key="chooser", horizontal=True, vertical_alignment="bottom"):
        slices.button("Run", NAME, key="sweep", disabled=bool(refused) or held.finished)
        shown = _shown(view)
    before = f"Before the run: {len(grid):,} cells, about {seconds_text(estimate(grid).seconds)}"
    slices.follow(held, partial(_draw, view, shown), before=before, going="Running", where="{:,} of {:,} cells")
    with st.expander("The same from the command line"):
        st.code(command(grid), language="shell", wrap_lines=True)


def refusal(grid: Grid) -> str:
    """Why this page does not run a grid, "" if it does."""
    if len(grid) > MOST_CELLS:
        return f"This grid has {len(grid):,} cells, beyond the limit of {MOST_CELLS:,} here; use the command below."
    networks = sum(int(value) for value in grid.taken("seeds")) * len(grid) // len(grid.taken("seeds"))
    if networks > MOST_NETWORKS:
        return (
            f"This grid has {networks:,} networks, beyond the limit of {MOST_NETWORKS:,} here; use the command below."
        )
    whole = estimate(grid)
    if whole.seconds > limits.JOB_SECONDS:
        return (f"This grid would take about {seconds_text(whole.seconds)}, beyond the limit of "
                f"{seconds_text(limits.JOB_SECONDS)} here; use the command below.")  # fmt: skip
    for cell in range(len(grid)):
        try:
            cost = grid.cell(cell).cost()
        except SettingError:
            continue
        if over := cost.over(limits.CELL_SECONDS, limits.RUN_BYTES):
            return f"One cell would take {cost}, beyond the limit of {over} here; use the command below."
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


def _draw(view: View, shown: str, held: slices.Held[Cells]) -> None:
    """The sweep as far as it has come."""
    cells = held.work
    values = {name: list(taken) for name, taken in cells.grid.axes.items()}
    names = [(part_text.assignment(text) or ("",))[0].replace("-", "_") if text else None
             for text in (view.sweep_across, view.sweep_up, view.sweep_panels)]  # fmt: skip
    across, up, sheets = names
    assert across is not None
    panels.show(
        board.charts(cells.frame(), values, SHOWN[shown], across, up, sheets),
        key="sweep-charts",
        table=cells.frame,
        filename="sweep",
    )
    failed = {cell: text for rows in cells.kept for cell, text in rows.errors.items()}
    for cell, sentence in list(failed.items())[:3]:
        where = ", ".join(f"{name} {value}" for name, value in cells.grid.values(cell).items())
        notices.plain(f"Failed at {where}: {sentence}", kind="see")
    if len(failed) > 3:
        notices.plain(f"{len(failed) - 3} more cells failed; the table has their sentences.", kind="see")


def _grid(experiment: Experiment, view: View) -> Grid:
    texts = [view.sweep_panels, view.sweep_up, view.sweep_across]
    return Grid.parse([text for text in texts if text], experiment)


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
                about.title, key=f"ready_{name}", on_click=_use, args=(about,),
                help=notices.escape(about.about), disabled=bool(state.view().locked),
            )  # fmt: skip


@whole
def _use(ready: Ready) -> None:
    axes = {(part_text.assignment(text) or ("",))[0]: text for text in ready.axes}
    picture = ready.picture
    looks: Mapping[str, Value] = {
        "sweep_across": axes[picture.x],
        "sweep_up": axes[picture.y] if picture.y else "",
        "sweep_panels": axes[picture.panels] if picture.panels else "",
        "sweep_shown": " ".join(picture.pair),
    }
    state.change_view(looks)
    state.start(ready.settings)  # last: it may start the run over
