"""Server-sent events that tell a room's screens of news, at /rooms/CODE; one look at the store serves all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator.serving import limits
from simulator.serving.rooms import Sign, code_of
from simulator.settings import SettingError
from simulator.ui.rooms import seat

LOOK_SECONDS = 0.1
"""How often the store is asked while anybody listens."""

PULSE_SECONDS = 20.0
"""Silence after which a line without news is sent: proxies close what is silent for a minute."""

CLOSED = Sign(version=-1, members=0, ballots=0)
"""The last thing told. The page then finds out by a run of its own."""


class Wires:
    """Who listens to which room, and what there is to tell them."""

    def __init__(self) -> None:
        self.waiting: dict[str, set[asyncio.Event]] = {}
        self.signs: dict[str, Sign] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many listen."""
        return sum(map(len, self.waiting.values()))

    async def listen(self, code: str) -> AsyncIterator[bytes]:
        """The events of one screen: where the room is, and every change; ends with the room."""
        news = asyncio.Event()
        self.waiting.setdefault(code, set()).add(news)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        known: Sign | None = None
        try:
            await self._read()
            while known != CLOSED:
                news.clear()
                sign = self.signs.get(code, CLOSED)
                if sign != known:
                    known = sign
                    yield f"data: {json.dumps(asdict(sign))}\n\n".encode()
                try:
                    await asyncio.wait_for(news.wait(), PULSE_SECONDS)
                except TimeoutError:
                    yield b":\n\n"
        finally:
            self.waiting[code].discard(news)
            if not self.waiting[code]:
                del self.waiting[code]

    async def _look(self) -> None:
        while self.waiting:
            await self._read()
            await asyncio.sleep(LOOK_SECONDS)

    async def _read(self) -> None:
        before = self.signs
        self.signs = await asyncio.to_thread(seat.store().signs, list(self.waiting))
        for code, listeners in self.waiting.items():
            if before.get(code) != self.signs.get(code):
                for news in listeners:
                    news.set()


wires = Wires()


async def events(request: Request) -> Response:
    """A room's events; 404 where there is no such room, 503 where too many listen."""
    try:
        code = code_of(request.path_params["code"])
        await asyncio.to_thread(seat.store().room, code)
    except SettingError as error:
        return PlainTextResponse(str(error), status_code=404)
    if wires.count >= limits.SESSIONS:
        return PlainTextResponse("There is no room for another screen.", status_code=503)
    # A proxy would keep events back to send many at once.
    kept = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(wires.listen(code), media_type="text/event-stream", headers=kept)


async def there(request: Request) -> Response:
    """Answer what a page asks before it listens: 204 where there are events."""
    return Response(status_code=204)


ROUTES = [Route("/rooms/", there), Route("/rooms/{code}", events)]
