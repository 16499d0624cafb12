"""simulator code, simulator report."""

from __future__ import annotations

import ast
import csv
import json

import pytest

from simulator import Experiment, Initializer, export
from simulator.cli import main

SMALL = ["--depth", "3", "--width", "8", "--batch", "4"]


@pytest.mark.parametrize("framework", export.FRAMEWORKS)
def test_code_prints_a_script(capsys: pytest.CaptureFixture[str], framework: str) -> None:
    assert main(["code", "--framework", framework, *SMALL]) == 0
    printed = capsys.readouterr()
    assert printed.err == "" and printed.out == export.code(Experiment(depth=3, width=8, batch=4), framework)
    ast.parse(printed.out)


def test_a_report_and_its_tables_are_written(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    page, comma, document = (tmp_path / name for name in ("a.html", "a.csv", "a.json"))
    assert main(["report", *SMALL, "--output", str(page), "--csv", str(comma), "--json", str(document)]) == 0
    assert capsys.readouterr().out == ""
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    rows = json.loads(document.read_text(encoding="utf-8"))["rows"]
    with comma.open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    assert {row["source"] for row in rows} == {"simulation", "theory"}


def test_what_cannot_be_written_or_said_is_one_sentence(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = str(tmp_path / "missing" / "a.html")
    assert main(["report", *SMALL, "--output", nowhere]) == 2
    assert capsys.readouterr().err == f"--output {nowhere} cannot be written: No such file or directory.\n"
    assert main(["report", *SMALL, "--output", str(tmp_path / "a.html"), "--csv", nowhere]) == 2
    assert capsys.readouterr().err.startswith("--csv ")
    monkeypatch.setattr(Initializer.registry["torch_default"], "code", {})
    assert main(["code", *SMALL, "--framework", "numpy", "--init", "torch_default"]) == 2
    assert capsys.readouterr().err.count(".\n") == 1
    assert main(["code", "--framework", "caffe"]) == 2
    assert "caffe" in capsys.readouterr().err
