"""Model files that hold changes to the models that they were made of."""

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
    """What became of a ``base``. A base of None has nothing.

    ``tensors`` are all that there are now, also those that did not change. One that is missing is removed. But a tensor
    with ``factors`` may be missing: it is then that of the base plus the product of its factors. ``description`` has
    the keys that are new or have another value. A value of None removes a key.
    """

    base: Model | None
    tensors: Tensors
    factors: Mapping[str, Factors] = field(default_factory=dict)
    description: Mapping[str, Any] = field(default_factory=dict)


def save_adapted(name: str, parts: Mapping[str, Adapted], description: Mapping[str, Any]) -> bytes:
    """Return the bytes of a model file that holds the changes of ``parts`` to their bases.

    With the parts ``lossy`` and ``exact`` it is a pair; one part alone is a model of its own kind. A tensor that did
    not change takes one byte. For others differences, factors or values are stored, whichever take the fewest bytes.
    ``description`` is that of the whole file: role and pictures, for example. The same input gives the same bytes.
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
