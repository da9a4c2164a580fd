"""The training loop of a grid of latents: bits and weighted squared error, at all qualities at once.

The loss is bits a pixel + lambda * MSE (Ballé et al. 2017), with lambda drawn anew for every crop. Large losses of
large lambdas are weighed down, so that all qualities count alike. In the last part of a run
the learning rate falls to nothing. Training is in floats, validation in the integers of the released model.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aecodec.errors import UsageError
from aecodec.train.average import follow
from aecodec.train.checkpoint import SAVED_EVERY, Due, State, write
from aecodec.train.grid import checkpoint
from aecodec.train.grid.networks import Grid, live_channels
from aecodec.train.grid.optimizer import new_optimizer
from aecodec.train.grid.pictures import Cache
from aecodec.train.grid.rate import lambda_of
from aecodec.train.grid.settings import Settings
from aecodec.train.grid.team import Team
from aecodec.train.reports import Report
from aecodec.train.schedule import falling, warming

SIDES = (128, 192, 128, 256, 128, 192, 128, 64)  # of crops, step after step
WARM_UP = 200  # steps
HYPER_WARM_UP = 600  # steps until all bits of hyper-latents count: networks must first learn to use what they say
GREY = 8  # every so many steps one crop is made grey
VALIDATED = (10, 30, 50, 70, 90)  # qualities
LOOKED_AT = 4  # validation pictures in which channels must be above 0 to count as live
LOSS_SCALE = 0.05
REPORTED = 100  # steps


class Training:
    """One run: networks, their running average, optimizer, and the checkpoint that resumes them bit for bit."""

    def __init__(
        self,
        settings: Settings,
        pictures: Cache,
        validation: Sequence[Tensor],
        device: torch.device,
        *,
        mixed: bool = False,
        team: Team | None = None,
    ) -> None:
        torch.manual_seed(settings.seed)
        if device.type == "cuda":  # TensorFloat-32 would round latents, and quick kernels would not add up twice alike
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
            torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
        self.settings, self.pictures, self.validation, self.device = settings, pictures, validation, device
        self.team = team or Team()
        self.mixed = mixed  # bfloat16 where the device is faster with it
        self.model = Grid(settings.widths).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = deepcopy(self.model).requires_grad_(False)
        self.average.set_integer(True)
        self.optimizer = new_optimizer(self.model, settings, self.team)
        self.step = 0
        self.stopped = False

    def run(self, path: Path, report: Report, *, until: float = math.inf, every: int = 1000) -> None:
        """Train to the last step, or until so many seconds have passed; checkpoints go to ``path``."""
        began = last = time.monotonic()
        due = Due(SAVED_EVERY)
        seen: list[tuple[float, float, float]] = []
        leads = self.team.rank == 0
        while self.step < self.settings.steps:
            if leads and self.step == self.settings.finishing:
                self.save(path.with_name(checkpoint.TRUNK))
            seen.append(self.train_step(enough=time.monotonic() - began > until))
            now = time.monotonic()
            if leads and self.step % REPORTED == 0:
                loss, bpp, mse = np.mean(seen, 0).tolist()
                report(
                    {
                        "event": "step",
                        "step": self.step,
                        "loss": loss,
                        "bpp": bpp,
                        "mse": mse,
                        "speed": len(seen) / (now - last),
                    }
                )
                seen, last = [], now
            if leads and (self.step % every == 0 or self.step == self.settings.steps):
                report({"event": "validation", "step": self.step, "curve": self.validate(), "live": self.least_live()})
            if leads and due():
                self.save(path)
            if self.stopped:
                break
        if leads:
            self.save(path)

    def rate(self) -> float:
        """Return the learning rate of the step that comes."""
        settings = self.settings
        warm = warming(self.step, WARM_UP)
        return settings.learning_rate * warm * falling(self.step, settings.steps, settings.steps - settings.finishing)

    def train_step(self, *, enough: bool = False) -> tuple[float, float, float]:
        """Make one step; returns its loss, bits a pixel, and MSE (samples 0..255).

        All stop behind one of which one had enough.
        """
        random = np.random.default_rng([self.settings.seed, self.step, self.team.rank])
        side = SIDES[self.step % len(SIDES)]
        count = max(1, self.settings.pixels // self.team.size // side**2)
        crops = self.pictures.crops(count, side, random)
        quality = torch.from_numpy((random.permutation(count) + random.random(count)) * (100 / count)).float()
        if self.step % GREY == 0:
            crops[:1] = crops[:1, :, :, 1:2]
        noise = torch.Generator(self.device).manual_seed(int(random.integers(1 << 62)))
        pixels, quality = pixels_of(crops.to(self.device)), quality.to(self.device)
        self.optimizer.rate(self.rate())
        self.optimizer.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            seen = self.model(pixels, quality, noise)
        bits, hyper_bits = seen.bits.float() / side**2, seen.hyper_bits.float() / side**2
        mse = ((seen.pixels.float() - pixels) * 128).square().mean((1, 2, 3))
        weight = lambda_of(quality)
        counted = bits + warming(self.step, HYPER_WARM_UP) * hyper_bits
        loss = ((counted + weight * mse) * weight.rsqrt()).mean() * LOSS_SCALE
        loss.backward()
        gradients = [each.grad for each in self.model.parameters() if each.grad is not None]
        self.stopped = self.team.sum(gradients, float(enough)) > 0
        torch._foreach_div_(gradients, self.team.size)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.model.hold()
        self.step += 1
        follow(self.average, self.model, self.step)
        return loss.item(), (bits + hyper_bits).mean().item(), mse.mean().item()

    @torch.no_grad()
    def validate(self) -> list[dict[str, float]]:
        """Measure bits a pixel and PSNR in the integers of the released model, averaged over validation pictures."""
        return [measure(self.average, self.validation, quality, self.device) for quality in VALIDATED]

    @torch.no_grad()
    def least_live(self) -> dict[str, float | str]:
        """Find the layer with the smallest share of channels that are above 0 anywhere, and that share, in a few
        validation pictures at the middle quality.

        A layer of which nothing is left no longer tells those behind it anything.
        """
        with live_channels(self.average) as seen:
            measure(self.average, self.validation[:LOOKED_AT], VALIDATED[len(VALIDATED) // 2], self.device)
        shares = {name: float(channels.float().mean()) for name, channels in seen.items()}
        least = min(shares, key=lambda name: shares[name])
        return {"layer": least, "share": shares[least]}

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all. Raises FileError."""
        state = {
            "settings": json.dumps(asdict(self.settings)),
            "pictures": self.pictures.sha256,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "mixed": self.mixed,
        }
        write(path, state)

    def resume(self, path: Path) -> None:
        """Go on from ``path``. Raises UsageError if that is no checkpoint of this run."""
        state = checkpoint.read(path, self.device)
        checkpoint.check_same_run(state, path, self.settings, self.pictures.sha256)
        self.load(state)

    def load(self, state: State) -> None:
        """Go on from a state of this run. Raises UsageError if it is one of other networks, as older versions had."""
        if state["model"].keys() != self.model.state_dict().keys():
            raise UsageError("the checkpoint is of the networks of another version; begin anew, or with a model file")
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.model.hold()
        self.average.hold()
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]


