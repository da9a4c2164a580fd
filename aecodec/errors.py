"""Every error aecodec raises on purpose, and the exit code each becomes.

::

    AecError                 base; never raised itself
    ├── UsageError      2    the call's arguments contradict one another or the picture
    ├── FormatError     3    the file is damaged, or is no .aec file
    ├── UnsupportedError 4   sound, but a version, feature or kind of picture unknown here
    ├── ModelError      5    the model is missing, damaged, or not the one the file needs
    ├── LimitError      6    a named limit would be exceeded
    └── FileError       7    reading or writing failed; an existing output is never replaced

Messages are one line: what was found, what was expected, what to do.
"""

from __future__ import annotations


class AecError(Exception):
    """Base of all errors that aecodec raises on purpose."""

    exit_code = 1


class UsageError(AecError):
    """Arguments that contradict one another, or a target that cannot be met."""

    exit_code = 2


class FormatError(AecError):
    """The bytes are not a valid ``.aec`` file: damaged, cut short, or something else."""

    exit_code = 3


class UnsupportedError(AecError):
    """Valid as far as known, but of a version, feature or picture mode not known here."""

    exit_code = 4


class ModelError(AecError):
    """The model is missing, damaged, or not the one that the file was written with; or this process computes
    otherwise than models need it.
    """

    exit_code = 5


class LimitError(AecError):
    """More pixels, pictures or bytes than :mod:`aecodec.limits` allows."""

    exit_code = 6


class FileError(AecError):
    """Reading or writing a file failed."""

    exit_code = 7
