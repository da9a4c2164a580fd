"""A run from a cache of pictures to its last step, in one process or several. No constriction, click, rich, Pillow or
pydantic: a bare machine with PyTorch and NumPy can do it.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from aecodec.errors import UsageError
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.device import pick_device
from aecodec.train.grid import validation
from aecodec.train.grid.begin import begin_with, found_state
from aecodec.train.grid.loop import Training
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.pictures import Cache, open_cache
from aecodec.train.grid.precision import prefers_bfloat16
from aecodec.train.grid.settings import Settings
from aecodec.train.grid.team import CALLED, Team
from aecodec.train.log import METRICS, Log
from aecodec.train.reports import Event, Report, Tell, both


@dataclass(frozen=True)
class Job:
    """What to train, where, and with how much of the machine.

    ``held`` is a cache of pictures to validate with; without one some of ``cache`` are held back. ``until`` is in
    seconds, ``every`` in steps from one validation to the next.
    """

    settings: Settings
    cache: Path
    run: Path
    held: Path | None = None
    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    workers: int = 1
    restart: bool = False
    every: int = 1_000
    until: float = math.inf

    def pictures(self) -> tuple[Cache, list[Tensor]]:
        """Open what to train on, and what to validate with. Raises UsageError."""
        cache = open_cache(self.cache)
        return validation.split(cache) if self.held is None else (cache, validation.whole(open_cache(self.held)))

    def helper(self, rank: int, meeting: str, mixed: bool) -> list[str]:
        """Make the command of another process that trains with this one."""
        s = self.settings
        options: dict[str, object] = {
            "cache": self.cache,
            "run": self.run,
            "steps": s.steps,
            "finish": s.finish,
            "size": s.size,
            "learning-rate": s.learning_rate,
            "batch-pixels": s.pixels,
            "optimizer": s.optimizer,
            "seed": s.seed,
            "device": "cpu",
            "precision": "bfloat16" if mixed else "float32",
            "workers": self.workers,
            "threads": torch.get_num_threads(),
            "rank": rank,
            "meeting": meeting,
            **({"validation": self.held} if self.held else {}),
            **({"continue-from": s.continues} if s.continues else {}),
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "aecodec.train.grid", *words, *(["--restart"] if self.restart else [])]


def train(job: Job, report: Report, tell: Tell, *, rank: int = 0, meeting: str = "") -> Training:
    """Train to the last step; checkpoints and metrics go to the run's folder. ``rank`` 0 leads, and starts the others,
    unless these are there already and know the ``meeting``.

    ``tell`` gets a line about how. Raises UsageError for a checkpoint of another run, pictures too few, a device that
    is not there, or where processes have other files; FileError where writing fails.
    """
    settings = job.settings
    device = pick_device(job.device)
    if meeting == CALLED and device.type == "cuda":  # each has a GPU of its machine
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    elif job.workers > 1 and device.type != "cpu":
        raise UsageError(f"workers share processors; on {device.type} one process does it all: drop --workers")
    if job.threads or job.workers > 1:
        torch.set_num_threads(job.threads or 1)
    pictures, held = job.pictures()
    state = None if job.restart else found_state(job.run, settings, pictures.sha256, device)
    if state is not None and job.precision == "auto":
        mixed = bool(state.get("mixed", False))  # a second measurement might say something else
    else:
        model = Grid(settings.widths).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        mixed = prefers_bfloat16(job.precision, model, device, settings.pixels // job.workers)
    if rank == 0:
        tell(f"{len(pictures)} pictures on {device.type}, {'bfloat16' if mixed else 'float32'}, {len(held)} held back")
    if device.type == "cuda":
        pictures = pictures.to(device)
    with _team(job, rank, meeting, mixed, device) as team:
        mixed = bool(team.leaders(mixed))
        training = Training(settings, pictures, held, device, mixed=mixed, team=team)
        if state is not None:
            training.load(state)
        elif settings.continues:
            begin_with(training, Path(settings.continues))
        if not team.agree(f"{pictures.sha256} {training.step}"):
            raise UsageError(
                "not all processes have the same pictures and checkpoint: they need a folder that all share"
            )
        log: Report = Log(job.run / METRICS, training.step, tell) if rank == 0 else _ignore
        training.run(job.run / CHECKPOINT, both(log, report), until=job.until, every=job.every)
    return training


@contextmanager
def _team(job: Job, rank: int, meeting: str, mixed: bool, device: torch.device) -> Iterator[Team]:
    """Give the processes that train together. The leader's end is the others', too."""
    with tempfile.TemporaryDirectory() as folder:
        others: list[subprocess.Popen[bytes]] = []
        try:
            if job.workers > 1 and not meeting:
                meeting = f"file://{Path(folder, 'meeting')}"
                commands = [job.helper(each, meeting, mixed) for each in range(1, job.workers)]
                # In sessions of their own: what interrupts this process ends them through it.
                others = [subprocess.Popen(command, start_new_session=True) for command in commands]
            team = Team(rank, job.workers, meeting, device)
            try:
                yield team
            finally:
                team.leave()
        finally:
            for other in others:
                other.kill()  # after the last step there is nothing left for it to do
                other.wait()


def _ignore(event: Event) -> None:
    pass
