"""One released model: a safetensors file of integers, checked before it is used.

The file's metadata holds ``format`` = "aecodec-model", ``version``, ``id`` and
``description`` (JSON). A model is identified by the SHA-256 of its file. Nothing is
ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import load, save

from aecodec.errors import LimitError, ModelError
from aecodec.exact.rounding import check_rounding
from aecodec.exact.tensors import whole
from aecodec.grid import POSTFILTER
from aecodec.ink import Base, InkCoder
from aecodec.ink.network import BASED, INK, InkNetwork
from aecodec.kinds import GridCodec, LossyCodec, PixelCodec, TileCodec, build_codec, kind_of
from aecodec.kinds.noise import noise
from aecodec.limits import MAX_MODEL_BYTES, MAX_MODEL_ID
from aecodec.lossless import ResidualCoder
from aecodec.lossy import LossyModel
from aecodec.scans.reduction import BOX

FORMAT = "aecodec-model"
# Without an ink coder, with a table of ink, with a network too, with one over a base; of a grid of latents; for pixels,
# and for drawings too; of a grid whose blocks overlap.
VERSIONS = ("1", "2", "3", "4", "5", "6", "7", "8")
_VERSION_OF_KIND = {GridCodec.kind: "5", PixelCodec.kind: "6"}
FINGERPRINT_BYTES = 4
_ANSWER_SCANS = ((20, 128), (43, 16), (30, 255))  # sides, and how much of each is ink, in 1/256
_MAX_HEADER = 1 << 20
_MOST_TYPICAL = 10  # samples are in 0..1, so that an MSE is at most 1; training doubles it
_MAX_SHOWN = 200  # characters of a message about a foreign file
_DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Model:
    """A model that has passed its checks. ``description`` is its metadata, ``size`` in bytes."""

    id: str
    sha256: str
    size: int
    description: Mapping[str, Any]
    built: LossyCodec | PixelCodec
    residual: ResidualCoder | None = None
    ink: InkCoder | None = None

    @property
    def fingerprint(self) -> bytes:
        """The first bytes of the file's SHA-256, as containers carry them."""
        return bytes.fromhex(self.sha256)[:FINGERPRINT_BYTES]

    @property
    def codec(self) -> LossyCodec:
        """The lossy codec; raises ModelError for a model that has none."""
        if isinstance(self.built, PixelCodec):
            raise ModelError(f"model {self.id} is for exact pixels alone; lossy compression needs another")
        return self.built

    @property
    def pixels(self) -> PixelCodec | None:
        """The codec of a model for exact pixels, None for another kind."""
        return self.built if isinstance(self.built, PixelCodec) else None

    @property
    def is_general(self) -> bool:
        """Whether it is made for pictures of any size and colour."""
        return self.pixels is not None or self.codec.native is None

    @property
    def latent_dim(self) -> int:
        """The nominal dimension of the latent space of a tile, unused latents included; 0 for another kind."""
        return whole(self.description.get("latent_dim", 0))

    @property
    def tiles(self) -> TileCodec:
        """The codec of a model of tiles; raises ModelError for another kind."""
        if not isinstance(self.built, TileCodec):
            raise ModelError(f"model {self.id} is of kind {self.built.kind}; this needs one of kind {TileCodec.kind}")
        return self.built

    @property
    def lossy(self) -> LossyModel:
        """The networks of a model of tiles; raises ModelError for another kind."""
        return self.tiles.networks

    @property
    def tile(self) -> tuple[int, int]:
        """Height and width of the tiles of a model of these; raises ModelError for another kind."""
        return self.tiles.native

    @property
    def slope(self) -> int:
        """What a squared grey level is worth to the search, in 1/2**20 bit; raises ModelError for another kind."""
        return self.tiles.slope


def load_model(data: bytes) -> Model:
    """The model in a file's bytes.

    Raises LimitError for a file too large, and ModelError for anything else that is wrong: not
    safetensors, another format or version, missing or misshapen tensors, a layer that breaks
    the bound of exact inference or takes too much work, a wrong known answer; or floating point that does not round to
    nearest.
    """
    try:
        return _checked(data)
    except ModelError as error:
        error.args = (brief(error),)
        raise


def _checked(data: bytes) -> Model:
    check_rounding()
    if len(data) > MAX_MODEL_BYTES:
        raise LimitError(f"a model of {len(data)} bytes; the limit is {MAX_MODEL_BYTES}")
    metadata = read_metadata(data)
    try:
        tensors = load(data)
        description = json.loads(metadata["description"], object_pairs_hook=_each_once, parse_constant=_refuse_constant)
        if metadata["description"] != _canonical(description):  # 0.30 for 0.3, or another last digit of the same number
            raise ModelError("the model is damaged: its description is not in the one form that is written")
        if description["digest"] != content_digest(metadata["id"], tensors, description):
            raise ModelError("the model is damaged: its content does not match its digest")
        built = build_codec(tensors, description)
        whole(description.get("latent_dim", 0))
        costs = tensors.get("residual.costs")
        if costs is not None and not isinstance(built, TileCodec):
            raise ModelError("a residual coder, which is for tiles")
        model = Model(
            id=metadata["id"],
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            description=description,
            built=built,
            residual=None if costs is None else ResidualCoder.from_costs(costs),
            ink=_ink_coder(tensors, built),
        )
        version = _version(tensors, description)
        if metadata["version"] != version:
            raise ModelError(f"a model of version {metadata['version']} with what makes one of {version}")
        expected = description["known_answer"]
        _check_typical(description)
        answer = known_answer(built, model.ink)
    except (safetensors.SafetensorError, *_DAMAGE) as error:
        raise ModelError(f"the model is damaged: {type(error).__name__}: {error}") from error
    if answer != expected:
        raise ModelError(f"model {model.id} gives a wrong known answer on this machine; it cannot be used")
    return model


