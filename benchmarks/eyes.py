"""Measure photographs for eyes: the bits that files take at equal SSIMULACRA2, into ``benchmarks/results/eyes``.

    python benchmarks/eyes.py --data-dir data                    # 40 pieces of 256 x 256; a quarter of an hour
    python benchmarks/eyes.py --data-dir data --dataset kodak    # an hour
    python benchmarks/eyes.py --tables                           # the page anew, nothing is measured

SSIMULACRA2 (Sneyers 2023) is a measure that was fitted to what people said of compressed pictures: 30 is low quality,
50 medium, 70 high, 90 hardly told from the original. Another one could say otherwise, so look at the pictures, too.
Pillow's AVIF is as it comes, which is tuned for eyes, and so is JPEG XL. Each codec writes files in one process, and
reads them back in another. aecodec is measured with ``--for eyes`` and without.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image
from table_parts import RESULTS

from aecodec.arrays import Points, Shallow
from aecodec.bench.curves import bd
from aecodec.bench.measure.about import about
from aecodec.bench.measure.apart import apart
from aecodec.bench.measure.way import Way
from aecodec.bench.ours import Singles
from aecodec.bench.peers.formats import Format, by_quality
from aecodec.bench.peers.ladders import FORMATS
from aecodec.bench.peers.picture_files import PictureFiles
from aecodec.bench.report.tables import Table
from aecodec.codec import Options
from aecodec.codec.distortion import mse, psnr
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.data import ALBUMS, load_album
from aecodec.files import read_shallow

EYES, ERROR = "aecodec --for eyes", "aecodec"
QUALITIES = (5, 15, 25, 35, 45, 60, 75, 90)
LEVELS = (40.0, 50.0, 60.0, 70.0, 80.0)  # of SSIMULACRA2
LOW, HIGH = 40.0, 80.0  # between them rates are compared
AVIF = Format("AVIF", "AVIF", 65_535, {"max_threads": 1, "speed": 6}, by_quality((10, 25, 40, 55, 70, 85)))
OTHERS = (AVIF, FORMATS["webp"], FORMATS["jpeg"], FORMATS["jxl"])
Point = dict[str, float]  # bits a pixel, SSIMULACRA2 and PSNR, means over pictures


def ways(effort: int) -> Mapping[str, Sequence[tuple[str, Way]]]:
    """Return the settings of each codec, by what they are called, from small files to large ones."""
    found: dict[str, list[tuple[str, Way]]] = {
        name: [(f"quality {each}", Singles(Options(quality=each, effort=effort, for_eyes=eyes))) for each in QUALITIES]
        for name, eyes in ((EYES, True), (ERROR, False))
    }
    for form in OTHERS:
        if form.missing is None:
            found[form.codec] = [(rung.setting, PictureFiles(form, rung)) for rung in form.ladder]
    return found


def measure(way: Way, sources: Sequence[Path]) -> Point:
    """Take each picture through ``way``: it writes in one process, and reads in another."""
    files, shapes = apart(_written, way, sources)
    decoded = apart(_read, way, files, shapes)
    with TemporaryDirectory() as folder:
        scores = [_score(source, pixels, Path(folder)) for source, pixels in zip(sources, decoded, strict=True)]
    sizes = [8 * len(file) / (shape[0] * shape[1]) for file, shape in zip(files, shapes, strict=True)]
    errors = [psnr(mse(pixels, read_shallow(source))) for source, pixels in zip(sources, decoded, strict=True)]
    return {"bpp": fmean(sizes), "ssimulacra2": fmean(scores), "psnr": fmean(errors)}


def _written(way: Way, sources: Sequence[Path]) -> tuple[list[bytes], list[tuple[int, ...]]]:
    pictures = [read_shallow(source) for source in sources]
    return [way.compress(each[None]).files[0] for each in pictures], [each.shape for each in pictures]


def _read(way: Way, files: Sequence[bytes], shapes: Sequence[tuple[int, ...]]) -> list[Shallow]:
    return [way.decompress([file], (1, *shape))[0] for file, shape in zip(files, shapes, strict=True)]


def _score(source: Path, pixels: Shallow, folder: Path) -> float:
    from ssimulacra2 import compute_ssimulacra2

    shown = folder / "shown.png"
    Image.fromarray(pixels).save(shown)
    return float(compute_ssimulacra2(str(source), str(shown)))


def page(found: Mapping[str, Any]) -> str:
    """Return what was measured, as Markdown."""
    curves = {name: _curve(points) for name, points in found["codecs"].items()}
    head = ("codec", *(f"{level:.0f}" for level in LEVELS), "against it", "between")
    body = tuple((name, *_at_levels(curve), *_against(name, curve, curves[EYES])) for name, curve in curves.items())
    points = tuple(
        (name, setting, f"{each['bpp']:.4f}", f"{each['ssimulacra2']:.2f}", f"{each['psnr']:.2f}")
        for name, settings in found["codecs"].items()
        for setting, each in settings.items()
    )
    facts = found["about"]
    lines = [
        f"# Photographs for eyes: {facts['dataset']}",
        "",
        "Bits a pixel of whole files at equal SSIMULACRA2 (50 is medium quality, 70 high). Bits and scores are means",
        f"over {facts['count']} pictures. A dash lies beyond what was measured. The last column is how much more or",
        "less `--for eyes` takes than each codec, and between which scores that was compared (BD-rate, Akima's",
        "interpolation). AVIF is as Pillow has it, tuned for eyes, at speed 6.",
        "",
        Table(head, body).markdown,
        "## What was measured",
        "",
        Table(("codec", "setting", "bits a pixel", "SSIMULACRA2", "PSNR, dB"), points).markdown,
        f"{facts['date']}, commit {facts['commit']}, aecodec at effort {facts['settings']['effort']}. `python"
        f" benchmarks/eyes.py --dataset {facts['dataset']} --limit {facts['count']}` measures these pictures.",
    ]
    return "\n".join(lines) + "\n"


def _curve(points: Mapping[str, Point]) -> Points:
    return bd.rising(np.array([(each["bpp"], each["ssimulacra2"]) for each in points.values()], np.float64))


def _at_levels(curve: Points) -> list[str]:
    """Return bits a pixel at LEVELS, between those points that were measured."""
    inside = [curve[0, 1] <= level <= curve[-1, 1] for level in LEVELS]
    bits = np.exp(np.interp(LEVELS, curve[:, 1], np.log(curve[:, 0])))
    return [f"{each:.3f}" if known else "–" for each, known in zip(bits, inside, strict=True)]


def _against(name: str, theirs: Points, eyes: Points) -> tuple[str, str]:
    if name == EYES:
        return "", ""
    rate = bd.compare(name, "single", eyes, theirs, LOW, HIGH)
    return ("–", "–") if rate.percent is None else (f"{rate.percent:+.1f} %", f"{rate.low:.1f} and {rate.high:.1f}")


def main() -> None:
    """Measure as the command line says, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--dataset", choices=list(ALBUMS), default="crops256")
    parser.add_argument("--effort", type=int, default=DEFAULT_EFFORT)
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N pictures")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where to write")
    parser.add_argument("--tables", action="store_true", help="write the page anew from what is there")
    given = parser.parse_args()
    kept = given.results / "eyes.json"
    if not given.tables:
        album = load_album(given.dataset, given.data_dir).first(given.limit)
        sources = [Path(source.path) for source in album.sources]
        codecs: dict[str, dict[str, Point]] = {}
        for name, settings in ways(given.effort).items():
            for setting, way in settings:
                codecs.setdefault(name, {})[setting] = found = measure(way, sources)
                print(f"{name}, {setting}: {found['bpp']:.4f} bpp, {found['ssimulacra2']:.2f}", flush=True)
        facts = about(album, {}, effort=given.effort) | {"count": len(sources)}
        kept.write_text(json.dumps({"about": facts, "codecs": codecs}, indent=1) + "\n", encoding="utf-8")
    found = json.loads(kept.read_text(encoding="utf-8"))
    kept.with_suffix(".md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
