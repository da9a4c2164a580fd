"""The group finds commands, and imports each when it is used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import click

import aecodec
from aecodec.cli.early.ends import end_cleanly
from aecodec.cli.early.garbage import collect_what_comes
from aecodec.cli.guard import PIPE_CLOSED, guarded
from aecodec.cli.plumbing.command import slips_told
from aecodec.cli.plumbing.slips import about_command

# module in aecodec.cli.commands, which is also the command's attribute there: what it does
COMMANDS = {
    "compress": "Compress pictures into one .aec file, or one each.",
    "decompress": "Turn .aec files back into pictures.",
    "info": "Show what a file says of itself.",
    "verify": "Decode files completely and report whether they are sound.",
    "models": "List, show and check the models at hand.",
    "benchmark": "Measure models and other codecs on a test split.",
    "visualize": "Draw figures from a benchmark's report, or from the models.",
    "train": "Train a model on pictures (needs PyTorch).",
}


@contextmanager
def _own_ends() -> Iterator[None]:
    """End in our own way: a reader that went away is no failure of a batch, and an interruption is one line."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.Abort from None
    except BrokenPipeError:
        raise click.exceptions.Exit(PIPE_CLOSED) from None


class Application(click.Group):
    """It has commands on demand, and makes of every expected error one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List them in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; raises UsageError if this installation lacks it."""
        if cmd_name not in COMMANDS:
            return None
        try:
            module = import_module(f"aecodec.cli.commands.{cmd_name}")
        except ModuleNotFoundError as error:
            raise click.UsageError(f"{cmd_name} is not available here: {error}") from error
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Do as click does, but say more of a word that is no command."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(about_command(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Do as click does, but say of a slip what to write instead."""
        with slips_told(self, ctx, args):
            return super().parse_args(ctx, list(args))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list above; nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Do as click does, with the ends of :meth:`invoke`: ``--help`` and ``--version`` are shown here."""
        with _own_ends():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Do as click does, but with our own exit code for a reader that went away, and no empty line before others."""
        with _own_ends():
            return super().invoke(ctx)

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run one command line, and exit with its code."""
        options |= {"standalone_mode": False, "prog_name": "aecodec"}
        run = super().main
        sys.exit(guarded(lambda: run(*args, **options)))


_EPILOG = """\b
Examples:
  aecodec compress photo.jpg               (writes photo.aec)
  aecodec decompress photo.aec             (writes photo.png)
  aecodec compress scans/ -o scans.aec     (a folder into one file)
  aecodec decompress scans.aec -o again/
  aecodec verify scans.aec

\b
Exit codes: 0 done, 1 some of a batch failed, 2 usage, 3 corrupt file,
4 unsupported format or picture, 5 model missing or not the right one,
6 limit, 7 input/output, 129 hung up (SIGHUP), 130 interrupted,
141 the reader went away, 143 terminated (SIGTERM).

\b
Environment:
  AECODEC_MODEL_PATH  folders with models, searched before those shipped
  AECODEC_CACHE       folder for what is known of models, or off
                      (default: aecodec in the user's cache folder)
"""


@click.group(cls=Application, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(aecodec.__version__, "-V", "--version", prog_name="aecodec", message="%(prog)s %(version)s")
@click.pass_context
def app(ctx: click.Context) -> None:
    """Compress pictures to small .aec files, and back: the same pixels on every machine."""
    if ctx.obj is not None:
        ctx.obj()  # the command is imported


def run() -> NoReturn:
    """Run the process's command line; once its command is imported signals end it cleanly, and garbage is collected."""
    app.main(obj=_begin)


def _begin() -> None:
    end_cleanly()
    collect_what_comes()
