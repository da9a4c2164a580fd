"""Another library's rounding mode: said, and never pixels that are wrong."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec.decode import decode_second
from aecodec.codec.workers import workers
from aecodec.errors import ModelError
from aecodec.exact.rounding import check_rounding, rounding_checked, rounding_checked_for_each
from aecodec.scans.reduction import check_reduction, taps
from aecodec.zoo import Zoo
from aecodec.zoo.digests import known_answer
from tests.checks import check_error, check_same
from tests.made import strokes

_STEP = {"x86_64": 0x400, "AMD64": 0x400, "aarch64": 0x400000, "arm64": 0x400000}.get(platform.machine(), 0)
_LIBRARY = ctypes.util.find_library("m") if os.name != "nt" else None
pytestmark = pytest.mark.skipif(not _STEP or _LIBRARY is None, reason="knows no way to change the rounding mode")
MODES = [_STEP, 2 * _STEP, 3 * _STEP]  # downward, upward, toward zero, in an order of the processor's
SAID = "does not round to nearest"
PICTURES = list(strokes(4))
COLOUR = np.add.outer(np.arange(40) ** 2 % 97, np.arange(150).reshape(50, 3) % 50).astype(np.uint8)


def set_mode(mode: int) -> None:
    """The rounding mode of this thread."""
    assert ctypes.CDLL(_LIBRARY).fesetround(mode) == 0


@contextmanager
def rounding(mode: int) -> Iterator[None]:
    """With another library's mode."""
    set_mode(mode)
    try:
        yield
    finally:
        set_mode(0)


@pytest.mark.parametrize("mode", MODES)
def test_every_other_mode_is_found(mode: int) -> None:
    check_rounding()
    with rounding(mode), pytest.raises(ModelError, match=SAID):
        check_rounding()
    check_rounding()


def test_it_is_checked_before_and_behind() -> None:
    def spoil() -> None:
        set_mode(MODES[0])

    def items() -> Iterator[int]:
        yield 1
        spoil()
        yield 2

    for work in (rounding_checked()(spoil), lambda: list(rounding_checked_for_each(items()))):
        with rounding(0):
            assert SAID in check_error(ModelError, work)
    done: list[int] = []
    with rounding(MODES[0]):
        assert SAID in check_error(ModelError, lambda: rounding_checked()(done.append)(1))
    assert not done


FILES: dict[str, Callable[[], bytes]] = {
    "lossy tiles": lambda: aecodec.compress(PICTURES),
    "scans": lambda: aecodec.compress(PICTURES, lossless=True),
    "layers": lambda: aecodec.compress(PICTURES, lossless=True, progressive=True),
    "grid": lambda: aecodec.compress(COLOUR),
    "pixels": lambda: aecodec.compress(COLOUR, lossless=True),
    "without a model": lambda: aecodec.compress(COLOUR, lossless=True, effort=0),
}


@pytest.mark.parametrize("what", FILES)
def test_files_are_neither_written_nor_read(what: str) -> None:
    """Whether the models are loaded already or not; and nothing that came of it is remembered."""
    for mode in MODES:
        with rounding(mode):
            assert SAID in check_error(ModelError, FILES[what])
    data = FILES[what]()
    right = aecodec.decompress(data)
    for mode in MODES:
        with rounding(mode):
            assert SAID in check_error(ModelError, lambda: aecodec.decompress(data))
            message = check_error(ModelError, FILES[what])
            assert SAID in message and ".safetensors" not in message
    assert FILES[what]() == data
    for found, expected in zip(aecodec.decompress(data), right, strict=True):
        check_same(found, expected)


def test_layers_are_checked_in_both() -> None:
    picture = PICTURES[0]
    with rounding(MODES[0]):
        assert SAID in check_error(ModelError, lambda: decode_second(b"", [picture], [], None))  # type: ignore[arg-type]


def test_other_processes_are_checked() -> None:
    """What they load may differ from what this one has loaded."""
    with workers(2) as engine:
        assert SAID in check_error(ModelError, lambda: list(engine.map(_spoilt, [os.getpid()] * 8)))
    check_rounding()


def _spoilt(here: int) -> None:
    if os.getpid() != here:
        set_mode(MODES[0])
    else:
        time.sleep(0.5)  # for as long as others take to start


def test_flushed_subnormals_change_nothing(torch: Any) -> None:
    """Many a library has the processor flush them: it must not matter."""
    expected = [make() for make in FILES.values()]
    pixels = Zoo().for_pixels()
    assert pixels is not None
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor does not flush them")
    try:
        assert np.float32(1e-40) * np.float32(1) == 0
        assert known_answer(pixels.built) == pixels.description["known_answer"]
        assert [make() for make in FILES.values()] == expected
        for data in expected:
            aecodec.decompress(data)
    finally:
        torch.set_flush_denormal(False)


@pytest.mark.parametrize("mode", MODES)
def test_known_answers_feel_every_mode(mode: int) -> None:
    """Those of what rounds: a machine that did so for another reason would not pass them either."""
    pixels = Zoo().for_pixels()
    assert pixels is not None
    check_reduction.cache_clear()
    check_reduction()
    for changed in (mode, 0):
        check_reduction.cache_clear()
        taps.cache_clear()
        with rounding(changed):
            wrong = known_answer(pixels.built) != pixels.description["known_answer"]
            assert wrong == bool(changed)
            if changed:
                assert "reduced to wrong values" in check_error(ModelError, check_reduction)
            taps.cache_clear()
    check_reduction()
