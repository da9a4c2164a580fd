"""Damage behind a good checksum: both decoders say the same of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest

import aecodec
from aecodec.container import parse
from aecodec.entropy import StreamWriter
from aecodec.lossy import encode_symbols
from tests.checks import check_all_same, check_error, flipped, resealed, sealed
from tests.golden import outcome, package, reference, vector, zoo

DAMAGED = [
    "lossy-native",
    "lossy-odd-every-op",
    "lossy-la",
    "lossy-many-mixed",
    "lossy-many-named",
    "step-3-many",
    "step-8-rgb",
    "step-16-symbols",
    "exact-native",
    "exact-many-named",
    "blocks-of-two",
    "mixed-methods",
    "extreme-symbols",
    "origins-mixed",
    "network-native",
    "network-methods",
    "layers-many-some",
    "layers-colour",
    "layers-blocks",
    "grid-37",
    "grid-100",
    "grid-rgba",
    "grid-many-named",
    "grid-blocks",
    "grid-symbols-55",
    "pixels-1x1-rgb",
    "pixels-2x2",
    "pixels-la",
    "pixels-equal-alpha",
    "pixels-methods",
    "pixels-plain",
    "quick-1x1",
    "quick-row",
    "quick-equal-alpha",
    "quick-methods",
    "quick-beside-tiles",
    "drawings-1x1-rgb",
    "drawings-2x2",
    "drawings-column",
    "drawings-icon",
    "drawings-again",
    "drawings-methods",
    "following-grey",
    "following-late",
]


def mutations(data: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Copies with one to three other bytes behind the signature, and a checksum that fits."""
    for _ in range(count):
        changed = data
        for place in rng.integers(2, len(data) - 4, rng.integers(1, 4)):
            changed = flipped(changed, int(place), int(rng.integers(1, 256)))
        yield resealed(changed)


@pytest.mark.parametrize("name", DAMAGED)
def test_mutations(name: str) -> None:
    """Both refuse a changed file, as the same kind of error, or both give the same pixels.

    The package may refuse more, as FormatError: it encodes the symbols again and demands the very payload
    that its encoder writes, which section 8 lets a decoder do.
    """
    data, quick = vector("valid", name), name.startswith("quick-")
    rng = np.random.default_rng(sum(name.encode()))
    for changed in mutations(data, rng, 30):
        error, ours = outcome(package, changed)
        their_error, theirs = outcome(reference, changed)
        if (error, their_error) == ("FormatError", "") and (quick or parse(changed).header.fingerprint):
            continue
        assert (error, ours) == (their_error, theirs), changed.hex()


@pytest.mark.parametrize("name", ["plain", "every-op"])
def test_a_payload_that_could_be_shorter(name: str) -> None:
    """The one thing that only the package refuses."""
    model = zoo().by_id(f"vector-{name}")
    symbols = np.zeros((1, model.tiles.networks.prior.latents), np.int8)
    writer = StreamWriter()
    encode_symbols(model.tiles.networks.prior, symbols, writer)
    payload = writer.finish()
    picture = model.tiles.networks.synthesise(symbols)[0]
    end = zlib.crc32(picture.tobytes()).to_bytes(4, "big")[3:]
    files = [sealed(b"\xae\xc1\x01" + model.fingerprint + body + end) for body in (payload, payload + b"\x01")]
    for decode in (package, reference):
        check_all_same(decode(files[0])[0], [picture])
    check_error(aecodec.FormatError, lambda: package(files[1]))
    check_all_same(reference(files[1])[0], [picture])
