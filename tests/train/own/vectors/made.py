"""Small collections of strokes, and a training on them whose time goes by in steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from types import SimpleNamespace

import pytest

from aecodec.arrays import Picture
from aecodec.train.own.collection import Collection
from aecodec.train.own.vectors.training import Training
from aecodec.train.own.vectors.widths import Widths
from tests.made import strokes

TARGET = 0.01  # an MSE of samples in 0..1
TINY = Widths((3, 3), 2, 2, (4, 6), 8, (8,))


def pictures(count: int, height: int = 12, width: int = 12, seed: int = 3) -> list[Picture]:
    return list(strokes(count, height, width, seed)[..., None])


def collection(seen: Sequence[Picture], held: Sequence[Picture]) -> Collection:
    return Collection(seen, held, "0" * 64, "1" * 64, len(seen), len(held))


def training(steps: int, pictures_seen: int = 120, target: float = TARGET) -> Training:
    """A training of so many steps, where :func:`count_steps` counts them."""
    return Training(pictures(pictures_seen), TINY, target, steps, seed=1)


def count_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass at every step, however busy the machine is."""
    seconds = count()
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)))
    monkeypatch.setattr("aecodec.train.own.vectors.training.time", clock)
