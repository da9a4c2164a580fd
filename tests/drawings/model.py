"""The model of drawings that tests share, and reading with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.zoo import load_model
from tests.golden import MODELS
from tests.reference import load_reference

REFERENCE = load_reference()
CONTENT = (MODELS / "vector-drawings.safetensors").read_bytes()
MODEL = load_model(CONTENT)
WITHOUT = load_model((MODELS / "vector-pixels.safetensors").read_bytes())
Picture = NDArray[np.uint8]


def networks() -> Any:
    assert MODEL.pixels is not None
    return MODEL.pixels.drawings
