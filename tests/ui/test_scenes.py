"""Lists of scenes: what they read as, and what is wrong with bad ones."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.settings import SettingError
from simulator.ui.present import scenes

LECTURE = """
# A lecture
ReLU halves; activation=relu; init=xavier_normal

He holds; activation=relu; init=he_normal(mode=fan_out)
As it is
"""


def test_a_file_is_read_line_by_line():
    halves, holds, plain = scenes.parse(LECTURE)
    assert halves.title == "ReLU halves" and halves.changes == {"activation": "relu"}  # xavier_normal is the default
    assert holds.changes["init"] == "he_normal(mode=fan_out)"
    assert plain == scenes.Scene("As it is", {})
    assert scenes.parse("") == ()


def test_a_list_travels_in_a_link():
    read = scenes.parse(LECTURE)
    assert scenes.parse(scenes.joined(read)) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He; init=he_norml", "Scene 1: Experiment.init must be one of"),
        ("Fine\nHe; inti=he_normal", "Scene 2: Experiment has no setting 'inti'"),
        ("He; he_normal", "Scene 1 must read title; setting=value"),
        ("He; depth=3; depth=4", "Scene 1 must read"),
        ("depth=3", "Scene 1 must begin with its title"),
        (";", "Scene 1 must begin with its title; got ''"),
        ("x\n" * 61, "at most 60 scenes"),
        ("x" * 6001, "at most 6,000 characters"),
    ],
)
def test_a_bad_list_gets_one_sentence(text, words):
    with pytest.raises(SettingError) as error:
        scenes.parse(text)
    assert words in str(error.value) and "\n" not in str(error.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with suppress(SettingError):
        read = scenes.parse(text)
        assert scenes.parse(scenes.joined(read)) == read
