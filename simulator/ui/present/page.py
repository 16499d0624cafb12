"""A lecture on a projector: one scene at a time, large, turned with the keys that a presenter's remote sends."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from simulator.figures.notation import set_html
from simulator.settings import SettingError
from simulator.studies.verdict import Verdict
from simulator.ui import notices, presets, state
from simulator.ui.present import scenes
from simulator.ui.present.scenes import MAX_LENGTH, Scene
from simulator.ui.rooms import bar as rooms
from simulator.ui.whole import given_file, whole

_SHOWN = "_scene"
_STYLE = Path(__file__).with_name("presented.css")


def program() -> tuple[Scene, ...]:
    """The scenes of the link, or the presets."""
    own = scenes.parse(state.view().play)
    return own or tuple(Scene(one.title, one.experiment.params()) for one in presets.PRESETS.values())


def stage() -> Scene:
    """The scene that is on, with the buttons that turn to the next and back."""
    program_, number = program(), _number()
    scene = program_[number - 1]
    sentence = f"Scene {number} of {len(program_)}: arrow keys, or Page Up and Page Down"
    turns(number, len(program_), show, sentence)
    st.html(f'<h1 class="scene">{html.escape(scene.title)}</h1>')
    if state.experiment().params() != scene.changes:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            notices.plain("The settings are no longer this scene's.", kind="see")
            st.button("Set the scene", key="set-scene", on_click=show, args=(number,), type="primary")
    return scene


def turns(number: int, count: int, act: Callable[[int], None], sentence: str, on: str = "Next") -> None:
    """The buttons, and the keys of a presenter's remote, that turn from scene `number` to the ones before and after."""
    back: dict[str, Any] = {"on_click": act, "args": (number - 1,), "disabled": number == 1, "type": "primary"}
    forth: dict[str, Any] = {"on_click": act, "args": (number + 1,), "disabled": number == count, "type": "primary"}
    st.html(_STYLE)
    with st.container(key="turn", horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Back", key="turn-Left", icon=":material/arrow_back:", shortcut="Left", **back)
        st.button(on, key="turn-Right", icon=":material/arrow_forward:", shortcut="Right", **forth)
        st.caption(sentence)
        _chooser()
        rooms.opener()
        if st.button("Leave", key="present-leave", icon=":material/close:", type="tertiary", help="Back to the pages."):
            st.switch_page("pages/lessons.py" if state.view().lecturing else "pages/signal.py")
        with st.container(key="remote"):  # out of sight
            st.button("Page back", key="turn-PageUp", shortcut="PageUp", **back)
            st.button("Page on", key="turn-PageDown", shortcut="PageDown", **forth)


def enter() -> None:
    """Begin with the scene that is on, unless a link has changed its settings."""
    scene = program()[_number() - 1]
    if not state.experiment().params():
        state.start(dict(scene.changes))


@whole
def show(number: int) -> None:
    """Turn to a scene: its settings, and the defaults of all others."""
    wanted = program()
    number = min(max(1, number), len(wanted))
    state.change_view({"scene": number})
    state.start(dict(wanted[number - 1].changes))


def headline(verdict: Verdict) -> None:
    """The verdict in one line."""
    st.html(f'<p class="sentence headline">{set_html(verdict.headline)}</p>')


def _chooser() -> None:
    """A list of one's own, from a small text file."""
    with st.popover("Scenes", icon=":material/playlist_play:", key="scenes", help="Scenes of your own"):
        st.markdown(
            "A text file, one scene a line: `title; setting=value; setting=value`, for example "
            "`ReLU halves the variance; activation=relu; init=xavier_normal`. The list travels in this page's link."
        )
        given = st.file_uploader(
            "Scenes (text)",  # of any name: Streamlit raises where one was sent that it had not offered
            key="scenes-file",
            max_upload_size=1,
            on_change=_load,
            label_visibility="collapsed",
        )
        if given is not None and (sentence := st.session_state.get(_SHOWN)):
            notices.plain(sentence)


@whole
def _load() -> None:
    given = given_file("scenes-file")
    st.session_state[_SHOWN] = ""
    if given is None:
        return
    try:
        listed = scenes.parse(given.read(4 * MAX_LENGTH).decode("utf-8"))
        if not listed:
            raise SettingError("This file has no scene in it.")
        state.change_view({"play": scenes.joined(listed)})
    except (SettingError, UnicodeDecodeError) as error:
        st.session_state[_SHOWN] = str(error) if isinstance(error, SettingError) else "This file is not text (UTF-8)."
        return
    show(1)


def _number() -> int:
    return min(state.view().scene, len(program()))
