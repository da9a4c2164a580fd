"""One model, many qualities: from 0..100 to a step of quantization and the search's λ.

At quality 100 a model works as it was trained: step 1, its own λ. Below, symbols become multiples of a
step, and as distortion grows with the square of that, a squared grey level is worth less by as much. With
``t = 8 ** ((100 - quality) / 100)`` the step is the integer nearest to t on a logarithmic scale and λ
the model's divided by t squared, rounded to the nearest. Powers are compared as integers: no machine's ``pow``
could round one of them the other way.

Above 100, up to 200, the step stays 1 and only λ goes on, to 64 times the model's: more bytes than the model
is made for, for a little less distortion. That serves targets; nobody is offered it as a quality.
"""

from __future__ import annotations

from math import isqrt

BEST, COARSEST_STEP = 100, 8
FARTHEST = 200  # λ is 64 times the model's, the most that its check allows
_POINTS_A_BIT = 50  # t squared is 2 ** (3 * (BEST - quality) / 50)


def step_at(quality: int) -> int:
    """Return the step of quantization, 1 to 8. ``quality`` is 0 to 200."""
    square = 1 << _bits(min(quality, BEST))  # t squared, to the power of 50
    found: int = 1 + sum((step * (step + 1)) ** _POINTS_A_BIT < square for step in range(1, COARSEST_STEP))
    return found


def lmbda_at(quality: int, lmbda: int) -> int:
    """Return what a squared grey level is worth to the search at
    ``quality``, 0 to 200, in units of the model's ``lmbda``.
    """
    bits, power = _bits(quality), (2 * lmbda) ** _POINTS_A_BIT
    twice = _root(power >> bits if bits >= 0 else power << -bits)
    return max(1, (twice + 1) // 2)


def spread(quality: int) -> float:
    """Return by what factor distortion may exceed that of quality 100: about t to the power of 3/2 (measured: 14 to
    23 at quality 0).
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
