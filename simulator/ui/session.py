"""What a session keeps beside its widgets, in one object: state.py alone reads and writes it."""

from __future__ import annotations

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
    """What a session keeps beside its widgets.

    Streamlit may end a run at any access to st.session_state, in a `finally` or halfway through a change too. What is
    set here is set together, and what widgets are to hold is `due` until the last of them holds it.
    """

    seeded: bool = False
    experiment: Experiment = field(default_factory=Experiment)
    view: View = field(default_factory=View)
    training: Training = field(default_factory=Training)
    page: str = ""
    visit: int = 0
    turned: str = ""
    dragged: bool = False
    due: dict[str, Value] = field(default_factory=dict)
    shown: dict[str, tuple[Value | list[str], tuple[Value, ...]]] = field(default_factory=dict)
    stretch: dict[str, Value] = field(default_factory=dict)
    heard: dict[str, Value | None] = field(default_factory=dict)
    complaints: dict[str, str] = field(default_factory=dict)
    notices: tuple[list[str], Experiment | None, View | None] = ([], None, None)
    repairs: tuple[list[str], Experiment | None] = ([], None)

    def put(self, new: Experiment) -> None:
        """Every widget is to show `new`."""
        self.experiment, self.due = new, widgets.values(new)
        self.stretch = {name: getattr(new, name) for name in Experiment.settings()}

    def hand_on(self) -> None:
        """Give widgets what they are to hold; a run that ends here leaves it to the next."""
        for name, value in self.due.items():
            st.session_state[name] = value
        self.due = {}


def own() -> Own:
    """This session's."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Own()
    found: Own = st.session_state[_KEY]
    return found
