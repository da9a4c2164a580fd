"""Damage of exact pixels, and fields of files for a model of pixels."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecodec.container import Header, Shapes, build, parse
from aecodec.errors import FormatError, UnsupportedError
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import body_of, one, textured
from tests.checks import check_all_same, check_damage_is_found, check_error, flipped, resealed, sealed
from tests.container.made import shapes
from tests.golden import outcome, package, reference, vector
from tests.pixels.model import MODEL, decoded

PRINT = bytes.fromhex("0badcafe")


# --- damage ----------------------------------------------------------------------------------

SMALL = ["pixels-1x1", "pixels-1x1-rgb", "pixels-2x2", "pixels-plain"]


@pytest.mark.parametrize("name", [*SMALL, "pixels-row", "pixels-equal-alpha"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("name", SMALL)
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


def test_a_payload_that_could_be_shorter() -> None:
    """The one thing that only the package refuses."""
    picture = noise(420, 1, 1)
    data = one(MODEL, picture)
    longer = sealed(data[:-8] + b"\x01" + data[-8:-4])
    check_all_same(reference(longer)[0], [picture])
    check_error(FormatError, lambda: decoded(longer))


# --- fields ----------------------------------------------------------------------------------


@st.composite
def headers(draw: Any) -> Header:
    several = draw(st.booleans())
    count = draw(st.integers(1, 9)) if several else 1
    return Header(
        exact=True,
        fingerprint=PRINT,
        many=several,
        count=count,
        block_pictures=draw(st.integers(1, 11)) if several else 1,
        shapes=Shapes.of(draw(shapes()) for _ in range(count)),
        names=tuple(f"{at}.png" for at in range(count)) if several and draw(st.booleans()) else None,
        pixels=True,
    )


@given(headers(), st.data())
def test_headers(header: Header, data: Any) -> None:
    bodies = data.draw(st.lists(st.binary(max_size=40), min_size=header.blocks, max_size=header.blocks))
    checks = data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=header.blocks, max_size=header.blocks))
    file = build(header, bodies, checks)
    found = parse(file)
    assert found.header == header
    assert [found.body(block) for block in range(header.blocks)] == bodies
    assert [found.check(block) for block in range(header.blocks)] == [each.to_bytes(4, "big") for each in checks]
    assert (file[2] & 0x27, file[7], found.stop) == (0x27, 0xF0, len(file))


@pytest.mark.parametrize("flags", [0x23, 0x2B, 0x33, 0x3B, 0xE3])
def test_layers_f0_without_geometry_say_nothing_yet(flags: int) -> None:
    """Whatever follows; a golden file of an earlier version says so."""
    content = b"\xae\xc1" + bytes([flags]) + PRINT + b"\xf0" + bytes(9)
    check_error(UnsupportedError, lambda: parse(content))
    check_error(UnsupportedError, lambda: parse(sealed(content)))
    assert outcome(reference, content) == ("UnsupportedError", None)


@pytest.mark.parametrize("method", range(256))
def test_methods_in_a_file_for_a_pixel_model(method: int) -> None:
    picture = textured(40, 3, 4)
    data = one(MODEL, picture)
    place = len(data) - 8 - len(body_of([picture], MODEL))
    changed = resealed(data[:place] + bytes([method]) + data[place + 1 :])
    damaged = method < 9 or method in (11, 23, 24, 39)  # 8 gives other pixels; the model has no drawings
    expected = "" if method == 7 else "FormatError" if damaged else "UnsupportedError"
    assert outcome(package, changed)[0] == outcome(reference, changed)[0] == expected


def test_a_lossy_file_of_a_pixel_model_is_read_as_all_others() -> None:
    """First its alpha, and then the model cannot serve."""
    head = b"\xae\xc1\x05" + MODEL.fingerprint + b"\x01\x02\x02"
    for field, expected in ((b"\x05\0abcd", "ModelError"), (b"\x04\0abc", "FormatError"), (b"\x02\x07", "FormatError")):
        data = sealed(head + field + b"*" + bytes(1))
        assert outcome(package, data)[0] == outcome(reference, data)[0] == expected
