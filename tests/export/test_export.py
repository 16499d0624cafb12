"""Every framework's script: it parses, says what it is, and refuses in one sentence what it cannot say."""

from __future__ import annotations

import ast
import shlex
import subprocess
import sys
from urllib.parse import parse_qsl

import pytest

from simulator import Activation, Bias, Experiment, Initializer, InputLaw, SettingError, export, propagate
from simulator.losses import Loss
from simulator.normalization import Normalization
from simulator.residual import Residual

FRAMEWORKS = list(export.FRAMEWORKS)
SMALL = {"depth": 4, "width": 12, "batch": 8}
EVERY = [
    *({"init": name} for name in Initializer.registry),
    *({"last_init": name, "gain": 1.25} for name in Initializer.registry),
    *({"activation": name} for name in Activation.registry),
    *({"bias": name} for name in Bias.registry),
    *({"inputs": name} for name in InputLaw.registry),
    *({"residual": name, "last_activation": "linear"} for name in Residual.registry),
    *({"normalization": name} for name in Normalization.registry),
    *({"loss": name} for name in Loss.registry),
    *({"dropout": 0.7, "residual": name, "activations": "tanh*3 | relu"} for name in Residual.registry),
    {"init": "he_normal(negative_slope=0.3, mode=fan_out)", "activation": "leaky_relu(negative_slope=0.3)"},
    {"init": "variance_scaling(scale=2, mode=fan_avg, distribution=truncated_normal)", "widths": "9-7-5"},
    {"init": "constant(value=-1)", "inputs": "gaussian(mean=-1, std=0)", "bias": "constant(value=-2)"},
    {"inputs": "digits", "width": 100, "batch": 2000},
    {"widths": "-".join(["7", "8"] * 60)},
]


SILENT = {("trunc_normal", "keras"), ("sparse", "keras"), ("sparse", "flax")}
"""Laws that a framework has no word for."""


def is_silent(settings: dict, framework: str) -> bool:
    """Whether a framework cannot say an experiment, and says so in a sentence."""
    silent = any((settings.get(name), framework) in SILENT for name in ("init", "last_init"))
    if silent:
        with pytest.raises(SettingError, match=r"There is no .* code for the initializer"):
            export.code(Experiment(**SMALL | settings), framework)
    return silent


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("settings", EVERY, ids=str)
def test_every_part_is_said_in_every_framework(framework: str, settings: dict) -> None:
    if is_silent(settings, framework):
        return
    text = export.code(Experiment(**SMALL | settings), framework, "A diagnosis.")
    tree = ast.parse(text)
    compile(tree, framework, "exec")
    assert ast.get_docstring(tree)
    assert {"Network", "measure", "draw_inputs"} <= {node.name for node in tree.body if hasattr(node, "name")}
    assert all(len(line) <= 120 for line in text.splitlines() if not line.startswith("# ")), text


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_names_that_are_used_are_there(framework: str) -> None:
    """What a linter would say of the scripts: no name undefined, no import unused."""
    for settings in EVERY:
        if is_silent(settings, framework):
            continue
        text = export.code(Experiment(**SMALL | settings), framework, "A diagnosis.")
        found = subprocess_lint(text) if settings is EVERY[-1] else ""
        assert not found
        tree = ast.parse(text)
        imported = {
            (alias.asname or alias.name).split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert imported <= used, settings


def subprocess_lint(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "check", "--select", "F", "--isolated", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return "" if "No module named" in done.stderr else done.stdout.replace("All checks passed!\n", "")


def test_the_head_holds_diagnosis_command_and_link() -> None:
    experiment = Experiment(**SMALL, activation="leaky_relu(negative_slope=0.2)", init="he_normal", gain=1.5)
    lines = export.code(experiment).splitlines()
    comments = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    headline = propagate(experiment).verdict.headline
    assert " ".join(comments).startswith(headline)
    (link,) = [line for line in comments if line.startswith("?")]
    assert Experiment.from_params(dict(parse_qsl(link[1:]))) == (experiment, [])
    (command,) = [line for line in comments if line.startswith("simulator run")]
    words = shlex.split(command)[2:]
    assert Experiment(**{name[2:]: value for name, value in zip(words[::2], words[1::2], strict=True)}) == experiment


def test_the_defaults_have_no_link_in_the_head() -> None:
    comments = [line for line in export.code(Experiment()).splitlines() if line.startswith("#")]
    assert comments[-1] == "# simulator run" and not [line for line in comments if line.startswith("# ?")]


def test_a_network_that_takes_long_is_judged_by_theory() -> None:
    text = export.code(Experiment(depth=4, width=65536, batch=512, init="lecun_normal"))
    comments = " ".join(line.removeprefix("# ") for line in text.splitlines() if line.startswith("#"))
    assert comments.startswith("Critical: ")
    assert "Every weight matrix is formed here: 128 GiB." in comments


def test_what_cannot_be_said_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match=r"framework must be one of \[pytorch.*Did you mean 'pytorch'"):
        export.code(Experiment(), "pytroch")
    monkeypatch.setattr(Initializer.registry["torch_default"], "code", {})
    with pytest.raises(SettingError, match=r"^There is no NumPy code for the initializer torch_default\.$"):
        export.code(Experiment(init="torch_default"), "numpy", "A diagnosis.")


def test_numpy_runs_as_a_program(tmp_path) -> None:
    experiment = Experiment(**SMALL, seeds=3, seed=5, residual="pre", normalization="layer_norm", loss="squared_error")
    script = tmp_path / "network.py"
    script.write_text(export.code(experiment, "numpy"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", str(script)], capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0][0] == "layer"
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "3", "4"]
    assert all(float(number) > 0 for row in rows[1:] for number in row[1:])
