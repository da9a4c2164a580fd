"""From the bytes of a model file to a model. All is checked before it is used, and nothing is ever unpickled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import safetensors
from safetensors.numpy import load

from aecodec.arrays import Arrays
from aecodec.errors import LimitError, ModelError
from aecodec.exact.rounding import check_rounding
from aecodec.exact.tensors import whole
from aecodec.kinds import build_codec, known_kind
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo.bases import Content, bases_of
from aecodec.zoo.digests import content_digest, known_answer
from aecodec.zoo.metadata import DAMAGE, read_description, read_metadata
from aecodec.zoo.model import Model
from aecodec.zoo.proved import is_proved, note_proved
from aecodec.zoo.role import purpose_of
from aecodec.zoo.shown import brief
from aecodec.zoo.versions import PACKED, check_version

_MOST_TYPICAL = 10  # samples are in 0..1, so that an MSE is at most 1; training doubles it


def load_model(data: bytes, bases: Sequence[bytes] = ()) -> Model:
    """Return the model in a file's bytes; ``bases`` are the files that it names as its bases, in any order.

    Digest and known answer are checked unless they were for the same files on this machine (:mod:`aecodec.zoo.proved`).

    Raises LimitError for a file too large, and ModelError for anything else that is wrong: not
    safetensors, another format or version, parts that its version does not have, a base that is missing, changes to it
    that are damaged, missing or misshapen tensors, a layer that breaks the bound of exact inference or takes too much
    work, a wrong known answer; or floating point that does not round to nearest.
    """
    try:
        return _checked(data, bases)
    except ModelError as error:
        error.args = (brief(error),)
        raise


def _checked(data: bytes, bases: Sequence[bytes]) -> Model:
    check_rounding()
    if len(data) > MAX_MODEL_BYTES:
        raise LimitError(f"a model of {len(data)} bytes; the limit is {MAX_MODEL_BYTES}")
    metadata = read_metadata(data)
    description = read_description(metadata)
    needed = _needed(metadata["version"], description, bases)
    files = [hashlib.sha256(data).hexdigest(), *needed]
    proved = is_proved(files)
    try:
        tensors = load(data)
        if not proved and description["digest"] != content_digest(metadata["id"], tensors, description):
            raise ModelError("the model is damaged: its content does not match its digest")
        content = _content(metadata["version"], tensors, description, bases)
        built = build_codec(content.tensors, content.description, sound=proved)
        whole(description.get("latent_dim", 0))
        expected = description["known_answer"]
        _check_typical(description)
        answer = expected if proved else known_answer(built)
    except (safetensors.SafetensorError, *DAMAGE) as error:
        raise ModelError(f"the model is damaged: {type(error).__name__}: {error}") from error
    if answer != expected:
        raise ModelError(f"model {metadata['id']} gives a wrong known answer on this machine; it cannot be used")
    if not proved:
        note_proved(files)
    return Model(
        id=metadata["id"],
        sha256=files[0],
        data=data,
        description=description,
        built=built,
        purpose=purpose_of(metadata["version"], description),
        bases=tuple(needed.values()),
    )


def _content(version: str, tensors: Arrays, description: Mapping[str, Any], bases: Sequence[bytes]) -> Content:
    """Return what the codec is built from. Raises ModelError for what is not as ``version`` promises."""
    kind = known_kind(description)
    if version == PACKED:
        from aecodec.zoo.packed import unpacked  # which other models need not wait for

        return unpacked(tensors, description, bases)
    check_version(version, kind, tensors, description)
    return Content(tensors, dict(description))


def tensors_of(model: Model) -> Arrays:
    """Return the tensors of a model; of one that is stored as what differs from its bases, those that come of it.

    Of a pair their names begin with ``lossy.`` and ``exact.``.
    """
    version = read_metadata(model.data)["version"]
    return _content(version, load(model.data), model.description, model.bases).tensors


def _needed(version: str, description: Mapping[str, Any], files: Sequence[bytes]) -> dict[str, bytes]:
    """Return those of ``files`` that the model names, by their SHA-256."""
    named = {base.sha256 for base in bases_of(version, description)}
    found = {hashlib.sha256(data).hexdigest(): data for data in files}
    return {digest: data for digest, data in found.items() if digest in named}


def _check_typical(description: Mapping[str, Any]) -> None:
    """Check the one number that is optional, and used: the MSE beyond which a picture is unlike the model's own."""
    typical = description.get("typical_mse", 0)
    if type(typical) not in (int, float) or not 0 <= typical <= _MOST_TYPICAL:
        raise ValueError(f"typical_mse {typical!r:.40}, expected a number from 0 to {_MOST_TYPICAL}")
