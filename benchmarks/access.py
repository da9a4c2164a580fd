"""Measure what the size of blocks costs and gives: ``benchmarks/results/access.json`` and ``access.md``.

    python benchmarks/access.py --data-dir data                      # everything, half an hour
    python benchmarks/access.py --data-dir data --only exact lossy   # some of it anew; the rest stays

To get at one picture of a container, all pictures of its block are decoded. So three things are measured: the bytes a
picture; the time for one random picture of a file that was not opened before, by ``aecodec.open``; and the speed of
decoding all. Times are CPU time, the least of several runs. All sizes take turns, so a busy machine disturbs them
little.

The pictures are MNIST's test pictures, and photographs and icons of 64 x 64 pixels in ``collections/crops64/test`` and
``collections/emoji64/test``. What is not there is left out, and what is on file of it stays.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESULTS = Path(__file__).resolve().parent / "results"
SIZES = (1024, 512, 256, 128, 64, 32)
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Case:
    """Pictures, and how they are compressed."""

    title: str
    folder: str | None  # of the collection, None for MNIST
    most: int
    options: dict[str, Any]

    def pictures(self, data_dir: Path) -> list[Picture]:
        """None where they are not there."""
        from aecodec.data import load
        from aecodec.files import read_picture

        if self.folder is None:
            return list(load("mnist", data_dir).pictures[: self.most])
        files = sorted((data_dir / "collections" / self.folder / "test").glob("*.png"))
        return [read_picture(str(file)) for file in files[: self.most]]


CASES = {
    "lossy": Case("MNIST, latent_dim 64, effort 0", None, 4096, {"latent_dim": 64, "effort": 0}),
    "exact": Case("MNIST, lossless", None, 2048, {"lossless": True}),
    "general": Case("photographs of 64 x 64, quality 60, effort 0", "crops64", 256, {"quality": 60, "effort": 0}),
    "photographs": Case("photographs of 64 x 64, lossless", "crops64", 96, {"lossless": True}),
    "drawings": Case("icons of 64 x 64, lossless", "emoji64", 256, {"lossless": True}),
}


@dataclass(frozen=True)
class Row:
    """What blocks of so many pictures cost and give."""

    block_pictures: int
    default: bool
    bytes_a_picture: float
    one_ms: float
    decoded_a_second: float


def seconds(call: Callable[[], object]) -> float:
    """CPU time of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def measure(case: Case, pictures: Sequence[Picture], runs: int, sizes: Sequence[int]) -> list[Row]:
    """A row for each size of blocks, from the largest; sizes that the codec cuts down are one row."""
    import aecodec

    with tempfile.TemporaryDirectory() as folder:
        files: dict[int, Path] = {}
        unasked = aecodec.open(_written(Path(folder) / "default.aec", aecodec.compress(list(pictures), **case.options)))
        for size in sizes:
            data = aecodec.compress(list(pictures), block_pictures=size, **case.options)
            with_size = aecodec.open(_written(Path(folder) / f"{size}.aec", data)).block_pictures
            files.setdefault(with_size, Path(folder) / f"{size}.aec")
        all_of_it: dict[int, list[float]] = {size: [] for size in files}
        one: dict[int, list[float]] = {size: [] for size in files}
        places = np.random.default_rng(1).integers(0, len(pictures), max(3, runs)).tolist()
        for _ in range(runs):
            for size, file in files.items():
                all_of_it[size].append(seconds(lambda file=file: sum(1 for _ in aecodec.open(file, cache_bytes=0))))
        for place in places:
            for size, file in files.items():
                one[size].append(seconds(lambda file=file, place=place: aecodec.open(file)[place]))
        return [
            Row(
                size,
                size == unasked.block_pictures,
                files[size].stat().st_size / len(pictures),
                1000 * min(one[size]),
                len(pictures) / min(all_of_it[size]),
            )
            for size in sorted(files, reverse=True)
        ]


def _written(file: Path, data: bytes) -> Path:
    file.write_bytes(data)
    return file


def table(found: dict[str, Any]) -> str:
    """Return tables in Markdown."""
    lines = ["# What the size of blocks costs", ""]
    lines += [
        "`benchmarks/access.py` writes this page. To get at one picture of a container, all pictures of its block are",
        "decoded. Times are CPU time of one core. The default size is in bold. Per cents compare with the first row.",
        "",
    ]
    for name, each in found.items():
        rows = [Row(**row) for row in each["rows"]]
        first = rows[0]
        lines += [f"## {CASES[name].title}", ""]
        lines += [f"{each['pictures']} pictures, {each['machine']}.", ""]
        lines += [
            "| pictures a block | bytes a picture | | one picture, ms | decoded a second | |",
            "|---:|" + "---:|" * 5,
        ]
        for row in rows:
            size = f"**{row.block_pictures}**" if row.default else f"{row.block_pictures}"
            more = f"{100 * (row.bytes_a_picture / first.bytes_a_picture - 1):+.2f} %"
            speed = f"{100 * (row.decoded_a_second / first.decoded_a_second - 1):+.0f} %"
            cells = (
                size,
                f"{row.bytes_a_picture:,.2f}",
                more,
                f"{row.one_ms:,.0f}",
                f"{row.decoded_a_second:,.0f}",
                speed,
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--only", nargs="+", choices=CASES, default=[*CASES])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="pictures a block, the largest first")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, help="the folder to write to")
    chosen = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    path = chosen.output / "access.json"
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for name in chosen.only:
        pictures = CASES[name].pictures(chosen.data_dir)
        if not pictures:
            print(f"{name}: no pictures, left out", file=sys.stderr)
            continue
        rows = measure(CASES[name], pictures, chosen.runs, chosen.sizes)
        machine = f"{platform.machine()}, {os.cpu_count()} processors"
        found[name] = {"pictures": len(pictures), "machine": machine, "rows": [asdict(row) for row in rows]}
        found = {each: found[each] for each in CASES if each in found}
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (chosen.output / "access.md").write_text(table(found), encoding="utf-8")
        print(f"{name}: done", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
