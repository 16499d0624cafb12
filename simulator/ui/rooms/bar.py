"""A class in one room: its line at the foot of every page, its code and QR, and the door to it."""

from __future__ import annotations

import csv
import html
import io
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from simulator.serving.rooms import EXPLORE, FOLLOW, REVEALED, VOTE, Room, Sign
from simulator.ui import host, state
from simulator.ui.lessons import ballots
from simulator.ui.rooms import seat
from simulator.ui.rooms.seat import Seat
from simulator.ui.sharing import page as sharing
from simulator.ui.whole import whole

POLL_SECONDS = 2
"""How often a page asks for itself where the server has no events."""

_STYLE = Path(__file__).with_name("room.css")
_MODES = {FOLLOW: "Lead", EXPLORE: "Let go"}
_TOLD = {FOLLOW: "with the class", EXPLORE: "explore on your own", VOTE: "a vote is open", REVEALED: "with the class"}


def bar(page: str) -> None:
    """The room's line, and the wire that wakes the page."""
    here, own = seat.room(), seat.mine()
    if here is None:
        return
    host.serve()
    data = {
        "code": here.code,
        "key": own.key if own else "",
        "version": own.version if own and not own.leads else here.version,
    }
    wire = _wire()(
        key=seat.WIRE, data=data, on_kept_change=seat.join, on_woken_change=seat.wake, on_deaf_change=state.run_all
    )  # fmt: skip
    if own is None:
        return
    st.html(_STYLE)
    with st.container(key="room", horizontal=True, vertical_alignment="center", gap="small"):
        (_lecturer if own.leads else _member)(here, own, page)
    own.deaf = own.deaf or bool(wire.deaf)
    if own.deaf:
        _poll(here)


def opener() -> None:
    """Where a class gets together: a room is opened, or joined by its code."""
    if state.view().room:
        return
    with st.popover("A class in one room", icon=":material/groups:", key="room-opener"):
        st.markdown(
            "Phones follow the lecturer's screen and vote on the lessons' questions. No names, no accounts; a room "
            "closes after a day."
        )
        with st.container(key="room-door", horizontal=True, vertical_alignment="bottom", gap="small"):
            st.button("Open a room", key="room-open", icon=":material/meeting_room:", on_click=seat.open_room)
            st.text_input("Or join one by its code", key="room-code", max_chars=8, on_change=_typed, width=220)


def _lecturer(here: Room, own: Seat, page: str) -> None:
    st.html(f'<p class="room"><b>{here.code}</b> {_count("members", here.members)} here</p>')
    asked = seat.asks(page) and here.question == state.view().lesson and here.mode in {VOTE, REVEALED}
    if asked and here.mode == VOTE:
        st.html(f'<p class="room">{_count("ballots", here.ballots)} voted</p>')
        st.button("Reveal", key="room-reveal", type="primary", on_click=seat.press, args=(seat.store().turn, REVEALED))
    if seat.asks(page):
        again = "Vote again" if asked else "Ask the room"
        st.button(again, key="room-ask", type="secondary" if asked else "primary", on_click=ballots.ask, args=(page,))
    if not asked:
        key = state.show("room-mode", EXPLORE if here.mode == EXPLORE else FOLLOW)
        st.segmented_control(
            "What the class does", list(_MODES), key=key, format_func=_MODES.__getitem__, required=True,
            label_visibility="collapsed", on_change=_mode, help="Their charts follow yours, or each explores alone.",
        )  # fmt: skip
    with st.popover(
        "Code", key=seat.ABOUT, icon=":material/qr_code_2:", help="Code, QR, votes, and the end.", on_change=_forget
    ) as about:  # fmt: skip
        if about.open:
            _about(own)


def _member(here: Room, own: Seat, page: str) -> None:
    status = "on your own" if own.alone and here.mode != EXPLORE else _TOLD[here.mode]
    if here.mode == VOTE and (choice := seat.store().choice(here.code, own.key)):
        status = f"your vote is in: {ballots.halves(choice)[0]}"
    st.html(f'<p class="room" role="status"><b>{here.code}</b> {html.escape(status)}</p>')
    if own.alone and here.scene:
        st.button("Back to the class", key="room-back", type="primary", on_click=seat.rejoin)
    st.button("Leave", key="room-leave", type="tertiary", on_click=_leave)


@whole
def _forget() -> None:
    if (own := seat.mine()) is not None and not st.session_state.get(seat.ABOUT):
        own.ticket = ""
    state.run_all()


@whole
def _ticket(own: Seat) -> None:
    own.ticket = seat.attempt(seat.store().ticket) or ""


def _about(own: Seat) -> None:
    st.html(f'<p class="room-code">{own.code}</p>')
    address = sharing.link(urlencode({"room": own.code}))
    if address is not None:
        st.image(sharing.code(address), width=320, caption="Point a phone's camera here.", alt="QR code of the room")
        st.code(address, language=None, wrap_lines=True)
    st.button(
        "Lead from another screen too", key="room-ticket", on_click=_ticket, args=(own,),
        help="A link that lets one browser in, once.",
    )  # fmt: skip
    if own.ticket:
        query = urlencode({"room": own.code, seat.TICKET: own.ticket})
        st.code(sharing.link(query) or f"?{query}", language=None, wrap_lines=True)
    # Made when it is asked for: votes may still come.
    votes = partial(counts, own.code)
    st.download_button(
        "Votes (CSV)", votes, f"votes-{own.code}.csv", "text/csv", key="room-votes", on_click="ignore"
    )  # fmt: skip
    st.button("Close the room", key="room-close", icon=":material/door_front:", on_click=_close)


def counts(code: str) -> str:
    """How many chose what, of every question and round."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("question", "round", "choice", "votes"))
    for question, rounds in seat.store().tally(code).items():
        for number, counts in enumerate(rounds, 1):
            rows.writerows((question, number, choice, count) for choice, count in ballots.by_option(counts).items())
    return text.getvalue()


def _count(name: str, count: int) -> str:
    """A number that the wire keeps up to date."""
    return f'<span data-room-count="{name}">{count}</span>'


@whole
def _typed() -> None:
    seat.enter(str(st.session_state["room-code"]))


@whole
def _mode() -> None:
    wanted, here = st.session_state["room-mode"], seat.room()
    # None where the widget has just come back; while a question is on it is gone, and a browser may not know that yet.
    if wanted in _MODES and here is not None and here.mode in _MODES:
        seat.press(seat.store().turn, wanted)


@whole
def _leave() -> None:
    seat.leave()
    state.run_all()


@whole
def _close() -> None:
    seat.attempt(seat.store().close)
    seat.leave("The room is closed.")
    state.run_all()


def _poll(here: Room) -> None:
    @st.fragment(run_every=POLL_SECONDS)
    def ask() -> None:
        sign = seat.store().signs([here.code]).get(here.code)
        if sign != Sign(here.version, here.members, here.ballots):
            st.rerun()

    ask()


@lru_cache(maxsize=1)
def _wire() -> Any:
    return host.component("simulator_room", "room.js", "<i hidden></i>")
