"""Tables of exact pixels: whole, one distribution together, wider by class."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from aecodec.pixels.tables import NIBBLE, PHASES, SCALES, TAILS, first_table, ready_tables, second_table
from tests.pixels.model import REFERENCE


def test_tables_are_whole() -> None:
    """All of them: entries of at least 1, with a sum of 2**24."""
    firsts = SCALES * TAILS * PHASES
    for start in range(0, firsts * (NIBBLE + 1), 4096):
        freq = ready_tables().freq(np.arange(start, min(start + 4096, firsts * (NIBBLE + 1))))
        assert freq.min() >= 1 and (freq.sum(1) == 1 << 24).all()


def test_both_symbols_make_one_distribution() -> None:
    """As the reference decoder has it: exactly, and the second within what rounding takes."""
    rng = np.random.default_rng(32)
    for _ in range(60):
        scale, tail, phase = (int(rng.integers(*ends)) for ends in ((0, SCALES), (0, TAILS), (-8, 8)))
        number = first_table(*(np.array([each]) for each in (scale, tail, phase)))
        first = ready_tables().freq(number)[0]
        whole = np.diff(REFERENCE.sums_of(scale, tail, phase))
        assert first.tolist() == np.diff(REFERENCE.first_table(scale, tail, phase)).tolist()
        assert first.tolist() == whole.reshape(NIBBLE, NIBBLE).sum(1).tolist()
        for symbol in range(NIBBLE):
            second = ready_tables().freq(second_table(number, np.array([symbol])))[0]
            assert second.tolist() == np.diff(REFERENCE.second_table(scale, tail, phase, symbol)).tolist()
            part = whole[NIBBLE * symbol :][:NIBBLE]
            assert np.abs(second / 2**24 - part / part.sum()).max() < 1e-5


def test_tables_are_wider_by_class() -> None:
    """And centred: the nearest distances have most, of the narrow ones all but everything."""
    sums = [REFERENCE.sums_of(scale, 3, 0) for scale in range(0, SCALES, 5)]
    nearest = [each[9] - each[8] for each in sums]
    assert all(a > b for a, b in pairwise(nearest)) and nearest[0] > 0.9 * 2**24
