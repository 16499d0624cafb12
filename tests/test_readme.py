"""What the README shows runs as shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """The simulator's own commands, without the one that keeps running."""
    lines = [line for block in blocks("shell") for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if re.match(r"simulator (?!app)", line)]


def run(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )


def test_there_are_examples() -> None:
    assert blocks("python") and commands()


@pytest.mark.parametrize("code", blocks("python"), ids=lambda code: code.splitlines()[0])
def test_python(code: str, tmp_path: Path) -> None:
    # A figure is shown by whatever shows figures here; nothing, in a test.
    prelude = "import plotly.io; plotly.io.show = lambda *_, **__: None\n" if ".show()" in code else ""
    done = run([sys.executable, "-W", "error", "-c", prelude + code], tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", commands(), ids=str.strip)
def test_command(command: str, tmp_path: Path) -> None:
    words = shlex.split(command.split("  #")[0])
    done = run([sys.executable, "-W", "error", "-m", *words], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout or any(tmp_path.iterdir())


@pytest.mark.parametrize("text", [README, CONTRIBUTING, ARCHITECTURE], ids=["README", "CONTRIBUTING", "ARCHITECTURE"])
def test_files_it_names_exist(text: str) -> None:
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    named = list(re.findall(r"`((?:simulator|pages|tests|benchmarks|assets|deploy)/[\w./-]*)`", text))
    missing = [name for name in linked + named if not (REPOSITORY / name).exists()]
    assert not missing


def test_every_page_is_named_to_readers() -> None:
    sitemap = pytest.importorskip("simulator.ui.sitemap", exc_type=ModuleNotFoundError)
    assert not [row.title for row in sitemap.PAGES if f"**{row.title}**" not in README]


def test_every_room_is_in_the_architecture() -> None:
    rooms = [path for path in (REPOSITORY / "simulator").iterdir() if path.is_dir() and not path.name.startswith("__")]
    assert not [path.name for path in rooms if f"`simulator/{path.name}/`" not in ARCHITECTURE]
