"""Probes of real modules: every number against plain hooks, the model left as it was, and what must be refused."""

from __future__ import annotations

import copy
from types import FunctionType

import numpy as np
import pytest

from simulator import Experiment, Network, Probe, SettingError, probe

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from tests.probing import models  # noqa: E402


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def mlp(depth: int = 3, width: int = 12, activation: type = nn.Tanh, out: int = 5) -> nn.Sequential:
    inner = [module for _ in range(depth) for module in (nn.Linear(width, width), activation())]
    return nn.Sequential(*inner, nn.Linear(width, out)).double()


def number(found: Probe, module: str, quantity: str, statistic: str, call: int = 1) -> float:
    frame = found.to_frame()
    rows = frame[(frame["module"] == module) & (frame["call"] == call)]
    rows = rows[(rows["quantity"] == quantity) & (rows["statistic"] == statistic)]
    assert len(rows) == 1, (module, quantity, statistic, frame["module"].unique())
    return float(rows["value"].iloc[0])


def moments(array: np.ndarray) -> dict[str, float]:
    return {"mean": array.mean(), "variance": array.var(), "second_moment": np.square(array).mean()}


def test_every_number_is_that_of_a_network_of_ones_own() -> None:
    """Linear and tanh, in double precision: `sim.Network`, which is checked against autograd."""
    model, x = mlp(), torch.randn(16, 12, dtype=torch.float64)
    linear = [module for module in model if isinstance(module, nn.Linear)]
    arrays = [[each.detach().numpy() for each in (module.weight, module.bias)] for module in linear]
    top = torch.randn(16, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    network = Network([w for w, _ in arrays], [b for _, b in arrays], ["tanh", "tanh", "tanh", "linear"])
    trace = network.propagate(x.numpy(), top.numpy())
    found = probe(model, x)
    for layer, module in enumerate(["input", "1", "3", "5", "6"]):
        for quantity, array in (("activation", trace.activations), ("activation_gradient", trace.activation_gradients)):
            for statistic, expected in moments(array[layer]).items():
                np.testing.assert_allclose(number(found, module, quantity, statistic), expected, rtol=1e-12, atol=1e-15)
    for layer in (1, 2, 3):
        act, lin = str(2 * layer - 1), str(2 * layer - 2)
        for quantity, array in (
            ("preactivation", trace.preactivations[layer]),
            ("preactivation_gradient", trace.preactivation_gradients[layer]),
        ):
            assert number(found, act, quantity, "variance") == pytest.approx(array.var(), rel=1e-12)
        assert number(found, lin, "activation", "variance") == pytest.approx(
            trace.preactivations[layer].var(), rel=1e-12
        )
        expected = trace.weight_gradients[layer]
        assert number(found, lin, "weight_gradient", "second_moment") == pytest.approx(
            np.square(expected).mean(), rel=1e-12
        )
        x_l = trace.activations[layer]
        unit = x_l / np.linalg.norm(x_l, axis=1, keepdims=True)
        pairs = unit @ unit.T
        mean = (pairs.sum() - 16) / (16 * 15)
        assert number(found, act, "activation", "correlation") == pytest.approx(mean, rel=1e-12)
        assert number(found, act, "activation", "between_variance") == pytest.approx(x_l.var(axis=0).mean(), rel=1e-12)
        flat = np.abs(trace.activations[layer]) > np.sqrt(0.95)
        assert number(found, act, "activation", "saturated_fraction") == pytest.approx(flat.mean(), abs=1e-15)


def plain_hooks(model: nn.Module, x: torch.Tensor, top: torch.Tensor) -> dict[str, tuple[float, float]]:
    """Variance of the outputs and of their gradients of every leaf that is called once, by hooks of this test's own."""
    kept: dict[str, torch.Tensor] = {}

    def hook(name: str):
        def keep(module, given, output):
            output.retain_grad()
            kept[name] = output

        return keep

    handles = [
        each.register_forward_hook(hook(name)) for name, each in model.named_modules() if not list(each.children())
    ]
    x = x.clone().requires_grad_()
    (model(x) * top).sum().backward()
    for handle in handles:
        handle.remove()
    found = {name: (each.var(correction=0).item(), each.grad.var(correction=0).item()) for name, each in kept.items()}
    model.zero_grad()
    return found


@pytest.mark.parametrize("make", [lambda: models.resnet(inplace=False, blocks=2), models.Vision], ids=["resnet", "vit"])
def test_whole_models_agree_with_plain_hooks(make) -> None:
    model, x = make().double(), torch.randn(4, 3, 16, 16, dtype=torch.float64)
    top = torch.randn(4, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = plain_hooks(copy.deepcopy(model), x, top)
    found = probe(model, x)
    once = {point.module for point in found.points} - {point.module for point in found.points if point.call > 1}
    checked = [name for name in expected if name in once]
    assert len(checked) >= 8
    for name in checked:
        forward, backward = (number(found, name, q, "variance") for q in ("activation", "activation_gradient"))
        np.testing.assert_allclose([forward, backward], expected[name], rtol=1e-11)


def test_in_place_and_out_of_place_are_the_same() -> None:
    torch.manual_seed(3)
    one = models.resnet(inplace=True, blocks=3).double()
    other = models.resnet(inplace=False, blocks=3).double()
    other.load_state_dict(one.state_dict())
    x = torch.randn(4, 3, 8, 8, dtype=torch.float64)
    frames = [probe(model, x).to_frame() for model in (one, other)]
    assert frames[0]["module"].tolist() == frames[1]["module"].tolist()
    for module in ("1.conv1", "1.bn2", "2.relu", "3.conv2", "6"):
        for quantity in ("activation", "activation_gradient"):
            rows = [
                f[(f["module"] == module) & (f["quantity"] == quantity) & (f["statistic"] == "variance")]
                for f in frames
            ]
            np.testing.assert_allclose(rows[0]["value"], rows[1]["value"], rtol=1e-12)


def test_a_module_called_twice_has_two_points_and_one_weight_gradient() -> None:
    found = probe(models.resnet(blocks=1).double(), torch.randn(4, 3, 8, 8, dtype=torch.float64))
    assert [point.call for point in found.points if point.module == "1.relu"] == [1, 2]
    shared = nn.Linear(6, 6).double()
    found = probe(nn.Sequential(shared, nn.Tanh(), shared), torch.randn(5, 6, dtype=torch.float64))
    frame = found.to_frame()
    assert len(frame[(frame["quantity"] == "weight_gradient") & (frame["statistic"] == "variance")]) == 1


def test_sums_norms_attention_and_embeddings_are_named() -> None:
    found = probe(models.GPT(), torch.randint(0, 100, (4, 16)))
    kinds = {point.module: point.kind for point in found.points}
    assert (
        kinds["tokens"] == "embedding" and kinds["layers.0.norm1"] == "norm" and kinds["layers.0.mlp.1"] == "activation"
    )
    assert kinds["layers.0"] == "sum" and found.points[0].module != "input", "Tokens are no signal."
    assert found.nearest_experiment() is None and found.theory is None
    assert probe(models.resnet(models.PreBlock), torch.randn(2, 3, 8, 8)).points[8].kind == "sum"
    told = probe(models.Recurrent(), torch.randn(7, 3, 16))
    assert any("steps" in note for note in told.notes)
    assert [point.call for point in told.points if point.module == "cell"] == list(range(1, 8))


def state(model: nn.Module) -> tuple[object, ...]:
    hooks = [
        (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks), m.training) for m in model.modules()
    ]
    tensors = [t.detach().clone() for t in (*model.parameters(), *model.buffers())]
    grads = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    return hooks, tensors, grads, torch.get_rng_state(), [id(t) for t in (*model.parameters(), *model.buffers())]


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


class Faulty(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.second = nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 3)

    def forward(self, x):
        self.second(self.norm(self.first(x)))
        raise RuntimeError("out of luck\nand more")


@pytest.mark.parametrize("model", [models.resnet(), Faulty()], ids=["whole", "faulty"])
@pytest.mark.parametrize("training", [True, False])
def test_a_model_is_left_as_it_was_found(model: nn.Module, training: bool) -> None:
    model.train(training)
    x = torch.randn(4, 3, 8, 8) if not isinstance(model, Faulty) else torch.randn(4, 3)
    for parameter in list(model.parameters())[::2]:
        parameter.grad = torch.ones_like(parameter)
    dropped = nn.Sequential(model, nn.Dropout(0.5)) if not isinstance(model, Faulty) else model
    before = state(dropped)
    if isinstance(model, Faulty):
        with pytest.raises(
            SettingError, match=r"does not take a batch of shape \(4, 3\): RuntimeError: out of luck\.$"
        ):
            probe(dropped, x)
    else:
        probe(dropped, x)
        probe(dropped, x, seeds=2)
        probe(dropped, x, reinit="he_normal")
    assert same(before, state(dropped))


def test_seeds_draw_anew_and_a_scheme_is_tried_on_a_copy() -> None:
    model, x = mlp(6, 64, nn.ReLU), torch.randn(32, 64, dtype=torch.float64)
    default, tried = probe(model, x, seeds=3), probe(model, x, reinit="he_normal", seeds=3)
    assert default.curves["activation", "variance"][0].shape == (3, 14)
    assert default.nearest_experiment().init == "torch_default" and default.nearest_experiment().bias == "torch_default"
    assert tried.nearest_experiment().init == "he_normal" and tried.nearest_experiment().bias == "zeros"
    assert tried.verdict.signal.decades > default.verdict.signal.decades + 1

    def own(made: nn.Module) -> None:
        for parameter in made.parameters():
            nn.init.constant_(parameter, 0.0)

    assert probe(model, x, reinit=own).verdict.outcome.name == "SIGNAL_IS_ZERO"
    kept = probe(models.Vision(), torch.randn(2, 3, 16, 16), seeds=2)
    assert any("reset_parameters" in note for note in kept.notes)
    conv = probe(
        nn.Sequential(nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3)),
        torch.randn(2, 8, 9, 9),
        reinit="xavier_normal",
    )
    for weights in conv.weights:
        expected = 2 / (weights.fan_in + weights.fan_out)
        assert weights.variance == pytest.approx(expected, rel=5 * np.sqrt(2 / weights.entries))


