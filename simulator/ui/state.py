"""The session's state: read once from the link, kept under the widgets' keys, written to the link."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from simulator.experiment import Experiment
from simulator.repair import Nearest, nearest_valid
from simulator.settings import SettingError, Value, echo
from simulator.studies.training import Training
from simulator.ui import session, widgets
from simulator.ui.view import View
from simulator.ui.whole import whole

Changes = Mapping[str, Value]

BODY, CURVES = "body", "curves"
"""The fragments that a slider runs: all of a page, and while it is dragged what of the page is to follow at once."""

_NAMED = 20
"""Unknown names of a link that get a sentence each: a socket takes tens of thousands."""

_COMPARED = 20
"""Characters of an unknown name that are held against the known ones: a name may be as long as a link."""


def seeded() -> bool:
    """Whether this session has read its link."""
    return session.own().seeded


def seed() -> None:
    """Read the link when a session begins and when the browser goes back or forward: there the link is what is meant.

    In every other run the widgets are what is meant: a link
    that a browser sends along with a moved slider may be older than the last answer.
    """
    if seeded() and not _went_back():
        return
    _read(st.query_params.to_dict())


def address() -> dict[str, str]:
    """The link to this experiment and view: nothing that is a default."""
    return {**experiment().params(), **view().params(), **training().params()}


def adopt(params: Mapping[str, str], **own: Value) -> None:
    """Take over another screen's link, but for what is this one's `own` of the View."""
    _read(params)
    change_view(own)


@whole
def _read(params: Mapping[str, str]) -> None:
    """Take over a link: good values are kept, each bad one leaves a sentence."""
    experiment, complaints = Experiment.from_params(params)
    view, more = View.from_params(params)
    training, still_more = Training.from_params(params)
    more += still_more
    known = [*Experiment.settings(), *View.settings(), *Training.settings()]
    unknown = [name for name in params if name not in known]
    for name in unknown[:_NAMED]:
        close = difflib.get_close_matches(name[:_COMPARED], known, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        more.append(f"This link sets {echo(name)}, which is not a setting here; it was left out.{hint}")
    if len(unknown) > _NAMED:
        more.append(f"This link sets {len(unknown) - _NAMED:,} more names that are not settings here.")
    own = session.own()
    own.view, own.training, own.shown, own.heard = view, training, {}, {}
    own.notices = (complaints + more, experiment, view)
    own.seeded = True
    own.put(experiment)


def _went_back() -> bool:
    """Whether this run shows an older or newer place of the browser's history."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def drag(under_way: bool) -> None:
    """Say whether a slider is being dragged: such a run writes no link and tries no advice."""
    session.own().dragged = under_way


def dragged() -> bool:
    """Whether a slider is being dragged."""
    return session.own().dragged


def write_link() -> None:
    """Make the address bar say this experiment and view, and nothing that is a default; not while a slider is dragged:
    each link is a step of the browser's Back button.
    """
    if dragged():
        return
    params = address()
    if st.query_params.to_dict() != params:
        st.query_params.from_dict(params)


def notices() -> list[str]:
    """Complaints about the link, until something is changed."""
    own = session.own()
    sentences, first_experiment, first_view = own.notices
    return sentences if (first_experiment, first_view) == (own.experiment, own.view) else []


def repairs() -> list[str]:
    """Sentences on the settings that gave way to the last change, until another is made."""
    own = session.own()
    sentences, then = own.repairs
    return sentences if then == own.experiment else []


def experiment() -> Experiment:
    """The experiment of this run."""
    return session.own().experiment


def view() -> View:
    """The view of this run."""
    return session.own().view


def training() -> Training:
    """How networks are trained in this run."""
    return session.own().training


def page() -> str:
    """The address of the page that was drawn last."""
    return session.own().page


def visit() -> int:
    """A number that changes with every turn of the page: what a page has under way ends with it."""
    return session.own().visit


@whole
def change(changes: Changes) -> None:
    """Change some settings, and what must give way to them: what buttons do; locked ones stay.

    While something is dragged, what follows it is drawn alone.
    """
    free = {name: value for name, value in changes.items() if not view().locks(name)}
    nearest = nearest_valid(read().settings, free, _locked())
    session.own().put(nearest.settings)
    _remember(nearest, nearest.refused)
    if dragged():
        with suppress(StreamlitAPIException):  # it was never drawn
            st.rerun(CURVES)
    run_all()


