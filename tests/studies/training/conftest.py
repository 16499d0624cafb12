"""PyTorch's training, stored and, where it is installed, live."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """The module that trains in PyTorch."""
    spec = spec_from_file_location("pytorch_training", Path(__file__).with_name("reference.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def stored(reference: ModuleType) -> dict[str, np.ndarray]:
    """What PyTorch 2.13 gave."""
    with np.load(reference.STORED, allow_pickle=False) as arrays:
        return dict(arrays)
