"""Data classes that cannot be changed, made in a third of the time that ``dataclasses`` takes.

The standard module writes, compiles and runs the source of six methods for each class, half a millisecond. There are
dozens of small classes here, and a program that decodes one picture would spend more time on making them than on the
picture. Of these only ``__init__`` is made so; the others are the same functions for all. ``fields``, ``replace`` and
``field`` of the standard module work as ever.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, **options):
        """Do as ``dataclasses.dataclass``; what is ``frozen``, and nothing else in particular, is made quickly."""
        if not frozen or options:
            return dataclasses.dataclass(cls, frozen=frozen, **options)
        return _frozen if cls is None else _frozen(cls)


def _frozen(cls: type) -> type:
    made: type = dataclasses.dataclass(cls, eq=False, repr=False)
    compared = tuple(each.name for each in dataclasses.fields(made) if each.compare)
    methods = _equality(attrgetter(*compared) if compared else lambda _: ())
    for method in (*methods, _repr, _set, _delete):
        if method.__name__ not in cls.__dict__:
            setattr(made, method.__name__, method)
    return made


def _equality(values: Callable[[Any], object]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return ``__eq__`` and ``__hash__`` of what has these ``values``."""

    def eq(self: Any, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_(self: Any) -> int:
        return hash(values(self))

    return _named("__eq__", eq), _named("__hash__", hash_)


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = name
    return function


def _show(self: Any) -> str:
    shown = (each.name for each in dataclasses.fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _set_once(self: Any, name: str, value: object) -> None:
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _keep(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_repr, _set, _delete = _named("__repr__", _show), _named("__setattr__", _set_once), _named("__delattr__", _keep)

__all__ = ["dataclass"]
