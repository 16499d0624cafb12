"""What a setting is: a checked dataclass field that widgets, links, flags and columns are made from."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import math
import operator
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Self, cast

from simulator import registry
from simulator.registry import Registered
from simulator.registry import SettingError as SettingError

Value = int | float | str
Bounds = tuple[float, float]

_PART = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_LONGEST_ECHO = 60

LONGEST_TEXT = 20_000
"""Characters of a value: 2,000 widths fit, and what takes time that grows with their square stays short."""


@dataclass(frozen=True)
class Setting:
    """What is known of one setting beside its value."""

    name: str
    default: Value
    bounds: Bounds | None = None
    softbounds: Bounds | None = None
    choices: type[Part] | tuple[str, ...] | None = None
    otherwise: str = ""
    help: str = ""
    symbol: str = ""
    label: str = ""

    @property
    def kind(self) -> type[Value]:
        return type(self.default)

    @property
    def title(self) -> str:
        """What the setting is called on a screen."""
        return self.label or self.name.replace("_", " ").capitalize()

    def check(self, value: object, owner: str) -> Value:
        """Return `value` in canonical form, or raise SettingError naming `owner`."""
        where = f"{owner}.{self.name}"
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise SettingError(f"{where} must have at most {LONGEST_TEXT:,} characters; got {len(value):,}.")
        if isinstance(self.choices, type):
            return self.otherwise if self.otherwise and value == self.otherwise else self._part(value, where)
        if self.choices is not None:
            return one_of(value, self.choices, where)
        if self.kind is str:
            if not isinstance(value, str):
                raise SettingError(f"{where} must be text; got {echo(value)}.")
            return value.strip()
        number = _integer(value, where) if self.kind is int else _real(value, where)
        if self.bounds is not None and not self.bounds[0] <= number <= self.bounds[1]:
            low, high = (number_text(bound) for bound in self.bounds)
            raise SettingError(f"{where} must lie in [{low}, {high}]; got {echo(value)}.")
        return number

    def _part(self, value: object, where: str) -> str:
        assert isinstance(self.choices, type)
        if self.otherwise and isinstance(value, str) and "(" not in value:
            known = (self.otherwise, *self.choices.registry, *self.choices.aliases)
            one_of(value.strip().lower(), known, where, value)
        return str(self.choices.parse(value, where))


def setting(
    default: Value,
    *,
    bounds: Bounds | None = None,
    softbounds: Bounds | None = None,
    choices: type[Part] | tuple[str, ...] | None = None,
    otherwise: str = "",
    help: str = "",
    symbol: str = "",
    label: str = "",
) -> Any:
    """A dataclass field that is a setting.

    `bounds` are enforced, `softbounds` are what a slider offers, `choices` is a Part class or a
    tuple of texts, `otherwise` a text allowed in place of a part, `symbol` the field's letter for it.
    """
    about = {"bounds": bounds, "softbounds": softbounds, "choices": choices, "otherwise": otherwise}
    return field(default=default, metadata={"setting": {**about, "help": help, "symbol": symbol, "label": label}})


class Settings:
    """Base of frozen dataclasses whose fields are all settings: checked and canonical once made."""

    def __post_init__(self) -> None:
        for about in self.settings().values():
            value = about.check(getattr(self, about.name), self.owner())
            object.__setattr__(self, about.name, value)

    @classmethod
    def owner(cls) -> str:
        """The name that error sentences use."""
        return cls.__name__

    @classmethod
    def settings(cls) -> dict[str, Setting]:
        """Every setting by name, in the order of declaration."""
        if "_settings" not in cls.__dict__:
            registry.complete(cls)
            fields = dataclasses.fields(cast(Any, cls))
            for part in fields:
                if part.default is dataclasses.MISSING:
                    raise SettingError(f"{cls.owner()}.{part.name} has no default; give it one, as in setting(1.0).")
            found = {
                part.name: Setting(part.name, cast(Value, part.default), **part.metadata.get("setting", {}))
                for part in fields
            }
            type.__setattr__(cls, "_settings", found)
        return cast(dict[str, Setting], cls.__dict__["_settings"])

    def replace(self, **changes: Value) -> Self:
        """A copy with some settings changed; raises SettingError for a name that does not exist."""
        check_names(changes, self.settings(), self.owner())
        return cast(Self, dataclasses.replace(cast(Any, self), **changes))

    def params(self) -> dict[str, str]:
        """The settings that differ from their defaults, as text: a link, or flags."""
        return {
            name: number_text(value)
            for name, about in self.settings().items()
            if (value := getattr(self, name)) != about.default
        }

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> tuple[Self, list[str]]:
        """Settings from text, keeping every good value; one sentence for each bad one.

        Names that are not settings of this class are left to others.
        """
        made, complaints = cls(), []
        for name in cls.settings():
            if name in params:
                try:
                    made = made.replace(**{name: params[name]})
                except SettingError as error:
                    complaints.append(str(error))
        return made, complaints


class Part(Registered, Settings):
    """Base of a registry: classes that a setting names in text, as `name(param=value)`.

    A direct subclass opens a registry; its subclasses enter it with class keywords:
    `class Tanh(Activation, name="tanh")`. A user's own part that is defined again under its name takes the place
    of the earlier one, also in experiments that name it; a name that is shipped cannot be had.
    """

    code: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What it is in the frameworks of the exported scripts, by their names: Python with the part's own attributes as
    {fields}. Of several lines the last is the value. "keras()" is for default parameters, where that is shorter.
    """

    @classmethod
    def owner(cls) -> str:
        return cls.name

    @classmethod
    def summary(cls) -> str:
        """The first sentence of the class's docstring."""
        return inspect.getdoc(cls).split("\n\n")[0].replace("\n", " ") if cls.__doc__ else ""  # type: ignore[union-attr]

    def code_in(self, framework: str, **fields: object) -> str:
        """Its code for a framework with the {fields} filled, the given ones first; empty where it has none."""
        code = self.code.get(framework, "")
        if not self.params():
            code = self.code.get(f"{framework}()", code)
        return code.format_map(_Fields(self, fields))

    @classmethod
    def parse(cls, value: object, where: str = "") -> Self:
        """A registered part from its text, or the part itself; raises SettingError."""
        if isinstance(value, cls):
            return value
        where = where or cls.noun
        if not isinstance(value, str):
            raise SettingError(f"{where} must be text such as {echo(next(iter(cls.registry)))}; got {echo(value)}.")
        match = _PART.fullmatch(value)
        if match is None:
            raise SettingError(f"{where} must look like name or name(param=value); got {echo(value)}.")
        name = one_of(
            cls.aliases.get(match[1].lower(), match[1].lower()), tuple(cls.registry), where, match[1], cls.aliases
        )
        part = cls.registry[name]
        given: dict[str, str] = {}
        for piece in (match[2] or "").split(","):
            if not piece.strip():
                continue
            key, equals, text = (side.strip() for side in piece.partition("="))
            if not equals or not key or key in given:
                raise SettingError(f"{where} must look like name or name(param=value); got {echo(value)}.")
            given[key] = text
        check_names(given, part.settings(), name)
        return part(**given)

    def __str__(self) -> str:
        params = self.params()
        return f"{self.name}({', '.join(f'{k}={v}' for k, v in params.items())})" if params else self.name


