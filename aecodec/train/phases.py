"""The phases of training, one object each.

*factorized*  analysis, synthesis, one frequency table a latent
*context*     the same with the autoregressive prior, over the latents that turned out to be in use
*searched*    every picture's symbols are its own and are searched for; synthesis and prior follow
*integer*     the same in the run-time arithmetic, with frequency tables cut to the symbols in use
*analysis*    the analysis transform alone learns to feed what has become of the others
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from aecodec.train.begin import begin
from aecodec.train.networks import CHECK_GREY, Autoencoder
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
from aecodec.train.searched import PROBE_SHARE, improve, mixed_precision, probe, view
from aecodec.train.state import RunState
from aecodec.train.step_chains import SHARE, deepen
from aecodec.train.validate import measure_analysed, measure_searched

PROBED = 8  # every so many steps the curvature is estimated again
HELD_OUT = 1_000  # pictures of the validation split whose symbols are searched for as well


class Phase(Protocol):
    """A part of a run. It lasts the share of the steps that ``phase_shares`` of the settings gives its place."""

    name: str
    holds_target: bool  # whether lambda moves so that the distortion stays at its target

    def begin(self, run: RunState) -> Ranges | None:
        """Take over from the phase before; says what of latents and symbols is to be kept, None for all."""

    def rebuild(self, run: RunState, kept: Ranges | None) -> None:
        """Give the networks the form that this phase has on what is kept; their weights may be loaded afterwards."""

    def learning(self, model: Autoencoder) -> list[nn.Parameter]:
        """Return the parameters that this phase changes."""

    def loss(self, run: RunState, chosen: Tensor, pixels: Tensor) -> tuple[float, float]:
        """Add a batch's gradients; bits a picture and MSE. ``chosen`` of the pool are ``pixels`` ``[B, 1, H, W]``."""

    def measure(self, run: RunState) -> tuple[float, float]:
        """Return the mean MSE and bits of hard symbols on the validation split."""


class _Holding:
    """The distortion stays at its target; what is dropped is dropped from the networks."""

    holds_target = True

    def rebuild(self, run: RunState, kept: Ranges | None) -> None:
        if kept is not None:
            run.model = pruned(run.model, kept)


class _Analysed(_Holding):
    """Symbols are what analysis gives."""

    def learning(self, model: Autoencoder) -> list[nn.Parameter]:
        return [*model.analysis.parameters(), *model.synthesis.parameters(), *model.prior.parameters()]

    def loss(self, run: RunState, chosen: Tensor, pixels: Tensor) -> tuple[float, float]:
        with mixed_precision(pixels, run.mixed):
            decoded, bits = run.model(pixels)
        mse = (decoded - pixels).square().mean() * CHECK_GREY
        rate = bits.sum(1).mean()
        ((rate + run.control.lmbda * mse) * run.scale).backward()
        return rate.item(), mse.item()

    def measure(self, run: RunState) -> tuple[float, float]:
        return measure_analysed(run.model, run.pictures.validation)


class _Searching(_Holding):
    """Symbols are each picture's own, and analysis rests."""

    def learning(self, model: Autoencoder) -> list[nn.Parameter]:
        return [*model.synthesis.parameters(), *model.prior.parameters()]

    def loss(self, run: RunState, chosen: Tensor, pixels: Tensor) -> tuple[float, float]:
        symbols, lmbda, mixed = run.symbols[chosen], run.control.lmbda, run.mixed
        if run.step % PROBED == 0:
            run.curvature = torch.lerp(run.curvature, probe(run.model, symbols, mixed, run.signs()), PROBE_SHARE)
        seen = view(run.model, pixels, symbols, lmbda, scale=run.scale, mixed=mixed)
        visit = improve(run.model, pixels, seen, run.curvature, lmbda, mixed=mixed)
        run.symbols[chosen] = visit.symbols
        part = slice(run.step % min(SHARE, len(chosen)), None, SHARE)
        better = deepen(run.model, pixels[part], visit.symbols[part], run.curvature, lmbda, mixed=mixed)
        run.symbols[chosen[part]] = better.to(torch.int8)
        return visit.bits, visit.mse

    def measure(self, run: RunState) -> tuple[float, float]:
        pictures = run.pictures.validation[:HELD_OUT]
        return measure_searched(run.model, pictures, run.held_out, run.curvature, run.control.lmbda, mixed=run.mixed)


class Factorized(_Analysed):
    """Analysis, synthesis and a table a latent, from principal components on."""

    name = "factorized"

    def begin(self, run: RunState) -> None:
        begin(run.model, run.settings, run.pictures)


class Context(_Analysed):
    """The prior gets its hidden units, now that it is known which latents are in use."""

    name = "context"

    def begin(self, run: RunState) -> Ranges:
        counts = _counts(run, hard_symbols(run.model, run.pool))
        run.model.prior.fit_tables(counts)
        return measure_ranges(counts, mostly_zero=MOSTLY_ZERO, cut=False)

    def rebuild(self, run: RunState, kept: Ranges | None) -> None:
        run.model.prior.factorized = False
        super().rebuild(run, kept)
        prior = run.model.prior
        run.model.prior = prior.with_units(*run.settings.prior_units(prior.latents))


class Searched(_Searching):
    """The search begins with the symbols that analysis gives."""

    name = "searched"

    def begin(self, run: RunState) -> Ranges:
        run.symbols = hard_symbols(run.model, run.pool)
        run.held_out = hard_symbols(run.model, run.pictures.validation[:HELD_OUT])
        with torch.enable_grad():
            run.curvature = probe(run.model, run.symbols[:OBSERVED], run.mixed, run.signs())
        run.control.aim(run.settings.search_target)
        return _used(run)


class Integer(_Searching):
    """The search goes on in the run-time arithmetic."""

    name = "integer"

    def begin(self, run: RunState) -> Ranges:
        observe(run.model, run.pool, run.symbols)
        run.model.to_integer()
        return _used(run)

    def rebuild(self, run: RunState, kept: Ranges | None) -> None:
        run.model.set_integer(True)
        super().rebuild(run, kept)


class Analysis(_Analysed):
    """The rest stays as it is, and lambda, too."""

    name, holds_target = "analysis", False

    def begin(self, run: RunState) -> None:
        pass

    def learning(self, model: Autoencoder) -> list[nn.Parameter]:
        return list(model.analysis.parameters())


PHASES: tuple[Phase, ...] = (Factorized(), Context(), Searched(), Integer(), Analysis())


def _counts(run: RunState, symbols: Tensor) -> Tensor:
    """Return how often each symbol occurs in the pictures themselves, copies left out."""
    return count_symbols(symbols[: len(run.pictures.training)], run.model.prior.radius)


def _used(run: RunState) -> Ranges:
    """Return the latents and symbols in use; the run's symbols are kept within them."""
    kept = measure_ranges(_counts(run, run.symbols), mostly_zero=SEARCHED_ZERO, cut=True)
    run.keep_symbols(kept)
    return kept
