"""PyTorch's training, stored and, where it is installed, live."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


def _module(name: str) -> ModuleType:
    spec = spec_from_file_location(f"pytorch_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """The module that trains plain layers in PyTorch."""
    return _module("reference")


@pytest.fixture(scope="session")
def wired() -> ModuleType:
    """The module that trains branches and norms in PyTorch."""
    return _module("reference_wired")


@pytest.fixture(scope="session")
def stored(reference: ModuleType) -> dict[str, np.ndarray]:
    """What PyTorch 2.13 gave."""
    with np.load(reference.STORED, allow_pickle=False) as arrays:
        return dict(arrays)
