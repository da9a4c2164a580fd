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


def _frozen(cls: Any) -> Any:
    made: Any = dataclasses.dataclass(cls, init=False, eq=False, repr=False)
    compared = tuple(each.name for each in dataclasses.fields(made) if each.compare)
    methods = _equality(attrgetter(*compared) if compared else lambda _: ())
    for method in (_initializer(made), *methods, _repr, _set, _delete):
        if method.__name__ not in cls.__dict__:
            setattr(made, method.__name__, method)
    return made


def _initializer(made: Any) -> Callable[..., None]:
    """Return ``__init__``, which puts fields where they are kept, and so is quicker than one that sets them."""
    names: dict[str, Any] = {"missing": dataclasses.MISSING}
    given, put = ["self"], ["found = self.__dict__"]
    for each in dataclasses.fields(made):
        name, value = each.name, each.name
        if each.default_factory is not dataclasses.MISSING:
            names[f"make_{name}"] = each.default_factory
            value = f"make_{name}() if {name} is missing else {name}" if each.init else f"make_{name}()"
            given += [f"{name}=missing"] * each.init
        elif each.default is not dataclasses.MISSING:
            names[f"default_{name}"] = each.default
            given += [f"{name}=default_{name}"] * each.init
            value = name if each.init else f"default_{name}"
        else:
            given.append(name)
        put.append(f"found[{name!r}] = {value}")
    if hasattr(made, "__post_init__"):
        put.append("self.__post_init__()")
    exec(f"def __init__({', '.join(given)}):\n " + "\n ".join(put), names)
    made_here: Callable[..., None] = names["__init__"]
    return made_here


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


def _refuse(self: Any, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _keep(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_repr, _set, _delete = _named("__repr__", _show), _named("__setattr__", _refuse), _named("__delattr__", _keep)

__all__ = ["dataclass"]
