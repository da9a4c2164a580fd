"""Kinds of option values that several commands share."""

from __future__ import annotations

from typing import Any

import click

LATENT_DIMS = "8,16,32,64,128,256,784"  # of the shipped models, as an option has them


class Several(click.ParamType):  # type: ignore[type-arg] # generic in newer versions only
    """It takes values between commas, each as ``of`` takes it; none at all for an empty text."""

    def __init__(self, of: click.ParamType[Any]) -> None:
        self.of = of
        self.name = f"{of.name}s"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Convert to a tuple."""
        if isinstance(value, tuple):
            return value
        parts = [each.strip() for each in str(value).split(",")]
        return tuple(self.of.convert(each, param, ctx) for each in parts if each)


class OrNone(click.ParamType):  # type: ignore[type-arg]
    """It takes what ``of`` takes, or the word none."""

    name = "number"

    def __init__(self, of: click.ParamType[Any]) -> None:
        self.of = of

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert none to None."""
        return None if value == "none" else self.of.convert(value, param, ctx)
