"""Input laws: moments against draws, the digits' data, the registry."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulator import tables
from simulator.inputs import InputLaw, InputMoments, TableInput, digit_images, digit_labels, standardized
from simulator.settings import SettingError

INDEPENDENT = [
    "gaussian",
    "gaussian(mean=1, std=0.5)",
    "gaussian(mean=-2, std=3)",
    "uniform",
    "uniform(low=-1, high=3)",
]


@pytest.fixture(autouse=True)
def strict_floats():
    with np.errstate(all="raise"):
        yield


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of each row of one with the same row of the other."""
    lengths = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return (first * second).sum(axis=1) / lengths


@pytest.mark.parametrize("text", INDEPENDENT)
def test_independent_units(text):
    law, batch, width = InputLaw.parse(text), 2000, 200
    draws, moments = law.sample(np.random.default_rng(1), batch, width), law.moments(width)
    for power, expected in ((1, moments.mean), (2, moments.second_moment)):
        values = draws**power
        assert abs(values.mean() - expected) < 5 * values.std() / math.sqrt(values.size)
    # Rows paired once each, so that the cosines are independent; their mean is c_0 + O(1/width).
    found = cosines(draws[::2], draws[1::2])
    assert abs(found.mean() - moments.correlation) < 5 * found.std() / math.sqrt(found.size) + 1 / width


def test_the_correlation_is_met_like_one_over_width():
    law, errors = InputLaw.parse("uniform"), []
    for width in (4, 64):
        draws = law.sample(np.random.default_rng(2), 40_000, width)
        errors.append(abs(cosines(draws[::2], draws[1::2]).mean() - law.moments(width).correlation))
    assert errors[0] > 0.01
    assert errors[1] < errors[0] / 8


@pytest.mark.parametrize(
    ("text", "mean", "second", "correlation"),
    [
        ("gaussian", 0, 1, 0),
        ("gaussian(mean=3, std=4)", 3, 25, 9 / 25),
        ("gaussian(std=0, mean=2)", 2, 4, 1),
        ("gaussian(std=0)", 0, 0, 1),
        ("uniform", 1 / 2, 1 / 3, 3 / 4),
        ("uniform(low=-1)", 0, 1 / 3, 0),
        ("uniform(low=2, high=2)", 2, 4, 1),
        ("uniform(high=0)", 0, 0, 1),
    ],
)
def test_moments_known_in_closed_form(text, mean, second, correlation):
    moments = InputLaw.parse(text).moments(100)
    for found, expected in zip(
        (moments.mean, moments.second_moment, moments.correlation, moments.one_minus_c),
        (mean, second, correlation, 1 - correlation),
        strict=True,
    ):
        assert found == pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("text", ["gaussian(mean=1000, std=1e-6)", "uniform(low=999.999999, high=1000)"])
def test_one_minus_c_does_not_cancel(text):
    law = InputLaw.parse(text)
    if text.startswith("gaussian"):
        own, mean = Fraction(law.std) ** 2, Fraction(law.mean)
    else:
        own, mean = (Fraction(law.high) - Fraction(law.low)) ** 2 / 12, (Fraction(law.high) + Fraction(law.low)) / 2
    assert law.moments(1).one_minus_c == pytest.approx(float(own / (own + mean**2)), rel=1e-13)


def test_moments_of_tiny_inputs_keep_their_ratio():
    moments = InputLaw.parse("gaussian(mean=1e-200, std=2e-200)").moments(10)
    assert moments.correlation == pytest.approx(1 / 5, rel=1e-14)
    assert moments.one_minus_c == pytest.approx(4 / 5, rel=1e-14)


def test_a_larger_batch_begins_with_the_smaller_one():
    for text in [*INDEPENDENT, "digits"]:
        law = InputLaw.parse(text)
        small, large = (law.sample(np.random.default_rng(3), batch, 50) for batch in (5, 40))
        assert small.tobytes() == large[:5].tobytes()


def test_mean_and_deviation_move_the_same_normals():
    normals = np.random.default_rng(4).standard_normal((3, 5))
    draws = InputLaw.parse("gaussian(mean=2, std=3)").sample(np.random.default_rng(4), 3, 5)
    assert draws.tobytes() == (normals * 3 + 2).tobytes()


def test_uniform_stays_inside_and_reaches_its_ends():
    draws = InputLaw.parse("uniform(low=-1, high=3)").sample(np.random.default_rng(5), 100, 1000)
    assert -1 <= draws.min() < -0.99
    assert 2.99 < draws.max() <= 3


def test_uniform_with_its_ends_crossed_is_refused():
    with pytest.raises(SettingError) as refusal:
        InputLaw.parse("uniform(low=2, high=1.5)")
    assert str(refusal.value) == "uniform.low must not exceed uniform.high; got 2 and 1.5."


