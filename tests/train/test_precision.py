"""bfloat16 is used only where a timed step says so, and a trial changes nothing."""

from __future__ import annotations

import time

import pytest
import torch

from aecodec.train import state
from aecodec.train.data import Pictures
from aecodec.train.loop import Training
from aecodec.train.precision import prefers_bfloat16
from tests.train.runs import CPU, settings

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(("mixed", "plain"), [(0.02, 0.001), (0.001, 0.02)])
def test_what_is_quicker(mixed: float, plain: float) -> None:
    calls: list[bool] = []

    def step() -> None:
        calls.append(torch.is_autocast_enabled("cpu"))
        time.sleep(mixed if calls[-1] else plain)

    assert prefers_bfloat16(step, CPU) is (mixed < plain)
    assert calls.count(True) == (1 if mixed > plain else 4)  # what is much slower is tried once


@pytest.mark.parametrize(("asked", "quicker", "found"), [("auto", True, True), ("auto", False, False)])
def test_a_run_asks_once(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch, asked: str, quicker: bool, found: bool
) -> None:
    trials: list[object] = []

    def tried(step: object, device: torch.device) -> bool:
        trials.append(step)
        return quicker

    monkeypatch.setattr(state, "prefers_bfloat16", tried)
    training = Training(settings(precision=asked), pictures, CPU)
    assert [training.mixed, training.mixed] == [found, found]
    assert len(trials) == 1


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_what_is_asked_for_is_not_tried(pictures: Pictures, monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setattr(state, "prefers_bfloat16", lambda *_: pytest.fail("it was tried"))
    assert Training(settings(precision=asked), pictures, CPU).mixed is (asked == "bfloat16")


def test_a_trial_changes_nothing(pictures: Pictures) -> None:
    one, other = (Training(settings(precision=asked), pictures, CPU) for asked in ("auto", "float32"))
    torch.manual_seed(5)
    assert one.mixed in (True, False)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(3))
    theirs = other.model.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in one.model.state_dict().items())
