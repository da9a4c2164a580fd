"""What the package's encoder makes, in blocks as large as those of the day when the vectors were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container.header import MAX_BLOCK_PICTURES
from formats.vectors_maker.fields import Picture


def by_package(pictures: Sequence[Picture], plan: Plan, *, many: bool, names: Sequence[str] | None = None) -> bytes:
    """The file of ``pictures``; as many as go together are in a block."""
    return encode(pictures, replace(plan, most=MAX_BLOCK_PICTURES), many=many, names=names).data
