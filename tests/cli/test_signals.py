"""Signals end the program with their exit code, and nothing is left behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import aecodec
from aecodec.cli.tasks import compress_one
from tests.cli.lines import PIXELS, Run, files_below
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 6, "memory"),
        (EOFError(), 130, "interrupted"),
        (PermissionError(errno.EACCES, "Permission denied", "some/file"), 7, "error: some/file: Permission denied"),
        (OSError(errno.EMFILE, "Too many open files"), 7, "error: Too many open files"),
    ],
)
def test_interruptions(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(compress_one, "compress_all", stop)
    result = run("compress d.png --lossless")
    assert result.exit_code == code
    assert result.stderr.strip().splitlines() == [line for line in result.stderr.splitlines() if words in line]
    assert words in result.stderr
    assert "d.aec" not in files_below(here)


def ended_while_writing(number: str, more: str = "", *, ignored: bool = False) -> tuple[int, bytes]:
    """Exit code and standard error of a compression that gets a signal when its bytes go to the disk.

    It begins with the signal ``ignored``, as under nohup, or as a terminal's program has it, however these tests run.
    """
    begins = "SIG_IGN" if ignored else "default_int_handler" if number == "SIGINT" else "SIG_DFL"
    script = (
        "import os, signal, sys\n"
        f"signal.signal(signal.{number}, signal.{begins})\n"
        f"os.fsync = lambda descriptor: os.kill(os.getpid(), signal.{number})\n"
        f"{more}"
        "sys.argv[1:] = 'compress d.png --lossless --effort 0'.split()\n"
        "from aecodec.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60, check=False)
    return done.returncode, done.stderr


ENDS = {
    "SIGTERM": (143, b"aecodec: error: ended by SIGTERM\n"),
    "SIGHUP": (129, b"aecodec: error: ended by SIGHUP\n"),
    "SIGINT": (130, b"aecodec: error: interrupted\n"),
}


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_removes_the_temporary_file(here: Path, number: str) -> None:
    before = files_below(here)
    assert ended_while_writing(number) == ENDS[number]
    assert files_below(here) == before


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("module", ["click", "numpy", "aecodec.cli.commands.info"])
def test_a_signal_while_modules_are_imported(here: Path, number: str, module: str) -> None:
    script = (
        "import os, signal, sys\n"
        f"signal.signal(signal.{number}, signal.{'default_int_handler' if number == 'SIGINT' else 'SIG_DFL'})\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.{number})\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.argv[1:] = ['info', 'd.aec']\n"
        "from aecodec.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == ENDS[number]


@pytest.mark.parametrize("number", ["SIGHUP", "SIGINT"])
def test_a_signal_that_the_caller_ignores_stays_ignored(here: Path, number: str) -> None:
    """As nohup and a shell's background have it."""
    code, said = ended_while_writing(number, ignored=True)
    assert code == 0 and b"d.png" in said
    np.testing.assert_array_equal(aecodec.decompress((here / "d.aec").read_bytes()), PIXELS[0])


@pytest.mark.parametrize("first", ENDS)
def test_a_second_signal_does_not_stop_the_cleaning(here: Path, first: str) -> None:
    second = (
        "real = os.unlink\n"
        "def unlink(path):\n"
        "    for number in (signal.SIGTERM, signal.SIGINT): os.kill(os.getpid(), number)\n"
        "    real(path)\n"
        "os.unlink = unlink\n"
    )
    before = files_below(here)
    assert ended_while_writing(first, second) == ENDS[first]
    assert files_below(here) == before
