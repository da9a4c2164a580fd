"""Measures coded pictures one by one, takes them apart tile by tile, and puts them together anew.

That is possible because what is coded of a tile depends on no other tile.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Classes, Integers16, Integers64
from aecodec.grid.costs import Costs
from aecodec.grid.model import Coded, by_group, groups

Piece = list[tuple[Integers16, Classes]]  # symbols and tables of some tiles, pass by pass, hyper-latents first


def apart(coded: Coded) -> list[list[Piece]]:
    """Return for each picture the pieces of its tiles, in order."""
    found: list[list[Piece]] = [[] for _ in coded.grids]
    for group, passes in by_group(coded):
        pieces: list[Piece] = [[] for _ in group]
        for symbols, tables in passes:
            cut = zip(np.split(symbols, len(group)), np.split(tables, len(group)), strict=True)
            for piece, part in zip(pieces, cut, strict=True):
                piece.append(part)
        for tile, piece in zip(group, pieces, strict=True):
            found[tile.picture].append(piece)
    return found


def bits_of(coded: Coded, costs: Costs) -> Integers64:
    """Return the bits that each picture takes, int64 ``[pictures]``, in 1/4096 bit."""
    found = np.zeros(len(coded.grids), np.int64)
    for group, passes in by_group(coded):
        numbers = [tile.picture for tile in group]
        for symbols, tables in passes:
            bits = costs(symbols.astype(np.int64), tables)
            np.add.at(found, numbers, bits.reshape(len(group), -1).sum(1))
    return found


def symbols_of(coded: Coded) -> int:
    """Return how many symbols of latents are not 0. Hyper-latents do not count."""
    return sum(int(np.count_nonzero(symbols)) for _, passes in by_group(coded) for symbols, _ in passes[1:])


def together(pictures: Sequence[Sequence[Piece]], sizes: Sequence[tuple[int, ...]]) -> Piece:
    """Return the passes of ``pictures`` whose grids have ``sizes``. A picture is given by the pieces of its tiles."""
    left, passes = [iter(pieces) for pieces in pictures], []
    for group in groups(sizes):
        for parts in zip(*[next(left[tile.picture]) for tile in group], strict=True):
            passes.append((np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])))
    return passes
