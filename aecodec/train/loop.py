"""The training loop: joint rate and distortion, first in float, then in integers.

The loss is bits + lambda * MSE (Ballé et al. 2017). A controller moves lambda so
that the distortion on the validation split stays at a target while the rate falls.
Three phases: *factorized*, with one table a latent; *context*, with the autoregressive
prior over the latents that turned out to be in use; *integer*, with frequency tables
cut to the symbols in use, in the run-time arithmetic.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.networks import Autoencoder
from aecodec.train.prune import Ranges, count_symbols, measure_ranges, pruned

Report = Callable[[dict[str, Any]], None]

PHASES = ("factorized", "context", "integer")
CONTROL_GAIN = 0.004  # change of log lambda a step for each unit of log(MSE / target)
LINEAR_SHARE = 0.03  # of the learning rate; the linear synthesis' weights are as much smaller
TABLES_SHARE = 10.0  # logits move over whole bits
MOST_IN_USE = 128  # latents that carry most of the rate of the largest models
CHECK_GREY = (256 / 255) ** 2  # the networks' grid is q/256, figures are on q/255


def pick_device(name: str) -> torch.device:
    """``auto`` prefers CUDA, then MPS, then the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class Training:
    """One run: model, optimizer, controller, and the checkpoint that resumes them bit-exactly."""

    def __init__(self, settings: Settings, pictures: Pictures, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.pictures, self.device = settings, pictures, device
        self.phase = 0
        self.pruning: list[Ranges] = []  # one for each phase that has ended
        self.model = self._place(self._new_model())
        self.model.prior.factorized = True
        self.step = 0
        # n latents in use leave a distortion of n / (2 ln 2 lambda) by quantization. Begin where that is the
        # share of the target which small models, limited by their transforms, and large ones come to.
        in_use = min(settings.latent_dim, MOST_IN_USE)
        share = min(0.9, max(0.06, settings.latent_dim / MOST_IN_USE))
        self.log_lambda = math.log(in_use / (2 * math.log(2) * settings.target * share))
        self.log_lambda_top = self.log_lambda + math.log(4.0)
        self.average_mse = 0.0
        self.goal = settings.target
        batches = max(1, len(pictures.training) // settings.batch_size)
        self.batches = batches
        self.steps = max(2, round(settings.epochs * batches))
        context = round(self.steps * (1 - settings.integer_share - settings.context_share))
        integer = round(self.steps * (1 - settings.integer_share))
        self.phase_ends = (max(1, context), max(2, integer), self.steps)
        step = math.sqrt(12 * math.prod(pictures.size) * settings.target * share / in_use)
        sample = pictures.training[:20_000].float() / 256
        self.model.begin_linear(sample, max(1.0, 1 / step))
        self.model.prior.fit_tables(count_symbols(self.model, pictures.training[:20_000]))
        self.optimizer = self._new_optimizer()
        self._order: tuple[int, Tensor] | None = None

    def _new_model(self) -> Autoencoder:
        s = self.settings
        height, width = self.pictures.size
        return Autoencoder(
            height,
            width,
            s.latent_dim,
            analysis_channels=s.analysis[0],
            synthesis_channels=s.synthesis_channels,
            analysis_hidden=s.analysis[1],
            synthesis_hidden=s.synthesis_width,
            radius=s.radius,
            prior_units=s.prior_units,
        )

    def _place(self, model: Autoencoder) -> Autoencoder:
        placed: Autoencoder = model.to(self.device).to(memory_format=torch.channels_last)
        return placed

    def _new_optimizer(self) -> torch.optim.Optimizer:
        linear, tables = self.model.synthesis.linear.weight, self.model.prior.head.bias
        rest = [each for each in self.model.parameters() if each is not linear and each is not tables]
        groups = [
            {"params": rest, "share": 1.0},
            {"params": [linear], "share": LINEAR_SHARE},
            {"params": [tables], "share": TABLES_SHARE},
        ]
        return torch.optim.AdamW(
            groups,
            self.settings.learning_rate,
            betas=(0.9, 0.995),
            weight_decay=1e-4,
            fused=self.device.type != "mps",
        )

    # --- one step -------------------------------------------------------------

    def run(self, checkpoint: Path, report: Report, *, every: float = 60.0, until: int | None = None) -> Autoencoder:
        """Train to the end, or to step ``until``; save ``checkpoint`` every so many seconds and at the last."""
        saved = time.monotonic()
        while self.step < (self.steps if until is None else until):
            if self.step == self.phase_ends[self.phase]:
                self._next_phase()
                self.save(checkpoint)
            bits, mse = self._train_step()
            end_of_epoch = self.step % self.batches == 0 or self.step == self.steps
            if end_of_epoch:
                report(self._evaluate() | {"event": "epoch"})
            elif self.step % 25 == 0:
                report({"event": "step", "step": self.step, "steps": self.steps, "bits": bits, "mse": mse})
            if time.monotonic() - saved > every:
                self.save(checkpoint)
                saved = time.monotonic()
        self.save(checkpoint)
        return self.model

    def _train_step(self) -> tuple[float, float]:
        batch = self._batch().float() / 256
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate() * group["share"]
        self.model.train()
        mixed = PHASES[self.phase] != "integer" and self.device.type != "mps"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=mixed):
            decoded, bits = self.model(batch)
        mse = (decoded - batch).square().mean() * CHECK_GREY
        rate = bits.sum(1).mean()
        slope = math.exp(self.log_lambda)
        loss = mse / self.settings.target + rate / (slope * self.settings.target)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self._control(mse.item())
        return rate.item(), mse.item()

    def _batch(self) -> Tensor:
        epoch, place = divmod(self.step, self.batches)
        if self._order is None or self._order[0] != epoch:
            generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + epoch)
            order = torch.randperm(len(self.pictures.training), generator=generator)
            self._order = (epoch, order.to(self.device))
        size = self.settings.batch_size
        return self.pictures.training[self._order[1][place * size : (place + 1) * size]]

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.step + 1) / 200)
        cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.steps))
        return self.settings.learning_rate * warm * max(cosine, 0.003)

    def _control(self, mse: float) -> None:
        share = 0.01 if self.average_mse else 1.0
        self.average_mse += share * (mse - self.average_mse)
        cooling = 1 + 0.4 * (1 + math.cos(math.pi * self.step / self.steps)) / 2  # noise of a high rate
        error = max(-1.0, min(1.0, math.log(self.average_mse / (self.goal * cooling))))
        if error > 0 and self.step < self.steps // 5:
            return  # the networks are still settling
        self.log_lambda = min(self.log_lambda_top, max(0.0, self.log_lambda + CONTROL_GAIN * error))

    @torch.no_grad()
    def _evaluate(self) -> dict[str, Any]:
        """Hard symbols on the validation split; moves the controller's goal by the gap seen there."""
        self.model.eval()
        squared, bits, count = 0.0, 0.0, 0
        for batch in torch.split(self.pictures.validation, 500):
            decoded, rate = self.model.code(batch.float() / 256)
            grey = torch.floor(decoded * 256 + 0.5)
            squared += (grey - batch.float()).square().mean().item() / 255**2 * len(batch)
            bits += rate.sum().item()
            count += len(batch)
        mse = squared / count
        gap = min(1.5, max(0.8, mse / self.average_mse))
        self.goal += 0.5 * (self.settings.target / gap - self.goal)
        return {
            "step": self.step,
            "steps": self.steps,
            "phase": PHASES[self.phase],
            "latents": self.model.prior.latents,
            "validation_mse": mse,
            "validation_bits": bits / count,
            "training_mse": self.average_mse,
            "lambda": math.exp(self.log_lambda),
        }

    # --- phases and checkpoints -------------------------------------------------

    @torch.no_grad()
    def _next_phase(self) -> None:
        self.model.eval()
        self.model.prior.factorized = False
        to_integer = PHASES[self.phase + 1] == "integer"
        self.model.set_observing(to_integer)
        counts = count_symbols(self.model, self.pictures.training)
        self.model.set_observing(False)
        ranges = measure_ranges(counts)
        if not to_integer:
            self.model.prior.fit_tables(counts)
        if to_integer:
            self.model.to_integer()
        self._enter(ranges)

    def _enter(self, ranges: Ranges) -> None:
        """Rebuild the model for the next phase; its weights may be loaded afterwards."""
        self.pruning.append(ranges)
        self.phase += 1
        self.model.prior.factorized = False
        integer = PHASES[self.phase] == "integer"
        self.model.set_integer(integer)
        self.model = self._place(pruned(self.model, ranges, cut_tables=integer))
        self.optimizer = self._new_optimizer()

    def save(self, path: Path) -> None:
        """Write the checkpoint whole or not at all."""
        fractions = [[layer.fraction_out for layer in chain] for chain in self.model.chains()]
        state = {
            "settings": self.settings.model_dump_json(),
            "pictures": self.pictures.sha256,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "pruning": [ranges.as_lists() for ranges in self.pruning],
            "fractions": fractions,
            "step": self.step,
            "log_lambda": self.log_lambda,
            "average_mse": self.average_mse,
            "goal": self.goal,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        torch.save(state, part)
        os.replace(part, path)

    def resume(self, path: Path) -> None:
        """Continue from ``path``. Raises ValueError where it belongs to another run."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        ours = json.loads(self.settings.model_dump_json())
        theirs = json.loads(state["settings"])
        machine = {"device", "threads", "data_dir"}  # may change without changing the run
        differing = sorted(k for k in ours if k not in machine and ours[k] != theirs.get(k))
        if differing or state["pictures"] != self.pictures.sha256:
            what = ", ".join(differing) or "the pictures"
            raise ValueError(f"checkpoint {path} is of another run: {what} differ(s)")
        for lists in state["pruning"]:
            self._enter(Ranges.from_lists(lists))
        if PHASES[self.phase] == "integer":
            self.model.set_fractions(state["fractions"])
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.log_lambda = state["step"], state["log_lambda"]
        self.average_mse, self.goal = state["average_mse"], state["goal"]
