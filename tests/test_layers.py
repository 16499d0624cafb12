"""Lists with a value a layer: one text for one network, and what each layer has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Experiment, SettingError
from simulator.activations import Activation
from simulator.layered import SAME

ACTIVATIONS = st.sampled_from(["tanh", "relu", "linear", "leaky_relu(negative_slope=0.3)"])
INITS = st.sampled_from(["he_normal", "orthogonal", "normal(std=0.5)", "variance_scaling(scale=2, mode=fan_out)"])
GAINS = st.sampled_from(["1", "0.5", "2"])


def test_each_layer_has_what_the_list_says() -> None:
    experiment = Experiment(
        width=30,
        activations="tanh*3|relu *2| relu*4 | linear",
        inits="kaiming_normal*9 | orthogonal",
        gains="1*9 | 0.01",
    )
    assert experiment.activations == "tanh*3 | relu*6 | linear"
    names = [experiment.activation_at(layer).name for layer in range(1, 11)]
    assert names == ["tanh"] * 3 + ["relu"] * 6 + ["linear"]
    assert [experiment.init_at(layer).name for layer in range(1, 11)] == ["he_normal"] * 9 + ["orthogonal"]
    assert [experiment.gain_at(layer) for layer in range(1, 11)] == [1.0] * 9 + [0.01]
    assert experiment.weight_variance(9) == pytest.approx(2 / 30)
    assert experiment.weight_variance(10) == pytest.approx(0.01**2 / 30)
    assert (experiment.depth, experiment.activation, experiment.last_activation) == (10, "relu", "linear")
    assert experiment.params() == {
        "width": "30",
        "init": "he_normal",
        "last_init": "orthogonal",
        "activations": "tanh*3 | relu*6 | linear",
        "gains": "1*9 | 0.01",
    }


def test_layers_that_are_alike_need_no_list() -> None:
    """So that a link of today keeps its text, and depth stays free where only the last layer is another."""
    assert Experiment(activations="relu*4") == Experiment(depth=4, activation="relu")
    assert Experiment(gains="2*4") == Experiment(depth=4, gain=2)
    short = Experiment(depth=4, activation="relu", last_activation="linear", last_init="zeros")
    assert Experiment(activations="relu*3 | linear", inits="xavier_normal*3 | zeros") == short
    assert short.params() == {"depth": "4", "activation": "relu", "last_activation": "linear", "last_init": "zeros"}
    assert short.replace(depth=9).activation_at(9).name == "linear"


@given(
    st.integers(1, 12).flatmap(
        lambda depth: st.tuples(
            *(st.lists(entry, min_size=depth, max_size=depth) for entry in (ACTIVATIONS, INITS, GAINS))
        )
    )
)
def test_any_lists_read_back(lists: tuple[list[str], list[str], list[str]]) -> None:
    activations, inits, gains = lists
    experiment = Experiment(activations="|".join(activations), inits="|".join(inits), gains="|".join(gains))
    assert Experiment.from_params(experiment.params()) == (experiment, [])
    assert experiment.depth == len(gains)
    layers = range(1, experiment.depth + 1)
    assert [str(experiment.activation_at(layer)) for layer in layers] == activations
    assert [str(experiment.init_at(layer)) for layer in layers] == inits
    assert [experiment.gain_at(layer) for layer in layers] == list(map(float, gains))


MIXED = Experiment(activations="tanh*3 | relu*6 | linear", inits="zeros | he_normal*9", gains="1*9 | 0.01")


def test_a_single_setting_takes_the_place_of_a_list() -> None:
    assert MIXED.replace(activation="elu").activations == ""
    assert MIXED.replace(gain=3) == MIXED.replace(gains="3*10")
    deeper = MIXED.replace(depth=20)
    assert (deeper.activations, deeper.inits, deeper.gains) == ("", "", "")
    assert (deeper.activation, deeper.last_activation, deeper.init, deeper.gain) == ("relu", "linear", "he_normal", 1.0)
    assert MIXED.replace(width=8).replace(width=256) == MIXED
    assert MIXED.replace(residual="post", loss="squared_error").bare() == MIXED


def test_a_new_last_layer_is_one_more_entry_of_a_list() -> None:
    assert MIXED.replace(last_activation="sigmoid").activations == "tanh*3 | relu*6 | sigmoid"
    assert MIXED.replace(last_activation=SAME).activations == "tanh*3 | relu*7"
    assert MIXED.replace(last_init="orthogonal").inits == "zeros | he_normal*8 | orthogonal"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"widths": "3-4-5", "gains": "1|2|3"},
         "Experiment.gains must name as many layers as Experiment.widths; got 3 and 2."),
        ({"inits": "zeros*4", "gains": "1*3|2"}, ""),
        ({"inits": "zeros*4", "gains": "1*3"},
         "Experiment.gains must name as many layers as Experiment.inits; got 3 and 4."),
        ({"gains": "1*3|x"}, "Experiment.gains must be a finite number; got 'x'."),
        ({"gains": "1|-2"}, "Experiment.gains must lie in [0, 1000]; got '-2'."),
        ({"activations": "tanh|"}, "Experiment.activations must look like tanh*3 | relu*6 | linear; got 'tanh|'."),
        ({"inits": "zeros*1999 | he_normal*2"}, "Experiment.inits must name at most 2000 layers; got 2001."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_sentence(changes: dict[str, str], sentence: str) -> None:
    if not sentence:
        assert Experiment(**changes)
        return
    with pytest.raises(SettingError) as caught:
        Experiment(**changes)
    assert str(caught.value) == sentence


def test_two_thousand_layers_are_read_as_fast_as_their_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    parse = Activation.parse.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(Activation, "parse", classmethod(lambda cls, *text: read.append(text) or parse(cls, *text)))
    experiment = Experiment(width=4, activations=" | ".join(["tanh", "relu"] * 1000))
    assert [experiment.activation_at(layer).name for layer in (1, 2, 2000)] == ["tanh", "relu", "relu"]
    assert Experiment.from_params(experiment.params()) == (experiment, [])
    assert len(read) < 20
