"""Measure exact files of pictures of any size, ours and others': ``benchmarks/results/exact.json`` and ``exact.md``.

    python benchmarks/exact.py --data-dir data                      # all sets and codecs, an hour
    python benchmarks/exact.py --data-dir data --only aecodec       # our rows anew; the others stay

The sets are folders of PNG files in ``data``: ``kodak``, ``crops256`` and ``graphics``. One that is not there is left
out, and what is on file of it stays. All runs on one core. Every file is read back by another process and compared.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from aecodec.bench.measure.album_trial import Terms
from aecodec.bench.records.album import AlbumRow
from aecodec.bench.records.rows import AECODEC
from aecodec.bench.sorts.album_entries import AlbumEntry, contenders, rivals
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.data import Album
from aecodec.files import find_pictures
from aecodec.limits import MAX_EFFORT

RESULTS = Path(__file__).resolve().parent / "results"
SETS = ("kodak", "crops256", "graphics")
RIVALS = ("jxl", "webp", "png")


@dataclass(frozen=True)
class Figure:
    """It is of one codec on one set. Speeds, in megapixels a second on one core, mean little on a busy machine."""

    codec: str
    pictures: int
    bits_a_sample: float
    compress_speed: float
    decompress_speed: float
    bugs: int
    models: dict[str, str]

    @classmethod
    def of(cls, row: AlbumRow) -> Figure:
        """Make the figure of a row: bits over all samples of the set."""
        samples = sum(shot.pixels * shot.channels for shot in row.shots)
        return cls(
            row.label,
            len(row.shots),
            8 * sum(shot.bytes for shot in row.shots) / samples,
            row.compress_speed,
            row.decompress_speed,
            row.bugs,
            dict(row.models),
        )


def entries(only: str) -> Iterator[AlbumEntry]:
    """Return the entries of ``only`` one codec, or of ``all``."""
    if only in ("all", AECODEC):
        for effort in (DEFAULT_EFFORT, MAX_EFFORT):
            yield from contenders((), (), effort, lossless=True)
    named = [name for name in RIVALS if only in ("all", name)]
    yield from (entry for entry in rivals(named, lossless=True) if entry.row.lossless)


def measure(data_dir: Path, only: str) -> dict[str, dict[str, Figure]]:
    """Measure by set and codec; return what was on file with it."""
    found = on_file()
    for name in SETS:
        folder = data_dir / name
        if not folder.is_dir():
            print(f"no {folder}: left out", file=sys.stderr)
            continue
        album = Album(name, tuple(find_pictures([str(folder)])))
        for entry in entries(only):
            row = entry.measure(album, Terms())
            if row.missing is not None:
                print(f"{name}, {row.label}: {row.missing}", file=sys.stderr)
                continue
            figure = Figure.of(row)
            found.setdefault(name, {})[figure.codec] = figure
            print(f"{name}, {figure.codec}: {figure.bits_a_sample:.4f} bits a sample", file=sys.stderr, flush=True)
            write(found)
    return found


def on_file() -> dict[str, dict[str, Figure]]:
    """Return what was measured before."""
    path = RESULTS / "exact.json"
    if not path.exists():
        return {}
    known = json.loads(path.read_text(encoding="utf-8"))
    return {name: {codec: Figure(**each) for codec, each in figures.items()} for name, figures in known.items()}


def write(found: dict[str, dict[str, Figure]]) -> None:
    """Write numbers and the table of them."""
    plain = {name: {codec: asdict(each) for codec, each in figures.items()} for name, figures in found.items()}
    (RESULTS / "exact.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "exact.md").write_text("# Exact files\n\n" + table(found) + "\n", encoding="utf-8")


def table(found: dict[str, dict[str, Figure]]) -> str:
    """Return a table in Markdown."""
    lines = [
        "| set | codec | bits a sample |",
        "|---|---|---:|",
    ]
    for name, figures in found.items():
        for figure in sorted(figures.values(), key=lambda each: each.bits_a_sample):
            shown = f"{figure.codec}{', with faults' if figure.bugs else ''}"
            lines.append(f"| {name}, {figure.pictures} | {shown} | {figure.bits_a_sample:.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--only", choices=["all", AECODEC, *RIVALS], default="all")
    chosen = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    measure(chosen.data_dir, chosen.only)
