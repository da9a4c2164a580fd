"""Hostile files by the command line: one line, an exit code, and no output."""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aecodec.cli.tasks import decompressed
from aecodec.container.varint import varint
from aecodec.errors import FormatError
from tests.cli.lines import MODEL, Run, fails, files_below, lossy_file
from tests.made import made_model


def with_crc(data: bytes) -> bytes:
    return data + zlib.crc32(data).to_bytes(4, "big")


def refused_everywhere(run: Run, data: bytes, codes: Sequence[int] = (3,)) -> str:
    """``data`` does not decompress: one line, no new output, the old one stays. Returns the line."""
    Path("bad.aec").write_bytes(data)
    Path("old.png").write_bytes(b"old")
    before = files_below(Path())
    result = run("decompress bad.aec -o new.png", lossy=True)
    assert result.exit_code in codes, (result.output, data.hex())
    message = fails(result, result.exit_code, "bad.aec: ")
    fails(run("decompress bad.aec -o old.png -f", lossy=True), result.exit_code)
    assert Path("old.png").read_bytes() == b"old"
    assert files_below(Path()) == before
    return message


@pytest.fixture(params=["lossy", "lossless", "container"])
def sound(request: pytest.FixtureRequest, run: Run) -> bytes:
    if request.param == "lossy":
        return lossy_file(run, "s.aec")
    if request.param == "lossless":
        run("compress d.png --lossless -o s.aec")
    else:
        run("compress pics/a.png pics/b.bmp -o s.aec", lossy=True)
    return Path("s.aec").read_bytes()


def test_every_truncation(run: Run, sound: bytes) -> None:
    for end in range(len(sound)):
        refused_everywhere(run, sound[:end])


def test_every_flipped_bit_and_extension(run: Run, sound: bytes) -> None:
    for at in range(len(sound)):
        flipped = bytes([sound[at] ^ 1 << at % 8])
        codes = (3, 4) if at == 1 else (3,)  # a flip in the version may make it another
        refused_everywhere(run, sound[:at] + flipped + sound[at + 1 :], codes)
    for extra in (b"\0", b"x" * 50, sound):
        refused_everywhere(run, sound + extra)


def test_unknown_version_and_features(run: Run) -> None:
    data = lossy_file(run)
    assert "version 2" in refused_everywhere(run, b"\xae\xc2" + data[2:], (4,))
    reserved = with_crc(data[:2] + bytes([data[2] | 0x22]) + data[3:-4])  # a step in an exact file
    assert "newer" in refused_everywhere(run, reserved, (4,))
    fails(run("info bad.aec"), 4, "newer")


def test_wrong_models(run: Run) -> None:
    data = lossy_file(run)
    Path("m/made-6.safetensors").write_bytes(made_model(seed=2))
    assert data[3:7].hex() in refused_everywhere(run, data, (5,))
    Path("m/made-6.safetensors").write_bytes(MODEL[:-1])
    refused_everywhere(run, data, (5,))


def test_hostile_dimensions(run: Run) -> None:
    """Sizes are refused before memory is taken for them."""
    lossless = b"\xae\xc1\x06"  # exact, geometry
    for width, height, codes in [
        (40_000, 1, (6,)),
        (1 << 31, 1 << 31, (6,)),
        (32_768, 32_768, (6,)),
        (0, 5, (3,)),
    ]:
        shape = b"\0" + varint(width) + varint(height)
        refused_everywhere(run, with_crc(lossless + shape + b"\1\0\0"), codes)
    many = b"\xae\xc1\x0e" + varint(1 << 25) + varint(64)
    refused_everywhere(run, with_crc(many + b"\0\1\1" * 3), (6,))


def test_files_that_are_something_else(run: Run, here: Path) -> None:
    for data in (b"", b"hello, world\n", Path("d.png").read_bytes(), b"\xae", bytes(1000)):
        refused_everywhere(run, data)
    fails(run("decompress m"), 2, "no .aec files in m")


def test_unreadable_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    Path("d.aec").write_bytes(b"x")
    monkeypatch.setattr("aecodec.files.read.open", refuse, raising=False)
    for command in ("decompress d.aec -o x.png", "info d.aec", "compress d.png --lossless -o e.aec"):
        fails(run(command), 7, "cannot read d.", "Permission denied")


def test_damaged_containers_leave_no_folder(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the first pictures decode."""
    run("compress pics -o p.aec --lossless")
    Path("out").mkdir()
    Path("out/a.png").write_text("old")
    before = files_below(here)
    real = decompressed.encode_picture
    calls: list[str] = []

    def fail_later(picture: Any, name: str) -> bytes:
        calls.append(name)
        if len(calls) % 3 == 0:
            raise FormatError("the second half is damaged")
        return real(picture, name)

    monkeypatch.setattr(decompressed, "encode_picture", fail_later)
    fails(run("decompress p.aec -o new"), 3, "p.aec: the second half")
    fails(run("decompress p.aec -o out -f"), 3)
    assert len(calls) == 6
    assert files_below(here) == before
    assert not Path("new").exists()
