"""The page Gains without a browser: a layer of the user's own and its fans."""

from __future__ import annotations

PAGE = "pages/gains.py"


def test_the_fans_of_a_layer_follow_its_line(open_app) -> None:
    app = open_app(PAGE, shared="nn.Conv2d(32, 32, 3, groups=32)")
    assert app.says("PyTorch and Keras count fan_out = 288 where it is 9")
    app.text_input(key="shared").set_value("Linear(64, 10)").run()
    assert app.link["shared"] == "Linear(64, 10)" and not app.says("fan_out = 288")
    assert app.says("Every output sums 64 channels × 1 place of the kernel = 64 products")


def test_another_text_says_so_and_the_last_layer_stays(open_app) -> None:
    app = open_app(PAGE)
    app.text_input(key="shared").set_value("LSTM(3, 4)").run()
    assert app.says("is none of Linear, Conv1d to 3d and ConvTranspose1d to 3d")
    assert app.says("Every output sums 64 channels × 9 places of the kernel = 576 products") and not app.exception
