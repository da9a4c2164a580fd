"""Standard output that is full, and readers that go away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.trust.scenes import Scene, clear, leftovers, png, read_files, write_files
from tests.trust.trial import Size, Tally, Trial
from tests.trust.warm import Job, Warm

MODEL = "--model made-6 --effort 0"
SAID = ("info d.aec", "info d.aec --json", "verify d.aec", "models list", "--version", "--help", "compress --help")
PIPED = (f"compress d.png -o - {MODEL}", "compress pics -o - --lossless", "decompress d.aec -o -")


def trials(size: Size, warm: Warm, scenes: list[Scene], folder: Path) -> Iterator[Trial]:
    """``/dev/full`` and pipes."""
    files: dict[str, bytes] = {}
    for scene in scenes:
        files |= scene.inputs
    noise = np.random.default_rng(2).integers(0, 256, (300, 300), np.uint8)
    clear(folder)
    write_files(folder, files | {"big.png": png(noise)})
    warm.run(Job(["compress", "big.png", "--lossless", "-q"], str(folder)))
    repeats = size.pick(1, 10)
    yield full(warm, folder, repeats)
    yield closed(warm, folder, repeats)


def full(warm: Warm, folder: Path, repeats: int) -> Trial:
    """A device on which nothing has room."""
    tally = Tally("/dev/full, as standard output and as -o", "exit code 7 and one line")
    before = read_files(folder)
    direct = [line.replace("-o -", "-o /dev/full") for line in PIPED]
    for line in (*SAID, *PIPED, *direct) * repeats:
        ended = warm.run(Job([*line.split()], str(folder), stdout="/dev/full"))
        right = ended.code == 7 and len(ended.lines) == 1 and ended.lines[0].startswith("aecodec: error: cannot write ")
        right = right and read_files(folder) == before and not leftovers(folder)
        tally.count(None if right else f"{line}: {ended}")
    return tally.trial


def closed(warm: Warm, folder: Path, repeats: int) -> Trial:
    """A reader that goes away at once, or after some bytes of more than a pipe holds."""
    tally = Tally("a pipe whose reader goes away, at once or after 10 bytes", "exit code 141, and no line")
    cases = [(line, 0) for line in (*SAID, *PIPED)]
    cases += [("compress big.png --lossless -o -", 10), ("decompress big.aec -o -", 10)]
    before = read_files(folder)
    for line, count in cases * repeats:
        ended = warm.run(Job([*line.split()], str(folder), stdout=f"pipe {count}"))
        right = ended.code == 141 and not ended.lines and read_files(folder) == before and not leftovers(folder)
        tally.count(None if right else f"{line}, after {count} bytes: {ended}")
    return tally.trial
