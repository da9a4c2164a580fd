"""A process that has imported the program, and forks a child for each command line: ``python -m tests.trust.warm``.

What a child does is what ``python -m aecodec`` does, without the time of its imports. Jobs come as lines of JSON.
Only a parent may safely kill a process by its number, so it is this one that sends the signal.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Self

import aecodec

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534  # the user who owns nothing
OUTSIDE = 99  # exit code: the signal came before the program had begun, or after it had ended
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_OTHERS = {"bench", "engines", "numcodecs", "shards", "torch", "train", "zarr"}  # rooms, some of which need extras
_LIBRARY = (
    *("concurrent.futures.process", "concurrent.futures.thread", "ctypes", "difflib", "multiprocessing.popen_fork"),
    *("multiprocessing.synchronize", "shutil", "tempfile"),
)
_PROGRAMS = ("__main__", ".train", ".benchmark")


@dataclass(frozen=True)
class Job:
    """A command line, and what is to go wrong with it.

    ``stdout`` is a path, or ``pipe N`` for a reader that goes away after N bytes. ``slow`` and ``fail`` are as in
    :mod:`tests.trust.hooks`; ``signal`` comes after ``after`` seconds.
    """

    line: Sequence[str]
    cwd: str
    stdout: str = os.devnull
    slow: float | None = None
    fail: tuple[str, int, int, str] | None = None
    file_bytes: int | None = None
    user: int | None = None
    after: float | None = None
    signal: int = signal.SIGKILL


@dataclass(frozen=True)
class Ended:
    """An exit code, negative for the signal that killed it, and what it said."""

    code: int
    lines: list[str] = field(default_factory=list)


class Warm:
    """The process, for ``with``. In a ``namespace`` it may mount, unseen by others."""

    def __init__(self, models: Path, namespace: Sequence[str] = ()) -> None:
        self.models = models
        self.command = [*namespace, sys.executable, "-m", "tests.trust.warm"]
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.environment = {**os.environ, **threads, "PYTHONPATH": str(ROOT), "AECODEC_MODEL_PATH": str(models)}

    def __enter__(self) -> Self:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(self.command, env=self.environment, cwd=ROOT, **pipes)
        self.pid: int = self._ask({"run": []})["pid"]
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            assert self.process.stdin
            self.process.stdin.close()

    def run(self, job: Job) -> Ended:
        """One job."""
        return self.run_all([job])[0]

    def run_all(self, jobs: Sequence[Job]) -> list[Ended]:
        """All at once, begun at one moment."""
        return [Ended(**each) for each in self._ask({"run": [asdict(job) for job in jobs]})["ended"]]

    def mount(self, *words: str) -> None:
        """The command ``mount`` with these words, in the process's namespace."""
        self._ask({"mount": words, "run": []})

    def seen(self, path: Path) -> Path:
        """What the process sees as ``path``."""
        return Path(f"/proc/{self.pid}/root{path}")

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


def _ours() -> Iterator[str]:
    """Yield all modules that a command line may use."""
    for module in walk_packages(aecodec.__path__, "aecodec."):
        room = module.name.split(".")[1]
        if not module.ispkg and room not in _OTHERS and not module.name.endswith(_PROGRAMS):
            yield module.name


def serve() -> None:
    """Take requests until there are no more."""
    from PIL import Image

    for name in (*_ours(), *_LIBRARY):  # a child may be one who may not read them
        import_module(name)
    Image.init()
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD, *_SIGNALS))
    for line in sys.stdin:
        request = json.loads(line)
        if "mount" in request:
            subprocess.run(["mount", *request["mount"]], check=True)
        ended = _all([Job(**each) for each in request["run"]])
        print(json.dumps({"pid": os.getpid(), "ended": ended}), flush=True)


def _all(jobs: list[Job]) -> list[dict[str, Any]]:
    while signal.sigtimedwait((signal.SIGCHLD,), 0):
        pass  # of commands before
    ready, go = os.pipe()
    running = []
    for job in jobs:
        said, says = os.pipe()
        read_end = None
        if job.stdout.startswith("pipe "):
            read_end, out = os.pipe()
        else:
            out = os.open(job.stdout, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666)
        pid = os.fork()
        if pid == 0:
            for descriptor in (go, said, *([read_end] if read_end is not None else [])):
                os.close(descriptor)
            _child(job, ready, out, says)
        os.close(says)
        os.close(out)
        if read_end is not None:
            _read(read_end, int(job.stdout.split()[1]))
        running.append((job, pid, _Lines(said)))
    os.close(ready)
    os.close(go)
    return [{"code": _wait(job, pid), "lines": lines.all()} for job, pid, lines in running]


def _wait(job: Job, pid: int) -> int:
    if job.after is not None and signal.sigtimedwait((signal.SIGCHLD,), job.after) is None:
        os.kill(pid, job.signal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _read(descriptor: int, count: int) -> None:
    """Read so many bytes and go away; of none, before the child has begun."""

    def read() -> None:
        if count:
            os.read(descriptor, count)
        os.close(descriptor)

    if count:
        threading.Thread(target=read).start()
    else:
        read()


class _Lines:
    """What comes through a pipe, read while it comes."""

    def __init__(self, descriptor: int) -> None:
        self._found = b""
        self._thread = threading.Thread(target=self._read, args=(descriptor,))
        self._thread.start()

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as file:
            self._found = file.read()

    def all(self) -> list[str]:
        self._thread.join()
        return self._found.decode().splitlines()


def _child(job: Job, ready: int, out: int, says: int) -> None:
    code = OUTSIDE
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(says, 2)
        for descriptor in (out, says):
            os.close(descriptor)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, "w" if n else "r", closefd=False) for n in range(3))
        os.read(ready, 1)
        _prepare(job)
        code = _main(job)
    except KeyboardInterrupt:
        pass
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        code = OUTSIDE + 1
    finally:
        os._exit(code)


def _prepare(job: Job) -> None:
    from tests.trust.hooks import Fault, install, slow

    os.chdir(job.cwd)
    if job.file_bytes is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (job.file_bytes, job.file_bytes))
    if job.user is not None:
        os.setgroups([])
        os.setgid(job.user)
        os.setuid(job.user)
    if job.fail:
        install(Fault(*job.fail), after=False)
    elif job.slow is not None:
        install(slow(job.slow), after=True)


def _main(job: Job) -> int:
    from aecodec.cli.early.ends import end_cleanly
    from aecodec.cli.start import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    end_cleanly()
    sys.argv = ["aecodec", *job.line]
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD, *_SIGNALS))
    except SystemExit:  # a SIGTERM that had waited
        return OUTSIDE
    try:
        main()
    except SystemExit as ended:
        atexit._run_exitfuncs()  # as Python does where it ends
        sys.stderr.flush()
        return ended.code if isinstance(ended.code, int) else 1


if __name__ == "__main__":
    serve()
