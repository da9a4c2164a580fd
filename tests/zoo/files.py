"""Model files that the tests of the zoo share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from aecodec.zoo import Role
from aecodec.zoo.digests import content_digest
from tests.made import made_model, made_tensors

DATA = made_model()
HEADER = 8 + int.from_bytes(DATA[:8], "little")


def model_file(
    tensors: dict[str, Any] | None = None,
    fields: dict[str, Any] | None = None,
    *,
    drop: str = "",
    **metadata: str | None,
) -> bytes:
    """The made model's file with other parts, and the digest that suits them, so that it is
    refused for the reason in question. Metadata None is left out.
    """
    sound = json.loads(json.loads(DATA[8:HEADER])["__metadata__"]["description"])
    changed = {key: value for key, value in {**sound, **(fields or {})}.items() if value is not None}
    arrays = {**made_tensors()[0], **(tensors or {})}
    arrays.pop(drop, None)
    if "digest" not in (fields or {}):
        changed["digest"] = content_digest(metadata.get("id") or "made-6", arrays, changed)
    whole = {
        "format": "aecodec-model",
        "version": "1",
        "id": "made-6",
        "description": json.dumps(changed, sort_keys=True, separators=(",", ":")),
    }
    return save(arrays, {key: value for key, value in {**whole, **metadata}.items() if value is not None})


LAYERS = made_tensors()[1]
TENSORS = made_tensors()[0]


def put(folder: Path, name: str, seed: int, role: Role | None = None) -> bytes:
    """A model in a folder; its file's bytes."""
    data = made_model(name, role, seed=seed)
    (folder / f"{name}.safetensors").write_bytes(data)
    return data