def test_the_nearest_experiment_foretells_what_was_measured() -> None:
    model = nn.Sequential(*[m for _ in range(12) for m in (nn.Linear(256, 256, bias=False), nn.Tanh())])
    for module in model[::2]:
        nn.init.xavier_normal_(module.weight)
    found = probe(model, torch.randn(64, 256))
    near = found.nearest_experiment()
    assert isinstance(near, Experiment) and near.init in ("xavier_normal", "lecun_normal") and near.depth == 12
    chart = found.chart()
    theory = next(trace for trace in chart["data"] if "theory" in trace["name"])
    measured = found.curves["activation", "variance"][1][0]
    # One network of width 256 scatters by about sqrt(5 L / N) in ln Var.
    np.testing.assert_allclose(
        theory["y"], measured[np.asarray(theory["x"])], atol=4 * np.sqrt(5 * 12 / 256) / np.log(10)
    )


def test_verdict_names_the_module_and_a_broken_model_the_first_that_is_no_number() -> None:
    model = mlp(8, 32)
    with torch.no_grad():
        model[6].weight.mul_(1e-4)
        model[6].bias.zero_()
    found = probe(model, torch.randn(16, 32, dtype=torch.float64))
    assert "module 6 (linear) does most of it" in found.verdict.cause and found.verdict.level == "fails"
    with torch.no_grad():
        model[4].weight[0, 0] = float("nan")
    assert probe(model, torch.randn(16, 32, dtype=torch.float64)).verdict.headline == (
        "From 4 on there are values that are not finite numbers."
    )
    huge = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    with torch.no_grad():
        huge[0].weight.mul_(1e30)
    assert probe(huge, torch.randn(4, 8)).verdict.signal.decades == pytest.approx(60, abs=2), (
        "Squares overflow, they do not."
    )


