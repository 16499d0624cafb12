"""The server's log: a record is one line of bounded length, whatever a visitor sent; a traceback is bounded too."""

from __future__ import annotations

import logging
import threading
import traceback
from typing import Any

MOST_CHARACTERS = 400
MOST_LINES = 40
"""Of a traceback: half of them from its beginning, half from its end."""


def install() -> None:
    """Bound every record from now on, and send what would bypass logging through it."""
    logging.setLogRecordFactory(Record)
    logging.captureWarnings(True)
    threading.excepthook = _of_thread


class Record(logging.LogRecord):
    """A record whose message has no line breaks, and whose traceback is indented: no line of it can pass for one."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.exc_info and _of_a_visitor(self.exc_info[1]):
            self.msg, self.args, self.exc_info = "A widget was sent a value of another type.", None, None
        elif self.exc_info:
            self.exc_text = _traceback(self.exc_info[1])

    def getMessage(self) -> str:
        return line(super().getMessage())


def line(text: str) -> str:
    """Text as one printable line: other characters escaped, cut where it is long."""
    cut = text[:MOST_CHARACTERS]
    shown = cut if cut.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in cut)
    return shown if len(text) <= MOST_CHARACTERS else f"{shown} … ({len(text):,} characters)"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _traceback(error: BaseException | None) -> str:
    if error is None:
        return ""
    lines = "".join(traceback.format_exception(error)).splitlines()
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"… ({len(lines) - MOST_LINES:,} lines)", *lines[-half:]]
    return "\n".join("  " + line(each) for each in lines)


def _of_a_visitor(error: BaseException | None) -> bool:
    """Whether Streamlit failed to read what a widget was sent: of the sender's making, and told to nobody else."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    inside = [frame for frame in frames if "streamlit" in frame.filename]
    reads = {"deserialize", "get_serialized"}
    return any(frame.name in reads or "metadata.deserializer(" in (frame.line or "") for frame in inside)


def _of_thread(hook: threading.ExceptHookArgs) -> None:
    logging.getLogger(__name__).error(
        "Uncaught in thread %s", getattr(hook.thread, "name", "?"), exc_info=hook.exc_value
    )
