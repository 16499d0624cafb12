"""simulator probe: a model by its name, its batch, what is printed and what is saved; bad ones in a sentence."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from simulator import Probe
from simulator.cli import main

pytest.importorskip("torch")

CODE = """
import torch
from torch import nn

def net():
    return nn.Sequential(nn.Linear(6, 12), nn.LeakyReLU(0.2), nn.Linear(12, 3))

class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
    def forward(self, x, weight):
        return self.inner(x) * weight

double = net().double()
nothing = 3
def broken():
    raise RuntimeError("no room\\nat all")
"""


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "probed_models.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "probed_models", raising=False)
    rng = np.random.default_rng(0)
    np.savez("data.npz", batch=rng.standard_normal((8, 6)), target=np.arange(8) % 3)
    np.savez("two.npz", x=rng.standard_normal((8, 4)), weight=np.ones((8, 1), dtype=np.float32))


def test_a_table_the_verdict_and_a_file_that_is_read_again(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["probe", "probed_models:net", "--batch", "data.npz", "--loss", "cross_entropy"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert [line.split()[:2] for line in out.splitlines()[:5]] == [
        ["module", "kind"], ["input", "input"], ["0", "linear"], ["1", "activation"], ["2", "linear"],
    ]  # fmt: skip
    assert main([*words, "--output", "signal.parquet"]) == 0
    found = Probe.load("signal.parquet")
    assert capsys.readouterr().err.splitlines()[0] == found.verdict.headline == err.splitlines()[0]
    assert [str(part) for part in found.activations] == ["leaky_relu(negative_slope=0.2)"]


def test_json_seeds_and_a_scheme(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--shape", "16x6", "--seeds", "2", "--reinit", "he_normal", "--learning-rate", "0.1", "--format", "json"]
    assert main(["probe", "probed_models:double", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["seed"] for row in told["rows"]} == {0, 1}
    assert {"update_ratio"} <= {row["statistic"] for row in told["rows"]}


def test_arrays_by_the_names_of_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "probed_models:Two", "--batch", "two.npz", "--format", "csv"]) == 0
    assert ",inner,linear," in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["probed_models:net"], "--batch FILE or --shape SIZES"),
        (["probed_models:net", "--batch", "data.npz", "--shape", "3x6"], "one of them"),
        (["probed_models", "--shape", "3x6"], "package.module:factory"),
        (["no_such_module:net", "--shape", "3x6"], "ModuleNotFoundError"),
        (["probed_models:missing", "--shape", "3x6"], "AttributeError"),
        (["probed_models:broken", "--shape", "3x6"], "RuntimeError: no room."),
        (["probed_models:nothing", "--shape", "3x6"], "no torch.nn.Module"),
        (["probed_models:net", "--shape", "3by6"], "--shape must look like"),
        (["probed_models:net", "--shape", "99999x99999"], "at most"),
        (["probed_models:net", "--shape", "3x7"], "does not take a batch of shape (3, 7)"),
        (["probed_models:net", "--batch", "nowhere.npz"], "cannot be read"),
        (["probed_models:net", "--batch", "probed_models.py"], "is not an .npz file"),
        (["probed_models:net", "--shape", "3x6", "--seeds", "1.5"], "whole number"),
        (["probed_models:net", "--shape", "3x6", "--seeds", "0"], "[1, 1000]"),
        (["probed_models:net", "--shape", "3x6", "--reinit", "he"], "probe.reinit"),
        (["probed_models:net", "--shape", "3x6", "--loss", "hinge"], "probe.loss"),
        (["probed_models:net", "--shape", "3x6", "--output", "nowhere/signal.parquet"], "cannot be written"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", *words]) == 2
    out, err = capsys.readouterr()
    assert said in err and err.count("\n") == 1 and not out
