"""What processes that train one model together would pay: a step of one of them, and the sum of gradients over two.

    python benchmarks/together.py           # a quarter of a minute

Both run on this machine, with a thread each; over a network the sum takes longer. Pictures are noise, which takes as
long as any others.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import multiprocessing

from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.grid.loop import Training as GridTraining
from aecodec.train.grid.pictures import make_cache, open_cache
from aecodec.train.grid.settings import Settings as GridSettings
from aecodec.train.grid.team import Team
from aecodec.train.loop import Training

CPU = torch.device("cpu")
STEPS, SUMS = 8, 15


def main() -> None:
    """Print a line for each kind of model."""
    with TemporaryDirectory() as folder:
        multiprocessing.spawn(measured, (folder,), nprocs=2)


def measured(rank: int, folder: str) -> None:
    """Measure in one of two processes; the first one prints."""
    torch.set_num_threads(1)
    team = Team(rank, 2, f"file://{folder}/meeting")
    for name, training in (
        ("tiles of 28x28, latent_dim 64, batch 256", tiles()),
        ("grid", grid(Path(folder, str(rank)))),
    ):
        alone = seconds(training.train_step, STEPS)
        gradients = [each.grad for each in training.model.parameters() if each.grad is not None]
        together = seconds(lambda gradients=gradients: team.sum(gradients), SUMS)
        count = sum(each.numel() for each in gradients)
        if rank == 0:
            print(
                f"{name}: {count:,} gradients; a step {alone * 1e3:.0f} ms, their sum {together * 1e3:.1f} ms",
                flush=True,
            )
    team.leave()


def seconds(function: Callable[[], object], times: int) -> float:
    """Return the median time of a call, without the first."""
    found = []
    for _ in range(1 + times):
        began = time.perf_counter()
        function()
        found.append(time.perf_counter() - began)
    return median(found[1:])


def tiles() -> Training:
    """A run that has begun, in its first phase."""
    noise = torch.randint(0, 256, (3000, 1, 28, 28), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    pictures = Pictures(name="noise", training=noise[:2500], validation=noise[2500:], sha256="0" * 64)
    return Training(Settings(latent_dim=64, copies=0), pictures, CPU)


def grid(folder: Path) -> GridTraining:
    """A run that has begun."""
    random = np.random.default_rng(1)
    folder.mkdir()
    make_cache(folder, ((f"{n}.png", random.integers(0, 256, (300, 300, 3), np.uint8)) for n in range(4)))
    return GridTraining(GridSettings(), open_cache(folder), [], CPU)


if __name__ == "__main__":
    sys.exit(main())
