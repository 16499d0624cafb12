"""What `sim.probe` costs beside a training step of the same model: time in one run, memory in a process each.

    python -m benchmarks.probe_cost [--rounds 9]

Models as people write them, from torch.nn alone: a ResNet and a GPT of tests/probing/models.py, a ViT.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

import simulator as sim
from tests.probing import models


def resnet() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """16 blocks of 64 channels on 32 images of 32 x 32."""
    return models.resnet(blocks=16, channels=64), torch.randn(32, 3, 32, 32), torch.randint(0, 10, (32,))


def vit() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """12 layers of width 192 (ViT-Tiny) on 32 images of 56 x 56, patches of 4."""
    return models.Vision(12, 192), torch.randn(32, 3, 56, 56), torch.randint(0, 10, (32,))


def gpt() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """12 layers of width 384 on 16 sequences of 256 tokens."""
    tokens = torch.randint(0, 1000, (16, 256))
    return models.GPT(12, 384, 6, 1000, 256), tokens, tokens


MODELS: dict[str, Callable[[], tuple[nn.Module, torch.Tensor, torch.Tensor]]] = {
    "ResNet": resnet,
    "ViT": vit,
    "GPT": gpt,
}


def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(output.flatten(0, -2), target.flatten())


def step(model: nn.Module, batch: torch.Tensor, target: torch.Tensor) -> None:
    """A training step of SGD."""
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    optimizer.zero_grad()
    loss(model(batch), target).backward()
    optimizer.step()


def measured(model: nn.Module, batch: torch.Tensor, target: torch.Tensor) -> None:
    """A probe with all of its statistics and the verdict."""
    _ = sim.probe(model, batch, target, loss, learning_rate=1e-3).verdict


ACTS: dict[str, Callable[..., Any]] = {"nothing": lambda *_: None, "step": step, "probe": measured}


def high_water() -> float:
    """MiB that this process has had at most; ru_maxrss would count what its parent had."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


def peak(model: str, act: str) -> float:
    """MiB at the peak of a process that does it three times."""
    words = [sys.executable, "-m", "benchmarks.probe_cost", "--one", model, act]
    return float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """A line a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    if options.one:
        given = MODELS[options.one[0]]()
        for _ in range(3):
            ACTS[options.one[1]](*given)
        print(high_water())
        return
    for name, make in MODELS.items():
        given = make()
        taken: dict[str, list[float]] = {"step": [], "probe": []}
        for _ in range(options.rounds):
            for act, times in taken.items():
                start = time.perf_counter()
                ACTS[act](*given)
                times.append(time.perf_counter() - start)
        ratio = statistics.median(b / a for a, b in zip(taken["step"], taken["probe"], strict=True))
        idle, trained, probed = (peak(name, act) for act in ACTS)
        print(
            f"{name}: a step {statistics.median(taken['step']) * 1000:.0f} ms, a probe {ratio:.2f} x; "
            f"peak {trained:.0f} MiB, {probed:.0f} MiB: {probed / trained:.2f} x, "
            f"beside {idle:.0f} MiB before either {(probed - idle) / (trained - idle):.2f} x",
            flush=True,
        )


if __name__ == "__main__":
    main()
