"""Model files that were proved here, so that they need not be proved each time they are loaded.

What proves a model depends on its file, on our code, on the libraries that calculate, and on the processor. All that is
noted (:mod:`aecodec.zoo.cache`), and as soon as any of it is another one the model is proved anew. Layers are checked
against the bound of exact inference whenever they are built, and rounding in every process: that costs next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

import numpy as np

from aecodec.entropy.stream import range_coder_file
from aecodec.zoo.cache import cache_folder, note, noted

_PROVED: Final = "proved"
_ROOMS: Final = (  # whose code decides what a model answers
    *("changes", "container", "drawings", "entropy", "exact", "grid", "ink", "kinds", "lossless", "lossy", "pixels"),
    *("scans", "zoo"),
)
_SETTINGS: Final = ("OPENBLAS", "MKL", "BLIS", "GOTO", "NPY", "OMP", "KMP", "VECLIB")  # how names of variables begin
_LIBRARIES: Final = (b"blas", b"mkl", b"blis", b"atlas", b"lapack", b"gomp", b"iomp")
_ANEW: Final = ContextVar("aecodec.proved_anew", default=False)
_HEAD: Final = 2048  # bytes of what Linux says of its first processor
_NAMES: Final = (b"vendor_id", b"cpu family", b"model", b"stepping", b"microcode", b"CPU ", b"Hardware")


def is_proved(files: Sequence[str]) -> bool:
    """Return whether the model of these ``files``, SHA-256 of its own and of its bases, was proved here before."""
    if _ANEW.get():
        return False
    about = _about(files)
    return about is not None and noted(about) == _PROVED


def note_proved(files: Sequence[str]) -> None:
    """Remember it for processes to come."""
    about = _about(files)
    if about is not None:
        note(about, _PROVED)


@contextlib.contextmanager
def proved_anew() -> Iterator[None]:
    """Within, models are proved whatever is noted, and then noted again."""
    token = _ANEW.set(True)
    try:
        yield
    finally:
        _ANEW.reset(token)


def _about(files: Sequence[str]) -> str | None:
    """Return all that a proof depends on, or None if that cannot be told, or notes are not kept."""
    if cache_folder() is None:
        return None
    here = _here()
    return None if here is None else "\n".join(["model", *files, *here])


@cache
def _here() -> tuple[str, ...] | None:
    """Return what is known of our code, of the libraries and of the processor."""
    try:
        libraries = [_stated(path, os.stat(path)) for path in _libraries()]
        return (sys.version, np.__version__, *_code(), *libraries, *_settings(), *_processor())
    except (OSError, ImportError, AttributeError, KeyError):  # a package in an archive, for one
        return None


def _stated(path: str, found: os.stat_result) -> str:
    return f"{path} {found.st_size} {found.st_mtime_ns}"


def _code() -> list[str]:
    """Return what is known of the files of our own rooms; raises OSError if they are no files."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    limits = os.path.join(package, "limits.py")
    found, folders = [_stated(limits, os.stat(limits))], [os.path.join(package, room) for room in _ROOMS]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    found.append(_stated(entry.path, entry.stat()))
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(entry.path)
    return sorted(found)


def _libraries() -> list[str]:
    """Return the files of NumPy's core and of constriction, and of what multiplies matrices where Linux tells that."""
    found = {_core().__file__, range_coder_file()}
    with contextlib.suppress(FileNotFoundError), open("/proc/self/maps", "rb") as maps:
        for line in maps:
            path = line[line.find(b"/") :].strip()
            if path.startswith(b"/") and any(name in os.path.basename(path) for name in _LIBRARIES):
                found.add(os.fsdecode(path))
    return sorted(found)


def _core() -> Any:
    """Return NumPy's core, which is at different places in its versions 1 and 2."""
    return sys.modules.get("numpy._core._multiarray_umath") or sys.modules["numpy.core._multiarray_umath"]


def _settings() -> list[str]:
    return sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(_SETTINGS))


def _processor() -> Iterator[str]:
    """Yield what NumPy finds that the processor can do, and what the system calls it."""
    yield " ".join(name for name, there in _core().__cpu_features__.items() if there)
    yield os.environ.get("PROCESSOR_IDENTIFIER", "")  # Windows
    if hasattr(os, "uname"):
        system = os.uname()
        yield f"{system.sysname} {system.release} {system.machine}"
    with contextlib.suppress(OSError), open("/proc/cpuinfo", "rb") as file:
        for line in file.read(_HEAD).partition(b"\n\n")[0].splitlines():
            if line.startswith(_NAMES):
                yield line.decode("ascii", "replace")
