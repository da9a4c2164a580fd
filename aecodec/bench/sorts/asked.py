"""A benchmark is asked for this, whatever sort of pictures it is on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    """These are the options of ``aecodec benchmark``, or None if the sort of pictures has a default of its own."""

    dataset: str
    data_dir: Path
    download: bool
    latent_dims: tuple[int, ...] | None
    models: tuple[str, ...]
    qualities: tuple[int, ...] | None
    peers: tuple[str, ...]
    lossless: bool | None
    progressive: bool
    baseline: bool
    effort: int
    limit: int | None
    singles: int
    runs: int | None
    timed: int
    jobs: int
