"""Measure what more processors give: ``benchmarks/results/cores.json`` and ``cores.md``.

    python benchmarks/cores.py --data-dir data                      # everything, ten minutes on two idle cores
    python benchmarks/cores.py --data-dir data --only exact lossy   # some of it anew; the rest stays

Whole commands are measured, as they are typed: ``aecodec compress`` and ``decompress`` of a folder, into one container
or, with ``--each``, into a file for each picture. They get one processor, then all. Times are those on a clock. All
cases take turns, and a command that takes more than a minute is timed once. The outputs are compared: they must be the
same. Files lie in the folder for temporary files. Name a folder in memory with ``TMPDIR``, or the disk is measured too.

Two processors of a machine are seldom worth twice one: they share memory, and often a core. So each row also says what
the machine gives at best: two such commands at once, with one processor each, compared with one alone.

The pictures are MNIST's test pictures, and photographs and icons of 64 x 64 pixels in ``collections/crops64/test`` and
``collections/emoji64/test``. What is not there is left out, and what is on file of it stays.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

RESULTS = Path(__file__).resolve().parent / "results"
_LONG = 60  # seconds
Command = Callable[[int, int], list[str]]  # of which outputs, and with how many jobs


@dataclass(frozen=True)
class Case:
    """Pictures, and how they are compressed."""

    title: str
    folder: str | None  # of the collection, None for MNIST
    most: int
    options: tuple[str, ...]
    each: bool = False

    def prepare(self, data_dir: Path, folder: Path) -> int:
        """Put the pictures into ``folder``; return how many there are."""
        from aecodec.data import load

        folder.mkdir()
        if self.folder is None:
            pictures = load("mnist", data_dir).pictures[: self.most]
            for number, picture in enumerate(pictures):
                Image.fromarray(picture).save(folder / f"{number:05}.png")
            return len(pictures)
        files = sorted((data_dir / "collections" / self.folder / "test").glob("*.png"))
        for number in range(self.most if files else 0):  # few files are taken several times
            shutil.copy(files[number % len(files)], folder / f"{number:05}.png")
        return self.most if files else 0


CASES = {
    "lossy": Case("MNIST, latent_dim 64, effort 0", None, 10_000, ("--effort", "0")),
    "searched": Case("MNIST, latent_dim 64", None, 2_500, ()),
    "exact": Case("MNIST, lossless, effort 0", None, 10_000, ("--lossless", "--effort", "0")),
    "layers": Case("MNIST, progressive", None, 2_000, ("--lossless", "--progressive", "--effort", "0")),
    "general": Case("photographs of 64 x 64, quality 60", "crops64", 600, ("--quality", "60")),
    "photographs": Case("photographs of 64 x 64, lossless", "crops64", 600, ("--lossless",)),
    "drawings": Case("icons of 64 x 64, lossless", "emoji64", 1_000, ("--lossless",)),
    "each": Case("MNIST, --each, effort 0", None, 10_000, ("--effort", "0"), each=True),
    "each-exact": Case("MNIST, --each, lossless, effort 0", None, 2_000, ("--lossless", "--effort", "0"), each=True),
}


@dataclass(frozen=True)
class Row:
    """Seconds of one way: with one processor, with all, and of two commands at once with one each."""

    title: str
    way: str
    pictures: int
    one: float
    all: float
    two_at_once: float

    @property
    def gain(self) -> float:
        """How many times as quick all processors are as one."""
        return self.one / self.all

    @property
    def best(self) -> float:
        """What two processors are worth on this machine."""
        return 2 * self.one / self.two_at_once


def run(*words: str, at_once: Sequence[Sequence[str]] = ()) -> float:
    """Return the seconds of a command of aecodec, and of others beside it; raises CalledProcessError."""
    commands = [[sys.executable, "-m", "aecodec", *each, "-q"] for each in (words, *at_once)]
    start = time.perf_counter()
    running = [subprocess.Popen(command) for command in commands]
    for process, command in zip(running, commands, strict=True):
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - start


def is_same(one: Path, other: Path) -> bool:
    """Return whether two outputs are the same, file by file."""
    if one.is_file():
        return filecmp.cmp(one, other, shallow=False)
    names = sorted(each.name for each in one.iterdir())
    if names != sorted(each.name for each in other.iterdir()):
        return False
    return not any(filecmp.cmpfiles(one, other, names, shallow=False)[1:])


def measure(case: Case, data_dir: Path, runs: int, jobs: int) -> list[Row]:
    """Measure both ways of a case, none where its pictures are not there. Raises AssertionError if outputs differ."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        count = case.prepare(data_dir, work / "in")
        if not count:
            return []
        made = [work / (f"made-{number}" + ("" if case.each else ".aec")) for number in range(4)]
        back = [work / f"back-{number}" for number in range(4)]

        def compress(number: int, jobs: int) -> list[str]:
            each = ["--each"] if case.each else []
            return ["compress", str(work / "in"), "-o", str(made[number]), *each, *case.options, "-j", str(jobs), "-f"]

        def decompress(number: int, jobs: int) -> list[str]:
            return ["decompress", str(made[0]), "-o", str(back[number]), "-j", str(jobs), "-f"]

        rows = []
        for way, command, outputs in (("compress", compress, made), ("decompress", decompress, back)):
            taken: list[tuple[float, float, float]] = []

            def anew(
                number: int, jobs: int, command: Command = command, outputs: Sequence[Path] = outputs
            ) -> list[str]:
                shutil.rmtree(outputs[number], ignore_errors=True)  # of a folder; a file is replaced
                return command(number, jobs)

            for _ in range(runs):
                one, every = run(*anew(0, 1)), run(*anew(1, jobs))
                two = run(*anew(2, 1), at_once=[anew(3, 1)])
                taken.append((one, every, two))
                if one > _LONG:
                    break
            assert is_same(outputs[0], outputs[1]), f"{case.title}, {way}: more processors give something else"
            one, every, two = (statistics.median(each) for each in zip(*taken, strict=True))
            rows.append(Row(case.title, way, count, one, every, two))
            print(f"{case.title}, {way}: {one:.2f} s, {every:.2f} s ({one / every:.2f}), at best {2 * one / two:.2f}")
        return rows


