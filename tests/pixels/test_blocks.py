"""Blocks of exact pixels: each with its own method, shared by threads and processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.coders import block_pictures
from aecodec.container import Shape, parse
from aecodec.errors import FormatError, UsageError
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import textured
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_error, check_same, resealed
from tests.golden import reference
from tests.others import others_do_all
from tests.pixels.model import MODEL, decoded


def test_the_encoder_takes_the_shorter_way() -> None:
    """Method 7 in a file for its model, stored in one that names none, and one of each in a container."""
    smooth, rough = textured(11, 20, 20), noise(12, 20, 20, 3)
    plan = Plan(MODEL, True, 0)
    found = encode([smooth], plan, many=False)
    assert (found.model, parse(found.data).body(0)[0], found.exact) == (MODEL, 7, True)
    found = encode([rough], plan, many=False)
    assert found.model is None and not parse(found.data).header.pixels
    check_all_same(decoded(found.data), [rough])


def test_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its own method; and a picture is found without those of other blocks."""
    monkeypatch.setattr("aecodec.coders.block_pictures", lambda shapes, some, count: 2)
    pictures = [textured(13, 12, 9), textured(14, 12, 9), noise(15, 12, 9, 3), noise(16, 12, 9, 3), textured(17, 9, 9)]
    data = encode(pictures, Plan(MODEL, True, 0), many=True).data
    container = parse(data)
    assert [container.body(block)[0] for block in range(3)] == [7, 0, 7]
    decoder = Decoder(data, OneModel(MODEL))
    check_all_same([decoder.picture(index) for index in range(5)], pictures)
    check_all_same(reference(data)[0], pictures)


def test_pictures_of_a_block() -> None:
    """Of drawings as many as fit, of photographs as many as are quick together."""
    flat, noisy = [np.zeros((64, 64, 3), np.uint8)], [noise(18, 64, 64, 3)]
    assert block_pictures([Shape(1024, 1024, 3)], flat, 1000) == 1
    assert block_pictures([Shape(28, 28), Shape(64, 64, 4)], flat, 1000) == 256
    assert block_pictures([Shape(9000, 9000, 4)], flat, 1000) == 1
    assert block_pictures([Shape(28, 28), Shape(64, 64, 4)], noisy, 1000) == 48
    assert block_pictures([Shape(512, 768, 3)], noisy, 1000) == 3
    assert block_pictures([Shape(3000, 4000, 3)], noisy, 1000) == 1
    assert block_pictures([Shape(28, 28), Shape(64, 64, 4)], noisy, 48) == 256


def test_any_pool_is_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file and the same pictures, whoever does the work, and whatever jobs there are."""
    monkeypatch.setattr("aecodec.coders.block_pictures", lambda shapes, some, count: 2)
    pictures = [textured(seed, 12, 9) for seed in range(13, 20)]
    data = encode(pictures, Plan(MODEL, True, 0), many=True).data
    asked: list[object] = []

    class Watched(ThreadPoolExecutor):
        def map(self, function: Any, /, *arguments: Any, **_: Any) -> Any:  # type: ignore[override]
            asked.append(function)
            return super().map(function, *arguments)

    with Watched(3) as pool:
        assert encode(pictures, Plan(MODEL, True, 0), many=True, engine=pool).data == data
        assert len(asked) == 1
        check_all_same(list(Decoder(data, OneModel(MODEL), engine=pool)), pictures)
    assert len(asked) == 2


def test_processes_share_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same file and pictures as from one process, its errors, and an end when nobody asks for more."""
    monkeypatch.setattr("aecodec.coders.block_pictures", lambda shapes, some, count: 2)
    others_do_all(monkeypatch)
    pictures = [textured(seed, 12, 9) for seed in range(13, 20)]
    plans = [Plan(MODEL, True, 0, jobs=jobs) for jobs in (1, 2)]
    data, shared = (encode(pictures, plan, many=True).data for plan in plans)
    assert data == shared
    decoder = Decoder(data, OneModel(MODEL), jobs=2)
    check_all_same(list(decoder), pictures)
    check_same(next(iter(decoder)), pictures[0])
    check = parse(data).records[2].stop - 1
    damaged = resealed(data[:check] + bytes([data[check] ^ 1]) + data[check + 1 :])
    check_error(FormatError, lambda: list(Decoder(damaged, OneModel(MODEL), jobs=2)))
    check_error(UsageError, lambda: aecodec.decompress(data, jobs=0))
    check_error(UsageError, lambda: aecodec.decompress(data, jobs=None))  # type: ignore[arg-type]
