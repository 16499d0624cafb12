"""Laws of weights and biases: exact moments, the draws, the registry."""

from __future__ import annotations

import json
import math
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from simulator.initializers import Bias, Initializer, VarianceScaling
from simulator.settings import Part, SettingError

ORACLE = json.loads((Path(__file__).parent / "data" / "oracle_init.json").read_text())["rows"]
FANS = [(256, 64), (64, 256), (100, 100), (3, 512), (512, 3), (1, 400)]
NORMAL_LAWS = [name for name in Initializer.registry if name != "zeros" and Initializer.parse(name).gaussian]
TRUNCATED_LAWS = [name for name in Initializer.registry if Initializer.parse(name).distribution == "truncated_normal"]
UNIFORM_LAWS = [name for name in Initializer.registry if Initializer.parse(name).distribution == "uniform"]
TRUNCATED_DEVIATION = float(stats.truncnorm(-2, 2).std())

# A gain^2 that PyTorch's nonlinearity argument multiplies the variance with.
GAINS = {"linear": 1.0, "tanh": 25 / 9, "selu": 9 / 16, "relu": 2.0}


@pytest.fixture(autouse=True)
def strict_floats():
    with np.errstate(all="raise"):
        yield


def published() -> list[tuple[str, str]]:
    """Every definition of PyTorch and Keras in the reference values, with its text here."""
    cases = [
        ("torch.orthogonal_", "orthogonal"),
        ("torch.nn.Linear default weight", "torch_default"),
        ("keras.TruncatedNormal(stddev=0.05)", "truncated_normal(std=0.05)"),
        ("keras.TruncatedNormal(stddev=0.05)", "truncated_normal"),
        ("keras.Dense default", "keras_default"),
    ]
    for law in ("normal", "uniform"):
        cases.append((f"torch.xavier_{law}_[linear]", f"xavier_{law}"))
        cases += [
            (
                f"torch.xavier_{law}_[{gain}]",
                f"variance_scaling(scale={GAINS[gain]!r}, mode=fan_avg, distribution={law})",
            )
            for gain in ("tanh", "relu")
        ]
        for mode in ("fan_in", "fan_out"):
            cases.append((f"torch.kaiming_{law}_[{mode},relu]", f"kaiming_{law}(mode={mode})"))
            cases += [
                (f"torch.kaiming_{law}_[{mode},leaky_relu,a={a}]", f"he_{law}(negative_slope={text}, mode={mode})")
                for a, text in (("0.01", "0.01"), ("0.2", "0.2"), ("2.23607", repr(math.sqrt(5))))
            ]
            cases += [
                (
                    f"torch.kaiming_{law}_[{mode},{gain}]",
                    f"variance_scaling(scale={GAINS[gain]!r}, mode={mode}, distribution={law})",
                )
                for gain in ("tanh", "linear", "selu")
            ]
    for scheme, here in (("glorot", "xavier"), ("he", "he"), ("lecun", "lecun")):
        cases.append((f"keras.{scheme}_uniform", f"{here}_uniform"))
        cases.append((f"keras.{scheme}_normal", f"{here}_truncated"))
    return cases


@pytest.mark.parametrize(("definition", "text"), published())
@pytest.mark.parametrize("row", ORACLE, ids=lambda row: f"{row['fan_in']}-{row['fan_out']}")
def test_definitions_of_pytorch_and_keras(row, definition, text):
    law, fans = Initializer.parse(text), (row["fan_in"], row["fan_out"])
    expected = row[definition]
    variance = law.variance(*fans)
    assert variance == pytest.approx(expected.get("var", expected.get("second_moment")), rel=1e-12)
    deviation = law.deviation(*fans)
    assert deviation == pytest.approx(math.sqrt(variance), rel=1e-14)
    if "bound" in expected:
        assert math.sqrt(3) * deviation == pytest.approx(expected["bound"], rel=1e-12)
    if "std" in expected:
        assert deviation == pytest.approx(expected["std"], rel=1e-12)
    if "parent_std" in expected:
        assert deviation / TRUNCATED_DEVIATION == pytest.approx(expected["parent_std"], rel=1e-12)


def test_every_definition_in_the_reference_values_is_compared():
    names = {name for row in ORACLE for name in row} - {"fan_in", "fan_out", "torch.nn.Linear default bias"}
    assert names == {definition for definition, _ in published()}


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: f"{row['fan_in']}-{row['fan_out']}")
def test_bias_of_pytorch(row):
    expected = row["torch.nn.Linear default bias"]["var"]
    assert Bias.parse("torch_default").variance(row["fan_in"]) == pytest.approx(expected, rel=1e-12)


