"""The model loader: of the bytes as they are, with their digest repaired, and of a sound model with changes made."""

from __future__ import annotations

import json
from contextlib import suppress

import safetensors
from safetensors.numpy import load

from aecodec.errors import LimitError, ModelError
from aecodec.zoo import load_model, pack_model
from aecodec.zoo.metadata import read_metadata
from tests.trust.fuzz.edits import edited
from tests.trust.fuzz.provider import Provider

DOCUMENTED = (LimitError, ModelError)


def one(data: bytes) -> None:
    """Raises AssertionError, or what it finds that is not documented."""
    _load(data)
    _load(edited(Provider(data)))
    try:
        metadata, tensors = read_metadata(data), load(data)
        description = json.loads(metadata["description"])
        packed = pack_model(metadata["id"], tensors, description, metadata["version"])
    except (ModelError, safetensors.SafetensorError, KeyError, TypeError, ValueError, RecursionError):
        return  # no tensors, or no description: the loader has said so
    _load(packed)


def _load(data: bytes) -> None:
    with suppress(*DOCUMENTED):
        load_model(data)
