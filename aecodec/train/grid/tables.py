"""The tables of the classes of scale, from the symbols that the engine finds in pictures.

Training takes each class for one shape, wider or narrower. What a class really holds has another: counts say which.
Neither classes nor symbols depend on the tables, so that one walk over pictures measures any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.exact.sheets import Sheet
from aecodec.grid.model import GridModel, rounded
from aecodec.grid.prior import Pass
from aecodec.grid.scales import CLASSES, Classes
from aecodec.limits import FREQUENCY_TOTAL

Whole = NDArray[np.int64]
Counts = dict[int, Whole]  # of the entries of the table of each class from 1 on; the last are escapes
TRUST = 300.0  # symbols that the shape with which a table begins counts for


def count_symbols(engine: GridModel, latents: Sheet, quality: int, counts: Counts) -> None:
    """Add the symbols of ``latents``, a float64 sheet as analysis gives them, to ``counts``."""
    prior = engine.prior
    size = latents.count, latents.height, latents.width

    def add(symbols: Whole, classes: Classes) -> None:
        for number in np.unique(classes[classes > 0]).tolist():
            reach = int(prior.scales.reach[number])
            found = symbols[classes == number]
            entries = np.where(np.abs(found) > reach, 2 * reach + 1, found + reach)
            counts[number] = counts.get(number, 0) + np.bincount(entries, minlength=2 * reach + 2)

    def visit(part: Pass, means: Whole, classes: Classes, steps: Whole) -> Whole:
        symbols = rounded(latents.rows[part.rows, part.channels].astype(np.int64), means, classes, steps)
        add(symbols, classes)
        return symbols

    means, classes, steps = prior.hyper_pass(*size, quality)
    hyper = engine.hyper(latents, quality).reshape(classes.shape)
    symbols = rounded(hyper, means, classes, steps)
    add(symbols, classes)
    prior.walk(prior.features(symbols, *size, quality, map), quality, visit, map)


def counted(engine: GridModel, pictures: Iterable[tuple[NDArray[np.uint8], Iterable[int]]]) -> Counts:
    """The symbols of ``pictures`` ``[H, W, 3]``, each at some qualities."""
    counts: Counts = {}
    for picture, qualities in pictures:
        sheet = Sheet.of(engine.analyse(picture)[None], np.float64)
        for quality in qualities:
            count_symbols(engine, sheet, quality, counts)
    return counts


def refitted(tensors: Mapping[str, NDArray[Any]], counts: Counts) -> dict[str, NDArray[Any]]:
    """``scales.frequencies`` whose shapes are those of ``counts``, mirrored, mixed with the shapes in ``tensors``."""
    tables = split_tables(tensors)
    for number, count in counts.items():
        table = tables[number - 1]
        shape = table / table.sum()
        both = count.astype(np.float64)
        both[:-1] = (both[:-1] + both[-2::-1]) / 2
        likely = (both + TRUST * shape) / (both.sum() + TRUST)
        found = 1 + np.floor(likely * (FREQUENCY_TOTAL - len(table))).astype(np.int64)
        found[len(table) // 2 - 1] += FREQUENCY_TOTAL - found.sum()
        tables[number - 1] = found
    return {"scales.frequencies": np.concatenate(tables).astype(np.int32)}


def bits(tensors: Mapping[str, NDArray[Any]], counts: Counts) -> float:
    """What the symbols of ``counts`` cost by the tables in ``tensors``; escapes without their excess."""
    tables = split_tables(tensors)
    costs = [(count * (24 - np.log2(tables[number - 1]))).sum() for number, count in counts.items()]
    return float(sum(costs))


def split_tables(tensors: Mapping[str, NDArray[Any]]) -> list[Whole]:
    """The table of each class from 1 on."""
    ends = np.cumsum(2 * tensors["scales.reach"].astype(np.int64) + 2)
    found: list[Whole] = np.split(tensors["scales.frequencies"].astype(np.int64), ends[:-1])
    assert len(found) == CLASSES - 1
    return found
