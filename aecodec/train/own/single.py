"""From folders of pictures to a model of one's own: what ``aecodec train --images`` does if no kind is named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aecodec.kinds import PixelCodec
from aecodec.train.folders import Folders
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.precision import prefers_bfloat16
from aecodec.train.grid.widths import SIZES
from aecodec.train.own import exact, lossy, samples
from aecodec.train.own.card import card, lossy_kind
from aecodec.train.own.collection import Collection, collected
from aecodec.train.own.crops import Crops
from aecodec.train.own.halves import Half, LearnedGrid, LearnedLossy, exact_half, restoring_half
from aecodec.train.own.networks import drawing_networks, pixel_networks
from aecodec.train.own.point import point_for
from aecodec.train.own.release import STEPS, Bases, Learned, Made, released, shipped_bases
from aecodec.train.own.vectors.learned import begun, suits
from aecodec.train.own.ways import ways_of
from aecodec.train.pixels.networks import SampledNetworks
from aecodec.train.reports import Console, Report
from aecodec.train.restoration.network import network_of
from aecodec.train.restoration.pairs import Pair, pairs_of
from aecodec.train.restoration.training import trained
from aecodec.train.run_files import Target, write
from aecodec.zoo import Model
from aecodec.zoo import tensors_of as tensors_in

RANK = 3  # of changes to weights; less is kept if the file would be too large
# Shares of the time: for altering drawings, for taking samples, for the networks of exact pixels, for restoration, and
# for the grid.
_ALTERING, _TAKING, _EXACT, _RESTORING, _LOSSY = 0.08, 0.13, 0.27, 0.15, 0.37
_AGAIN = 0.5  # share of that for restoration in which the learned networks alter drawings once more
_LEAST = 0.5  # a part gets at least so much of its share, even if others took too long
_TRIAL = 0.25  # share of the grid's time in which vectors are tried


@dataclass(frozen=True)
class Job:
    """What to make, and how long to take for it.

    ``target`` is the largest mean squared error, samples in 0..255, at the model's usual quality. None stands for the
    usual quality of the models that ship.
    """

    minutes: float
    target: float | None = None
    seed: int = 1
    threads: int | None = None


def run_own(job: Job, folders: Folders, run: Path, target: Target, console: Console) -> Path:
    """Fine-tune the models that ship on the pictures of ``folders``, write the new model to ``target``, and return its
    path.

    Raises UsageError for folders without pictures, or if another run's model is in the way. Raises ModelError if the
    models that ship are not sound, and FileError if writing fails.
    """
    claim = target.claim(run)
    if job.threads:
        torch.set_num_threads(job.threads)
    bases = shipped_bases()
    collection = collected(folders, console.tell)
    with _clock(console, 60 * job.minutes) as clock:
        networks = _exact(bases.pixels, collection, job, clock)
        learned_exact = _restoring(bases, networks, collection, job, clock)
        learned_lossy = _lossy(bases, collection, job, clock, console.tell)
    with _measuring(console) as begin:
        made = released(
            target.name,
            bases,
            Learned(learned_lossy, learned_exact),
            collection,
            target=job.target,
            training={"minutes": job.minutes, "seed": job.seed, "target_mse": job.target, "rank": RANK},
            begin=begin,
        )
    path = run / f"{target.name}.safetensors"
    write(path.with_suffix(".md"), card(made, collection).encode())
    write(path, made.own.data)
    claim.publish(path)
    for line in told(made, job):
        console.tell(line)
    return claim.path


def told(made: Made, job: Job) -> Iterator[str]:
    """Yield the lines that tell a person about the new model."""
    size = made.own.size
    yield f"{made.own.id}: {size:,} bytes; what it saves on pictures held back, in bytes a picture:"
    yield f"  lossy files are kept as {lossy_kind(made.own)}"
    for gain in made.gains:
        at = "" if gain.psnr is None else f" at {gain.psnr:.1f} dB"
        pays = gain.pays_from(size)
        then = "never pays" if pays is None else f"pays from {pays:,} pictures on"
        yield f"  {gain.way}{at}: {gain.before:,.1f} -> {gain.after:,.1f}; {then}"
    if made.left_out:
        yield f"what was learned for {made.left_out} files does not pay here, and is left out"
    if not made.point.is_met:
        yield (
            "the target is missed: on pictures held back the best quality has a mean squared error of "
            f"{made.point.mse:.2f}, not {job.target:.2f}; loosen it, or keep such pictures with --lossless"
        )


def _exact(base: Model, collection: Collection, job: Job, clock: _Clock) -> list[SampledNetworks]:
    """Return the networks that have learned: those of drawings, of photographs, or both, as the pictures need."""
    assert base.pixels is not None
    tensors, which = tensors_in(base), ways_of(base.pixels, collection.held)
    ways: list[tuple[SampledNetworks, Callable[..., Any]]] = []
    if which.drawn:
        altered = [
            np.asarray(pair.altered, np.uint8) for pair in _pairs(base.pixels, collection, job, clock, _ALTERING)
        ]
        ways.append((drawing_networks(tensors, base.description), partial(samples.drawn, altered=altered)))
    if which.sampled:
        ways.append((pixel_networks(tensors), samples.sampled))
    found = []
    for networks, take in ways:
        share = 1 / len(ways)
        with clock.part("taking samples", _TAKING * share) as (seconds, report):
            seen = take(collection.pictures, seconds, job.seed, report)
        with clock.part("exact pixels", _EXACT * share) as (seconds, report):
            found.append(exact.fine_tuned(networks, seen, seconds, job.seed, report))
    return found


def _restoring(
    bases: Bases, networks: Sequence[SampledNetworks], collection: Collection, job: Job, clock: _Clock
) -> Half[PixelCodec]:
    """Return the half for exact pixels: ``networks``, and the network that restores the drawings that these alter."""
    half = exact_half(bases.pixels, networks, collection.held)
    if not half.codec.restores or not ways_of(half.codec, collection.held).drawn:
        return half
    pairs = _pairs(half.codec, collection, job, clock, _AGAIN * _RESTORING)
    with clock.part("restoring altered drawings", (1 - _AGAIN) * _RESTORING) as (seconds, report):
        network = trained(network_of(tensors_in(bases.pixels)), pairs, seconds, job.seed, report)
    return restoring_half(half, bases.pixels, network, collection.held)


def _pairs(codec: PixelCodec, collection: Collection, job: Job, clock: _Clock, share: float) -> list[Pair]:
    """Return drawings and their altered copies, as many as a ``share`` of the time allows."""
    with clock.part("altering drawings", share) as (seconds, report):
        began = time.monotonic()

        def enough(done: float) -> bool:
            passed = (time.monotonic() - began) / seconds
            report(max(passed, done))
            return passed > 1

        return pairs_of(collection.pictures, codec, enough, job.seed)


def _lossy(bases: Bases, collection: Collection, job: Job, clock: _Clock, tell: Callable[[str], None]) -> LearnedLossy:
    """Return the lossy half that has learned: the grid, or vectors if a trial says that these cost less."""
    if not suits(collection):
        return _grid(bases, collection, job, clock, _LOSSY)
    with clock.part("lossy, a trial of vectors", _LOSSY * _TRIAL) as (seconds, report):
        assert bases.pixels.pixels is not None
        vectors = begun(collection, bases.pixels.pixels, job.target, seconds / _TRIAL, job.seed, tell)
        vectors.run(_TRIAL, report)
    if not vectors.cost_less_than(bases.grid, collection.held):
        return _grid(bases, collection, job, clock, _LOSSY * (1 - _TRIAL))
    with clock.part("lossy, as vectors", _LOSSY * (1 - _TRIAL)) as (_, report):
        vectors.run(1.0, report)
    return vectors


def _grid(bases: Bases, collection: Collection, job: Job, clock: _Clock, share: float) -> LearnedGrid:
    crops = Crops(collection.pictures)
    mixed = prefers_bfloat16("auto", Grid(SIZES["general"]), torch.device("cpu"), crops.count * crops.side**2)
    quality = point_for(bases.grid, collection.held, job.target).quality
    with clock.part("lossy", share) as (seconds, report):
        tuned = lossy.fine_tuned(
            tensors_in(bases.general),
            crops,
            quality,
            RANK,
            seconds,
            count=crops.count,
            mixed=mixed,
            seed=job.seed,
            report=report,
        )
    return LearnedGrid(tuned, quality, RANK)


class _Clock:
    """Gives each part of a run its share of the time, and shows one bar over all parts.

    Time that a part leaves goes to the next one. Time that it takes too much, the next one lacks.
    """

    def __init__(self, seconds: float, show: Report) -> None:
        self._seconds, self._show, self._due = seconds, show, 0.0
        self._began = time.monotonic()

    @contextmanager
    def part(self, name: str, share: float) -> Iterator[tuple[float, Callable[[float], None]]]:
        """Give the seconds of a part, and a function to call with the share of them that has passed."""
        begun, last = time.monotonic() - self._began, 0.0
        self._due += share * self._seconds
        seconds = max(_LEAST * share * self._seconds, self._due - begun)

        def report(passed: float) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= 1:
                last = now
                self._show({"event": name, "step": round(min(self._seconds, begun + min(1.0, passed) * seconds))})

        report(0.0)
        yield seconds, report


@contextmanager
def _clock(console: Console, seconds: float) -> Iterator[_Clock]:
    with console.progress("training", round(seconds)) as show:
        yield _Clock(seconds, show)


@contextmanager
def _measuring(console: Console) -> Iterator[Callable[[str], None]]:
    """Give a function to call when a step of measuring begins."""
    with console.progress("measuring", STEPS) as show:
        steps = iter(range(STEPS))
        yield lambda name: show({"event": name, "step": next(steps, STEPS - 1)})
