"""A copy of a model with fresh weights."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from simulator.initializers import Initializer
from simulator.initializers.base import Place
from simulator.probing.in_torch.measures import kind_of
from simulator.settings import SettingError

Scheme = Initializer | Callable[[nn.Module], Any] | None


def devices(model: nn.Module) -> list[torch.device]:
    """The devices, beside the processor, whose random state a model may use."""
    return list({each.device for each in model.parameters() if each.device.type == "cuda"})


def initialized(model: nn.Module, seed: int, scheme: Scheme) -> tuple[nn.Module, list[str]]:
    """A copy with weights drawn anew, and a sentence for what could not be.

    By each module's own reset_parameters, or by a function of the model. A scheme of ours then fills the weights of
    linear and convolutional modules, whose biases become 0. Raises SettingError where a model cannot be copied.
    """
    try:
        made = copy.deepcopy(model)
    except Exception as error:
        raise SettingError(f"probe: the model cannot be copied to be initialized again: {error}") from error
    with torch.random.fork_rng(devices=devices(model)), torch.no_grad():
        torch.manual_seed(seed)
        if scheme is not None and not isinstance(scheme, Initializer):
            scheme(made)
            return made, []
        kept = [name or "the model" for name, module in made.named_modules() if not _reset(module)]
        if scheme is not None:
            _fill(made, scheme, np.random.default_rng(seed))
    more = f" and {len(kept) - 4} more" if len(kept) > 4 else ""
    sentence = f"Not initialized again, for want of a reset_parameters: {', '.join(kept[:4])}{more}."
    return made, [sentence] if kept else []


def _reset(module: nn.Module) -> bool:
    """Draw a module's own weights anew; False where it has some and no way to."""
    reset = getattr(module, "reset_parameters", getattr(module, "_reset_parameters", None))
    if reset is not None:
        reset()
    return reset is not None or next(module.parameters(recurse=False), None) is None


def _fill(model: nn.Module, scheme: Initializer, rng: np.random.Generator) -> None:
    places = [each for each in model.modules() if kind_of(each) in ("linear", "convolution") and each.weight.dim() > 1]
    for layer, module in enumerate(places, 1):
        weight = module.weight
        assert isinstance(weight, Tensor)
        turned = weight.transpose(0, 1) if "Transpose" in type(module).__name__ else weight
        kernel = turned[0, 0].numel()
        rows, columns = turned.shape[0], turned.shape[1] * kernel
        law = scheme.at(Place(layer, len(places)))
        drawn, had = law.sample(rng, rows, columns), law.deviation(columns, rows)
        # A kernel's fan_out counts its places too.
        drawn = drawn * (law.deviation(columns, rows * kernel) / had) if had else drawn
        turned.copy_(torch.from_numpy(drawn).reshape(turned.shape))
        if isinstance(bias := getattr(module, "bias", None), Tensor):
            bias.zero_()
