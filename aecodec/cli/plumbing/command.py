"""A command of the program shows its options in sections, and says to common slips what to write instead."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from aecodec.cli.plumbing.slips import about_option, about_value, quality_meant

Sections = Mapping[str, Sequence[str]]  # a heading, and the names of options below it, without dashes
COMMON = "Common options"
_ALL = "Options"
_METAVARS = {click.IntRange: "N", click.FloatRange: "X"}  # where an option has none of its own


class Command(click.Command):
    """A command with ``sections``: options that are in none of them come last. Numbers are N and X in its help."""

    def __init__(self, *args: Any, sections: Sections | None = None, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.sections = dict(sections or {})
        for option in self.params:
            if isinstance(option, click.Option) and option.metavar is None:
                option.metavar = _METAVARS.get(type(option.type))

    def sorted_options(self, ctx: click.Context) -> dict[str, list[click.Option]]:
        """Return the options below their headings, in the order of the sections."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        named = {name: option for option in options for name in option.opts}
        found: dict[str, list[click.Option]] = {}
        for heading, names in self.sections.items():
            found[heading] = [named[f"--{name}"] for name in names]
        taken = list(itertools.chain.from_iterable(found.values()))
        found[COMMON if found else _ALL] = [option for option in options if option not in taken]
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each section."""
        for heading, params in self.sorted_options(ctx).items():
            records = [record for param in params if (record := param.get_help_record(ctx)) is not None]
            with formatter.section(heading):
                formatter.write_dl(records)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Do as click does, but say of a slip what to write instead."""
        takes_quality = any("--quality" in param.opts for param in self.params)
        number = quality_meant(args) if takes_quality and not ctx.resilient_parsing else None
        if number is not None:
            raise click.UsageError(f"-q is --quiet, and takes no number; quality is --quality {number}", ctx)
        with slips_told(self, ctx, args):
            return super().parse_args(ctx, list(args))


@contextmanager
def slips_told(command: click.Command, ctx: click.Context, args: Sequence[str]) -> Iterator[None]:
    """Say of an option that ``command`` does not have, but other programs do, what to write instead; of a value that
    is no number, that it is none.
    """
    try:
        yield
    except click.NoSuchOption as error:
        hint = about_option(error.option_name, args, [name for param in command.params for name in param.opts])
        if hint is None:
            raise
        raise click.UsageError(f"no such option {error.option_name}: {hint}", ctx) from error
    except click.MissingParameter:
        raise
    except click.BadParameter as error:
        raise click.BadParameter(about_value(error.message), error.ctx, error.param, error.param_hint) from error
