"""Settings: frozen dataclasses, each field and all together checked; and parts, which a setting names in text."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self, cast

from simulator import part_text, registry
from simulator.registry import Registered
from simulator.registry import SettingError as SettingError
from simulator.values import LONGEST_TEXT as LONGEST_TEXT
from simulator.values import Setting as Setting
from simulator.values import Value as Value
from simulator.values import check_names as check_names
from simulator.values import echo as echo
from simulator.values import number_text as number_text
from simulator.values import one_of as one_of
from simulator.values import setting as setting


@dataclass(frozen=True)
class Rule:
    """A rule between several settings.

    `check` is given the settings, each of them canonical, and returns what is wrong, as fields of the text `sentence`;
    None where all is well. `repair` returns changes of which each alone may put it right, the readiest first.
    """

    fields: tuple[str, ...]
    check: Callable[[Any], Mapping[str, object] | None]
    sentence: str
    repair: Callable[[Any], Iterable[Mapping[str, Value]]]

    def broken(self, settings: Settings) -> str:
        """Say what is wrong with `settings`, in one sentence; "" if nothing is."""
        words = self.check(settings)
        return "" if words is None else self.sentence.format_map(words)


class Settings:
    """Base of frozen dataclasses whose fields are all settings: checked and canonical once made."""

    rules: ClassVar[tuple[Rule, ...]] = ()
    """The rules between the settings; each is asked where those before it hold."""

    def __post_init__(self) -> None:
        self.make_canonical(self.settings())
        for rule in self.rules:
            if said := rule.broken(self):
                raise SettingError(said)

    def make_canonical(self, names: Iterable[str]) -> None:
        """Bring each of these values, by itself, to its one form; raises SettingError for one that cannot be used."""
        for name in names:
            value = self.settings()[name].check(getattr(self, name), self.owner())
            object.__setattr__(self, name, value)

    @classmethod
    def owner(cls) -> str:
        """The name that error sentences use."""
        return cls.__name__

    @classmethod
    def settings(cls) -> dict[str, Setting]:
        """Every setting by name, in the order of declaration."""
        if "_settings" not in cls.__dict__:
            registry.complete(cls)
            made: dict[str, Setting] = {}
            for part in dataclasses.fields(cast(Any, cls)):
                if part.default is dataclasses.MISSING:
                    raise SettingError(f"{cls.owner()}.{part.name} has no default; give it one, as in setting(1.0).")
                about = dict(part.metadata.get("setting", {}))
                if each := about.pop("each", ""):
                    about["each"] = dataclasses.replace(made[each], name=part.name)
                made[part.name] = Setting(part.name, cast(Value, part.default), **about)
            type.__setattr__(cls, "_settings", made)
        return cast(dict[str, Setting], cls.__dict__["_settings"])

    def replace(self, **changes: Value) -> Self:
        """A copy with some settings changed; one that overrides a changed one gives way to it.

        Raises SettingError for a name that does not exist or a value that cannot be used.
        """
        check_names(changes, self.settings(), self.owner())
        return cast(Self, dataclasses.replace(cast(Any, self), **self.giving_way(changes)))

    def draft(self, changes: Mapping[str, Value]) -> Self:
        """As `replace`, but what results may break rules."""
        made, changes = object.__new__(type(self)), self.giving_way(changes)
        for name, value in {**self.as_dict(), **changes}.items():
            object.__setattr__(made, name, value)
        made.make_canonical(changes)
        return made

    def giving_way(self, changes: Mapping[str, Value]) -> dict[str, Value]:
        """The changes, and the default of every setting that would override one of them."""
        return {name: self.settings()[name].default for name in self.overriding(changes)} | dict(changes)

    def overriding(self, names: Iterable[str]) -> list[str]:
        """The settings beside which some others say nothing."""
        asked = set(names)
        return [n for n, about in self.settings().items() if asked & set(about.overrides) and getattr(self, n)]

    def as_dict(self) -> dict[str, Value]:
        """Every value by name."""
        return {name: getattr(self, name) for name in self.settings()}

    def params(self) -> dict[str, str]:
        """The settings that differ from their defaults and say something, as text: a link, or flags."""
        return {
            name: number_text(value)
            for name, about in self.settings().items()
            if (value := getattr(self, name)) != about.default and not self.overriding([name])
        }

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> tuple[Self, list[str]]:
        """Settings from text, keeping every good value; one sentence for each bad one.

        Names that are not settings of this class are left to others.
        """
        given = {name: params[name] for name in cls.settings() if name in params}
        try:
            return cls(**given), []
        except SettingError:
            made, complaints = cls(), []
        for name, text in given.items():
            try:
                made = made.replace(**{name: text})
            except SettingError as error:
                complaints.append(str(error))
        return made, complaints


class Part(Registered, Settings):
    """Base of a registry: classes that a setting names in text, as `name(param=value)`.

    A direct subclass opens a registry; its subclasses enter it with class keywords:
    `class Tanh(Activation, name="tanh")`. A user's own part that is defined again under its name takes the place
    of the earlier one, also in experiments that name it; a name that is shipped cannot be had.
    """

    elsewhere: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Names that other libraries use, in lower case without underscores, for what there is not here or not so: what to
    say of each."""

    foreign: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Names of other libraries, spelt as they spell them, and the text that each means here."""

    code: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The part in the frameworks of the exported scripts, by their names: Python with the part's own attributes as
    {fields}. Of several lines the last is the value. "keras()" is for default parameters, where that is shorter.
    """

    rank: ClassVar[int] = 1
    """Its place in a menu: what every course has is 0; of rank 2 is what is left out where all are shown at once."""

    @classmethod
    def menu(cls, *, rare: bool = True) -> list[str]:
        """The registered names by rank, in the order they came; with those of rank 2 or without."""
        ranks = {name: cast(type[Part], part).rank for name, part in cls.registry.items()}
        return sorted((name for name, rank in ranks.items() if rare or rank < 2), key=ranks.__getitem__)

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
    def translated(cls, text: str) -> str:
        """The text with a name that is known here: other libraries' own, with their defaults, and their spellings."""
        call = part_text.part(text)
        if call is None or call[0] in cls.registry:
            return text
        called, given = call
        if meant := cls.foreign.get(called):
            name, usual = part_text.part(meant) or (meant, {})
            given = {**usual, **_renamed(given)}
        else:
            name = called.lower()
            spelt = {part.replace("_", ""): part for part in (*cls.registry, *cls.aliases)}
            squashed = name.replace("_", "")
            if name not in cls.aliases and squashed not in cls.elsewhere:
                name = spelt.get(squashed, name)
            name = cls.aliases.get(name, name)
            if name not in cls.registry:
                return text
            given = given if called == name else _renamed(given)
        return f"{name}({', '.join(f'{key}={value}' for key, value in given.items())})" if given else name

    @classmethod
    def parse(cls, value: object, where: str = "") -> Self:
        """A registered part from its text, or the part itself; raises SettingError."""
        if isinstance(value, cls):
            return value
        where = where or cls.noun
        if not isinstance(value, str):
            raise SettingError(f"{where} must be text such as {echo(next(iter(cls.registry)))}; got {echo(value)}.")
        call = part_text.part(cls.translated(value))
        if call is None:
            raise SettingError(f"{where} must look like name or name(param=value); got {echo(value)}.")
        called, given = call
        if called not in cls.registry:
            called = one_of(called, tuple(cls.menu()), where, called, cls.aliases, cls.elsewhere)
        part = cls.registry[called]
        check_names(given, part.settings(), part.name)
        return part(**given)

    def spelt_out(self) -> str:
        """Its text with its first setting, at the default too: normal(std=1)."""
        names = [name for place, name in enumerate(self.settings()) if not place or name in self.params()]
        settings = ", ".join(f"{name}={number_text(getattr(self, name))}" for name in names)
        return f"{self.name}({settings})" if settings else self.name

    def make_canonical(self, names: Iterable[str]) -> None:
        super().make_canonical(names)
        for name in names:
            if isinstance(value := getattr(self, name), str) and not part_text.whole(value):
                raise SettingError(
                    f"{self.name}.{name} must close its brackets and have no comma outside; got {echo(value)}."
                )

    def __str__(self) -> str:
        params = self.params()
        return f"{self.name}({', '.join(f'{k}={v}' for k, v in params.items())})" if params else self.name


def _renamed(given: Mapping[str, str]) -> dict[str, str]:
    return {_RENAMED.get(key, key): value for key, value in given.items()}


_RENAMED = {"stddev": "std", "minval": "a", "maxval": "b"}
"""Parameters of other libraries by their names here."""


class _Fields(dict[str, object]):
    """Fields by name, and a part's attributes where a name is none of them."""

    def __init__(self, part: Part, fields: Mapping[str, object]) -> None:
        super().__init__(fields)
        self.part = part

    def __missing__(self, name: str) -> object:
        return getattr(self.part, name)