def test_a_loss_and_a_learning_rate() -> None:
    model, x, y = mlp(2), torch.randn(16, 12, dtype=torch.float64), torch.randint(0, 5, (16,))
    found = probe(model, x, y, "cross_entropy", learning_rate=0.1)
    loss = nn.functional.cross_entropy(model(x), y)
    gradient = torch.autograd.grad(loss, model[0].weight)[0]
    expected = 0.1 * gradient.std(correction=0) / model[0].weight.std(correction=0)
    assert number(found, "0", "weight_gradient", "update_ratio") == pytest.approx(expected.item(), rel=1e-12)
    assert probe(model, x, loss=lambda out: out.square().mean()).verdict.headline


def test_a_saved_probe_is_the_same_again(tmp_path) -> None:
    found = probe(models.resnet(blocks=2), torch.randn(4, 3, 8, 8), seeds=2)
    found.save(tmp_path / "signal.parquet")
    again = Probe.load(tmp_path / "signal.parquet")
    assert again.points == found.points and again.weights == found.weights and again.notes == found.notes
    assert again.verdict.headline == found.verdict.headline and again.verdict.cause == found.verdict.cause
    for pair, (values, _) in found.curves.items():
        if pair[1] != "finite":
            np.testing.assert_array_equal(values, again.curves[pair][0])
    for content in (b"", b"PAR1" * 9, (tmp_path / "signal.parquet").read_bytes()[:-9]):
        with pytest.raises(SettingError):
            Probe.load(content)


