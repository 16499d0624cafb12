"""What papers and codebases say of their inits, seen through a probe."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Probe, probe

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from tests.probing import models  # noqa: E402

SEEDS = 8


def sums(found: Probe) -> np.ndarray:
    """log2 of E x^2 of the stream after each block: (seeds, blocks)."""
    places = [place for place, point in enumerate(found.points) if point.kind == "sum"]
    return np.log2(found.curves["activation", "second_moment"][0][:, places])


def he(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")


def within(found: np.ndarray, expected: float, errors: float = 4.0) -> None:
    """The mean over seeds (axis 0) lies within so many of its standard errors of what is expected."""
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert np.all(np.abs(found.mean(axis=0) - expected) < errors * error), (found.mean(axis=0), error)


def test_a_resnet_without_norm_doubles_per_block() -> None:
    """Zhang et al. 2019 (Fixup), section 2: Var x_{l+1} = Var x_l + Var F(x_l) = 2 Var x_l with He's init."""
    model = models.resnet(models.PreBlock, blocks=6, channels=32, norm=False)
    found = sums(probe(model, torch.randn(8, 3, 8, 8), seeds=SEEDS, reinit=he))
    within(found[:, 1:] - found[:, :-1], 1.0)


def test_with_batch_norm_each_block_adds_as_much() -> None:
    """Brock et al. 2021, figure 1, drawn by timm's PR 525: variance grows linearly along a stage, by one a block."""
    model = models.resnet(models.PreBlock, blocks=8, channels=32)
    found = 2.0 ** sums(probe(model, torch.randn(16, 3, 8, 8), seeds=SEEDS, reinit=he))
    within(found[:, 1:] - found[:, :-1], 1.0, errors=5.0)


def gpt(layers: int, scaled: bool) -> tuple[models.GPT, np.ndarray]:
    """Var of the stream at the end over that at the start, less one, for nanoGPT's init; (seeds,)."""

    def init(model: nn.Module) -> None:
        for name, parameter in model.named_parameters():
            std = 0.02 / np.sqrt(2 * layers) if scaled and name.endswith(("proj.weight", "mlp.2.weight")) else 0.02
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=std)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    model = models.GPT(layers)
    tokens = torch.randint(0, 100, (4, 64), generator=torch.Generator().manual_seed(1))
    found = probe(model, tokens, seeds=4, reinit=init)
    values = found.curves["activation", "variance"][0]
    stream = [place for place, point in enumerate(found.points) if point.kind == "sum" and "layers." in point.module]
    start = [place for place, point in enumerate(found.points) if point.kind == "embedding"]
    return values[:, stream[-1]] / values[:, start].sum(axis=1) - 1


def test_gpt_2s_residual_projections_keep_the_streams_variance_at_any_depth() -> None:
    """Radford et al. 2019: weights of residual layers scaled by 1/sqrt(N). What is added does not grow with depth."""
    few, many = (gpt(layers, scaled=True) for layers in (4, 32))
    assert many.mean() == pytest.approx(few.mean(), abs=4 * np.hypot(few.std(ddof=1), many.std(ddof=1)) / 2 + 0.02)
    plain_few, plain_many = (gpt(layers, scaled=False) for layers in (4, 32))
    assert 6 < plain_many.mean() / plain_few.mean() < 10, (
        "0.02 everywhere adds eight times as much in eight times as many"
    )
    assert plain_many.mean() > 20 * many.mean()
