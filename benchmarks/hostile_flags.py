"""Random and hostile command lines: status 0, or 2 and one sentence; never a traceback, never long."""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from functools import partial
from types import FrameType
from typing import Any
from unittest import mock

from benchmarks.hostile_values import EVIL, Attempts, noise, value
from simulator import cli
from simulator.cli.catalogue import LISTS as CATALOGUE
from simulator.experiment import Experiment
from simulator.export import FRAMEWORKS
from simulator.settings import Setting

LONGEST = 60.0
"""Seconds that one command may take on a busy machine: sizes are small here, or refused."""

SENTENCE = 1000
"""Characters of a complaint."""

COMMANDS = ("run", "theory", "link", "code", "report", "sweep", "gain", "list", "app", "none", "")
LISTS = (*CATALOGUE, "statistics")
SIZES = ("depth", "width", "batch", "seeds", "widths")
# What a test may write to: never a path that is made up.
FILES = ("out", "out.csv", "out.html", "missing/out.html", ".", "", "a" * 400, "zero\0byte", "/dev/full", "/proc/none")
OWN = {
    "run": ("format",),
    "theory": ("format", "sigma-w2", "sigma-b2", "q0", "c0"),
    "code": ("framework",),
    "sweep": ("grid", "study", "keep", "format", "dask", "workers"),
    "gain": ("format", "activation"),
    "app": ("port", "address"),
}
WRITE = {"run": ("output",), "theory": ("output",), "code": ("output",), "gain": ("output",)}
WRITE |= {"report": ("output", "csv", "json"), "sweep": ("output", "picture")}


