"""The golden vectors, and the two decoders that share no code: the package and the reference."""

from __future__ import annotations

import functools
import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder
from aecodec.errors import AecError
from aecodec.zoo import Zoo
from tests.conftest import ROOT
from tests.reference import load_reference

Picture = NDArray[np.uint8]

VECTORS = ROOT / "formats" / "vectors"
MODELS = VECTORS / "models"
MANIFEST: dict[str, Any] = json.loads((VECTORS / "manifest.json").read_text("utf-8"))
SAME_ZLIB = MANIFEST["zlib"]["version"] == zlib.ZLIB_RUNTIME_VERSION

REFERENCE = load_reference()
KINDS = {
    "FormatError": REFERENCE.Corrupt,
    "UnsupportedError": REFERENCE.Unsupported,
    "ModelError": REFERENCE.ModelNeeded,
    "LimitError": REFERENCE.Limit,
}


def by_fingerprint(*folders: Path) -> dict[bytes, bytes]:
    files = [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.safetensors"))]
    return {hashlib.sha256(file).digest()[:4]: file for file in files}


KNOWN = by_fingerprint(MODELS, ROOT / "models")


@functools.cache
def zoo() -> Zoo:
    """The vectors' models and those that are shipped, each loaded once."""
    found = Zoo()
    found.folders = [MODELS, ROOT / "models"]
    return found


def package(data: bytes, models: Zoo | None = None, base: bool = False) -> tuple[list[Picture], list[str] | None]:
    decoder = Decoder(data, models or zoo(), base=base)
    names = decoder.container.header.names
    return list(decoder), None if names is None else list(names)


def reference(
    data: bytes, known: Mapping[bytes, bytes] = KNOWN, base: bool = False
) -> tuple[list[Picture], list[str] | None]:
    found: tuple[list[Picture], list[str] | None] = REFERENCE.decode(data, known, base)
    return found


def vector(kind: str, name: str) -> bytes:
    return (VECTORS / kind / f"{name}.aec").read_bytes()


def outcome(decode: Any, data: bytes) -> tuple[str, Any]:
    """The kind of error, or the decoded pictures' shapes and samples, and names."""
    try:
        pictures, names = decode(data)
    except (AecError, REFERENCE.DecodeError) as error:
        kinds = {kind.__name__: name for name, kind in KINDS.items()}
        return kinds.get(type(error).__name__, type(error).__name__), None
    return "", ([(picture.shape, picture.tobytes()) for picture in pictures], names)
