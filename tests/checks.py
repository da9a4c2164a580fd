"""Checks that several test files share, each of which says what went wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray

from aecodec.errors import AecError, FormatError, UnsupportedError
from aecodec.zoo import Model

# The same examples on every machine, however busy it is.
settings.register_profile("aecodec", deadline=None, derandomize=True)
settings.load_profile("aecodec")


def hear_interrupts() -> None:
    """Let SIGINT reach the children of this process: a shell's background jobs begin with it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def check_same(found: Any, expected: Any) -> None:
    """Both arrays have one dtype, one shape and the same values."""
    assert isinstance(found, np.ndarray), type(found)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(found, expected)


def check_all_same(found: list[NDArray[Any]], expected: list[NDArray[Any]]) -> None:
    """:func:`check_same` for two lists."""
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        check_same(ours, theirs)


def check_error(error: type[AecError], call: Callable[[], object], what: str = "") -> str:
    """``call`` raises exactly ``error``, no subclass of it and nothing else; returns the message."""
    try:
        call()
    except Exception as raised:
        assert type(raised) is error, f"{what}: {type(raised).__name__}: {raised}; expected {error.__name__}"
        message = str(raised)
        assert message and "\n" not in message, f"{what}: not one line: {message!r}"
        return message
    raise AssertionError(f"{what}: accepted; expected {error.__name__}")


def check_damage_is_found(data: bytes, read: Callable[[bytes], object]) -> None:
    """Every shortened, lengthened or bit-flipped copy is refused, and only with these two errors."""
    for what, damaged in damages(data):
        try:
            read(damaged)
        except (FormatError, UnsupportedError):
            continue
        raise AssertionError(f"{what} was accepted")


def damages(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What happened, and the bytes after it: every prefix, some more bytes, every bit flipped."""
    for length in range(len(data)):
        yield f"cut to {length}", data[:length]
    for more in (b"\0", b"\x01", b"\xff", b"\0\0\0\0", data):
        yield f"followed by {more[:4].hex()}", data + more
    for place in range(len(data)):
        for bit in range(8):
            yield f"bit {bit} of byte {place}", flipped(data, place, 1 << bit)


def flipped(data: bytes, place: int, mask: int = 0xFF) -> bytes:
    """``data`` with the bits ``mask`` of one byte inverted."""
    return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


def sealed(content: bytes) -> bytes:
    """``content`` with the checksum that makes a file of it."""
    return content + zlib.crc32(content).to_bytes(4, "big")


def resealed(data: bytes) -> bytes:
    """A changed file with its checksum repaired."""
    return sealed(data[:-4])


def run_python(code: str, *arguments: str, threads: int = 1, timeout: float = 60) -> str:
    """Standard output of ``code`` in a new interpreter whose BLAS uses that many threads."""
    count = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env={**os.environ, **count, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tiles_of(model: Model, count: int, seed: int = 5) -> NDArray[np.uint8]:
    """Tiles that suit ``model``: what it synthesises, and a little noise."""
    rng = np.random.default_rng(seed)
    symbols = rng.integers(-2, 3, (count, model.tiles.networks.prior.latents)).astype(np.int8)
    base = model.tiles.networks.synthesise(symbols).astype(np.int64)
    return np.clip(base + rng.integers(-1, 2, base.shape), 0, 255).astype(np.uint8)
