"""Settings and phases that the tests of training share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.loop import Training
from aecodec.train.phases import PHASES as EVERY

CPU = torch.device("cpu")
PHASES = tuple(phase.name for phase in EVERY)


def settings(**changed: Any) -> Settings:
    small = {
        "latent_dim": 5,
        "epochs": 6,
        "copies": 0,
        "batch_size": 16,
        "analysis_channels": (4, 6),
        "synthesis_channels": (4, 4),
        "analysis_hidden": 12,
        "synthesis_hidden": 16,
        "lossless": True,
        "precision": "bfloat16",
    }
    return Settings(**(small | changed))


def begun(pictures: Pictures, tmp_path: Path, phase: str) -> Training:
    """A run that has come to the end of ``phase``."""
    training = Training(settings(epochs=3), pictures, CPU)
    training.run(tmp_path / "c", lambda event: None, until=training.schedule.ends[PHASES.index(phase)])
    assert training.phase.name == phase
    return training
