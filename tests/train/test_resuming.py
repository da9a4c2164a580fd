"""Runs that go on: bit for bit from a checkpoint, and from another run."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from aecodec.errors import UsageError
from aecodec.train.data import Pictures
from aecodec.train.export import released
from aecodec.train.loop import Training
from tests.train.runs import CPU, PHASES, begun, settings

pytestmark = pytest.mark.usefixtures("one_thread")


def check_same_state(found: Training, expected: Training) -> None:
    """All that a checkpoint holds is the same, bit for bit."""
    assert (found.step, found.phase, found.control) == (expected.step, expected.phase, expected.control)
    ours, theirs = found.model.state_dict(), expected.model.state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for kept in ("symbols", "held_out", "curvature"):
        assert torch.equal(getattr(found, kept), getattr(expected, kept)), kept
    moments = [t.optimizer.state_dict()["state"] for t in (found, expected)]
    assert [list(each) for each in moments[0].values()] == [list(each) for each in moments[1].values()]
    for number, state in moments[0].items():
        assert all(torch.equal(state[name], moments[1][number][name]) for name in state)


def test_resumes_bit_exactly(pictures: Pictures, tmp_path: Path) -> None:
    """Stopped before, at and after each border between phases and inside each phase, and each time begun again
    from nothing but the checkpoint, training ends in the very same state and reports the same figures.
    """
    events: dict[str, list[dict[str, Any]]] = {"whole": [], "parts": []}
    whole = Training(settings(epochs=2, copies=1), pictures, CPU)
    whole.run(tmp_path / "whole.ckpt", events["whole"].append)
    ends = (0, *whole.schedule.ends)
    stops = {end + by for end in ends[1:-1] for by in (-1, 0, 1)} | {sum(both) // 2 for both in pairwise(ends)}
    checkpoint = tmp_path / "parts.ckpt"
    phases = set()
    for stop in (*sorted(stops), whole.steps):
        part = Training(settings(epochs=2, copies=1), pictures, CPU)
        if checkpoint.exists():
            part.resume(checkpoint)
        part.run(checkpoint, events["parts"].append, until=stop)
        phases.add(part.phase.name)
    assert phases == set(PHASES)
    assert events["parts"] == events["whole"]
    check_same_state(part, whole)


@pytest.mark.parametrize("phase", PHASES[1:])
def test_resumes_from_the_first_moment_of_a_phase(phase: str, pictures: Pictures, tmp_path: Path) -> None:
    """The checkpoint that is written between two phases, before a step of the new one."""
    training = begun(pictures, tmp_path, PHASES[PHASES.index(phase) - 1])
    training.next_phase()
    training.save(tmp_path / "c")
    again = Training(settings(epochs=3), pictures, CPU)
    again.resume(tmp_path / "c")
    check_same_state(again, training)
    stop = training.step + 1
    for each in (training, again):
        each.run(tmp_path / "d", lambda event: None, until=stop)
    check_same_state(again, training)


def test_resuming_at_the_end_changes_nothing(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    trained.save(tmp_path / "c")
    again = Training(settings(), pictures, CPU)
    again.resume(tmp_path / "c")
    again.run(tmp_path / "c", lambda event: pytest.fail("there was a step"))
    check_same_state(again, trained)
    ours, theirs = released(again.model), released(trained.model)
    assert ours[1] == theirs[1]
    assert all(np.array_equal(ours[0][name], theirs[0][name]) for name in theirs[0])


def test_what_a_checkpoint_holds(trained: Training, tmp_path: Path) -> None:
    """Runs go on from checkpoints of earlier versions, so names and forms stay."""
    trained.save(tmp_path / "c")
    state = torch.load(tmp_path / "c", weights_only=True)
    assert list(state) == [
        *("settings", "pool", "model", "optimizer", "phase", "pruning", "fractions", "step", "control"),
        *("symbols", "held_out", "curvature", "mixed"),
    ]
    assert state["phase"] == 4 and [len(lists) for lists in state["pruning"]] == [4, 4, 4]
    assert sorted(state["control"]) == ["average", "goal", "log_lambda", "target", "top"]
    assert {name.partition(".")[0] for name in state["model"]} == {"analysis", "synthesis", "prior"}


def test_checkpoint_of_another_run(pictures: Pictures, tmp_path: Path) -> None:
    training = Training(settings(), pictures, CPU)
    training.save(tmp_path / "c")
    with pytest.raises(UsageError, match=r"seed.*--restart"):
        Training(settings(seed=2), pictures, CPU).resume(tmp_path / "c")
    with pytest.raises(UsageError, match="phase_shares"):
        Training(settings(phase_shares=(1, 1, 1, 1, 1)), pictures, CPU).resume(tmp_path / "c")
    Training(settings(threads=1, data_dir="elsewhere"), pictures, CPU).resume(tmp_path / "c")


def test_continues_from_another_run(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    """With its networks and symbols, at a looser target and under another latent_dim: fewer bits."""
    trained.save(tmp_path / "c")
    other = Training(settings(latent_dim=7, epochs=3, search_mse=4 * trained.settings.search_target), pictures, CPU)
    other.continue_from(tmp_path / "c")
    assert other.phase.name == "integer" and other.step == other.schedule.end("searched")
    assert torch.equal(other.symbols, trained.symbols)
    ours, theirs = released(other.model)[0], released(trained.model)[0]
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    before = other.control.lmbda
    events: list[dict[str, Any]] = []
    other.run(tmp_path / "d", events.append)
    assert other.control.lmbda < before
    again = Training(other.settings, pictures, CPU)
    again.resume(tmp_path / "d")
    check_same_state(again, other)


def test_runs_that_cannot_be_continued(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    trained.save(tmp_path / "c")
    begun(pictures, tmp_path / "other", "context").save(tmp_path / "early")
    Image.new("L", (4, 4)).save(tmp_path / "picture.png")
    for name, changed, why in (
        ("c", {"latent_dim": 1}, "uses . latents"),
        ("c", {"copies": 1}, "copies differ"),
        ("c", {"synthesis_hidden": 17}, "other networks"),
        ("c", {"synthesis_hidden": 0}, "other networks"),
        ("absent", {}, "cannot be read"),
        ("picture.png", {}, "cannot be read"),
        ("early", {}, "integer phase"),
    ):
        with pytest.raises(UsageError, match=why):
            Training(settings(**changed), pictures, CPU).continue_from(tmp_path / name)
