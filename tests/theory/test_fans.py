"""Fans of layers that share weights: sums counted by the layers themselves, and torch.nn.init's own numbers."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.settings import SettingError
from simulator.theory.fans import EXAMPLE, shared_layer

LAYERS = [
    "Linear(64, 10)",
    "Conv2d(4, 6, 3)",
    "nn.Conv2d(4, 6, 3, groups=2)",
    "torch.nn.Conv2d(8, 8, (3, 5), groups=8)",
    "Conv1d(6, 4, 4, stride=2)",
    "Conv2d(4, 6, 4, 2)",
    "Conv3d(2, 4, 2, groups=2, bias=False)",
    "ConvTranspose1d(6, 4, 4, stride=2)",
    "ConvTranspose2d(4, 6, 3)",
    "ConvTranspose2d(4, 6, 4, stride=2, groups=2)",
]


@pytest.mark.parametrize("text", LAYERS)
def test_sums_are_those_of_the_layer_itself(text: str) -> None:
    """With weights and inputs of 1 an output far from the border is the number of its terms; so is a gradient."""
    torch = pytest.importorskip("torch")
    found = shared_layer(text)
    layer = eval(text if "nn." in text else f"nn.{text}", {"torch": torch, "nn": torch.nn})
    layer.weight.data.fill_(1.0)
    if layer.bias is not None:
        layer.bias.data.zero_()
    inputs = torch.ones(1, found.fan[0], *[24] * (layer.weight.dim() - 2), requires_grad=True)
    outputs = layer(inputs)
    outputs.sum().backward()
    assert _middle(outputs) == pytest.approx(found.summed)
    assert _middle(inputs.grad) == pytest.approx(found.spread)
    assert torch.nn.init._calculate_fan_in_and_fan_out(layer.weight) == found.pytorch


def _middle(values) -> float:
    """The mean over four places a dimension, which every stride here divides."""
    places = [slice(size // 2 - 2, size // 2 + 2) for size in values.shape[2:]]
    return values[(slice(None), slice(None), *places)].mean().item()


def test_where_frameworks_count_otherwise() -> None:
    depthwise = shared_layer("Conv2d(32, 32, 3, groups=32)")
    assert depthwise.summed == depthwise.spread == 9
    assert depthwise.pytorch == depthwise.keras == (9, 288)  # a fan_out that is 32 times what an input goes into
    up = shared_layer("ConvTranspose2d(64, 32, 4, stride=2)")
    assert (up.summed, up.spread) == (256, 512)
    assert up.pytorch == up.keras == (512, 1024)
    assert shared_layer("Linear(64, 10)").keras == (64, 10)
    (_, told) = depthwise.sentences
    assert told.startswith("PyTorch and Keras count fan_out = 288 where it is 9") and "32 times too small" in told
    assert [f"fan_{way}" in line for way, line in zip(("in", "out"), up.sentences[1:], strict=True)] == [True, True]
    assert len(shared_layer("Linear(64, 10)").sentences) == len(shared_layer("Conv2d(64, 128, 3)").sentences) == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "Conv2d", "Conv2d()", "Conv2d(64)", "Conv2d(64, 128)", "Conv4d(1, 1, 1)", "LSTM(3, 4)", "Conv2d(0, 1, 1)",
        "Conv2d(3, 4, 1, groups=2)", "Conv2d(3, 4, (1, 2, 3))", "Conv2d(3, 4, 2.5)", "Conv2d(3, 4, True)",
        "Conv2d(3, 4, 1, speed=2)", "Conv2d(*[1, 2, 3])", "Conv2d(**{})", "__import__('os').system('true')",
        "Conv2d(3, 4, ().__class__)", "Conv2d(3, 4, 10**9)", "Conv2d(" * 60, "(" * 150, "Conv2d(3, 4, 1)" * 20,
        "Conv2d(1, 2, 3, 4, 5)", "Conv2d(\x00)", "Conv2d(in_channels=3)",
    ],
)  # fmt: skip
def test_another_text_is_one_sentence(text: str) -> None:
    with pytest.raises(SettingError) as refused:
        shared_layer(text)
    sentence = str(refused.value)
    assert sentence.endswith(".") and len(sentence.splitlines()) == 1 and len(sentence) < 300


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text_is_a_layer_or_a_sentence(text: str) -> None:
    for each in (text, f"Conv2d({text})", EXAMPLE.replace("3", text)):
        with contextlib.suppress(SettingError):
            assert shared_layer(each).summed > 0
