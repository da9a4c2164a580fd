"""The state of a run as a file, and whether a run may go on from it. No Pillow, no pydantic.

Until its learning rate falls a run does not depend on how long it will be. So a state from before that belongs to
runs of other lengths, too.
"""

from __future__ import annotations

import io
import json
import os
import pickle
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from aecodec.errors import FileError, UsageError
from aecodec.train.grid.settings import Settings, falls_from

State = dict[str, Any]
CHECKPOINT, TRUNK = "training.ckpt", "trunk.ckpt"  # as far as a run has come; before its learning rate fell
LENGTH = ("steps", "finish")  # settings that matter once the learning rate falls
KEYS = {"settings", "pictures", "model", "average", "optimizer", "step"}


def write(path: Path, state: State) -> None:
    """Whole or not at all. Raises FileError."""
    content = io.BytesIO()
    torch.save(state, content)
    temporary = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content.getvalue())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror or error}") from error


def read(path: Path, device: torch.device) -> State:
    """Onto ``device``; nothing but tensors and plain values is accepted. Raises UsageError for no checkpoint."""
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, ValueError, pickle.UnpicklingError, EOFError) as error:
        line = str(error).partition("\n")[0]
        raise UsageError(f"{path} cannot be read as a checkpoint: {line:.160}") from error
    if not isinstance(state, dict) or not state.keys() >= KEYS:
        raise UsageError(f"{path} is no checkpoint of a run that trains a grid")
    return state


def goes_on(state: State, settings: Settings) -> bool:
    """Whether a run of this length comes by ``state``, other settings being the same."""
    theirs = _settings(state)
    same = all(getattr(settings, key) == theirs[key] for key in LENGTH)
    return same or int(state["step"]) <= min(settings.finishing, falls_from(theirs["steps"], theirs["finish"]))


def check_same_run(state: State, path: Path, settings: Settings, pictures: str) -> None:
    """Raises UsageError where other settings, or pictures of another SHA-256, made ``state``."""
    theirs, ours = _settings(state), asdict(settings)
    found = [key for key in ours if key not in LENGTH and ours[key] != theirs[key]]
    if state["pictures"] != pictures:
        found.append("pictures")
    if not found and not goes_on(state, settings):
        found = [key for key in LENGTH if ours[key] != theirs[key]]
    if found:
        raise UsageError(
            f"checkpoint {path} is of another run: {', '.join(found)} differ(s); "
            "choose another folder with --run, or begin anew with --restart"
        )


def _settings(state: State) -> dict[str, Any]:
    """Of the run that wrote it; settings that it did not know have their defaults."""
    found: dict[str, Any] = json.loads(state["settings"])
    return asdict(Settings()) | found
