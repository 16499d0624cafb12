"""An activation written as a formula of h: read against a white list, never run as Python, with its exact derivative.

The derivative is worked out beside the value, function by function (forward mode), so that it is as exact as that.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.activations import written
from simulator.activations.base import Activation, Array
from simulator.activations.own import properties
from simulator.activations.slopes import PLACES, check_values
from simulator.activations.tails import quiet
from simulator.activations.tree import EXTREMES, FUNCTIONS, GRID, Tree
from simulator.registry import kept
from simulator.settings import setting
from simulator.values import SettingError, echo

LONGEST = 200
_DEEPEST = 40
_WRITTEN = re.compile(r"[A-Za-z0-9+\-*/(),. ]*")
_STEEPEST = 1e3
"""The slope from which on a formula counts as one without a largest slope."""

_ORDINARY = 3.0
"""Sizes of h among which a formula must change: preactivations begin near 1."""

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"
}  # fmt: skip


def read(text: str, where: str = "formula.expression") -> Tree:
    """The formula in a text; raises SettingError, one sentence, for anything else."""
    if len(text) > LONGEST:
        raise SettingError(f"{where} must have at most {LONGEST} characters; got {len(text)}.")
    if not _WRITTEN.fullmatch(text):
        raise SettingError(f"{where} must be a formula of h in numbers, + - * / ** and functions; got {echo(text)}.")
    try:
        parsed = ast.parse(text.strip(), mode="eval").body  # read as a tree; nothing of it is ever run
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise SettingError(f"{where} must be a formula of h; {echo(text)} cannot be read as one.") from None
    return _tree(parsed, where, _DEEPEST)


def _tree(node: ast.expr, where: str, room: int) -> Tree:
    if not room:
        raise SettingError(f"{where} must be nested at most {_DEEPEST} deep.")
    down = room - 1
    if isinstance(node, ast.Name) and node.id == "h":
        return Tree("h")
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return Tree("number", number=_number(node.value, where))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _tree(node.operand, where, down)
        if isinstance(node.op, ast.UAdd):
            return inner
        minus = Tree("number", number=-inner.number if inner.kind == "number" else -1.0)
        return minus if inner.kind == "number" else Tree("*", minus, inner)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        kind, parts = _OPERATORS[type(node.op)], [_tree(side, where, down) for side in (node.left, node.right)]
        if kind == "**" and not (parts[1].kind == "number" and abs(parts[1].number) <= 20):
            raise SettingError(f"{where} must have numbers up to 20 as exponents.")
        return _stable(Tree(kind, *parts))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        name = node.func.id
        wanted = 1 if name in FUNCTIONS else 2 if name in EXTREMES else 0
        if not wanted:
            known = ", ".join((*FUNCTIONS, *EXTREMES))
            raise SettingError(f"{where} must use functions among {known}; got {echo(name)}.")
        if len(node.args) != wanted:
            raise SettingError(f"{where} must give {name} {wanted} argument{'s' * (wanted > 1)}; got {len(node.args)}.")
        return _stable(Tree(name, *(_tree(each, where, down) for each in node.args)))
    raise SettingError(f"{where} must be a formula of h in numbers, + - * / ** and functions.")


def _number(value: float, where: str) -> float:
    if abs(value) > 1e30:
        raise SettingError(f"{where} must have numbers up to 1e30.")
    return float(value)


def _stable(tree: Tree) -> Tree:
    """A number where there is no h in it; log(1 + exp(x)) and 1/(1 + exp(-x)) as what they are, without overflow."""
    if all(part.kind == "number" for part in tree.parts):
        with np.errstate(all="ignore"):
            value = float(tree.at(np.zeros(1))[0][0])
        if not math.isfinite(value):
            raise SettingError("formula.expression must give a number everywhere.")
        return Tree("number", number=value)
    if tree.kind == "log1p" and tree.parts[0].kind == "exp":
        return Tree("softplus", tree.parts[0].parts[0])
    if tree.kind == "log" and (inner := _one_plus_exp(tree.parts[0])) is not None:
        return Tree("softplus", inner)
    if tree.kind == "/" and (inner := _one_plus_exp(tree.parts[1])) is not None:
        gate = Tree("sigmoid", Tree("*", Tree("number", number=-1.0), inner))
        return gate if _is_one(tree.parts[0]) else Tree("*", tree.parts[0], gate)
    return tree


def _one_plus_exp(tree: Tree) -> Tree | None:
    """x of 1 + exp(x), in either order."""
    sides = tree.parts if tree.kind == "+" else ()
    for one, other in (sides, sides[::-1]) if sides else ():
        if _is_one(one) and other.kind == "exp":
            return other.parts[0]
    return None


def _is_one(tree: Tree) -> bool:
    return tree.kind == "number" and tree.number == 1


@kept(maxsize=64)
def _known(text: str) -> tuple[Tree, dict[str, Any]]:
    """A formula that is an activation, and what theory asks of it; raises SettingError where it is none."""
    tree = read(text)

    def of(place: int) -> Callable[[Array], Array]:
        def evaluate(h: Array) -> Array:
            with np.errstate(all="ignore"):
                return np.asarray(tree.at(h)[place], dtype=h.dtype)

        return evaluate

    phi, slope = of(0), of(1)
    check_values("formula", phi)
    steep = np.abs(slope(np.concatenate([PLACES, GRID, [-1e3, 1e3]])))
    if not np.isfinite(steep).all() or steep.max() > _STEEPEST:
        raise SettingError(f"formula.expression must have slopes below {_STEEPEST:g}; {echo(text)} is steeper.")
    near = np.abs(GRID) < _ORDINARY
    if not np.abs(slope(GRID[near])).max() > 1e-9:
        raise SettingError(f"formula.expression must change with h near 0; {echo(text)} does not.")
    kinks = tuple(sorted(set(tree.bends())))
    return tree, {"kinks": kinks, **properties(phi, slope, kinks)}


def _canonical(text: str, where: str) -> str:
    read(text, where)
    return text.replace(" ", "")


def _fact(name: str) -> Any:
    """A property of the formula that theory needs beside its values."""
    return property(lambda self: _known(self.expression)[1][name])


@dataclass(frozen=True)
class Formula(Activation, name="formula"):
    """A function of one's own as a formula of h, in numbers, + - * / ** and named functions."""

    rank = 2
    expression: str = setting(
        "h*tanh(log1p(exp(h)))",
        reads=_canonical,
        help="A formula of h: numbers, + - * / **, " + ", ".join((*FUNCTIONS, *EXTREMES)) + ".",
        example="h*sigmoid(1.5*h)",
    )

    kinks, turning_points = _fact("kinks"), _fact("turning_points")
    value_at_zero, odd, homogeneous = _fact("value_at_zero"), _fact("odd"), _fact("homogeneous")
    slopes_at_zero, slopes_at_infinity = _fact("slopes_at_zero"), _fact("slopes_at_infinity")

    def __post_init__(self) -> None:
        super().__post_init__()
        _known(self.expression)

    def code_in(self, framework: str, **fields: object) -> str:
        tree = _known(self.expression)[0]
        if framework == "numpy_derivative":
            return written.slope(tree) or "np.zeros_like(h)"
        return written.code(tree, framework) if framework in written.FRAMEWORKS else ""

    @quiet
    def function(self, h: Array) -> Array:
        return self.evaluate(h)[0]

    @quiet
    def derivative(self, h: Array) -> Array:
        return self.evaluate(h)[1]

    def evaluate(self, h: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            value, slope = _known(self.expression)[0].at(h)
        # Beyond where it can be worked out it goes on as it ends.
        left, right = self.slopes_at_infinity
        far = np.where(h < 0, left, right).astype(h.dtype)
        with np.errstate(under="ignore"):
            values = np.where(np.isfinite(value), value, far * h).astype(h.dtype, copy=False)
            return values, np.where(np.isfinite(slope), slope, far).astype(h.dtype, copy=False)

    def centred(self, h: Array) -> Array:
        return np.asarray(_known(self.expression)[1]["centred"](self, h))
