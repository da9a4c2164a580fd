"""The entry point, which sees to signals and streams before anything that takes time is imported."""

from __future__ import annotations

from aecodec.cli.ends import end_at_once, open_streams

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Entry point of the ``aecodec`` program."""
    open_streams()
    end_at_once()
    from aecodec.cli.group import run

    run()
