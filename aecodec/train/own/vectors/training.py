"""A small vector model learns for as long as it is given, at one point between bits and error.

First all its networks together, on the symbols that analysis gives. Then, in the arithmetic of the file, synthesis and
prior on symbols that every picture has for itself, which are searched for as the encoder searches (see
:mod:`aecodec.train.searched`). Both lower bits + lambda * MSE; lambda moves so that the MSE comes to what is asked for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from aecodec.arrays import Picture
from aecodec.limits import PIXEL_MAX
from aecodec.train.augment import enough_copies, warped
from aecodec.train.control import RateControl
from aecodec.train.networks import CHECK_GREY
from aecodec.train.own.vectors.networks import Vectors
from aecodec.train.own.vectors.widths import Widths
from aecodec.train.prune import count_symbols, hard_symbols, measure_ranges, observe
from aecodec.train.schedule import warming
from aecodec.train.searched import PROBE_SHARE, improve, probe, view
from aecodec.train.step_chains import SHARE, deepen

BATCH = 32
LEARNING_RATE = 6e-3
LEAST_RATE = 0.01  # of that is left at the end
WARM_UP = 100  # steps
JOINT = 0.7  # of the time; the rest is searched
STEADY = 0.4  # of the time in which lambda stays as it began: errors are still large then, and pass
MOST_COPIES = 3  # warped ones, of each picture
PROBED = 8  # every so many steps the curvature is estimated again
SEEN = 500  # pictures that a first estimate is of
AHEAD = 1.5  # times less error than training sees has the encoder, whose search goes farther
_FIRST_BITS = 0.4  # of a pixel, that a neper of its error is worth: what lambda begins with
_ROOM = 8.0  # lambda rises to so many times that at most
Report = Callable[[float], None]


class Training:
    """A run of so many ``seconds`` on ``pictures`` uint8 ``[h, w, 1]``, so that the encoder comes to ``target``, an MSE
    of samples in 0..1.

    It is made in one go or in parts, as :meth:`run` is called.
    """

    def __init__(
        self, pictures: Sequence[Picture], widths: Widths, target: float, seconds: float, *, seed: int
    ) -> None:
        torch.manual_seed(seed)
        own = tiles_of(pictures, widths)
        self._pool = torch.cat([own, warped(own, min(MOST_COPIES, enough_copies(len(own))), seed)])
        self.model = Vectors(widths).to(memory_format=torch.channels_last)
        first = math.log(_FIRST_BITS * own[0].numel() / (AHEAD * target))
        self._control = RateControl(first, AHEAD * target, first + math.log(_ROOM))
        self._optimizer = torch.optim.AdamW(self.model.parameters(), LEARNING_RATE, (0.9, 0.99), weight_decay=1e-4)
        self._random = np.random.default_rng(seed)
        self._order = np.empty(0, np.int64)
        self._seconds, self._spent, self._step = seconds, 0.0, 0
        self._symbols: Tensor | None = None  # of the pool, int8 [N, latents], once they are searched for
        self._curvature = torch.empty(0)

    @property
    def lmbda(self) -> float:
        """What 1.0 of MSE is worth, in bits."""
        return self._control.lmbda

    @property
    def passed(self) -> float:
        """What share of the time is spent."""
        return self._spent / self._seconds

    def run(self, until: float, report: Report) -> None:
        """Go on until the share ``until`` of the time is spent; ``report`` hears what share has been."""
        began, before = time.monotonic(), self._spent
        while (passed := self.passed) < until:
            if self._symbols is None and passed >= JOINT:
                self._begin_search()
            self._learn(passed)
            report(passed)
            self._spent = before + time.monotonic() - began
        self.model.eval()

    def finish(self) -> Vectors:
        """Return the networks in the arithmetic of the file, at the latest from now on."""
        if self._symbols is None:
            self._begin_search()
        self.model.eval()
        return self.model

    def _learn(self, passed: float) -> None:
        chosen = self._batch()
        pixels = self._pool[chosen].float() / 256
        falling = max(LEAST_RATE, 0.5 * (1 + math.cos(math.pi * passed)))
        for group in self._optimizer.param_groups:
            group["lr"] = LEARNING_RATE * warming(self._step, WARM_UP) * falling
        self.model.train()
        self._optimizer.zero_grad()
        with self.model.holding():
            mse = self._joint(pixels) if self._symbols is None else self._searched(self._symbols, chosen, pixels)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._step += 1
        if passed >= STEADY:
            self._control.see(mse)

    @property
    def _scale(self) -> float:
        """Factor of the objective, so that gradients are of a like size in every run."""
        return 1 / (self.lmbda * self._control.target)

    def _joint(self, pixels: Tensor) -> float:
        decoded, bits = self.model(pixels)
        mse = (decoded - pixels).square().mean() * CHECK_GREY
        ((bits.sum(1).mean() + self.lmbda * mse) * self._scale).backward()
        return float(mse.item())

    def _searched(self, symbols: Tensor, chosen: Tensor, pixels: Tensor) -> float:
        model, its, lmbda = self.model, symbols[chosen], self.lmbda
        if self._step % PROBED == 0:
            self._curvature = torch.lerp(self._curvature, self._probed(its), PROBE_SHARE)
        seen = view(model, pixels, its, lmbda, scale=self._scale, mixed=False)
        visit = improve(model, pixels, seen, self._curvature, lmbda, mixed=False)
        symbols[chosen] = visit.symbols
        part = slice(self._step % min(SHARE, len(chosen)), None, SHARE)
        better = deepen(model, pixels[part], visit.symbols[part], self._curvature, lmbda, mixed=False)
        symbols[chosen[part]] = better.to(torch.int8)
        return visit.mse

    def _begin_search(self) -> None:
        """Cut tables to what is in use, take the file's arithmetic, and let each picture have its own symbols."""
        self.model.eval()
        counts = count_symbols(hard_symbols(self.model, self._pool), self.model.prior.radius)
        self.model.prior = self.model.prior.cut(measure_ranges(counts, mostly_zero=2.0, cut=True))
        self._symbols = hard_symbols(self.model, self._pool)
        with torch.no_grad():
            observe(self.model, self._pool, self._symbols)
        self.model.to_integer()
        self._curvature = self._probed(self._symbols[:SEEN])
        learning = [*self.model.synthesis.parameters(), *self.model.prior.parameters()]
        self._optimizer = torch.optim.AdamW(learning, LEARNING_RATE, (0.9, 0.99), weight_decay=1e-4)

    def _probed(self, symbols: Tensor) -> Tensor:
        with torch.enable_grad():
            return probe(self.model, symbols, False, torch.Generator().manual_seed(self._step))

    def _batch(self) -> Tensor:
        count = min(BATCH, len(self._pool))
        if len(self._order) < count:
            self._order = self._random.permutation(len(self._pool))
        chosen, self._order = self._order[:count], self._order[count:]
        return torch.from_numpy(chosen.copy())


def tiles_of(pictures: Sequence[Picture], widths: Widths) -> Tensor:
    """Return grey ``pictures`` as tiles uint8 ``[N, 1, h, w]``, their edges continued as the codec does."""
    height, width = pictures[0].shape[:2]
    stack = np.stack([picture[..., 0] for picture in pictures])
    below, right = widths.tile[0] - height, widths.tile[1] - width
    return torch.from_numpy(np.pad(stack, ((0, 0), (0, below), (0, right)), mode="edge"))[:, None]


def variance_of(pictures: Sequence[Picture]) -> float:
    """Return the variance of all samples, in 0..1."""
    return float(np.var(np.stack(pictures) / PIXEL_MAX))
