"""Measure exact files of collections of small pictures: ``benchmarks/results/icons.json``.

    python benchmarks/icons.py --data-dir data      # a quarter of an hour, most of it for single files

The sets are ``collections/emoji64/test`` and ``collections/crops64/test``, folders of PNG files, and the test part of
``collections/kmnist/kmnist.npz``. One that is not there is left out. Our files are written and read back by the
command, in processes of their own, and every sample is compared; the others are read back here.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecodec.files import read_picture

RESULT = Path(__file__).resolve().parent / "results" / "icons.json"
Picture = NDArray[np.uint8]


def sets(data_dir: Path) -> Iterator[tuple[str, list[Picture]]]:
    """Name and pictures of each set that is there."""
    for name in ("emoji64", "crops64"):
        files = sorted((data_dir / "collections" / name / "test").glob("*.png"))
        if files:
            yield name, [np.asarray(Image.open(file)) for file in files]
    archive = data_dir / "collections" / "kmnist" / "kmnist.npz"
    if archive.exists():
        with np.load(archive) as found:
            yield "kmnist", list(found["test"])


def command(*words: str | Path) -> None:
    """Run aecodec in another process."""
    subprocess.run([sys.executable, "-m", "aecodec", *map(str, words), "-q"], check=True)


def ours(pictures: Sequence[Picture], *, many: bool) -> int:
    """Return the bytes of all, as one container or each in a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given, made, back = (Path(folder) / name for name in ("given", "made", "back"))
        given.mkdir()
        made.mkdir()
        for place, picture in enumerate(pictures):
            Image.fromarray(picture).save(given / f"{place:05}.png")
        if many:
            command("compress", "--lossless", given, "-o", made / "all.aec")
            command("decompress", made / "all.aec", "-o", back)
        else:
            command("compress", "--lossless", "--each", given, "-o", made)
            command("decompress", made, "-o", back)
        found = sorted(back.rglob("*.png"))
        if len(found) != len(pictures):
            raise SystemExit(f"{len(found)} pictures of {len(pictures)} came back")
        for place, file in enumerate(found):
            expected = read_picture(str(given / f"{place:05}.png"))
            if not np.array_equal(read_picture(str(file)), expected):
                raise SystemExit(f"picture {place} came back other than it was")
        return sum(file.stat().st_size for file in made.rglob("*.aec"))


def by_pillow(pictures: Sequence[Picture], form: str, **options: object) -> int:
    """Return the bytes of a file each."""
    total = 0
    for picture in pictures:
        content = io.BytesIO()
        Image.fromarray(picture).save(content, form, **options)
        back = np.asarray(Image.open(io.BytesIO(content.getvalue())).convert(Image.fromarray(picture).mode))
        if not np.array_equal(back, picture):
            raise SystemExit(f"{form} changed a picture")
        total += len(content.getvalue())
    return total


def jxl(pictures: Sequence[Picture]) -> int:
    """Return bytes of JPEG XL, effort 9."""
    import pillow_jxl  # noqa: F401 - makes Pillow know the format

    return by_pillow(pictures, "JXL", lossless=True, effort=9)


def brotli(pictures: Sequence[Picture]) -> int:
    """Return bytes of all samples as one file."""
    import brotli as library

    return len(library.compress(np.stack(pictures).tobytes(), quality=11, lgwin=24))


WAYS: dict[str, Callable[[Sequence[Picture]], int]] = {
    "aecodec, a file each": lambda pictures: ours(pictures, many=False),
    "aecodec, one container": lambda pictures: ours(pictures, many=True),
    "WebP, a file each": lambda pictures: by_pillow(pictures, "WEBP", lossless=True, method=6, quality=100, exact=True),
    "JPEG XL, effort 9, a file each": jxl,
    "PNG, a file each": lambda pictures: by_pillow(pictures, "PNG", optimize=True),
    "xz -9e, samples as one file": lambda pictures: len(
        lzma.compress(np.stack(pictures).tobytes(), preset=9 | lzma.PRESET_EXTREME)
    ),
    "brotli, samples as one file": brotli,
}


def measure(data_dir: Path, only: str) -> None:
    """Write bytes a picture, by set and way; what is not measured stays as it is on file."""
    found = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for name, pictures in sets(data_dir):
        entry = found.setdefault(name, {})
        entry["pictures"] = len(pictures)
        for way, size in WAYS.items():
            if only in way:
                entry[way] = size(pictures) / len(pictures)
                print(f"{name}, {way}: {entry[way]:.1f} bytes a picture", file=sys.stderr, flush=True)
                RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--only", default="", help="of the ways, those whose names have this in them")
    chosen = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    measure(chosen.data_dir, chosen.only)
