"""The model for exact pixels that a model which knows drawings is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from aecodec.errors import UsageError
from aecodec.train.bare_files import read
from aecodec.zoo import load_model


@dataclass(frozen=True)
class Base:
    """Its tensors, what describes it, and its card, empty where there is none."""

    tensors: Mapping[str, NDArray[Any]]
    description: Mapping[str, Any]
    card: str


def read_base(path: Path) -> Base:
    """Read the base; raises UsageError if it is no model for exact pixels, ModelError if it is not sound."""
    content = read(path)
    if content is None:
        raise UsageError(f"there is no {path} to take the other networks from")
    model = load_model(content)
    if model.pixels is None:
        raise UsageError(f"{path} is no model for exact pixels, to which drawings could be added")
    tensors = {key: np.array(array) for key, array in load(content).items()}
    card = read(path.with_suffix(".md")) or b""
    return Base(tensors, model.description, card.decode("utf-8", "replace"))
