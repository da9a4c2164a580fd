"""The ``aecodec`` command starts and ends here. People read standard error, programs read standard output."""

from aecodec.cli.start import main

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.cli.group import app
else:

    def __getattr__(name: str) -> object:
        """Give ``app``, which imports what the program needs."""
        if name != "app":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from aecodec.cli.group import app

        return app


__all__ = ["app", "main"]
