"""What a run has come to: its pictures, networks, searched symbols, and the controller of lambda."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy

import torch

from aecodec.train.augment import enough_copies, warped
from aecodec.train.begin import first_lambda, new_model
from aecodec.train.config import Settings
from aecodec.train.control import RateControl
from aecodec.train.data import Pictures
from aecodec.train.networks import Autoencoder
from aecodec.train.precision import prefers_bfloat16
from aecodec.train.prune import Ranges


class RunState:
    """All that a phase works on.

    ``pool`` is what is trained on, the pictures and their warped copies, uint8 ``[N, 1, H, W]``. ``symbols`` are
    theirs, int8 ``[N, latents]``, ``held_out`` those of pictures of the validation split, and ``curvature``
    ``[latents]`` is what :func:`aecodec.train.searched.improve` takes; all three are empty until the search begins.
    """

    def __init__(self, settings: Settings, pictures: Pictures, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.pictures, self.device = settings, pictures, device
        self.copies = enough_copies(len(pictures.training)) if settings.copies is None else settings.copies
        self.pool = torch.cat([pictures.training, warped(pictures.training, self.copies, settings.seed)])
        self.model = self.place(new_model(settings, pictures))
        self.control = RateControl(math.log(first_lambda(settings)), settings.target)
        self.step = 0
        self._mixed: bool | None = None  # not known yet
        self.symbols, self.held_out = torch.empty(0, dtype=torch.int8), torch.empty(0, dtype=torch.int8)
        self.curvature = torch.empty(0)

    @property
    def scale(self) -> float:
        """Factor of the objective, bits + lambda * MSE, so that gradients are of a like size in every run."""
        return 1 / (self.control.lmbda * self.settings.target)

    @property
    def mixed(self) -> bool:
        """Whether networks compute in bfloat16 where they may: where that is quicker, which is tried once a run."""
        if self._mixed is None:
            asked = self.settings.precision
            with torch.random.fork_rng():  # what is drawn later does not depend on a trial
                quicker = asked == "auto" and self.device.type != "mps" and prefers_bfloat16(self._trial(), self.device)
            self._mixed = asked == "bfloat16" or quicker
        return self._mixed

    def _trial(self) -> Callable[[], None]:
        """Return what goes forward and back over a batch, without a change to the model."""
        own = deepcopy(self.model)
        pixels = self.pool[: self.settings.batch_size].float() / 256

        def step() -> None:
            decoded, bits = own(pixels)
            (bits.sum(1).mean() + (decoded - pixels).square().mean()).backward()
            own.zero_grad()

        return step

    def place(self, model: Autoencoder) -> Autoencoder:
        """Move ``model`` to the run's device, in the layout that convolutions are quick in."""
        placed: Autoencoder = model.to(self.device).to(memory_format=torch.channels_last)
        return placed

    def signs(self) -> torch.Generator:
        """Return the random numbers of this step's :func:`aecodec.train.searched.probe`."""
        return torch.Generator(self.device).manual_seed(self.step)

    def keep_symbols(self, kept: Ranges) -> None:
        """Drop the symbols of latents that are no longer in use, and clip the others to their tables."""
        low, high = (torch.tensor(n, dtype=torch.int8, device=self.device) for n in (kept.low, kept.high))
        self.symbols = self.symbols[:, kept.active].clamp(low, high)
        self.held_out = self.held_out[:, kept.active].clamp(low, high)
        self.curvature = self.curvature[kept.active]
