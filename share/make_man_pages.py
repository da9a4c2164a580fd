"""Write the manual pages, ``share/man/man1``, from what the commands say of themselves.

``python share/make_man_pages.py`` writes them; with ``--check`` it only says which are out of date, and ends with 1. A
page keeps its date for as long as nothing else of it changes.
"""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

import aecodec
from aecodec.cli import app
from aecodec.cli.plumbing.command import Command

FOLDER = Path(__file__).resolve().parent / "man" / "man1"
_DATE = re.compile(r'^(\.TH \S+ 1 )"([-0-9]*)"', re.MULTILINE)
_MARK = "\b\n"  # before a paragraph whose lines are kept, as click has it
_NO_DATE = "0000-00-00"


def pages() -> dict[str, str]:
    """Make every page, by the name of its file, without its date."""
    top = click.Context(app, info_name="aecodec", **app.context_settings)
    return {f"{name.replace(' ', '-')}.1": page(name, command, ctx) for name, command, ctx in commands(app, top)}


def commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Give ``command`` and all below it, each with its name in full."""
    yield ctx.command_path, command, ctx
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from commands(below, click.Context(below, info_name=name, parent=ctx))


def page(name: str, command: click.Command, ctx: click.Context) -> str:
    """Make the page of one command."""
    title = name.replace(" ", "-")
    first, _, rest = (command.help or "").partition("\n\n")
    lines = [
        f'.TH {title.upper()} 1 "{_NO_DATE}" "aecodec {aecodec.__version__}" "User Commands"',
        ".SH NAME",
        rf"{escaped(title)} \- {escaped(without_stop(first))}",
        ".SH SYNOPSIS",
        rf"\fB{escaped(name)}\fR {escaped(' '.join(command.collect_usage_pieces(ctx)))}",
        ".SH DESCRIPTION",
        *paragraphs(rest or first),
    ]
    for heading, options in sections(command, ctx).items():
        lines += [f".SH {heading.upper()}", *(line for option in options for line in item(option, ctx))]
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        for below in command.list_commands(ctx):
            found = command.get_command(ctx, below)
            assert found is not None
            told, _, _ = (found.help or "").partition("\n\n")
            lines += [".TP", rf"\fB{escaped(f'{title}-{below}')}\fR(1)", escaped(joined(told))]
    lines += epilog(command.epilog or "")
    if ctx.parent is not None:
        lines += [".SH SEE ALSO", rf"\fB{escaped(ctx.parent.command_path.replace(' ', '-'))}\fR(1)"]
    return "\n".join(lines) + "\n"


def sections(command: click.Command, ctx: click.Context) -> dict[str, list[click.Option]]:
    """Sort the options of a command as its help does."""
    if isinstance(command, Command):
        return command.sorted_options(ctx)
    return {"Options": [param for param in command.get_params(ctx) if isinstance(param, click.Option)]}


def item(option: click.Option, ctx: click.Context) -> list[str]:
    """Describe an option."""
    found = option.get_help_record(ctx)
    if found is None:
        return []
    names, text = found
    return [".TP", rf"\fB{escaped(names)}\fR", escaped(joined(text))] if text else [".TP", rf"\fB{escaped(names)}\fR"]


def epilog(text: str) -> list[str]:
    """Give the parts of a help's end, each a heading and lines that are kept, or a paragraph."""
    lines: list[str] = []
    for part in filter(None, text.split(_MARK)):
        heading, _, rest = part.strip().partition(":")
        lines.append(f".SH {heading.upper()}")
        kept = rest.startswith("\n")
        lines += [".nf", *map(escaped, rest.strip("\n").splitlines()), ".fi"] if kept else [escaped(joined(rest))]
    return lines


def paragraphs(text: str) -> list[str]:
    """Set paragraphs apart."""
    lines: list[str] = []
    for part in text.split("\n\n"):
        lines += [*([".PP"] if lines else []), escaped(joined(part))]
    return lines


def joined(text: str) -> str:
    """Make one line of a paragraph."""
    return " ".join(text.split())


def without_stop(text: str) -> str:
    """Leave out the full stop at the end of a page's first line."""
    return joined(text).rstrip(".")


def escaped(text: str) -> str:
    """Write what roff would take for its own: backslashes, dashes of options, quotes, and dots that begin a line."""
    text = (
        text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("^", r"\(ha").replace("~", r"\(ti")
    )
    return rf"\&{text}" if text.startswith(".") else text


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a page is out of date")
    check = parser.parse_args().check
    made = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.1")}
    stale = [name for name, text in made.items() if _DATE.sub(rf'\1"{_NO_DATE}"', there.get(name, "")) != text]
    gone = sorted(there.keys() - made.keys())
    if check:
        for name in (*stale, *gone):
            print(f"{name} is out of date: run python share/make_man_pages.py", file=sys.stderr)
        return bool(stale or gone)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in gone:
        (FOLDER / name).unlink()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    for name in stale:
        (FOLDER / name).write_text(made[name].replace(_NO_DATE, today, 1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
