"""Hostile links and messages: an answer for each, no traceback, and the next visitor is served as before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from benchmarks.hostile import links, visit
from benchmarks.visitors import Visitor
from deploy import local

SMALL = "depth=3&width=16&batch=8"


def test_hostile_links_get_a_page(replica) -> None:
    done, wrong = asyncio.run(visit(replica.address, links(30, seed=1)))
    assert done == 30 and not wrong


@pytest.fixture(scope="module")
def attacked(folder: Path) -> Iterator[local.Replica]:
    """A replica of its own: what it is sent leaves warnings in its log."""
    with local.replicas(1, folder) as (replica,):
        yield replica


@pytest.mark.parametrize(
    "message", [b"\xff" * 100, b"", "text", bytes(20 * 2**20)], ids=["noise", "empty", "text", "large"]
)
def test_a_message_that_is_none_ends_that_session_only(attacked, message: bytes | str) -> None:
    async def attack() -> None:
        async with Visitor(attacked.address, SMALL) as visitor:
            await visitor.open()
            assert visitor._socket is not None
            with contextlib.suppress(TimeoutError, websockets.WebSocketException, OSError):
                await visitor._socket.send(message)
                await asyncio.wait_for(visitor._socket.recv(), 1)
        async with Visitor(attacked.address, SMALL) as visitor:
            await visitor.open()
            assert visitor.charts and not visitor.exceptions

    asyncio.run(attack())
    assert "Exception in ASGI application" not in attacked.log.read_text()


def test_what_is_too_large_is_refused_at_once(replica) -> None:
    async def visit() -> float:
        async with Visitor(replica.address, "depth=2000&width=65536") as visitor:
            took = await visitor.open()
            assert not visitor.charts and not visitor.exceptions
            return took

    assert asyncio.run(visit()) < 5, "Seconds; the run itself would take minutes."
