"""Forward and backward through somebody's PyTorch module, measured by hooks as the passes go: torch lives here alone.

Statistics are taken on a tensor's own device and precision (half precision in single); nothing is kept but numbers.
Gradients come through hooks on tensors, which tell the value before an operation in place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from simulator.probing.in_torch.fresh import devices
from simulator.probing.in_torch.fresh import initialized as initialized
from simulator.probing.in_torch.nests import floats, mapped, tensors
from simulator.probing.in_torch.watch import Wanted, Watch
from simulator.probing.points import INPUT, Point, ProbedPasses
from simulator.settings import SettingError, echo

LOSSES = ("cross_entropy", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "nll_loss",
          "binary_cross_entropy_with_logits")  # fmt: skip
"""Names of torch.nn.functional that a loss may be given by."""

_MADE_OF = "is compiled, which hides its modules: probe the module that it was made of"
REFUSED = {
    "OptimizedModule": _MADE_OF,
    "ScriptModule": _MADE_OF,
    "DataParallel": "is spread over devices: probe its .module",
    "DistributedDataParallel": "is spread over processes: probe its .module",
    "FullyShardedDataParallel": "is sharded: probe it before it is wrapped",
    "FSDPModule": "is sharded: probe it before it is wrapped",
}
"""Classes whose modules cannot be seen, and what to do."""


def check(model: Any) -> None:
    """Raise SettingError, one sentence, where a model cannot be probed."""
    if not isinstance(model, nn.Module):
        raise SettingError(f"probe.model must be a torch.nn.Module; got {echo(type(model).__name__)}.")
    for name, module in model.named_modules():
        for base in type(module).__mro__:
            if base.__name__ in REFUSED:
                raise SettingError(f"probe: {name or 'the model'} {REFUSED[base.__name__]}.")
            if base.__module__.startswith("torch") and "quantized" in base.__module__:
                raise SettingError(f"probe: {name or 'the model'} is quantized, and no gradient passes through it.")
    parameters = list(model.parameters())
    if not parameters:
        raise SettingError("probe: the model has no parameters, so nothing in it was initialized.")
    if any(isinstance(each, nn.parameter.UninitializedParameter) for each in parameters):
        raise SettingError("probe: the model has lazy parameters, without a shape yet: run it once first.")
    if not any(each.requires_grad for each in parameters):
        raise SettingError("probe: no parameter asks for a gradient; call model.requires_grad_(True) first.")


def run(
    model: nn.Module,
    batch: Any,
    target: Any = None,
    loss: Any = None,
    wanted: Wanted = None,
    *,
    seed: int = 0,
    saturation: float = 0.05,
    learning_rate: float | None = None,
) -> ProbedPasses:
    """One forward and one backward pass; the model is left as it was found, whatever happens."""
    watch = Watch(model, wanted, saturation)
    with _as_found(model), torch.inference_mode(False), torch.enable_grad(), watch.hooked():
        given = mapped(batch, lambda tensor: tensor.detach().clone().requires_grad_(tensor.is_floating_point()))
        leaves = [tensor for tensor in tensors(given) if tensor.requires_grad]
        given = mapped(given, lambda tensor: tensor.clone())  # no leaf: a module may change it in place
        first = next(tensors(given), None)
        if first is None:
            raise SettingError("probe.batch must be a tensor, or tensors in a tuple, a list or a dict.")
        if first.is_floating_point():
            watch.seen(first, Point(INPUT, "input"))
        with _in_one_sentence(f"the model does not take a batch of shape {tuple(first.shape)}"):
            output = model(**given) if isinstance(given, Mapping) else model(*_arguments(given))
        watch.listening = False
        tops = [tensor for tensor in floats(output) if tensor.requires_grad]
        if not tops:
            raise SettingError("probe: the model's output has no gradient function (no_grad, detach, whole numbers).")
        parameters = [each for each in model.parameters() if each.requires_grad]
        roots, starts = _start(tops, output, target, loss, seed)
        gradients = torch.autograd.grad(roots, [*parameters, *leaves], starts, allow_unused=True)
        watch.weighed(dict(zip(map(id, parameters), gradients, strict=False)), learning_rate)
    return watch.finished()


def _start(
    tops: list[Tensor], output: Any, target: Any, loss: Any, seed: int
) -> tuple[list[Tensor], list[Tensor] | None]:
    """Where the backward pass begins: the loss, or the outputs with gradients N(0, 1)."""
    if loss is None:
        random = torch.Generator().manual_seed(seed)
        drawn = [torch.randn(top.shape, generator=random, dtype=torch.float64) for top in tops]
        return tops, [start.to(top.device, top.dtype) for start, top in zip(drawn, tops, strict=True)]
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise SettingError(f"probe.loss must be a function or one of {', '.join(LOSSES)}; got {echo(loss)}.")
        loss = getattr(nn.functional, loss)
    with _in_one_sentence("the loss does not take the model's output"):
        value = loss(output) if target is None else loss(output, target)
    if not isinstance(value, Tensor) or value.numel() != 1 or not value.requires_grad:
        raise SettingError("probe: the loss must be one number with a gradient.")
    return [value], None


@contextlib.contextmanager
def _in_one_sentence(what: str) -> Iterator[None]:
    """Whatever goes wrong in somebody's code is told in one sentence, its own error being the cause."""
    try:
        yield
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        raise SettingError(f"probe: {what}: {type(error).__name__}: {said}".rstrip(".: ") + ".") from error


@contextlib.contextmanager
def _as_found(model: nn.Module) -> Iterator[None]:
    """Buffers and random state are afterwards what they were before."""
    buffers = [(module, dict(module._buffers)) for module in model.modules()]
    contents = [(each, each.detach().clone()) for _, own in buffers for each in own.values() if each is not None]
    try:
        with torch.random.fork_rng(devices=devices(model)):
            yield
    finally:
        with torch.no_grad():
            for module, own in buffers:
                module._buffers.clear()
                module._buffers.update(own)
            for each, content in contents:
                each.copy_(content)


def examples(batch: Any) -> int:
    """How many examples a batch has: the first tensor's first dimension."""
    first = next(tensors(batch), None)
    return int(first.shape[0]) if first is not None and first.dim() else 1


def _arguments(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, tuple | list) else (given,)
