"""What the package's encoder makes as on the day when the vectors were made.

Blocks were as large as could be, and colours under alpha 0 were coded as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aecodec.arrays import Picture
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container.header import MAX_BLOCK_PICTURES


def by_package(pictures: Sequence[Picture], plan: Plan, *, many: bool, names: Sequence[str] | None = None) -> bytes:
    """The file of ``pictures``; as many as go together are in a block."""
    return encode(pictures, replace(plan, most=MAX_BLOCK_PICTURES, fill=False), many=many, names=names).data
