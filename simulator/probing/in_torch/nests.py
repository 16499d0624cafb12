"""Nests of tensors, as models take and return them: tuples, lists, dicts and data classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor


def tensors(nest: Any) -> Iterator[Tensor]:
    """The tensors of a nest, in order."""
    if isinstance(nest, Tensor):
        yield nest
        return
    if isinstance(nest, Mapping):
        nest = nest.values()
    elif hasattr(nest, "__dataclass_fields__"):
        nest = vars(nest).values()
    elif not isinstance(nest, tuple | list):
        return
    for each in nest:
        yield from tensors(each)


def floats(nest: Any) -> list[Tensor]:
    """Those that hold floating-point numbers."""
    return [tensor for tensor in tensors(nest) if tensor.is_floating_point()]


def mapped(nest: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """The same nest with every tensor changed."""
    if isinstance(nest, Tensor):
        return change(nest)
    if isinstance(nest, Mapping):
        return {key: mapped(each, change) for key, each in nest.items()}
    return type(nest)(mapped(each, change) for each in nest) if type(nest) in (tuple, list) else nest
