"""--table FILE: inputs that are drawn from a file of one's own, or one sentence; never silently others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.cli import main

SMALL = ["--depth", "2", "--width", "6", "--batch", "8"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "mine.csv"
    np.savetxt(path, np.random.default_rng(0).standard_normal((20, 6)) * 3 + 5, delimiter=",")
    return str(path)


def variance(capsys: pytest.CaptureFixture[str], *arguments: str) -> float:
    """Of the inputs."""
    assert main(["run", *SMALL, "--format", "json", *arguments]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    found = [r["value"] for r in rows if (r["quantity"], r["statistic"], r["layer"]) == ("activation", "variance", 0)]
    return float(found[0])


def test_inputs_come_from_the_file(capsys: pytest.CaptureFixture[str], file: str) -> None:
    raw = variance(capsys, "--inputs", "table(scale=raw)", "--table", file)
    assert 5 < raw < 14, "N(5, 9), of 48 numbers."
    standardized = variance(capsys, "--table", file)
    assert 0.5 < standardized < 1.5
    assert standardized != variance(capsys), "Not the Gaussian ones."


@pytest.mark.parametrize("command", ["run", "theory", "link", "code", "report"])
def test_a_table_that_is_not_named_is_asked_for(
    capsys: pytest.CaptureFixture[str], command: str, tmp_path: Path
) -> None:
    output = ["--output", str(tmp_path / "a.html")] if command == "report" else []
    assert main([command, *SMALL, "--inputs", "table", *output]) == 2
    assert capsys.readouterr().err == "--inputs table needs --table FILE, a CSV file of numbers.\n"


def test_what_does_not_go_together_or_is_no_table_is_one_sentence(
    capsys: pytest.CaptureFixture[str], file: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,x\n")
    for arguments, words in (
        (["--inputs", "digits", "--table", file], "--table goes with --inputs table"),
        (["--table", str(tmp_path / "none.csv")], "cannot be read: No such file"),
        (["--table", str(bad)], "at least 10 are needed"),
        (["--table", "a\0b"], "cannot be the name of a file"),
    ):
        assert main(["run", *SMALL, *arguments]) == 2
        printed = capsys.readouterr()
        assert words in printed.err and len(printed.err.splitlines()) == 1 and not printed.out


def test_a_sweep_draws_from_it_too(capsys: pytest.CaptureFixture[str], file: str) -> None:
    grid = ["sweep", *SMALL, "--grid", "inputs=gaussian,table", "--workers", "1"]
    assert main(grid) == 2
    assert "--inputs table needs --table FILE" in capsys.readouterr().err
    assert main(["sweep", *SMALL, "--grid", "gain=1,2", "--table", file]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 cells, 0 failed."
