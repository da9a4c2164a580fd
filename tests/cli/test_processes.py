"""The processes of a command: where there can be none, how many there are, and their end."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aecodec.codec import workers
from tests.conftest import ROOT


@pytest.mark.parametrize("error", [NotImplementedError("lacks semaphores"), OSError(errno.ENOSYS, "no semaphores")])
def test_without_semaphores_one_process_does_all(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", refuse)
    monkeypatch.setattr(workers, "_START", 0.0)
    with workers.workers(2) as engine:
        assert list(engine.map(abs, [-1, -2])) == [1, 2]


def test_no_more_processes_than_the_system_can_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(count: int, **_: Any) -> None:
        asked.append(count)
        raise NotImplementedError

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", refuse)
    monkeypatch.setattr(workers, "_START", 0.0)
    for most in (workers._MOST, 61):
        monkeypatch.setattr(workers, "_MOST", most)
        with workers.workers(97) as engine:
            assert list(engine.map(time.sleep, [0.1])) == [None]
    assert asked == [61 if os.name == "nt" else 96, 61]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="finds processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(here: Path, number: int) -> None:
    """However the process that started them does; a SIGINT goes to all of them, as from a terminal."""
    script = (
        "import os, time\n"
        "from aecodec.codec.workers import workers\n"
        "if __name__ == '__main__':\n"
        "    with workers(2) as engine:\n"
        "        for pid in engine.map(wait, [0, 0]): print(pid, flush=True)\n"
        "        for _ in engine.map(time.sleep, [0, 1.5]): pass\n"
    )
    Path("w.py").write_text("import os, time\ndef wait(_): time.sleep(0.3); return os.getpid()\n" + script)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    options: dict[str, Any] = {"env": environment, "stdout": subprocess.PIPE, "start_new_session": True}
    with open("errors", "wb") as errors, subprocess.Popen([sys.executable, "w.py"], stderr=errors, **options) as parent:
        assert parent.stdout
        pids = {int(parent.stdout.readline()) for _ in range(2)}
        (os.kill if number == signal.SIGKILL else os.killpg)(parent.pid, number)
        assert parent.wait(30) != 0
    assert Path("errors").read_bytes().count(b"Traceback") == (number == signal.SIGINT)  # the parent's own
    for _ in range(100):
        if not any(_runs(pid) for pid in pids):
            return
        time.sleep(0.1)
    pytest.fail("a worker outlives its parent")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
