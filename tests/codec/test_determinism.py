"""The same bytes every time: on any number of threads, in any order; and silence."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

import aecodec
from aecodec.codec import Options, compress_all
from aecodec.codec.workers import workers
from aecodec.errors import LimitError, UsageError
from aecodec.zoo import Zoo
from tests.checks import check_all_same, check_error, run_python
from tests.codec.samples import ALL, read
from tests.made import strokes


@pytest.mark.parametrize("options", [{}, {"effort": 3}, {"quality": 30}, {"lossless": True}, {"max_mse": 1.0}])
def test_the_same_bytes_twice(options: dict[str, Any], models: list[Path]) -> None:
    assert len({aecodec.compress(ALL, model_path=models, **options) for _ in range(2)}) == 1
    assert len({aecodec.compress(tuple(ALL), model_path=models, **options) for _ in range(2)}) == 1


THREADED = """
import hashlib, sys
import numpy as np
import aecodec
from tests.made import strokes
pictures = list(strokes(90, 16, 16)) + [np.stack(list(strokes(3, 30, 40)), -1)]
digest = hashlib.sha256()
for options in ({"effort": 2}, {"effort": 1, "model": "made-128"}, {"quality": 40}, {"lossless": True}):
    data = aecodec.compress(pictures, model_path=sys.argv[1:], **options)
    digest.update(data)
    for picture in aecodec.decompress(data, model_path=sys.argv[1:]):
        digest.update(picture.tobytes())
print(digest.hexdigest())
"""


def test_the_same_bytes_on_any_number_of_threads(models: list[Path]) -> None:
    found = {threads: run_python(THREADED, str(models[0]), threads=threads) for threads in (1, 4)}
    assert len(set(found.values())) == 1, found


def test_order_of_pictures_does_not_change_them(models: list[Path]) -> None:
    pictures = list(strokes(12, 8, 8))
    forward = read(aecodec.compress(pictures, model_path=models), models)
    backward = read(aecodec.compress(pictures[::-1], model_path=models), models)
    check_all_same(backward[::-1], forward)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"lossless": True, "progressive": True, "latent_dim": 64}])
def test_names_are_checked_before_any_work(options: dict[str, Any], models: list[Path]) -> None:
    seen: list[int] = []
    for error, name in ((UsageError, "../b"), (UsageError, "a"), (UsageError, "a/b"), (LimitError, "")):
        names = ["a", name] if name else [f"{number}/{'n' * 200}" for number in range(2)]

        def attempt(names: list[str] = names) -> None:
            compress_all(ALL[:2], Options(**options), Zoo(models), many=True, names=names, progress=seen.append)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("aecodec.container.names.MAX_NAMES_BYTES", 300)
            check_error(error, attempt)
    assert not seen


def test_progress_and_silence(models: list[Path], capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[int] = []
    compress_all(ALL, Options(), Zoo(models), many=True, progress=seen.append)
    assert seen and seen[-1] == len(ALL) and seen == sorted(set(seen))
    assert capfd.readouterr() == ("", "")


def test_what_ends_the_work_ends_its_processes() -> None:
    """Nobody waits for what they are at."""
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), workers(2) as engine:
        list(engine.map(_interrupted, [os.getpid()] * 9))
    assert time.monotonic() - start < 30


def _interrupted(here: int) -> None:
    if os.getpid() == here:
        raise KeyboardInterrupt
    time.sleep(60)
