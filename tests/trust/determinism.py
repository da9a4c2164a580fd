"""The same bits everywhere: files and pixels by SHA-256, whatever the threads, batches, instructions and libraries.

A cell is a process that compresses and decompresses the same pictures in every way of its list, and decodes the golden
files. It must find what the first cell found: one thread, the instructions that are usual here, NumPy as installed.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.bench.measure.about import usable_cores
from aecodec.scans import draw
from tests.conftest import data_dir
from tests.made import strokes
from tests.trust.blocks import blocks
from tests.trust.cells import CORETYPES, Cell, coretypes, dispatched, numpy_with
from tests.trust.trial import Size, Tally, Trial

GENERAL = "general"  # the model for any picture
LATENT_DIMS = (8, 16, 32, 64, 128, 256, 784)
OLDEST = "numpy==1.26.0"  # as in pyproject.toml
FEW = 150  # pictures a way in cells of several threads, whose threads mostly wait for each other on a few cores
SAME = "the same files and the same pixels, by SHA-256"
Works = dict[str, dict[str, Any]]


def works(size: Size) -> Works:
    """Ways to compress, and how many pictures each takes."""
    lossless = {"lossless": True, "effort": 1}
    if size is Size.QUICK:
        return {
            "latent_dim 8": {"options": {"latent_dim": 8, "effort": 0}, "count": 40},
            "latent_dim 8 searched": {"options": {"latent_dim": 8, "effort": 3}, "count": 16},
            "lossless": {"options": lossless, "count": 16},
            "progressive": {"options": {**lossless, "progressive": True, "latent_dim": 8}, "count": 8},
            "general, searched": {"options": {"model": GENERAL, "effort": 3}, "count": 6},
        }
    found: Works = {f"latent_dim {n}": {"options": {"latent_dim": n, "effort": 0}, "count": 1000} for n in LATENT_DIMS}
    found |= {f"latent_dim {n} searched": {"options": {"latent_dim": n, "effort": 3}, "count": 16} for n in LATENT_DIMS}
    return found | {
        "quality 40": {"options": {"latent_dim": 64, "quality": 40, "effort": 1}, "count": 200},
        "lossless": {"options": lossless, "count": 1000},
        "lossless by the table": {"options": {"lossless": True, "effort": 0}, "count": 100},
        "baseline": {"options": {"lossless": True, "latent_dim": 784}, "count": 1000},
        "progressive": {"options": {**lossless, "progressive": True}, "count": 100},
        "general": {"options": {"model": GENERAL, "effort": 0}, "count": 200},
        "general, searched": {"options": {"model": GENERAL, "effort": 4, "quality": 40}, "count": 16},
        "general, alone": {"options": {"model": GENERAL, "effort": 3}, "count": 8, "alone": True},
        "alone": {"options": {"latent_dim": 64, "effort": 2}, "count": 16, "alone": True},
        "alone and lossless": {"options": {"lossless": True, "effort": 2}, "count": 16, "alone": True},
    }


def cells(size: Size) -> dict[str, list[Cell]]:
    """By what is varied. The first of all is what the others are compared with."""
    sets = coretypes()
    if size is Size.QUICK:
        sets = sets[:1]
    found = {
        "threads": [Cell("2 threads", threads=2), Cell("8 threads", threads=8)],
        "instruction sets": [Cell(f"OpenBLAS for {each}", {"OPENBLAS_CORETYPE": each}) for each in sets],
        "pictures at a time": [Cell(f"{n} at a time", batch=n) for n in (1, 7, 256)],
        "processes": [Cell("2 processes", jobs=2)],
        "memory": [Cell("memory that is not blank", {"MALLOC_PERTURB_": "165"})],
    }
    if find_spec("torch"):
        found["PyTorch"] = [Cell("PyTorch imported before", torch=True, threads=2)]
    if features := dispatched():
        plain = Cell("NumPy without what it dispatches", {"NPY_DISABLE_CPU_FEATURES": " ".join(features)})
        found["instruction sets"].append(plain)
    if size is Size.QUICK:
        return {
            "threads": found["threads"][:1],
            "instruction sets": found["instruction sets"],
            "pictures at a time": found["pictures at a time"][1:2],
        }
    return found


def made(count: int) -> NDArray[np.uint8]:
    """Strokes, and every second picture the reduction of a made scan, which the search for scans can find."""
    found = strokes(count)
    for number in range(0, count, 2):
        side = 30 + 7 * (number % 6)
        scan = (strokes(1, side, side, seed=number)[0] > 99).astype(np.uint8)
        found[number] = draw(scan, (28, 28))
    return found


def pictures(count: int) -> tuple[NDArray[np.uint8], str]:
    """MNIST's test pictures where they are at hand, else made ones; and which."""
    folder = data_dir()
    if folder is None:
        return made(count), "made strokes and scans"
    raw = (folder / "MNIST" / "raw" / "t10k-images-idx3-ubyte").read_bytes()
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)[:count].copy(), "MNIST's test pictures"


