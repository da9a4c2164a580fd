"""The two digests in a model file: over what it holds, and over what the model in it answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.kinds import Codec
from aecodec.zoo.metadata import canonical


def content_digest(name: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> str:
    """Return the SHA-256 over id, description and tensors: finds the damage that no known answer can feel."""
    rest = {key: value for key, value in description.items() if key != "digest"}
    digest = hashlib.sha256(f"{name}\0{canonical(rest)}".encode())
    for key in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[key])
        digest.update(f"\0{key} {tensor.dtype} {tensor.shape}\0".encode() + tensor.tobytes())
    return digest.hexdigest()


def known_answer(built: Codec) -> str:
    """Return the SHA-256 over what the codec answers for fixed pseudo-random pictures.

    Runs every layer, on extreme inputs, in the arithmetic that files depend on.
    """
    digest = hashlib.sha256()
    for part in built.answer():
        digest.update(part)
    return digest.hexdigest()
