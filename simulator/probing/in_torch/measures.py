"""Statistics of a tensor, on its device; and which of the simulator's parts a module of torch.nn is."""

from __future__ import annotations

import contextlib
import math

import torch
from torch import Tensor, nn

from simulator.activations import Activation
from simulator.probing.points import Weights
from simulator.settings import SettingError

Numbers = dict[str, Tensor]
"""A number on the device for each statistic."""

KINDS = {
    "linear": "linear", "conv": "convolution", "batchnorm": "norm", "normalization": "norm", "instancenorm": "norm",
    "activation": "activation", "pooling": "pooling", "dropout": "dropout", "sparse": "embedding", "rnn": "recurrent",
}  # fmt: skip
"""The kind of a module by the file of torch.nn.modules that it comes from."""


_ORDINARY = (1e-30, 1e30)
"""Mean squares that single precision squares without a scale."""

_CANCELS = 0.05
"""The part of a mean square below which a variance is not taken as a difference."""


def moments(tensor: Tensor, *, pairs: bool = True) -> Numbers:
    """Mean, variance and mean square, pooled; between examples (the first dimension) correlation and variance too."""
    values = tensor.detach()
    values = values if values.dtype in (torch.float32, torch.float64) else values.float()
    rows = values.reshape(len(values) if values.dim() > 1 else 1, -1)
    pairs = pairs and values.dim() > 1 and len(values) > 1
    quick = _quickly(rows, pairs) if values.device.type == "cpu" else None
    return _carefully(rows, pairs) if quick is None else quick


def _quickly(rows: Tensor, pairs: bool) -> Numbers | None:
    """In few passes over the data, and the fast ones on a processor; None where digits would be lost."""
    size = max(1, rows.numel())
    norms = torch.linalg.vector_norm(rows, dim=1).double()
    second, mean = float(norms @ norms) / size, float(rows.sum(dim=1).double().sum()) / size
    variance = second - mean**2
    if not (_ORDINARY[0] < second < _ORDINARY[1] and variance > _CANCELS * second):
        return None
    numbers = {"mean": mean, "variance": variance, "second_moment": second, "finite": 1.0}
    if pairs:
        there = norms > 0
        inverse = torch.where(there, 1 / norms, torch.zeros_like(norms))
        both = torch.stack([inverse, torch.full_like(inverse, 1 / len(rows))]).to(rows.dtype) @ rows
        total, middle = both.double()
        count = float(there.sum())
        between = second - float(middle @ middle) * len(rows) / size
        if between < _CANCELS * second:
            apart = torch.linalg.vector_norm(rows - both[1], dim=1).double()
            between = float(apart @ apart) / size
        numbers["correlation"] = (float(total @ total) - count) / (count * (count - 1)) if count > 1 else math.nan
        numbers["between_variance"] = between
    return {name: torch.tensor(number, dtype=torch.float64) for name, number in numbers.items()}


def _carefully(rows: Tensor, pairs: bool) -> Numbers:
    """Of any values: scaled first, differences before squares."""
    values, scale = _scaled(rows)
    variance, mean = torch.var_mean(values, correction=0)
    numbers = {"mean": mean * scale, "variance": variance * scale**2, "second_moment": (variance + mean**2) * scale**2}
    numbers["finite"] = torch.isfinite(variance)
    if pairs:
        norms = torch.linalg.vector_norm(values, dim=1)
        there = norms > 0
        total = torch.where(there, 1 / norms, torch.zeros_like(norms)) @ values
        count = there.sum().to(total.dtype)
        numbers["correlation"] = (total @ total - count) / (count * (count - 1))
        apart = torch.linalg.vector_norm(values - values.mean(dim=0), dim=1)
        numbers["between_variance"] = (apart @ apart) / values.numel() * scale**2
    return numbers


def _scaled(values: Tensor) -> tuple[Tensor, Tensor]:
    """Values in [-1, 1], and the power of two that was taken out of them."""
    top = torch.linalg.vector_norm(values, float("inf"))
    exponent = torch.where(top > 0, torch.frexp(top).exponent, 0)
    exact = torch.float32 if values.device.type == "mps" else torch.float64
    return torch.ldexp(values, -exponent), torch.ldexp(torch.ones((), dtype=exact, device=values.device), exponent)


def sides(tensor: Tensor, activation: Activation, saturation: float) -> Numbers:
    """Of an activation's input: the fractions on its flat side, below 0, and of units always on the flat side.

    A unit is a channel (dimension 1) of maps (four dimensions and more), else an entry of the last dimension.
    """
    values = tensor.detach()
    flat: Tensor = activation.saturated(values, saturation)  # type: ignore[assignment, unused-ignore]
    unit = 1 if values.dim() > 3 else values.dim() - 1
    others = [axis for axis in range(values.dim()) if axis != unit]
    by_unit = flat.sum(dim=others) if others else flat.long()
    most = values.numel() // max(1, by_unit.numel())
    fractions = {
        "saturated_fraction": by_unit.sum() / values.numel(),
        "dead_fraction": (by_unit == most).double().mean(),
    }
    if activation.rectifier:
        fractions["inactive_fraction"] = (values < 0).sum() / values.numel()
    return fractions


def kind_of(module: nn.Module) -> str:
    """linear, convolution, norm, activation, attention, recurrent, embedding, pooling, dropout, or other."""
    for base in type(module).__mro__:
        if base.__name__ == "MultiheadAttention":
            return "attention"
        if base.__module__.startswith("torch.nn.modules.") and base is not nn.Module:
            return KINDS.get(base.__module__.rpartition(".")[2], "other")
    return "other"


def activation_of(module: nn.Module) -> Activation | None:
    """The activation here that a module of torch.nn is, by its name and numbers; None where there is none."""
    if getattr(module, "approximate", "none") != "none":
        return None
    for name, part in Activation.registry.items():
        if name.replace("_", "") == type(module).__name__.lower():
            given = {each: value for each in part.settings() if isinstance(value := getattr(module, each, None), float)}
            with contextlib.suppress(SettingError):
                return part(**given)
    return None


def weights_of(name: str, module: nn.Module) -> Weights:
    """The law of a linear or convolutional module's weights, as it shows in them."""
    arrays = [
        each.detach().to("cpu", torch.float64).numpy() if isinstance(each, Tensor) else None
        for each in (module.weight, getattr(module, "bias", None))
    ]
    assert arrays[0] is not None
    turned = arrays[0].swapaxes(0, 1) if "Transpose" in type(module).__name__ else arrays[0]
    return Weights.of(name, kind_of(module), turned, arrays[1])
