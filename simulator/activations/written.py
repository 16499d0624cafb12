"""A formula as code of another framework, and its derivative as NumPy's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.activations.tree import Tree

_ONE = {
    "pytorch": {"": "torch.{}", "softplus": "F.softplus", "relu": "F.relu"},
    "keras": {"": "ops.{}"},
    "flax": {"": "jnp.{}", **{name: f"jax.nn.{name}" for name in ("sigmoid", "softplus", "relu")},
             "erf": "jax.scipy.special.erf"},
    "numpy": {"": "np.{}", "erf": "np.vectorize(math.erf, otypes=[float])"},
}  # fmt: skip
FRAMEWORKS = tuple(_ONE)
_NUMPY = {"softplus": "np.logaddexp(0, {0})", "sigmoid": "(0.5 + 0.5 * np.tanh({0} / 2))", "relu": "np.maximum({0}, 0)"}
"""Each framework's name for a function of one argument: its own name in the module, but for those named."""

_SLOPES = {
    "exp": "np.exp({a})", "log": "1 / {a}", "log1p": "1 / (1 + {a})", "expm1": "np.exp({a})",
    "sqrt": "0.5 / np.sqrt({a})", "tanh": "(1 - np.tanh({a}) ** 2)", "softplus": "(0.5 + 0.5 * np.tanh({a} / 2))",
    "sigmoid": "(0.25 / np.cosh({a} / 2) ** 2)", "erf": "(2 / math.sqrt(math.pi) * np.exp(-({a}) ** 2))",
    "sin": "np.cos({a})", "cos": "-np.sin({a})", "arctan": "1 / (1 + ({a}) ** 2)", "abs": "np.sign({a})",
    "relu": "({a} > 0)",
}  # fmt: skip


def code(tree: Tree, framework: str) -> str:
    """The formula as an expression of h."""
    if tree.kind == "h":
        return "h"
    if tree.kind == "number":
        text = f"{tree.number!r}".removesuffix(".0")
        return text if tree.number >= 0 else f"({text})"
    parts = [code(part, framework) for part in tree.parts]
    if tree.kind in ("+", "-", "*", "/", "**"):
        return f"({parts[0]} {tree.kind} {parts[1]})"
    if len(parts) == 1:
        if framework == "numpy" and tree.kind in _NUMPY:
            return _NUMPY[tree.kind].format(parts[0])
        names = _ONE[framework]
        return f"{names.get(tree.kind, names[''].format(tree.kind))}({_bare(parts[0])})"
    numbers = [part for part in tree.parts if part.kind == "number"]
    if framework == "pytorch" and numbers:  # which compares tensors with tensors only
        other = parts[1] if tree.parts[0].kind == "number" else parts[0]
        return (
            f"torch.clamp({_bare(other)}, {'min' if tree.kind == 'maximum' else 'max'}={code(numbers[0], framework)})"
        )
    module = {"pytorch": "torch", "keras": "ops", "flax": "jnp", "numpy": "np"}[framework]
    return f"{module}.{tree.kind}({', '.join(map(_bare, parts))})"


def slope(tree: Tree) -> str:
    """Its derivative as an expression of h in NumPy; "" for 0."""
    if tree.kind == "h":
        return "1.0"
    if tree.kind == "number":
        return ""
    values, slopes = [code(part, "numpy") for part in tree.parts], [slope(part) for part in tree.parts]
    if len(values) == 1:
        return _product(_SLOPES[tree.kind].format(a=values[0]), slopes[0])
    (a, b), (da, db) = values, slopes
    if tree.kind in ("maximum", "minimum"):
        sign = ">" if tree.kind == "maximum" else "<"
        return f"np.where({a} {sign} {b}, {da or 0}, {db or 0})" if da or db else ""
    if tree.kind in ("+", "-"):
        return f"({da or 0} {tree.kind} {db})" if db else da
    if tree.kind == "*":
        terms = [term for term in (_product(da, b), _product(db, a)) if term]
        return f"({' + '.join(terms)})" if terms else ""
    if tree.kind == "/":
        whole = f"({da or 0} - {a} / {b} * {db})" if db else da
        return f"({whole} / {b})" if whole else ""
    return _product(f"{b} * {a} ** ({b} - 1)", da)


def _product(one: str, other: str) -> str:
    if not one or not other:
        return ""
    return one if other == "1.0" else other if one == "1.0" else f"{one} * {other}"


def _bare(text: str) -> str:
    """Without brackets around the whole of it."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and place < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text
