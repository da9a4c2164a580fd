"""What all training runs share: metrics, checkpoints, averages, learning rates, pictures held back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from aecodec.errors import FileError, UsageError
from aecodec.train import checkpoint
from aecodec.train.average import follow
from aecodec.train.bare_files import write_whole
from aecodec.train.grid import checkpoint as grid
from aecodec.train.held import held_count
from aecodec.train.log import Log
from aecodec.train.pixels import loop as pixels
from aecodec.train.reports import Event, both
from aecodec.train.schedule import falling, warming

CPU = torch.device("cpu")


def line(step: int) -> bytes:
    return json.dumps({"event": "step", "step": step}).encode() + b"\n"


def test_a_log_goes_on_where_its_run_does(tmp_path: Path) -> None:
    """Later lines come again; damaged ones are told of, and neither is kept."""
    path, told = tmp_path / "run" / "metrics.jsonl", list[str]()
    Log(path, 0, told.append)({"event": "step", "step": 1})
    path.write_bytes(path.read_bytes() + b"\0\0\n{}\n" + line(2) + line(3) + line(3)[:-1])
    Log(path, 2, told.append)({"event": "step", "step": 4})
    assert path.read_bytes() == line(1) + line(2) + line(4)
    assert told == [f"{path}: left out 3 damaged line(s)"]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.ckpt"
    write_whole(path, b"first")
    (tmp_path / "folder.ckpt").mkdir()
    with pytest.raises(FileError, match=r"cannot write .*folder\.ckpt"):
        write_whole(tmp_path / "folder.ckpt", b"x")
    (tmp_path / "new" / "a.ckpt.new").mkdir()  # what is written first cannot be
    with pytest.raises(FileError, match=r"cannot write .*a\.ckpt"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.ckpt", "new"]


def test_a_checkpoint_of_another_kind_is_named(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "c", {"settings": "{}", "step": 3})
    assert checkpoint.read(tmp_path / "c", CPU, "a run", {"step"})["step"] == 3
    with pytest.raises(UsageError, match="no checkpoint of a run that trains a grid"):
        grid.read(tmp_path / "c", CPU)
    with pytest.raises(UsageError, match="no checkpoint of a run that trains networks for exact pictures"):
        pixels._read(tmp_path / "c")
    with pytest.raises(UsageError, match=r"c is of another run: seed, steps differ\(s\); .*--restart"):
        checkpoint.check_same_run(tmp_path / "c", ["seed", "steps"])
    checkpoint.check_same_run(tmp_path / "c", [])


def test_a_checkpoint_is_due_every_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now)
    due, found = checkpoint.Due(10), []
    for now in (105.0, 110.0, 111.0, 112.0, 121.5):  # noqa: B007 - the clock reads it
        found.append(due())
    assert found == [False, False, True, False, True]


def test_an_average_follows() -> None:
    """Soon after the beginning nearly all the way, and at last by a thousandth."""
    average, model = nn.Linear(1, 1), nn.Linear(1, 1)
    with torch.no_grad():
        average.weight.fill_(0)
        model.weight.fill_(1)
    follow(average, model, 1)
    assert average.weight.item() == pytest.approx(1 - 2 / 11)
    with torch.no_grad():
        average.weight.fill_(0)
    follow(average, model, 1_000_000)
    assert average.weight.item() == pytest.approx(0.001)


def test_learning_rates_rise_and_fall() -> None:
    assert [warming(step, 4) for step in range(5)] == [0.25, 0.5, 0.75, 1, 1]
    assert [falling(step, 10, 4) for step in (0, 6, 7, 9, 10)] == [1, 1, 0.75, 0.25, 0]
    assert falling(9, 10, 0) == 1


@pytest.mark.parametrize(("pictures", "held"), [(2, 1), (23, 1), (24, 2), (287, 23), (288, 24), (10_000, 24)])
def test_a_twelfth_is_held_back(pictures: int, held: int) -> None:
    assert held_count(pictures, 24) == held


def test_a_single_picture_is_too_few() -> None:
    with pytest.raises(UsageError, match="one is held back; name others"):
        held_count(1, 24, instead="name others")


def test_events_go_both_ways() -> None:
    first, second = list[Event](), list[Event]()
    both(first.append, second.append)({"event": "step"})
    assert first == second == [{"event": "step"}]
