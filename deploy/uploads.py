"""Bounds on what uploads keep in memory: Streamlit bounds a file, and takes as many of them as are sent."""

from __future__ import annotations

from typing import Any, cast

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from simulator.ui import limits

PREFIX = "/_stcore/upload_file/"

SESSION_BYTES = 48 * 2**20
"""Of one session: a whole sweep, and small tables beside it."""

RECORD_BYTES = 4096
"""What a file costs beside its content: many may be empty."""


class Uploads:
    """Answers 413 to an upload where its session, or the process, has no room for a largest one."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app, self.largest = app, largest
        self.coming = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        if not self.room(scope["path"].removeprefix(PREFIX).partition("/")[0]):
            await PlainTextResponse("There is no room for another file.", 413)(scope, receive, send)
            return
        self.coming += 1
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:  # there is nobody left to be answered, and nothing to be logged
            pass
        finally:
            self.coming -= 1

    def room(self, session: str) -> bool:
        """Whether one more file may come, those under way counted at their largest."""
        storage = cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr).file_storage
        held = {name: _weight(files) for name, files in list(storage.items())}
        expected = (self.coming + 1) * self.largest
        return (
            held.get(session, 0) + self.largest <= SESSION_BYTES
            and sum(held.values()) + expected <= limits.UPLOAD_BYTES
        )


def _weight(files: dict[str, Any]) -> int:
    return sum(len(file.data) + RECORD_BYTES for file in list(files.values()))
