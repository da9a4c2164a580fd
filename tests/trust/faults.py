"""Faults while writing: killed, interrupted, refused, out of room, in the way of others."""

from __future__ import annotations

from collections.abc import Iterator

from tests.trust import disks, failing, kills, streams, writers
from tests.trust.scenes import workshop
from tests.trust.trial import Size, Trial


def trials(size: Size) -> Iterator[Trial]:
    """All of them."""
    with workshop() as place:
        for part in (kills, failing, streams, writers):
            yield from part.trials(size, *place)
    yield from disks.trials(size)
