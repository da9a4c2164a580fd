"""The program itself: standard streams, help, what it imports, and its progress."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import aecodec
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.files import read_picture
from tests.cli.lines import PIXELS, Run, fails, files_below, program, succeeds
from tests.conftest import ROOT


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of files are bytes there")
def test_names_in_a_locale_without_utf_8(run: Run, here: Path) -> None:
    """A container has the names that it has elsewhere, and unpacks; what is no UTF-8 is left out, with the reason."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    Path("in/ü").mkdir(parents=True)
    for name in (b"in/\xc3\xa9.png", b"in/\xc3\xbc/\xe6\xbc\xa2.bmp", b"in/\xff.png"):
        Path(os.fsdecode(name)).write_bytes(Path("d.png").read_bytes())
    files: dict[str, bytes] = {}
    for number, environment in enumerate((plain, {"PYTHONUTF8": "1"})):
        line = f"compress in -o {number}.aec --lossless --effort 0"
        done = program(line, here, capture_output=True, env=environment)
        assert done.returncode == 1 and b"it is not text in UTF-8; rename it\n" in done.stderr, done.stderr
        files[line] = Path(f"{number}.aec").read_bytes()
        done = program(f"decompress {number}.aec -o back{number}", here, capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr
        assert files_below(Path(f"back{number}")) == {"é.png", "ü/漢.bmp"}
        line = f"compress in --each -o each{number} --lossless --effort 0"
        done = program(line, here, capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr
        assert {"é.aec", "ü/漢.aec"} < files_below(Path(f"each{number}"))
    assert len(set(files.values())) == 1
    assert aecodec.inspect(files.popitem()[1]).names == ("é.png", "ü/漢.bmp")


def test_program(run: Run, here: Path) -> None:
    """As a process: streams apart, exit codes, nothing but what was asked on standard output."""
    done = program("compress d.png --lossless --effort 0 -o -", here, capture_output=True)
    assert done.returncode == 0
    np.testing.assert_array_equal(aecodec.decompress(done.stdout), PIXELS[0])
    assert done.stderr.decode().startswith("d.png → standard output: ")
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    again = program("decompress - -o x.png", here, input=done.stdout, capture_output=True, env=ascii_only)
    assert (again.returncode, again.stdout) == (0, b"")
    assert again.stderr.startswith(b"standard input -> x.png: ")
    np.testing.assert_array_equal(read_picture("x.png"), PIXELS[0])
    wrong = program("decompress - -o y.png", here, input=done.stdout[:-1], capture_output=True)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count(b"\n")) == (3, b"", 1)
    assert wrong.stderr.startswith(b"aecodec: error: standard input: ")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_dev_stdout_is_written_through(run: Run, here: Path) -> None:
    run("compress d.png --lossless")
    with open("out.png", "wb") as out:
        done = program("decompress d.aec -o /dev/stdout -q", here, stdout=out, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    np.testing.assert_array_equal(read_picture("out.png"), PIXELS[0])


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_dev_stdout_is_appended_to(run: Run, here: Path) -> None:
    run("compress d.png --lossless --effort 0")
    Path("log").write_bytes(b"old")
    for _ in range(2):
        with open("log", "ab") as log:
            done = program(
                "compress d.png --lossless --effort 0 -o /dev/stdout -q", here, stdout=log, stderr=subprocess.PIPE
            )
        assert (done.returncode, done.stderr) == (0, b"")
    assert Path("log").read_bytes() == b"old" + 2 * Path("d.aec").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="descriptors are closed as a Unix shell does")
def test_closed_and_full_streams(run: Run, here: Path) -> None:
    """Standard streams that are closed or full: what can be done is done, and no message gets into an output."""
    run("compress d.png --lossless --effort 0")

    def closed(line: str, stream: str) -> tuple[int, bytes, bytes]:
        command = f"exec {sys.executable} -m aecodec {line} {stream}"
        done = program("", here, shell=True, command=command, capture_output=True)
        return done.returncode, done.stdout, done.stderr

    data = Path("d.aec").read_bytes()
    for stream in ("2>&-", "2>/dev/full", "2>&- <&-"):
        assert closed("compress d.png --lossless --effort 0 -o -", stream) == (0, data, b"")
        assert closed("compress d.png --lossless --effort 0 -f -o e.aec", stream) == (0, b"", b"")
        assert closed("compress gone.png", stream) == (7, b"", b"")
    for line in ("compress d.png --lossless --effort 0 -o -", "info d.aec", "decompress d.aec -o -", "--help"):
        code, _, text = closed(line, ">&-")
        assert (code, text) == (7, b"aecodec: error: cannot write standard output: Bad file descriptor\n")
    code, _, text = closed("decompress - -o x.png", "<&-")
    assert (code, text) == (7, b"aecodec: error: cannot read standard input: Bad file descriptor\n")
    succeeds(run("verify e.aec --against d.png"))


def test_start_imports_only_what_is_needed(run: Run, here: Path) -> None:
    run("compress d.png --lossless")
    script = (
        "import sys; sys.argv[1:] = 'decompress d.aec -o x.png -q'.split()\n"
        "from aecodec.cli import app\n"
        "try: app.main()\n"
        "except SystemExit: pass\n"
        "slow = ('torch', 'rich', 'matplotlib', 'pydantic', 'aecodec.train', 'aecodec.cli.commands.train')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60, check=False)
    assert done.stdout.strip() == b"[]", done.stderr


@pytest.mark.parametrize(
    "line",
    ["", "compress", "decompress", "info", "verify", "models", "models list", "models show", "models verify"],
)
def test_help(run: Run, line: str) -> None:
    result = succeeds(run(f"{line} --help"))
    assert "Examples:\n    aecodec " in result.stdout
    assert "-h, --help" in result.stdout
    assert succeeds(run(f"{line} -h")).stdout == result.stdout


def test_usage(run: Run) -> None:
    assert succeeds(run("--version")).stdout == f"aecodec {aecodec.__version__}\n"
    fails(run("--nonsense"), 2, "--nonsense", "aecodec --help")
    fails(run("explode"), 2, "explode")
    assert run("").exit_code == 2
    for words in ("129 hung up (SIGHUP)", "143 terminated (SIGTERM)"):
        assert words in run("--help").stdout


def test_a_missing_command_module_harms_no_other(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aecodec.cli.commands.train", None)
    fails(run("train"), 2, "train is not available here")
    assert "train" in succeeds(run("--help")).stdout


def test_progress_is_for_terminals(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with progress_bar(1000, "x", False) as progress:
        assert progress is None
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress_bar(1000, "x", True) as progress:
        assert progress is None
    with progress_bar(1000, "x", False) as progress:
        assert progress is not None
        progress(1000)
