"""Hostile command lines: one sentence, status 2, and nothing that grows with what was typed."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from simulator.cli import main

SMALL = ["--depth", "2", "--width", "4", "--batch", "2"]
LONG = "9" * 5000  # more digits than Python turns into a number


@pytest.mark.parametrize(
    "words",
    [
        ["app", "--port", LONG], ["app", "--port", "१२"], ["app", "--port", "65536"], ["app", "--port", "0"],
        ["app", "--address", "192.0.2.1"], ["app", "--address", "zero\0byte"], ["app", "--address", "a" * 8000],
        ["sweep", "--grid", "gain=1", "--workers", LONG], ["sweep", "--grid", "gain=1", "--workers", "²"],
        ["sweep", "--grid", "gain=1", "--picture", "a" * 8000], ["theory", "--sigma-w2", "1", "--c0", "a" * 8000],
        ["code", *SMALL, "--output", "zero\0byte"], ["report", *SMALL, "--output", "zero\0byte"],
        ["run", "--no-such=" + "a" * 8000], ["run", "two\nlines\n"], ["list", "two\nlines" * 1000], ["x" * 9000],
    ],
)  # fmt: skip
def test_one_sentence_that_is_not_long(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and len(said) < 700 and said.endswith((".\n", "?\n"))


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_a_port_in_use_is_a_sentence(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("streamlit")
    assert main(["app", "--address", "127.0.0.1", "--port", str(taken)]) == 2
    assert capsys.readouterr().err.startswith(f"The app cannot listen on port {taken} of '127.0.0.1': ")


def test_without_streamlit_the_app_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("simulator.cli.server.find_spec", lambda name: None)
    assert main(["app"]) == 2
    assert capsys.readouterr().err == 'The app needs Streamlit: pip install "variance-propagation-simulator[app]".\n'
