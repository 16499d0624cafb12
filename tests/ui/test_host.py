"""What is sent to the browser, and the files it is drawn with."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulator import charts
from simulator.figures import Figure, style
from simulator.ui import host


def figure(y: object = (1.0, 2.0), name: str = "a") -> Figure:
    return Figure([{"type": "scatter", "y": y}], {"xaxis": {"range": (0, 1)}}, name=name, title="T", caption="C")


def sent(*figures: Figure) -> dict:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(host.encode(figures), parse_constant=refuse)


def test_a_payload_has_words_data_and_the_dark_colours():
    payload = sent(figure(), figure(name="b"))
    assert payload["columns"] == 2
    assert payload["dark"] == style.DARK
    first, second = payload["figures"]
    assert (first["name"], second["name"]) == ("a", "b")
    assert first["title"] == first["alt"] == "T" and first["caption"] == "C" and first["clickable"] is False
    assert first["data"][0]["y"] == [1, 2] and first["layout"]["xaxis"]["range"] == [0, 1]


@pytest.mark.parametrize("y", [np.array([1.0, np.nan, np.inf, -np.inf]), [1.0, np.nan, np.inf, -np.inf]])
def test_what_json_cannot_say_is_null(y):
    assert sent(figure(y))["figures"][0]["data"][0]["y"] == [1, None, None, None]


@pytest.mark.parametrize(
    ("y", "expected"),
    [(np.array([0.1 + 0.2, 1 / 3, -2e-7 / 3]), [0.3, 0.33333, -6.6667e-8]), (np.array([123456.7]), [123460]),
     (np.array([3, 4]), [3, 4]), (np.array([[0.5, 1 / 3]]), [[0.5, 0.33333]]), (np.float32(0.1), 0.1),
     ("text", "text"), (np.array([True]), [True]), (np.array([0.0, -0.0]), [0, 0])],
)  # fmt: skip
def test_numbers_are_short(y, expected):
    assert sent(figure(y))["figures"][0]["data"][0]["y"] == expected


@given(arrays.arrays(np.float64, st.integers(0, 20), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_rounding_keeps_five_digits_of_any_number(numbers):
    rounded = host.round_significant(numbers)
    with np.errstate(under="ignore"):
        np.testing.assert_allclose(rounded, numbers, rtol=5.1e-5, atol=0)


def test_encoding_the_same_figures_gives_the_same_bytes():
    assert host.encode([figure(np.arange(3.0))]) == host.encode([figure(np.arange(3.0))])


def test_the_browsers_own_script_and_style_have_no_colours_of_their_own():
    for file in charts.BROWSER.iterdir():
        text = file.read_text()
        fallbacks = [*re.findall(r"get\('--st-[\w-]+', '(#[0-9a-f]+)'\)", text), "#fff"]
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= set(fallbacks)


def test_the_environment_can_choose_streamlits_own_charts(monkeypatch):
    assert host.persistent()
    monkeypatch.setenv("SIMULATOR_CHARTS", "plotly_chart")
    assert not host.persistent()
