"""Synthesis on latents that the encoder's search chooses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecodec.arrays import Picture
from aecodec.grid import GridModel, refined
from aecodec.train.grid import searched, tables
from aecodec.train.grid.convolutions import FRACTION
from aecodec.train.grid.export import tensors_and_description
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.searched import EFFORT, tuned
from aecodec.train.grid.widths import SIZES
from tests.train.grid.runs import waves

pytestmark = pytest.mark.usefixtures("one_thread")
CROPS = [(waves(number, 64, 64), quality) for number, quality in enumerate((20, 80, 45, 60))]


def made() -> tuple[Grid, GridModel]:
    torch.manual_seed(4)
    model = Grid(SIZES["tiny"])
    model.set_integer(True)
    arrays, description = tensors_and_description(model)
    return model, GridModel(arrays | tables.second(arrays), description)


@torch.no_grad()
def error(model: Grid, engine: GridModel, crops: list[tuple[Picture, int]]) -> float:
    """Return the mean squared error of what a search chooses, relative to that of each crop's middle grey."""
    found = []
    for picture, quality in crops:
        latents = refined(engine, [picture], quality, EFFORT).grids[0].transpose(2, 0, 1)
        shown = model.synthesis(torch.from_numpy(latents)[None].float() / 2.0**FRACTION, torch.tensor([float(quality)]))
        found.append(np.square(shown[0].permute(1, 2, 0).numpy() * 128 + 128 - picture).mean() / picture.var())
    return float(np.mean(found))


def test_synthesis_alone_learns_what_the_search_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched, "LEARNING_RATE", 3e-4)  # these networks are young
    model, engine = made()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = tuned(model, engine, CROPS * 20, 40)
    after = found.state_dict()
    changed = {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"synthesis"}
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    model.set_integer(False)
    assert error(found, engine, CROPS) < 0.97 * error(model, engine, CROPS)


def test_no_step_changes_nothing() -> None:
    model, engine = made()
    after = tuned(model, engine, CROPS, 0).state_dict()
    assert all(torch.equal(value, after[name]) for name, value in model.state_dict().items())
