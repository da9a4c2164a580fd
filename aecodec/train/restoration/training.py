"""The loop that trains restoration: squared error, all qualities alike; quantization-aware from the middle on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from aecodec.train.average import follow
from aecodec.train.restoration.network import Network
from aecodec.train.restoration.pairs import SIDE, Crops, Pair, crops
from aecodec.train.schedule import warming

LEARNING_RATE = 2e-3
WARM_UP = 30  # steps
FALLING = 0.7  # of the run, its last part, over which the learning rate falls
INTEGER = 0.5  # of the run, its first part, in floats
BATCH = 8 * SIDE**2  # pixels of a step
LONGEST = 100  # steps that the average looks back
_LEAST = 1e-5  # of an error, so that pictures that hardly changed do not outweigh all others


def trained(
    network: Network, pairs: Sequence[Pair], seconds: float, seed: int, report: Callable[[float], None]
) -> Network:
    """Return the running average of ``network`` that has learned from ``pairs`` for so many ``seconds``, in integers.

    ``report`` hears what share of the time has passed.
    """
    random, model = np.random.default_rng(seed), deepcopy(network)
    average = deepcopy(network).requires_grad_(False)
    average.set_integer(True)
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.99))
    scale, alike = _errors(pairs), _alike(pairs)
    shares = np.array([len(some) for some in alike]) / len(pairs)
    began, steps = time.monotonic(), 0
    while (passed := (time.monotonic() - began) / seconds) < 1:
        model.set_integer(passed >= INTEGER)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * warming(steps, WARM_UP) * min(1.0, (1 - passed) / FALLING)
        some = alike[random.choice(len(alike), p=shares)]
        height, width = (min(SIDE, length) for length in some[0].given.shape[:2])
        chosen = random.integers(0, len(some), max(1, BATCH // (height * width)))
        batch = crops([some[place] for place in chosen], random)
        worth = torch.tensor([1 / scale[quality] for quality in batch.quality.int().tolist()])
        optimizer.zero_grad()
        loss = (squares(model, batch) * worth).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        steps += 1
        follow(average, model, min(steps, LONGEST))
        report(passed)
    return average


def squares(network: Network, batch: Crops) -> Tensor:
    """Return the mean squared error of each crop behind ``network``, samples in 0..2; ``[B]``."""
    wrong = (batch.seen[:, :3] + network(batch.seen, batch.quality)).clamp(-1, 1) - batch.given
    found: Tensor = (wrong.square() * batch.weight).mean((1, 2, 3))
    return found


def _errors(pairs: Sequence[Pair]) -> dict[int, float]:
    """Return the mean squared error of altered pictures by quality, samples in 0..2."""
    found: dict[int, list[float]] = {}
    for pair in pairs:
        difference = pair.altered.astype(np.float64) - pair.given
        found.setdefault(pair.quality, []).append(float(np.square(difference / 128).mean()))
    return {quality: max(_LEAST, float(np.mean(each))) for quality, each in found.items()}


def _alike(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Return the pairs whose crops have one size together."""
    found: dict[tuple[int, ...], list[Pair]] = {}
    for pair in pairs:
        found.setdefault(tuple(min(SIDE, length) for length in pair.given.shape[:2]), []).append(pair)
    return list(found.values())
