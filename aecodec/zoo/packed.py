"""Models of the version whose tensors are packed, as a rule as what differs from those of a base.

The description of such a model, or of each half of a pair, may name a ``base``. It then has only what the base's does
not say, or says otherwise, and the tensor ``changes`` makes its tensors of the base's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from aecodec.arrays import Arrays, Tensors
from aecodec.changes import unpack_changes
from aecodec.errors import ModelError
from aecodec.exact.tensors import require, take
from aecodec.kinds import known_kind
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo.bases import BASE, Base, Content, content_of, halves_of
from aecodec.zoo.versions import check_parts

CHANGES: Final = "changes"


def unpacked(tensors: Tensors, description: Mapping[str, Any], files: Sequence[bytes]) -> Content:
    """Return what the codec of a packed model is built from; ``files`` has the bytes of its bases.

    Raises ModelError for a base that is missing or of no use, changes that are damaged or too many, and what no model
    of another version could be.
    """
    whole: Arrays = {}
    described = dict(description)
    for prefix, stated in halves_of(description):
        found = _half(tensors, prefix, stated, files)
        whole |= {f"{prefix}{name}": each for name, each in found.tensors.items()}
        if prefix:
            described[prefix.removesuffix(".")] = found.description
        else:
            described = found.description
    size = sum(each.nbytes for each in whole.values())
    if size > MAX_MODEL_BYTES:
        raise ModelError(f"a model whose tensors have {size} bytes; the limit is {MAX_MODEL_BYTES}")
    return Content(whole, described)


def _half(tensors: Tensors, prefix: str, stated: Mapping[str, Any], files: Sequence[bytes]) -> Content:
    base = content_of(Base.stated(stated[BASE]), files) if BASE in stated else Content({}, {})
    changes = take(tensors, f"{prefix}{CHANGES}", np.uint8)
    require(changes.ndim == 1, f"{prefix}{CHANGES} is {changes.shape}, expected one axis")
    whole = unpack_changes(changes.tobytes(), base.tensors)
    merged = merged_description(base.description, stated)
    check_parts(known_kind(merged), whole, merged)
    return Content(whole, merged)


def merged_description(base: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``stated`` says, and of the rest what ``base`` does; what is None is said by neither."""
    return {key: value for key, value in {**base, **stated}.items() if value is not None}
