"""``aecodec models``: list, show, verify."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from aecodec.cli.shared import BATCH_FAILED, emit, examples, json_option, model_path_option, say, show
from aecodec.errors import AecError
from aecodec.zoo import Model, Role, Zoo

_COLUMNS = ("id", "fingerprint", "kind", "latent_dim", "tile", "bytes", "folder")


@click.group(epilog=examples("aecodec models list", "aecodec models show mnist-64", "aecodec models verify"))
def models() -> None:
    """List, show and check the models at hand."""


@models.command("list", epilog=examples("aecodec models list", "aecodec models list --json --model-path my-models"))
@json_option
@model_path_option
def list_models(as_json: bool, model_path: tuple[str, ...]) -> None:
    """List the models at hand, in the order in which they are searched.

    Files that are no usable models are reported on standard error.
    """
    rows = []
    for path, found in _load_all(Zoo(model_path)):
        if isinstance(found, AecError):
            say(f"aecodec: warning: {path}: {found}")
        elif as_json:
            emit(_summary(found, path))
        else:
            rows.append([_cell(value) for value in _summary(found, path).values()])
    if not as_json and rows:
        table = [list(_COLUMNS), *rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
        for row in table:
            show("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    elif not as_json:
        say("no models found")


@models.command(
    "show", epilog=examples("aecodec models show mnist-64", "aecodec models show ./stamps.safetensors --json")
)
@click.argument("model", metavar="ID")
@json_option
@model_path_option
def show_model(model: str, as_json: bool, model_path: tuple[str, ...]) -> None:
    """Show what a model, given by id or file, says of itself; its layers one by one only with --json."""
    found = Zoo(model_path).by_id(model)
    record = {**_summary(found, None), "sha256": found.sha256}
    record["description"] = dict(found.description)
    if as_json:
        emit(record)
        return
    description = record.pop("description")
    rows = [row for key, value in {**record, **description}.items() for row in _rows(key, value)]
    width = max(len(key) for key, _ in rows) + 2
    for key, value in rows:
        show(f"{key:<{width}}{value}")


@models.command("verify", epilog=examples("aecodec models verify", "aecodec models verify mnist-64 mnist-128"))
@click.argument("ids", nargs=-1, metavar="[ID...]")
@json_option
@model_path_option
def verify_models(ids: tuple[str, ...], as_json: bool, model_path: tuple[str, ...]) -> None:
    """Run every check of models again, the known answer included; of all, or of those given by id or file."""
    zoo = Zoo(model_path)
    results = list(_by_ids(zoo, ids) if ids else _load_all(zoo))
    failures = [found for _, found in results if isinstance(found, AecError)]
    for name, found in results:
        if isinstance(found, AecError):
            if as_json:
                emit({"model": str(name), "ok": False, "error": str(found), "exit_code": found.exit_code})
            else:
                show(f"{name}: FAILED")
            if len(results) > 1:
                say(f"aecodec: error: {name}: {found}")
        elif as_json:
            emit({"model": found.id, "ok": True, "fingerprint": found.fingerprint.hex()})
        else:
            show(f"{found.id}: ok, {found.fingerprint.hex()}")
    if not results:
        say("no models found")
    if failures and len(results) == 1:
        raise failures[0]
    if failures:
        raise click.exceptions.Exit(BATCH_FAILED)


def _load_all(zoo: Zoo) -> Iterator[tuple[Path, Model | AecError]]:
    for path in zoo.files():
        try:
            yield path, zoo.load(path)
        except AecError as error:
            yield path, error


def _by_ids(zoo: Zoo, ids: tuple[str, ...]) -> Iterator[tuple[str, Model | AecError]]:
    for name in ids:
        try:
            yield name, zoo.by_id(name)
        except AecError as error:
            yield name, error


def _summary(model: Model, path: Path | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": model.id,
        "fingerprint": model.fingerprint.hex(),
        "kind": _kind_of(model),
        "latent_dim": model.latent_dim or None,
        "tile": None if model.native is None else list(model.native),
        "bytes": model.size,
    }
    return {**record, "folder": str(path.parent)} if path else record


def _kind_of(model: Model) -> str:
    if model.native is None:
        return "any picture" if model.pixels is None else "any picture, exact"
    return "exact" if model.ink or model.role is Role.EXACT else "lossy and lossless" if model.residual else "lossy"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(key: str, value: object) -> Iterator[tuple[str, str]]:
    """A line for each part of ``value``: of a chain of layers their names, of a table its rows."""
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