class Detached(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)

    def forward(self, x):
        return self.inner(x).detach()


def frozen() -> nn.Module:
    return nn.Linear(3, 3).requires_grad_(False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((None, torch.ones(2, 3)), "must be a torch.nn.Module"),
        ((nn.ReLU(), torch.ones(2, 3)), "no parameters"),
        ((frozen(), torch.ones(2, 3)), "no parameter asks for a gradient"),
        ((Detached(), torch.ones(2, 3)), "no gradient function"),
        ((nn.Linear(3, 3), torch.ones(2, 4)), r"does not take a batch of shape \(2, 4\)"),
        ((nn.Linear(3, 3), "table"), "must be a tensor"),
        ((nn.LazyLinear(3), torch.ones(2, 3)), "lazy parameters"),
        ((nn.DataParallel(nn.Linear(3, 3)), torch.ones(2, 3)), "spread over devices"),
        ((lambda: torch.compile(nn.Linear(3, 3), backend="eager"), torch.ones(2, 3)), "is compiled"),
        ((lambda: torch.ao.nn.quantized.Linear(3, 3), torch.ones(2, 3)), "is quantized"),
        ((nn.Linear(3, 3), torch.ones(2, 3), None, "hinge"), "must be a function or one of"),
        ((nn.Linear(3, 3), torch.ones(2, 3), torch.ones(9), "cross_entropy"), "the loss does not take"),
        ((nn.Linear(3, 3), torch.ones(2, 3), None, None, ["9"]), "has no module '9'"),
        ((nn.Linear(3, 3), torch.ones(2, 3), None, None, "auto", 0), "must lie in"),
        ((nn.Linear(3, 3), torch.ones(2, 3), None, None, "auto", 1, "kaiming"), "he_normal or he_uniform"),
    ],
    ids=lambda value: None if isinstance(value, tuple) else value[:20],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_what_cannot_be_probed_is_one_sentence(arguments, said: str) -> None:
    model = arguments[0]() if isinstance(arguments[0], FunctionType) else arguments[0]
    with pytest.raises(SettingError, match=said) as raised:
        probe(model, *arguments[1:])
    assert str(raised.value).count("\n") == 0 and str(raised.value).endswith(".")