def pixels_of(samples: Tensor) -> Tensor:
    """Turn uint8 ``[B, H, W, 3]`` to what the networks take, ``[B, 3, H, W]``."""
    return ((samples.float() - 128) / 128).permute(0, 3, 1, 2)


@torch.no_grad()
def measure(model: Grid, pictures: Sequence[Tensor], quality: int, device: torch.device) -> dict[str, float]:
    """Measure bits a pixel and PSNR in dB, averaged over ``pictures``.

    They are uint8 ``[H, W, 3]``, with sides that are multiples of 16.
    """
    found = []
    for picture in pictures:
        pixels = pixels_of(picture[None].to(device)).contiguous(memory_format=torch.channels_last)
        seen = model(pixels, torch.full((1,), float(quality), device=device))
        grey = (seen.pixels * 128 + 128).clamp(0, 255).round() - (pixels * 128 + 128)
        mse = grey.square().mean().item()
        bits = (seen.bits + seen.hyper_bits).item() / (picture.shape[0] * picture.shape[1])
        found.append((bits, -10 * math.log10(max(mse, 1e-3) / 255**2), mse))
    bpp, psnr, mse = np.mean(found, 0).tolist()
    weight = lambda_of(torch.tensor(float(quality))).item()
    return {"quality": quality, "bpp": bpp, "psnr": psnr, "loss": (bpp + weight * mse) * weight**-0.5}
