"""Measure models of one's own on collections: ``benchmarks/results/own.json`` and ``own.md``.

    aecodec train --images train/emoji64 -o models                      # first, for each collection
    python benchmarks/own.py --data-dir data --models models            # then this; ten minutes
    python benchmarks/own.py --data-dir data --models models --only kmnist --parts exact

A model of one's own has the name of its collection. Further models are each made for one point, by ``--min-psnr``.
They have names like ``NAME-20`` and ``NAME-22``, and are measured lossy, at their usual quality.

Collections lie in ``collections/NAME`` of the data: as pictures in ``test``, or as the part ``test`` of ``NAME.npz``.
``emoji64-white`` is ``emoji64`` on a white ground, for formats without alpha. ``benchmarks/own_sets.py`` builds
``icons32`` and ``mri16``. A collection that is not there, or a part that is not asked for, is left out, and its figures
on file stay. Pictures of 16 bits are measured only exactly, a file each, by the models that ship: no model is trained
on them.

The command writes and reads our files, in processes of their own: one container for all pictures, or a file each.
Other formats get all pictures as one mosaic, too. That is their best where pictures are small and of one size, for an
AVIF file has 300 bytes before the first pixel. PNG is Pillow's, optimized. JPEG XL is that of imagecodecs, effort 7; it
is left out where imagecodecs is missing. PSNR is that of the mean squared error over all pictures. The bytes of models
are counted apart.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from own_others import AVIF_QUALITIES, WITH_ALPHA, Picture, avif, error, exact_of, is_deep, others, psnr
from PIL import Image

from aecodec.files import read_picture
from aecodec.zoo import Zoo

RESULTS = Path(__file__).resolve().parent / "results"
PARTS = ("exact", "lossy", "points")
SETS = ("kmnist", "emoji64", "emoji64-white", "crops64", "icons32", "mri16")
QUALITIES = (0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80)
LEVELS = range(20, 33, 2)  # dB, of the table
_WHITE = "-white"
Curve = list[tuple[float, float]]  # bytes a picture, dB


def pictures_of(data_dir: Path, name: str) -> list[Picture]:
    """Return a collection's test pictures, or none if it is not there."""
    folder = data_dir / "collections" / name.removesuffix(_WHITE)
    archive = folder / f"{name}.npz"
    if archive.exists():
        with np.load(archive) as found:
            return list(found["test"])
    files = [Image.open(file) for file in sorted((folder / "test").glob("*.png"))]
    return [np.asarray(on_white(file) if name.endswith(_WHITE) else file) for file in files]


def on_white(picture: Image.Image) -> Image.Image:
    """Lay a picture on a white ground: return it in RGB, without alpha."""
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def command(*words: str | Path) -> None:
    """Run aecodec in another process."""
    subprocess.run([sys.executable, "-m", "aecodec", *map(str, words), "-q"], check=True)


class Files:
    """Pictures as files in a folder, which the command compresses and decompresses."""

    def __init__(self, folder: Path, pictures: Sequence[Picture]) -> None:
        self._folder, self._pictures = folder, pictures
        self._given = folder / "given"
        self._given.mkdir()
        for place, picture in enumerate(pictures):
            Image.fromarray(picture).save(self._given / f"{place:05}.png")

    def exact(self, model: Path | None, *, each: bool) -> float:
        """Return bytes a picture of exact files. Raises SystemExit where a picture comes back changed."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            made, back = Path(name) / "made", Path(name) / "back"
            made.mkdir()
            words: list[str | Path] = ["--each", "-o", made] if each else ["-o", made / "all.aec"]
            command("compress", "--lossless", *_named(model), self._given, *words)
            command("decompress", made if each else made / "all.aec", "-o", back, *_beside(model))
            if self._error(back):
                raise SystemExit("a picture came back other than it was")
            return sum(file.stat().st_size for file in made.rglob("*.aec")) / len(self._pictures)

    def lossy(self, model: Path | None, quality: int | None) -> tuple[float, float]:
        """Return bytes a picture and PSNR in dB of one container. Without ``quality`` it is the model's usual one."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            made, back = Path(name) / "all.aec", Path(name) / "back"
            asked: list[str] = [] if quality is None else ["--quality", str(quality)]
            command("compress", *_named(model), *asked, self._given, "-o", made)
            command("decompress", made, "-o", back, *_beside(model))
            return made.stat().st_size / len(self._pictures), psnr(self._error(back))

    def _error(self, back: Path) -> float:
        """Return the mean squared error of visible colours, or of all samples where any alpha differs."""
        errors = []
        for place, file in enumerate(sorted(back.rglob("*.png"))):
            errors.append(error(self._pictures[place], read_picture(str(file))))
        if len(errors) != len(self._pictures):
            raise SystemExit(f"{len(errors)} pictures of {len(self._pictures)} came back")
        return float(np.mean(errors))


def bytes_at(curve: Curve, level: float) -> float | None:
    """Return the bytes at a PSNR, or None outside the curve: between points log(bytes) is linear."""
    points = sorted((db, size) for size, db in curve)
    for (low, small), (high, large) in pairwise(points):
        if low <= level <= high and high > low:
            share = (level - low) / (high - low)
            return math.exp(math.log(small) + share * (math.log(large) - math.log(small)))
    return None


