"""Models on a command line: their ids as a shell completes them, and what is said of one that was used."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from aecodec.cli.plumbing.given import complete_file
from aecodec.zoo import Model, Zoo


def complete_model(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Give the ids of the models at hand, by the names of their files; a path is left to the shell."""
    names = dict.fromkeys(path.stem for path in Zoo(ctx.params.get("model_path") or ()).files())
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or complete_file(ctx, param, incomplete)


def model_facts(models: Iterable[Model]) -> list[str]:
    """Return what ``-v`` says of ``models``, so that each can be told from another of its name."""
    return [f"model {model.id} has SHA-256 {model.sha256}" for model in models]
