"""One photograph of 12 megapixels by whole processes, ours and those of others.

Unless a file is named it is a mosaic of Kodak's 24 pictures, those that stand upright turned, and six of them mirrored.
A lossy codec of others is measured at the lowest quality that is no worse in PSNR than aecodec's first row.
"""

from __future__ import annotations

import os
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from aecodec.arrays import Picture
from aecodec.bench.measure.about import usable_cores
from aecodec.bench.measure.process import Spent, spend
from aecodec.bench.peers.mosaic import join
from aecodec.codec import mse, psnr
from aecodec.errors import UsageError

from .coders import OTHERS, OURS, PNG, PPM, Coder, Tools
from .part import Asked, Found, table

_COLUMNS, _CELLS, _SIDE = 5, 30, 1 << 16


@dataclass(frozen=True)
class Row:
    """One codec at one setting with ``jobs`` processors; ``missing`` says why it has no figures.

    ``psnr`` is None where every sample came back.
    """

    codec: str
    setting: str
    jobs: int
    bytes: int | None = None
    psnr: float | None = None
    compress: Spent | None = None
    decompress: Spent | None = None
    missing: str | None = None

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Row:
        """Make a row of what ``asdict`` gave."""
        spent = {way: plain[way] and Spent(**plain[way]) for way in ("compress", "decompress")}
        return cls(**{**plain, **spent})


def mosaic(folder: Path) -> Picture:
    """Return 3,840 x 3,072 pixels uint8 ``[H, W, 3]`` of the Kodak pictures. Raises UsageError if none are there."""
    files = sorted(folder.glob("*.png"))
    if not files:
        raise UsageError(f"no pictures in {folder}: name a photograph")
    flat = [_read(path) for path in files]
    lying = [np.rot90(each) if each.shape[0] > each.shape[1] else each for each in flat]
    cells = [lying[at % len(lying)][:, :: -1 if at >= len(lying) else 1] for at in range(_CELLS)]
    return join(np.stack(cells), _SIDE, _COLUMNS)[0]


def _read(path: Path | str) -> Picture:
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def measure(asked: Asked) -> Found:
    """See Part."""
    picture = mosaic(asked.data_dir / "kodak") if asked.photograph is None else _read(asked.photograph)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Image.fromarray(picture).save(folder / PPM)
        Image.fromarray(picture).save(folder / PNG, compress_level=0)
        rows = list(Bench(picture, folder, Tools(asked.tools)).rows((*OURS, *OTHERS)))
    named = "mosaic" if asked.photograph is None else asked.photograph.name
    return {"photograph": named, "shape": list(picture.shape), "rows": [asdict(row) for row in rows]}


class Bench:
    """It measures in one folder, in which the picture uint8 ``[H, W, 3]`` lies."""

    def __init__(self, picture: Picture, folder: Path, tools: Tools) -> None:
        self._picture, self._folder, self._tools = picture, folder, tools

    def rows(self, coders: Sequence[Coder]) -> Iterator[Row]:
        """Yield the rows of ``coders``, with one processor and with all. What fails is a row that says so."""
        aim: float | None = None
        for coder in coders:
            quality = 0
            for jobs in self._jobs(coder):
                try:
                    if coder.ladder and jobs == 1:
                        quality = self._quality_for(coder, aim or 0)
                    row = self._row(coder, jobs, quality)
                except (UsageError, CalledProcessError) as error:
                    yield Row(coder.codec, coder.setting.format(quality="?"), jobs, missing=_reason(error))
                    break
                aim = row.psnr if aim is None else aim
                yield row

    def _jobs(self, coder: Coder) -> list[int]:
        cores = usable_cores() or 1
        return [1, cores] if "{jobs}" in coder.compress and cores > 1 else [1]

    def _row(self, coder: Coder, jobs: int, quality: int) -> Row:
        there, back = self._spent(coder.compress, jobs, quality), self._spent(coder.decompress, jobs, quality)
        error = self._error(coder)
        row = Row(
            coder.codec,
            coder.setting.format(quality=quality),
            jobs,
            os.path.getsize(self._folder / coder.file),
            psnr(error) if error else None,
            there,
            back,
            "other pixels came back" if coder.lossless and error else None,
        )
        print(
            f"{row.codec} {row.setting}, -j {jobs}: {there.cpu:.2f} s and {back.cpu:.2f} s of CPU time", file=sys.stderr
        )
        return row

    def _quality_for(self, coder: Coder, decibels: float) -> int:
        def reached(quality: int) -> float:
            self._spent(coder.compress, 1, quality)
            self._spent(coder.decompress, 1, quality)
            return psnr(self._error(coder))

        place = bisect_left(coder.ladder, decibels, key=reached)
        return coder.ladder[min(place, len(coder.ladder) - 1)]

    def _spent(self, command: str, jobs: int, quality: int) -> Spent:
        words = self._tools.command(command.format(jobs=jobs, quality=quality))
        return spend(words, self._folder, self._tools.environment)

    def _error(self, coder: Coder) -> float:
        return mse(self._picture, _read(self._folder / coder.back))


def _reason(error: Exception) -> str:
    """Return why there are no figures, in a line."""
    if not isinstance(error, CalledProcessError):
        return str(error)
    said = (error.stderr or "").strip().splitlines()
    return f"failed: {said[-1] if said else error}"


def page(found: Found) -> list[str]:
    """See Part."""
    height, width, _ = found["shape"]
    source = "A mosaic of the Kodak pictures" if found["photograph"] == "mosaic" else f"`{found['photograph']}`"
    head = (
        "codec", "setting", "cores", "bytes", "bits a pixel", "PSNR, dB", "in: CPU s", "clock s", "MiB", "out: CPU s",
        "clock s", "MiB",
    )  # fmt: skip
    rows = [_cells(Row.read(each), height * width) for each in found["rows"]]
    return [
        "## One photograph",
        "",
        f"{source}, {width:,} × {height:,} pixels in colour, by whole processes, once each. Figures are processor",
        "time, time on a clock, and the peak memory of the largest process. Programs read and write files without",
        "compression (PPM; AVIF's programs PNG of level 0). Others' lossy files have the lowest quality whose PSNR is",
        "no worse than that of our first row.",
        "",
        *table(head, rows, 2),
    ]


def _cells(row: Row, pixels: int) -> tuple[str, ...]:
    names = row.codec, f"{row.setting}: {row.missing}" if row.missing else row.setting, str(row.jobs)
    if row.bytes is None or row.compress is None or row.decompress is None:
        return *names, *(["–"] * 9)
    spent = [
        cell
        for each in (row.compress, row.decompress)
        for cell in (f"{each.cpu:.2f}", f"{each.seconds:.2f}", f"{each.peak:.0f}")
    ]
    return (
        *names,
        f"{row.bytes:,}",
        f"{8 * row.bytes / pixels:.3f}",
        "–" if row.psnr is None else f"{row.psnr:.2f}",
        *spent,
    )
