"""One setting's name, bounds and words, and its values: checked, canonical, and as text."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from simulator import part_text
from simulator.registry import SettingError as SettingError

Value = int | float | str
Bounds = tuple[float, float]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_LONGEST_ECHO = 60

LONGEST_TEXT = 20_000
"""Characters of a value: 2,000 widths fit, and what takes time that grows with their square stays short."""


@dataclass(frozen=True)
class Setting:
    """A setting's properties beside its value.

    `bounds` are enforced, `softbounds` are what a slider offers. `choices` is a Part class or a tuple of texts,
    `otherwise` a text allowed in place of a part. `reads` makes a text canonical, or raises SettingError naming
    its second argument. `each` is the setting of which a text has an entry a layer, as in "tanh*3 | relu".
    `overrides` names the settings that say nothing where this one is not empty. `symbol` is the field's letter for it,
    `usual` what one tries it at, `example` a text that shows how to write it, `widget` "table" where a value is
    uploaded.
    """

    name: str
    default: Value
    bounds: Bounds | None = None
    softbounds: Bounds | None = None
    choices: type[Any] | tuple[str, ...] | None = None
    otherwise: str = ""
    reads: Callable[[str, str], str] | None = None
    each: Setting | None = None
    overrides: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    help: str = ""
    symbol: str = ""
    label: str = ""
    example: str = ""
    widget: str = ""

    @property
    def kind(self) -> type[Value]:
        return type(self.default)

    @property
    def title(self) -> str:
        """The setting's name on a screen."""
        return self.label or self.name.replace("_", " ").capitalize()

    def tried(self, present: Value) -> tuple[str, ...]:
        """Values that are usually tried, as text: those that are named, or else what follows from the setting."""
        if self.usual or isinstance(self.choices, tuple):
            return self.usual or cast(tuple[str, ...], self.choices)
        if self.choices is not None:
            return tuple(str(self.choices.registry[name]()) for name in self.choices.menu(rare=False))
        if isinstance(present, str):
            return (self.example,) if self.example else ()
        low, high = self.softbounds or self.bounds or (present / 4, present * 4)
        wanted = [present / 2, present * 2, present * 4] if present else [low + (high - low) * k / 4 for k in range(5)]
        return tuple(number_text(self.kind(min(max(value, low), high))) for value in wanted)

    def check(self, value: object, owner: str) -> Value:
        """Return `value` in canonical form, or raise SettingError naming `owner`."""
        where = f"{owner}.{self.name}"
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise SettingError(f"{where} must have at most {LONGEST_TEXT:,} characters; got {len(value):,}.")
        if self.kind is str:
            text = self._text(value, where)
            return self.reads(text, where) if self.reads else text
        number = _integer(value, where) if self.kind is int else real(value, where)
        if self.bounds is not None and not self.bounds[0] <= number <= self.bounds[1]:
            low, high = (number_text(bound) for bound in self.bounds)
            raise SettingError(f"{where} must lie in [{low}, {high}]; got {echo(value)}.")
        return number

    def _text(self, value: object, where: str) -> str:
        if isinstance(self.choices, type):
            return self.otherwise if self.otherwise and value == self.otherwise else self._part(value, where)
        if self.choices is not None:
            return one_of(value, self.choices, where)
        if not isinstance(value, str):
            raise SettingError(f"{where} must be text; got {echo(value)}.")
        return self._entries(value, self.each, where) if self.each and value.strip() else value.strip()

    def _part(self, value: object, where: str) -> str:
        assert isinstance(self.choices, type)
        value = self.choices.translated(value) if isinstance(value, str) else value
        if self.otherwise and isinstance(value, str) and "(" not in value:
            known = (self.otherwise, *self.choices.registry, *self.choices.aliases)
            one_of(value.strip().lower(), known, where, value, elsewhere=self.choices.elsewhere)
        return str(self.choices.parse(value, where))

    def _entries(self, text: str, each: Setting, where: str) -> str:
        """An entry a layer: every entry canonical, repeats as `entry*3`."""
        runs = part_text.runs(text)
        if runs is None:
            raise SettingError(f"{where} must look like {self.example}; got {echo(text)}.")
        owner = where.removesuffix(f".{self.name}")
        known = {entry: number_text(each.check(entry, owner)) for entry in dict(runs)}
        return part_text.listed(part_text.merged((known[entry], count) for entry, count in runs))


def setting(default: Value, **about: Any) -> Any:
    """A dataclass field that is a setting: what `Setting` knows of it, but `each` by its name."""
    return field(default=default, metadata={"setting": about})


def one_of(
    value: object,
    choices: tuple[str, ...],
    where: str,
    shown: object = None,
    near: Iterable[str] = (),
    elsewhere: Mapping[str, str] | None = None,
) -> str:
    """Return `value` if it is one of `choices`, or raise SettingError with the nearest spelling.

    What a name means `elsewhere` is told in place of one that is spelt alike; case and underscores do not count there.
    """
    if isinstance(value, str) and value in choices:
        return value
    shown = value if shown is None else shown
    close = difflib.get_close_matches(str(shown)[:_LONGEST_ECHO].lower(), [*choices, *near], n=1)
    meant = (elsewhere or {}).get(str(shown)[:_LONGEST_ECHO].lower().replace("_", ""))
    hint = f" {meant}" if meant else f" Did you mean {close[0]!r}?" if close else ""
    raise SettingError(f"{where} must be one of [{', '.join(choices)}]; got {echo(shown)}.{hint}")


def check_kind(value: object, kind: type, where: str, *others: type) -> None:
    """Raise SettingError where a value is of another kind; `others` are allowed, and not spoken of."""
    if not isinstance(value, (kind, *others)):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise SettingError(f"{where} must be {article} {kind.__name__}; got {echo(value)}.")


def real(value: object, where: str) -> float:
    """The finite number that a value is, or a text says in ASCII; raises SettingError."""
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
