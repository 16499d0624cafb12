"""Who may take a name in a registry of parts, and caches that forget what a name stood for before."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Any, ClassVar, Generic, ParamSpec, Self, TypeVar, overload

Params = ParamSpec("Params")
Owner = TypeVar("Owner")
Made = TypeVar("Made")

_PACKAGE = __name__.partition(".")[0]
_generation = 0


class SettingError(ValueError):
    """A setting's value cannot be used; the message is one sentence for the user."""


class Registered:
    """A class whose direct subclass's direct subclasses open registries, which theirs enter with class keywords."""

    registry: ClassVar[dict[str, type[Self]]]
    aliases: ClassVar[dict[str, str]]
    name: ClassVar[str]
    noun: ClassVar[str]

    def __init_subclass__(cls, *, name: str = "", aliases: Iterable[str] = (), **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if any(Registered in base.__bases__ for base in cls.__bases__):
            cls.registry, cls.aliases, cls.noun = {}, {}, cls.__name__.lower()
        _complete_bases(cls)
        if name:
            cls.name = name
            if said := _obstacle(cls, aliases := tuple(aliases)):
                raise SettingError(said)
            if not shipped(cls):
                cls.examine()
            enter(cls, aliases)

    def __new__(cls, *args: object, **keywords: object) -> Self:
        complete(cls)
        return super().__new__(cls)

    @classmethod
    def examine(cls) -> None:
        """Raise SettingError if a user's own part, about to be registered, cannot do what its registry asks."""


def generation() -> int:
    """How often a name has been given to a part: what a cache keyed by a part's text must have in its key."""
    return _generation


def shipped(part: type[Any]) -> bool:
    """Whether a class of a part is the simulator's, not a user's own."""
    return part.__module__.partition(".")[0] == _PACKAGE


def own(base: type[Any]) -> list[type[Any]]:
    """The users' own parts of a registry, in the order of their definition."""
    return [part for part in base.registry.values() if not shipped(part)]


def _obstacle(part: type[Any], aliases: tuple[str, ...]) -> str:
    """Why a class may not be registered under its name and aliases, in one sentence; "" if it may."""
    for text in (part.name, *aliases):
        if not text.isascii() or not text.isidentifier() or text != text.lower():
            return f"{part.noun} {text!r} must be named by lower-case letters, digits and underscores."
        holder = part.registry.get(part.aliases.get(text, text))
        if holder is None or (holder.name == part.name and _again(part, holder)):
            continue
        if shipped(holder):
            return f"{part.noun} {text!r} is the simulator's own and cannot be defined again; choose another name."
        if text != part.name:
            return f"{part.noun} {text!r} is taken by {holder.name!r}; choose another alias."
    return ""


def _again(part: type[Any], holder: type[Any]) -> bool:
    """Whether a part of the same name is an earlier definition: what is shipped may only be loaded again."""
    same = (part.__module__, part.__qualname__) == (holder.__module__, holder.__qualname__)
    return same or not shipped(holder)


def aliases_of(part: type[Any]) -> tuple[str, ...]:
    """The other names of a part."""
    return tuple(alias for alias, name in part.aliases.items() if name == part.name)


def enter(part: type[Any], aliases: tuple[str, ...]) -> None:
    """Register a class under names that nothing shipped has, in place of an earlier definition."""
    global _generation
    for alias in [alias for alias, name in part.aliases.items() if part.name in (alias, name)]:
        del part.aliases[alias]
    part.registry[part.name] = part
    part.aliases.update(dict.fromkeys(aliases, part.name))
    _generation += 1


def complete(part: type[Any]) -> None:
    """Make a frozen dataclass of a class that is none, and a hashable one of one that is not."""
    if "__dataclass_fields__" not in vars(part):
        dataclasses.dataclass(frozen=True)(part)
    elif vars(part).get("__hash__", _hash) is None:
        part.__hash__ = _hash  # type: ignore[assignment]


def _complete_bases(part: type[Any]) -> None:
    """Do so for those above a class that have settings of their own, lest it should lose them."""
    for kind in reversed(part.__mro__[1:]):
        if any(isinstance(value, dataclasses.Field) for value in vars(kind).values()):
            complete(kind)


def _hash(part: Any) -> int:
    return hash(tuple(getattr(part, field.name) for field in dataclasses.fields(part)))


def sample(part: type[Made]) -> Made:
    """An instance with every setting at its default, also before a decorator of the class has had its turn."""
    made = object.__new__(part)
    for name, value in [pair for kind in reversed(part.__mro__) for pair in vars(kind).items()]:
        if isinstance(value, dataclasses.Field):
            object.__setattr__(made, name, value.default)
    return made


def kept(maxsize: int) -> Callable[[Callable[Params, Made]], Callable[Params, Made]]:
    """`lru_cache` for functions whose arguments name parts by text, an Experiment among them.

    A part that is defined again under its name is asked anew.
    """

    def decorate(function: Callable[Params, Made]) -> Callable[Params, Made]:
        @lru_cache(maxsize)
        def held(_: int, *args: Params.args, **kwargs: Params.kwargs) -> Made:
            return function(*args, **kwargs)

        @wraps(function)
        def ask(*args: Params.args, **kwargs: Params.kwargs) -> Made:
            return held(_generation, *args, **kwargs)  # type: ignore[arg-type]

        return ask

    return decorate


class kept_property(Generic[Owner, Made]):
    """`cached_property` for what depends on parts that the owner names by text."""

    def __init__(self, make: Callable[[Owner], Made]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type[Owner], name: str) -> None:
        self._key = f"_kept_{name}"

    @overload
    def __get__(self, instance: None, owner: type[Owner]) -> kept_property[Owner, Made]: ...
    @overload
    def __get__(self, instance: Owner, owner: type[Owner]) -> Made: ...
    def __get__(self, instance: Owner | None, owner: type[Owner]) -> kept_property[Owner, Made] | Made:
        if instance is None:
            return self
        held: _Held[Made] | None = instance.__dict__.get(self._key)
        if held is None or held.generation != _generation:
            held = instance.__dict__[self._key] = _Held(_generation, self._make(instance))
        return held.value


class _Held(Generic[Made]):
    """A value and when it was made."""

    def __init__(self, generation: int, value: Made) -> None:
        self.generation, self.value = generation, value

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()  # left out of pickles: another process may know the name as another part
