"""Commands tell files from shards, and these have options of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from aecodec.engines import DEFAULT, ENGINES

engine_option = click.option(
    "--engine",
    "engine_name",
    type=click.Choice(list(ENGINES)),
    help=f"What does the shards: processes of this machine, or Ray, on the cluster at RAY_ADDRESS if that is set. "
    f"Default: {DEFAULT}.",
)


def are_shards(words: Sequence[str], engine_name: str | None) -> bool:
    """Return whether a command on files is one on shards: an engine is named, or a URL, or a folder of shards."""
    if engine_name is not None:
        return True
    if not any("://" in word or os.path.isdir(word) for word in words):
        return False
    from aecodec.shards.output import is_shards  # which others need not wait for
    from aecodec.shards.places import is_folder, is_url, settled

    return any(is_url(word) or (is_folder(word) and is_shards(word)) for word in map(settled, words))
