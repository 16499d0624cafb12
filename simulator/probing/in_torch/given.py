"""A model and its batch as a command names them: package.module:factory, and an .npz file or a shape."""

from __future__ import annotations

import importlib
import math
import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from simulator.settings import SettingError, echo

TARGET = "target"
"""The name of the array that is no input but what a loss is of."""

_MOST = 2**28
"""Numbers of a random batch."""


def model(name: str) -> nn.Module:
    """The module that `package.module:factory` makes, or is; raises SettingError, whatever its code may raise."""
    package, colon, inside = name.partition(":")
    if not (colon and package and inside):
        raise SettingError(f"A model is named package.module:factory; got {echo(name)}.")
    torch.manual_seed(0)  # the same command, the same numbers
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        built: Any = importlib.import_module(package)
        for each in inside.split("."):
            built = getattr(built, each)
        if callable(built) and not isinstance(built, nn.Module):
            torch.manual_seed(0)  # whatever the import has drawn
            built = built()
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        raise SettingError(f"{name} gives no model: {type(error).__name__}: {said}".rstrip(".: ") + ".") from error
    if not isinstance(built, nn.Module):
        raise SettingError(f"{name} gives no torch.nn.Module but {echo(type(built).__name__)}.")
    return built


def batch(path: str, made: nn.Module) -> tuple[Any, Tensor | None]:
    """The batch and the target in an .npz file: one array, or arrays by the names of the model's arguments."""
    try:
        with np.load(Path(path), allow_pickle=False) as kept:
            arrays = {"batch": kept} if isinstance(kept, np.ndarray) else dict(kept)
    except OSError as error:
        raise SettingError(f"--batch {path} cannot be read: {error.strerror or error}.") from None
    except Exception as error:  # whatever a file may raise that is none
        raise SettingError(f"--batch {path} is not an .npz file of arrays: {type(error).__name__}.") from None
    tensors = {name: _tensor(array, made) for name, array in arrays.items()}
    target = tensors.pop(TARGET, None)
    if not tensors:
        raise SettingError(f"--batch {path} has no array beside {TARGET}.")
    return (next(iter(tensors.values())) if len(tensors) == 1 else tensors), target


def noise(shape: str, made: nn.Module, seed: int = 0) -> Tensor:
    """A batch drawn N(0, 1) of a shape as 64x3x32x32; raises SettingError."""
    looks = re.fullmatch(r"[1-9][0-9]{0,8}(x[1-9][0-9]{0,8})*", shape)
    sizes = [int(size) for size in shape.split("x")] if looks else []
    if not sizes or math.prod(sizes) > _MOST:
        raise SettingError(f"--shape must look like 64x3x32x32, of at most {_MOST:,} numbers; got {echo(shape)}.")
    return _tensor(np.random.default_rng(seed).standard_normal(sizes), made)


def _tensor(array: np.ndarray[Any, Any], made: nn.Module) -> Tensor:
    """On the model's device; floating-point numbers in its precision."""
    first = next(made.parameters(), torch.zeros(()))
    try:
        tensor = torch.from_numpy(np.ascontiguousarray(array))
    except TypeError:
        raise SettingError(f"--batch has an array of {array.dtype}, which is no tensor.") from None
    return tensor.to(first.device, first.dtype if tensor.is_floating_point() else tensor.dtype)
