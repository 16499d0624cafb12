"""The facts of an experiment that the scripts' templates must be told, and the Python text that they are made of."""

from __future__ import annotations

import ast
import math
import re
import shlex
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from simulator.cost import bytes_text
from simulator.experiment import Experiment
from simulator.settings import Part, SettingError
from simulator.studies.propagation import lasting_gains, propagate
from simulator.theory.mean_field import mean_field

_MANY = 2**27
"""Weights from which a script says how much memory they take."""

_QUICK = 1.0
"""Seconds that a diagnosis may cost; a larger network is judged by theory."""

_IMPORT = re.compile(r"(    )?(from \S+ )?import [^#]*")


def written(experiment: Experiment, framework: str, title: str, comments: list[str]) -> str:
    """The script of a framework, below its comments; without comments the init alone. Raises SettingError."""
    ask = partial(said, framework=framework, title=title)
    context = {
        "comments": comments,
        "only_init": not comments,
        "command": partial(command, experiment),
        "link": link(experiment),
        "framework": framework,
        "title": title,
        "experiment": experiment,
        "widths": repeated([str(width) for width in experiment.layer_widths], "WIDTHS"),
        "said": ask,
        **_weights(experiment, ask),
    }
    if comments:
        context |= _network(experiment, ask)
    return _imported(_templates().get_template(f"{framework}.py.j2").render(context))


def said(part: Part, framework: str, title: str, of: str = "", **fields: object) -> str:
    """A part's code, or that `of` it; raises SettingError where it has none."""
    code = part.code_in(f"{framework}_{of}" if of else framework, **fields)
    if not code:
        raise SettingError(f"There is no {title} code for the {f'{of} of the ' if of else ''}{part.noun} {part}.")
    return code


def comments(experiment: Experiment, diagnosis: str = "") -> list[str]:
    """The sentences that a script begins with: the diagnosis, worked out if empty, and what is particular."""
    lines = [diagnosis or _diagnosis(experiment)]
    if experiment.shape.weights > _MANY:
        lines += [f"Every weight matrix is formed here: {bytes_text(8 * experiment.shape.weights)}."]
    if experiment.lsuv == "on":
        lines += ["LSUV: the gains are what it makes of the network with the first seed, and its batch."]
    if not experiment.inputs_part.code_in("numpy"):
        lines += [
            "The data stays where it is: normal inputs stand in, of its mean square and mean cosine of two examples."
        ]
    return lines


def _diagnosis(experiment: Experiment) -> str:
    """Say what the initialization does, in one line: measured where that takes a second at most, else from theory."""
    cost = experiment.cost()
    if cost.fits and cost.seconds <= _QUICK:
        return propagate(experiment).verdict.headline
    return str(mean_field(experiment).outcome)


def command(experiment: Experiment, name: str = "run") -> str:
    """The experiment as a command line."""
    flags = [f"--{key.replace('_', '-')} {shlex.quote(value)}" for key, value in experiment.params().items()]
    return " ".join(["simulator", name, *flags])


def link(experiment: Experiment) -> str:
    """The experiment as the query of the app's address."""
    return "?" + urlencode(experiment.params())


def _weights(experiment: Experiment, ask: Callable[..., str]) -> dict[str, Any]:
    """The schemes and gains of the layers: what `init` needs."""
    layers = range(1, experiment.depth + 1)
    parts = [experiment.init_at(layer) for layer in layers]
    gains = lasting_gains(experiment)
    names = _named("weight", parts, [ask(part) for part in parts])
    schemes = dict(zip(names, parts, strict=True))
    alike = len(set(gains)) == 1
    scheme = parts[0] if len(schemes) == 1 else None
    law = f"{scheme}: {scheme.summary().removesuffix('.')}" if scheme else "Weights as WEIGHTS has them"
    if not alike or gains[0] != 1:
        law += f"; {f'gain {gains[0]!r}' if alike else 'gains as GAINS has them'}"
    return {
        "schemes": schemes,
        "scheme": scheme,
        "weights": "" if scheme else repeated(names, "WEIGHTS"),
        "gain": (repr(gains[0]) if gains[0] != 1 else "") if alike else "gain",
        "gains": "" if alike else repeated([repr(gain) for gain in gains], "GAINS"),
        "laws": f"{law}; biases {experiment.bias}",
        "fills": (ask(scheme) if scheme else "") + ask(experiment.bias_part),
    }


