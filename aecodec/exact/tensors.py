"""Checks a model's tensors, and the numbers of its description, before they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Tensors
from aecodec.errors import ModelError


def take(tensors: Tensors, name: str, dtype: type[np.generic], shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """Return the tensor ``name``. Raises ModelError if it is missing, or of another dtype or shape."""
    require(name in tensors, f"the model has no tensor {name}")
    tensor = tensors[name]
    require(tensor.dtype == dtype, f"{name} is {tensor.dtype}, expected {np.dtype(dtype)}")
    require(shape is None or tensor.shape == shape, f"{name} is {tensor.shape}, expected {shape}")
    return tensor


def whole(value: Any) -> int:
    """Return ``value``, a number of a description. Raises TypeError if it is not an integer."""
    if type(value) is not int:
        raise TypeError(f"{value!r:.40} is no integer")
    return value


def require(condition: object, message: str) -> None:
    """Raise ModelError with ``message`` unless ``condition`` holds."""
    if not condition:
        raise ModelError(message)
