"""Describe every command as Markdown, from the commands themselves, for the site's page of the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "share"))

from make_man_pages import commands, joined, sections

from aecodec.cli import app

_KEPT = "\b\n"  # before a paragraph whose lines are kept, as click has it


def described() -> str:
    """Describe all commands, each under a heading of its own."""
    top = click.Context(app, info_name="aecodec", **app.context_settings)
    return "\n".join(part for name, command, context in commands(app, top) for part in _command(name, command, context))


def _command(name: str, command: click.Command, context: click.Context) -> list[str]:
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"### {name}", "", "```sh", usage, "```", ""]
    for paragraph in (command.help or "").split("\n\n"):
        parts += [_text(paragraph), ""]
    for heading, options in sections(command, context).items():
        parts += [f"**{heading}**", ""]
        for option in options:
            names, text = option.get_help_record(context) or ("", "")
            parts += [f"`{names}`", f":   {_text(text)}", ""]
    return [*parts, *_ending(command.epilog or "")]


def _ending(epilog: str) -> list[str]:
    """Show the examples and the like that end a command's help."""
    parts: list[str] = []
    for part in filter(None, epilog.split(_KEPT)):
        heading, _, rest = part.strip().partition(":")
        lines = [line.strip() for line in rest.strip("\n").splitlines()]
        parts += [f"**{heading}**", ""]
        parts += ["```sh", *lines, "```", ""] if heading == "Examples" else ["```text", *lines, "```", ""]
    return parts


def _text(help_text: str) -> str:
    """Make one line of a paragraph, in which no sign is Markdown's."""
    return joined(help_text).replace("<", "&lt;").replace("*", r"\*").replace("_", r"\_").replace("[", r"\[")
