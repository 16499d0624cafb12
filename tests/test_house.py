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
EMPTY = {"take", "go", "look", "found", "told", "stretch", "comfortable", "together"}
"""Names that say nothing of what a function does or a variable holds."""


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
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length < 50, f"{node.name} has {length} lines: split it by what its parts do."


def test_names_and_docstrings_say_what_a_thing_is() -> None:
    """Docstrings begin with the thing, names say what functions do or variables hold, no two classes share one."""
    wrong, classes = [], []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes.append(node.name)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                args = [part.arg for part in ast.walk(node) if isinstance(part, ast.arg)]
                names = [
                    part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
                ]
                named = {*args, *names, getattr(node, "name", "").strip("_")}
                wrong += [f"{called(path)}:{node.lineno} {name}" for name in named & EMPTY]
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                wrong += [f"{called(path)}:{node.lineno}"] * str(node.value.value).lstrip().startswith("What ")
    assert not wrong
    assert len(set(classes)) == len(classes), sorted(name for name in set(classes) if classes.count(name) > 1)


NEIGHBOURS = {
    ("signal", "saturation"), ("phase_diagram", "signal"), ("lessons", "present"), ("lessons", "rooms"),
    ("present", "rooms"), ("rooms", "lessons"), ("rooms", "sharing"),
}  # fmt: skip
"""Rooms of the screens that may know each other: two that show another's charts, and what a class is made of."""


def test_every_page_has_a_room_that_knows_the_frame_and_few_other_rooms() -> None:
    screens = REPOSITORY / "simulator" / "ui"
    rooms = {path.parent.name for path in screens.glob("*/__init__.py")}
    assert {path.stem for path in PAGES} <= rooms
    known = {
        (path.parent.name, other)
        for room in rooms
        for path in (screens / room).glob("*.py")
        for other in re.findall(r"^from simulator\.ui\.(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if other in rooms - {room}
    }
    assert known == NEIGHBOURS
    for path in screens.glob("*/choices.py"):
        assert not re.search(r"streamlit|simulator\.ui\.(?!present import scenes)", path.read_text(encoding="utf-8"))


def test_app_is_two_lines() -> None:
    tree = ast.parse((REPOSITORY / "app.py").read_text(encoding="utf-8"))
    assert len([node for node in tree.body if not _is_docstring(node)]) == 2


def test_every_page_has_its_row_and_every_row_its_page() -> None:
    shell = pytest.importorskip("simulator.ui.shell", exc_type=ModuleNotFoundError)
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
        *("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "CITATION.cff"),
        "docs",
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


# ------------------------------------------------------------------------------------- clocks in tests

TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))
WAITING = REPOSITORY / "tests" / "waiting.py"
CLOCKS = {"sleep", "wait_for_timeout", "Timer", "wait_for"}
"""Names of functions that let time pass."""

WAITS = {"timeout", "wait", "join", "result", "get", "acquire", "set_default_timeout", "set_default_navigation_timeout"}
"""Names of methods whose only number is a patience."""


def by_the_clock(code: str) -> list[str]:
    """What a test does by the clock and not by a state: it passes on one machine and fails on another."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None) or ""}
            found += [f"line {node.lineno} imports time"] if "time" in names else []
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = {keyword.arg or "": getattr(keyword.value, "value", None) for keyword in node.keywords}
        numbers = [
            key for key, value in given.items() if re.search("timeout|patience|deadline", key) and _number(value)
        ]
        paced = ast.unparse(node.func) == "pace.wait"  # deploy's own, which only works a pause out
        lone = not paced and name in WAITS and node.args and _number(getattr(node.args[0], "value", None))
        nothing = not node.args or getattr(node.args[0], "value", None) == 0  # others' turn, or a locator's own wait
        if name in CLOCKS and not nothing:
            found.append(f"line {node.lineno} calls {name}")
        if lone or (numbers and name != "refusal"):  # which goes by an estimate, not by a clock
            found.append(f"line {node.lineno} gives {name} so many seconds")
        if name in {"from_file", "from_function", "from_string"} and "default_timeout" not in given:
            found.append(f"line {node.lineno} has AppTest's own three seconds")
    return found


@pytest.mark.parametrize("path", [path for path in TESTS if path != WAITING], ids=called)
def test_a_test_waits_for_a_state_and_not_for_a_time(path: Path) -> None:
    assert not by_the_clock(path.read_text(encoding="utf-8")), "tests/waiting.py has until() and PATIENCE."


@pytest.mark.parametrize(
    "code",
    [
        "import time", "from time import sleep", "asyncio.sleep(1)", "page.wait_for_timeout(200)",
        "threading.Timer(0.1, go)", "thread.join(20)", "event.wait(0.5)", "subprocess.run([], timeout=100)",
        "visitor.move(patience=5)", "asyncio.wait_for(answer, 1)", "AppTest.from_function(page)",
        "context.set_default_timeout(20_000)", "asyncio.timeout(5)",
    ],
)  # fmt: skip
def test_the_rule_about_clocks_finds_each_kind(code: str) -> None:
    assert by_the_clock(code)


def test_the_rule_about_clocks_lets_states_pass() -> None:
    for code in ("thread.join(PATIENCE)", "', '.join(words)", "until(lambda: done)", "process.wait()", "found.get('a')",
                 "locator.wait_for()", "settings(deadline=None)", "plan.refusal(patience=60)"):  # fmt: skip
        assert not by_the_clock(code)


def _number(value: object) -> bool:
    return isinstance(value, int | float)


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
