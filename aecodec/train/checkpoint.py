"""The state of a run as a file, and whether it belongs to the run at hand."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

import torch

from aecodec.train import run_files
from aecodec.train.config import Settings

State = dict[str, Any]
MACHINE = {"device", "threads", "data_dir"}  # settings that may change without changing the run


def write(path: Path, state: State) -> None:
    """Whole or not at all. Raises FileError."""
    content = io.BytesIO()
    torch.save(state, content)
    run_files.write(path, content.getvalue())


def read(path: Path, device: torch.device) -> State:
    """Onto ``device``. No code is run: nothing but tensors and plain values is accepted.

    Raises ValueError where the file is missing or no checkpoint.
    """
    try:
        state: State = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise ValueError(f"{path} cannot be read as a checkpoint: {error}") from error
    if not isinstance(state, dict) or not {"settings", "pool", "pruning", "model"} <= state.keys():
        raise ValueError(f"{path} is no checkpoint of this version of aecodec")
    return state


def check_same_run(state: State, path: Path, settings: Settings, pool: str) -> None:
    """Raises ValueError where other settings, or a pool of pictures of another SHA-256, made ``state``."""
    found = differing(settings, json.loads(state["settings"]))
    if found:
        raise ValueError(f"checkpoint {path} is of another run: {', '.join(found)} differ(s)")
    check_same_pool(state, path, pool)


def differing(settings: Settings, theirs: dict[str, Any]) -> list[str]:
    """Names of the settings that make ``settings`` another run than that of ``theirs``, as JSON has them."""
    ours = json.loads(settings.model_dump_json())
    return sorted(key for key in ours if key not in MACHINE and ours[key] != theirs.get(key))


def check_same_pool(state: State, path: Path, pool: str) -> None:
    """Raises ValueError where ``state`` has symbols of other pictures."""
    if state["pool"] != pool:
        raise ValueError(f"checkpoint {path} is of another run: the pictures, or their warped copies, differ")
