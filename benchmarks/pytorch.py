"""The job of `propagate` in PyTorch: fresh weights, forward, autograd backward, the same statistics."""

from __future__ import annotations

import torch

from simulator import Experiment

_SATURATED = 2.17827221
"""|h| above which a tanh unit counts as saturated at the default threshold."""


def run(experiment: Experiment) -> list[dict[str, float]]:
    """Propagate one Gaussian network of tanh or ReLU units; every statistic of every layer as plain numbers."""
    batch, widths = experiment.batch, experiment.layer_widths
    deviations = [experiment.weight_variance(layer) ** 0.5 for layer in range(1, len(widths))]
    weights = [
        (torch.randn(fan_out, fan_in) * deviation).requires_grad_()
        for fan_in, fan_out, deviation in zip(widths, widths[1:], deviations, strict=False)
    ]
    phi = torch.relu if experiment.activation == "relu" else torch.tanh
    signal = torch.randn(batch, widths[0]).requires_grad_()
    signals, preactivations = [signal], []
    for weight in weights:
        preactivation = torch.nn.functional.linear(signal, weight)
        signal = phi(preactivation)
        preactivation.retain_grad()
        signal.retain_grad()
        preactivations.append(preactivation)
        signals.append(signal)
    signal.backward(torch.randn(batch, widths[-1]))
    with torch.no_grad():
        return [
            _statistics(experiment, preactivation, after, weight)
            for preactivation, after, weight in zip(preactivations, signals[1:], weights, strict=True)
        ]


def _statistics(
    experiment: Experiment, preactivation: torch.Tensor, signal: torch.Tensor, weight: torch.Tensor
) -> dict[str, float]:
    found = {}
    for name, tensor in (
        ("preactivation", preactivation),
        ("activation", signal),
        ("preactivation_gradient", preactivation.grad),
        ("activation_gradient", signal.grad),
        ("weight_gradient", weight.grad),
    ):
        variance, mean = torch.var_mean(tensor, correction=0)
        found |= {f"{name} mean": mean.item(), f"{name} variance": variance.item()}
        found[f"{name} second_moment"] = (variance + mean**2).item()
    flat = preactivation <= 0 if experiment.activation == "relu" else preactivation.abs() > _SATURATED
    found["saturated"], found["dead"] = flat.float().mean().item(), flat.all(dim=0).float().mean().item()
    for name, tensor in (("preactivation", preactivation), ("activation", signal)):
        unit = torch.nn.functional.normalize(tensor, dim=1)
        count = len(unit)
        found[f"{name} correlation"] = ((unit.sum(dim=0).square().sum() - count) / (count * (count - 1))).item()
    return found
