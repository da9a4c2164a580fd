"""The state of a run as a file, and whether it belongs to the run at hand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import torch

from aecodec.files import write_file
from aecodec.train.config import Settings

State = dict[str, Any]
MACHINE = {"device", "threads", "data_dir"}  # settings that may change without changing the run
POOL = {"seed", "copies", "batch_size"}  # what decides which pictures are trained on, and their order


def write(path: Path, state: State) -> None:
    """Whole or not at all."""
    content = io.BytesIO()
    torch.save(state, content)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(str(path), content.getvalue(), force=True)


def read(path: Path, device: torch.device) -> State:
    """Onto ``device``. No code is run: nothing but tensors and plain values is accepted."""
    state: State = torch.load(path, map_location=device, weights_only=True)
    return state


def check_same_run(state: State, path: Path, settings: Settings, pictures: str) -> None:
    """Raises ValueError where other settings, or pictures of another SHA-256, made ``state``."""
    _check(state, path, settings, pictures, set(settings.model_dump()) - MACHINE)


def check_same_pool(state: State, path: Path, settings: Settings, pictures: str) -> None:
    """Raises ValueError where ``state`` is of other pictures, or of other copies of them."""
    _check(state, path, settings, pictures, POOL)


def _check(state: State, path: Path, settings: Settings, pictures: str, keys: set[str]) -> None:
    ours, theirs = json.loads(settings.model_dump_json()), json.loads(state["settings"])
    differing = sorted(key for key in keys if ours[key] != theirs.get(key))
    if differing or state["pictures"] != pictures:
        what = ", ".join(differing) or "the pictures"
        raise ValueError(f"checkpoint {path} is of another run: {what} differ(s)")