def document(rows: Sequence[Row], machine: str) -> str:
    """Return the page."""
    lines = [
        "# What more processors give",
        "",
        "`benchmarks/cores.py` writes this page. It times whole commands, whose files lie in a folder in memory. *At",
        "best* is what two processors of this machine are worth: two such commands at once, with one processor each.",
        "The outputs are the same with one processor and with all. Each process takes some 0.4 s until it can begin,",
        "which is much of a command of five seconds.",
        "",
        f"{machine}.",
        "",
        "| | | pictures | one, s | all, s | times as quick | at best | pictures a second, all |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.title} | {row.way} | {row.pictures:,} | {row.one:.2f} | {row.all:.2f} | {row.gain:.2f} "
        f"| {row.best:.2f} | {row.pictures / row.all:,.0f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def write(rows: Sequence[Row], machine: str) -> None:
    """Write both files."""
    titles = [case.title for case in CASES.values()]
    ordered = sorted(rows, key=lambda row: (titles.index(row.title), row.way))
    found = {"machine": machine, "rows": [asdict(row) for row in ordered]}
    (RESULTS / "cores.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (RESULTS / "cores.md").write_text(document(ordered, machine), "utf-8")


def main() -> None:
    """Measure what is asked for; what is measured is written at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    path, jobs = RESULTS / "cores.json", os.cpu_count() or 1
    kept = json.loads(path.read_text("utf-8"))["rows"] if path.exists() else []
    rows = {(row["title"], row["way"]): Row(**row) for row in kept}
    for name in given.only:
        for row in measure(CASES[name], given.data_dir, given.runs, jobs):
            rows[row.title, row.way] = row
        write(list(rows.values()), f"{platform.machine()}, {jobs} processors, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
