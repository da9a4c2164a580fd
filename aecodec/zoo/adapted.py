"""Model files that hold what differs from the models that they were made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np

from aecodec.arrays import Tensors
from aecodec.changes import Factors, find_changes, pack_changes
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.kinds import PairCodec, build_codec, kind_of
from aecodec.kinds.names import HALVES
from aecodec.zoo.bases import BASE, Base, Content, content_of
from aecodec.zoo.digests import known_answer
from aecodec.zoo.model import Model
from aecodec.zoo.packed import CHANGES, unpacked
from aecodec.zoo.save import pack_model
from aecodec.zoo.versions import PACKED

_OF_THE_FILE = ("digest", "known_answer", "role", "pictures", BASE)  # keys that are no description of networks


@dataclass(frozen=True)
class Adapted:
    """What became of a ``base``, of which None stands for nothing at all.

    ``tensors`` are all there are now, those included that are as they were: what is missing is removed. A tensor with
    ``factors`` may be missing: it is then that of the base and the product of its factors. ``description`` has the keys
    that the base's does not have, or has with other values; None takes one away.
    """

    base: Model | None
    tensors: Tensors
    factors: Mapping[str, Factors] = field(default_factory=dict)
    description: Mapping[str, Any] = field(default_factory=dict)


def save_adapted(name: str, parts: Mapping[str, Adapted], description: Mapping[str, Any]) -> bytes:
    """Return the bytes of a model file that holds what ``parts`` differ in from their bases.

    With ``lossy``, of a grid, and ``exact``, of pixels, it is a pair; one part alone is a model of its own kind. A
    tensor that is equal takes a byte. Of others, differences, factors or values are stored, whichever take the least.
    ``description`` is of the whole file: role and pictures, for example. Always the same bytes for the same input.
    Raises ModelError for tensors that no model can have, or that cannot be stored so.
    """
    if not parts or not set(parts) <= set(HALVES):
        raise ModelError(f"parts {', '.join(map(repr, parts)) or 'none'}; there may be {' and '.join(HALVES)}")
    described, tensors, files = dict(description), {}, []
    for half, part in parts.items():
        prefix = f"{half}." if len(parts) > 1 else ""
        stated, changes = _packed(part)
        tensors[f"{prefix}{CHANGES}"] = np.frombuffer(changes, np.uint8)
        if prefix:
            described |= {"kind": PairCodec.kind, half: stated}
        else:
            described = {**stated, **described}
        files += [] if part.base is None else [part.base.data]
    whole = unpacked(tensors, described, files)
    built = build_codec(whole.tensors, whole.description)
    return pack_model(name, tensors, {**described, "known_answer": known_answer(built)}, PACKED)


def _packed(part: Adapted) -> tuple[dict[str, Any], bytes]:
    """Return the description of a part, and its changes."""
    base, stated = Content({}, {}), dict[str, Any]()
    if part.base is not None:
        named = Base.of(part.base.data)
        base, stated[BASE] = content_of(named, [part.base.data]), named.described
    told = {key: value for key, value in part.description.items() if key not in _OF_THE_FILE}
    stated["kind"] = kind_of({**base.description, **told})
    stated |= {key: value for key, value in told.items() if base.description.get(key) != value}
    return stated, pack_changes(find_changes(part.tensors, base.tensors, part.factors), base.tensors)