@whole
def start(changes: Changes) -> None:
    """Set every setting: these, and the defaults of all others; what presets do."""
    session.own().put(Experiment().replace(**changes))
    run_all()


@whole
def run_all() -> None:
    """Where a button in the page's body was pressed, run the frame too: its widgets are to show what has changed."""
    context = get_script_run_ctx()
    if context is not None and context.fragment_ids_this_run:
        st.rerun()


@whole
def change_view(changes: Changes) -> None:
    """Change the view."""
    new = view().replace(**changes)
    session.own().view = new
    for name in changes:
        st.session_state.pop(name, None)


def slider_reach(name: str) -> Any:
    """A value that the widget of `name` must be able to show beside its usual ones."""
    return session.own().reach[name]


@whole
def update() -> None:
    """Take over what the widgets say; a setting they get wrong keeps its last good value and leaves a complaint."""
    own = session.own()
    nearest, changes = widgets.read(own.experiment, own.heard, _locked())
    due, turned = widgets.follow(nearest)
    own.reach |= turned
    own.experiment, own.complaints = nearest.settings, dict(nearest.refused)
    own.heard = {name: changes.get(name) for name in nearest.refused}
    if nearest.repaired:
        _remember(nearest, {})
    session.hold(due)
    for name, (shown, _) in own.shown.items():
        wanted = st.session_state.get(name, shown)
        if wanted != shown:
            try:
                _change_part(name, "; ".join(wanted) if isinstance(wanted, list) else wanted)
            except SettingError as error:
                own.complaints[name] = str(error)


def enter(page: str) -> bool:
    """Say which page this run shows, and whether it is another: its widgets are then new though their keys are not."""
    own = session.own()
    own.turned = _page_hash()
    if own.page == page:
        return False
    own.page, own.shown = page, {}
    own.visit += 1
    return True


@whole
def settle(name: str) -> None:
    """Called when the slider of a setting moves: nothing outside the page's body depends on it.

    Streamlit gives this run in place of any other that was due: where the page was turned or another setting changed
    in the same moment, the whole app must run, as it does by itself.
    """
    before, nearest = experiment(), read()
    changed = {other for other in Experiment.settings() if getattr(nearest.settings, other) != getattr(before, other)}
    if changed <= {name} and name not in nearest.refused and session.own().turned == _page_hash():
        for fragment in (CURVES, BODY) if dragged() else (BODY,):
            with suppress(StreamlitAPIException):  # it was never drawn: the body, or again the whole app
                st.rerun(fragment)


def _change_part(name: str, value: Value) -> None:
    """Take over what the widget of a setting of the View or of the Training says; raises SettingError."""
    if name in Training.settings():
        session.own().training = training().replace(**{name: value})
    else:
        session.own().view = view().replace(**{name: value})


def _page_hash() -> str:
    context = get_script_run_ctx()
    return "" if context is None else context.page_script_hash


def complaint(name: str) -> str | None:
    """Say what is wrong with the value of a setting's widget, in one sentence."""
    return session.own().complaints.get(name)


def show(name: str, value: Value | list[str], *limits: Value) -> str:
    """The key of a page's widget for the View's or Training's `name`, prepared to show `value`.

    `limits` are what the widget's identity depends on beside its key: where they change,
    Streamlit would start it anew from its default.
    """
    shown = session.own().shown
    before = shown.get(name)
    if st.session_state.get(name) != value or before is None or before[1] != limits:
        st.session_state[name] = value
    shown[name] = value, limits
    return name


def read() -> Nearest[Experiment]:
    """The experiment that the widgets describe: what was just changed wins, what they get wrong stays as it was."""
    own = session.own()
    return widgets.read(own.experiment, own.heard, _locked())[0]


def _locked() -> list[str]:
    return [name for name in Experiment.settings() if view().locks(name)]


def _remember(nearest: Nearest[Experiment], refused: Mapping[str, str]) -> None:
    """Keep what is to be said of a change."""
    session.own().repairs = [*refused.values(), *nearest.repaired.values()], nearest.settings
