"""The tables of the classes of scale, from the symbols that the engine finds in pictures.

Training takes each class for one shape, wider or narrower. What a class really holds has another: counts say which.
The symbols that the encoder's search chooses are counted, of which more are 0 than of rounded ones. With such tables
rate + slope * squared error of twelve held-out pictures fell by 0.7 %, with those of rounded symbols by 0.6 %.

With dependent quantization, tables and the symbols chosen by them depend on each other. So they are counted more than
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Arrays, Classes, Integers64, Picture
from aecodec.grid.coder import entries_of
from aecodec.grid.model import GridModel
from aecodec.grid.names import DEPENDENT
from aecodec.grid.scales import CLASSES
from aecodec.grid.search import refined
from aecodec.train.grid.export import deviation_of, frequencies_of
from aecodec.train.grid.rate import share_below

Counts = dict[int, Integers64]  # of the entries of each table, by its number; the last are escapes
EFFORT = 1  # of the search: symbols are chosen by their cost under the tables that there are, targets do not move
TRUST = 300.0  # symbols that the shape with which a table begins counts for


def counted(engine: GridModel, pictures: Iterable[tuple[Picture, Iterable[int]]]) -> Counts:
    """Return the symbols of ``pictures`` ``[H, W, 3]``, each at some qualities, as the search at EFFORT chooses
    them.
    """
    counts: Counts = {}
    for picture, qualities in pictures:
        for quality in qualities:
            for symbols, numbers in refined(engine, [picture], quality, EFFORT).passes:
                count_symbols(engine.prior.scales.reach, symbols.astype(np.int64), numbers, counts)
    return counts


def count_symbols(reach: Integers64, symbols: Integers64, numbers: Classes, counts: Counts) -> None:
    """Add ``symbols`` under the tables of these ``numbers``, of the same shape, to ``counts``; ``reach`` is that of
    each table.
    """
    for number in np.unique(numbers[numbers > 0]).tolist():
        most = int(reach[number])
        entries = entries_of(symbols[numbers == number], most)
        counts[number] = counts.get(number, 0) + np.bincount(entries, minlength=2 * most + 2)


def refitted(expected: Mapping[str, NDArray[Any]], counts: Counts) -> Arrays:
    """Return tables whose shapes are those of ``counts``, mirrored, mixed with the shapes in ``expected``."""
    tables = split_tables(expected)
    for number, count in counts.items():
        table = tables[number]
        shape = table / table.sum()
        both = count.astype(np.float64)
        both[:-1] = (both[:-1] + both[-2::-1]) / 2
        likely = (both + TRUST * shape) / (both.sum() + TRUST)
        tables[number] = frequencies_of(likely)
    found: Arrays = {}
    for place, name in enumerate(_names(expected)):
        own = [tables[place * CLASSES + number] for number in range(1, CLASSES)]
        found[name] = np.concatenate(own).astype(np.int32)
    return found


def bits(tensors: Mapping[str, NDArray[Any]], counts: Counts) -> float:
    """Return what the symbols of ``counts`` cost by the tables in ``tensors``; escapes without their excess."""
    tables = split_tables(tensors)
    costs = [(count * (24 - np.log2(tables[number]))).sum() for number, count in counts.items()]
    return float(sum(costs))


def split_tables(tensors: Mapping[str, NDArray[Any]]) -> dict[int, Integers64]:
    """Return each table by its number."""
    ends = np.cumsum(2 * tensors["scales.reach"].astype(np.int64) + 2)
    found: dict[int, Integers64] = {}
    for place, name in enumerate(_names(tensors)):
        parts = np.split(tensors[name].astype(np.int64), ends[:-1])
        found |= {place * CLASSES + number: part for number, part in enumerate(parts, 1)}
    return found


def second(tensors: Mapping[str, NDArray[Any]]) -> Arrays:
    """Return tables of the second quantizer to begin with: what training takes each class for, around its points."""
    tables = []
    for number, reach in enumerate(tensors["scales.reach"].tolist(), 1):
        outer = np.append(0.25, np.arange(1, reach + 1))  # where the nearest point is another one, in steps
        edges = np.concatenate([-outer[::-1], outer])
        below = np.array([share_below(edge, deviation_of(number)) for edge in edges])
        tables.append(frequencies_of(np.append(np.diff(below), 2 * below[0])))
    return {DEPENDENT: np.concatenate(tables).astype(np.int32)}


def _names(tensors: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return the tensors that hold tables: of classes, then of the second quantizer, if there is one."""
    return ["scales.frequencies", *([DEPENDENT] if DEPENDENT in tensors else [])]
