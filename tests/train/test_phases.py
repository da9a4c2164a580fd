"""Phases of training: each learns its part, and all together learn."""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from aecodec.lossy import LossyModel
from aecodec.train.data import Pictures
from aecodec.train.export import check_equal, released
from aecodec.train.loop import Training
from aecodec.train.phases import PHASES as EVERY
from aecodec.train.phases import Analysis
from aecodec.train.prune import Ranges
from aecodec.train.schedule import phase_ends
from aecodec.train.state import RunState
from tests.train.runs import CPU, PHASES, settings

SEARCHING = ("searched", "integer")

pytestmark = pytest.mark.usefixtures("one_thread")


def test_pictures(pictures: Pictures) -> None:
    assert pictures.training.shape == (239, 1, 16, 20)
    assert pictures.validation.shape == (21, 1, 16, 20)
    assert pictures.size == (16, 20)


def test_phases(trained: Training) -> None:
    assert trained.phase.name == PHASES[-1] == "analysis"
    assert all(layer.integer for chain in trained.model.chains() for layer in chain)
    prior = trained.model.prior
    assert not prior.factorized
    assert trained.symbols.shape == (239, prior.latents) and trained.held_out.shape == (21, prior.latents)
    for symbols in (trained.symbols, trained.held_out):
        assert symbols.dtype == torch.int8 and (symbols >= prior.low).all() and (symbols <= prior.high).all()


@pytest.mark.parametrize("shares", [(0.1, 0.2, 0.48, 0.17, 0.05), (1, 1, 0, 0, 0), (0, 0, 0, 0, 1), (9, 1, 1, 1, 1)])
def test_every_phase_has_a_step(shares: tuple[float, ...]) -> None:
    for steps in (5, 6, 7, 10, 11, 99, 8600):
        ends = phase_ends(steps, shares)
        assert len(ends) == 5 and ends[0] >= 1 and ends[-1] == steps
        assert all(after > before for before, after in pairwise(ends))


def test_phase_shares() -> None:
    assert phase_ends(1000, (0.1, 0.2, 0.48, 0.17, 0.05)) == (100, 300, 780, 950, 1000)
    assert phase_ends(100, (2, 2, 2, 2, 2)) == (20, 40, 60, 80, 100)


def test_the_shortest_run(pictures: Pictures, tmp_path: Path) -> None:
    training = Training(settings(epochs=0.01), pictures, CPU)
    training.run(tmp_path / "c", lambda event: None)
    assert (training.step, training.phase.name) == (5, "analysis")
    check_equal(training.model, LossyModel(*released(training.model)), pictures.training[:50])


def test_each_phase_learns_its_part(pictures: Pictures, tmp_path: Path) -> None:
    """While symbols are searched for, analysis rests; in its own phase, all else does. Inside a phase each
    part that learns changes in every tensor.
    """
    training = Training(settings(epochs=3), pictures, CPU)
    for phase, end in enumerate(training.schedule.ends):
        if phase:
            training.next_phase()
        before = copy.deepcopy(training.model.state_dict())
        symbols = training.symbols.clone()
        training.run(tmp_path / "c", lambda event: None, until=end)
        parts = {"analysis": set(), "synthesis": set(), "prior": set()}  # type: dict[str, set[bool]]
        for name, tensor in training.model.state_dict().items():
            if name.endswith(("weight", "bias")):
                parts[name.partition(".")[0]].add(not torch.equal(tensor, before[name]))
        searching, alone = PHASES[phase] in SEARCHING, PHASES[phase] == "analysis"
        assert parts["analysis"] == {not searching}
        assert True not in parts["synthesis"] if alone else False not in parts["synthesis"]
        assert True not in parts["prior"] if alone else True in parts["prior"]
        assert torch.equal(training.symbols, symbols) != searching


def test_a_phase_is_one_object(pictures: Pictures, tmp_path: Path) -> None:
    """One that is in the list is begun once, gives the loss of each of its steps, and comes back on resumption."""

    class Watched(Analysis):
        name = "watched"
        seen: ClassVar[list[str]] = []

        def begin(self, run: RunState) -> None:
            self.seen.append("begin")

        def rebuild(self, run: RunState, kept: Ranges | None) -> None:
            self.seen.append("rebuild")

        def loss(self, run: RunState, chosen: torch.Tensor, pixels: torch.Tensor) -> tuple[float, float]:
            self.seen.append("loss")
            return super().loss(run, chosen, pixels)

    def training() -> Training:
        return Training(settings(epochs=1), pictures, CPU, phases=(*EVERY[:-1], Watched()))

    run, events = training(), list[dict[str, Any]]()
    run.run(tmp_path / "c", events.append)
    last = run.steps - run.schedule.end("integer")
    assert last and Watched.seen == ["begin", "rebuild", *["loss"] * last]
    assert events[-1]["phase"] == run.phase.name == "watched"
    Watched.seen.clear()
    again = training()
    again.resume(tmp_path / "c")
    assert again.phase.name == "watched" and Watched.seen == ["rebuild"]


def test_learns(pictures: Pictures, tmp_path: Path) -> None:
    """The last epoch is better than the first, in rate plus distortion at the last lambda."""
    events: list[dict[str, Any]] = []
    Training(settings(epochs=8), pictures, CPU).run(tmp_path / "c", events.append)
    epochs = [event for event in events if event["event"] == "epoch"]
    assert len(epochs) == 8
    slope = epochs[-1]["lambda"]
    first, last = (e["validation_mse"] * slope + e["validation_bits"] for e in (epochs[0], epochs[-1]))
    assert last < 0.95 * first


def test_blank_pictures(tmp_path: Path) -> None:
    """Nothing to learn, and no distortion to divide by."""
    blank = Pictures("blank", *torch.zeros(48, 1, 16, 20, dtype=torch.uint8).split([40, 8]), "0")
    training = Training(settings(epochs=8, batch_size=8), blank, CPU)
    training.run(tmp_path / "c", lambda event: None)
    assert all(tensor.isfinite().all() for tensor in training.model.state_dict().values())
    check_equal(training.model, LossyModel(*released(training.model)), blank.validation)