def _network(experiment: Experiment, ask: Callable[..., str]) -> dict[str, Any]:
    """The activations of the layers, norm, branches, inputs and loss."""
    depth, residual = experiment.depth, experiment.residual_part
    parts = [experiment.activation_at(layer) for layer in range(1, depth + 1)]
    names = _named("phi", parts, [ask(part) for part in parts])
    every = next((residual.skips(layer) for layer in range(1, depth + 1) if residual.skips(layer)), 0)
    if any(residual.skips(layer) != (every if every and layer % every == 0 else 0) for layer in range(1, depth + 1)):
        raise SettingError(f"There is no code for the residual {residual}, whose sums are not evenly spaced.")
    factor = residual.factor(depth)
    normal = "norm({})" if experiment.normalization != "none" else "{}"
    thin = "drop({})" if experiment.dropout else "{}"
    return {
        "activations": dict(zip(names, parts, strict=True)),
        "phis": names if len(set(names)) > 1 else [],
        "normalizes": experiment.normalization != "none",
        "before": residual.before,
        "rate": experiment.dropout,
        "share": round(1 - experiment.dropout, 12),
        "entering": "entering" if experiment.dropout and not residual.before else "",
        "every": every,
        "step": f"layer({thin.format(f'phi({normal})')})" if residual.before else f"phi({normal.format('layer({})')})",
        "times": f"{factor!r} * " if factor != 1 else "",
        "formula": _formula(experiment, every, factor),
        "inputs": experiment.inputs_part.code_in("numpy") or _stand_in(experiment),
        "trains": experiment.loss_part.trains,
    }


def _named(kind: str, parts: Sequence[Part], codes: Sequence[str]) -> list[str]:
    """A function's name for each layer: the kind alone where all have one code, else with the part's name."""
    names: dict[str, str] = {}
    for part, code in zip(parts, codes, strict=True):
        if code not in names:
            wanted = f"{kind}_{part.name}"
            taken = sum(name == wanted or name.startswith(f"{wanted}_at_") for name in names.values())
            names[code] = f"{wanted}_at_{taken + 1}" if taken else wanted
    return [kind if len(names) == 1 else names[code] for code in codes]


def _formula(experiment: Experiment, every: int, factor: float) -> str:
    """One layer in a line."""
    normal = "norm({})" if experiment.normalization != "none" else "{}"
    thin = "drop({})" if experiment.dropout else "{}"
    if experiment.residual_part.before:
        layer = "W " + thin.format(f"phi({normal.format('x')})") + " + b"
    else:
        layer = f"phi({normal.format('W ' + thin.format('x') + ' + b')})"
    if not every:
        return f"x -> {layer}."
    apart = "every layer" if every == 1 else f"every {every} layers"
    return (
        f"x -> {layer}; {apart} the signal that went by is added{f', the branch times {factor:.4g}' * (factor != 1)}."
    )


