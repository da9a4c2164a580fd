"""Made pictures and short runs that the tests of training a grid share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aecodec.train.grid.job import Job, train
from aecodec.train.grid.loop import Training
from aecodec.train.grid.settings import Settings

TINY = Settings(steps=12, finish=0.25, pixels=64 * 64, size="tiny")
CPU = torch.device("cpu")
State = dict[str, torch.Tensor]


def waves(number: int, height: int, width: int) -> NDArray[np.uint8]:
    """A colour picture with something to learn in it."""
    random = np.random.default_rng(number)
    y, x = np.mgrid[:height, :width]
    down, right = random.uniform(5, 40, 2)
    planes = [128 + 60 * np.sin(x / right + colour) + 50 * np.cos(y / down) for colour in range(3)]
    return np.clip(np.stack(planes, -1) + random.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)


def named(count: int = 6) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    return ((f"{n}.png", waves(n, 64 + 24 * n, 160 - 16 * n)) for n in range(count))


def run(cache: Path, folder: Path, settings: Settings = TINY, **options: Any) -> Training:
    options = {"device": "cpu", "precision": "float32", **options}
    return train(Job(settings, cache, folder, **options), lambda event: None, lambda line: None)


def weights(training: Training) -> State:
    return {name: value.clone() for name, value in training.average.state_dict().items()}


def check_equal(first: State, second: State) -> None:
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
