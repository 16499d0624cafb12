"""What uploads under way may hold: what has come of them, for as long as it keeps coming."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from deploy import uploads
from deploy.uploads import Uploads
from simulator.serving import limits

LARGEST = 2 * 2**20


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """Streamlit's own record of files, by session."""
    files: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(uploads, "stored_files", lambda: files)
    return files


def file(size: int, name: str = "a.csv") -> SimpleNamespace:
    return SimpleNamespace(data=bytes(size), name=name, type="text/csv", file_id="f")


class Client:
    """One upload: its pieces, after which it says nothing more."""

    def __init__(self, session: str, *pieces: int, length: int | None = LARGEST) -> None:
        headers = [] if length is None else [(b"content-length", str(length).encode())]
        self.scope = {"type": "http", "method": "PUT", "path": f"{uploads.PREFIX}{session}/f", "headers": headers}
        self.pieces = list(pieces)
        self.status = 0

    async def receive(self) -> dict[str, Any]:
        if not self.pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": bytes(self.pieces.pop(0)), "more_body": True}

    async def send(self, message: dict[str, Any]) -> None:
        self.status = self.status or message["status"]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Streamlit's place: it reads to the largest size, then keeps nothing; one who goes is an error to it."""
    got = 0
    while got < LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            await send({"type": "http.response.start", "status": 500, "headers": []})
            raise ClientDisconnect
        got += len(message["body"])
    await send({"type": "http.response.start", "status": 204, "headers": []})


def visit(*clients: Client, last: Client) -> int:
    """The status of the last upload while the others are under way."""

    async def run() -> int:
        entry = Uploads(app, LARGEST)
        tasks = [asyncio.create_task(entry(each.scope, each.receive, each.send)) for each in clients]  # type: ignore[arg-type]
        while any(each.pieces for each in clients):
            await asyncio.sleep(0)
        await entry(last.scope, last.receive, last.send)  # type: ignore[arg-type]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not entry.coming
        return last.status

    return asyncio.run(run())


def test_idle_uploads_shut_nobody_out(held) -> None:
    """31 of them, a byte each, once took the room of 31 files."""
    idle = [Client(f"session {number}", 1) for number in range(200)]
    assert visit(*idle, last=Client("another", LARGEST)) == 204


def test_what_has_come_of_uploads_counts(held) -> None:
    half = [Client(f"session {number}", LARGEST - 1) for number in range(32)]
    assert limits.UPLOAD_BYTES == 32 * LARGEST
    assert visit(*half, last=Client("another", LARGEST)) == 413
    assert visit(*half[:31], last=Client("another", LARGEST, length=None)) == 204


def test_an_upload_that_grows_beyond_the_room_is_ended(held) -> None:
    held["a"] = {"f": file(uploads.SESSION_BYTES - LARGEST)}
    assert visit(last=Client("a", LARGEST // 2, LARGEST // 2, length=None)) == 413
    assert visit(last=Client("b", LARGEST // 2, LARGEST // 2, length=None)) == 204


@pytest.mark.parametrize("name", ["PAUSE_SECONDS", "SECONDS"])
def test_an_upload_that_does_not_come_is_ended(held, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, name, 0.0)
    assert visit(last=Client("a")) == 408


def test_a_session_has_so_many_under_way(held) -> None:
    idle = [Client("a", 1) for _ in range(uploads.AT_ONCE)]
    assert visit(*idle, last=Client("a", LARGEST)) == 429
    assert visit(*idle, last=Client("b", LARGEST)) == 204


def test_a_name_counts_as_what_it_takes(held) -> None:
    """An empty file may have a name of two megabytes."""
    held["a"] = {str(number): file(0, "n" * 2**20) for number in range(17)}
    assert visit(last=Client("b", LARGEST)) == 413


@pytest.mark.parametrize("told", [b"ten", b"-1", b"9" * 5000, "²".encode(), b""])
def test_a_length_that_is_none_promises_nothing(told: bytes) -> None:
    assert uploads.promised({"headers": [(b"content-length", told)]}) == 0
