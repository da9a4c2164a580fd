"""The ``aecodec`` command. People read standard error, programs read standard output."""

from aecodec.cli.group import app, main

__all__ = ["app", "main"]
