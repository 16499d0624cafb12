"""A user's arrays: of NumPy or PyTorch, in lists, in a state_dict or in an .npz file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simulator.scaled import Floats
from simulator.settings import SettingError, echo

State = Mapping[str, Any]
Given = Sequence[ArrayLike] | State | str | Path
"""Weights in order; or weights and biases by name, or the .npz file that has them."""

_NAME = re.compile(r"(?P<stem>.*?)(?P<what>weight|kernel|bias|W|w|b)(?P<number>\d*)")
"""How layers are named: 0.weight and 0.bias, dense/kernel and dense/bias, W1 and b1."""


def array(given: Any, dimensions: int, where: str) -> Floats:
    """A finite array of so many dimensions in double precision; raises SettingError."""
    if hasattr(given, "detach"):  # a tensor of PyTorch, which may want a gradient or live elsewhere
        given = given.detach().to("cpu").double().numpy()
    try:
        numbers = np.asarray(given)
        if np.iscomplexobj(numbers):
            raise TypeError
        numbers = numbers.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise SettingError(f"Network.{where} must be an array of numbers.") from None
    if numbers.ndim != dimensions or numbers.size == 0 or not np.isfinite(numbers).all():
        raise SettingError(f"Network.{where} must be a finite, non-empty array of {dimensions} dimensions.")
    return numbers


def layers(given: Given, biases: Sequence[ArrayLike] | None) -> tuple[list[Floats], list[Floats]]:
    """Weights (fan_out, fan_in) and biases (fan_out,) of every layer, biases of 0 where none are given."""
    if isinstance(given, str | Path):
        given = _read(Path(given))
    if isinstance(given, Mapping):
        if biases is not None:
            raise SettingError("Network.biases must be None where weights are a state that has them; leave them out.")
        return _by_name(given)
    weights = [array(weight, 2, f"weights[{index}]") for index, weight in enumerate(given)]
    each = [np.zeros(len(weight)) for weight in weights] if biases is None else list(biases)
    return weights, [array(bias, 1, f"biases[{index}]") for index, bias in enumerate(each)]


def _read(path: Path) -> State:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if isinstance(arrays, np.ndarray):
                raise SettingError(
                    f"Network.weights must be an .npz file of all weights and biases; {path} has one array."
                )
            return dict(arrays)
    except OSError as error:
        raise SettingError(
            f"Network.weights must name an .npz file; {path} cannot be read: {error.strerror or error}."
        ) from None
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        if isinstance(error, SettingError):
            raise
        raise SettingError(
            f"Network.weights must name an .npz file; {path} is not an .npz file of arrays: {type(error).__name__}."
        ) from None


def _by_name(state: State) -> tuple[list[Floats], list[Floats]]:
    """The layers of named arrays, in their order; what is no layer's weight or bias is refused by its name."""
    weights: dict[tuple[str, str], Floats] = {}
    biases: dict[tuple[str, str], Floats] = {}
    for name, given in state.items():
        match = _NAME.fullmatch(name)
        what = match["what"].lower()[0] if match else ""
        if match is None or np.ndim(given) != (1 if what == "b" else 2):
            raise SettingError(
                f"Network.weights must be weights (fan_out, fan_in) and biases; {echo(name)} of shape "
                f"{tuple(np.shape(given))} is neither, nor the bias of a layer: give lists, or probe the whole model."
            )
        matrix = array(given, np.ndim(given), name)
        place = match["stem"], match["number"]
        if what == "b":
            biases[place] = matrix
        else:
            weights[place] = matrix.T if what == "k" else matrix  # a kernel is (fan_in, fan_out)
    lonely = [place for place in biases if place not in weights]
    if lonely:
        raise SettingError(
            f"Network.weights must have a weight for every bias; {echo(''.join(lonely[0]))} has no weight."
        )
    return list(weights.values()), [biases.get(place, np.zeros(len(each))) for place, each in weights.items()]
