"""Measure how long whole processes for one small picture take: ``benchmarks/results/start.json`` and ``start.md``.

    python benchmarks/start.py [-n 25]

Beside them stands Python importing NumPy and Pillow, which nothing that reads or writes pictures with these can do
without. Counted is the CPU time of each process, its system's included, with one thread for BLAS; all take turns, so a
busy machine disturbs all alike. Ratios are medians of each turn's. Python's compiled modules are there, as they are
where aecodec is installed.

Each is measured twice: as it is from the second time on, where models are known to be sound, and as it is the first
time, where they must be proved (``AECODEC_CACHE=off``). The digit is a nought that is drawn as MNIST's digits were
made, the picture in colour a piece of ``examples/landscape.png``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from aecodec.bench.measure.about import commit, processor, usable_cores
from aecodec.scans import draw

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
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
    """CPU time in milliseconds, and in times that of the floor: where models are known, and the first time."""

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
    with Image.open(HERE.parent / "examples" / "landscape.png") as image:
        image.convert("RGB").reduce(3).crop((40, 20, 104, 84)).save(path)


def cpu_seconds(command: list[str], folder: str, cache: str) -> float:
    """Return the CPU time of one process in ``folder``; raises CalledProcessError where it fails."""
    surroundings = {**os.environ, "AECODEC_CACHE": cache, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parent)}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        command, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_utime + used.ru_stime


def measure(runs: int, folder: str) -> tuple[float, list[Row]]:
    """Return the milliseconds of the floor, and a row for each command."""
    draw_digit(Path(folder, "digit.png"))
    cut_colour(Path(folder, "colour.png"))
    floor, caches = [sys.executable, "-c", FLOOR], (os.path.join(folder, "cache"), "off")
    commands = {title: [sys.executable, "-m", "aecodec", *words.split()] for title, words in COMMANDS.items()}
    for command in (floor, *commands.values(), *commands.values()):  # compiles modules, and proves models
        cpu_seconds(command, folder, caches[0])
    floors: list[float] = []
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(runs):
        floors.append(cpu_seconds(floor, folder, "off"))
        for title, command in commands.items():
            for cache in caches:
                taken.setdefault((title, cache), []).append(cpu_seconds(command, folder, cache))
    rows = []
    for title in commands:
        numbers: list[float] = []
        for cache in caches:
            every = taken[title, cache]
            numbers.append(round(1000 * statistics.median(every), 1))
            numbers.append(round(statistics.median(one / its for one, its in zip(every, floors, strict=True)), 2))
        rows.append(Row(title, *numbers))
    return round(1000 * statistics.median(floors), 1), rows


def markdown(found: dict, rows: list[Row]) -> str:
    """Return the table as a page."""
    lines = [
        "# Whole processes for one small picture",
        "",
        f"Made by `benchmarks/start.py`. CPU time, medians of {found['runs']} runs on {found['processor']},"
        f" {found['cores']} cores, commit {found['commit']}.",
        f'The floor is `python -c "{FLOOR}"`, {found["floor_milliseconds"]:.0f} ms. *First* is where no model is known',
        "to be sound on this machine: once for each model.",
        "",
        "| | ms | times the floor | first: ms | times the floor |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row.command} | {row.milliseconds:.0f} | {row.ratio:.2f} | {row.first_milliseconds:.0f} "
            f"| {row.first_ratio:.2f} |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--runs", type=int, default=RUNS, help=f"turns; default: {RUNS}")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, metavar="DIR", help="where results go")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        floor, rows = measure(given.runs, folder)
    about = {"runs": given.runs, "processor": processor(), "cores": usable_cores(), "commit": commit()}
    found = {**about, "python": sys.version.split()[0], "numpy": np.__version__, "floor_milliseconds": floor}
    page = markdown(found, rows)
    print(page, end="")
    given.output.mkdir(parents=True, exist_ok=True)
    (given.output / "start.json").write_text(
        json.dumps({**found, "rows": [asdict(row) for row in rows]}, indent=1) + "\n"
    )
    (given.output / "start.md").write_text(page)


if __name__ == "__main__":
    main()
