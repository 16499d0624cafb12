"""Xavier has a 2 over the two fans."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import agrees, both_ways, decades, simulate

_WIDTH = 128
_NONE, _TWO, _HUNDRED, _MANY = (
    "hardly at all", "by a factor of about 2", "by a factor of about 100", "by a factor of 1,000 or more"
)  # fmt: skip


def _run(seed: int, *, activation: str, depth: int) -> Found:
    base = Experiment(activation=activation, depth=depth, width=_WIDTH, batch=32, seed=seed)
    networks = simulate(
        {
            "U(±√(6/(n_in + n_out)))": base.replace(init="xavier_uniform"),
            "N(0, 2/(n_in + n_out))": base.replace(init="xavier_normal"),
            "N(0, 1/(n_in + n_out)), as printed": base.replace(init="slip_xavier_half"),
        }
    )
    uniform, _, printed = networks.values()
    short = base.replace(activation="linear", depth=10)
    pair = simulate({"right": short.replace(init="xavier_uniform"), "printed": short.replace(init="slip_xavier_half")})
    apart = decades(pair["right"]) - decades(pair["printed"])
    numbers = {"depth": depth, "apart": decades(uniform) - decades(printed), "ratio": 10 ** (-apart / 9)}
    return numbers, both_ways(networks, source="Glorot and Bengio 2010")


def _right(numbers: Numbers) -> str:
    apart = numbers["apart"]
    return _NONE if apart < 0.1 else _TWO if apart < 1 else _HUNDRED if apart < 3 else _MANY


def _holds(numbers: Numbers) -> bool:
    return agrees(numbers["ratio"], 0.5, _WIDTH, 9) and (numbers["apart"] > 3) == (numbers["depth"] == 30)


LESSON = Lesson(
    title="Xavier: 1/(n_in + n_out) or 2/(n_in + n_out)?",
    question="A text gives Xavier's weights as N(0, 1/(n_in + n_out)) or uniform on ±√(6/(n_in + n_out)). After 30 "
    "layers of tanh, by how much do the signals of the two versions differ?",
    options=(_NONE, _TWO, _HUNDRED, _MANY),
    controls=(
        Control("activation", "Activation", ("linear", "tanh"), "tanh"),
        Control("depth", "Depth L", (2, 10, 30), 30),
    ),
    run=_run,
    right=_right,
    shown="Measured after {depth:.0f} layers: the uniform version's mean square is 10^{apart:.1f} times that of the "
    "normal version as printed. In ten linear layers each layer of the printed one keeps {ratio:.2g} of the other's.",
    answer="It is 2. The bound √(6/(n_in + n_out)) says so too: a uniform law on ±a has variance a²/3, here "
    "2/(n_in + n_out). With 1 in its place every layer halves the variance, 2⁻ᴸ after L layers.",
    formula="Var w = 2/(n<sub>in</sub> + n<sub>out</sub>) = a<sup>2</sup>/3,&emsp;"
    "a = √(6/(n<sub>in</sub> + n<sub>out</sub>))",
    source="Glorot and Bengio (2010), equations 12 and 16; the question is from a course text.",
    text=Text("N(0, 1/(n_in + n_out))", "N(0, 2/(n_in + n_out)): the text's own uniform version has this variance"),
    claim="The printed normal version keeps half the variance of its uniform version in every linear layer; after 30 "
    "layers less than a thousandth is left.",
    holds=_holds,
    page="signal",
    lab={"activation": "tanh", "init": "slip_xavier_half"},
    seconds=1.0,
)
