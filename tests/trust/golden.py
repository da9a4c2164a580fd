"""The golden files, what they decode to, and the entry points that read them, with their models kept."""

from __future__ import annotations

import functools
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder
from aecodec.container import parse
from aecodec.errors import ModelError
from aecodec.zoo import Zoo

Picture = NDArray[np.uint8]
VECTORS = Path(__file__).resolve().parents[2] / "formats" / "vectors"
MODELS = VECTORS / "models"


@dataclass(frozen=True)
class Golden:
    """A sound file. ``first`` is the length of its first layer, None where it has but one; ``base`` what that gives."""

    name: str
    data: bytes
    pictures: tuple[Picture, ...]
    first: int | None
    base: tuple[Picture, ...]


@functools.cache
def zoo() -> Zoo:
    """The golden files' models, each loaded once, and no others."""
    found = Zoo([MODELS])
    found.folders = [MODELS]
    return found


@functools.cache
def golden() -> tuple[Golden, ...]:
    """Every golden file of a made model, or of none: shipped ones are larger, and take longer to read."""
    manifest: dict[str, Any] = json.loads((VECTORS / "manifest.json").read_text("utf-8"))
    every = (_load(name, len(entry["shapes"])) for name, entry in manifest["valid"].items())
    return tuple(file for file in every if _is_made(file))


def _is_made(file: Golden) -> bool:
    try:
        Decoder(file.data, zoo())
    except ModelError:
        return False
    return True


def _load(name: str, count: int) -> Golden:
    data = (VECTORS / "valid" / f"{name}.aec").read_bytes()
    container = parse(data)
    layered = container.header.layered
    base = _arrays(f"{name}.base.npy", count) if layered else ()
    return Golden(name, data, _arrays(f"{name}.npy", count), container.stop if layered else None, base)


def _arrays(name: str, count: int) -> tuple[Picture, ...]:
    file = io.BytesIO((VECTORS / "valid" / name).read_bytes())
    return tuple(np.load(file) for _ in range(count))


def decode(data: bytes, base: bool = False) -> list[Picture]:
    """All pictures, as ``aecodec.decompress`` and ``aecodec verify`` decode them."""
    return list(Decoder(data, zoo(), base=base))


def same(found: list[Picture], expected: tuple[Picture, ...]) -> bool:
    """Whether both are the same pictures."""
    return len(found) == len(expected) and all(
        ours.dtype == theirs.dtype and np.array_equal(ours, theirs)
        for ours, theirs in zip(found, expected, strict=True)
    )
