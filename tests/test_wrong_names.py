"""A name of another library means here what it means there, or is refused with the reason; never something alike."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from simulator import Activation, Experiment, Initializer, SettingError

REFUSED = {
    "activation": [
        "rrelu", "glu", "swiglu", "hardshrink", "hard_shrink", "softshrink", "soft_shrink", "tanhshrink",
        "relu_squared", "exponential", "threshold", "softmax", "maxout",
    ],
    "init": ["untruncated_normal", "xavier", "kaiming", "he", "dirac_", "delta_orthogonal", "lsuv", "ntk"],
}  # fmt: skip

TORCH = {
    "uniform_": "uniform_between", "normal_": "normal", "constant_": "constant", "ones_": "constant(value=1)",
    "zeros_": "zeros", "eye_": "identity", "xavier_uniform_": "xavier_uniform", "xavier_normal_": "xavier_normal",
    "kaiming_uniform_": "he_uniform", "kaiming_normal_": "he_normal", "trunc_normal_": "trunc_normal",
    "orthogonal_": "orthogonal", "sparse_": "sparse",
}  # fmt: skip
KERAS = {
    "Constant": "constant(value=0)", "GlorotNormal": "xavier_truncated", "GlorotUniform": "xavier_uniform",
    "HeNormal": "he_truncated", "HeUniform": "he_uniform", "IdentityInitializer": "identity", "Identity": "identity",
    "LecunNormal": "lecun_truncated", "LecunUniform": "lecun_uniform", "Ones": "constant(value=1)",
    "Orthogonal": "orthogonal", "RandomNormal": "normal(std=0.05)",
    "RandomUniform": "uniform_between(a=-0.05, b=0.05)", "TruncatedNormal": "truncated_normal(std=0.05)",
    "VarianceScaling": "variance_scaling(distribution=truncated_normal)", "Zeros": "zeros",
    "RandomNormal(stddev=0.1)": "normal(std=0.1)", "RandomUniform(minval=-1, maxval=2)": "uniform_between(a=-1, b=2)",
    "TruncatedNormal(stddev=0.02)": "truncated_normal(std=0.02)",
}  # fmt: skip
JAX = (
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "xavier_normal",
    "xavier_uniform",
    "orthogonal",
    "zeros",
    "ones",
)
ACTIVATIONS = {
    "ReLU": "relu", "ReLU6": "relu6", "LeakyReLU(negative_slope=0.2)": "leaky_relu(negative_slope=0.2)",
    "PReLU": "prelu", "ELU": "elu", "CELU": "celu", "SELU": "selu", "GELU": "gelu", "SiLU": "silu", "Mish": "mish",
    "Sigmoid": "sigmoid", "LogSigmoid": "logsigmoid", "log_sigmoid": "logsigmoid", "Tanh": "tanh",
    "Hardtanh": "hardtanh", "hard_tanh": "hardtanh", "Hardsigmoid": "hardsigmoid", "hard_sigmoid": "hardsigmoid",
    "Hardswish": "hardswish", "hard_swish": "hardswish", "hard_silu": "hardswish", "Softplus": "softplus",
    "Softsign": "softsign", "soft_sign": "softsign",
    "sin": "formula(expression=sin(h))", "siren": "formula(expression=sin(30*h))",
    "squareplus": "squareplus", "swish": "silu", "Identity": "linear", "QuickGELU": "quick_gelu",
}  # fmt: skip


@pytest.mark.parametrize(("setting", "name"), [(setting, name) for setting, names in REFUSED.items() for name in names])
def test_another_function_is_never_suggested(setting: str, name: str) -> None:
    with pytest.raises(SettingError, match="must be one of") as told:
        Experiment(**{setting: name})
    said = str(told.value)
    assert "Did you mean" not in said or name in ("softmax", "maxout")
    assert said.endswith((".", "?"))


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        *((Initializer, *pair) for pair in (TORCH | KERAS).items()),
        *((Activation, *pair) for pair in ACTIVATIONS.items()),
    ],
)
def test_a_name_means_what_it_means_there(kind: type, name: str, meant: str) -> None:
    assert kind.parse(name) == kind.parse(meant)
    setting = "init" if kind is Initializer else "activation"
    assert Experiment(**{setting: name, f"last_{setting}": name}) == Experiment(
        **{setting: meant, f"last_{setting}": meant}
    )


@pytest.mark.parametrize(
    ("setting", "name", "meant"), [("activation", "tahn", "'tanh'"), ("init", "he_norml", "'he_normal'")]
)
def test_what_is_spelt_alike_and_is_the_same_is_suggested(setting: str, name: str, meant: str) -> None:
    with pytest.raises(SettingError, match=f"Did you mean {meant}"):
        Experiment(**{setting: name})


def test_the_geometric_mean_of_the_fans_is_jaxs() -> None:
    law = Initializer.parse("variance_scaling(scale=2, mode=fan_geo_avg, distribution=uniform)")
    assert law.variance(100, 400) == pytest.approx(2 / 200)
    assert '"fan_geo_avg"' in law.code_in("flax") and not law.code_in("keras")
    assert "math.sqrt(fan_in * fan_out)" in law.code_in("numpy")


LAWS = (
    "trunc_normal", "trunc_normal(std=0.02)", "trunc_normal(std=0.5, a=-0.3, b=1)", "trunc_normal(a=5, b=9)",
    "trunc_normal(a=-9, b=-5)", "uniform_between", "uniform_between(a=-1, b=3)", "normal(std=0.5, mean=1)", "sparse",
    "sparse(sparsity=0.25, std=1)", "identity",
)  # fmt: skip


@pytest.mark.parametrize("text", LAWS)
@pytest.mark.parametrize("shape", [(300, 400), (400, 300)])
def test_moments_are_those_of_what_is_drawn(text: str, shape: tuple[int, int]) -> None:
    law = Initializer.parse(text)
    drawn = law.sample(np.random.default_rng(0), *shape)
    assert drawn.shape == shape
    squares = np.square(drawn)
    error = squares.std() / np.sqrt(drawn.size)
    assert abs(squares.mean() - law.variance(shape[1], shape[0])) <= 5 * error + 1e-12
    if text != "identity":
        assert abs(drawn.mean() - law.mean) <= 5 * drawn.std() / np.sqrt(drawn.size)
    low, high = getattr(law, "a", -np.inf), getattr(law, "b", np.inf)
    assert low <= drawn.min() and drawn.max() <= high


@pytest.mark.parametrize("text", LAWS[:5])
def test_cut_normals_have_scipys_moments(text: str) -> None:
    from scipy.stats import truncnorm

    law = Initializer.parse(text)
    with np.errstate(under="ignore"):
        known = truncnorm(law.a / law.std, law.b / law.std, scale=law.std)
        assert law.variance(9, 9) == pytest.approx(known.moment(2), rel=1e-8)
        assert law.mean == pytest.approx(known.mean(), rel=1e-9, abs=1e-12)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed.")
@pytest.mark.parametrize(
    "name",
    [*(name for name in TORCH if name not in ("constant_", "sparse_")), "trunc_normal_(std=0.5, a=-0.3, b=1)",
     "normal_(mean=1, std=0.5)", "uniform_(a=-1, b=3)", "sparse_(sparsity=0.25, std=1)"],
)  # fmt: skip
def test_each_of_torchs_draws_what_is_drawn_here(name: str) -> None:
    import torch

    called, _, given = name.rstrip(")").partition("(")
    arguments = {key: float(value) for key, value in (one.split("=") for one in given.split(", ") if one)}
    torch.manual_seed(0)
    theirs = getattr(torch.nn.init, called)(torch.empty(300, 400, dtype=torch.float64), **arguments).numpy()
    law = Initializer.parse(name)
    squares = np.square(theirs)
    error = squares.std() / np.sqrt(theirs.size)
    assert abs(squares.mean() - law.variance(400, 300)) <= 5 * error + 1e-12
    assert abs(theirs.mean() - law.mean) <= 5 * theirs.std() / np.sqrt(theirs.size) + (1 / 400 if "eye" in name else 0)


def moments_agree(theirs: np.ndarray, name: str, *, fourth: bool) -> None:
    """Weights (fan_in, fan_out) of another library, and the law that has the name here, by their moments."""
    law = Initializer.parse(name)
    ours = law.sample(np.random.default_rng(1), *theirs.shape[::-1]).T
    squares, count = np.square(theirs), theirs.size
    assert abs(squares.mean() - law.variance(*theirs.shape)) <= 5 * squares.std() / np.sqrt(
        count
    ) + 1e-6 * law.variance(*theirs.shape)
    if law.distribution not in ("identity", "orthogonal"):
        assert abs(theirs.mean() - law.mean) <= 5 * theirs.std() / np.sqrt(count) + 1e-6 * abs(law.mean)
    if fourth:
        of_theirs, of_ours = np.square(squares), ours**4
        error = np.sqrt((of_theirs.var() + of_ours.var()) / count)
        assert abs(of_theirs.mean() - of_ours.mean()) <= 5 * error + 1e-5 * of_ours.mean()


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed.")
@pytest.mark.parametrize("name", KERAS)
def test_each_of_keras_draws_what_is_drawn_here(name: str) -> None:
    import keras

    called, _, given = name.rstrip(")").partition("(")
    arguments = {key: float(value) for key, value in (one.split("=") for one in given.split(", ") if one)}
    keras.utils.set_random_seed(0)
    made = getattr(keras.initializers, called)(**arguments)
    drawn = keras.ops.convert_to_numpy(made((400, 300), "float32")).astype(float)
    moments_agree(drawn, name, fourth="Orthogonal" not in name)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed.")
@pytest.mark.parametrize("name", JAX)
def test_each_of_jax_s_has_the_variance_that_its_name_has_here(name: str) -> None:
    """JAX's normal laws of a fan are cut at two deviations, and widened to keep their variance."""
    import jax

    made = getattr(jax.nn.initializers, name)
    made = made if name in ("zeros", "ones") else made()
    drawn = np.asarray(made(jax.random.key(0), (400, 300)), dtype=float)
    moments_agree(drawn, name, fourth=not name.endswith("normal") and name != "orthogonal")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed.")
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name[0].isupper() and name not in ("QuickGELU",)])
def test_each_of_torchs_activations_is_the_one_here(name: str) -> None:
    import torch

    called, _, given = name.rstrip(")").partition("(")
    arguments = {key: float(value) for key, value in (one.split("=") for one in given.split(", ") if one)}
    h = torch.linspace(-9, 9, 721, dtype=torch.float64, requires_grad=True)
    module = getattr(torch.nn, called)(**arguments).double()
    values = module(h)
    (slopes,) = torch.autograd.grad(values.sum(), h)
    ours = Activation.parse(name)
    np.testing.assert_allclose(ours.function(h.detach().numpy()), values.detach().numpy(), rtol=1e-12, atol=1e-13)
    away = np.all(
        [np.abs(h.detach().numpy() - kink) > 1e-9 for kink in ours.kinks] or [h.detach().numpy() < 99], axis=0
    )
    rounding = 1e-7 if called in ("Hardsigmoid", "Hardswish") else 1e-10  # it has a sixth in single precision
    np.testing.assert_allclose(
        ours.derivative(h.detach().numpy())[away], slopes.numpy()[away], rtol=rounding, atol=1e-12
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("uniform_between(a=2, b=1)", "a must not exceed b"), ("trunc_normal(a=40, b=50)", "nothing of a deviation of 1"),
     ("trunc_normal(a=2, b=1)", "a must not exceed b"), ("sparse(sparsity=2)", r"sparsity must lie in \[0, 1\]")],
)  # fmt: skip
def test_what_no_law_has_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        Initializer.parse(text)
