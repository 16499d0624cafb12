"""Exported scripts as the tests see them: their names, after running them without their last part."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulator import Experiment, export
from simulator.inputs import DIGIT_LEVELS, digit_images


def names(experiment: Experiment, framework: str) -> dict[str, Any]:
    """What the script defines; as an import of it, not as a program."""
    scope: dict[str, Any] = {"__name__": "exported"}
    with np.errstate(all="ignore"):
        before = np.geterr()
        exec(compile(export.code(experiment, framework, "A diagnosis."), framework, "exec"), scope)
        np.seterr(**before)  # the script sets its own
    return scope


@pytest.fixture
def run_script():
    """`run_script(experiment, framework)` gives the script's names."""
    return names


@pytest.fixture
def scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """scikit-learn's digits, from the copy in this repository."""
    data = digit_images().reshape(-1, 64) * DIGIT_LEVELS
    module: Any = ModuleType("sklearn.datasets")
    module.load_digits = lambda: SimpleNamespace(data=data)
    monkeypatch.setitem(sys.modules, "sklearn", ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
