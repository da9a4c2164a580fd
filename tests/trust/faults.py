"""Faults while writing: killed, interrupted, refused, out of room, in the way of others."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.trust import disks, failing, kills, streams, writers
from tests.trust.scenes import workshop
from tests.trust.trial import NOT_TRIED, Size, Trial


def trials(size: Size) -> Iterator[Trial]:
    """All of them; they fork, limit, mount and look into /proc."""
    if not sys.platform.startswith("linux"):
        yield Trial("faults while writing", "old or new, never a part", 0, measured={NOT_TRIED: "Linux"})
        return
    with workshop() as place:
        for part in (kills, failing, streams, writers):
            yield from part.trials(size, *place)
    yield from disks.trials(size)
