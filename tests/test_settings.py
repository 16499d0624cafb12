"""Settings: checks, canonical text, registries."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.settings import LONGEST_TEXT, Part, SettingError, Settings, number_text, setting


class Shape(Part):
    """A registry made for these tests."""


@dataclass(frozen=True)
class Circle(Shape, name="circle", aliases=("disc",)):
    """A circle. It has more to say."""

    radius: float = setting(1.0, bounds=(0, 10))


@dataclass(frozen=True)
class Dot(Shape, name="dot"):
    """A dot."""


@dataclass(frozen=True)
class Drawing(Settings):
    count: int = setting(3, bounds=(1, 100))
    scale: float = setting(0.5, bounds=(-1e9, 1e9))
    shape: str = setting("dot", choices=Shape)
    mode: str = setting("fast", choices=("fast", "slow"))
    title: str = setting("")


def test_a_text_without_an_end_is_refused():
    assert Drawing(title="x" * LONGEST_TEXT).title
    for name in ("title", "shape", "count"):
        with pytest.raises(SettingError, match=rf"Drawing.{name} must have at most 20,000 characters; got 20,001."):
            Drawing(**{name: "1" * (LONGEST_TEXT + 1)})


def test_equal_settings_have_one_text():
    assert Drawing(shape=" DISC( radius = 2.0 )") == Drawing(shape="circle(radius=2)")
    assert Drawing(shape="circle(radius=1)").shape == "circle"
    assert Drawing(scale=-0.0).params() == Drawing(scale=0).params() == {"scale": "0"}
    assert Drawing().params() == {}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"count": 0}, "Drawing.count must lie in [1, 100]; got 0."),
        ({"count": 2.5}, "Drawing.count must be a whole number; got 2.5."),
        ({"count": True}, "Drawing.count must be a whole number; got True."),
        ({"count": "1e2"}, "Drawing.count must be a whole number; got '1e2'."),
        ({"scale": float("nan")}, "Drawing.scale must be a finite number; got nan."),
        ({"scale": "inf"}, "Drawing.scale must be a finite number; got 'inf'."),
        ({"scale": "1_0"}, "Drawing.scale must be a finite number; got '1_0'."),
        ({"shape": "cirle"}, "Drawing.shape must be one of [circle, dot]; got 'cirle'. Did you mean 'circle'?"),
        ({"shape": "circle(radius=11)"}, "circle.radius must lie in [0, 10]; got '11'."),
        ({"shape": "circle(size=1)"}, "circle has no setting 'size'; its settings are [radius]."),
        ({"shape": "dot(size=1)"}, "dot has no setting 'size'; it has no settings."),
        ({"shape": "circle(1)"}, "Drawing.shape must look like name or name(param=value); got 'circle(1)'."),
        ({"shape": 5}, "Drawing.shape must be text such as 'circle'; got 5."),
        ({"mode": "fst"}, "Drawing.mode must be one of [fast, slow]; got 'fst'. Did you mean 'fast'?"),
        ({"title": 1}, "Drawing.title must be text; got 1."),
    ],
)
def test_a_bad_value_is_one_sentence(changes, sentence):
    with pytest.raises(SettingError) as caught:
        Drawing(**changes)
    assert str(caught.value) == sentence


def test_a_misspelt_name_is_one_sentence():
    with pytest.raises(SettingError, match=r"Drawing has no setting 'cuont'.* Did you mean 'count'\?"):
        Drawing().replace(cuont=1)


def test_a_link_keeps_its_good_values_and_names_each_bad_one():
    made, complaints = Drawing.from_params({"count": "7", "scale": "x", "shape": "disc", "other": "1", "mode": ""})
    assert made == Drawing(count=7, shape="circle")
    assert len(complaints) == 2 and "scale" in complaints[0] and "mode" in complaints[1]


@given(st.dictionaries(st.sampled_from(list(Drawing.settings())), st.text(max_size=30)))
def test_no_text_does_more_than_a_setting_error(params):
    made, complaints = Drawing.from_params(params)
    assert Drawing.from_params(made.params()) == (made, [])
    assert all("\n" not in sentence for sentence in complaints)


@given(st.one_of(st.none(), st.integers(), st.floats(), st.binary(max_size=4), st.lists(st.integers(), max_size=3)))
def test_no_value_does_more_than_a_setting_error(value):
    for name in Drawing.settings():
        _, complaints = Drawing.from_params({name: value})
        assert all(len(sentence) < 300 for sentence in complaints)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_text_reads_back(number):
    assert float(number_text(number)) == number


def test_summary_is_the_docstrings_first_paragraph():
    assert Circle.summary() == "A circle. It has more to say."


@dataclass(frozen=True)
class Ellipse(Circle):
    """An ellipse."""

    ratio: float = setting(0.5)
    code = {"logo": "ellipse({radius}, {ratio}, {unit}, {area})"}

    @property
    def area(self) -> float:
        return self.radius**2 * self.ratio


def test_a_part_says_its_code_with_its_own_numbers():
    assert Ellipse(radius=2).code_in("logo", unit="cm") == "ellipse(2.0, 0.5, cm, 2.0)"
    assert Ellipse().code_in("basic") == Circle().code_in("logo") == ""
