"""The training loop: joint rate and distortion, first in float, then in integers.

The loss is bits + lambda * MSE (Ballé et al. 2017). A controller moves lambda so
that the distortion on the validation split stays at a target while the rate falls. Five phases:

*factorized*  analysis, synthesis, one frequency table a latent
*context*     the same with the autoregressive prior, over the latents that turned out to be in use
*searched*    every picture's symbols are its own and are searched for; synthesis and prior follow
*integer*     the same in the run-time arithmetic, with frequency tables cut to the symbols in use
*analysis*    the analysis transform alone learns to feed what has become of the others
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aecodec.train import checkpoint
from aecodec.train.augment import enough_copies, warped
from aecodec.train.begin import begin, first_lambda, new_model
from aecodec.train.config import Settings
from aecodec.train.control import RateControl
from aecodec.train.data import Order, Pictures
from aecodec.train.networks import CHECK_GREY, Autoencoder
from aecodec.train.optimizer import learning, new_optimizer
from aecodec.train.prune import (
    MOSTLY_ZERO,
    OBSERVED,
    SEARCHED_ZERO,
    Ranges,
    count_symbols,
    hard_symbols,
    measure_ranges,
    observe,
    pruned,
)
from aecodec.train.schedule import PHASES, SEARCHING, Schedule, phase_ends
from aecodec.train.searched import PROBE_SHARE, improve, probe, view
from aecodec.train.step_chains import SHARE, deepen
from aecodec.train.validate import measure_analysed, measure_searched

Report = Callable[[dict[str, Any]], None]

PROBED = 8  # every so many steps the curvature is estimated again
HELD_OUT = 1_000  # pictures of the validation split whose symbols are searched for as well


class Training:
    """One run: model, optimizer, controller, and the checkpoint that resumes them bit-exactly."""

    def __init__(self, settings: Settings, pictures: Pictures, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.pictures, self.device = settings, pictures, device
        self.copies = enough_copies(len(pictures.training)) if settings.copies is None else settings.copies
        self.pool = torch.cat([pictures.training, warped(pictures.training, self.copies, settings.seed)])
        self.pool_sha256 = hashlib.sha256(self.pool.cpu().numpy().tobytes()).hexdigest()
        self.phase = 0
        self.pruning: list[Ranges] = []  # one for each phase that dropped something
        self.model = self._place(new_model(settings, pictures))
        begin(self.model, settings, pictures)
        self.step = 0
        self.control = RateControl(math.log(first_lambda(settings)), settings.target)
        self.order = Order(len(self.pool), settings.batch_size, settings.seed, device)
        steps = max(len(PHASES), round(settings.epochs * self.order.batches))
        self.schedule = Schedule(phase_ends(steps, settings.phase_shares))
        self.optimizer = new_optimizer(self.model, self.phase_name, settings)
        # While searching: symbols of the pictures, int8 [N, latents], and see improve().
        self.symbols, self.held_out = torch.empty(0, dtype=torch.int8), torch.empty(0, dtype=torch.int8)
        self.curvature = torch.empty(0)

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return self.schedule.steps

    @property
    def phase_name(self) -> str:
        """One of ``PHASES``."""
        return PHASES[self.phase]

    def _place(self, model: Autoencoder) -> Autoencoder:
        placed: Autoencoder = model.to(self.device).to(memory_format=torch.channels_last)
        return placed

    # --- one step -------------------------------------------------------------

    def run(self, path: Path, report: Report, *, every: float = 60.0, until: int | None = None) -> Autoencoder:
        """Train to the end, or to step ``until``; save to ``path`` every so many seconds and at the last."""
        saved = time.monotonic()
        while self.step < (self.steps if until is None else until):
            if self.step == self.schedule.ends[self.phase]:
                self._next_phase()
                self.save(path)
            bits, mse = self._train_step()
            end_of_epoch = self.step % self.order.batches == 0 or self.step == self.steps
            if end_of_epoch:
                report(self._evaluate() | {"event": "epoch"})
            elif self.step % 25 == 0:
                report({"event": "step", "step": self.step, "steps": self.steps, "bits": bits, "mse": mse})
            if time.monotonic() - saved > every:
                self.save(path)
                saved = time.monotonic()
        self.save(path)
        return self.model

    def _train_step(self) -> tuple[float, float]:
        chosen = self.order.batch(self.step)
        pixels = self.pool[chosen].float() / 256
        rate = self.settings.learning_rate * self.schedule.rate(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        self.model.train()
        self.optimizer.zero_grad()
        searching = self.phase_name in SEARCHING
        with self.model.holding():
            bits, mse = self._searched_loss(chosen, pixels) if searching else self._transform_loss(pixels)
        torch.nn.utils.clip_grad_norm_(learning(self.model, self.phase_name), 1.0)
        self.optimizer.step()
        self.step += 1
        if self.phase_name != "analysis":
            self.control.see(
                mse, cooling=self.schedule.cooling(self.step), settling=self.schedule.is_settling(self.step)
            )
        return bits, mse

    @property
    def _scale(self) -> float:
        """Of the objective, bits and lambda times MSE, so that gradients are of a like size in every run."""
        return 1 / (self.control.slope * self.settings.target)

    @property
    def _is_mixed(self) -> bool:
        return self.device.type != "mps"

    def _transform_loss(self, pixels: Tensor) -> tuple[float, float]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._is_mixed):
            decoded, bits = self.model(pixels)
        mse = (decoded - pixels).square().mean() * CHECK_GREY
        rate = bits.sum(1).mean()
        ((rate + self.control.slope * mse) * self._scale).backward()
        return rate.item(), mse.item()

    def _searched_loss(self, chosen: Tensor, pixels: Tensor) -> tuple[float, float]:
        symbols, slope = self.symbols[chosen], self.control.slope
        if self.step % PROBED == 0:
            signs = torch.Generator(self.device).manual_seed(self.step)
            probed = probe(self.model, symbols, self._is_mixed, signs)
            self.curvature = torch.lerp(self.curvature, probed, PROBE_SHARE)
        seen = view(self.model, pixels, symbols, slope, scale=self._scale, mixed=self._is_mixed)
        visit = improve(self.model, pixels, seen, self.curvature, slope, mixed=self._is_mixed)
        self.symbols[chosen] = visit.symbols
        part = slice(self.step % min(SHARE, len(chosen)), None, SHARE)
        better = deepen(self.model, pixels[part], visit.symbols[part], self.curvature, slope, mixed=self._is_mixed)
        self.symbols[chosen[part]] = better.to(torch.int8)
        return visit.bits, visit.mse

    @torch.no_grad()
    def _evaluate(self) -> dict[str, Any]:
        """Hard symbols on the validation split; moves the controller's goal by the gap seen there."""
        self.model.eval()
        searching = self.phase_name in SEARCHING
        with self.model.holding():
            if searching:
                pictures = self.pictures.validation[:HELD_OUT]
                mse, bits = measure_searched(
                    self.model, pictures, self.held_out, self.curvature, self.control.slope, mixed=self._is_mixed
                )
            else:
                mse, bits = measure_analysed(self.model, self.pictures.validation)
        if self.phase_name != "analysis":
            self.control.validate(mse)
        return {
            "step": self.step,
            "steps": self.steps,
            "phase": self.phase_name,
            "latents": self.model.prior.latents,
            "validation_mse": mse,
            "validation_bits": bits,
            "training_mse": self.control.average,
            "lambda": self.control.slope,
        }

    # --- phases and checkpoints -------------------------------------------------

    @torch.no_grad()
    def _next_phase(self) -> None:
        self.model.eval()
        self.model.prior.factorized = False
        coming = PHASES[self.phase + 1]
        if coming == "analysis":
            self._enter(None)
            return
        searched = self.phase_name in SEARCHING
        symbols = self.symbols if searched else hard_symbols(self.model, self.pool)
        counts = count_symbols(symbols[: len(self.pictures.training)], self.model.prior.radius)
        zeros = MOSTLY_ZERO if coming == "context" else SEARCHED_ZERO
        ranges = measure_ranges(counts, mostly_zero=zeros, cut=coming != "context")
        if coming == "context":
            self.model.prior.fit_tables(counts)
        if coming == "searched":
            self.held_out = hard_symbols(self.model, self.pictures.validation[:HELD_OUT])
            signs = torch.Generator(self.device).manual_seed(self.step)
            with torch.enable_grad():
                self.curvature = probe(self.model, symbols[:OBSERVED], self._is_mixed, signs)
            self.control.aim(self.settings.search_target)
        if coming == "integer":
            observe(self.model, self.pool, symbols)
            self.model.to_integer()
        if coming != "context":
            self.symbols = symbols
            self._keep_symbols(ranges)
        self._enter(ranges)

    def _keep_symbols(self, ranges: Ranges) -> None:
        low, high = (torch.tensor(n, dtype=torch.int8, device=self.device) for n in (ranges.low, ranges.high))
        self.symbols = self.symbols[:, ranges.active].clamp(low, high)
        self.held_out = self.held_out[:, ranges.active].clamp(low, high)
        self.curvature = self.curvature[ranges.active]

    def _enter(self, ranges: Ranges | None) -> None:
        """Rebuild the model for the next phase; its weights may be loaded afterwards."""
        self.phase += 1
        self.model.prior.factorized = False
        if ranges is not None:
            self.pruning.append(ranges)
            self.model.set_integer(self.phase_name == "integer")
            self.model = pruned(self.model, ranges)
            if self.phase_name == "context":
                units = self.settings.prior_units(self.model.prior.latents)
                self.model.prior = self.model.prior.with_units(*units)
            self.model = self._place(self.model)
        self.optimizer = new_optimizer(self.model, self.phase_name, self.settings)

    def save(self, path: Path) -> None:
        """Write the checkpoint."""
        fractions = [[layer.fraction_out for layer in chain] for chain in self.model.chains()]
        state = {
            "settings": self.settings.model_dump_json(),
            "pool": self.pool_sha256,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "phase": self.phase,
            "pruning": [ranges.as_lists() for ranges in self.pruning],
            "fractions": fractions,
            "step": self.step,
            "control": self.control.state(),
            "symbols": self.symbols,
            "held_out": self.held_out,
            "curvature": self.curvature,
        }
        checkpoint.write(path, state)

    def resume(self, path: Path) -> None:
        """Continue from ``path``. Raises ValueError where it belongs to another run."""
        state = checkpoint.read(path, self.device)
        checkpoint.check_same_run(state, path, self.settings, self.pool_sha256)
        self._restore(state, [Ranges.from_lists(lists) for lists in state["pruning"]])
        while self.phase < state["phase"]:
            self._enter(None)
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]

    def continue_from(self, path: Path) -> None:
        """Begin at the integer phase with the networks and symbols of another run, whose target may be another.

        Raises ValueError where that run has other pictures or networks, or has not come so far.
        """
        state = checkpoint.read(path, self.device)
        checkpoint.check_same_pool(state, path, self.pool_sha256)
        pruning = [Ranges.from_lists(lists) for lists in state["pruning"]]
        if len(pruning) < PHASES.index("integer"):
            raise ValueError(f"{path} has not come to the integer phase; let that run go on first")
        used = len(pruning[0].active)
        if used > self.settings.latent_dim:
            raise ValueError(f"{path} uses {used} latents, latent_dim is {self.settings.latent_dim}")
        pruning[0] = replace(pruning[0], active=list(range(used)))  # of ours, whose weights are replaced anyway
        try:
            self._restore(state, pruning)
        except (RuntimeError, ValueError) as error:  # other shapes, or another number of layers
            raise ValueError(f"{path} has other networks: choose a latent_dim with the same, or begin anew") from error
        self.control.aim(self.settings.search_target)
        self.step = self.schedule.end("searched")

    def _restore(self, state: checkpoint.State, pruning: list[Ranges]) -> None:
        for ranges in pruning:
            self._enter(ranges)
        if PHASES.index("integer") <= self.phase:
            self.model.set_fractions(state["fractions"])
        self.model.load_state_dict(state["model"])
        self.control = RateControl(**state["control"])
        self.symbols, self.held_out, self.curvature = state["symbols"], state["held_out"], state["curvature"]
