"""Whether pictures go together well. A step of lockstep takes as long for one sample as for many."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aecodec.kinds import Size
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.pixels import SYMBOLS, most_steps, steps_of

FEW_STEPS = 1 << 12  # pictures may always take so many steps,
_SAMPLES_OF_STEP = 16  # and one more step for each 16 samples


def go_together(sizes: Sequence[Size]) -> bool:
    """Return whether a stream holds all samples of pictures of ``sizes``, and whether these take few enough steps."""
    samples = sum(map(math.prod, sizes))
    most = min(most_steps(sizes), FEW_STEPS + samples // _SAMPLES_OF_STEP)
    return SYMBOLS * samples <= MAX_STREAM_SYMBOLS and steps_of(sizes) <= most
