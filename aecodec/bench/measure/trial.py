"""One codec goes through files on disk: one process compresses, another reads back and decodes.

Two fresh processes a trial (single files first, in each) keep peaks of memory apart, and show that a file needs nothing
of the process that wrote it. The clock starts when the model is loaded: two pictures are compressed before, and all
are decoded.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from aecodec.arrays import Pictures
from aecodec.bench.measure.apart import apart
from aecodec.bench.measure.fidelity import ROUNDING, mean_ssim, picture_errors, visible_errors
from aecodec.bench.measure.memory import peak_memory
from aecodec.bench.measure.way import SINGLE, Kept, Way
from aecodec.bench.records.rows import Form
from aecodec.codec.distortion import psnr
from aecodec.entropy import count_information

T = TypeVar("T")
_WHOLE, _PART = "whole", "part"


@dataclass(frozen=True)
class Terms:
    """A trial is run on these terms.

    ``singles`` pictures are kept as a file each. Speeds are medians of ``runs`` over the first ``timed`` pictures,
    or over a tenth of the single files.
    """

    singles: int = 200
    runs: int = 5
    timed: int = 500

    def kept(self, way: Way, pictures: Pictures) -> Pictures:
        """Return those of ``pictures`` that ``way`` keeps."""
        return pictures[: self.singles] if way.name == SINGLE else pictures

    def clocked(self, way: Way, count: int) -> int:
        """Return how many of these, ``count`` in all, its speeds are measured on."""
        return min(count, max(1, self.singles // 10) if way.name == SINGLE else self.timed)


@dataclass(frozen=True)
class Outcome:
    """It has the forms of one codec in the order asked for, and of the last, bytes of payload and information."""

    forms: tuple[Form, ...]
    payload: float | None
    information: float | None


@dataclass(frozen=True)
class _Written:
    kept: Kept
    speed: float
    peak: float | None
    decoded: Pictures | None = None  # by the process that wrote the files, or None if the encoder promises more


@dataclass(frozen=True)
class _Read:
    pictures: Pictures
    speed: float
    peak: float | None
    bits: float  # of information


def run_trial(ways: Sequence[Way], pictures: Pictures, terms: Terms, *, lossless: bool) -> Outcome:
    """Take ``pictures`` through each of ``ways`` in turn. Raises what a way raises."""
    sets = [terms.kept(way, pictures) for way in ways]
    shapes = [each.shape for each in sets]
    with TemporaryDirectory() as name:
        folders = [Path(name) / str(number) for number in range(len(ways))]
        written = apart(_write_all, ways, sets, folders, terms)
        read = apart(_read_all, ways, shapes, folders, terms)
    forms = [
        _form(way, some, one, other, terms, lossless=lossless)
        for way, some, one, other in zip(ways, sets, written, read, strict=True)
    ]
    payload, bits, count = written[-1].kept.payload, read[-1].bits, len(sets[-1])
    return Outcome(tuple(forms), None if payload is None else payload / count, bits / count if bits else None)


def _form(way: Way, pictures: Pictures, written: _Written, read: _Read, terms: Terms, *, lossless: bool) -> Form:
    size = sum(map(len, written.kept.files)) / len(pictures)
    errors = picture_errors(read.pictures, pictures)
    mse = float(errors.mean())
    bad = errors > 0 if lossless else np.zeros(len(pictures), bool)
    if written.kept.errors is not None:
        bad |= np.abs(visible_errors(pictures, read.pictures) - np.array(written.kept.errors)) > ROUNDING
    if written.decoded is not None:
        bad |= picture_errors(read.pictures, written.decoded) > 0
    return Form(
        name=way.name,
        pictures=len(pictures),
        bytes=size,
        bpp=8 * size / (pictures.shape[1] * pictures.shape[2]),
        mse=mse,
        psnr=psnr(mse) if mse else None,
        ssim=mean_ssim(read.pictures, pictures),
        compress_speed=written.speed,
        decompress_speed=read.speed,
        runs=terms.runs,
        timed=terms.clocked(way, len(pictures)),
        bugs=int(bad.sum()),
        compress_peak=written.peak,
        decompress_peak=read.peak,
    )


def _write_all(ways: Sequence[Way], sets: Sequence[Pictures], folders: Sequence[Path], terms: Terms) -> list[_Written]:
    """Write files first, so that peaks are those of compressing; then see what a peer's files decode to here."""
    written = [_write(way, some, folder, terms) for way, some, folder in zip(ways, sets, folders, strict=True)]
    return [
        each if each.kept.errors is not None else replace(each, decoded=way.decompress(each.kept.files, some.shape))
        for way, some, each in zip(ways, sets, written, strict=True)
    ]


def _write(way: Way, pictures: Pictures, folder: Path, terms: Terms) -> _Written:
    way.compress(pictures[:2])
    part = pictures[: terms.clocked(way, len(pictures))]
    seconds, kept = timed(terms.runs, lambda: way.compress(part))
    _save(kept, folder / _PART)
    if len(part) < len(pictures):
        kept = way.compress(pictures)
    _save(kept, folder / _WHOLE)
    return _Written(kept, len(part) / seconds, peak_memory())


def _read_all(
    ways: Sequence[Way], shapes: Sequence[tuple[int, ...]], folders: Sequence[Path], terms: Terms
) -> list[_Read]:
    return [_read(way, shape, folder, terms) for way, shape, folder in zip(ways, shapes, folders, strict=True)]


def _read(way: Way, shape: tuple[int, ...], folder: Path, terms: Terms) -> _Read:
    with count_information() as information:
        found = way.decompress(_load(folder / _WHOLE), shape)
    peak = peak_memory()
    part, files = (terms.clocked(way, shape[0]), *shape[1:]), _load(folder / _PART)
    seconds, _ = timed(terms.runs, lambda: way.decompress(files, part))
    return _Read(found, part[0] / seconds, peak, information.bits)


def _save(kept: Kept, folder: Path) -> None:
    folder.mkdir(parents=True)
    for number, content in enumerate(kept.files):
        (folder / f"{number:06}").write_bytes(content)


def _load(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def timed(runs: int, work: Callable[[], T]) -> tuple[float, T]:
    """Return the median of ``runs`` times in seconds, and what ``work`` returned last."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result
