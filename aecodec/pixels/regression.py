"""Predictions of samples from their neighbours by local least squares, learned anew from what is decoded already.

Each group of four rows has, for each colour, normal equations of its own: they forget, and take over a share of those
of the group above, so that what they know is of the pixels around (as in the adaptive predictors of Wu et al. 2000 and
Ye and Hou 2006, but without a window). All groups go in lockstep, and every fourth step learns the pixels of the last
four, then moves the weights towards the solution by conjugate gradients (Hestenes and Stiefel 1952).

All is in IEEE binary32, element by element: every sum is made in one fixed order, products are never fused with sums,
and what might become too small to be a normal number is rounded to a grid. So every machine finds the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Floats32
from aecodec.pixels.order import GROUP_ROWS

_F = np.float32

INPUTS = 12  # of a regression at most; of the others, those beyond are zero
EVERY = 4  # steps from one solution to the next
_FORGET, _SHARE = 0.8, 0.3  # what is kept of the equations each time, and the part of it that comes from above
_KEEP, _TAKE = _F(_FORGET * (1 - _SHARE)), _F(_FORGET * _SHARE)
_WEIGHT_KEEP, _WEIGHT_TAKE = _F(1 - _SHARE), _F(_SHARE)
_RIDGE = _F(6)
_START = _F(50)  # squares that each input has been seen with, before the first pixel
_LEAST = _F(2.0**-20)
_ITERATIONS = 8
_LARGEST = _F(8)  # weight
_MATRIX_BITS, _WEIGHT_BITS, _REST_BITS = 4, 16, 20  # of the fractions that are kept


def to_grid(values: Floats32, bits: int) -> Floats32:
    """Round ``values`` to multiples of ``2**-bits``, in place."""
    values *= _F(2.0**bits)
    np.rint(values, out=values)
    values *= _F(2.0**-bits)
    return values


def total(terms: Floats32) -> Floats32:
    """Return the sum over the first axis, of INPUTS entries, in a fixed order; ``terms`` are lost."""
    terms[:4] += terms[8:]
    terms[:4] += terms[4:8]
    terms[:2] += terms[2:4]
    terms[0] += terms[1]
    first: Floats32 = terms[0]
    return first


class Regressions:
    """Of ``count`` pictures in lockstep. Columns run over group of rows, then picture.

    ``begin`` ``[colours, INPUTS]`` are the weights before anything is known.
    """

    def __init__(self, count: int, begin: Sequence[Sequence[float]]) -> None:
        self._count, self._colours = count, len(begin)
        self.groups = range(0)  # those at work
        weights = np.repeat(np.array(begin, _F).T[..., None], count, axis=-1)
        matrix = np.zeros((INPUTS, *weights.shape), _F)
        matrix[range(INPUTS), range(INPUTS)] = _START
        self._first = matrix, weights * _START, weights
        self._matrix, self._right, self.weights = (each[..., :0] for each in self._first)
        self._start_noting()

    def note(self, step: int, inputs: Floats32, trust: Floats32, target: Floats32) -> None:
        """Take note of a step's samples: ``inputs`` ``[INPUTS, colours, lanes]``, and ``[colours, lanes]`` how much
        each counts, 0 for what is none, and what the weights had better give.
        """
        groups = len(self.groups)
        noted = self._noted[step % EVERY].reshape(GROUP_ROWS, INPUTS + 2, self._colours, groups, self._count)
        rows = self._colours, groups, GROUP_ROWS, self._count
        noted[:, :INPUTS] = inputs.reshape(INPUTS, *rows).transpose(3, 0, 1, 2, 4)
        noted[:, INPUTS] = trust.reshape(rows).transpose(2, 0, 1, 3)
        noted[:, INPUTS + 1] = target.reshape(rows).transpose(2, 0, 1, 3)

    def advance(self, groups: range) -> None:
        """Go on before every EVERY-th step: learn the samples of the last ones, go on to ``groups``, and solve."""
        self._accumulate()
        shares = (_KEEP, _TAKE), (_KEEP, _TAKE), (_WEIGHT_KEEP, _WEIGHT_TAKE)
        state = zip((self._matrix, self._right, self.weights), self._first, shares, strict=True)
        self._matrix, self._right, self.weights = (
            self._shared(now, begin, keep, take, groups) for now, begin, (keep, take) in state
        )
        self.groups = groups
        to_grid(self._matrix, _MATRIX_BITS)
        to_grid(self._right, _MATRIX_BITS)
        to_grid(self.weights, _WEIGHT_BITS)
        with np.errstate(all="ignore"):
            self._solve()
        self._start_noting()

    def predict(self, inputs: Floats32) -> Floats32:
        """Return what the weights give for ``inputs`` ``[INPUTS, colours, lanes]``, ``[colours, lanes]``."""
        grouped = (INPUTS, self._colours, len(self.groups), GROUP_ROWS, self._count)
        weights = self.weights.reshape(INPUTS, self._colours, len(self.groups), 1, self._count)
        return total(inputs.reshape(grouped) * weights).reshape(inputs.shape[1:])

    def _start_noting(self) -> None:
        """Have none noted; a step that is not noted counts nothing."""
        self._noted = np.zeros((EVERY, GROUP_ROWS, INPUTS + 2, self._colours, self.weights.shape[-1]), _F)

    def _accumulate(self) -> None:
        """Add the noted samples to the equations: step by step, in it row of the group by row."""
        spare = np.empty_like(self._matrix)
        for noted in self._noted.reshape(EVERY * GROUP_ROWS, *self._noted.shape[2:]):
            inputs, trust, target = noted[:INPUTS], noted[INPUTS], noted[INPUTS + 1]
            weighed = inputs * trust
            np.multiply(inputs, weighed[:, None], out=spare)
            self._matrix += spare
            weighed *= target
            self._right += weighed

    def _shared(self, now: Floats32, begin: Floats32, keep: np.float32, take: np.float32, groups: range) -> Floats32:
        """Return the state of ``groups``: each one's own, and the part of the one above. The first has itself
        above, and new ones begin with what the last one had.
        """
        count = self._count
        stays = now[..., max(0, groups.start - self.groups.start) * count :]
        new = len(groups) - stays.shape[-1] // count
        if not now.shape[-1]:
            return np.tile(begin, new)
        if new:
            stays = np.concatenate([stays, *[now[..., -count:]] * new], axis=-1)
        found, part = stays * keep, stays * take
        found[..., :count] += part[..., :count]
        found[..., count:] += part[..., :-count]
        return found

    def _solve(self) -> None:
        """Solve by conjugate gradients with the diagonal as preconditioner.

        Equations whose rounding leaves them without a solution may overflow; a weight that is no number is the least.
        """
        matrix, weights = self._matrix, self.weights
        spare = np.empty_like(matrix)

        def times(vector: Floats32) -> Floats32:
            return total(np.multiply(matrix, vector[:, None], out=spare))

        diagonal = matrix[range(INPUTS), range(INPUTS)] + _RIDGE
        rest = to_grid(self._right - times(weights), _REST_BITS)
        direction = rest / diagonal
        size = total(rest * direction)
        for iteration in range(_ITERATIONS):
            if iteration:
                conditioned = rest / diagonal
                before, size = size, total(rest * conditioned)
                direction *= size / (before + _LEAST)
                direction += conditioned
            effect = times(direction) + direction * _RIDGE
            length = size / (total(direction * effect) + _LEAST)
            weights += direction * length
            effect *= length
            rest -= effect
            to_grid(rest, _REST_BITS)
        np.fmax(weights, -_LARGEST, out=weights)
        np.minimum(weights, _LARGEST, out=weights)
        to_grid(weights, _WEIGHT_BITS)
