"""Fine-tuning of the networks for exact pixels, in the integers of the released file.

Each network learns apart from the others. A network whose samples take more bits gets more steps, in proportion to the
square root of these bits, since each further step teaches less.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np
import torch

from aecodec.train.average import follow
from aecodec.train.pixels.networks import SampledNetwork, SampledNetworks
from aecodec.train.pixels.samples import Samples
from aecodec.train.pixels.store import rows
from aecodec.train.schedule import warming

LEARNING_RATE = 4e-3
SAMPLES = 2_048  # of a step
WARM_UP = 60  # steps
FALLING = 0.8  # share of the run, at its end, over which the learning rate falls
TRIED = 1 << 14  # samples on which the bits of a network are measured
LONGEST = 100  # steps over which weights are averaged, about


def fine_tuned(
    networks: SampledNetworks, samples: Samples, seconds: float, seed: int, report: Callable[[float], None]
) -> SampledNetworks:
    """Let ``networks`` learn from ``samples`` for ``seconds``, and return the running average of their weights.

    A network without samples stays as it is. ``report`` is called with the share of the time that has passed.
    """
    used = [number for number, table in enumerate(samples.tables) if len(table)]
    if not used:
        return networks
    average = deepcopy(networks).requires_grad_(False)
    weights = _weights(average, samples, used)
    learners = [_Learner(networks[number], average[number], samples, number) for number in used]
    began, random = time.monotonic(), np.random.default_rng(seed)
    while (passed := (time.monotonic() - began) / seconds) < 1:
        behind = min(zip(learners, weights, strict=True), key=lambda each: each[0].steps / each[1])
        behind[0].step(LEARNING_RATE * min(1.0, (1 - passed) / FALLING), random)
        report(passed)
    return average


class _Learner:
    """One network that learns, and the running ``average`` of its weights."""

    def __init__(self, network: SampledNetwork, average: SampledNetwork, samples: Samples, number: int) -> None:
        self._network, self._average, self._table = deepcopy(network), average, samples.tables[number]
        self._optimizer = torch.optim.Adam(self._network.parameters(), betas=(0.9, 0.99), fused=True)
        self.steps = 0

    def step(self, rate: float, random: np.random.Generator) -> None:
        """Learn from some samples."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate * warming(self.steps, WARM_UP)
        chosen = np.sort(random.integers(0, len(self._table), SAMPLES))
        self._optimizer.zero_grad()
        self._network.bits(rows(self._table, chosen)).mean().backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self.steps += 1
        follow(self._average, self._network, min(self.steps, LONGEST))


@torch.no_grad()
def _weights(networks: SampledNetworks, samples: Samples, used: Sequence[int]) -> list[float]:
    """Return in which proportion the ``used`` networks share the steps."""
    found = []
    for number in used:
        table = samples.tables[number]
        some = rows(table, slice(None, None, max(1, len(table) // TRIED)))
        found.append(max(1.0, len(table) * networks[number].bits(some).mean().item()) ** 0.5)
    return found
