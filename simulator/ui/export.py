"""What the page Code and report offers: a script to copy or to download, and the report."""

from __future__ import annotations

from functools import partial

import streamlit as st

from simulator.experiment import Experiment
from simulator.settings import SettingError
from simulator.ui import cache, notices, state
from simulator.ui.boards import code
from simulator.ui.view import View

TITLES = {"pytorch": "PyTorch", "keras": "Keras 3", "flax": "JAX and Flax", "numpy": "NumPy"}


def framework(view: View) -> str:
    """A choice among the frameworks."""
    chosen = st.segmented_control(
        "Code for",
        list(TITLES),
        key=state.show("framework", view.framework),
        format_func=TITLES.__getitem__,
        help=View.settings()["framework"].help,
        required=True,
    )
    return chosen or view.framework


def script(experiment: Experiment, name: str) -> None:
    """The script, with a button that copies it and one that downloads it; or why there is none."""
    try:
        text = code.script(experiment, name)
    except SettingError as error:
        notices.plain(str(error), kind="see")
        return
    st.download_button(
        f"Download {TITLES[name]} script",
        data=text,
        file_name=f"network_{name}.py",
        mime="text/x-python",
        icon=":material/download:",
        on_click="ignore",
        key=f"script-{name}",
    )
    st.code(text, language="python", height=520)


def report(experiment: Experiment) -> None:
    """The button that writes the report and hands it out."""
    with st.container(key="report-row", horizontal=True, vertical_alignment="center", gap="small"):
        st.download_button(
            "Download report",
            data=partial(code.report, cache.propagation(experiment)),
            file_name="report.html",
            mime="text/html",
            icon=":material/description:",
            type="primary",
            on_click="ignore",
            key="report",
        )
        notices.plain(
            "One HTML file of about 2 MB that opens without a network: verdict, settings, interactive charts, theory, "
            "tables, code, and the data as CSV and JSON.",
            kind="reason",
        )
