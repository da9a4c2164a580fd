"""Full disks and broken streams: failures leave nothing behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.lines import Run, fails, files_below, program


@pytest.mark.parametrize("line", ["compress d.png --lossless -o x.aec", "decompress s.aec -o x"])
def test_full_disk(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    run("compress pics -o s.aec --lossless")
    run("compress d.png -o old.aec --lossless")
    old = Path("old.aec").read_bytes()
    before = files_below(here)

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    fails(run(line), 7, f"cannot write {line.split()[-1]}: No space left on device")
    assert files_below(here) == before
    assert not Path("x.aec").exists()
    fails(run("compress d.png --lossless -o old.aec -f"), 7, "old.aec")
    assert Path("old.aec").read_bytes() == old
    assert files_below(here) == before


def test_device_full(run: Run, here: Path) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("only Linux has /dev/full, a device that is always full; without it nothing can be asked")
    fails(run("compress d.png --lossless -o /dev/full"), 7, "cannot write /dev/full: No space left")
    run("compress d.png --lossless")
    fails(run("decompress d.aec -o /dev/full"), 7, "cannot write /dev/full")
    with open("/dev/full", "wb") as full:
        for line in ("decompress d.aec -o -", "info d.aec", "--help"):
            done = program(line, here, stdout=full, stderr=subprocess.PIPE)
            assert (done.returncode, done.stderr.count(b"\n")) == (7, 1), done.stderr
            assert done.stderr.startswith(b"aecodec: error: cannot write standard output: No space")


def test_file_size_limit(here: Path) -> None:
    """A write that really stops midway: the output does not appear, the old one stays."""
    resource = pytest.importorskip("resource")
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 256, (300, 300), np.uint8)).save("noise.png")
    Path("old.aec").write_bytes(b"old")
    before = files_below(here)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    for output in ("new.aec", "old.aec"):
        line = f"compress noise.png --lossless -f -o {output}"
        done = program(line, here, preexec_fn=limit, capture_output=True, env={"PYTHONDONTWRITEBYTECODE": "1"})
        assert (done.returncode, done.stderr) == (
            7,
            f"aecodec: error: cannot write {output}: File too large\n".encode(),
        )
    assert files_below(here) == before
    assert Path("old.aec").read_bytes() == b"old"


def test_reader_that_goes_away(run: Run, here: Path) -> None:
    run("compress d.png --lossless")
    for line in ("info d.aec", "decompress d.aec -o -", "--help", "--version"):
        reading, writing = os.pipe()
        os.close(reading)
        done = program(line, here, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_a_removed_working_folder(here: Path) -> None:
    command = f"mkdir g; cd g; rmdir ../g; exec {sys.executable} -m aecodec compress {here}/d.png --lossless -o q.aec"
    done = program("", here, shell=True, command=command, capture_output=True)
    assert (done.returncode, done.stderr) == (7, b"aecodec: error: cannot write q.aec: No such file or directory\n")
