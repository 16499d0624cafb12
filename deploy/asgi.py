"""The app for an ASGI server: a door, compressed files from memory, security headers, warm imports, a health route.

    python -m deploy --host 0.0.0.0 --port 8501

serves it (deploy/__main__.py); `streamlit run app.py` shows the same app without these, on one's own machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import gzip
import logging
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

from deploy import logs, rooms
from deploy.door import Door
from deploy.files import File, addresses, load
from deploy.headers import headers
from deploy.page import Page
from deploy.uploads import Uploads
from simulator import tables
from simulator.experiment import Experiment
from simulator.ui import cache, shell
from simulator.ui.signal import board as signal
from simulator.version import __version__

TIDY_SECONDS = 30.0
"""How often what sessions left behind is handed back; Streamlit's own collection after each run is switched off."""


class Files:
    """Streamlit's and the charts' files from memory, compressed; all else goes on to the app.

    The charts' files too: Streamlit has them only once a script ran, and another replica's may have drawn the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        paths = addresses()
        with ThreadPoolExecutor() as pool:  # the compressor works outside of the interpreter's lock
            self.files: dict[str, File] = dict(zip(paths, pool.map(load, paths, paths.values()), strict=True))
        # What nearly all are answered with, made once: a hundred browsers ask for ten thousand files in two seconds.
        self.answers = {address: _answer(file, file.body, file.packed) for address, file in self.files.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else None
        if path not in self.answers or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        start, body = self.answers[path]
        file = self.files[path]
        if file.packed and not _takes_gzip(scope):  # no browser asks for that
            start, body = _answer(file, gzip.decompress(file.body), packed=False)
        await send(start)
        await send(body if scope["method"] == "GET" else {**body, "body": b""})


def _answer(file: File, body: bytes, packed: bool) -> tuple[Message, Message]:
    fields = {"content-type": file.kind, "content-length": str(len(body)), "cache-control": file.cache}
    fields |= {"x-content-type-options": "nosniff"}
    fields |= {"content-encoding": "gzip"} if packed else {}
    fields |= {"vary": "accept-encoding"} if file.packed else {}
    start = {"type": "http.response.start", "status": 200, "headers": _encoded(fields)}
    return start, {"type": "http.response.body", "body": body}


class Headers:
    """The security headers on every answer that has none of that name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = _encoded(headers())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message.get("headers", ())}
                added = [(name, value) for name, value in self.headers if name not in there]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await self.app(scope, receive, send_on if scope["type"] == "http" else send)


async def healthy(request: Request) -> JSONResponse:
    """Answer a load balancer: 200 once the app is warm, with its version and what is queued and kept."""
    return JSONResponse({"version": __version__, **cache.state()}, headers={"cache-control": "no-store"})


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[dict[str, Any]]:
    """Work out the first page ahead of the first visitor, and keep memory tidy."""
    await asyncio.to_thread(signal.overview, Experiment())
    gc.collect()
    gc.freeze()  # imports live as long as the process: the collector need not look at them again
    _keep_no_visits()
    logs.install()
    tidying = asyncio.create_task(_tidy())
    yield {}
    tidying.cancel()


def _keep_no_visits() -> None:
    """No log of addresses and links, which Streamlit's own logging would write even with --no-access-log."""
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


async def _tidy() -> None:
    trim = _trimmer()
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        forget_sessions()
        gc.collect()
        await asyncio.to_thread(trim)


def forget_sessions() -> None:
    """Let go of sessions whose time to come back is over: Streamlit does so only when the next one leaves."""
    with contextlib.suppress(AttributeError, RuntimeError):  # Streamlit's own; without it the last 128 would stay
        runtime.get_instance()._session_mgr._session_storage._cache.expire()  # type: ignore[attr-defined]


def _trimmer() -> Callable[[], object]:
    """The function that hands free memory back to the system, where the C library has it (glibc)."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        trim = ctypes.CDLL(None if sys.platform != "win32" else "").malloc_trim
        return lambda: trim(0)
    return lambda: None


def _takes_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _encoded(fields: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in fields.items()]


app: ASGIApp = Files(
    Headers(
        Uploads(
            Door(
                Page(
                    st.App(
                        Path(shell.__file__).parents[2] / "app.py",
                        lifespan=lifespan,
                        routes=[Route("/healthz", healthy), *rooms.ROUTES],
                    )
                )
            ),
            largest=tables.MAX_BYTES,
        )
    )
)
