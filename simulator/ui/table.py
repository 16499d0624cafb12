"""A visitor's own table as the input batch: uploaded, kept in memory, named in the link but not in it."""

from __future__ import annotations

import streamlit as st

from simulator import tables
from simulator.inputs import TableInput
from simulator.ui import notices, state, widgets
from simulator.ui.whole import given_file, whole

_KEY, _COMPLAINT = "inputs-table", "_inputs_table"
_MEGABYTES = tables.MAX_BYTES // 2**20


def uploader(disabled: bool) -> None:
    """Where the table comes from, and what was wrong with the last one."""
    st.file_uploader(
        f"Your table (CSV, at most {_MEGABYTES} MB)",
        key=_KEY,
        on_change=_use,
        disabled=disabled,
        max_upload_size=_MEGABYTES,
        help="Numbers, one row an example. It stays in this server's memory for a while, and nowhere else.",
    )
    law = state.experiment().inputs_part
    complaint = st.session_state.get(_COMPLAINT)
    if complaint:
        notices.plain(complaint)
    elif isinstance(law, TableInput) and not law.file:
        notices.plain("No table yet: until there is one, inputs are N(0, 1).", kind="reason")
    elif isinstance(law, TableInput):
        rows, columns = tables.find(law.file).shape
        notices.plain(f"{rows:,} rows of {columns} columns, fitted to the first layer's width.", kind="reason")


@whole
def _use() -> None:
    given = given_file(_KEY)
    st.session_state[_COMPLAINT] = ""
    if given is None:
        return
    try:
        name = tables.keep(tables.parse_features(given.getvalue()))
    except tables.TableError as error:
        st.session_state[_COMPLAINT] = str(error)
        return
    scale = st.session_state.get(widgets.part_key("inputs", TableInput, "scale"), "standardized")
    state.change({"inputs": str(TableInput(file=name, scale=scale))})
