"""The server's log: one bounded line a record, whatever was sent."""

from __future__ import annotations

import io
import logging
import re
import threading
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a logger of Streamlit's kind writes while the bounds are installed."""
    factory, hook = logging.getLogRecordFactory(), threading.excepthook
    sink = io.StringIO()
    handler = logging.StreamHandler(sink)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    logs.install()
    yield sink
    root.removeHandler(handler)
    logging.setLogRecordFactory(factory)
    logging.captureWarnings(False)
    threading.excepthook = hook


EVIL = "a\nERROR forged: b\r\n\x1b[31m\u2028c\x85d" + "x" * 2**16


def test_what_a_visitor_sent_is_cut_and_forges_no_line(written: io.StringIO) -> None:
    logging.getLogger("streamlit.of.ours").warning("The fragment %s does not exist.", EVIL)
    (line,) = written.getvalue().splitlines()
    assert line.startswith("WARNING streamlit.of.ours: The fragment a\\nERROR forged")
    assert re.search(r" … \(65,\d{3} characters\)$", line) and len(line) < 500 and line.isprintable()


def test_a_value_that_a_widget_cannot_have_is_one_line(written: io.StringIO) -> None:
    from streamlit.elements.widgets.selectbox import SelectboxSerde

    options = SelectboxSerde(["a"], formatted_options=["a"], formatted_option_to_option_index={"a": 0})
    for error in (TypeError, KeyError):
        try:
            options.deserialize([])  # type: ignore[arg-type]
        except TypeError as found:
            logging.getLogger("streamlit").error("Uncaught app execution", exc_info=found)
        try:
            raise error(EVIL)
        except error as found:
            logging.getLogger("streamlit").error("Uncaught app execution", exc_info=found)
    lines = [line for line in written.getvalue().splitlines() if not line.startswith("  ")]
    assert lines == 2 * [
        "ERROR streamlit: A widget was sent a value of another type.",
        "ERROR streamlit: Uncaught app execution",
    ]


def test_a_traceback_is_bounded_and_no_line_of_it_passes_for_a_record(written: io.StringIO) -> None:
    def deep(left: int) -> None:
        if not left:
            raise ValueError(EVIL)
        try:
            deep(left - 1)
        except ValueError as error:
            raise ValueError(EVIL) from error

    try:
        deep(30)
    except ValueError:
        logging.getLogger("streamlit.of.ours").exception("Error sending %s", EVIL)
    first, *rest = written.getvalue().splitlines()
    assert first.startswith("ERROR streamlit.of.ours: Error sending a\\n")
    assert len(rest) <= logs.MOST_LINES + 1 and all(line.startswith("  ") and len(line) < 500 for line in rest)
    assert "Traceback" in rest[0] and "ValueError" in rest[-1] + rest[-2] + rest[-3] + rest[-4] + rest[-5]


def test_warnings_and_threads_go_the_same_way(written: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(EVIL, stacklevel=1)
    thread = threading.Thread(target=lambda: int(EVIL), name="of\nours")
    thread.start()
    thread.join()
    lines = written.getvalue().splitlines()
    assert all(line.startswith(("WARNING py.warnings", "ERROR deploy.logs", "  ")) for line in lines)
    assert sum(map(len, lines)) < 10_000


@given(st.text(st.characters(), max_size=600))
def test_a_line_is_printable_and_bounded(text: str) -> None:
    found = logs.line(text)
    assert found.isprintable() and len(found) <= 10 * logs.MOST_CHARACTERS + 40
    if text.isprintable() and len(text) <= logs.MOST_CHARACTERS:
        assert found == text
