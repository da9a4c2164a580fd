"""Where a run begins: at the state that its folder has, with the weights of another, or anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from aecodec.errors import UsageError
from aecodec.train.checkpoint import CHECKPOINT, State
from aecodec.train.grid import checkpoint
from aecodec.train.grid.checkpoint import TRUNK
from aecodec.train.grid.growth import fill_or_grow
from aecodec.train.grid.loop import Training
from aecodec.train.grid.revival import revive, revive_hyper
from aecodec.train.grid.settings import Settings

CROPS, CROP_SIDE = 12, 256  # in which a channel must be above 0 to keep its weights
GROWN_FROM = 512, 64  # crops and their side, whose directions new latents take


def found_state(folder: Path, settings: Settings, pictures: str, device: torch.device) -> State | None:
    """Return the state to go on from, or None if ``folder`` has none.

    A run whose learning rate has begun to fall, and that is to be longer or shorter than it was, goes on from its
    trunk. Raises UsageError if the state is of another run.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    state = checkpoint.read(path, device)
    if not checkpoint.goes_on(state, settings) and (folder / TRUNK).exists():
        path = folder / TRUNK
        state = checkpoint.read(path, device)
    checkpoint.check_same_run(state, path, settings, pictures)
    return state


def begin_with(training: Training, path: Path) -> None:
    """Take the weights of ``path``, the checkpoint of another run (its averaged weights) or a model file.

    A model file may have fewer slices of latents, or other features of analysis (:mod:`aecodec.train.grid.growth`).
    Channels that are 0 in all of some training pictures begin anew, and so do hyper-latents of which nothing is coded
    (:mod:`aecodec.train.grid.revival`).

    Raises UsageError if it is neither, or of networks that differ otherwise.
    """
    average = training.average
    random = np.random.default_rng(training.settings.seed)
    try:
        if path.suffix == ".safetensors":
            from safetensors.numpy import load_file

            fill_or_grow(average, load_file(path), training.pictures.crops(*GROWN_FROM, random))
        else:
            average.load_state_dict(checkpoint.read(path, training.device)["average"])
    except UsageError:
        raise
    except Exception as error:  # whatever safetensors and PyTorch raise for files of others
        line = str(error).partition("\n")[0]
        raise UsageError(f"cannot begin with {path}: {line:.160}") from error
    crops = training.pictures.crops(CROPS, CROP_SIDE, random)
    pictures = list(crops.cpu())
    revive(average, training.model, pictures)
    revive_hyper(average, training.model, pictures)
    training.model.load_state_dict(average.state_dict())
