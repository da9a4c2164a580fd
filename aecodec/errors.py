"""Every error aecodec raises on purpose, and the exit code each becomes.

::

    AecError                 base; never raised itself
    ├── UsageError      2    the call's arguments are wrong, or contradict one another or the picture
    ├── FormatError     3    the file is damaged, or is no .aec file
    ├── UnsupportedError 4   sound, but a version, feature or kind of picture unknown here
    ├── ModelError      5    the model is missing, damaged, or not the one the file needs
    ├── LimitError      6    a named limit would be exceeded
    └── FileError       7    reading or writing failed; an existing output is never replaced

Messages are one line: what was found, what was expected, what to do. Where one names an argument of a function it does
so by an :class:`Argument`, so that a command can say it as it is typed there.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in the package itself: typing's own takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable


class Argument(str):
    """The name of an argument, as a part of a message."""

    __slots__ = ()


class AecError(Exception):
    """Base of all errors that aecodec raises on purpose; made from the parts of its message, one after another."""

    exit_code = 1

    def __init__(self, *parts: str) -> None:
        super().__init__(*parts)

    def __str__(self) -> str:
        return self.worded(str)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments that the message names."""
        return tuple(str(part) for part in self.args if isinstance(part, Argument))

    def worded(self, name: Callable[[str], str]) -> str:
        """Return the message, with every argument as ``name`` says it."""
        return "".join(name(part) if isinstance(part, Argument) else part for part in self.args)


class UsageError(AecError):
    """Arguments are of a wrong type or contradict one another, or a target cannot be met."""

    exit_code = 2


class FormatError(AecError):
    """The bytes are not a valid ``.aec`` file: damaged, cut short, or something else."""

    exit_code = 3


class UnsupportedError(AecError):
    """The file or picture may be sound, but has a version, feature or mode that is not known here."""

    exit_code = 4


class ModelError(AecError):
    """The model is missing, damaged, or not the one that the file needs; or this process computes other numbers than
    models need.
    """

    exit_code = 5


class LimitError(AecError):
    """More pixels, pictures or bytes than :mod:`aecodec.limits` allows."""

    exit_code = 6


class FileError(AecError):
    """Reading or writing a file failed."""

    exit_code = 7
