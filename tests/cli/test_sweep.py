"""simulator sweep: what it prints, what it refuses, and that neither kill -9 nor Ctrl-C loses or repeats a cell."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from simulator import Experiment, Grid, load_sweep, sweep
from simulator.cli import main
from simulator.cli.sweep import EXAMPLE
from simulator.studies.sweep.ready import READY
from simulator.studies.sweep.store import parts
from tests.waiting import PATIENCE, until

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = ["--depth", "2", "--width", "6", "--batch", "4"]
TWO = ["--grid", "init=he_normal,zeros", "--grid", "gain=0.5:2:4"]


def test_a_table_of_cells(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *TWO, *SMALL]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].split()[:2] == ["init", "gain"]
    assert lines[1].split()[:2] == ["he_normal", "0.5"]
    assert lines[-1] == "8 cells, 0 failed."
    assert printed.err.startswith("To compute: 8 cells, about ")


def test_csv_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *TWO, *SMALL, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["init"] for row in rows} == {"he_normal", "zeros"}
    assert main(["sweep", *TWO, *SMALL, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert document["experiment"]["gain"] == [0.5, 1, 1.5, 2]
    assert len(document["rows"]) == len(rows)


def test_failed_cells_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "--grid", "init=he_normal,constant(value=1)", "--engine", "matrix_free", *SMALL]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "2 cells, 1 failed."
    assert lines[-1].startswith("Cell 1: Experiment.engine matrix_free cannot represent")


def test_output_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["sweep", *TWO, *SMALL, "--output", str(tmp_path / "out")]
    assert main(command) == 0
    assert capsys.readouterr().out == ""
    assert main([*command, "--format", "table"]) == 0
    printed = capsys.readouterr()
    assert "Nothing to compute" in printed.err
    assert printed.out.splitlines()[-1] == "8 cells, 0 failed."
    grown = [word.replace("gain=0.5:2:4", "gain=0.5:2.5:5") for word in command]
    assert main(grown) == 0
    assert "To compute: 2 cells" in capsys.readouterr().err


@pytest.mark.parametrize("axes", [TWO[:2], TWO, [*TWO, "--grid", "activation=relu,tanh"]])
def test_a_picture(axes: list[str], tmp_path: Path) -> None:
    target = tmp_path / "picture.html"
    assert main(["sweep", *axes, *SMALL, "--picture", str(target), "--output", str(tmp_path / "out")]) == 0
    text = target.read_text(encoding="utf-8")
    assert text.count("<h2>") == (2 if len(axes) == 6 else 1)
    assert "http" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL), "It needs nothing else."


def test_a_ready_made_study_takes_flags_of_what_it_does_not_vary(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--depth", "2", "--width", "6", "--batch", "2"]
    assert main(["sweep", "--study", "phase_diagram", *flags, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len({(row["bias"], row["gain"]) for row in rows}) == len(READY["phase_diagram"].grid())


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--grid", "gain"], ["--grid", "gain="], ["--grid", "gain=1:2:0"], ["--grid", "gian=1"],
        ["--grid", "init=foo"], ["--grid", "gain=1", "--gain", "2"], ["--grid", "gain=1", "--grid", "gain=2"],
        ["--study", "gian"], ["--study", "gains", "--grid", "gain=1"], ["--study", "gains", "--gain", "2"],
        ["--grid", "gain=1", "--keep", "all"], ["--grid", "gain=1", "--workers", "0"],
        ["--grid", "gain=1", "--workers", "two"], ["--grid", "gain=1", "--output", "/proc/none"],
        ["--grid", "gain=1", "--picture", "a.pdf"], ["--grid", "gain=1", "--picture", "/nonexistent/a.html"],
        ["--grid", "gain=1", "--dask", "tcp://x:1", "--workers", "2"], ["--grid", "gain=1", "--depth", "0"],
        ["--grid", "seed=1:99999:99999", "--grid", "gain=0:1:9999"],
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1 and printed.err.rstrip().endswith((".", "?"))


def test_the_help_has_an_example_that_works_as_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sweep", "--help"])
    shown = capsys.readouterr().out
    assert EXAMPLE in shown
    assert all(f"--study {name}" in shown for name in READY)
    (example,) = re.findall(r"^  (simulator sweep .*?[^\\])$", EXAMPLE, flags=re.MULTILINE | re.DOTALL)
    words = shlex.split(example.replace("\\\n", " "))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", *words], cwd=tmp_path, env=ENVIRONMENT,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert load_sweep(tmp_path / "sweep-of-gains")["cell"].nunique() == 21


# ------------------------------------------------------------------------------------------ interruptions

ENVIRONMENT = os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}
MANY = Grid(Experiment(depth=4, width=16, batch=8), seed=range(240))
COMMAND = ["sweep", "--grid", "seed=0:239:240", "--depth", "4", "--width", "16", "--batch", "8", "--workers", "2"]
PORTIONS = 5  # of at most four cells; what is done after the first, only Ctrl-C's own writing can keep
Started = subprocess.Popen[str]


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[tuple[Started, Path]]:
    """A sweep that has written its first part, holds more in memory and stands still there."""
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.standing", str(PORTIONS), *COMMAND, "--output", str(out)], env=ENVIRONMENT,
        start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == "standing\n", process.stderr.read()
    yield process, out
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return sweep(MANY, workers=2)


def finished(out: Path) -> set[int]:
    return set(load_sweep(out)["cell"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Looks for the processes in /proc.")
def test_kill_9_loses_nothing_and_repeats_nothing(
    driver: tuple[Started, Path], expected: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    process, out = driver
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) >= 2
    process.kill()
    process.wait()
    before = {part: part.read_bytes() for part in parts(out)}
    done = finished(out)
    assert 0 < len(done) < len(MANY)
    until(lambda: not any(map(_alive, children)), "Its workers stayed.")
    assert main([*COMMAND, "--output", str(out)]) == 0
    assert f"To compute: {len(MANY) - len(done)} cells" in capsys.readouterr().err
    assert {part: part.read_bytes() for part in before} == before
    cells = [cell for part in parts(out) for cell in pd.read_parquet(part)["cell"].unique()]
    assert sorted(cells) == list(range(len(MANY))), "Each is there once."
    pd.testing.assert_frame_equal(load_sweep(out), expected, check_exact=True)


def _alive(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.skipif(os.name != "posix", reason="Sends a signal to a group of processes.")
def test_ctrl_c_keeps_what_is_done(driver: tuple[Started, Path]) -> None:
    process, out = driver
    first = len(finished(out))
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in told
    kept = len(finished(out))
    assert first < kept < len(MANY)
    assert told.splitlines()[-1] == (
        f"Stopped: {kept} of {len(MANY)} cells are kept in {out}; the same command goes on from there."
    )
