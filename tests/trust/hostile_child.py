"""Decodes each file that it is given in a process of its own: ``python -m tests.trust.hostile_child``.

Standard input has one path a line, standard output one JSON record a line: the error's type and message, the CPU time
in milliseconds, and the memory that the process took beyond what it began with. Models are loaded before.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from aecodec.codec import Decoder
from tests.trust.golden import zoo

LIMIT = 1 << 30  # bytes of address space


def main() -> None:
    for _ in zoo().models():
        pass
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    for line in sys.stdin:
        print(json.dumps(_apart(Path(line.rstrip("\n")).read_bytes())), flush=True)


def _apart(data: bytes) -> dict[str, Any]:
    """What a child process says of ``data``."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        os.write(theirs, json.dumps(_decode(data)).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(said) if said and not status else {"error": f"status {status}", "message": "", "ms": 0, "mib": 0}


def _decode(data: bytes) -> dict[str, Any]:
    before, start, error = _peak(), time.process_time(), None
    try:
        for _ in Decoder(data, zoo()):
            pass
    except Exception as raised:
        error = raised
    milliseconds = (time.process_time() - start) * 1000
    kind = type(error).__name__ if error is not None else "none"
    return {"error": kind, "message": str(error)[:300], "ms": milliseconds, "mib": (_peak() - before) / 1024}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
