"""Examples run as printed: Python in one namespace a page; commands in this process, or by a shell if they need one.

Training is cut short. ``pip install`` is not run, but the extras that it names must be there.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
from click.testing import CliRunner

from aecodec.cli import app
from tests.docs.blocks import ROOT, Block

SHORT = ("--minutes", "0.03")  # of training
_SHELL = re.compile(r"""[|<>;&$`*?{}]|^\s|^(?!aecodec |pip install )""")
_EXTRAS = re.compile(r"\[([\w,-]+)\]")


class Runner:
    """Runs the blocks of one page, in order, in the current folder."""

    def __init__(self, tools: Path) -> None:
        """``tools`` is a new folder for the program that a shell finds by the name ``aecodec``."""
        self._names: dict[str, object] = {"__name__": "page"}
        self._tools = tools
        self._output = ""

    def run(self, block: Block) -> None:
        """Run a block, or compare what is shown with the output of the commands before it, but for the numbers.

        Raises AssertionError, or what the Python raises.
        """
        if block.language == "text":
            assert _without_numbers(block.code) == _without_numbers(self._output), f"line {block.line}: {self._output}"
            return
        self._output = ""
        if block.language == "python":
            exec(compile(block.code, f"line {block.line}", "exec"), self._names)
            return
        lines = [line for line in block.code.splitlines() if line and not line.startswith("#")]
        if any(_SHELL.search(_without_comment(line)) for line in lines):
            self._by_shell(block.code)
            return
        for line in lines:
            self._in_process(shlex.split(line, comments=True))

    def _in_process(self, words: list[str]) -> None:
        if words[0] == "pip":
            check_extras(words)
            return
        short = SHORT if words[1] == "train" else ()
        result = CliRunner().invoke(app, [*words[1:], *short])
        assert result.exit_code == 0, f"{shlex.join(words)}: {result.output} {result.exception}"
        self._output += result.output

    def _by_shell(self, code: str) -> None:
        program = self._tools / "aecodec"
        if not program.exists():
            self._tools.mkdir()
            program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m aecodec "$@"\n')
            program.chmod(0o755)
        environment = {**os.environ, "PATH": f"{self._tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        command = ["bash", "-euo", "pipefail", "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{code}{done.stdout}{done.stderr}"
        self._output += done.stdout + done.stderr


def _without_comment(line: str) -> str:
    """A command without what is said of it, and without quotes, in which no shell sees a sign."""
    return re.sub(r"'[^']*'|\"[^\"$]*\"", "x", line).partition(" #")[0]


def _without_numbers(text: str) -> list[str]:
    """The lines of a text, with a sign in place of every number, and without runs of blanks."""
    return [" ".join(re.sub(r"\d[\d,.]*", "#", line).split()) for line in text.strip().splitlines()]


def check_extras(words: list[str]) -> None:
    """Compare the extras that a command of pip names with those of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for word in words:
        found = _EXTRAS.search(word)
        for extra in found[1].split(",") if found else ():
            assert extra in project["optional-dependencies"], f"{word}: no extra {extra}"


def check_words(words: list[str]) -> None:
    """Parse a command without running it; raises click.UsageError for what it does not know."""
    command: click.Command = app
    context = click.Context(app, info_name="aecodec", **app.context_settings)
    rest = words[1:]
    while isinstance(command, click.Group):
        _, found, rest = command.resolve_command(context, rest)
        assert found is not None
        context = click.Context(found, info_name=found.name, parent=context)
        command = found
    command.make_parser(context).parse_args(list(rest))