def lines(count: int, seed: int) -> Iterator[list[str]]:
    """So many command lines; what is drawn small enough to be run stays small."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _line(chance)


def _line(chance: random.Random) -> list[str]:
    command, wild = chance.choice(COMMANDS), chance.choice((0.0, 0.0, 0.5))
    if chance.random() < 0.05:
        return [noise(chance) for _ in range(chance.randrange(4))]
    settings = Experiment.settings()
    words = [f"--{name}={2 if name == 'batch' else chance.randint(1, 4)}" for name in ("depth", "width", "batch")]
    if command in ("gain", "list", "app", "none", ""):
        words = [chance.choice(LISTS if chance.random() > wild else EVIL)] if command == "list" else []
    for _ in range(chance.randrange(5)):
        kind = chance.random()
        if kind < 0.6:
            name = chance.choice(list(settings))
            words += _flag(chance, name.replace("_", "-"), _setting(chance, name, wild))
        elif kind < 0.95 and command in OWN:
            words += _flag(chance, name := chance.choice(OWN[command]), _own(chance, name, wild))
        elif chance.random() < wild:
            words += [chance.choice(["--", "-", "-h", "--version", "--no-such=1", value(chance), noise(chance)])]
    # A word that is made up must not read as the name of a file: only those of FILES are written to.
    words = [word for word in words if not word.startswith(("--output", "--csv", "--json", "--picture"))]
    for name in WRITE.get(command, ()):
        if chance.random() < 0.5 or command == "report":
            plain = f"out-{name}-{chance.randrange(3)}.html"
            words += [f"--{name}={plain if chance.random() < 0.7 else chance.choice(FILES)}"]
    if command == "sweep" and chance.random() < 0.9:
        words += [f"--grid={_grid(chance, wild / 2)}" for _ in range(chance.randint(1, 2))]
        words += ["--workers=1"] if chance.random() < 0.02 else []  # starts a process
    if chance.random() < 0.1:
        chance.shuffle(words)
    return [command, *words]


def _flag(chance: random.Random, name: str, text: str) -> list[str]:
    return [f"--{name}={text}"] if chance.random() < 0.8 else [f"--{name}", text]


def _setting(chance: random.Random, name: str, wild: float) -> str:
    if name in SIZES:
        harmless = [text for text in EVIL if text not in {"2000", "65536"}]
        return chance.choice(harmless) if chance.random() < wild else chance.choice(("1", "3", "5"))
    return value(chance, Experiment.settings()[name], wild=wild)


def _own(chance: random.Random, name: str, wild: float) -> str:
    if name == "grid":
        return _grid(chance, wild)
    if name == "activation":
        return _setting(chance, name, wild)
    known = {"format": ("table", "csv", "json"), "framework": tuple(FRAMEWORKS), "keep": ("summary", "layers")}
    known |= {"workers": ("0", "61", "two", "9" * 5000, "²", "-1"), "dask": ("x", "", "tcp://127.0.0.1:1")}
    if name in known and (chance.random() > wild or name in ("workers", "dask")):
        return chance.choice(known[name])
    if name == "study":  # a ready-made one takes minutes
        return value(chance)
    return value(chance, Setting(name, 1.0, (0.0, 4.0)), wild=wild)


def _grid(chance: random.Random, wild: float) -> str:
    name = chance.choice(list(Experiment.settings()))
    if chance.random() < 0.5:
        return f"{name}={','.join(_setting(chance, name, wild) for _ in range(chance.randint(1, 3)))}"
    low, high, many = (
        chance.choice((0, 1, 0.5, -1, 1e308)),
        chance.choice((1, 2, 1e-300)),
        chance.choice((0, 1, 2, 10**8)),
    )
    return f"{name}={low}:{high}:{many}{chance.choice(('', '', ':log', ':log:log', ':x'))}"


class SlowError(BaseException):
    """A command took longer than it may; no command may catch this."""


_numeric = partial(socket.getaddrinfo, flags=socket.AI_NUMERICHOST)
"""Finds an address and asks nobody on the network about a name."""


def _slow(signum: int, frame: FrameType | None) -> None:
    raise SlowError


def judged(words: list[str]) -> tuple[int, str]:
    """The status of a command that is run in this process, and what is wrong with how it ended, "" if nothing is."""
    said, told = io.StringIO(), io.StringIO()
    signal.signal(signal.SIGALRM, _slow)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        with (
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(told),
            warnings.catch_warnings(),
            mock.patch("simulator.cli.server.subprocess.call", return_value=0),  # it would serve for ever
            mock.patch("simulator.cli.server.socket.getaddrinfo", _numeric),
        ):
            warnings.simplefilter("always")
            status = cli.main(words)
    except SystemExit as error:
        status = 0 if error.code is None else int(error.code)
    except SlowError:
        return -1, f"took more than {LONGEST:g} s"
    except BaseException:
        return -1, traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return status, _wrong(words, status, said.getvalue(), told.getvalue())


def _wrong(words: list[str], status: int, said: str, told: str) -> str:
    found = told.splitlines()
    if status == 0:
        announced = words[:1] == ["sweep"] and len(found) == 1 and found[0].startswith(("To compute", "Nothing to"))
        # A run tells its verdict beside its table, which is printed or in the file of --output.
        given = said != "" or any(word.startswith("--output") for word in words)
        announced |= words[:1] == ["run"] and given and len(found) < 9 and "Warning" not in told
        return "" if not found or announced else f"status 0, but: {told[:SENTENCE]}"
    if words[:1] == ["sweep"] and len(found) == 2 and found[0].startswith(("To compute", "Nothing to")):
        found = found[1:]
    if status != 2 or len(found) != 1 or not found[0].endswith((".", "?")) or len(found[0]) > SENTENCE:
        return f"status {status}: {len(found)} lines, {len(told)} characters: {told[:SENTENCE]}"
    return ""


def run(count: int, seed: int) -> dict[str, Any]:
    """Judge so many in a directory of their own; what became of them."""
    before, attempts = os.getcwd(), Attempts()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for words in lines(count, seed):
                since = time.process_time()
                status, wrong = judged(words)
                attempts.add(str(status), wrong, " ".join(words), time.process_time() - since)
        finally:
            os.chdir(before)
    return attempts.report()


def processes(count: int, seed: int) -> dict[str, Any]:
    """The same with a process each, for a few: what the shell sees."""
    attempts = Attempts()
    with tempfile.TemporaryDirectory() as folder:
        for words in lines(100 * count, seed):
            if words[:1] == ["app"] or any("\0" in word or len(word) > 10**5 for word in words):
                continue  # it would serve for ever; a shell cannot say that
            if attempts.count == count:
                break
            sent = [word.encode("utf-8", "surrogateescape") for word in words]
            found = subprocess.run(
                [sys.executable, "-m", "simulator", *sent],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONUTF8": "1"},
                capture_output=True,
                timeout=LONGEST,
                check=False,
            )
            wrong = _wrong(words, found.returncode, "", found.stderr.decode("utf-8", "replace"))
            attempts.add(str(found.returncode), wrong, " ".join(words))
    return attempts.report()
