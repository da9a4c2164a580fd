"""The training loop of networks for exact pictures: the bits of samples, and nothing else, go down."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aecodec.errors import UsageError
from aecodec.train import checkpoint
from aecodec.train.average import follow
from aecodec.train.pixels.networks import PixelNetworks, SampledNetworks
from aecodec.train.pixels.samples import Samples
from aecodec.train.pixels.settings import Settings
from aecodec.train.pixels.store import rows
from aecodec.train.reports import Report
from aecodec.train.schedule import falling, warming

KEYS = {"settings", "pictures", "model", "average", "optimizer", "step", "grids"}
WARM_UP = 100  # steps
ROUNDED_RATE = 0.2  # of the learning rate, for weights that are integers already
REPORTED = 100  # steps
AT_ONCE = 1 << 16  # samples that are validated together


class Training:
    """One run: networks, their running average, optimizer, and the checkpoint that resumes them bit for bit.

    ``networks`` makes them, of the hidden widths, one for each table of ``samples``.
    """

    def __init__(
        self,
        settings: Settings,
        samples: Samples,
        held: Samples,
        networks: Callable[[tuple[int, int]], SampledNetworks] = PixelNetworks,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.samples, self.held = settings, samples, held
        self.model = networks(settings.hidden)
        self.average = deepcopy(self.model).requires_grad_(False)
        self.optimizer = self._new_optimizer()
        self.step = 0

    def _new_optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.model.parameters(), self.settings.learning_rate, betas=(0.9, 0.99))

    def begin_with(self, path: Path) -> None:
        """Take the averaged weights of another run's checkpoint. Raises UsageError if it has none that fit."""
        average = _read(path)["average"]
        try:
            self.average.load_state_dict(average)
        except (RuntimeError, AttributeError) as error:
            line = str(error).partition("\n")[0]
            raise UsageError(f"cannot begin with {path}: {line:.160}") from error
        self.model.load_state_dict(average)

    def run(self, path: Path, report: Report, every: int) -> None:
        """Train to the last step; checkpoints go to ``path``. Raises FileError."""
        due = checkpoint.Due(checkpoint.SAVED_EVERY)
        seen: list[float] = []
        while self.step < self.settings.steps:
            seen.append(self.train_step())
            if self.step % REPORTED == 0:
                report({"event": "step", "step": self.step, "bits": float(np.mean(seen))})
                seen = []
            if self.step % every == 0 or self.step == self.settings.steps:
                report({"event": "validation", "step": self.step, "bits": self.validate()})
            if due():
                self.save(path)
        self.save(path)

    def rate(self) -> float:
        """Return the learning rate of the step that comes."""
        settings, floating = self.settings, self.settings.floating
        if self.step >= floating:
            return settings.learning_rate * ROUNDED_RATE * (settings.steps - self.step) / (settings.steps - floating)
        warm = warming(self.step, WARM_UP)
        return settings.learning_rate * warm * falling(self.step, floating, floating * settings.finish)

    def to_integers(self) -> None:
        """Go on with the averaged weights, as integers."""
        self.average.to_integers(self.samples.tables)
        self.model.load_state_dict(self.average.state_dict())
        self.model.grids = self.average.grids
        self.optimizer = self._new_optimizer()

    def train_step(self) -> float:
        """Make one step; returns the bits of a sample."""
        if self.step == self.settings.floating:
            self.to_integers()
        random = np.random.default_rng([self.settings.seed, self.step])
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.zero_grad()
        each = [
            self.model[number].bits(rows(table, np.sort(random.integers(0, len(table), self.settings.samples)))).mean()
            for number, table in enumerate(self.samples.tables)
            if len(table)
        ]
        loss = torch.stack(each).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.step += 1
        follow(self.average, self.model, self.step - self.settings.floating if self.model.grids else self.step)
        return float(loss.detach())

    @torch.no_grad()
    def validate(self) -> list[float]:
        """Measure the bits a sample of each table, of the samples held back, by the average."""
        return [mean_bits(self.average, number, self.held) for number in range(len(self.held.tables))]

    def described(self) -> dict[str, Any]:
        """Return the settings as a released model states them: the steps made, and the other run by its folder."""
        source = self.settings.continues
        begun = Path(source).resolve().parent.name if source else ""
        return asdict(self.settings) | {"steps": self.step, "continues": begun}

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all. Raises FileError."""
        state = {
            "settings": json.dumps(asdict(self.settings)),
            "pictures": self.samples.pictures,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "grids": self.average.grids,
        }
        checkpoint.write(path, state)

    def resume(self, path: Path) -> None:
        """Go on from ``path``. Raises UsageError if that is no checkpoint of this run."""
        state = _read(path)
        ours, theirs = json.loads(json.dumps(asdict(self.settings))), json.loads(state["settings"])
        found = sorted(key for key in ours if ours[key] != theirs.get(key))
        found += ["pictures"] if state["pictures"] != self.samples.pictures else []
        checkpoint.check_same_run(path, found)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.model.grids = self.average.grids = state["grids"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]


def _read(path: Path) -> checkpoint.State:
    return checkpoint.read(path, torch.device("cpu"), "a run that trains networks for exact pictures", KEYS)


def mean_bits(model: SampledNetworks, number: int, samples: Samples) -> float:
    """Measure the bits a sample of a table; 0 where it has none."""
    table = samples.tables[number]
    total = 0.0
    for start in range(0, len(table), AT_ONCE):
        total += float(model[number].bits(rows(table, slice(start, start + AT_ONCE))).detach().double().sum())
    return total / max(1, len(table))