def test_schemes_as_published():
    def variance(text: str) -> float:
        return Initializer.parse(text).variance(300, 100)

    for law in ("normal", "uniform", "truncated"):
        assert variance(f"lecun_{law}") == 1 / 300
        assert variance(f"xavier_{law}") == 2 / 400
        assert variance(f"he_{law}") == 2 / 300
        assert variance(f"he_{law}(mode=fan_out)") == 2 / 100
        assert variance(f"he_{law}(negative_slope=0.5)") == pytest.approx(2 / (1.25 * 300), rel=1e-15)
    assert variance("normal(std=3)") == 9
    assert variance("uniform(bound=3)") == pytest.approx(3, rel=1e-15)
    assert variance("constant(value=-3)") == 9
    assert variance("zeros") == 0
    assert VarianceScaling(3, "fan_out", "uniform").variance(300, 100) == 3 / 100


def test_slips_say_what_was_meant_and_miss_it_by_the_factor_they_name():
    n = 128
    factors = {
        "slip_xavier_half": ("xavier_normal", 1 / 2),
        "slip_std_2_over_n": ("he_normal", 2 / n),
        "slip_std_1_over_n": ("lecun_normal", 1 / n),
        "slip_variance_sqrt_2_over_n": ("he_normal", math.sqrt(n / 2)),
    }
    slips = {name for name in Initializer.registry if name.startswith("slip_")}
    assert slips == set(factors) == {name for name, law in Initializer.registry.items() if law().note}
    for name, (meant, factor) in factors.items():
        slip = Initializer.parse(name)
        assert slip.variance(n, n) / Initializer.parse(meant).variance(n, n) == pytest.approx(factor, rel=1e-12)
        assert slip.gaussian
        assert slip.note.endswith(".")


@pytest.mark.parametrize("fans", FANS, ids=str)
@pytest.mark.parametrize("name", list(Initializer.registry))
def test_sampled_moments(name, fans):
    law, (fan_in, fan_out) = Initializer.parse(name), fans
    draws = np.array([law.sample(np.random.default_rng([1, seed]), fan_out, fan_in) for seed in range(30)])
    second, expected = (draws**2).mean(axis=(1, 2)), law.variance(fan_in, fan_out)
    if law.distribution in ("constant", "orthogonal", "identity"):  # every draw has it
        np.testing.assert_allclose(second, expected, rtol=1e-12)
    else:
        excess = {"normal": 2.0, "uniform": 0.8, "truncated_normal": 2 + float(stats.truncnorm(-2, 2).stats("k"))}
        found = float((draws**2).var()) / expected**2 if expected else 0.0
        error = expected * math.sqrt(excess.get(law.distribution, found) / draws.size)
        assert abs(second.mean() - expected) <= 5 * error
    if law.distribution != "identity":
        assert abs(draws.mean() - law.mean) < 5 * math.sqrt(expected / draws.size) + 1e-15
        assert law.zero_mean == (law.mean == 0)


@pytest.mark.parametrize("name", [*NORMAL_LAWS, *UNIFORM_LAWS, *TRUNCATED_LAWS])
def test_shape_of_the_law(name):
    law = Initializer.parse(name)
    draws = law.sample(np.random.default_rng(2), 80, 50).ravel() / law.deviation(50, 80)
    shapes = {
        "normal": stats.norm(),
        "uniform": stats.uniform(-math.sqrt(3), 2 * math.sqrt(3)),
        "truncated_normal": stats.truncnorm(-2, 2, scale=1 / TRUNCATED_DEVIATION),
    }
    assert stats.kstest(draws, shapes[law.distribution].cdf).pvalue > 1e-4


def test_truncated_deviation_is_the_integral():
    square, _ = integrate.quad(lambda z: z * z * stats.norm.pdf(z), -2, 2)
    mass, _ = integrate.quad(stats.norm.pdf, -2, 2)
    assert Initializer.parse("truncated_normal(std=1)").variance(1, 1) == pytest.approx(square / mass, rel=1e-12)


@pytest.mark.parametrize("name", TRUNCATED_LAWS)
def test_truncation_is_strict(name):
    law = Initializer.parse(name)
    cut = 2 * law.deviation(50, 80) / TRUNCATED_DEVIATION
    draws = law.sample(np.random.default_rng(3), 800, 500)
    low, high = law.deviation(50, 80) / law.deviation(500, 800) * np.array([draws.min(), draws.max()])
    assert -cut * (1 + 1e-15) <= low < -0.999 * cut
    assert 0.999 * cut < high <= cut * (1 + 1e-15)


class Ends:
    """A generator whose uniform draws are the two ends of their range."""

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        draws = np.zeros(shape)
        draws[0] = 1 - 2.0**-53
        return draws


