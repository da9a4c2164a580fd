"""Codes pictures of a block as differences from others of the block that they resemble, their *references*.

First all pictures are coded alone. Then it is estimated what differences may save (:mod:`aecodec.grid.proposals`). Only
where that promises much, a difference is searched for, from the very latents that a decoder will have of the reference.
Each picture keeps the cheaper of the two by rate + λ * squared error. So pictures that are not alike take hardly more
time, and no bytes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from aecodec.arrays import Integers64, Latents, Picture
from aecodec.entropy import COST_UNIT_BITS
from aecodec.exact.sheets import Map
from aecodec.grid.adaptive_filter import NO_FILTER
from aecodec.grid.costs import Costs
from aecodec.grid.model import Coded, GridModel
from aecodec.grid.pieces import apart, bits_of, symbols_of, together
from aecodec.grid.proposals import propose
from aecodec.grid.references import plus
from aecodec.grid.search import ROUNDS, Measure, complete, lmbda_of, measure_of, refined, worth

_BYTE = 8 << COST_UNIT_BITS
_OF_LIST = 3 * _BYTE  # what a block with references takes more, beside a bit for each picture
_OF_REFERENCE = _BYTE  # what each reference takes


def with_differences(
    model: GridModel,
    pictures: Sequence[Picture],
    kinds: Sequence[Hashable],
    coded: Coded,
    quality: int,
    effort: int,
    run: Map = map,
    *,
    for_eyes: bool = False,
) -> tuple[Coded, list[int | None]]:
    """Return the symbols of ``pictures`` ``[H, W, 3]``, and the number of each one's reference, None for one without.

    The list of references is empty where no picture has one. ``coded`` are the symbols of pictures coded alone; they
    are returned where these are the best. A reference must be of the same kind, by ``kinds``; pictures of a kind have
    one size. At effort 0 there are no references. ``for_eyes`` is as :func:`refined` has it.
    """
    if ROUNDS[effort] is None or len(set(kinds)) == len(pictures):
        return coded, []
    costs = Costs(model.prior.scales)
    bits = bits_of(coded, costs)
    proposed = _proposed(model, pictures, kinds, coded, bits, quality)
    if not proposed:
        return coded, []
    under = [coded.grids[reference] for reference in proposed.values()]
    some = [pictures[number] for number in proposed]
    other = refined(model, some, quality, effort, run, under, for_eyes=for_eyes)
    lmbda = lmbda_of(quality)
    measures = [measure_of(picture, for_eyes=for_eyes) for picture in pictures]
    theirs = [measures[number] for number in proposed]
    before = bits + _worth(_errors(model, pictures, coded, None, quality, run, measures), lmbda)
    errors = _errors(model, some, other, under, quality, run, theirs)
    after = bits_of(other, costs) + _worth(errors, lmbda) + _OF_REFERENCE
    saved = before[list(proposed)] - after
    if np.maximum(saved, 0).sum() <= _OF_LIST + (len(pictures) << COST_UNIT_BITS):
        return coded, []
    references: list[int | None] = [None] * len(pictures)
    grids, known, filters = list(coded.grids), dict(coded.pictures), dict(coded.filters)
    pieces, others = apart(coded), apart(other)
    for place, (number, reference) in enumerate(proposed.items()):
        if saved[place] > 0:
            references[number], grids[number], pieces[number] = reference, other.grids[place], others[place]
            known.pop(number, None)
            if place in other.pictures:
                known[number] = other.pictures[place]
            filters[number] = other.filters.get(place, NO_FILTER)
    whole = together(pieces, [grid.shape[:2] for grid in grids])
    return Coded(grids, whole, known, filters=filters), references


def _proposed(
    model: GridModel,
    pictures: Sequence[Picture],
    kinds: Sequence[Hashable],
    coded: Coded,
    bits: Integers64,
    quality: int,
) -> dict[int, int]:
    """Return the pictures that may be worth coding as differences, by number and in order, and their references."""
    per_symbol, steps = int(bits.sum()) // max(1, symbols_of(coded)), model.prior.gains.steps(quality)
    numbers: dict[Hashable, list[int]] = {}
    for number, kind in enumerate(kinds):
        numbers.setdefault(kind, []).append(number)
    found: dict[int, int] = {}
    for some in numbers.values():
        if len(some) > 1:
            grids, each = [coded.grids[number] for number in some], [pictures[number] for number in some]
            references = propose(grids, each, bits[some], per_symbol, steps)
            found.update(
                (some[at], some[reference]) for at, reference in enumerate(references) if reference is not None
            )
    return dict(sorted(found.items()))


def _worth(errors: Sequence[int], lmbda: int) -> Integers64:
    return np.array([worth(error, lmbda) for error in errors], np.int64)


def _errors(
    model: GridModel,
    pictures: Sequence[Picture],
    coded: Coded,
    under: Sequence[Latents] | None,
    quality: int,
    run: Map,
    measures: Sequence[Measure],
) -> list[int]:
    """Return the error of each picture. Where the search did not compute them, synthesise and compare."""
    for number, (grid, picture) in enumerate(zip(coded.grids, pictures, strict=True)):
        if number not in coded.errors:
            latents = grid if under is None else plus(grid, under[number])
            complete(model, coded, number, latents, picture, quality, run, measures[number])
    return [coded.errors[number] for number in range(len(coded.grids))]
