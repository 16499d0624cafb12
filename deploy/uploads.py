"""Bounds on what uploads keep in memory, and on how long one takes: Streamlit bounds a file, and waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, cast

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from simulator.serving import limits

PREFIX = "/_stcore/upload_file/"

SESSION_BYTES = 48 * 2**20
"""Of one session: a whole sweep, and small tables beside it."""

RECORD_BYTES = 4096
"""The bytes of a file beside its content and names: many may be empty."""

AT_ONCE = 6
"""Uploads of a session under way: as many as a browser opens connections."""

PAUSE_SECONDS, SECONDS = 10.0, 120.0
"""Between two pieces of an upload, and for all of it."""

SENTENCES = {
    408: "The upload took too long.",
    413: "There is no room for another file.",
    429: "Too many files of this session are under way.",
}


class Uploads:
    """Answers for an upload whose session, or the process, has no room for what has come of it, or that does not come.

    What is under way counts by what has come: a promise takes no memory, and may not shut others out.
    """

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app, self.largest = app, largest
        self.coming: set[Coming] = set()
        self._held: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        session = scope["path"].removeprefix(PREFIX).partition("/")[0]
        self._held = {name: _weight(files) for name, files in list(stored_files().items())}
        upload = Coming(self, session, receive, send)
        if sum(other.session == session for other in self.coming) >= AT_ONCE:
            upload.refused = 429
        elif not self.room(session, min(promised(scope), self.largest)):
            upload.refused = 413
        else:
            self.coming.add(upload)
            try:
                # A client that went is nobody to be answered, and nothing to be logged.
                with contextlib.suppress(ClientDisconnect):
                    await self.app(scope, upload.receive, upload.send)
            finally:
                self.coming.discard(upload)
                self._held[session] = _weight(stored_files().get(session, {}))
        if upload.refused:
            await PlainTextResponse(SENTENCES[upload.refused], upload.refused)(scope, receive, send)

    def room(self, session: str, more: int) -> bool:
        """Whether so many bytes more may come for a session."""
        own = sum(other.bytes for other in self.coming if other.session == session)
        everybodys = sum(other.bytes for other in self.coming)
        return (
            self._held.get(session, 0) + own + more <= SESSION_BYTES
            and sum(self._held.values()) + everybodys + more <= limits.UPLOAD_BYTES
        )


class Coming:
    """An upload under way: what has come of it, and why it was ended if it was."""

    def __init__(self, uploads: Uploads, session: str, receive: Receive, send: Send) -> None:
        self.session, self.bytes, self.refused = session, 0, 0
        self._uploads, self._receive, self._send = uploads, receive, send
        self._over = asyncio.get_running_loop().time() + SECONDS

    async def receive(self) -> Message:
        """The next piece, or that the client went where this upload may go no further."""
        left = self._over - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(PAUSE_SECONDS, left)):
                message = await self._receive()
        except TimeoutError:
            self.refused = 408
            return {"type": "http.disconnect"}
        more = len(message.get("body", b""))
        if not self._uploads.room(self.session, more):
            self.refused = 413
            return {"type": "http.disconnect"}
        self.bytes += more
        return message

    async def send(self, message: Message) -> None:
        """Send on what the app answers, unless this upload has another answer."""
        if not self.refused:
            await self._send(message)


def stored_files() -> dict[str, Any]:
    """The files of all sessions, by session."""
    return cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr).file_storage


def _weight(files: dict[str, Any]) -> int:
    return sum(
        len(file.data) + 4 * (len(file.name) + len(file.type) + len(file.file_id)) + RECORD_BYTES
        for file in list(files.values())
    )


def promised(scope: Scope) -> int:
    """How many bytes a client says that it will send; 0 where it does not say."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(length) if length.isdigit() and len(length) < 20 else 0
