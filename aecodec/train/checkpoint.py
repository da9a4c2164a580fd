"""The state of a run as a file."""

from __future__ import annotations

import io
import pickle
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch

from aecodec.errors import UsageError
from aecodec.train.bare_files import write_whole

State = dict[str, Any]
CHECKPOINT = "training.ckpt"
SAVED_EVERY = 300.0  # seconds


def write(path: Path, state: State) -> None:
    """Write a state, whole or not at all. Raises FileError."""
    content = io.BytesIO()
    torch.save(state, content)
    write_whole(path, content.getvalue())


def read(path: Path, device: torch.device, what: str, keys: Collection[str]) -> State:
    """Read the state of ``what``, which has these ``keys``, onto ``device``.

    No code is run: nothing but tensors and plain values is accepted. Raises UsageError if the file is missing or no
    such checkpoint.
    """
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, ValueError, pickle.UnpicklingError, EOFError) as error:
        line = str(error).partition("\n")[0]
        raise UsageError(f"{path} cannot be read as a checkpoint: {line:.160}") from error
    if not isinstance(state, dict) or not state.keys() >= set(keys):
        raise UsageError(f"{path} is no checkpoint of {what}")
    return state


def check_same_run(path: Path, differing: Collection[str]) -> None:
    """Raise UsageError if something is ``differing`` between a run and the one whose checkpoint is in ``path``."""
    if differing:
        raise UsageError(
            f"checkpoint {path} is of another run: {', '.join(differing)} differ(s); "
            "choose another folder with --run or --results-dir, or begin anew with --restart"
        )


class Due:
    """Says every so many ``seconds`` that a checkpoint is due."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._last = seconds, time.monotonic()

    def __call__(self) -> bool:
        now = time.monotonic()
        if now - self._last <= self._seconds:
            return False
        self._last = now
        return True
