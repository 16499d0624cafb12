"""The door in front of Streamlit's sockets: who may open one, how many, and what and how fast each may send."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from deploy.messages import Judged, judge
from simulator.serving import limits
from simulator.ui import waiting

PATH = "/_stcore/stream"

MOST_HEADERS = 16 * 2**10
"""Bytes of a socket's headers, which its session keeps."""

MOST_SECONDS, LOOK_SECONDS = 0.5, 0.005
"""For which a message waits for those that came before it, and between two looks."""

CLOSED = {Judged.NO_MESSAGE: 1003, Judged.TOO_LARGE: 1009}
"""Codes of RFC 6455, section 7.4.1."""


class Pace:
    """Turns at a steady rate, some of them at once after a pause; whoever comes too soon waits."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self._due = 0.0

    def wait(self, turns: int) -> float:
        """Take so many turns; the seconds until they have come."""
        now = self.clock()
        self._due = max(self._due, now - self.burst / self.rate) + turns / self.rate
        return max(0.0, self._due - now)


class Door:
    """Lets sockets of this site in, bounded in number and in what they keep; all else goes on to the app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.open: set[Socket] = set()
        self.pace = Pace(limits.MESSAGES_A_SECOND, limits.MESSAGES_A_SECOND)
        self._line = asyncio.Lock()

    @property
    def kept(self) -> int:
        """Bytes that the sessions of all open sockets may keep of what was sent."""
        return sum(socket.kept for socket in self.open)

    def room(self, socket: Socket, wanted: int) -> bool:
        """Whether a socket's session may keep so many bytes: its share always, more while the others leave it."""
        share = limits.SOCKET_BYTES // limits.SESSIONS
        return wanted <= share or self.kept - socket.kept + wanted <= limits.SOCKET_BYTES

    async def turn(self) -> None:
        """Wait, in the order of coming, until few pages are being drawn: a thread each would leave the loop no time."""
        async with self._line:
            for _ in range(round(MOST_SECONDS / LOOK_SECONDS)):
                if waiting.drawn() < 2 * limits.SCRIPTS:
                    break
                await asyncio.sleep(LOOK_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        headers = sum(len(name) + len(value) for name, value in scope["headers"])
        given = same_site(scope["headers"])
        if scope["path"] != PATH or headers > MOST_HEADERS or given is None:
            await send({"type": "websocket.close", "code": 1008})  # before it is open: 403
            return
        if len(self.open) >= limits.SESSIONS:
            await send({"type": "websocket.http.response.start", "status": 503, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b"There is no room for another session."})
            return
        socket = Socket(self, receive, send, headers)
        self.open.add(socket)
        try:
            await self.app({**scope, "headers": given}, socket.receive, socket.send)
        finally:
            self.open.discard(socket)


class Socket:
    """One open socket: its messages judged, paced, and taken only from one who takes what it is sent."""

    def __init__(self, door: Door, receive: Receive, send: Send, headers: int) -> None:
        self.door, self._receive, self._send = door, receive, send
        self._headers = self.kept = 4 * headers
        self._pace = Pace(limits.MESSAGES_A_SECOND / 5, limits.MESSAGES_A_SECOND / 2)
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def send(self, message: Message) -> None:
        """Send on; the next message of this socket waits until it has gone. To a socket that went, nothing is sent."""
        if self._closed:
            return
        self._idle.clear()
        try:
            await self._send(message)
        except (OSError, RuntimeError):  # uvicorn's, where it went, and where uvicorn itself has closed it
            self._closed = True  # Starlette would write a traceback; so the app is told by `receive`
        finally:
            self._idle.set()

    async def receive(self) -> Message:
        """The next message that the app is given."""
        while True:
            while not self._idle.is_set():  # sent on in one go while the other side reads
                await self._idle.wait()
            message = {"type": "websocket.disconnect", "code": 1006} if self._closed else await self._receive()
            if message["type"] != "websocket.receive":
                return message
            judged, turns, kept, draws = judge(message.get("bytes"))
            if judged in CLOSED:
                return await self._close(CLOSED[judged])
            if not self.door.room(self, self._headers + kept):
                return await self._close(1013)
            if judged is Judged.TAKEN:
                self.kept = self._headers + kept
            await asyncio.sleep(max(self._pace.wait(turns), self.door.pace.wait(turns)))
            if judged is Judged.TAKEN:
                if draws:
                    await self.door.turn()
                return message

    async def _close(self, code: int) -> Message:
        """Close the socket; what the app is told of it."""
        closed, self._closed = self._closed, True  # first: nothing may be sent after it
        if not closed:
            await self._send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}


def same_site(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]] | None:
    """The headers that Streamlit is given: None where a page of another site asks, unless configured to be let in.

    `server.corsAllowedOrigins` names those that are. Where origin and host differ, Streamlit would ask an outside
    address for this machine's own one while everybody waits; so it is told of one origin, this site's.
    """
    origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    if not origins:
        return headers  # no browser
    host = next((value for name, value in headers if name == b"host"), b"")
    known = {each.strip() for each in config.get_option("server.corsAllowedOrigins")}
    if not host or any(each not in known and _place(each) != host.decode("latin-1").lower() for each in origins):
        return None
    return [*((name, value) for name, value in headers if name != b"origin"), (b"origin", b"http://" + host)]


def _place(origin: str) -> str | None:
    """Host and port of an origin."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