def test_digits_are_the_published_ones():
    images, labels = digit_images(), digit_labels()
    assert images.shape == (1797, 8, 8)
    assert labels.shape == (1797,)
    # The repository's own table of how often each digit occurs in the test set.
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    levels = 16 * images
    assert np.array_equal(levels, np.round(levels))
    assert (levels.min(), levels.max()) == (0, 16)
    assert len(np.unique(images.reshape(1797, 64), axis=0)) == 1797
    assert not images.flags.writeable
    assert not labels.flags.writeable


def test_sixty_four_units_are_the_images_themselves():
    drawn = InputLaw.parse("digits").sample(np.random.default_rng(6), 1797, 64)
    assert sorted(map(bytes, drawn)) == sorted(map(bytes, digit_images().reshape(1797, 64)))
    assert not np.array_equal(drawn, digit_images().reshape(1797, 64))


def test_digits_beyond_the_data_set_are_drawn_with_replacement():
    drawn = InputLaw.parse("digits").sample(np.random.default_rng(7), 10_000, 64)
    assert drawn.shape == (10_000, 64)
    known = {image.tobytes() for image in digit_images().reshape(1797, 64)}
    found = {row.tobytes() for row in drawn}
    assert found <= known
    # All but (1 - 1/N)^10000 = e^-5.6 of the images are expected: 6.9 missing, standard deviation 2.6.
    assert len(known) - len(found) < 20


@pytest.mark.parametrize("width", [1, 2, 7, 32, 63, 64, 65, 100, 256, 784, 4097])
def test_digit_moments_are_averages_over_all_images_and_pairs(width):
    law = InputLaw.parse("digits")
    every, moments = law.sample(np.random.default_rng(8), 1797, width), law.moments(width)
    assert every.shape == (1797, width)
    assert every.min() >= 0
    assert every.max() <= 1 + 1e-15
    assert moments.mean == pytest.approx(every.mean(), rel=1e-12)
    assert moments.second_moment == pytest.approx((every**2).mean(), rel=1e-12)
    directions = every / np.sqrt((every**2).sum(axis=1, keepdims=True))
    total = directions.sum(axis=0)
    mean_cosine = (total @ total - 1797) / (1797 * 1796)
    assert moments.correlation == pytest.approx(mean_cosine, rel=1e-12)
    assert moments.one_minus_c == pytest.approx(1 - mean_cosine, abs=1e-12)


def test_digit_moments_meet_drawn_batches():
    law, moments = InputLaw.parse("digits"), InputLaw.parse("digits").moments(300)
    energies, found = [], []
    for seed in range(400):
        pair = law.sample(np.random.default_rng([9, seed]), 2, 300)
        energies.append((pair**2).mean())
        found.append(cosines(pair[:1], pair[1:]).item())
    for values, expected in ((energies, moments.second_moment), (found, moments.correlation)):
        assert abs(np.mean(values) - expected) < 5 * np.std(values) / math.sqrt(len(values))


def test_digits_keep_their_moments_at_every_width():
    law = InputLaw.parse("digits")
    images = law.moments(64)
    assert images.second_moment == pytest.approx(0.2345968596, abs=1e-10)  # sum of squares / (1797 * 64 * 256)
    for width in range(1, 64):
        moments = law.moments(width)
        assert moments.second_moment == pytest.approx(images.second_moment, rel=1e-12)
        assert moments.one_minus_c < images.one_minus_c
    for width in range(65, 1100):
        allowed = 0.02 + 8 / width  # some pixels are shown once more than others
        moments = law.moments(width)
        assert moments.second_moment == pytest.approx(images.second_moment, rel=allowed)
        assert moments.correlation == pytest.approx(images.correlation, abs=0.03)
    for width in (128, 256, 1024, 65536):  # every pixel as often as any other
        moments = law.moments(width)
        assert moments.second_moment == pytest.approx(images.second_moment, rel=1e-13)
        assert moments.one_minus_c == pytest.approx(images.one_minus_c, rel=1e-12)


def test_one_unit_tells_no_digits_apart():
    moments = InputLaw.parse("digits").moments(1)
    assert moments.correlation == 1
    assert moments.one_minus_c == pytest.approx(0, abs=1e-30)


def test_no_digit_is_blank_at_any_width():
    for width in range(1, 200):
        every = InputLaw.parse("digits").sample(np.random.default_rng(10), 1797, width)
        assert (every**2).sum(axis=1).min() > 0.05


def test_the_data_has_its_license_beside_it():
    text = (Path(__file__).parents[1] / "assets" / "digits.LICENSE.md").read_text()
    assert "CC BY 4.0" in text
    assert "10.24432/C50P49" in text


