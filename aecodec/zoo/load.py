"""From the bytes of a model file to a model. All is checked before it is used, and nothing is ever unpickled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import safetensors
from safetensors.numpy import load

from aecodec.errors import LimitError, ModelError
from aecodec.exact.rounding import check_rounding
from aecodec.exact.tensors import whole
from aecodec.kinds import build_codec, known_kind
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo.digests import content_digest, known_answer
from aecodec.zoo.metadata import DAMAGE, read_description, read_metadata
from aecodec.zoo.model import Model
from aecodec.zoo.role import purpose_of
from aecodec.zoo.shown import brief
from aecodec.zoo.versions import check_version

_MOST_TYPICAL = 10  # samples are in 0..1, so that an MSE is at most 1; training doubles it


def load_model(data: bytes) -> Model:
    """Return the model in a file's bytes.

    Raises LimitError for a file too large, and ModelError for anything else that is wrong: not
    safetensors, another format or version, parts that its version does not have, missing or misshapen tensors, a
    layer that breaks the bound of exact inference or takes too much work, a wrong known answer; or
    floating point that does not round to nearest.
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
    description = read_description(metadata)
    try:
        tensors = load(data)
        if description["digest"] != content_digest(metadata["id"], tensors, description):
            raise ModelError("the model is damaged: its content does not match its digest")
        kind = known_kind(description)
        check_version(metadata["version"], kind, tensors, description)
        built = build_codec(tensors, description)
        whole(description.get("latent_dim", 0))
        expected = description["known_answer"]
        _check_typical(description)
        answer = known_answer(built)
    except (safetensors.SafetensorError, *DAMAGE) as error:
        raise ModelError(f"the model is damaged: {type(error).__name__}: {error}") from error
    if answer != expected:
        raise ModelError(f"model {metadata['id']} gives a wrong known answer on this machine; it cannot be used")
    return Model(
        id=metadata["id"],
        sha256=hashlib.sha256(data).hexdigest(),
        data=data,
        description=description,
        built=built,
        purpose=purpose_of(metadata["version"], description),
    )


def _check_typical(description: Mapping[str, Any]) -> None:
    """Check the one number that is optional, and used: the MSE beyond which a picture is unlike the model's own."""
    typical = description.get("typical_mse", 0)
    if type(typical) not in (int, float) or not 0 <= typical <= _MOST_TYPICAL:
        raise ValueError(f"typical_mse {typical!r:.40}, expected a number from 0 to {_MOST_TYPICAL}")
