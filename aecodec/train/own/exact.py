"""The networks for exact pixels, fine-tuned in the integers that they are released in."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch

from aecodec.train.average import follow
from aecodec.train.pixels.networks import SampledNetworks
from aecodec.train.pixels.samples import Samples
from aecodec.train.pixels.store import rows
from aecodec.train.schedule import warming

LEARNING_RATE = 1e-3
SAMPLES = 2_048  # of a step, of each network
WARM_UP = 30  # steps
FALLING = 0.7  # of the run, its last part, over which the learning rate falls
AT_ONCE = 1 << 16  # samples that are measured together
LONGEST = 100  # steps that the average looks back


def fine_tuned(
    networks: SampledNetworks, samples: Samples, seconds: float, seed: int, report: Callable[[float], None]
) -> SampledNetworks:
    """Return the running average of ``networks`` that have learned from ``samples`` for so many ``seconds``; themselves
    where there are no samples.

    ``report`` hears what share of the time has passed.
    """
    if not any(map(len, samples.tables)):
        return networks
    model = deepcopy(networks)
    average = deepcopy(networks).requires_grad_(False)
    used = [number for number, table in enumerate(samples.tables) if len(table)]
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, betas=(0.9, 0.99))
    began, step = time.monotonic(), 0
    while (passed := (time.monotonic() - began) / seconds) < 1:
        random = np.random.default_rng([seed, step])
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * warming(step, WARM_UP) * min(1.0, (1 - passed) / FALLING)
        optimizer.zero_grad()
        each = [
            model[number]
            .bits(rows(samples.tables[number], np.sort(random.integers(0, len(samples.tables[number]), SAMPLES))))
            .mean()
            for number in used
        ]
        torch.stack(each).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        step += 1
        follow(average, model, min(step, LONGEST))
        report(passed)
    return average
