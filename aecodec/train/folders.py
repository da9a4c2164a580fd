"""Folders of pictures, of any sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Folders of pictures to train on, and one to validate with; without that some of the others are held back."""

    images: Sequence[Path]
    validation: Path | None = None