def _ink_coder(tensors: Mapping[str, NDArray[Any]], built: LossyCodec | PixelCodec) -> InkCoder | None:
    if "origins.ink" not in tensors:
        return None
    height, width = _native(built) or (0, 0)
    if min(height, width) < BOX:
        raise ModelError(f"a tile of {height}x{width} holds no box of {BOX}x{BOX}")
    return InkCoder.from_tensors(tensors)


def _native(built: LossyCodec | PixelCodec) -> tuple[int, int] | None:
    return None if isinstance(built, PixelCodec) else built.native


def _version(tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> str:
    kind = kind_of(description)
    if kind == PixelCodec.kind and "drawings" in description:
        return VERSIONS[6]
    if kind == GridCodec.kind and POSTFILTER in tensors:
        return VERSIONS[7]
    if kind in _VERSION_OF_KIND:
        return _VERSION_OF_KIND[kind]
    if "origins.ink" not in tensors:
        return VERSIONS[0]
    if f"{BASED}.0.weight" in tensors:
        return VERSIONS[3]
    return VERSIONS[2] if f"{INK}.0.weight" in tensors else VERSIONS[1]


def read_metadata(data: bytes) -> dict[str, str]:
    """The metadata of a model file; raises ModelError where it is none that this version knows."""
    length = int.from_bytes(data[:8], "little")
    try:
        if length > min(_MAX_HEADER, len(data)):
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
    except _DAMAGE as error:
        raise ModelError(f"not an aecodec model: {brief(error)}") from error
    if form != FORMAT or version not in VERSIONS:
        found = f"{brief(form)} {brief(version)}"
        raise ModelError(f"model format {found}; this aecodec knows {FORMAT} {', '.join(VERSIONS)}")
    return dict(metadata)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. One with a key twice is two objects, and readers would differ on which."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a JSON object has a key twice")
    return found


def _refuse_constant(name: str) -> float:
    """Python's JSON would know NaN and infinities, and pass them on to readers that do not."""
    raise ValueError(f"{name} is no number of JSON")


def _check_typical(description: Mapping[str, Any]) -> None:
    """The one number that is optional, and used: the MSE beyond which a picture is unlike the model's own."""
    typical = description.get("typical_mse", 0)
    if type(typical) not in (int, float) or not 0 <= typical <= _MOST_TYPICAL:
        raise ValueError(f"typical_mse {typical!r:.40}, expected a number from 0 to {_MOST_TYPICAL}")


def brief(text: object, most: int = _MAX_SHOWN) -> str:
    """What a message shows of something foreign: one line of at most about ``most`` characters."""
    line = str(text)
    line = line if len(line) <= most else f"{line[: most - 3]}..."
    return line if line.isprintable() else line.encode("unicode_escape").decode("ascii")


def save_model(name: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> bytes:
    """A model file's bytes, with its known answer computed here; always the same for the same input.

    Raises ModelError for tensors that no model can have.
    """
    built = build_codec(tensors, description)
    answer = known_answer(built, _ink_coder(tensors, built))
    return pack_model(name, tensors, {**description, "known_answer": answer})


def pack_model(name: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> bytes:
    """The bytes of a model file, sound or not."""
    complete = {**description, "digest": content_digest(name, tensors, description)}
    metadata = {
        "format": FORMAT,
        "version": _version(tensors, description),
        "id": name,
        "description": _canonical(complete),
    }
    arrays = {key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)}
    return _sorted_header(save(arrays, metadata))


def _sorted_header(data: bytes) -> bytes:
    """The file with its header's keys in order: safetensors writes metadata in a random one."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = _canonical(json.loads(data[8:end])).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[end:]


def content_digest(name: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> str:
    """SHA-256 over id, description and tensors: finds the damage that no known answer can feel."""
    rest = {key: value for key, value in description.items() if key != "digest"}
    digest = hashlib.sha256(f"{name}\0{_canonical(rest)}".encode())
    for key in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[key])
        digest.update(f"\0{key} {tensor.dtype} {tensor.shape}\0".encode() + tensor.tobytes())
    return digest.hexdigest()


def _canonical(description: Mapping[str, Any]) -> str:
    return json.dumps(description, sort_keys=True, separators=(",", ":"))


def known_answer(built: LossyCodec | PixelCodec, ink: InkCoder | None) -> str:
    """SHA-256 over what the codec answers and the logits of ink for fixed pseudo-random pictures and scans.

    Runs every layer, on extreme inputs, in the arithmetic that files depend on.
    """
    digest = hashlib.sha256()
    for part in built.answer():
        digest.update(part)
    native = _native(built)
    if ink is not None and native is not None and isinstance(ink.best, InkNetwork):
        height, width = native
        scans = [(noise(side * side).reshape(side, side) < share).astype(np.uint8) for side, share in _ANSWER_SCANS]
        found = ink.best.entries(scans)
        if ink.based is not None:
            lossy = noise(len(scans) * height * width).reshape(len(scans), height, width)
            farthest = np.array([height - BOX, width - BOX])
            corners = np.stack([farthest * k // (len(scans) - 1) for k in range(len(scans))])
            found += ink.based.network.entries(scans, Base(lossy, corners))
        for entries in found:
            digest.update(entries.astype(">i2").tobytes())
    return digest.hexdigest()
