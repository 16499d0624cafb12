"""The messages a browser may send: of a kind that this app needs, and no larger in any part than it can need."""

from __future__ import annotations

import contextlib
from enum import Enum
from typing import NamedTuple

from google.protobuf.message import DecodeError, Message
from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg

MOST_BYTES = 64 * 2**10
"""Of a message, unpacked. A page's settings, its link twice and 150 uploaded files' addresses stay below; uploads go
another way."""

NEEDED = {
    "rerun_script": 1,
    "stop_script": 1,
    "app_heartbeat": 1,
    "file_urls_request": 5,
    "backend_operation_request": 10,  # a download is worked out outside of the queue
}
"""The kinds that the app's pages need, each with what it costs in turns. Streamlit would also tell whoever asks of the
git repository around it, clear everybody's caches, and write files."""

TEXTS = {"query_string": 16 * 2**10, "url": 20 * 2**10, "string_value": 16 * 2**10, "json_value": 16 * 2**10,
         "json_trigger_value": 16 * 2**10, "data": 16 * 2**10}  # fmt: skip
"""Characters of these fields; of any other text SHORT: names, and numbers of widgets, files and pages."""

IDS = ("$$ID", "$$STREAMLIT_INTERNAL_KEY")
"""The beginnings of a widget's id. Streamlit takes any other for a name that the session must know."""

SHORT = 512
LISTS = {"cached_message_hashes": 1000, "data": 1000}
"""Entries of these fields; of any other list FEW."""

FEW = 250
PARTS = 4000
"""Values in a message together. Each takes some 250 bytes in Python, however short it came."""


class Judged(Enum):
    """The judgement on a message."""

    TAKEN = "taken"
    PASSED_OVER = "passed over"
    """Of a kind, or about a thing, that there is not: nothing happens."""
    NO_MESSAGE = "no message"
    TOO_LARGE = "too large"


class Verdict(NamedTuple):
    """The judgement on a message, its turns, the bytes that a session may keep of it, and whether it draws a page."""

    judged: Judged
    turns: int = 0
    kept: int = 0
    draws: bool = False


def judge(data: bytes | None) -> Verdict:
    """Judge the bytes of a message."""
    if data is None:
        return Verdict(Judged.NO_MESSAGE)
    if len(data) > MOST_BYTES:
        return Verdict(Judged.TOO_LARGE)
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return Verdict(Judged.NO_MESSAGE)
    kind = message.WhichOneof("type")
    if kind is None:
        return Verdict(Judged.NO_MESSAGE)
    if kind not in NEEDED:
        return Verdict(Judged.PASSED_OVER, 1)
    parts = _parts(message, PARTS)
    if parts < 0:
        return Verdict(Judged.TOO_LARGE)
    known = kind != "backend_operation_request" or offered(message.backend_operation_request.deferred_file.file_id)
    if not known or not all(state.id.startswith(IDS) for state in message.rerun_script.widget_states.widgets):
        return Verdict(Judged.PASSED_OVER, 1)
    return Verdict(Judged.TAKEN, NEEDED[kind], 2 * len(data) + 250 * (PARTS - parts), kind == "rerun_script")


def _parts(message: Message, left: int) -> int:
    """How many of `left` values remain; -1 where a field of the message, or all of it, is too large."""
    for field, value in message.ListFields():
        several = value if field.is_repeated else (value,)
        if len(several) > min(left, LISTS.get(field.name, FEW) if field.is_repeated else 1):
            return -1
        left -= len(several)
        if field.type == field.TYPE_MESSAGE:
            for each in several:
                left = _parts(each, left)
                if left < 0:
                    return -1
        elif field.type in (field.TYPE_STRING, field.TYPE_BYTES):
            longest = SHORT if field.is_repeated else TEXTS.get(field.name, SHORT)
            if any(len(text) > longest for text in several):
                return -1
    return left


def offered(file: str) -> bool:
    """Whether this download has been offered: Streamlit would log a traceback of one that has not."""
    with contextlib.suppress(AttributeError, RuntimeError):  # its own; without it a bounded traceback is all
        return file in runtime.get_instance().media_file_mgr._deferred_callables
    return True
