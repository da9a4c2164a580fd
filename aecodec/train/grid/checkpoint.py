"""Whether a run may go on from a state. No Pillow, no pydantic.

Until its learning rate falls a run does not depend on how long it will be. So a state from before that belongs to
runs of other lengths, too.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from aecodec.train import checkpoint
from aecodec.train.checkpoint import State
from aecodec.train.grid.settings import Settings, falls_from

TRUNK = "trunk.ckpt"  # before its learning rate fell
LENGTH = ("steps", "finish")  # settings that matter once the learning rate falls
KEYS = {"settings", "pictures", "model", "average", "optimizer", "step"}


def read(path: Path, device: torch.device) -> State:
    """Read a state onto ``device``. Raises UsageError for no checkpoint."""
    return checkpoint.read(path, device, "a run that trains a grid", KEYS)


def goes_on(state: State, settings: Settings) -> bool:
    """Return whether a run of this length comes by ``state``, other settings being the same."""
    theirs = _settings(state)
    same = all(getattr(settings, key) == theirs[key] for key in LENGTH)
    return same or int(state["step"]) <= min(settings.finishing, falls_from(theirs["steps"], theirs["finish"]))


def check_same_run(state: State, path: Path, settings: Settings, pictures: str) -> None:
    """Raise UsageError if other settings, or pictures of another SHA-256, made ``state``."""
    theirs, ours = _settings(state), asdict(settings)
    found = [key for key in ours if key not in LENGTH and ours[key] != theirs[key]]
    if state["pictures"] != pictures:
        found.append("pictures")
    if not found and not goes_on(state, settings):
        found = [key for key in LENGTH if ours[key] != theirs[key]]
    checkpoint.check_same_run(path, found)


def _settings(state: State) -> dict[str, Any]:
    """Return the settings of the run that wrote it; settings that it did not know have their defaults."""
    found: dict[str, Any] = json.loads(state["settings"])
    return asdict(Settings()) | found