class _Fields(dict[str, object]):
    """Fields by name, and a part's attributes where a name is none of them."""

    def __init__(self, part: Part, fields: Mapping[str, object]) -> None:
        super().__init__(fields)
        self.part = part

    def __missing__(self, name: str) -> object:
        return getattr(self.part, name)


def one_of(value: object, choices: tuple[str, ...], where: str, shown: object = None, near: Iterable[str] = ()) -> str:
    """Return `value` if it is one of `choices`, or raise SettingError with the nearest spelling."""
    if isinstance(value, str) and value in choices:
        return value
    shown = value if shown is None else shown
    close = difflib.get_close_matches(str(shown)[:_LONGEST_ECHO].lower(), [*choices, *near], n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise SettingError(f"{where} must be one of [{', '.join(choices)}]; got {echo(shown)}.{hint}")


def check_names(names: Iterable[str], settings: Mapping[str, Setting], owner: str) -> None:
    """Raise SettingError for the first name that is not a setting of `owner`."""
    for name in names:
        if name not in settings:
            close = difflib.get_close_matches(name[:_LONGEST_ECHO], settings, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            known = f"its settings are [{', '.join(settings)}]" if settings else "it has no settings"
            raise SettingError(f"{owner} has no setting {echo(name)}; {known}.{hint}")


def number_text(value: Value) -> str:
    """The shortest text that reads back as `value`."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else repr(value)


def echo(value: object) -> str:
    """`value` as an error sentence shows it: quoted, on one line, never long."""
    try:
        text = repr(value)
    except Exception:  # a value's own repr may fail, an error sentence may not
        text = type(value).__name__
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_ECHO else text[: _LONGEST_ECHO - 3] + "..."


def _integer(value: object, where: str) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        if not isinstance(value, bool):
            return operator.index(cast(Any, value))
    except TypeError:
        pass
    raise SettingError(f"{where} must be a whole number; got {echo(value)}.")


def _real(value: object, where: str) -> float:
    number = math.nan
    if isinstance(value, str):
        if _NUMBER.fullmatch(value.strip()):
            number = float(value)
    elif not isinstance(value, bool):
        try:
            number = float(cast(Any, value))
        except (TypeError, ValueError, OverflowError):
            pass
    if not math.isfinite(number):
        raise SettingError(f"{where} must be a finite number; got {echo(value)}.")
    return number + 0.0  # -0.0 becomes 0.0, so that equal settings have one text
