"""Golden files that must not decode: refused by both decoders as the same kind of error."""

from __future__ import annotations

import zlib

import pytest

import aecodec
from aecodec.container.varint import varint
from tests.checks import check_error, sealed
from tests.golden import KINDS, MANIFEST, REFERENCE, outcome, package, reference, vector, zoo


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in ("invalid", "future") for name in MANIFEST[kind]])
def test_refused(kind: str, name: str) -> None:
    """Both decoders refuse it, as the same kind of error."""
    data, expected = vector(kind, name), MANIFEST[kind][name]["error"]
    check_error(getattr(aecodec, expected), lambda: package(data), name)
    with pytest.raises(REFERENCE.DecodeError) as raised:
        reference(data)
    assert type(raised.value) is KINDS[expected]


def test_what_is_of_the_future_is_never_corrupt() -> None:
    """Unsupported; only where a model is of a later version, that is what cannot be used."""
    errors = {name: entry["error"] for name, entry in MANIFEST["future"].items()}
    of_models = {*(f"model-version-{version}" for version in range(5, 11)), "model-kind"}
    assert {name for name, error in errors.items() if error != "UnsupportedError"} == of_models
    assert {errors[name] for name in of_models} == {"ModelError"}


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (bytes((1 << 26) + 9), "FormatError"),
        (bytes([255]) * ((1 << 26) + 9), "FormatError"),
        (b"same\0" * (1 << 17), "FormatError"),
        (b"".join(b"%d/%s\0" % (1000 + at, b"a" * 1018) for at in range(1 << 16)), "LimitError"),
    ],
    ids=["empty", "endless", "equal", "long"],
)
def test_too_many_bytes_of_names(names: bytes, error: str) -> None:
    """Such files are too long to keep."""
    count = 1 << 17
    coder = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = coder.compress(names) + coder.flush()
    head = varint(count) + varint(4096) + varint(count) + b"\0\x01\x01" + varint(4) * (count // 4096)
    data = sealed(b"\xae\xc1\x1e" + head + varint(len(packed)) + packed + bytes(4 * (count // 4096)))
    assert (outcome(package, data), outcome(reference, data)) == ((error, None), (error, None))


@pytest.mark.parametrize(
    ("method", "name"),
    [(b"", "vector-plain"), (b"\3", "vector-plain"), (b"\4", "vector-ink"), (b"\5", "vector-network")],
)
def test_more_symbols_than_a_payload_may_have(method: bytes, name: str) -> None:
    """Refused before one is decoded: a few bytes ask for hours of work."""
    count, line = 4096, b"\2" + varint(32768) + varint(1)
    flags, record = bytes([0x0F if method else 0x0D]), method + bytes(4)
    head = flags + zoo().by_id(name).fingerprint + varint(count) * 3 + line + varint(len(record))
    data = sealed(b"\xae\xc1" + head + record)
    assert outcome(package, data) == outcome(reference, data) == ("LimitError", None)


def test_an_empty_record_of_a_model_that_is_missing() -> None:
    """Records are found before models are."""
    data = sealed(b"\xae\xc1\x01none")
    assert outcome(package, data) == outcome(reference, data) == ("FormatError", None)
    assert (
        outcome(package, sealed(data[:-4] + b"x"))
        == outcome(reference, sealed(data[:-4] + b"x"))
        == ("ModelError", None)
    )
