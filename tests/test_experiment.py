"""Experiments: canonical settings, widths, costs and refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Experiment, SettingError
from simulator.cost import MAX_BYTES


def test_widths_override_depth_and_width():
    experiment = Experiment(widths="784 - 512,256 10", depth=7)
    assert experiment.layer_widths == (784, 512, 256, 10)
    assert (experiment.depth, experiment.width, experiment.widths) == (3, 784, "784-512-256-10")
    assert experiment.params() == {"widths": "784-512-256-10"}
    assert Experiment.from_params(experiment.params()) == (experiment, [])


def test_equal_widths_are_a_depth_and_a_width():
    assert Experiment(widths="64-64-64") == Experiment(depth=2, width=64)


def test_a_new_depth_replaces_widths():
    assert Experiment(widths="3-4-5").replace(depth=6).layer_widths == (5,) * 7


@pytest.mark.parametrize("widths", ["5", "5-", "a-b", "0-5", "5-70000", "-".join(["2"] * 2002), "1e3-5", "--", "5-5.5"])
def test_bad_widths_are_one_sentence(widths):
    with pytest.raises(SettingError, match=r"^Experiment\.widths must .*\.$"):
        Experiment(widths=widths)


def test_weight_variance_includes_the_gain():
    experiment = Experiment(widths="30-50-20", init="glorot_normal", gain=2)
    assert experiment.init == "xavier_normal"
    assert experiment.weight_variance(1) == pytest.approx(4 * 2 / 80)
    assert experiment.weight_variance(2) == pytest.approx(4 * 2 / 70)


def test_an_absurd_run_is_refused_with_the_nearest_that_fits():
    experiment = Experiment(depth=2000, width=65536, seeds=4, batch=1000)
    sentence, changes = experiment.refusal()
    assert "GiB" in sentence and sentence.endswith(".")
    nearest = experiment.replace(**changes)
    assert nearest.cost().bytes <= MAX_BYTES and nearest.refusal() is None
    assert set(changes) <= {"width", "depth", "batch", "seeds", "widths"}


def test_a_bound_on_seconds_is_kept():
    experiment = Experiment(depth=2000, width=2048, seeds=16)
    _, changes = experiment.refusal(seconds=5)
    assert experiment.replace(**changes).cost().seconds <= 5
    assert Experiment().refusal(seconds=5) is None


def test_a_refusal_says_which_bound_was_hit():
    experiment = Experiment(depth=100, width=4096, init="he_uniform", seeds=8)
    for bounds, words in [
        ({"seconds": 5}, "Limits: 5 s; "),
        ({"bytes": 2**28}, "Limits: 256 MiB; "),
        ({"seconds": 5, "bytes": 2**28}, "Limits: 5 s and 256 MiB; "),
    ]:
        sentence, changes = experiment.refusal(**bounds)
        assert words in sentence
        assert experiment.replace(**changes).refusal(**bounds) is None


def test_where_nothing_fits_nothing_is_offered():
    sentence, changes = Experiment().refusal(seconds=1e-9)
    assert sentence.endswith("; nothing smaller fits.") and changes == {}


def test_what_replaces_uneven_widths_is_told_in_full():
    experiment = Experiment(widths="65536-65536-10", init="orthogonal")
    sentence, changes = experiment.refusal()
    nearest = experiment.replace(**changes)
    assert changes["widths"] == "" and nearest.layer_widths == (nearest.width,) * (nearest.depth + 1)
    assert f"nearest that fits: width={nearest.width}, depth={nearest.depth}" in sentence


def test_refusing_uneven_widths_ends():
    experiment = Experiment(widths="65536-65536-10", batch=10_000)
    _, changes = experiment.refusal()
    assert experiment.replace(**changes).refusal() is None


@given(st.integers(1, 2000), st.integers(1, 65536), st.integers(1, 10_000), st.integers(1, 10_000))
def test_every_size_is_accepted_or_refused_with_one_that_fits(depth, width, batch, seeds):
    experiment = Experiment(depth=depth, width=width, batch=batch, seeds=seeds)
    refused = experiment.refusal(seconds=30)
    if refused is not None:
        assert experiment.replace(**refused[1]).refusal(seconds=30) is None


_TEXT = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ["tanh", "relu(", "leaky_relu(negative_slope=1e999)", "normal(std=-1)", "digits", "<script>", "%00"]
    ),
)


@given(st.dictionaries(st.sampled_from([*Experiment.settings(), "unknown"]), _TEXT))
def test_random_links_never_fail_and_round_trip(params):
    experiment, complaints = Experiment.from_params(params)
    assert Experiment.from_params(experiment.params()) == (experiment, [])
    assert all(sentence.endswith((".", "?")) and "\n" not in sentence for sentence in complaints)