def trials(size: Size) -> Iterator[Trial]:
    """A trial for each thing that is varied; then blocks, golden files, and PyTorch's own arithmetic."""
    given, source = pictures(size.pick(40, 1000))
    ways, varied = works(size), cells(size)
    golden = Tally("golden files, decoded in every cell", "the pixels of the manifest")
    left_out = [f"OpenBLAS for {each}: not for this processor" for each in CORETYPES if each not in coretypes()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pictures.npy")
        np.save(path, given)
        if size is Size.FULL:
            varied["NumPy"], missing = _numpies(Path(folder))
            left_out += missing
        every = [Cell("one thread"), *itertools.chain.from_iterable(varied.values())]
        few = {name: {**order, "count": min(order["count"], FEW)} for name, order in ways.items()}
        with ThreadPoolExecutor(size.pick(1, usable_cores() or 1)) as pool:
            single = pool.map(lambda cell: _run(cell, path, ways, every.index(cell), size.pick(5, 1)), _single(every))
            found = dict(zip((cell.name for cell in _single(every)), single, strict=True))
        first_of_few = _run(every[0], path, few, 0, 5)
        found |= {cell.name: _run(cell, path, few, every.index(cell), 5) for cell in every if cell.threads > 1}
    for what, some in varied.items():
        if some:
            own = {cell.name: found[cell.name] for cell in some}
            if _single(some):
                yield compared(what, own, found[every[0].name], ways, source)
            else:
                yield compared(what, own, first_of_few, few, source)
    for cell, result in found.items():
        for name, right in result.get("golden", {}).items():
            golden.count(None if right else f"{name} in the cell {cell!r}")
    torch = _by_torch(given, size)
    left_out += [] if torch else ["PyTorch: it is not installed"]
    golden.measured |= {"cells": len(every), "left out": "; ".join(left_out) or "nothing"}
    yield golden.trial
    yield from blocks(given[: size.pick(20, 256)], size)
    yield from torch


def _single(cells: Sequence[Cell]) -> list[Cell]:
    """Those of one thread, which can run beside each other."""
    return [cell for cell in cells if cell.threads == 1]


def _run(cell: Cell, path: Path, ways: Works, seed: int, golden: int) -> dict[str, Any]:
    try:
        return cell.run(path, ways, seed, golden)
    except (RuntimeError, ValueError) as error:
        return {"failure": str(error)}


def compared(what: str, found: dict[str, dict[str, Any]], first: dict[str, Any], ways: Works, source: str) -> Trial:
    """The trial of what some cells found."""
    tally = Tally(f"{what}: {len(found)} cells, {len(ways)} ways each", SAME)
    for cell, result in found.items():
        failure = first.get("failure") or result.get("failure")
        for way, order in ways.items():
            differ = [] if failure else [k for k, v in result["works"][way].items() if v != first["works"][way][k]]
            wrong = failure or (f"{way} in the cell {cell!r}: other {' and '.join(differ)}" if differ else None)
            for number in range(order["count"]):
                tally.count(wrong if number == 0 else None)
    tally.measured |= {"pictures": f"{source}, at most {max(order['count'] for order in ways.values())} a way"}
    tally.measured |= {"cells": "; ".join(f"{cell}{_seen(result)}" for cell, result in found.items())}
    return tally.trial


def _seen(result: dict[str, Any]) -> str:
    """What the cell's BLAS and NumPy said they were."""
    about = result.get("about", {})
    core = f", BLAS {about['core']} on {about['threads']}" if "core" in about else ""
    return f" (NumPy {about['numpy']}{core})" if about else ""


def _numpies(folder: Path) -> tuple[list[Cell], list[str]]:
    """Cells with the oldest NumPy and the newest, and what could not be had of them."""
    made, missing = [], []
    for name, wanted in (("oldest", OLDEST), ("newest", "numpy")):
        try:
            made.append(Cell(f"the {name} NumPy", python=numpy_with(folder / name, wanted)))
        except RuntimeError:  # what pip says has paths and addresses of this machine
            missing.append(f"the {name} NumPy: not to be had here")
    return made, missing


def _by_torch(given: NDArray[np.uint8], size: Size) -> list[Trial]:
    try:
        from tests.trust.torch_integers import trials_of
    except ImportError:  # without the extra `train`
        return []
    return list(trials_of(given, size))
