"""The program starts here: it sees to signals, streams, threads and memory before what takes time is imported."""

from __future__ import annotations

import sys

from aecodec.cli.early.ends import end_at_once, open_streams
from aecodec.cli.early.garbage import collect_nothing, leave_all
from aecodec.cli.early.memory import check_memory, end_without_memory, is_little, is_short
from aecodec.cli.early.threads import settle_threads

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the ``aecodec`` program; this is its entry point."""
    collect_nothing()
    open_streams()
    end_at_once()
    settle_threads(sys.argv[1:], alone=is_little())
    try:
        check_memory()
        from aecodec.cli.group import run
    except Exception as error:
        if not is_short(error):
            raise
        end_without_memory()
    try:
        run()
    finally:
        leave_all()
