"""Visitors without a browser: sessions that speak Streamlit's protocol, and page loads as a browser does them."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

CONNECTIONS = 6
"""How many a browser opens to one host."""

_OVER = {
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
}


def _slider(widget: WidgetState, shown: Any) -> None:
    if shown.type == shown.SELECT_SLIDER:
        chosen = shown.raw_value if shown.set_value else [shown.options[int(place)] for place in shown.default]
        widget.string_array_value.data[:] = chosen
    else:
        widget.double_array_value.data[:] = shown.value if shown.set_value else shown.default


def _selectbox(widget: WidgetState, shown: Any) -> None:
    widget.string_value = shown.raw_value if shown.set_value else shown.options[shown.default]


def _number(widget: WidgetState, shown: Any) -> None:
    widget.double_value = shown.value if shown.set_value else shown.default


def _text(widget: WidgetState, shown: Any) -> None:
    widget.string_value = shown.value if shown.set_value else shown.default


def _buttons(widget: WidgetState, shown: Any) -> None:
    widget.string_array_value.data[:] = (
        shown.raw_values if shown.set_value else [shown.options[place].content for place in shown.default]
    )


# What each kind of widget holds when it is first shown.
_WIDGETS: dict[str, Callable[[WidgetState, Any], None]] = {
    "slider": _slider,
    "selectbox": _selectbox,
    "number_input": _number,
    "text_input": _text,
    "button_group": _buttons,
}


_SLIDE = re.compile(r"slide-\w+$")


class LostError(Exception):
    """The session, or what it asked for, did not come."""


class Visitor:
    """One session: it opens a link, moves sliders and knows what a browser would."""

    def __init__(self, address: str, query: str = "", page: str = "", cookie: str = "") -> None:
        self.address, self.query, self.page, self.cookie = address.rstrip("/"), query, page, cookie
        self.origin = self.address
        self.session = ""
        self.widgets: dict[str, WidgetState] = {}
        self.values: dict[str, float] = {}
        """What our own sliders show."""
        self.exceptions: list[str] = []
        self.charts = 0
        self.bytes = 0
        self.fragment = ""
        """The part of the page that the next message asks for alone."""
        self.repeated = ""
        """The part that a browser asks for again and again by itself."""
        self._known: set[str] = set()
        self._page_hash = ""
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Visitor:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Open the socket, as the session it was if it had one; raises LostError where the server will not have it."""
        parts = urlsplit(self.address)
        protocols = [Subprotocol(text) for text in ("streamlit", "PLACEHOLDER_AUTH_TOKEN", self.session) if text]
        try:
            self._socket = await connect(
                f"ws://{parts.netloc}/_stcore/stream",
                origin=Origin(self.origin),
                subprotocols=protocols,
                additional_headers={"Cookie": self.cookie} if self.cookie else None,
                max_size=None,
                compression=None,
                ping_interval=None,
                proxy=None,
            )
        except websockets.InvalidHandshake as error:
            raise LostError(f"No socket: {error}") from None

    @property
    def socket(self) -> ClientConnection:
        """The open socket; raises LostError where there is none."""
        if self._socket is None:
            raise LostError("No socket is open.")
        return self._socket

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def open(self, patience: float = 60) -> float:
        """Open the link; returns the seconds until the page was complete."""
        return await self._run(patience)

    async def move(self, patience: float = 60, **values: float) -> float:
        """Move sliders to these values; returns the seconds until the charts had come."""
        for name, value in values.items():
            if name in self.values:
                self.values[name] = value
                told = {"value": f"{value:g}", "dragged": False}
                self.widgets[f"slide-{name}"].json_value = json.dumps({"told": told})
            else:
                self.widgets[name].double_array_value.data[:] = [value]
        return await self._run(patience)

    async def _run(self, patience: float) -> float:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name, state.page_script_hash = self.query, self.page, self._page_hash
        state.fragment_id, state.is_auto_rerun = self.fragment, bool(self.fragment) and self.fragment == self.repeated
        state.widget_states.widgets.extend(self.widgets.values())  # all of them, as a browser does
        state.cached_message_hashes.extend(self._known)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(patience):
                await self.socket.send(message.SerializeToString())
                while not self._take(await self.socket.recv(decode=False)):
                    pass
        except (TimeoutError, websockets.WebSocketException) as error:
            raise LostError(f"{type(error).__name__}: {error}") from error
        return time.perf_counter() - started

    def _take(self, data: bytes) -> bool:
        """Take over what a message says; True where it ends a run."""
        message = ForwardMsg()
        message.ParseFromString(data)
        self.bytes += len(data)
        kind = message.WhichOneof("type")
        if message.hash and message.metadata.cacheable:
            self._known.add(message.hash)
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.repeated = message.auto_rerun.fragment_id
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._see(message.delta.new_element, message.delta.fragment_id)
        return kind == "script_finished" and message.script_finished in _OVER

    def _see(self, element: object, fragment: str) -> None:
        kind = element.WhichOneof("type")  # type: ignore[attr-defined]
        shown = getattr(element, kind)
        if kind in _WIDGETS:
            name = shown.id.rsplit("-", 1)[-1]
            known = self.widgets.get(name)
            if known is None or known.id != shown.id or shown.set_value:
                self.widgets[name] = WidgetState(id=shown.id)
                _WIDGETS[kind](self.widgets[name], shown)
        elif kind == "exception":
            self.exceptions.append(f"{shown.type}: {shown.message}")
        elif kind == "bidi_component" and shown.bytes:
            self.charts += 1
        elif kind == "bidi_component":  # a slider
            found = _SLIDE.search(shown.id)
            if found:
                self.values[found[0].removeprefix("slide-")] = float(json.loads(shown.json)["text"])
            if found and (found[0] not in self.widgets or self.widgets[found[0]].id != shown.id):
                self.widgets[found[0]] = WidgetState(id=shown.id)


async def load_page(address: str, paths: Sequence[str]) -> float:
    """Fetch every path as a browser's first visit does, over six connections; returns the seconds it took.

    All requests of a connection are sent at once, so that the server is measured and not this program.
    """
    parts = urlsplit(address)
    started = time.perf_counter()

    async def fetch(share: Sequence[str]) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**22)
        try:
            asked = (f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: gzip\r\n\r\n" for path in share)
            writer.write("".join(asked).encode())
            for path in share:
                await _receive(reader, path)
        finally:
            writer.close()

    await fetch(paths[:1])  # the page names the files
    await asyncio.gather(*(fetch(paths[1 + number :: CONNECTIONS]) for number in range(CONNECTIONS)))
    return time.perf_counter() - started


async def _receive(reader: asyncio.StreamReader, path: str) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise LostError(f"{path}: {head.splitlines()[0].decode()}")
    if b"content-length:" in head:
        await reader.readexactly(int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
        return
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):  # in chunks
        await reader.readexactly(size + 2)
    await reader.readuntil(b"\r\n")


async def arrive(address: str, paths: Sequence[str], count: int, within: float) -> list[float | str]:
    """So many page loads that begin within so many seconds; the seconds of each, or what went wrong."""

    async def one() -> float | str:
        await asyncio.sleep(within * random.random())
        try:
            return await load_page(address, paths)
        except (LostError, OSError, asyncio.IncompleteReadError) as error:
            return f"{type(error).__name__}: {error}"

    return list(await asyncio.gather(*(one() for _ in range(count))))


def main() -> int:
    """Page loads in a process of their own, as JSON from standard input to standard output."""
    asked = json.load(sys.stdin)
    time.sleep(max(0.0, asked.pop("at") - time.time()))
    print(json.dumps(asyncio.run(arrive(**asked))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
