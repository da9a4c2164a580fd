"""What is kept of a finished run of a study, and whether it is the one asked for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aecodec.codec.encode import encode
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.codec.plan import Plan
from aecodec.errors import UsageError
from aecodec.train.bare_files import read
from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.release import SEARCHED_PICTURES, Release, held_out
from aecodec.train.run_files import RECORD, write
from aecodec.zoo import load_model

KEYS = {"epochs": "num_epochs", "latent_dim": "latent_dim_lossy", "lossless": "latent_dim_lossless"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run of a study: its settings, the name of its model, its own folder, and the folder of all models."""

    settings: Settings
    name: str
    folder: Path
    models: Path

    @property
    def made(self) -> Path:
        """The model in the run's folder."""
        return self.folder / f"{self.name}.safetensors"

    @property
    def target(self) -> Path:
        """The model where the study wants it."""
        return self.models / self.made.name

    @property
    def record(self) -> Path:
        """Written when all is done: settings, pictures, row."""
        return self.folder / RECORD


def keep(run: Run, made: Release, pictures: Pictures) -> Row:
    """Write the record of a run that is done; returns its row."""
    row = _row(run.settings, made, pictures)
    settings = json.loads(run.settings.model_dump_json())
    write(run.record, as_json({"settings": settings, "data": identity(pictures), "row": row}))
    return row


def kept(run: Run, pictures: Pictures) -> Row | None:
    """Return the row of a run that is done, or None if it is not, or its model is missing or another.

    Raises UsageError if a run of other settings or pictures was finished in its folder.
    """
    content = read(run.record)
    try:
        found = json.loads(content or b"")
        settings, data, row = found["settings"], found["data"], dict(found["row"])
        changed = [KEYS.get(key, key) for key in run.settings.differing(settings)]
        sha256 = row["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # none, or damaged: the checkpoint decides
    if data != identity(pictures):
        changed.append("the pictures")
    if changed:
        raise UsageError(
            f"{run.folder} has a finished run of another study: {', '.join(changed)} differ(s); "
            "choose another results_save_dir, or train all anew with --restart"
        )
    model = read(run.made)
    return row if model is not None and hashlib.sha256(model).hexdigest() == sha256 else None


def identity(pictures: Pictures) -> dict[str, Any]:
    """Return name, SHA-256 and counts."""
    counts = {"training": len(pictures.training), "validation": len(pictures.validation)}
    return {"name": pictures.name, "sha256": pictures.sha256} | counts


def _row(settings: Settings, made: Release, pictures: Pictures) -> Row:
    """Return the figures of the validation split; bytes are of whole containers, a picture."""
    content, description = made.path.read_bytes(), made.description
    searched = description["validation"][-1]
    row = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "latent_dim": settings.latent_dim,
        "latents": description["latents"],
        "mse": searched["mse"],
        "bytes": searched["bytes"],
        "effort": searched["effort"],
        "validation": description["validation"],
        "settings": description["training"],
    }
    if settings.with_residual:
        some = held_out(pictures)[:SEARCHED_PICTURES]
        exact = encode(some, Plan(load_model(content), True, DEFAULT_EFFORT), many=True)
        row["lossless"] = {"pictures": len(some), "mse": exact.mse, "bytes": len(exact.data) / len(some)}
    return row


def as_json(value: object) -> bytes:
    """Write ``value`` as JSON, indented."""
    return (json.dumps(value, indent=1) + "\n").encode()
