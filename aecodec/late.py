"""Names of a package that are imported when they are first asked for, so that nobody waits for what he does not use.

The package imports the same names for type checkers alone, and lists them in ``__all__``.
"""

from importlib import import_module

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def late(package: str, places: "Mapping[str, Sequence[str]]") -> "Callable[[str], object]":
    """Return the ``__getattr__`` of ``package``: ``places`` has the names that each module gives, ``.its`` or another.

    A name must not be a module's, too: whoever imported that module would find it in the name's place.
    """
    modules = {name: module for module, names in places.items() for name in names}

    def find(name: str) -> object:
        """Import what is asked for, and keep it. Raises AttributeError."""
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(modules[name], package), name)
        setattr(import_module(package), name, found)
        return found

    return find
