"""What a command line asks of compression, and its contradictions in the words of a command line."""

from __future__ import annotations

import re
from typing import Any

from aecodec.codec import Options
from aecodec.errors import UsageError

_NAMES = re.compile(
    r"\b(latent_dim|max_mse|min_psnr|max_bytes|lossless|quality|effort|jobs|progressive|model(?= exclude))\b"
)


def chosen_options(chosen: dict[str, Any]) -> Options:
    """Raises UsageError, which names options as they are typed."""
    try:
        return Options(**chosen)
    except UsageError as error:
        raise UsageError(_NAMES.sub(_as_typed, str(error))) from error


def _as_typed(name: re.Match[str]) -> str:
    return "--" + name[0].replace("_", "-")
