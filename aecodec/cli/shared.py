"""What several commands use: options, lines for people, lines for programs, a progress bar."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO, TypeVar

import click

from aecodec.cli.memory import is_short
from aecodec.errors import AecError, FileError, LimitError, UsageError
from aecodec.files import STDIO, Source, find_files, is_picture_name
from aecodec.files.atomic import failed
from aecodec.files.read import shown

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
BATCH_FAILED = 1  # exit code: some of several failed, the others are done
NO_MEMORY = "not enough memory; it takes some 200 MB, and more for many or large pictures at once"
AEC = ".aec"
_KINDS_SHOWN = 4  # of files passed over
BAR_FROM = 64  # pictures; fewer are done before a bar would be read

model_path_option = click.option(
    "--model-path",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Another folder with models; searched before AECODEC_MODEL_PATH and those shipped. May be repeated.",
)
force_option = click.option("-f", "--force", is_flag=True, help="Replace outputs that exist.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line on standard output.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No summary, no warnings; errors are still shown.")


def examples(*lines: str) -> str:
    """Help's last part; click keeps the lines of a paragraph that begins with a backspace."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def say(text: str) -> None:
    """One line for people, on standard error; where that cannot be written to, there is nobody to tell."""
    try:
        print(one_line(text), file=sys.stderr, flush=True)
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Let the interpreter's last flush succeed where a standard stream is broken."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


@contextmanager
def standard_output() -> Iterator[None]:
    """Raise FileError where what is written here cannot be; BrokenPipeError is another's."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise failed(STDIO, error) from error


def flush() -> None:
    """Bring what was shown to where it goes."""
    with standard_output():
        sys.stdout.flush()


def show(text: str) -> None:
    """One line of a command's product, on standard output."""
    with standard_output():
        print(one_line(text))


def emit(record: dict[str, Any]) -> None:
    """One JSON object on one line, on standard output; infinite becomes null."""
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in record.items()
    }
    with standard_output():
        print(json.dumps(finite))


def one_line(text: str) -> str:
    """``text`` with control characters and lone surrogates written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def complain(error: AecError) -> None:
    """One line for people about what failed."""
    say(f"aecodec: error: {as_typed(error)}")


def as_typed(error: AecError) -> str:
    """The message, with arguments as options of a command line."""
    return error.worded(lambda name: "--" + name.replace("_", "-"))


@contextmanager
def about(file: str) -> Iterator[None]:
    """Name ``file`` in errors that do not: those about its bytes."""
    try:
        yield
    except FileError:
        raise
    except AecError as error:
        raise type(error)(f"{shown(file)}: ", *error.args) from error


@contextmanager
def within_memory(file: str) -> Iterator[None]:
    """Of many files, one that is too large for this machine is one that fails."""
    try:
        yield
    except LimitError:
        raise
    except Exception as error:
        if not is_short(error):
            raise
        raise LimitError(f"{shown(file)}: {NO_MEMORY}") from error


def search(inputs: Sequence[str], suffixes: Sequence[str], what: str, *, quiet: bool = False) -> list[Source]:
    """What :func:`aecodec.files.find_files` finds, with a line on what it passes over."""
    found = find_files(inputs, suffixes, what)
    count = sum(found.others.values())
    if count and not quiet:
        kinds = [f"{number} {kind}" for kind, number in found.others.most_common(_KINDS_SHOWN)]
        more = ["..."] * (len(found.others) > _KINDS_SHOWN)
        say(f"aecodec: note: {count} other file{'s' * (count != 1)} passed over ({', '.join(kinds + more)})")
    return found.sources


def in_folders(files: Sequence[str]) -> list[Source]:
    """``files``, and for each folder among them the .aec files in it."""
    return search(files, (AEC,), f"{AEC} files")


def arrow() -> str:
    """An arrow that standard error can show."""
    try:
        "→".encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return "->"
    return "→"


def check_stdout(target: str, as_json: bool) -> None:
    """Refuse standard output for bytes where it is a terminal, or taken by JSON."""
    if target == STDIO and as_json:
        raise UsageError("--json and -o - both need standard output; drop one")
    if target == STDIO and sys.stdout.isatty():
        raise UsageError("standard output is a terminal; redirect it, or name a file with -o")


def is_file_name(name: str) -> bool:
    """Whether ``name`` says that it is a picture's or a container's, and no folder's."""
    return is_picture_name(name) or os.path.splitext(name)[1].lower() == AEC


def check_apart(target: str, inputs: Iterable[str]) -> None:
    """Refuse to replace an input by the output, even with -f."""
    if os.path.isfile(target) and any(os.path.exists(i) and os.path.samefile(i, target) for i in inputs):
        raise UsageError(f"{target} is an input too; choose another output")


def inside(folder: str, file: str, suffix: str) -> str:
    """The output in ``folder`` that has the name of the input ``file``, with another suffix."""
    if file == STDIO:
        raise UsageError("standard input has no name to make the output's from; name the file with -o")
    return os.path.join(folder, os.path.splitext(os.path.basename(file))[0] + suffix)


def decibels(value: float) -> str:
    """A PSNR for people."""
    return "exact" if math.isinf(value) else f"PSNR {value:.1f} dB"


@contextmanager
def progress_bar(total: int, label: str, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A function to call with the number of pictures done; None where nobody would see a bar."""
    if quiet or total < BAR_FROM or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.update(task, completed=done)