def measured(data_dir: Path, models: Path, name: str, parts: Sequence[str], before: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a collection: those of ``parts`` are measured now, the others are as ``before``."""
    pictures = pictures_of(data_dir, name)
    if not pictures:
        return before
    own = models / f"{name}.safetensors"
    ways = {"the models that ship": None} | ({"a model of one's own": own} if own.exists() else {})
    found = before | {"pictures": len(pictures)}
    found["model_bytes"] = own.stat().st_size if own.exists() else before.get("model_bytes")
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder), pictures)
        if "exact" in parts:
            found["exact"] = before.get("exact", {}) | dict(_exact(files, ways, pictures))
        if "lossy" in parts and not is_deep(pictures[0]):
            found["lossy"] = before.get("lossy", {}) | dict(_lossy(files, ways, pictures))
    if "points" in parts:
        found["points"] = points(data_dir, models, name) or before.get("points", [])
    return found


Figures = Iterator[tuple[str, Any]]


def _exact(files: Files, ways: dict[str, Path | None], pictures: Sequence[Picture]) -> Figures:
    sorts = {"one container": False, "a file each": True}
    if is_deep(pictures[0]):
        del sorts["one container"]
    for title, model in ways.items():
        yield title, {sort: files.exact(model, each=each) for sort, each in sorts.items()}
    for title, encode in others().items():
        yield title, exact_of(encode, pictures)


def _lossy(files: Files, ways: dict[str, Path | None], pictures: Sequence[Picture]) -> Figures:
    for title, model in ways.items():
        yield title, [files.lossy(model, quality) for quality in QUALITIES]
    if np.atleast_3d(pictures[0]).shape[2] not in WITH_ALPHA:
        yield "AVIF, one mosaic", [avif(pictures, quality) for quality in AVIF_QUALITIES]


def points(data_dir: Path, models: Path, name: str) -> list[dict[str, Any]]:
    """Return the figures of the models that are made for one point each, the lowest PSNR first."""
    own = sorted(models.glob(f"{name}-[0-9]*.safetensors"))
    if not own or not (pictures := pictures_of(data_dir, name)):
        return []
    found = []
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder), pictures)
        for model in own:
            size, db = files.lossy(model, None)
            minutes = Zoo(models).by_id(model.stem).description["training"]["minutes"]
            found.append({"bytes": size, "psnr": db, "model_bytes": model.stat().st_size, "minutes": minutes})
            print(f"{model.stem}: {size:.1f} bytes, {db:.2f} dB", file=sys.stderr, flush=True)
    return sorted(found, key=lambda each: float(each["psnr"]))


def document(found: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    lines = [
        "# Models of one's own",
        "",
        "`benchmarks/own.py` writes this page. Figures are bytes a picture. They are of whole files, which another",
        "process decoded. `aecodec train --images` makes a model of one's own of the collection's training pictures.",
        "The pictures that are measured are its test pictures.",
        "",
        "AVIF is libavif's speed 2, 4:4:4, tuned for PSNR, with all pictures as one mosaic. *One container* of PNG and",
        "JPEG XL is a mosaic, too. PSNR is that of the mean squared error over all pictures. Alpha is exact, so only",
        "visible colours count for the PSNR of pictures with alpha.",
        "",
        "A cell is empty where no file has less than that PSNR, or none has as much. The row of a model of vectors",
        "ends at the point that it was made for.",
    ]
    for name in (each for each in SETS if each in found):
        lines += ["", f"## {name}", "", *_tables(found[name])]
    return "\n".join(lines) + "\n"


def _tables(found: dict[str, Any]) -> Iterator[str]:
    model = f"; the model of one's own has {found['model_bytes']:,} bytes" if found["model_bytes"] else ""
    yield f"{found['pictures']:,} pictures{model}."
    yield ""
    yield "| exact | one container | a file each |"
    yield "|---|---:|---:|"
    for title, each in found["exact"].items():
        together = f"{each['one container']:,.1f}" if "one container" in each else ""
        yield f"| {title} | {together} | {each['a file each']:,.1f} |"
    if not found.get("lossy"):
        return
    levels = [level for level in LEVELS if any(bytes_at(curve, level) for curve in found["lossy"].values())]
    yield ""
    yield "| lossy, one container | " + " | ".join(f"{level} dB" for level in levels) + " |"
    yield "|---|" + "---:|" * len(levels)
    for title, curve in found["lossy"].items():
        cells = [bytes_at(curve, level) for level in levels]
        yield f"| {title} | " + " | ".join("" if each is None else f"{each:,.0f}" for each in cells) + " |"
    if found.get("points"):
        yield from _points(found)


def _points(found: dict[str, Any]) -> Iterator[str]:
    """Yield the table of models that are made for one point each, beside AVIF at the same PSNR."""
    rival = found["lossy"].get("AVIF, one mosaic", [])
    yield ""
    yield "Each of these models was made for one point, by `--min-psnr`. They are used at their usual quality."
    yield ""
    yield "| dB | bytes a picture | AVIF, one mosaic, same dB | bytes of the model | minutes of training |"
    yield "|---:|---:|---:|---:|---:|"
    for each in found["points"]:
        there = bytes_at(rival, each["psnr"])
        beside = "" if there is None else f"{there:,.1f}"
        cells = f"{each['psnr']:.2f} | {each['bytes']:,.1f} | {beside} | {each['model_bytes']:,}"
        yield f"| {cells} | {each['minutes']:g} |"


def _named(model: Path | None) -> list[str | Path]:
    return [] if model is None else ["--model", model]


def _beside(model: Path | None) -> list[str | Path]:
    return [] if model is None else ["--model-path", model.parent]


def main() -> None:
    """Measure what is asked for, and write each collection's figures at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure; the rest stays"
    )
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    path = RESULTS / "own.json"
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for name in given.only:
        made = measured(given.data_dir, given.models, name, given.parts, found.get(name, {}))
        if made:
            found[name] = made
            path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
            (RESULTS / "own.md").write_text(document(found), "utf-8")


if __name__ == "__main__":
    main()
