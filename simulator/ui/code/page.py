"""The page Code and report: a script to copy or to download, and the report."""

from __future__ import annotations

from functools import partial

import streamlit as st

from simulator.experiment import Experiment
from simulator.export import FRAMEWORKS
from simulator.settings import SettingError
from simulator.ui import cache, chooser, notices
from simulator.ui.code import board as code
from simulator.ui.view import View

_PARTS = {"network": "The whole network", "init": "Only its init"}


def script(experiment: Experiment, view: View) -> None:
    """The script of a chosen framework, whole or the init alone, to copy or download; or why there is none."""
    with st.container(horizontal=True):
        name = chooser.among("framework", FRAMEWORKS, view, "Code for")
        part = chooser.among("script", _PARTS, view, "Of")
    try:
        text = code.script(experiment, name, part)
    except SettingError as error:
        notices.plain(str(error), kind="see")
        return
    st.download_button(
        f"Download {FRAMEWORKS[name]} script",
        data=text,
        file_name=f"{part}_{name}.py",
        mime="text/x-python",
        icon=":material/download:",
        on_click="ignore",
        key=f"script-{name}-{part}",
    )
    st.code(text, language="python", height=520 if part == "network" else "content")


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
