"""Damage of drawings: a documented error, or the same pictures by both decoders."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.errors import ModelError, UnsupportedError
from formats.vectors_maker.drawings import body_of, one, text
from tests.checks import check_damage_is_found, check_error, flipped, resealed, sealed
from tests.drawings.model import MODEL, REFERENCE, WITHOUT
from tests.golden import outcome, package, reference, vector

SMALL = ["drawings-1x1", "drawings-1x1-rgba", "drawings-2x2", "drawings-plain"]


@pytest.mark.parametrize("name", [*SMALL, "drawings-row", "drawings-equal-alpha"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("name", SMALL[:3])
def test_damage_behind_a_good_checksum(name: str) -> None:
    """Every bit flipped and every length: a documented error, or, of bits 40 and 80, the very picture."""
    data = vector("valid", name)
    right = outcome(package, data)
    changed = {
        f"bit {bit} of byte {place}": resealed(flipped(data, place, 1 << bit))
        for place in range(2, len(data) - 4)
        for bit in range(8)
    }
    changed |= {f"cut to {length}": sealed(data[:length]) for length in range(3, len(data) - 4)}
    changed |= {f"followed by {byte}": sealed(data[:-4] + bytes([byte])) for byte in (0, 1, 255)}
    harmless = set()
    for what, file in changed.items():
        (error, ours), (their_error, theirs) = outcome(package, file), outcome(reference, file)
        if not error:
            harmless.add(what)
            assert ("", ours) == (their_error, theirs) == right, what
        elif not their_error:  # the package alone demands the one form of a payload
            assert error == "FormatError" and ("", theirs) == right, what
        else:
            assert error == their_error, what
    assert harmless == {"bit 6 of byte 2", "bit 7 of byte 2"}


@pytest.mark.parametrize("seed", range(8))
def test_payloads_of_nothing(seed: int) -> None:
    """Random bytes: a documented error or pictures, the same from both decoders."""
    rng = np.random.default_rng(seed)
    body = b"\x09" + rng.integers(1, 256, int(rng.integers(1, 60))).astype(np.uint8).tobytes()
    data = one(MODEL, text(seed, 9, 11, 1 + seed % 4), body)
    assert outcome(package, data) == outcome(reference, data) == ("FormatError", None)


@pytest.mark.parametrize("method", range(256))
def test_methods_in_a_file_for_a_model_with_drawings(method: int) -> None:
    picture = text(40, 3, 4)
    data = one(MODEL, picture)
    place = len(data) - 8 - len(body_of([picture], MODEL))
    changed = resealed(data[:place] + bytes([method]) + data[place + 1 :])
    damaged = method < 10 or method in (11, 15, 23, 24, 25, 39)  # 7 gives other pixels
    expected = "" if method == 9 else "FormatError" if damaged else "UnsupportedError"
    assert outcome(package, changed)[0] == outcome(reference, changed)[0] == expected


def test_drawings_by_a_model_that_has_none() -> None:
    assert WITHOUT.pixels is not None and not WITHOUT.pixels.has_drawings
    with pytest.raises(ModelError):
        WITHOUT.pixels.encode_drawings([])
    data = one(MODEL, text(41, 6, 9))
    changed = resealed(data[:3] + WITHOUT.fingerprint + data[7:])
    check_error(UnsupportedError, lambda: package(changed))
    with pytest.raises(REFERENCE.Unsupported):
        reference(changed)
