"""The state of a session beside its widgets, in one object: state.py alone reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from simulator.experiment import Experiment
from simulator.settings import Value
from simulator.studies.training import Training
from simulator.ui import widgets
from simulator.ui.view import View

# Widgets own the keys that are names of settings.
_KEY = "_own"


@dataclass
class Own:
    """A session's state beside its widgets; fields that belong together are changed by functions that are `whole`."""

    seeded: bool = False
    experiment: Experiment = field(default_factory=Experiment)
    view: View = field(default_factory=View)
    training: Training = field(default_factory=Training)
    page: str = ""
    visit: int = 0
    turned: str = ""
    dragged: bool = False
    shown: dict[str, tuple[Value | list[str], tuple[Value, ...]]] = field(default_factory=dict)
    reach: dict[str, Value] = field(default_factory=dict)
    heard: dict[str, Value | None] = field(default_factory=dict)
    complaints: dict[str, str] = field(default_factory=dict)
    notices: tuple[list[str], Experiment | None, View | None] = ([], None, None)
    repairs: tuple[list[str], Experiment | None] = ([], None)

    def put(self, new: Experiment) -> None:
        """Every widget is to show `new`."""
        self.experiment = new
        self.reach = {name: getattr(new, name) for name in Experiment.settings()}
        hold(widgets.values(new))


def hold(values: Mapping[str, Value]) -> None:
    """Give widgets what they are to hold."""
    for name, value in values.items():
        st.session_state[name] = value


def own() -> Own:
    """This session's."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Own()
    session: Own = st.session_state[_KEY]
    return session
