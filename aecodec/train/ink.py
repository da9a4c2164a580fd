"""The ink network in training: a pixel's chance of ink from what lies above and to the left of it.

First in floating point, then, from ``Plan.float_share`` of the time on, in the integers of
:class:`aecodec.ink.network.InkNetwork`. Batches are pixels drawn at random, mostly uncertain ones
(``aecodec.train.ink_pixels``); a few sure ones join, with the weight that makes the loss estimate all pixels' bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.arrays import Bits
from aecodec.errors import UsageError
from aecodec.ink.condition import CONDITION_INPUTS, Condition
from aecodec.ink.network import LOGIT_MAX
from aecodec.ink.window import INPUT_MAX, INPUTS, UNIT_BITS
from aecodec.train import checkpoint
from aecodec.train.exact_layers import Dense, ExactLayer
from aecodec.train.ink_pixels import Scans, split

LOG2 = math.log(2)


@dataclass(frozen=True)
class Plan:
    """What a run does; times are in seconds of training alone."""

    seconds: float
    units: tuple[int, int] = (128, 32)
    rate: float = 3e-3
    last_rate: float = 1e-5
    float_share: float = 0.6  # of the time, before the integers
    unsure: int = 4096  # pixels a batch
    sure: int = 1024
    decay: float = 1e-4
    seed: int = 1


class InkNet(nn.Module):
    """``[m, inputs]``, a pixel of ink counting 1, to the base-2 log odds of ink ``[m]``."""

    def __init__(self, inputs: int, first: int, second: int) -> None:
        super().__init__()
        self.first = Dense(inputs, first, input_max=INPUT_MAX, fraction_in=UNIT_BITS)
        self.second = Dense(first, second)
        self.third = Dense(second, 1, low=-LOGIT_MAX, high=LOGIT_MAX, fraction_out=8)
        with torch.no_grad():
            self.first.weight.mul_(0.3)  # most inputs are 0 or 1 together
            self.third.weight.mul_(0.3)

    def layers(self) -> tuple[Dense, Dense, Dense]:
        """Return them in order."""
        return self.first, self.second, self.third

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers():
            x = layer(x)
        return x[:, 0]

    def use_integers(self, fractions: Sequence[int]) -> None:
        """Switch to the run-time arithmetic, with the fractional bits of the two hidden grids."""
        self.first.fraction_out, self.second.fraction_out = fractions
        self.second.fraction_in, self.third.fraction_in = fractions
        for layer in self.layers():
            layer.integer = True

    @property
    def fractions(self) -> list[int]:
        """Fractional bits of the two hidden grids."""
        return [self.first.fraction_out, self.second.fraction_out]


class InkTrainer:
    """Trains on ``scans`` until its plan's time is spent; the state of a run can be written and resumed.

    With ``base``, the lossy pictures of these, the network is one that sees such.
    """

    def __init__(self, plan: Plan, scans: Sequence[Bits], device: torch.device, base: Condition | None = None) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.device = plan, device
        self.scans = Scans(scans, device, base)
        self.net = InkNet(self.scans.inputs, *plan.units).to(device)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=plan.rate, weight_decay=plan.decay)
        self.unsure, self.sure = split(self.scans)
        self.step, self.seconds = 0, 0.0
        self.float_share = plan.float_share

    @property
    def done(self) -> bool:
        """Whether the plan's time is spent."""
        return self.seconds >= self.plan.seconds

    @property
    def integer(self) -> bool:
        """Whether the network computes in integers."""
        return self.net.first.integer

    def run(self, seconds: float) -> float:
        """Train for so long, at most to the plan's end; returns the mean loss, in bits a scan."""
        end, total, steps = min(self.seconds + seconds, self.plan.seconds), 0.0, 0
        while self.seconds < end:
            began = time.perf_counter()
            if not self.integer and self.seconds >= self.float_share * self.plan.seconds:
                self._calibrate()
            total += self._step()
            steps += 1
            self.seconds += time.perf_counter() - began
        if self.done and not self.integer:  # a plan too short for its last phase
            self._calibrate()
        return total / max(steps, 1)

    def epochs(self) -> float:
        """Return how often an uncertain pixel has been seen."""
        return self.step * self.plan.unsure / max(len(self.unsure), 1)

    def _step(self) -> float:
        plan = self.plan
        past = min(self.seconds / plan.seconds, 1.0)
        warm = min(1.0, (self.step + 1) / 200)
        for group in self.optimizer.param_groups:
            group["lr"] = warm * (plan.last_rate + (plan.rate - plan.last_rate) * 0.5 * (1 + math.cos(math.pi * past)))
        seen, ink = self.scans.see(torch.cat([self._draw(self.unsure, plan.unsure), self._draw(self.sure, plan.sure)]))
        costs = bits(self.net(seen), ink)
        unsure, sure = costs[: plan.unsure].mean() * len(self.unsure), costs[plan.unsure :].mean() * len(self.sure)
        loss = (unsure + sure) / len(self.unsure)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        return float(loss.detach()) * len(self.unsure) / len(self.scans)

    def _draw(self, pixels: Tensor, count: int) -> Tensor:
        return pixels[torch.randint(len(pixels), (count,), device=self.device)]

    @torch.no_grad()
    def _calibrate(self) -> None:
        hidden: list[ExactLayer] = [self.net.first, self.net.second]
        for layer in hidden:
            layer.observing, layer.observed = True, 0.0
        for _ in range(20):
            self.net(self.scans.see(self._draw(self.unsure, self.plan.unsure))[0])
        for layer in hidden:
            layer.observing = False
            layer.calibrate()
        self.net.use_integers(self.net.fractions)

    @torch.no_grad()
    def validate(self, held: Scans) -> float:
        """Return bits a scan over all pixels of ``held``."""
        total = 0.0
        for start in range(0, len(held), 16):
            seen, ink = held.see(held.all_pixels(range(start, min(start + 16, len(held)))))
            total += float(bits(self.net(seen), ink).sum())
        return total / max(len(held), 1)

    def save(self, path: Path) -> None:
        """Write all that :meth:`resume` needs, whole or not at all."""
        state = {
            "ink": asdict(self.plan) | {"units": list(self.plan.units)},
            "model": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "fractions": self.net.fractions if self.integer else None,
            "step": self.step,
            "seconds": self.seconds,
            "float_share": self.float_share,
            "random": torch.get_rng_state(),
        }
        checkpoint.write(path, state)

    def resume(self, path: Path) -> None:
        """Go on from ``path``; raises UsageError if it is no checkpoint, or of another plan."""
        state = _read(path, self.device)
        ours = asdict(self.plan) | {"units": list(self.plan.units)}
        checkpoint.check_same_run(path, sorted(key for key in ours if ours[key] != state["ink"].get(key)))
        self._load(state, path)
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.float_share = state["step"], state["seconds"], state["float_share"]
        torch.set_rng_state(state["random"].cpu())

    def continue_from(self, path: Path) -> None:
        """Begin with the network of another run, in integers at once if it was; raises UsageError.

        A network that sees lossy pictures may begin with one that does not, and then begins in floating point.
        """
        state = _read(path, self.device)
        first: Tensor | None = state["model"].get("first.weight")
        if first is not None and first.shape[1] == INPUTS < self.scans.inputs:
            widened = state["model"] | {"first.weight": F.pad(first, (0, CONDITION_INPUTS))}
            state = state | {"model": widened, "fractions": None}
        self._load(state, path)

    def _load(self, state: checkpoint.State, path: Path) -> None:
        try:
            self.net.load_state_dict(state["model"])
        except RuntimeError as error:
            raise UsageError(f"{path} has a network of other sizes: {state['ink'].get('units')}") from error
        if state["fractions"] is not None:
            self.net.use_integers(state["fractions"])


def bits(logits: Tensor, ink: Tensor) -> Tensor:
    """Return what each pixel costs, from base-2 log odds."""
    return F.binary_cross_entropy_with_logits(logits * LOG2, ink, reduction="none") / LOG2


def _read(path: Path, device: torch.device) -> checkpoint.State:
    return checkpoint.read(path, device, "an ink network", {"ink", "model", "fractions"})
