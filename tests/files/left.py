"""What writing leaves behind."""

from __future__ import annotations

from pathlib import Path


def left_behind(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob(".aecodec-*"))
