"""The number of terms that a layer with weight sharing sums, beside the fans that frameworks count for its init."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass

from simulator.settings import SettingError, echo

EXAMPLE = "Conv2d(64, 128, 3)"
_LONGEST, _MOST = 200, 10**6
_NAME = re.compile(r"Conv(Transpose)?([123])d")
_PLACES = ("in_channels", "out_channels", "kernel_size", "stride")
_KEYS = (*_PLACES, "groups")
_PASSED_OVER = ("padding", "output_padding", "bias", "padding_mode", "dilation")
"""Arguments that change no fan."""


@dataclass(frozen=True)
class SharedLayer:
    """A linear or convolutional layer by what decides its fans: channels, places of its kernel and of its stride.

    Away from the border every unit sums `summed` products, and every input goes into `spread` of them, on average
    over the places where a stride makes these differ: n_in and n_out of n_in Var W (He et al. 2015, sec. 2.2).
    """

    text: str
    fan: tuple[int, int]
    kernel: int
    stride: int
    groups: int
    transposed: bool

    @property
    def summed(self) -> float:
        """Products in the sum of one output."""
        return self.fan[0] / self.groups * self.kernel / (self.stride if self.transposed else 1)

    @property
    def spread(self) -> float:
        """Outputs that one input goes into."""
        return self.fan[1] / self.groups * self.kernel / (1 if self.transposed else self.stride)

    @property
    def pytorch(self) -> tuple[int, int]:
        """(fan_in, fan_out) of torch.nn.init: sizes 1 and 0 of the weight times the places of its kernel.

        A transposed convolution's weight is (in, out / groups, places), so that its fans change places.
        """
        out, into = self.fan[1], self.fan[0] // self.groups
        if self.transposed:
            out, into = self.fan[0], self.fan[1] // self.groups
        return into * self.kernel, out * self.kernel

    @property
    def keras(self) -> tuple[int, int]:
        """(fan_in, fan_out) of keras.initializers: the last sizes of the kernel, (places, in / groups, out)."""
        into, out = self.fan[0] // self.groups, self.fan[1]
        if self.transposed:  # (places, out, in)
            into, out = self.fan[1], self.fan[0]
        return into * self.kernel, out * self.kernel

    @property
    def sentences(self) -> list[str]:
        """Sentences on the change of a signal in the layer under he_normal, by the fans that each framework counts."""
        into, places = self.fan[0] // self.groups, self.kernel
        stride = f" / {self.stride} places of the stride" if self.transposed and self.stride > 1 else ""
        border = "; zero padding leaves some out at the border" if places > 1 else ""
        sentences = [
            f"Every output sums {into} channel{'s' * (into > 1)} × {places} place{'s' * (places > 1)} of the kernel"
            f"{stride} = {self.summed:g} products{border} (He et al. 2015)."
        ]
        named = {"PyTorch": self.pytorch, "Keras": self.keras}
        for way, number, place in (("in", self.summed, 0), ("out", self.spread, 1)):
            wrong = {name: counted[place] for name, counted in named.items() if counted[place] != number}
            for counted in dict.fromkeys(wrong.values()):
                who = [name for name, each in wrong.items() if each == counted]
                sentences.append(
                    f"{' and '.join(who)} count{'s' * (len(who) == 1)} fan_{way} = {counted} where it is {number:g}: "
                    f"the variance of a scheme of mode fan_{way} is {counted / number:.4g} times too small."
                )
        return sentences


def shared_layer(text: str, where: str = "layer") -> SharedLayer:
    """The layer that a line of PyTorch makes: Conv2d(64, 128, 3, groups=32); raises SettingError for another text.

    >>> shared_layer("nn.Conv2d(64, 128, 3)").summed
    576.0
    """
    name, given = _call(text, where)
    if name == "Linear":
        given |= {"kernel_size": 1}
        dims, transposed = 1, False
    else:
        match = _NAME.fullmatch(name)
        if match is None:
            raise SettingError(f"{where}: {echo(name)} is none of Linear, Conv1d to 3d and ConvTranspose1d to 3d.")
        dims, transposed = int(match[2]), match[1] is not None
    missing = [key for key in _PLACES[:3] if key not in given]
    if missing:
        raise SettingError(f"{where} must say its {missing[0]}; got {echo(text)}.")
    sizes = {key: _whole(given.get(key, 1), dims, key, where) for key in _KEYS}
    channels, groups = (sizes["in_channels"], sizes["out_channels"]), sizes["groups"]
    if any(count % groups for count in channels):
        raise SettingError(f"{where}: groups must divide both channels; got {channels[0]}, {channels[1]} and {groups}.")
    return SharedLayer(" ".join(text.split()), channels, sizes["kernel_size"], sizes["stride"], groups, transposed)


def _call(text: str, where: str) -> tuple[str, dict[str, object]]:
    """The name that is called, and its arguments by name: read, never run."""
    refused = SettingError(f"{where} must look like {EXAMPLE}; got {echo(text)}.")
    if len(text) > _LONGEST:
        raise refused
    try:
        parsed = ast.parse(text.strip(), mode="eval").body
        if not isinstance(parsed, ast.Call) or len(parsed.args) > len(_PLACES):
            raise refused
        name = ast.unparse(parsed.func).rpartition(".")[2]
        given = {key: ast.literal_eval(value) for key, value in zip(_PLACES, parsed.args, strict=False)}
        given |= {str(each.arg): ast.literal_eval(each.value) for each in parsed.keywords}
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        raise refused from None
    if name == "Linear":
        given = {key.replace("features", "channels"): value for key, value in given.items()}
    unknown = [key for key in given if key not in (*_KEYS, *_PASSED_OVER)]
    if unknown:
        raise SettingError(f"{where}: {echo(unknown[0])} is no argument of {echo(name)}.")
    return name, given


def _whole(value: object, dims: int, key: str, where: str) -> int:
    """A count, or the product of one a dimension."""
    shared = key in ("kernel_size", "stride")
    sizes = value if isinstance(value, tuple) and shared and len(value) == dims else (value,) * (dims if shared else 1)
    if any(type(size) is not int or not 1 <= size <= _MOST for size in sizes):
        raise SettingError(f"{where}: {key} must be whole numbers from 1 to {_MOST:,}; got {echo(value)}.")
    return math.prod(size for size in sizes if type(size) is int)
