"""Many pictures to a file each: the bytes that each has alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Decoder, Options
from aecodec.codec.apart import compress_apart, decompress_apart
from aecodec.codec.choose import knows, knows_each
from aecodec.errors import FormatError, LimitError, ModelError
from aecodec.zoo import Zoo
from tests.checks import check_error, check_same, resealed
from tests.codec.samples import MODEL, PICTURES, Picture, exact_tiles, noise
from tests.made import strokes

SOME: list[Picture] = [*strokes(9, 8, 8), noise(8, 8), *PICTURES.values(), *exact_tiles(3), strokes(1, 8, 8)[0]]
WAYS: dict[str, dict[str, Any]] = {
    "unasked": {},
    "a search": {"effort": 2, "quality": 40},
    "a model": {"model": "made-8", "effort": 0},
    "exact": {"lossless": True},
    "exact, quick": {"lossless": True, "effort": 0},
    "exact by a model": {"lossless": True, "model": "made-784"},
    "in layers": {"lossless": True, "progressive": True, "model": "made-64"},
    "a target": {"max_bytes": 400, "effort": 0},
}


@pytest.mark.parametrize("way", WAYS)
def test_each_has_the_bytes_that_it_has_alone(way: str, models: list[Path]) -> None:
    some = SOME if way != "in layers" else SOME[:3]
    found = compress_apart(some, Options(**WAYS[way]), Zoo(models))
    for picture, result in zip(some, found, strict=True):
        try:
            alone: Any = aecodec.compress(picture, model_path=models, **WAYS[way])
        except aecodec.AecError as error:
            alone = str(error)
        assert (str(result) if isinstance(result, aecodec.AecError) else result.data) == alone


def test_models_are_told_together_as_alone() -> None:
    told = knows_each(MODEL, SOME)
    assert told == [knows(MODEL, [picture]) for picture in SOME]
    assert any(told) and not all(told)


def test_they_are_worked_on_together(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """One walk through the latents, whatever the number of pictures."""
    counts: list[int] = []
    prior = type(MODEL.tiles.networks.prior)
    real = prior.start
    monkeypatch.setattr(prior, "start", lambda self, count: counts.append(count) or real(self, count))
    compress_apart(SOME[:7], Options(model="made-8", effort=0), Zoo(models))
    assert counts == [7]


def test_what_is_wrong_with_one_is_its_own(models: list[Path]) -> None:
    wide = np.broadcast_to(np.uint8(0), (1, 40_000))
    found = compress_apart([SOME[0], wide, SOME[1]], Options(effort=0), Zoo(models))
    assert isinstance(found[1], LimitError)
    for picture, result in zip(SOME[:2], found[::2], strict=True):
        assert not isinstance(result, aecodec.AecError)
        assert result.data == aecodec.compress(picture, effort=0, model_path=models)


def test_without_a_model_there_is_none_for_any(models: list[Path]) -> None:
    check_error(ModelError, lambda: compress_apart(SOME, Options(model="none-such"), Zoo(models)))


def decoders_of(data: list[bytes], models: list[Path], **options: bool) -> list[Decoder]:
    return [Decoder(each, Zoo(models), **options) for each in data]


def test_each_file_gives_the_picture_that_it_gives_alone(models: list[Path]) -> None:
    """Of several models, qualities and kinds, in two layers, with alpha, and without any model."""
    ways: list[dict[str, Any]] = [
        *({"model": name, "effort": 0, "quality": quality} for name in ("made-8", "made-64") for quality in (30, 100)),
        {"lossless": True},
        {"lossless": True, "effort": 0},
    ]
    data = [aecodec.compress(each, model_path=models, **ways[n % len(ways)]) for n, each in enumerate(SOME)]
    data.append(aecodec.compress(SOME[0], lossless=True, progressive=True, model="made-64", model_path=models))
    found = decompress_apart(decoders_of(data, models))
    for each, picture in zip(data, found, strict=True):
        assert not isinstance(picture, aecodec.AecError)
        check_same(picture, aecodec.decompress(each, model_path=models))
    (base,) = decompress_apart(decoders_of(data[-1:], models, base=True))
    assert not isinstance(base, aecodec.AecError)
    check_same(base, aecodec.decompress(data[-1], base=True, model_path=models))


def test_files_are_decoded_together(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    data = [aecodec.compress(each, model="made-8", effort=0, model_path=models) for each in SOME[:6]]
    counts: list[int] = []
    prior = type(MODEL.tiles.networks.prior)
    real = prior.start
    monkeypatch.setattr(prior, "start", lambda self, count: counts.append(count) or real(self, count))
    decompress_apart(decoders_of(data, models))
    assert counts == [6]


@pytest.mark.parametrize("end", [b"\0", b"\x01"])
def test_damage_to_one_is_its_own(end: bytes, models: list[Path]) -> None:
    data = [aecodec.compress(each, model="made-8", effort=0, model_path=models) for each in SOME[:4]]
    damaged = resealed(data[1][:-4] + end + data[1][-4:])
    found = decompress_apart(decoders_of([data[0], damaged, *data[2:]], models))
    alone = check_error(FormatError, lambda: aecodec.decompress(damaged, model_path=models))
    assert isinstance(found[1], FormatError) and str(found[1]) == alone
    for number in (0, 2, 3):
        picture = found[number]
        assert not isinstance(picture, aecodec.AecError)
        check_same(picture, aecodec.decompress(data[number], model_path=models))
