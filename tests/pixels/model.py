"""The model of pixels that tests share, and reading with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder
from aecodec.zoo import Model, load_model
from formats.vectors_maker.vector import OneModel
from tests.golden import MODELS
from tests.reference import load_reference

REFERENCE = load_reference()
CONTENT = (MODELS / "vector-pixels.safetensors").read_bytes()
MODEL = load_model(CONTENT)
Picture = NDArray[np.uint8]


def decoded(data: bytes, model: Model = MODEL) -> list[Picture]:
    return list(Decoder(data, OneModel(model)))
