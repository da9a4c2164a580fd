"""Attempts that encode nothing: size and error are made functions of a model and a quality."""

from __future__ import annotations

from typing import Any

import numpy as np

from aecodec.codec import Encoded, Options
from aecodec.codec.plan import Plan
from aecodec.codec.target import meet
from aecodec.zoo import Zoo


class Line:
    """Attempts whose size and error are a made function of latent_dim and quality, and what was tried."""

    def __init__(self, size: Any, error: Any, exact: int = 6000) -> None:
        self.size, self.error, self.exact = size, error, exact
        self.tried: list[tuple[int, int]] = []

    def __call__(self, plan: Plan) -> Encoded:
        if plan.exact:
            self.tried.append(EXACT)
            return Encoded(bytes(self.exact), None, plan.effort, errors=[0.0, 0.0], exact=True)
        assert plan.model is not None
        quality = plan.quality
        at = plan.model.latent_dim, quality
        self.tried.append(at)
        error = self.error(*at)
        return Encoded(bytes(self.size(*at)), plan.model, plan.effort, plan.noted_quality, errors=[error / 2, error])


EXACT = (0, 0)  # among what was tried
WAYS = [(dim, q) for dim in (8, 32, 64) for q in (*range(101), *range(104, 201, 16))]


def steady_size(dim: int, quality: int) -> int:
    return dim * 10 + quality * dim // 10


def steady_error(dim: int, quality: int) -> float:
    """Falls to half beyond quality 100."""
    return (200 - quality if quality <= 100 else 150 - quality / 2) / dim / 100


def bounded(line: Line, zoo: Zoo, **options: Any) -> Encoded:
    return meet(Options(**options), zoo, [np.zeros((8, 8), np.uint8)], line)
