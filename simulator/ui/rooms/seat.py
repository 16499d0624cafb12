"""This screen's place in a room: what it tells the room, and what it takes over from it.

The lecturer's screen tells the room what it shows; members' screens are woken (charts/browser/room.js) and take it over
as they would take a link. Whoever moves something on their own screen goes on alone, until "Back to the class".
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from simulator.serving import limits
from simulator.serving.rooms import EXPLORE, FOLLOW, REVEALED, VOTE, Room, RoomStore, code_of
from simulator.serving.sqlite import Rooms
from simulator.settings import SettingError
from simulator.ui import sitemap, slider, state
from simulator.ui.whole import whole

TICKET = "lead"
"""The link's name for the ticket that lets in another of the lecturer's screens; it leaves the address at once."""

WIRE, LESSONS = "room-wire", "lessons"
ABOUT = "room-about"
"""The room's code and QR: whether they are open is kept under their key."""
_SEAT, _ROOM, _TURN, _SAID, _TICKET = "_seat", "_room", "_room_turn", "_room_said", "_room_ticket"


@dataclass
class Seat:
    """The part that this screen plays in a room."""

    code: str
    key: str
    leads: bool
    scene: str = ""
    """The room's state when this screen last took it over, or told it."""
    version: int = 0
    """The room's, when this screen last caught up with it."""
    asked: tuple[str, int] | None = None
    """The question and round that this screen was last brought to."""
    alone: bool = False
    """Whether somebody moved something here since."""
    deaf: bool = False
    """Whether this page has to ask for itself."""
    ticket: str = ""
    """The ticket that lets in another of the lecturer's screens, while it is shown."""


