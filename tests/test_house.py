"""The house rules that no linter knows."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = sorted((REPOSITORY / "pages").glob("*.py"))
MODULES = sorted((REPOSITORY / "simulator").rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "misc", "tools"}


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def called(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_there_is_something_to_check() -> None:
    assert PAGES and MODULES


@pytest.mark.parametrize("path", PAGES, ids=called)
def test_a_page_is_short_and_defines_nothing(path: Path) -> None:
    assert lines(path) <= 45
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for node in ast.walk(tree) if isinstance(node, defined)], "A page composes what the package has."


@pytest.mark.parametrize("path", MODULES, ids=called)
def test_a_module_has_one_duty(path: Path) -> None:
    assert lines(path) <= 300, "Split it by noun."
    assert path.stem not in VAGUE, "Name it for what it holds."


def test_app_is_two_lines() -> None:
    tree = ast.parse((REPOSITORY / "app.py").read_text(encoding="utf-8"))
    assert len([node for node in tree.body if not _is_docstring(node)]) == 2


def test_every_page_has_its_row_and_every_row_its_page() -> None:
    from simulator.ui import shell

    rows = {text for row in shell.PAGES for text in _texts(row) if re.fullmatch(r"pages/\w+\.py", text)}
    assert rows == {called(path) for path in PAGES}


def test_numbers_load_without_the_app() -> None:
    """`import simulator` works where neither Streamlit nor Plotly is wanted."""
    code = "import sys, simulator; print(*sorted({'streamlit', 'plotly'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_top_level_stays_as_it_is() -> None:
    known = {
        *("app.py", "simulator", "pages", "tests", "assets", "benchmarks", "deploy"),
        *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"),
        *("pyproject.toml", "requirements.txt", "Makefile", ".gitignore", ".streamlit", ".ci"),
    }
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("Not a git checkout.")
    listing = subprocess.run(
        [git, "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {name.split("/")[0] for name in listing.stdout.split("\n") if name} <= known


def test_no_code_of_other_people_lies_here() -> None:
    """What others made comes from the package that brings it, not from a copy."""
    scripts = [path for path in (REPOSITORY / "simulator").rglob("*") if path.suffix in {".js", ".css", ".html"}]
    assert scripts
    for path in scripts:
        assert ".min." not in path.name and path.stat().st_size < 40_000, path


def test_floating_point_errors_raise_here() -> None:
    assert set(np.geterr().values()) == {"raise"}


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _texts(row: object) -> list[str]:
    """Every text in a row, whatever kind of record it is."""
    if isinstance(row, str | Path):
        return [str(row).replace(os.sep, "/")]
    if isinstance(row, dict):
        return [text for value in (*row.keys(), *row.values()) for text in _texts(value)]
    if hasattr(row, "__dataclass_fields__"):
        return [text for name in row.__dataclass_fields__ for text in _texts(getattr(row, name))]
    if isinstance(row, list | tuple):
        return [text for value in row for text in _texts(value)]
    return []
