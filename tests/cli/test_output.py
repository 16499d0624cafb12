"""Standard output that is not as one hopes: another encoding, a full disk, closed; and numbers as people write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import cli
from tests.waiting import PATIENCE

RUN = ["run", "--depth", "3", "--width", "8", "--batch", "4"]
COMMANDS = [RUN, ["list", "activations"], ["code", *RUN[1:]], ["theory", *RUN[1:], "--format", "csv"]]
REPOSITORY = Path(__file__).resolve().parents[2]


def run(words: list[str], encoding: str = "utf-8", **how: object) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "simulator", *words]
    return subprocess.run(command, env=environment, stderr=subprocess.PIPE, timeout=PATIENCE, check=False, **how)


@pytest.mark.parametrize(
    "words", [*COMMANDS, ["run", "--help"], ["sweep", "--help"]], ids=lambda words: " ".join(words[:2])
)
def test_any_encoding_will_do(words: list[str]) -> None:
    done = run(words, "cp1252", stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("cp1252") and b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="No /dev/full here.")
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_full_disk_is_a_sentence(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = run(words, stdout=full)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1] == "Standard output cannot be written: No space left on device."
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="Descriptors are closed the POSIX way.")
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_closed_output_is_a_sentence(words: list[str]) -> None:
    done = run(words, preexec_fn=lambda: os.close(1))
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith("Standard output cannot be written: ")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["1_0", "١", "0x10", "1e", "nan", "inf", ""])
@pytest.mark.parametrize("flag", ["sigma-w2", "q0"])
def test_a_number_is_what_a_scientist_writes(flag: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["theory", "--activation", "tanh", "--sigma-w2=1", f"--{flag}={text}"]) == 2
    assert f"--{flag} must be a finite number" in capsys.readouterr().err
