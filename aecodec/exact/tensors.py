"""Reading a model: its tensors, and the numbers of its description, each checked before it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Tensors
from aecodec.errors import ModelError


def take(tensors: Tensors, name: str, dtype: type[np.generic], shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """Return the tensor ``name``, checked for presence, dtype and shape; raises ModelError."""
    require(name in tensors, f"the model has no tensor {name}")
    tensor = tensors[name]
    require(tensor.dtype == dtype, f"{name} is {tensor.dtype}, expected {np.dtype(dtype)}")
    require(shape is None or tensor.shape == shape, f"{name} is {tensor.shape}, expected {shape}")
    return tensor


def whole(value: Any) -> int:
    """Return a description's number, which must be an integer; raises TypeError."""
    if type(value) is not int:
        raise TypeError(f"{value!r:.40} is no integer")
    return value


def require(condition: object, message: str) -> None:
    """Raise ModelError with ``message`` unless ``condition`` holds."""
    if not condition:
        raise ModelError(message)
