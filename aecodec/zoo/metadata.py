"""The metadata of a model file: ``format`` = "aecodec-model", ``version``, ``id`` and ``description`` (JSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aecodec.errors import ModelError
from aecodec.limits import MAX_MODEL_ID
from aecodec.zoo.shown import brief
from aecodec.zoo.versions import ALL_VERSIONS

FORMAT = "aecodec-model"
MAX_HEADER = 1 << 20  # bytes
DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


def read_metadata(data: bytes) -> dict[str, str]:
    """Return the metadata of a model file, of which ``data`` need be no more than its first ``8 + MAX_HEADER`` bytes.

    Raises ModelError if it is none that this version knows.
    """
    length = int.from_bytes(data[:8], "little")
    try:
        if length > min(MAX_HEADER, len(data)):
            raise ValueError("no safetensors header")
        header = data[8 : 8 + length].rstrip(b" ")
        if not (header.startswith(b"{") and header.endswith(b"}")):  # JSON would allow tabs and ends of lines
            raise ValueError("a header that is not one JSON object, filled up with spaces")
        metadata = json.loads(header, object_pairs_hook=_each_once)["__metadata__"]
        form, version = metadata["format"], metadata["version"]
        if not isinstance(metadata["id"], str):
            raise ValueError("the id is not a text")
        if not (metadata["id"].isprintable() and 1 <= len(metadata["id"]) <= MAX_MODEL_ID):
            raise ValueError(f"the id is not one of 1 to {MAX_MODEL_ID} printable characters")
    except DAMAGE as error:
        raise ModelError(f"not an aecodec model: {brief(error)}") from error
    if form != FORMAT or version not in ALL_VERSIONS:  # which might be no text
        found = f"{brief(form)} {brief(version)}"
        raise ModelError(f"model format {found}; this aecodec knows {FORMAT} {', '.join(ALL_VERSIONS)}")
    return dict(metadata)


def read_description(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return the description in the metadata of a model file; raises ModelError if it is none, or in another
    form.
    """
    try:
        text = metadata["description"]
        found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_refuse_constant)
        sound = isinstance(found, dict) and text == canonical(found)  # 0.30 for 0.3, or other digits of one number
    except DAMAGE as error:
        raise ModelError(f"the model is damaged: {type(error).__name__}: {brief(error)}") from error
    if not sound:
        raise ModelError("the model is damaged: its description is not in the one form that is written")
    return dict(found)


def canonical(description: Mapping[str, Any]) -> str:
    """Return the one form of a JSON object that is written."""
    return json.dumps(description, sort_keys=True, separators=(",", ":"))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object. One with a key twice is two objects, and readers would differ on which."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a JSON object has a key twice")
    return found


def _refuse_constant(name: str) -> float:
    """Refuse NaN and infinities, which Python's JSON would pass on to readers that do not know them."""
    raise ValueError(f"{name} is no number of JSON")
