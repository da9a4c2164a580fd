"""The bytes of model files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from aecodec.kinds import build_codec
from aecodec.zoo.digests import content_digest, known_answer
from aecodec.zoo.metadata import FORMAT, canonical
from aecodec.zoo.versions import version_with


def save_model(name: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> bytes:
    """Return a model file's bytes, with its known answer computed here; always the same for the same input.

    The version is that of models with the parts that the codec says it has. Raises ModelError for tensors that no
    model can have.
    """
    built = build_codec(tensors, description)
    version = version_with(built.kind, built.parts)
    return pack_model(name, tensors, {**description, "known_answer": known_answer(built)}, version)


def pack_model(name: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any], version: str) -> bytes:
    """Return the bytes of a model file of ``version``, sound or not."""
    complete = {**description, "digest": content_digest(name, tensors, description)}
    metadata = {"format": FORMAT, "version": version, "id": name, "description": canonical(complete)}
    arrays = {key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)}
    return _sorted_header(save(arrays, metadata))


def _sorted_header(data: bytes) -> bytes:
    """Return the file with its header's keys in order: safetensors writes metadata in a random one."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = canonical(json.loads(data[8:end])).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[end:]
