"""The model loader: of the bytes as they are, with their digest repaired, and with the known answer as well."""

from __future__ import annotations

import json

import safetensors
from safetensors.numpy import load

from aecodec.errors import LimitError, ModelError
from aecodec.zoo import load_model, pack_model, save_model
from aecodec.zoo.model import read_metadata

DOCUMENTED = (LimitError, ModelError)


def one(data: bytes) -> None:
    """Raises AssertionError, or what it finds that is not documented."""
    _load(data)
    try:
        metadata, tensors = read_metadata(data), load(data)
        description = json.loads(metadata["description"])
        packed = pack_model(metadata["id"], tensors, description)
    except (ModelError, safetensors.SafetensorError, KeyError, TypeError, ValueError, RecursionError):
        return  # no tensors, or no description: the loader has said so
    if not _load(packed):
        return
    assert load_model(save_model(metadata["id"], tensors, description)).id == metadata["id"]


def _load(data: bytes) -> bool:
    try:
        load_model(data)
    except DOCUMENTED:
        return False
    return True
