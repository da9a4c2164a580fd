"""Names of files on a command line: patterns that the shell left alone, and lists of names in a file."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from aecodec.errors import FileError, UsageError
from aecodec.files import STDIO, read_bytes
from aecodec.files.read import shown

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_BOM = "\ufeff".encode()
_LIST, _ZEROS = "aecodec.list", "aecodec.zeros"  # keys of what click keeps with a command


def inputs_given(name: str, metavar: str, outputs: Sequence[str] = ()) -> Callable[[Decorated], Decorated]:
    """Return what declares the inputs of a command, and the options that go with them.

    ``outputs`` are suffixes of outputs: where the last of several inputs has one, and is not there, ``-o`` is missing.
    """

    def inputs(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
        if ctx.resilient_parsing:
            return value
        file = ctx.meta.get(_LIST)
        if ctx.meta.get(_ZEROS) and file is None:
            raise UsageError("-0 says how a list is written: add --filelist")
        if not value and file is None:
            raise click.MissingParameter(ctx=ctx, param=param)
        _check_last(value, outputs)
        listed = [] if file is None else _names_listed(file, ctx.meta[_ZEROS], value)
        return (*expanded(value), *listed)

    def declare(command: Decorated) -> Decorated:
        argument = click.argument(name, nargs=-1, metavar=metavar, callback=inputs, shell_complete=complete_file)
        return argument(_list_option(_zeros_option(_recursive_option(command))))

    return declare


def complete_file(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell to complete a file's name."""
    return [CompletionItem(incomplete, type="file")]


def are_many(inputs: Sequence[str]) -> bool:
    """Return whether ``inputs`` are meant as many, however many there are: several, a folder, or names in a list."""
    ctx = click.get_current_context(silent=True)
    return len(inputs) > 1 or os.path.isdir(inputs[0]) or (ctx is not None and ctx.meta.get(_LIST) is not None)


def expanded(names: Iterable[str]) -> list[str]:
    """Return ``names``, with the files that match, in order, in place of a pattern that is no file's name.

    ``*``, ``?`` and ``[...]`` are as in a shell, and ``**`` is folders at any depth. URLs, and braces, are
    left as they are (see :mod:`aecodec.shards.patterns`). Raises FileError if none match.
    """
    found: list[str] = []
    for name in names:
        if name == STDIO or not glob.has_magic(name) or "://" in name or "{" in name or os.path.lexists(name):
            found.append(name)
            continue
        matches = sorted(glob.glob(name, recursive=True))
        if not matches:
            raise FileError(f"no file matches {name}")
        found += matches
    return found


def names_in(data: bytes, *, zeros: bool = False) -> list[str]:
    """Return the names in a list: one a line, or with zero bytes between them if it has any, or with ``zeros``.

    Empty ones are left out. The others are taken as they are, without patterns, and ``-`` is a file of that name.
    """
    if zeros or b"\0" in data:
        parts = data.split(b"\0")
    else:
        parts = [line.removesuffix(b"\r") for line in data.removeprefix(_BOM).split(b"\n")]
    names = [os.fsdecode(part) for part in parts if part]
    return [os.path.join(os.curdir, name) if name == STDIO else name for name in names]


def _names_listed(file: str, zeros: bool, others: Sequence[str]) -> list[str]:
    if file == STDIO and STDIO in others:
        raise UsageError("standard input cannot be a picture and the list of pictures")
    names = names_in(read_bytes(file), zeros=zeros)
    if not names:
        raise UsageError(f"{shown(file)} holds no names of files")
    return names


def _check_last(names: Sequence[str], suffixes: Sequence[str]) -> None:
    """Refuse an output that stands last, where other programs have theirs."""
    last = names[-1] if len(names) > 1 else ""
    if last.lower().endswith(tuple(suffixes)) and not glob.has_magic(last) and not os.path.lexists(last):
        raise UsageError(f"there is no file {last}; if it is the output, write -o {last}")


def _keep(key: str) -> Callable[[click.Context, click.Parameter, object], None]:
    def keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
        ctx.meta[key] = value

    return keep


_list_option = click.option(
    "--filelist",
    is_eager=True,
    expose_value=False,
    callback=_keep(_LIST),
    metavar="FILE",
    shell_complete=complete_file,
    help="Also take the names in FILE, or on standard input if FILE is -. Names are one a line, or end with zero "
    "bytes. They count as several inputs, even if there is only one.",
)
_zeros_option = click.option(
    "-0",
    "--null",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_keep(_ZEROS),
    help="Names in --filelist end with zero bytes, as find -print0 writes them. Without this, it is found out.",
)
_recursive_option = click.option(
    "-r",
    "--recursive",
    is_flag=True,
    expose_value=False,
    help="Has no effect: folders are always searched at any depth.",
)
