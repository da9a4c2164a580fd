"""Damage: found wherever it is, behind a repaired checksum, and in the models."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aecodec
from aecodec.codec import Decoder
from aecodec.container import Header, Shape, Shapes, build, parse
from aecodec.errors import AecError, FormatError, LimitError, ModelError, UnsupportedError
from aecodec.zoo import Zoo, load_model
from tests.checks import check_damage_is_found, check_error, flipped, resealed
from tests.codec.samples import ALL, EXACT_MODEL, FILES, PICTURES, PRINT, exact_tiles, raw, read
from tests.made import strokes


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("name", ["native", "7x8", "grey and alpha", "equal and alpha", "1x1 rgba"])
def test_every_damage_is_found(name: str, lossless: bool, models: list[Path]) -> None:
    data = aecodec.compress(PICTURES[name], lossless=lossless, model_path=models)
    if len(data) > 100:
        data = aecodec.compress(PICTURES[name][:4, :3], lossless=lossless, model_path=models)
    check_damage_is_found(data, lambda damaged: read(damaged, models))


def test_every_damage_of_a_container_is_found(models: list[Path]) -> None:
    data = aecodec.compress(list(strokes(3, 8, 8)), names=["a", "b/c", "d"], quality=55, model_path=models)
    assert aecodec.inspect(data).step == 3
    check_damage_is_found(data, lambda damaged: read(damaged, models))


@pytest.mark.parametrize("lossless", [True, False])
def test_damage_behind_a_repaired_checksum(lossless: bool, models: list[Path]) -> None:
    """Where the file's CRC-32 agrees, that over the pixels still finds every changed byte of a record."""
    pictures = list(exact_tiles(3))
    data = aecodec.compress(pictures, lossless=lossless, latent_dim=784, model_path=models)
    record = parse(data).records[0]
    zoo = Zoo(models)
    for place in range(record.start, record.stop):
        for bit in (0, 3, 7):
            damaged = resealed(flipped(data, place, 1 << bit))
            try:
                found = list(Decoder(damaged, zoo))
            except (FormatError, UnsupportedError):
                continue
            raise AssertionError(f"bit {bit} of byte {place} passed: {len(found)} pictures")


@pytest.mark.parametrize("lossless", [True, False])
def test_a_wrong_model_is_caught(lossless: bool, models: list[Path]) -> None:
    """The right fingerprint on the wrong model: other pixels, and so no pixels."""
    pictures = list(exact_tiles(20))
    data = aecodec.compress(pictures, latent_dim=784, lossless=lossless, model_path=models)
    assert data[3:7] == EXACT_MODEL.fingerprint
    caught = 0
    for name in ("made-8", "made-64", "made-128"):
        forged = resealed(data[:3] + load_model(FILES[name]).fingerprint + data[7:])
        check_error(FormatError, lambda f=forged: read(f, models))
        caught += 1
    assert caught == 3


def test_a_wrong_check_is_caught(models: list[Path]) -> None:
    for pictures in (ALL[0], ALL[:2]):
        data = aecodec.compress(pictures, lossless=True)
        wrong = resealed(flipped(data, len(data) - 5, 1))
        assert "check" in check_error(FormatError, lambda d=wrong: read(d, models))


GREY = b"\0\x08\x08"  # 8x8, the models' native picture
NO_PIXELS = build(Header(True, None, False, shapes=Shapes.of([Shape(2, 2)])), [b"\0abcd"], [0])

RULES: list[tuple[str, type[AecError], bytes]] = [
    ("native geometry of one", FormatError, raw(1 | 4, PRINT + GREY + b"xc")),
    ("native geometry of many", FormatError, raw(1 | 4 | 8, PRINT + b"\2\2\2" + GREY + b"\5xcccc")),
    ("native geometry, exact", FormatError, raw(1 | 2 | 4, PRINT + GREY + b"xc")),
    ("native geometry at a step", FormatError, raw(1 | 4 | 32, PRINT + b"\3" + GREY + b"xc")),
    ("payload that ends in 00 at a step", FormatError, raw(1 | 32, PRINT + b"\3x\0c")),
    ("no such model", ModelError, raw(1, b"\0\0\0\0xc")),
    ("method 3 without a model", FormatError, raw(2 | 4, b"\0\2\2\3abcdc")),
    ("method 4", UnsupportedError, raw(2 | 4, b"\0\2\2\4abcdc")),
    ("method 255", UnsupportedError, raw(2 | 4, b"\0\2\2\xffabcdc")),
    ("method 4 of many with a model that has no ink coder", ModelError, raw(1 | 2 | 8, PRINT + b"\1\1\6\4xcccc")),
    ("method 5 of many with a model that has no network", ModelError, raw(1 | 2 | 8, PRINT + b"\1\1\6\5xcccc")),
    ("method 6 of many with a model", UnsupportedError, raw(1 | 2 | 8, PRINT + b"\1\1\6\6xcccc")),
    ("no method", FormatError, raw(2 | 4, b"\0\2\2c")),
    ("stored too short", FormatError, raw(2 | 4, b"\0\2\2\0abcc")),
    ("stored too long", FormatError, raw(2 | 4, b"\0\2\2\0abcdec")),
    ("no deflate", FormatError, raw(2 | 4, b"\0\2\2\1\xff\xffc")),
    ("empty deflate", FormatError, raw(2 | 4, b"\0\2\2\2c")),
    ("wrong check", FormatError, NO_PIXELS),
    ("payload that ends in 00", FormatError, raw(1, PRINT + b"x\0c")),
    ("alpha of no bytes", FormatError, raw(1 | 4, PRINT + b"\1\1\1\0xc")),
    ("alpha longer than the record", FormatError, raw(1 | 4, PRINT + b"\1\1\1\x09\0ac")),
    ("alpha by method 3", FormatError, raw(1 | 4, PRINT + b"\1\1\1\2\3axc")),
    ("alpha by method 9", FormatError, raw(1 | 4, PRINT + b"\1\1\1\2\x09axc")),
    ("alpha of too many bytes", FormatError, raw(1 | 4, PRINT + b"\1\1\1\3\0abxc")),
    ("alpha of too few bytes", FormatError, raw(1 | 4, PRINT + b"\1\1\1\1\0xc")),
    ("alpha missing", FormatError, raw(1 | 4, PRINT + b"\1\1\1c")),
]


@pytest.mark.parametrize(("error", "data"), [pytest.param(e, d, id=name) for name, e, d in RULES])
def test_rules_of_the_format(error: type[AecError], data: bytes, models: list[Path]) -> None:
    check_error(error, lambda: read(data, models))


@given(body=st.binary(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_behind_a_good_header(models: list[Path], body: bytes) -> None:
    """Refused with one of the four errors of a reader, or it is a picture."""
    zoo = Zoo(models)
    for flags in (1, 1 | 2, 2 | 4, 1 | 4, 1 | 8, 1 | 2 | 8, 1 | 32, 1 | 4 | 32):
        data = raw(flags, (PRINT if flags & 1 else b"") + (b"\4" if flags & 32 else b"") + body)
        try:
            if aecodec.inspect(data).pictures < 100:
                list(Decoder(data, zoo))
        except (FormatError, UnsupportedError, LimitError, ModelError):
            continue
