"""How ``aecodec models`` shows the models at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aecodec.cli.plumbing.product import show
from aecodec.errors import AecError
from aecodec.zoo import Model, Role, Zoo

_COLUMNS = ("id", "fingerprint", "kind", "latent_dim", "tile", "bytes", "folder")


def show_table(summaries: Sequence[Mapping[str, Any]]) -> None:
    """Show a line for each of ``summaries``, under a heading."""
    table = [list(_COLUMNS), *([_cell(value) for value in each.values()] for each in summaries)]
    widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
    for row in table:
        show("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def show_record(record: Mapping[str, Any]) -> None:
    """Show a summary and, behind it, what its ``description`` says, a line for each key."""
    summary = {key: value for key, value in record.items() if key != "description"}
    rows = [row for key, value in {**summary, **record["description"]}.items() for row in _rows(key, value)]
    width = max(len(key) for key, _ in rows) + 2
    for key, value in rows:
        show(f"{key:<{width}}{value}")


def load_all(zoo: Zoo) -> Iterator[tuple[Path, Model | AecError]]:
    """Load every model at hand, or give the error that says why it cannot be."""
    for path in zoo.files():
        try:
            yield path, zoo.load(path)
        except AecError as error:
            yield path, error


def by_ids(zoo: Zoo, ids: tuple[str, ...]) -> Iterator[tuple[str, Model | AecError]]:
    """Load the models of these ids or files, or give the error of each."""
    for name in ids:
        try:
            yield name, zoo.by_id(name)
        except AecError as error:
            yield name, error


def summary(model: Model, path: Path | None) -> dict[str, Any]:
    """Tell what a list of models says of one; with ``path``, the folder where it lies too."""
    record: dict[str, Any] = {
        "id": model.id,
        "fingerprint": model.fingerprint.hex(),
        "kind": _kind_of(model),
        "latent_dim": model.latent_dim or None,
        "tile": None if model.built.tile is None else list(model.built.tile),
        "bytes": model.size,
    }
    return {**record, "folder": str(path.parent)} if path else record


def _kind_of(model: Model) -> str:
    if model.native is None:
        can = [name for name, has in (("lossy", model.is_lossy), ("exact", model.pixels is not None)) if has]
        return "any picture" if can == ["lossy"] else f"any picture, {' and '.join(can)}"
    return "exact" if model.ink or model.role is Role.EXACT else "lossy and lossless" if model.residual else "lossy"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(key: str, value: object) -> Iterator[tuple[str, str]]:
    """Give a line for each part of ``value``: of a chain of layers their names, of a table its rows."""
    if isinstance(value, list) and value and all(isinstance(each, dict) and "op" in each for each in value):
        yield key, ", ".join(each["op"] for each in value)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for number, each in enumerate(value):
            yield from _rows(f"{key}.{number}", each)
    elif isinstance(value, dict) and any(isinstance(each, dict | list) for each in value.values()):
        for name, each in value.items():
            yield from _rows(f"{key}.{name}", each)
    elif isinstance(value, dict):
        yield key, ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    elif isinstance(value, list):
        yield key, ", ".join(map(_plain, value))
    else:
        yield key, _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)
