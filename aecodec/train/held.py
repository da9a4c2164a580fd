"""How many pictures are held back to validate with."""

from __future__ import annotations

from aecodec.errors import UsageError

SHARE = 12  # one of so many
_FEWEST = 2


def held_count(pictures: int, most: int, *, instead: str = "give more") -> int:
    """Say how many of ``pictures`` are held back: a twelfth, at least one, at most ``most``.

    Raises UsageError for a single picture, which says what to do ``instead``.
    """
    if pictures < _FEWEST:
        raise UsageError(f"a single picture is too few to train on: one is held back; {instead}")
    return min(most, max(1, pictures // SHARE))
