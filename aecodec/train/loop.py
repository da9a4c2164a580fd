"""The training loop: joint rate and distortion, phase after phase.

The loss is bits + lambda * MSE (Ballé et al. 2017). A controller moves lambda so that the distortion on the validation
split stays at a target while the rate falls. What is learned, and on which symbols, is the phases' (:mod:`.phases`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from aecodec.errors import UsageError
from aecodec.train import checkpoint
from aecodec.train.config import Settings
from aecodec.train.control import RateControl
from aecodec.train.data import Order, Pictures
from aecodec.train.networks import Autoencoder
from aecodec.train.optimizer import new_optimizer
from aecodec.train.phases import PHASES, Integer, Phase
from aecodec.train.prune import Ranges
from aecodec.train.reports import Event, Report
from aecodec.train.schedule import Schedule, phase_ends
from aecodec.train.state import RunState

KEYS = {"settings", "pool", "pruning", "model"}
POOL = "the pictures or their warped copies"
REPORTED = 25  # steps


class Training(RunState):
    """One run: its state, phase, optimizer, and the checkpoint that resumes them bit-exactly."""

    def __init__(
        self, settings: Settings, pictures: Pictures, device: torch.device, phases: Sequence[Phase] = PHASES
    ) -> None:
        super().__init__(settings, pictures, device)
        self.pool_sha256 = hashlib.sha256(self.pool.cpu().numpy().tobytes()).hexdigest()
        self.order = Order(len(self.pool), settings.batch_size, settings.seed, device)
        steps = max(len(phases), round(settings.epochs * self.order.batches))
        self.phases, self._number = phases, 0
        self.schedule = Schedule(phase_ends(steps, settings.phase_shares), tuple(each.name for each in phases))
        self.pruning: list[Ranges] = []  # one for each phase that dropped something
        self.phase.begin(self)
        self.optimizer = self._new_optimizer()

    @property
    def phase(self) -> Phase:
        """The one that the run is in."""
        return self.phases[self._number]

    @property
    def steps(self) -> int:
        """The steps of the whole run."""
        return self.schedule.steps

    # --- one step -------------------------------------------------------------

    def run(self, path: Path, report: Report, *, every: float = 60.0, until: int | None = None) -> Autoencoder:
        """Train to the end, or to step ``until``; save to ``path`` every so many seconds and at the last."""
        due = checkpoint.Due(every)
        while self.step < (self.steps if until is None else until):
            if self.step == self.schedule.end(self.phase.name):
                self.next_phase()
                self.save(path)
            bits, mse = self.train_step()
            end_of_epoch = self.step % self.order.batches == 0 or self.step == self.steps
            if end_of_epoch:
                report(self.evaluate() | {"event": "epoch"})
            elif self.step % REPORTED == 0:
                report({"event": "step", "step": self.step, "steps": self.steps, "bits": bits, "mse": mse})
            if due():
                self.save(path)
        self.save(path)
        return self.model

    def train_step(self) -> tuple[float, float]:
        """Make one step; bits a picture and MSE of its batch."""
        chosen = self.order.batch(self.step)
        pixels = self.pool[chosen].float() / 256
        rate = self.settings.learning_rate * self.schedule.rate(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        self.model.train()
        self.optimizer.zero_grad()
        with self.model.holding():
            bits, mse = self.phase.loss(self, chosen, pixels)
        torch.nn.utils.clip_grad_norm_(self.phase.learning(self.model), 1.0)
        self.optimizer.step()
        self.step += 1
        if self.phase.holds_target:
            self.control.see(
                mse, cooling=self.schedule.cooling(self.step), settling=self.schedule.is_settling(self.step)
            )
        return bits, mse

    @torch.no_grad()
    def evaluate(self) -> Event:
        """Measure hard symbols on the validation split, and move the controller's goal by the gap seen there."""
        self.model.eval()
        with self.model.holding():
            mse, bits = self.phase.measure(self)
        if self.phase.holds_target:
            self.control.validate(mse)
        return {
            "step": self.step,
            "steps": self.steps,
            "phase": self.phase.name,
            "latents": self.model.prior.latents,
            "validation_mse": mse,
            "validation_bits": bits,
            "training_mse": self.control.average,
            "lambda": self.control.lmbda,
        }

    # --- phases and checkpoints -------------------------------------------------

    @torch.no_grad()
    def next_phase(self) -> None:
        """Let the phase that comes take over."""
        self.model.eval()
        self._enter(self.phases[self._number + 1].begin(self))

    def _enter(self, kept: Ranges | None) -> None:
        """Rebuild the model for the phase that comes; its weights may be loaded afterwards."""
        self._number += 1
        if kept is not None:
            self.pruning.append(kept)
        self.phase.rebuild(self, kept)
        self.model = self.place(self.model)
        self.optimizer = self._new_optimizer()

    def _new_optimizer(self) -> torch.optim.Optimizer:
        return new_optimizer(self.model, self.phase.learning(self.model), self.settings)

    def save(self, path: Path) -> None:
        """Write the checkpoint."""
        fractions = [[layer.fraction_out for layer in chain] for chain in self.model.chains()]
        state = {
            "settings": self.settings.model_dump_json(),
            "pool": self.pool_sha256,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "phase": self._number,
            "pruning": [ranges.as_lists() for ranges in self.pruning],
            "fractions": fractions,
            "step": self.step,
            "control": self.control.state(),
            "symbols": self.symbols,
            "held_out": self.held_out,
            "curvature": self.curvature,
            "mixed": self.mixed,
        }
        checkpoint.write(path, state)

    def resume(self, path: Path) -> None:
        """Continue from ``path``. Raises UsageError if it is no checkpoint, or belongs to another run."""
        state = self._read(path)
        found = self.settings.differing(json.loads(state["settings"]))
        checkpoint.check_same_run(path, [*found, *([] if state["pool"] == self.pool_sha256 else [POOL])])
        self._mixed = state.get("mixed", True)  # a second trial might say something else
        self._restore(state, [Ranges.from_lists(lists) for lists in state["pruning"]])
        while self._number < state["phase"]:
            self._enter(None)
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]

    def continue_from(self, path: Path) -> None:
        """Begin at the integer phase with the networks and symbols of another run, whose target may be another.

        Raises UsageError if that run has other pictures or networks, or has not come so far.
        """
        state = self._read(path)
        if state["pool"] != self.pool_sha256:
            raise UsageError(f"{path} is of a run that cannot be continued here: {POOL} differ")
        pruning = [Ranges.from_lists(lists) for lists in state["pruning"]]
        first = self.schedule.names.index(Integer.name)
        if len(pruning) < first:
            raise UsageError(f"{path} has not reached the integer phase; let that run go on first")
        used = len(pruning[0].active)
        if used > self.settings.latent_dim:
            raise UsageError(f"{path} uses {used} latents, latent_dim is {self.settings.latent_dim}")
        pruning[0] = replace(pruning[0], active=list(range(used)))  # of ours, whose weights are replaced anyway
        try:
            self._restore(state, pruning)
        except (RuntimeError, ValueError) as error:  # other shapes, or another number of layers
            raise UsageError(f"{path} has other networks: choose a latent_dim with the same, or begin anew") from error
        self.control.aim(self.settings.search_target)
        self.step = self.schedule.ends[first - 1]

    def _read(self, path: Path) -> checkpoint.State:
        return checkpoint.read(path, self.device, "a run that trains tiles", KEYS)

    def _restore(self, state: checkpoint.State, pruning: list[Ranges]) -> None:
        for ranges in pruning:
            self._enter(ranges)
        if self.model.integer:
            self.model.set_fractions(state["fractions"])
        self.model.load_state_dict(state["model"])
        self.control = RateControl(**state["control"])
        self.symbols, self.held_out, self.curvature = state["symbols"], state["held_out"], state["curvature"]