def _stand_in(experiment: Experiment) -> str:
    """Normal units with the mean square of the data and the mean cosine of two examples."""
    moments = experiment.inputs_part.moments(experiment.layer_widths[0])
    size, alike = math.sqrt(moments.second_moment), min(1.0, max(0.0, moments.correlation))
    return (
        f"shared = {math.sqrt(alike)!r} * rng.standard_normal((1, WIDTHS[0]))  # the same for all examples\n"
        f"own = {math.sqrt(1 - alike)!r} * rng.standard_normal((BATCH, WIDTHS[0]))\n"
        f"{size!r} * (shared + own)"
    )


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("simulator.export"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    made.filters |= {"about": about, "body": body, "comment": _comment, "with_derivatives": _with_derivatives}
    made.globals |= {"loop": loop, "repeated": repeated, "asks_fans": re.compile(r'(?<!")\bfan_(in|out)').search}
    return made


def body(code: str, last: str = "return {}", indent: int = 4) -> str:
    """Code of one line or several, the value of the last one put into `last`."""
    *lines, value = code.splitlines()
    value, hint, note = value.partition("  # ")
    return textwrap.indent("\n".join([*lines, last.format(value) + hint + note]), " " * indent)


def about(text: str, indent: int = 4) -> str:
    """A docstring that says `text`."""
    words = textwrap.wrap(text if text.endswith(".") else f"{text}.", 110 - indent, break_on_hyphens=False)
    lines = [f'"""{words[0]}"""'] if len(words) == 1 else [f'"""{words[0]}', *words[1:], '"""']
    return textwrap.indent("\n".join(lines), " " * indent)


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, 108, break_on_hyphens=False))


def _with_derivatives(names: Iterable[str]) -> list[str]:
    return [f"({name}, {name}_derivative)" for name in names]


def loop(over: Mapping[str, str], numbered: bool = False) -> str:
    """The line that begins a loop over several lists, by the names of their items; an empty list is left out."""
    lists = {names: things for names, things in over.items() if things}
    if len(lists) == 1 and not numbered:
        ((names, things),) = lists.items()
        return f"for {names} in {things}:"
    names = ", ".join(f"({name})" if "," in name else name for name in lists)
    things = f"zip({', '.join(lists.values())}, strict=True)" if len(lists) > 1 else next(iter(lists.values()))
    if numbered:
        return f"for number, {f'({names})' if len(lists) > 1 else names} in enumerate({things}, 1):"
    return f"for {names} in {things}:"


def repeated(items: Iterable[str], name: str = "") -> str:
    """Items as a Python list, what comes several times in a row once; `name` is what is assigned, for the width."""
    pieces: list[str] = []
    for item, run in groupby(items):
        count = len(list(run))
        if count > 2:
            pieces.append(f"[{item}] * {count}")
        elif pieces and pieces[-1].endswith("]"):
            pieces[-1] = f"{pieces[-1][:-1]}, {', '.join([item] * count)}]"
        else:
            pieces.append(f"[{', '.join([item] * count)}]")
    text = " + ".join(pieces)
    if len(name) + len(text) < 90:
        return text
    return "(\n" + textwrap.fill(text, 110, initial_indent="    ", subsequent_indent="    ") + "\n)"


def _imported(text: str) -> str:
    """The text with every import at its top, those that nothing asks for left out."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if _IMPORT.fullmatch(line.split("  #")[0]))
    rest = [line for line in lines if not _IMPORT.fullmatch(line.split("  #")[0])]
    asked = {node.id for node in ast.walk(ast.parse("\n".join(rest))) if isinstance(node, ast.Name)}
    kept = {}
    for line in lines:
        if _IMPORT.fullmatch(line.split("  #")[0]):
            statement, hint, note = line.strip().partition("  # ")
            source, _, names = statement.rpartition("import ")
            used = [
                name for name in names.split(", ") if re.split(r" as |\.", name)[-1 if " as " in name else 0] in asked
            ]
            if used:
                kept[f"{source}import {', '.join(used)}{hint}{note}"] = re.split(r"[ .]", statement)[1]
    groups = [
        [line for line, package in kept.items() if (package in sys.stdlib_module_names) is own] for own in (True, False)
    ]
    block = "\n\n".join(
        "\n".join(sorted(group, key=lambda line: (line.startswith("from"), line))) for group in groups if group
    )
    return "\n".join([*rest[:first], *block.splitlines(), *rest[first:]]) + "\n"