@pytest.mark.parametrize("name", [*TRUNCATED_LAWS, *UNIFORM_LAWS])
def test_bounds_hold_for_the_extreme_draws(name):
    law = Initializer.parse(name)
    draws = law.sample(Ends(), 2, 3)
    bound = law.deviation(3, 2) * (math.sqrt(3) if law.distribution == "uniform" else 2 / TRUNCATED_DEVIATION)
    np.testing.assert_allclose(draws, [[bound] * 3, [-bound] * 3], rtol=1e-14)


@pytest.mark.parametrize("fans", [(1, 1), (7, 7), (40, 25), (25, 40), (1, 9), (9, 1)], ids=str)
def test_orthogonal_rows_or_columns(fans):
    fan_in, fan_out = fans
    matrix = Initializer.parse("orthogonal").sample(np.random.default_rng(4), fan_out, fan_in)
    assert matrix.shape == (fan_out, fan_in)
    assert matrix.flags.c_contiguous
    gram = matrix @ matrix.T if fan_out <= fan_in else matrix.T @ matrix
    np.testing.assert_allclose(gram, np.eye(min(fans)), atol=1e-13)


@pytest.mark.parametrize("fans", [(3, 3), (4, 2), (2, 4)], ids=str)
def test_orthogonal_is_haar(fans):
    """Entries and trace of a Haar matrix, which signs left to the QR factorization would shift."""
    fan_in, fan_out = fans
    law, rng, count = Initializer.parse("orthogonal"), np.random.default_rng(5), 4000
    draws = np.array([law.sample(rng, fan_out, fan_in) for _ in range(count)])
    n = max(fans)
    assert np.all(np.abs(draws.mean(axis=0)) < 5 * math.sqrt(1 / (n * count)))
    fourth = 3 / (n * (n + 2))  # E W_ij^4 of a unit vector's entry
    error = math.sqrt((fourth - 1 / n**2) / count)
    assert np.all(np.abs((draws**2).mean(axis=0) - 1 / n) < 5 * error)
    if fan_in == fan_out:
        determinants = np.linalg.det(draws)
        assert abs(determinants.mean()) < 5 / math.sqrt(count)


@pytest.mark.parametrize("name", list(Initializer.registry))
def test_a_seed_gives_the_same_bits(name):
    law = Initializer.parse(name)
    first, second = (law.sample(np.random.default_rng(6), 11, 7) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.flags.writeable


@pytest.mark.parametrize("name", NORMAL_LAWS)
def test_normal_laws_share_their_normals(name):
    law = Initializer.parse(name)
    if law.distribution == "constant":
        pytest.skip("nothing is drawn")
    normals = np.random.default_rng(7).standard_normal((9, 13))
    draws = law.sample(np.random.default_rng(7), 9, 13)
    assert draws.tobytes() == (normals * law.deviation(13, 9)).tobytes()


@pytest.mark.parametrize("names", [UNIFORM_LAWS, TRUNCATED_LAWS], ids=["uniform", "truncated"])
def test_other_laws_share_their_draws_and_their_number(names):
    scaled = []
    for name in names:
        rng, law = np.random.default_rng(8), Initializer.parse(name)
        scaled.append(law.sample(rng, 9, 13) / law.deviation(13, 9))
        after = np.random.default_rng(8)
        after.random((9, 13))
        assert rng.bit_generator.state == after.bit_generator.state
    for one in scaled[1:]:
        np.testing.assert_allclose(one, scaled[0], rtol=1e-14)


@pytest.mark.parametrize("text", ["normal(std=1e-310)", "uniform(bound=1e-310)", "truncated_normal(std=1e-310)"])
def test_denormal_weights_are_drawn_without_a_floating_point_error(text):
    law = Initializer.parse(text)
    assert law.deviation(5, 5) > 0
    assert np.any(law.sample(np.random.default_rng(9), 5, 5))


FLAGS = {
    "zeros": (True, True, True, False),
    "constant": (False, False, False, False),
    "constant(value=0)": (True, True, True, False),
    "normal(std=0)": (True, True, True, False),
    "normal": (True, True, True, False),
    "uniform": (True, True, False, False),
    "truncated_normal": (True, True, False, False),
    "xavier_normal": (True, True, True, False),
    "variance_scaling(distribution=uniform)": (True, True, False, False),
    "variance_scaling": (True, True, True, False),
    "orthogonal": (True, True, False, True),
    "torch_default": (True, True, False, False),
    "slip_std_2_over_n": (True, True, True, False),
}


@pytest.mark.parametrize(("text", "flags"), FLAGS.items())
def test_flags(text, flags):
    law = Initializer.parse(text)
    assert (law.zero_mean, law.mean_field, law.gaussian, law.orthogonal) == flags


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("glorot_normal", "xavier_normal"),
        ("glorot_uniform", "xavier_uniform"),
        ("kaiming_normal", "he_normal"),
        ("kaiming_uniform", "he_uniform"),
        ("keras_default", "xavier_uniform"),
        ("Glorot_Normal", "xavier_normal"),
    ],
)
def test_aliases(alias, name):
    assert Initializer.parse(alias) == Initializer.registry[name]()


