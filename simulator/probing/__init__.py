"""Somebody's own network: probed where it lives, in PyTorch, or given by its weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from simulator.initializers import Initializer
from simulator.probing.record import Probe as Probe
from simulator.settings import SettingError, echo
from simulator.values import check_kind

if TYPE_CHECKING:
    from torch import nn


def probe(
    model: nn.Module,
    batch: Any,
    target: Any = None,
    loss: str | Callable[..., Any] | None = None,
    modules: str | Iterable[str] | Callable[[str, nn.Module], bool] = "auto",
    seeds: int = 1,
    reinit: str | Callable[[nn.Module], Any] | None = None,
    *,
    saturation: float = 0.05,
    learning_rate: float | None = None,
) -> Probe:
    """Measure one forward and one backward pass through a `torch.nn.Module`, from module to module.

    `batch` is what the model takes: a tensor, a tuple of arguments or a dict of named ones, examples in the first
    dimension. The gradient at the outputs is N(0, 1) unless a `loss` of (output, target), or of the output alone, is
    given: a function, or a name of torch.nn.functional as "cross_entropy". `modules` are "auto" (all that put out
    something of their own), names, or a function of name and module. With several `seeds` each network is a copy,
    initialized again by its modules' own reset_parameters, by a function of the model or by a scheme of the
    simulator: `reinit="he_normal"`. `learning_rate` adds update_ratio, that of an SGD step to the weights.

    The model is left as it was: hooks, .grad, buffers, random state, training mode. Raises SettingError, one sentence,
    where it cannot be probed. Needs PyTorch: pip install "variance-propagation-simulator[torch]".

    >>> import torch  # doctest: +SKIP
    >>> model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))  # doctest: +SKIP
    >>> print(probe(model, torch.randn(32, 64)).verdict.headline)  # doctest: +SKIP
    """
    require_torch()
    from simulator.probing import in_torch

    check_kind(seeds, int, "probe.seeds")
    if not 1 <= seeds <= 1000:
        raise SettingError(f"probe.seeds must lie in [1, 1000]; got {seeds}.")
    in_torch.check(model)
    wanted = _wanted(model, modules)
    scheme = Initializer.parse(reinit, "probe.reinit") if isinstance(reinit, str) else reinit
    runs = []
    for seed in range(seeds):
        made, remarks = (model, []) if seeds == 1 and scheme is None else in_torch.initialized(model, seed, scheme)
        runs.append(
            in_torch.run(
                made, batch, target, loss, wanted, seed=seed, saturation=saturation, learning_rate=learning_rate
            )
        )
        runs[-1].notes += remarks
    return Probe.of(runs, range(seeds), in_torch.examples(batch))


def require_torch() -> None:
    """Raise SettingError where PyTorch is not installed."""
    if find_spec("torch") is None:
        raise SettingError('probe needs PyTorch: pip install "variance-propagation-simulator[torch]".')


def _wanted(model: nn.Module, modules: Any) -> Callable[[str, nn.Module], bool] | None:
    if modules == "auto":
        return None
    if callable(modules):
        return modules  # type: ignore[no-any-return]
    names = [modules] if isinstance(modules, str) else list(modules)
    known = {name for name, _ in model.named_modules()}
    lacking = [name for name in names if name not in known]
    if lacking:
        raise SettingError(f"probe.modules: the model has no module {echo(lacking[0])}.")
    return lambda name, module: name in names
