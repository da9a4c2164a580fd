"""Predictions of samples from their neighbours by local least squares, learned from what is decoded already.

Each group of four rows has normal equations of its own for each colour. They forget, and they take over a share of the
equations of the group above. So they know the pixels around, as the adaptive predictors of Wu et al. (2000) and of Ye
and Hou (2006) do, but without a window. All groups go in lockstep. Every fourth step learns the pixels of the last
four, then moves the weights towards the solution by conjugate gradients (Hestenes and Stiefel 1952).

All is in IEEE binary32, element by element. Every sum is made in one fixed order. Products are never fused with sums.
What could become too small for a normal number is rounded to a grid. So every machine finds the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Floats32
from aecodec.pixels.order import GROUP_ROWS

_F = np.float32

INPUTS = 12  # of a regression; those that a colour does not have are zero
EVERY = 4  # steps from one solution to the next
_FORGET, _SHARE = 0.8, 0.3  # the part of the equations that is kept each time, and how much of it comes from above
_KEEP, _TAKE = _F(_FORGET * (1 - _SHARE)), _F(_FORGET * _SHARE)
_WEIGHT_KEEP, _WEIGHT_TAKE = _F(1 - _SHARE), _F(_SHARE)
_RIDGE = _F(6)
_START = _F(50)  # the sum of squares of each input before the first pixel
_LEAST = _F(2.0**-20)
_ITERATIONS = 8
_LARGEST = _F(8)  # absolute weight
_MATRIX_BITS, _WEIGHT_BITS, _REST_BITS = 4, 16, 20  # below the point that are kept


def to_grid(values: Floats32, bits: int) -> Floats32:
    """Round ``values`` to multiples of ``2**-bits``, in place."""
    values *= _F(2.0**bits)
    np.rint(values, out=values)
    values *= _F(2.0**-bits)
    return values


def total(terms: Floats32) -> Floats32:
    """Return the sum over the first axis, of INPUTS entries, in a fixed order. ``terms`` are overwritten."""
    terms[:4] += terms[8:]
    terms[:4] += terms[4:8]
    terms[:2] += terms[2:4]
    terms[0] += terms[1]
    first: Floats32 = terms[0]
    return first


class Regressions:
    """The regressions of ``count`` pictures in lockstep. Their last axis runs over groups of rows, then pictures.

    ``begin`` ``[colours, INPUTS]`` are the weights before anything is known.
    """

    def __init__(self, count: int, begin: Sequence[Sequence[float]]) -> None:
        self._count, self._colours = count, len(begin)
        self.groups = range(0)  # the groups of rows that are worked on now
        weights = np.repeat(np.array(begin, _F).T[..., None], count, axis=-1)
        matrix = np.zeros((INPUTS, *weights.shape), _F)
        matrix[range(INPUTS), range(INPUTS)] = _START
        self._first = matrix, weights * _START, weights
        self._matrix, self._right, self.weights = (each[..., :0] for each in self._first)
        self._start_noting()

    def note(self, step: int, inputs: Floats32, trust: Floats32, target: Floats32) -> None:
        """Note the samples of ``step``, to be learned later.

        ``inputs`` are ``[INPUTS, colours, lanes]``. ``trust`` ``[colours, lanes]`` is how much each sample counts, 0 in
        a lane without one. ``target`` ``[colours, lanes]`` is what the weights should have given.
        """
        groups = len(self.groups)
        noted = self._noted[step % EVERY].reshape(GROUP_ROWS, INPUTS + 2, self._colours, groups, self._count)
        rows = self._colours, groups, GROUP_ROWS, self._count
        noted[:, :INPUTS] = inputs.reshape(INPUTS, *rows).transpose(3, 0, 1, 2, 4)
        noted[:, INPUTS] = trust.reshape(rows).transpose(2, 0, 1, 3)
        noted[:, INPUTS + 1] = target.reshape(rows).transpose(2, 0, 1, 3)

    def advance(self, groups: range) -> None:
        """Learn the samples of the last steps, go on to ``groups``, and solve. Called before every EVERY-th step."""
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
        """Return the predictions ``[colours, lanes]`` by the weights, for ``inputs`` ``[INPUTS, colours, lanes]``."""
        grouped = (INPUTS, self._colours, len(self.groups), GROUP_ROWS, self._count)
        weights = self.weights.reshape(INPUTS, self._colours, len(self.groups), 1, self._count)
        return total(inputs.reshape(grouped) * weights).reshape(inputs.shape[1:])

    def _start_noting(self) -> None:
        """Forget the noted samples. A step that is not noted counts nothing."""
        self._noted = np.zeros((EVERY, GROUP_ROWS, INPUTS + 2, self._colours, self.weights.shape[-1]), _F)

    def _accumulate(self) -> None:
        """Add the noted samples to the equations, step by step, and in a step row by row of the group."""
        spare = np.empty_like(self._matrix)
        for noted in self._noted.reshape(EVERY * GROUP_ROWS, *self._noted.shape[2:]):
            inputs, trust, target = noted[:INPUTS], noted[INPUTS], noted[INPUTS + 1]
            weighed = inputs * trust
            np.multiply(inputs, weighed[:, None], out=spare)
            self._matrix += spare
            weighed *= target
            self._right += weighed

    def _shared(self, now: Floats32, begin: Floats32, keep: np.float32, take: np.float32, groups: range) -> Floats32:
        """Return the state of ``groups``: of each the part ``keep`` of its own, and ``take`` of the group above.

        The first group counts as its own group above. New groups begin with the state of the last one.
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

        Equations that have no solution, by their rounding, may overflow. A weight that is not a number becomes the
        least one.
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