def made(part: type[Part], **given: Any) -> Part:
    """The part, or where a rule of its own refuses these settings the one that it has by itself."""
    try:
        return part(**given)
    except SettingError:
        return part()


def part_texts(registry: type[Part]) -> st.SearchStrategy[Part]:
    """Any registered part, its settings drawn from all they may be."""

    def settings_of(part: type[Part]) -> st.SearchStrategy[Part]:
        values = {}
        for name, about in part.settings().items():
            values[name] = st.sampled_from(about.choices) if about.choices else st.floats(*about.bounds)
        return st.builds(partial(made, part), **values)

    return st.sampled_from(sorted(registry.registry)).flatmap(lambda name: settings_of(registry.registry[name]))


@settings(deadline=None)
@given(part_texts(Initializer))
def test_any_initializer_survives_text_and_pickle(law):
    assert Initializer.parse(str(law)) == law
    assert str(Initializer.parse(str(law))) == str(law)
    assert pickle.loads(pickle.dumps(law)) == law


@settings(deadline=None)
@given(part_texts(Initializer), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32))
def test_any_initializer_draws(law, fan_out, fan_in, seed):
    draws = law.sample(np.random.default_rng(seed), fan_out, fan_in)
    assert draws.shape == (fan_out, fan_in)
    assert draws.dtype == np.float64
    assert np.all(np.isfinite(draws))
    assert np.isfinite(law.variance(fan_in, fan_out))
    least = 1 / 12 if law.orthogonal or law.distribution == "identity" else getattr(law, "std", 0)
    assert np.all(np.abs(draws) <= 12 * max(law.deviation(fan_in, fan_out), least))


@pytest.mark.parametrize("text", ["zeros", "constant(value=0)", "normal(std=0)"])
def test_biases_that_are_zero_say_so(text):
    law = Bias.parse(text)
    assert law.is_zero
    assert law.second_moment(10) == 0
    assert not np.any(law.sample(np.random.default_rng(11), 20, 10))


@settings(deadline=None)
@given(part_texts(Bias), st.integers(1, 50), st.integers(1, 50), st.integers(0, 2**32))
def test_any_bias(law, fan_out, fan_in, seed):
    assert Bias.parse(str(law)) == law
    draws = law.sample(np.random.default_rng(seed), fan_out, fan_in)
    assert draws.shape == (fan_out,)
    assert draws.dtype == np.float64
    assert law.is_zero == (str(law) in ("zeros", "constant(value=0)", "normal(std=0)"))
    assert law.second_moment(fan_in) == law.variance(fan_in) + law.mean**2


@pytest.mark.parametrize("text", ["zeros", "constant(value=-2)", "normal(std=3)", "torch_default"])
def test_bias_moments(text):
    law, count = Bias.parse(text), 20_000
    draws = law.sample(np.random.default_rng(10), count, 25)
    assert abs(draws.mean() - law.mean) <= 5 * math.sqrt(law.variance(25) / count)
    excess = 0.8 if text == "torch_default" else 2.0
    error = law.variance(25) * math.sqrt(excess / count)
    assert abs((draws**2).mean() - law.second_moment(25)) <= 5 * error
    assert law.second_moment(25) == pytest.approx({"z": 0, "c": 4, "n": 9, "t": 1 / 75}[text[0]], rel=1e-15)


@pytest.mark.parametrize("registry", [Initializer, Bias])
def test_every_member_says_what_it_is(registry):
    sentences = [law.summary() for law in registry.registry.values()]
    assert all(sentence.endswith(".") and len(sentence) > 10 for sentence in sentences)
    assert len(set(sentences)) == len(sentences)
    for law in registry.registry.values():
        assert all(about.help.endswith(".") for about in law.settings().values())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("normal(std=-1)", "normal.std must lie in [0, 1000]; got '-1'."),
        ("uniform(bound=1001)", "uniform.bound must lie in [0, 1000]; got '1001'."),
        ("he_normal(slope=1)", "he_normal has no setting 'slope'; its settings are [negative_slope, mode]."),
        ("he_normal(mode=fan_avg)", "he_normal.mode must be one of [fan_in, fan_out]; got 'fan_avg'."),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(text, sentence):
    with pytest.raises(SettingError) as refusal:
        Initializer.parse(text)
    assert str(refusal.value).startswith(sentence)
