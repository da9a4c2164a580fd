"""Too little memory: it is said, and it costs one file of many."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from aecodec.cli.tasks import compress_each, compress_one
from aecodec.errors import FormatError
from tests.cli.lines import Run, files_below, program


@pytest.mark.parametrize(
    ("line", "where", "done"),
    [
        ("decompress files -o out", "aecodec.codec.decode.parse", {"b.png", "sub/c.png", "sub/d.png"}),
        ("verify files", "aecodec.codec.decode.parse", set()),
        ("info files", "aecodec.cli.commands.info.inspect", set()),
        (
            "compress pics --each --lossless -o out",
            "aecodec.files.gallery.decode_with_remarks",
            {"b.aec", "sub/c.aec"},
        ),
    ],
)
def test_memory_for_one_of_many(
    run: Run, monkeypatch: pytest.MonkeyPatch, line: str, where: str, done: set[str]
) -> None:
    """It is one file's failure, and the others are done."""
    run("compress pics --each -o files --lossless -q")
    module, _, name = where.rpartition(".")
    real, calls = getattr(sys.modules.get(module) or __import__(module, fromlist=[name]), name), [0]

    def short(*arguments: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            raise MemoryError
        return real(*arguments, **options)

    monkeypatch.setattr(where, short)
    result = run(line)
    assert result.exit_code == 1 and calls[0] >= 4
    errors = [text for text in result.stderr.splitlines() if "error" in text]
    assert len(errors) == 1 and "/a." in errors[0] and "not enough memory" in errors[0]
    assert done <= (files_below(Path("out")) if Path("out").exists() else set())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of address space are Linux's")
@pytest.mark.parametrize("threads", ["1", "8"])
@pytest.mark.parametrize("megabytes", [60, 100, 110, 130])
def test_little_memory(here: Path, megabytes: int, threads: str) -> None:
    """Whatever it is that fails, modules that are imported among it."""
    resource = pytest.importorskip("resource")
    before = files_below(here)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    environment = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": threads}
    done = program("compress d.png -o x.aec", here, preexec_fn=limit, capture_output=True, env=environment)
    assert done.returncode == 6 and done.stdout == b"", done.stderr
    assert done.stderr.startswith(b"aecodec: error: not enough memory") and done.stderr.count(b"\n") == 1
    assert files_below(here) == before


@pytest.mark.parametrize("free", [True, False])
def test_errors_for_want_of_memory(run: Run, monkeypatch: pytest.MonkeyPatch, free: bool) -> None:
    """They say so themselves, or a cause does; of others that nobody expects, what is left says it."""
    monkeypatch.setattr("aecodec.cli.early.memory._is_free", lambda size: free)
    caused = FormatError("it looks damaged")
    caused.__cause__ = OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    unexpected: list[Exception] = [ImportError("failed to map segment"), RuntimeError("can't start new thread")]
    short = [MemoryError(), OSError(errno.ENOMEM, "x"), caused] + ([] if free else unexpected)
    others = [FormatError("it is damaged"), OSError(errno.EIO, "x")] + (unexpected if free else [])
    for error in (*short, *others):

        def fail(*_: Any, error: Exception = error, **__: Any) -> Any:
            raise error

        monkeypatch.setattr(compress_one, "compress_all", fail)
        result = run("compress d.png -o x.aec --lossless")
        assert ("not enough memory" in result.stderr) == (result.exit_code == 6) == (error in short), error
        monkeypatch.setattr(compress_each, "compress_apart", fail)
        result = run("compress pics --each -o out --lossless")
        assert (result.stderr.count("pics/a.png: not enough memory") == 1) == (error in short), error
