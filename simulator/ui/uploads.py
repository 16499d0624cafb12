"""The page Sweep's second half: a finished sweep is loaded and looked at from any side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from weakref import WeakSet

import pandas as pd
import streamlit as st

from simulator import tables
from simulator.figures.lattice import setting_words
from simulator.figures.sweep import MOST_PANELS
from simulator.serving import limits
from simulator.serving.store import weight
from simulator.settings import SettingError
from simulator.statistics import STATISTICS
from simulator.studies.sweep.loading import axes_of, joined
from simulator.studies.sweep.rows import CHANGES
from simulator.ui import cache, notices, panels
from simulator.ui.sweep import board

_KEPT = "_sweep_loaded"
_NONE = "none"
MOST_VALUES = 400
"""Values of a setting that an axis can show."""

MOST_BYTES = 40 * 2**20
Made = TypeVar("Made")


@dataclass(eq=False)
class Loaded:
    """A session's answer to its files, and the bytes it takes, by these files."""

    names: tuple[str, ...]
    made: Any
    nbytes: int


_loaded: WeakSet[Loaded] = WeakSet()
"""Those of all sessions, for as long as the sessions have them."""


def panel() -> None:
    """A finished sweep, if one is brought."""
    files = st.file_uploader(
        "Explore a finished sweep (.parquet or .csv; all parts of its directory together)",
        accept_multiple_files=True,
        key="sweep_files",
        max_upload_size=tables.MAX_BYTES // 2**20,
        help="What simulator sweep has written, or this page's CSV. It stays in this session's memory.",
    )
    if not files:
        st.session_state.pop(_KEPT, None)
        return
    try:
        frame = kept(_KEPT, files, lambda contents: joined(contents, limits.TABLE_BYTES))
        values = {name: of for name, of in axes_of(frame).items() if len(of) <= MOST_VALUES}
        if not values:
            raise SettingError("This table varies no setting that could be an axis.")
    except SettingError as error:
        notices.plain(str(error))
        return
    _explore(frame, values)


def kept(slot: str, files: list[Any], make: Callable[[list[tuple[str, bytes]]], Made]) -> Made:
    """Make something of the files' names and contents, once a session and only while all of these fit; or SettingError.

    `slot` is where the session has it.
    """
    names = tuple(file.file_id for file in files)
    loaded: Loaded | None = st.session_state.get(slot)
    if loaded is not None and loaded.names == names:
        return cast(Made, loaded.made)
    loaded = None
    st.session_state.pop(slot, None)
    if sum(file.size for file in files) > MOST_BYTES:
        raise SettingError(f"Files must have at most {MOST_BYTES // 2**20} MB together to be shown here.")
    with cache.gate():
        made = make([(file.name, file.getvalue()) for file in files])
    size = weight(made)
    if sum(other.nbytes for other in list(_loaded)) + size > limits.TABLE_BYTES:
        raise SettingError("This server has no room for another file just now: try again later, or with fewer rows.")
    st.session_state[slot] = loaded = Loaded(names, made, size)
    _loaded.add(loaded)
    return made


def pairs_of(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """The (quantity, statistic) pairs of a loaded table that can be drawn, changes over all layers first."""
    named = frame[["quantity", "statistic"]].dropna().drop_duplicates().itertuples(index=False)
    pairs = [pair for pair in map(tuple, named) if pair in CHANGES or pair[1] in STATISTICS]
    return sorted(pairs, key=lambda pair: pair not in CHANGES)


def _explore(frame: pd.DataFrame, values: dict[str, list[Any]]) -> None:
    """Axes, colour, layer and panels of choice."""
    pairs = pairs_of(frame)
    if not pairs:
        notices.plain("This table has no number that could be drawn.")
        return
    with st.container(key="sweep-explore", horizontal=True):
        pair = st.selectbox("Shown", pairs, format_func=lambda pair: " ".join(pair).replace("_", " "), filter_mode=None)
        x = st.selectbox("Across", list(values), index=len(values) - 1, format_func=setting_words, filter_mode=None)
        others = [_NONE, *(name for name in values if name != x)]
        y = st.selectbox("Up", others, index=len(others) - 1, format_func=_named, filter_mode=None)
        left = [_NONE, *(name for name in values if name not in (x, y))]
        sheets = st.selectbox("Panels", left, index=len(left) - 1, format_func=_named, filter_mode=None)
        layers = sorted(frame.loc[(frame["quantity"] == pair[0]) & (frame["statistic"] == pair[1]), "layer"].unique())
        layer = (
            st.selectbox("Layer", [_NONE, *layers], format_func=_layer, filter_mode=None) if len(layers) > 1 else _NONE
        )
    up, panelled = (None if name == _NONE else name for name in (y, sheets))
    pooled = [setting_words(name) for name in values if name not in (x, y, sheets)]
    sentences = [f"Loaded: {len(frame):,} rows, settings varied: {', '.join(map(setting_words, values))}."]
    if pooled:
        sentences.append(f"Pooled: every value of {', '.join(pooled)} counts, as if they were further networks.")
    if panelled is not None and len(values[panelled]) > MOST_PANELS:
        sentences.append(f"Panels: the first {MOST_PANELS} of {len(values[panelled])}.")
    if "error" in frame.columns:
        errors = frame["error"].astype(object).fillna("")
        failed = errors[errors != ""]
        if len(failed):
            sentences.append(f"Failed: {len(failed):,} cells, the first with: {failed.iloc[0]}")
    notices.facts(sentences)
    chosen = None if layer == _NONE else int(layer)
    panels.show(
        board.charts(frame, values, pair, x, up, panelled, layer=chosen, name="explored"), key="explored-charts"
    )


def _named(name: str) -> str:
    return name if name == _NONE else setting_words(name)


def _layer(layer: Any) -> str:
    return "where the pass ends" if layer == _NONE else str(layer)
