"""One model, many qualities: from a quality, 0..100, to a step of quantization and the search's λ.

At quality 100 a model works as it was trained: with step 1 and its own λ. Below, symbols are multiples of a larger
step. Distortion grows with the square of the step, so a squared grey level is worth less by that factor. Let
``t = 8 ** ((100 - quality) / 100)``. The step is the integer nearest to t on a logarithmic scale. λ is the model's own
divided by t squared, rounded to the nearest. Powers are compared as integers, so no machine's ``pow`` can round one of
them the other way.

Above 100, up to 200, the step stays 1, and λ grows to 64 times the model's own. That takes more bytes than the model is
made for, for a little less distortion. It serves searches for a target; users cannot ask for such a quality.
"""

from __future__ import annotations

from math import isqrt

BEST, COARSEST_STEP = 100, 8
FARTHEST = 200  # where λ is 64 times the model's own, the most that the check of a model's λ allows
_POINTS_A_BIT = 50  # t squared is 2 ** (3 * (BEST - quality) / 50)


def step_at(quality: int) -> int:
    """Return the step of quantization, 1 to 8. ``quality`` is 0 to 200."""
    square = 1 << _bits(min(quality, BEST))  # t squared, to the power of 50
    found: int = 1 + sum((step * (step + 1)) ** _POINTS_A_BIT < square for step in range(1, COARSEST_STEP))
    return found


def lmbda_at(quality: int, lmbda: int) -> int:
    """Return λ at ``quality``, 0 to 200: what a squared grey level is worth to the search.

    It is in the units of ``lmbda``, the model's own λ.
    """
    bits, power = _bits(quality), (2 * lmbda) ** _POINTS_A_BIT
    twice = _root(power >> bits if bits >= 0 else power << -bits)
    return max(1, (twice + 1) // 2)


def spread(quality: int) -> float:
    """Return the factor by which distortion may exceed that of quality 100, about t to the power of 3/2.

    At quality 0 factors of 14 to 23 were measured.
    """
    return float(2.0 ** (0.75 * _bits(quality) / _POINTS_A_BIT))


def _bits(quality: int) -> int:
    return 3 * (BEST - quality)


def _root(value: int) -> int:
    """Return the largest n for which ``n ** 50 <= value``."""
    value = isqrt(value)
    low, high = 0, 1 << (value.bit_length() // 25 + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**25 <= value else (low, middle)
    return low