@st.composite
def laws(draw) -> InputLaw:
    part = InputLaw.registry[draw(st.sampled_from(sorted(InputLaw.registry)))]
    values = {name: draw(st.floats(*about.bounds)) for name, about in part.settings().items() if about.bounds}
    assume(values.get("low", 0) <= values.get("high", 1))
    return part(**values)


@settings(deadline=None)  # the first digits are read from disk
@given(laws(), st.integers(1, 8), st.integers(1, 90), st.integers(0, 2**32))
def test_any_law(law, batch, width, seed):
    assert InputLaw.parse(str(law)) == law
    assert pickle.loads(pickle.dumps(law)) == law
    draws, again = (law.sample(np.random.default_rng(seed), batch, width) for _ in range(2))
    assert draws.tobytes() == again.tobytes()
    assert draws.shape == (batch, width)
    assert draws.dtype == np.float64
    assert draws.flags.writeable
    assert np.all(np.isfinite(draws))
    moments = law.moments(width)
    assert isinstance(moments, InputMoments)
    assert moments.second_moment >= moments.mean**2 * (1 - 1e-12)
    assert 0 <= moments.correlation <= 1
    assert moments.correlation + moments.one_minus_c == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("law", InputLaw.registry.values(), ids=list(InputLaw.registry))
def test_every_member_says_what_it_is(law):
    assert law.summary().endswith(".")
    assert all(about.help.endswith(".") for about in law.settings().values())
    assert law() == InputLaw.parse(law.name)


@pytest.fixture
def rows():
    """Thirty rows of seven columns of different scales, one of them constant."""
    rng = np.random.default_rng(5)
    return rng.standard_normal((30, 7)) * [1, 10, 1e-3, 1e6, 2, 1, 0] + [0, 5, 0, 1e6, -3, 0, 4]


def test_a_table_is_fitted_to_the_width(rows):
    file = tables.keep(rows)
    law = TableInput(file=file, scale="raw")
    assert InputLaw.parse(str(law)) == law
    batch = law.sample(np.random.default_rng(0), 30, 7)
    assert sorted(map(tuple, batch)) == sorted(map(tuple, rows))
    wide = law.sample(np.random.default_rng(0), 4, 21)
    assert (wide[:, ::3] == wide[:, 1::3]).all() and wide.shape == (4, 21)
    assert law.sample(np.random.default_rng(0), 50, 3).shape == (50, 3)


@pytest.mark.parametrize("scale", ["raw", "standardized"])
@pytest.mark.parametrize("width", [4, 7, 50])
def test_moments_of_a_table_are_those_of_all_its_rows(rows, scale, width):
    law = TableInput(file=tables.keep(rows), scale=scale)
    batch = law.sample(np.random.default_rng(1), len(rows), width)  # every row once
    moments = law.moments(width)
    np.testing.assert_allclose(
        [moments.mean, moments.second_moment], [batch.mean(), (batch**2).mean()], rtol=1e-9, atol=1e-12
    )
    unit = batch / np.linalg.norm(batch, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[~np.eye(len(unit), dtype=bool)]
    np.testing.assert_allclose(moments.correlation, cosines.mean(), rtol=1e-9, atol=1e-9)


def test_a_standardized_table_has_mean_0_and_variance_1(rows):
    batch = TableInput(file=tables.keep(rows)).sample(np.random.default_rng(1), 30, 7)
    np.testing.assert_allclose(batch.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(batch.std(axis=0), [1, 1, 1, 1, 1, 1, 0], atol=1e-12)


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e30])
def test_standardizing_goes_by_the_rows_named_and_moves_all(size):
    features = np.random.default_rng(2).standard_normal((40, 3)) * size
    features[:, 2] = size * np.repeat([3.0, 5.0], [25, 15])  # constant over the rows named
    rows = np.arange(25)
    moved = standardized(features, rows)
    np.testing.assert_allclose(moved[rows].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(moved[rows].std(axis=0), [1, 1, 0], atol=1e-12)
    part = features[:, :2] / size
    np.testing.assert_allclose(moved[:, :2], (part - part[rows].mean(axis=0)) / part[rows].std(axis=0), rtol=1e-9)
    assert not moved[:, 2].any()


def test_a_table_that_is_gone_is_missed_by_name():
    with pytest.raises(SettingError, match="a link carries no data"):
        InputLaw.parse("table(file=0123456789abcdef)")
    assert TableInput().sample(np.random.default_rng(0), 2, 3).shape == (2, 3)


def test_tables_beyond_the_bound_are_dropped_oldest_first(monkeypatch):
    monkeypatch.setattr(tables, "KEPT_BYTES", 3 * 800)
    names = [tables.keep(np.full((10, 10), float(value))) for value in range(5)]
    assert tables.find(names[-1])[0, 0] == 4
    with pytest.raises(tables.TableError):
        tables.find(names[0])
