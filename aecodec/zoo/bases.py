"""The bases of a model that is stored as what differs from others: whole model files, known by their SHA-256.

A base has all its tensors itself: one that has a base of its own is refused, so there are no chains of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import safetensors
from safetensors.numpy import load

from aecodec.arrays import Arrays
from aecodec.errors import ModelError
from aecodec.exact.tensors import require
from aecodec.frozen import dataclass
from aecodec.kinds.names import HALVES, PAIR
from aecodec.zoo.metadata import DAMAGE, read_description, read_metadata
from aecodec.zoo.versions import PACKED

BASE = "base"


@dataclass(frozen=True)
class Base:
    """A base as a model names it: the SHA-256 of the whole file decides, the id is for messages."""

    id: str
    sha256: str

    @classmethod
    def stated(cls, value: Mapping[str, Any]) -> Base:
        """Return the one that a description states. Raises ModelError."""
        name, sha256 = value["id"], value["sha256"]
        require(isinstance(name, str) and name.isprintable(), "a base whose id is no text")
        sound = isinstance(sha256, str) and len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")
        require(sound, f"a base whose SHA-256 is {sha256!r:.80}")
        return cls(name, sha256)

    @classmethod
    def of(cls, data: bytes) -> Base:
        """Return how a model names the one with these bytes."""
        return cls(read_metadata(data)["id"], hashlib.sha256(data).hexdigest())

    @property
    def described(self) -> dict[str, str]:
        """How a description states it."""
        return {"id": self.id, "sha256": self.sha256}

    def __str__(self) -> str:
        return f"{self.id:.40}, SHA-256 {self.sha256}"


@dataclass(frozen=True)
class Content:
    """The ``tensors`` and the ``description`` that a codec is built from."""

    tensors: Arrays
    description: dict[str, Any]


def halves_of(description: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each part of a packed model that may have a base: how its tensors' names begin, and its description."""
    if description.get("kind") == PAIR:
        yield from ((f"{half}.", description[half]) for half in HALVES)
    else:
        yield "", description


def bases_of(version: str, description: Mapping[str, Any]) -> list[Base]:
    """Return the bases that a model names; raises ModelError if it does not say it as it should."""
    if version != PACKED:
        return []
    try:
        return [Base.stated(each[BASE]) for _, each in halves_of(description) if BASE in each]
    except DAMAGE as error:
        raise ModelError(f"the model is damaged: {type(error).__name__}: {error}") from error


def content_of(base: Base, files: Sequence[bytes]) -> Content:
    """Return what the base is, of ``files`` the one with its SHA-256.

    Raises ModelError if none has it, or it is no model that can be a base.
    """
    for data in files:
        if hashlib.sha256(data).hexdigest() == base.sha256:
            return _content(data)
    raise ModelError(f"a base that is not at hand: {base}")


def _content(data: bytes) -> Content:
    metadata = read_metadata(data)
    if metadata["version"] == PACKED:
        raise ModelError(f"the base {metadata['id']:.40} is itself stored as changes to a base")
    try:
        return Content(load(data), read_description(metadata))
    except (safetensors.SafetensorError, *DAMAGE) as error:
        raise ModelError(f"the base {metadata['id']:.40} is damaged: {error}") from error