@lru_cache(maxsize=1)
def store() -> RoomStore:
    """The rooms of this process, or of all that share a file; raises SettingError where they cannot be kept."""
    try:
        if limits.ROOMS:
            return Rooms(limits.ROOMS)
        folder = Path(tempfile.mkdtemp(prefix="simulator-rooms-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return Rooms(folder / "rooms.sqlite")
    except (OSError, sqlite3.Error) as error:
        raise SettingError("This server has no place to keep rooms in.") from error


def mine() -> Seat | None:
    """The seat of this screen in its room; None before its browser has said which key it has, and outside of rooms."""
    seat: Seat | None = st.session_state.get(_SEAT)
    return seat


def leads() -> bool:
    """Whether this screen leads a room."""
    own = mine()
    return own is not None and own.leads and room() is not None


def asks(page: str) -> bool:
    """Whether a page shows a lesson, whose question a room may be asked."""
    return page == LESSONS or (page == sitemap.PRESENT and state.view().lecturing)


def room() -> Room | None:
    """The room, as it was when this run began."""
    kept: Room | None = st.session_state.get(_ROOM)
    return kept


def said() -> list[str]:
    """The sentence on a refusal or an end, until something is changed."""
    sentence, then = st.session_state.get(_SAID, ("", None))
    if then is None:
        then = state.address()
    st.session_state[_SAID] = ("", None) if then != state.address() else (sentence, then)
    return list(filter(None, [st.session_state[_SAID][0]]))


def _say(sentence: str) -> None:
    st.session_state[_SAID] = sentence, None


@whole
def update() -> None:
    """Take up where the room is, once a run, and leave one that is closed."""
    if TICKET in st.query_params:
        st.session_state[_TICKET] = st.query_params.pop(TICKET)
    seat, code = mine(), state.view().room
    if seat is not None and seat.code != code:
        del st.session_state[_SEAT]
    st.session_state[_ROOM] = None
    if code:
        try:
            st.session_state[_ROOM] = store().room(code)
        except SettingError as error:
            leave(str(error))
        else:
            _catch_up()


def _catch_up() -> None:
    """Take over what the class is at, on a screen that goes with it; a question comes to every screen."""
    seat, here = mine(), room()
    if seat is None or here is None or seat.leads or seat.version == here.version:
        return
    asked = (here.question, here.round) if here.mode == VOTE else None
    new = asked is not None and asked != seat.asked
    seat.version, seat.asked = here.version, asked or seat.asked
    if new or (here.mode != EXPLORE and not seat.alone):
        _take_over()


def turn(page: str) -> None:
    """Go to the page that the class is on; until this screen is there, since any other run may come in between."""
    _arrive(page)
    if wanted := st.session_state.get(_TURN, ""):
        st.switch_page(next(row.file for row in sitemap.PAGES if row.address == wanted))


def _arrive(page: str) -> None:
    if st.session_state.get(_TURN) == (page or sitemap.PAGES[0].address):
        del st.session_state[_TURN]


def follow(page: str) -> None:
    """Tell the room what the lecturer's screen shows; on a member's, see whether it still shows the same."""
    seat, here = mine(), room()
    if seat is None or here is None or state.dragged():
        return
    if _TURN in st.session_state:  # a part of the page that is being left
        state.run_all()
    shown = scene(page)
    if not seat.leads:
        seat.alone = seat.alone or bool(seat.scene and shown != seat.scene)
    elif shown != here.scene and here.mode != EXPLORE:
        attempt(store().show, shown)
        if here.mode in {VOTE, REVEALED} and (not asks(page) or state.view().lesson != here.question):
            attempt(store().turn, FOLLOW)
        update()


def scene(page: str) -> str:
    """This screen's page and settings, as the room keeps them."""
    shown = {name: value for name, value in state.address().items() if name != "room"}
    if page == sitemap.PRESENT and asks(page):  # the class has the lesson itself before it, to answer for themselves
        page, shown = LESSONS, {"lesson": state.view().lesson}
    return f"{page}?{urlencode(shown)}"


def attempt(act: Callable[..., Any], *arguments: object) -> Any:
    """Do something with this screen's key; a refusal is said on the page."""
    seat = mine()
    if seat is None:
        return None
    try:
        return act(seat.code, seat.key, *arguments)
    except SettingError as error:
        _say(str(error))
    return None


@whole
def press(act: Callable[..., Any], *arguments: object) -> None:
    """Carry out a button of the room."""
    attempt(act, *arguments)
    state.run_all()


@whole
def open_room() -> None:
    """Open a room; this screen leads it."""
    try:
        code, key = store().open()
    except SettingError as error:
        _say(str(error))
    else:
        st.session_state[_SEAT] = Seat(code, key, leads=True)
        st.session_state[ABOUT] = True
        state.change_view({"room": code})
    state.run_all()


def enter(typed: str) -> None:
    """Go to the room with the code that was typed: joining follows, once the browser has said what key it has."""
    try:
        state.change_view({"room": code_of(typed)})
    except SettingError as error:
        _say(str(error))
    state.run_all()


def leave(sentence: str = "") -> None:
    """Be in no room any more."""
    _say(sentence)
    st.session_state[_ROOM] = None
    st.session_state.pop(_SEAT, None)
    state.change_view({"room": ""})


@whole
def join() -> None:
    """The browser has said what key it has of the room: go on with that one, or join."""
    kept, code = st.session_state[WIRE].get("kept"), state.view().room
    if mine() is not None or not isinstance(kept, str) or not code:
        return
    try:
        ticket = st.session_state.pop(_TICKET, "")
        if ticket:
            key = store().redeem(code, ticket)
        else:
            key = kept if len(kept) < 100 and store().belongs(code, kept) else store().join(code)
        st.session_state[_SEAT] = Seat(code, key, store().leads(code, key))
    except SettingError as error:
        leave(str(error))
    state.run_all()


@whole
def wake() -> None:
    """The room has news: take them up, drawing the page's body alone where sliders say all that has changed."""
    before = state.address()
    update()
    _arrive(state.page())
    after = state.address()
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if _TURN in st.session_state or not changed <= set(slider.NAMES):
        state.run_all()


@whole
def rejoin() -> None:
    """Go back to the class, for the button that says so."""
    _take_over()
    state.run_all()


def _take_over() -> None:
    """Show what the class is shown."""
    seat, here = mine(), room()
    page, _, query = ("", "", "") if here is None else here.scene.partition("?")
    if seat is not None and here is not None and page in {row.address for row in sitemap.PAGES}:
        state.adopt(dict(parse_qsl(query, keep_blank_values=True)), room=here.code)
        seat.scene, seat.alone, st.session_state[_TURN] = scene(page), False, page
