"""Whole processes for one small picture.

Beside them stands Python importing NumPy and Pillow, which nothing that reads or writes pictures with these can do
without. Counted is the processor time of each process, with one thread for BLAS; all take turns, so a busy machine
disturbs all alike. Ratios are medians of each turn's. Python's compiled modules are there, as they are where aecodec is
installed.

Each is measured twice: as it is from the second time on, where models are known to be sound, and as it is the first
time, where they must be proved (``AECODEC_CACHE=off``). The digit is a nought that is drawn as MNIST's digits were
made, the picture in colour a piece of ``examples/landscape.png``.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from aecodec.bench.measure.process import spend
from aecodec.scans import draw

from .part import Asked, Found, table

ROOT = Path(__file__).resolve().parents[2]
RUNS = 25
FLOOR = "import numpy, PIL.Image"
# title: the command; the files that one reads are made by those before
COMMANDS = {
    "compress a digit": "compress digit.png -o digit.aec -f",
    "decompress it": "decompress digit.aec -o out.png -f",
    "compress a digit, `--lossless`": "compress digit.png -o exact.aec -f --lossless",
    "decompress it, exact": "decompress exact.aec -o out.png -f",
    "compress 64 x 64 in colour": "compress colour.png -o colour.aec -f --quality 60",
    "decompress it, by the general model": "decompress colour.aec -o out.png -f",
    "compress 64 x 64 in colour, `--lossless`": "compress colour.png -o pixels.aec -f --lossless",
    "decompress it, by the model of pixels": "decompress pixels.aec -o out.png -f",
}


@dataclass(frozen=True)
class Row:
    """Processor time in ms, and in times that of the floor: where models are known, and the first time."""

    command: str
    milliseconds: float
    ratio: float
    first_milliseconds: float
    first_ratio: float


def draw_digit(path: Path) -> None:
    """Draw a nought of 28 x 28, made as MNIST's digits are: a scan, 45 pixels a side, that was reduced."""
    at = (np.arange(45) - 22) / 22.5
    radius = np.hypot(at[:, None], at * 1.3)
    Image.fromarray(draw(((radius > 0.68) & (radius < 1)).astype(np.uint8), (28, 28))).save(path)


def cut_colour(path: Path) -> None:
    """Cut 64 x 64 pixels out of the landscape, a third as large."""
    with Image.open(ROOT / "examples" / "landscape.png") as image:
        image.convert("RGB").reduce(3).crop((40, 20, 104, 84)).save(path)


def measure(asked: Asked) -> Found:
    """See Part."""
    runs = asked.runs or RUNS
    with tempfile.TemporaryDirectory() as folder:
        floor, rows = _measured(runs, Path(folder))
    return {"runs": runs, "floor_milliseconds": floor, "rows": [asdict(row) for row in rows]}


def _measured(runs: int, folder: Path) -> tuple[float, list[Row]]:
    """Return the milliseconds of the floor, and a row for each command."""
    draw_digit(folder / "digit.png")
    cut_colour(folder / "colour.png")
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)

    def cpu_seconds(command: list[str], cache: str) -> float:
        return spend(command, folder, {**surroundings, "AECODEC_CACHE": cache}).cpu

    floor, caches = [sys.executable, "-c", FLOOR], (str(folder / "cache"), "off")
    commands = {title: [sys.executable, "-m", "aecodec", *words.split()] for title, words in COMMANDS.items()}
    for command in (floor, *commands.values(), *commands.values()):  # compiles modules, and proves models
        cpu_seconds(command, caches[0])
    floors: list[float] = []
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(runs):
        floors.append(cpu_seconds(floor, "off"))
        for title, command in commands.items():
            for cache in caches:
                taken.setdefault((title, cache), []).append(cpu_seconds(command, cache))
    rows = []
    for title in commands:
        numbers: list[float] = []
        for cache in caches:
            every = taken[title, cache]
            numbers.append(round(1000 * statistics.median(every), 1))
            numbers.append(round(statistics.median(one / its for one, its in zip(every, floors, strict=True)), 2))
        rows.append(Row(title, *numbers))
    return round(1000 * statistics.median(floors), 1), rows


def page(found: Found) -> list[str]:
    """See Part."""
    head = ("", "ms", "times the floor", "first: ms", "times the floor")
    rows = [
        (
            row.command,
            f"{row.milliseconds:.0f}",
            f"{row.ratio:.2f}",
            f"{row.first_milliseconds:.0f}",
            f"{row.first_ratio:.2f}",
        )
        for row in (Row(**each) for each in found["rows"])
    ]
    return [
        "## Whole processes for one small picture",
        "",
        f"Processor time, medians of {found['runs']} runs. The floor is",
        f'`python -c "{FLOOR}"`, {found["floor_milliseconds"]:.0f} ms. *First* is the first use of a model on a',
        "machine, when the model is proved to be sound.",
        "",
        *table(head, rows, 1),
    ]
