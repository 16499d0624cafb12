"""Variants as text, the networks that they are, and what these are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.experiment import Experiment
from simulator.settings import SettingError
from simulator.studies import comparison

HERE = Experiment(depth=4, width=16, batch=8)
GOOD = [
    "init=he_normal",
    "activation=relu",
    "gain=2",
    "depth=7",
    "bias=normal(std=0.1)",
    "defaults,gain=0.5",
    "defaults",
]


def labels(text: str, present: Experiment = HERE) -> list[str]:
    found, left_out = comparison.networks(present, comparison.parse(text), seconds=10)
    assert not left_out
    return [network.label for network in found]


@given(st.lists(st.sampled_from(GOOD), unique=True, max_size=comparison.MOST - 1))
def test_text_reads_back(pieces: list[str]) -> None:
    found = comparison.parse("|".join(pieces))
    assert comparison.parse(comparison.joined(found)) == found
    assert len(found) == len(pieces)


def test_text_is_canonical() -> None:
    text = " gain = 2.0 , activation=relu | init=kaiming_normal|init=he_normal"
    assert comparison.joined(comparison.parse(text)) == "activation=relu,gain=2|init=he_normal"
    scaling = "init=variance_scaling(scale=3, mode=fan_out)"
    assert comparison.joined(comparison.parse(scaling)) == scaling
    assert comparison.joined(()) == comparison.NONE
    assert comparison.parse(comparison.NONE) == ()


@pytest.mark.parametrize(
    "text",
    [
        "init",
        "gain=2,gain=3",
        "gian=2",
        "gain=-1",
        "init=hee",
        "widths=8-x",
        "|".join(f"depth={d}" for d in range(1, 7)),
    ],
)
def test_what_cannot_be_used_is_said(text: str) -> None:
    with pytest.raises(SettingError):
        comparison.parse(text)


def test_labels_say_what_differs() -> None:
    assert labels("init=he_normal|init=normal(std=1)") == ["xavier_normal (present)", "he_normal", "normal(std=1)"]
    assert labels("gain=2") == ["gain 1 (present)", "gain 2"]
    assert labels("activation=relu,init=he_normal|gain=2") == ["present", "relu, he_normal", "gain 2"]
    assert labels("widths=8-4-2") == ["present", "8-4-2"]
    assert labels("depth=4", HERE.replace(widths="8-4-2")) == ["8-4-2 (present)", "depth 4"]
    assert labels("") == ["present"]


def test_the_same_network_is_there_once() -> None:
    assert labels("init=xavier_normal|gain=1|gain=1.5") == ["gain 1 (present)", "gain 1.5"]
    found, _ = comparison.networks(HERE, comparison.parse("gain=1"), seconds=10)
    assert [network.variant for network in found] == [None]


def test_a_pinned_network_stays_while_the_present_one_changes() -> None:
    pinned = comparison.joined([comparison.pin(HERE.replace(gain=2))])
    (_, other), _ = comparison.networks(HERE.replace(activation="relu"), comparison.parse(pinned), seconds=10)
    assert other.experiment == HERE.replace(gain=2)
    assert other.label == "tanh, gain 2"
    assert comparison.pin(Experiment()).of(HERE) == Experiment()


def test_what_does_not_go_together_or_takes_long_is_left_out() -> None:
    variants = comparison.parse("engine=matrix_free,init=uniform|width=60000,depth=2000,seeds=99|gain=2")
    found, left_out = comparison.networks(HERE, variants, seconds=10)
    assert [network.label for network in found] == ["gain 1 (present)", "gain 2"]
    assert len(left_out) == 2
    assert "matrix_free" in left_out[0] and "would take" in left_out[1]


def test_what_needs_much_memory_is_left_out() -> None:
    variants = comparison.parse("init=uniform,width=1024,depth=1|gain=2")
    found, left_out = comparison.networks(HERE, variants, seconds=10, bytes=2**20)
    assert [network.label for network in found] == ["gain 1 (present)", "gain 2"]
    assert len(left_out) == 1 and "each may take 1 MiB" in left_out[0]


@pytest.mark.parametrize("name", Experiment.settings())
def test_every_setting_has_usual_values(name: str) -> None:
    found = comparison.usual(HERE, name)
    assert 0 < len(found) <= comparison.MOST - 2
    assert all(variant.only(name) is not None and variant.of(HERE) != HERE for variant in found)
