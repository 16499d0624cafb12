"""The page Gains: the own activation is marked, its gains can be taken over; a layer of one's own has its fans."""

from __future__ import annotations

import pytest

from simulator.theory.gains import gains

SMALL = {"depth": "4", "width": "16", "batch": "8"}


@pytest.mark.parametrize("activation", ["tanh", "leaky_relu(negative_slope=0.2)"])
def test_the_own_activation_is_marked(open_app, activation: str) -> None:
    app = open_app("pages/gains.py", activation=activation, **SMALL)
    (table,) = [sentence for sentence in app.sentences if 'class="gains"' in sentence]
    assert table.count("(this experiment)") == 1
    assert f"{activation} (this experiment)" in table
    short = activation.replace("negative_slope=", "")
    for chart in app.charts:
        assert [text for text in chart["layout"]["yaxis"]["ticktext"] if "<b>" in text] == [f"<b>▸ {short}</b>"]


def test_a_gain_is_taken_over(open_app) -> None:
    app = open_app("pages/gains.py", init="he_normal", bias="normal(std=0.1)", **SMALL)
    wanted = f"{gains('tanh').keeps_gradient:.6g}"
    app.button(key=f"use-{wanted}").click().run()
    assert not app.exception
    assert app.link["gain"] == wanted
    assert app.link["init"] == "lecun_normal"
    assert "bias" not in app.link
    assert app.says("σ<sub>w</sub> = 1.467 at the first layer")


def test_two_purposes_may_share_a_gain(open_app) -> None:
    app = open_app("pages/gains.py", activation="relu", **SMALL)
    labels = [button.label.replace("\\", "") for button in app.button if (button.key or "").startswith("use-")]
    assert labels == ["Use 1.41421: signal, gradient, PyTorch", "Use 1.71286: centred variance"]


def test_the_fans_of_a_layer_follow_its_line(open_app) -> None:
    app = open_app("pages/gains.py", shared="nn.Conv2d(32, 32, 3, groups=32)")
    assert app.says("PyTorch and Keras count fan_out = 288 where it is 9")
    app.text_input(key="shared").set_value("Linear(64, 10)").run()
    assert app.link["shared"] == "Linear(64, 10)" and not app.says("fan_out = 288")
    assert app.says("Every output sums 64 channels × 1 place of the kernel = 64 products")


def test_another_text_says_so_and_the_last_layer_stays(open_app) -> None:
    app = open_app("pages/gains.py")
    app.text_input(key="shared").set_value("LSTM(3, 4)").run()
    assert app.says("is none of Linear, Conv1d to 3d and ConvTranspose1d to 3d")
    assert app.says("Every output sums 64 channels × 9 places of the kernel = 576 products") and not app.exception
