"""From integer logits to integer frequencies with the fixed sum 2**24, and from frequencies to costs in bits.

A logit is a base-2 logarithm in steps of 1/256. A power of two comes from a table of integer roots and a shift. So no
machine's exp or log takes part.
"""

from __future__ import annotations

from functools import cache
from math import isqrt

import numpy as np

from aecodec.arrays import Floats32, Indices, Integers64, Unsigned32
from aecodec.limits import FREQUENCY_BITS, FREQUENCY_TOTAL, LOGIT_FRACTION_BITS

STEPS = 1 << LOGIT_FRACTION_BITS
_WHOLE_BITS = 31  # of the powers in the table
_CARRIED = 128  # bits below the point while the table is made


def _roots() -> Unsigned32:
    """Return floor(2**(31 - fraction/256)) for every fraction from 0 to 255.

    Integer square roots give the 256th root of 1/2, then its powers follow. 128 bits below the point are carried. The
    last ten of them may be wrong, which changes no floor here.
    """
    root = 1 << _CARRIED - 1
    for _ in range(LOGIT_FRACTION_BITS):
        root = isqrt(root << _CARRIED)
    found, value = [], 1 << _CARRIED
    for _ in range(STEPS):
        found.append(value >> _CARRIED - _WHOLE_BITS)
        value = value * root >> _CARRIED
    return np.array(found, np.uint32)


_POWERS = _roots()


def power(exponent: Integers64, bits: int) -> Integers64:
    """Return floor(2**(exponent / 256 + bits)), with ``bits`` below 31, by the table of roots."""
    whole = -(-exponent // STEPS)
    root = _POWERS[whole * STEPS - exponent].astype(np.int64)
    left = whole + bits - _WHOLE_BITS
    found: Integers64 = (root << np.maximum(left, 0)) >> np.minimum(np.maximum(-left, 0), _WHOLE_BITS + 1)
    return found


def _weights(logits: Floats32) -> Unsigned32:
    """Return 2**(logit - max) in units of 2**-31, uint32 ``[..., K]``."""
    below = (logits.max(-1, keepdims=True) - logits).astype(np.uint32)
    whole = np.minimum(below >> LOGIT_FRACTION_BITS, _WHOLE_BITS)
    weights: Unsigned32 = _POWERS[below & (STEPS - 1)] >> whole
    return weights


def frequencies(logits: Floats32, starts: Indices | None = None) -> Integers64:
    """Turn logits ``[n, K]`` (integers, 1/256 of a bit) into frequencies ``[n, K]``.

    ``w = 2**(logit - max)`` and ``freq = 1 + floor(w * (2**24 - K) / sum(w))``. So every frequency is at least 1. What
    is left of 2**24 goes to the largest one; of several, to the first. With ``starts`` ``[J]`` the weights ``w`` are
    first summed in J bins, which begin at these entries. Then K is J.
    """
    weights = _weights(logits).astype(np.int64)
    if starts is not None:
        weights = np.add.reduceat(weights, starts, axis=-1)
    return shares(weights)


def shares(weights: Integers64) -> Integers64:
    """Turn weights ``[n, K]`` into frequencies ``[n, K]`` by the rule of :func:`frequencies`.

    The sum of each row is positive and below 2**39.
    """
    freq: Integers64 = weights * (FREQUENCY_TOTAL - weights.shape[-1])
    freq //= weights.sum(-1, keepdims=True)
    freq += 1
    freq[np.arange(len(freq)), weights.argmax(-1)] += FREQUENCY_TOTAL - freq.sum(-1)
    return freq


COST_UNIT_BITS = 12  # costs count 1/4096 of a bit


_MANTISSA_BITS = 11


@cache
def _log2_mantissas() -> Integers64:
    """Return round(4096 * log2(1 + m / 2048)) for m from 0 to 2047, by repeated squaring.

    Squares keep 31 bits below the point, which is enough for all of these. The table is made when it is first needed.
    """
    mantissa = (np.arange(1 << _MANTISSA_BITS, dtype=np.uint64) + np.uint64(1 << _MANTISSA_BITS)) << np.uint64(
        31 - _MANTISSA_BITS
    )
    log2 = np.zeros(1 << _MANTISSA_BITS, np.int64)
    for _ in range(COST_UNIT_BITS + 1):
        squared = mantissa * mantissa >> np.uint64(31)
        bit = squared >> np.uint64(32)
        mantissa = squared >> bit
        log2 = 2 * log2 + bit.astype(np.int64)
    return log2 + 1 >> 1


def log2_fixed(values: Integers64) -> Integers64:
    """Return log2 of positive integers below 2**53, in units of 1/4096; the error of log2 is below 0.001."""
    whole = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1  # exact
    left = np.maximum(_MANTISSA_BITS - whole, 0)
    right = np.maximum(whole - _MANTISSA_BITS, 0)
    mantissa = ((values << left) >> right) & ((1 << _MANTISSA_BITS) - 1)
    log2: Integers64 = (whole << COST_UNIT_BITS) + _log2_mantissas()[mantissa]
    return log2


def costs(freq: Integers64) -> Integers64:
    """Return the bits that each frequency costs, ``-log2(freq / 2**24)``, in units of 1/4096 bit."""
    return (FREQUENCY_BITS << COST_UNIT_BITS) - log2_fixed(freq)


FINE_COST_UNIT_BITS = 20


def fine_costs(freq: Integers64) -> Integers64:
    """Return the same as :func:`costs`, in units of 2**-20 bit.

    That is for sums over thousands of symbols, each of which costs next to nothing.
    """
    whole = np.frexp(freq.astype(np.float64))[1].astype(np.int64) - 1  # exact
    mantissa, log2 = freq << (31 - whole), whole  # below 2**32
    for _ in range(FINE_COST_UNIT_BITS):
        squared = mantissa.astype(np.uint64) * mantissa.astype(np.uint64) >> np.uint64(31)
        bit = (squared >> np.uint64(32)).astype(np.int64)
        mantissa = squared.astype(np.int64) >> bit
        log2 = 2 * log2 + bit
    return (FREQUENCY_BITS << FINE_COST_UNIT_BITS) - log2


def logit_costs(logits: Floats32, chosen: Integers64) -> Integers64:
    """Return the bits of entries ``chosen`` ``[..., n, m]`` under logits ``[..., n, K]``, in units of 1/4096 bit.

    The frequency table is not made, so its last rounding is left out.
    """
    below = logits.max(-1, keepdims=True) - np.take_along_axis(logits, chosen, -1)
    step = 1 << (COST_UNIT_BITS - LOGIT_FRACTION_BITS)
    total = log2_fixed(_weights(logits).sum(-1, keepdims=True, dtype=np.int64)) - (_WHOLE_BITS << COST_UNIT_BITS)
    bits: Integers64 = total + below.astype(np.int64) * step
    return bits


def bin_costs(logits: Floats32, first: Integers64, beyond: Integers64) -> Integers64:
    """Return the same as :func:`logit_costs` for bins of entries, ``first <= entry < beyond``, both ``[..., n, m]``."""
    weights = _weights(logits).astype(np.int64)
    running = np.concatenate([np.zeros_like(weights[..., :1]), weights.cumsum(-1)], axis=-1)
    inside = np.take_along_axis(running, beyond, -1) - np.take_along_axis(running, first, -1)
    return log2_fixed(running[..., -1:]) - log2_fixed(np.maximum(inside, 1))
