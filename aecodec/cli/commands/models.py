"""``aecodec models`` lists, shows and checks models."""

from __future__ import annotations

import click

from aecodec.cli.plumbing.failures import BATCH_FAILED
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.models import complete_model
from aecodec.cli.plumbing.options import examples, json_option, model_path_option
from aecodec.cli.plumbing.product import emit, show
from aecodec.cli.tasks.models_shown import by_ids, load_all, show_record, show_table, summary
from aecodec.errors import AecError
from aecodec.zoo import Zoo
from aecodec.zoo.proved import proved_anew


@click.group(epilog=examples("aecodec models list", "aecodec models show mnist-64", "aecodec models verify"))
def models() -> None:
    """List, show and check the models at hand."""


@models.command(
    "list",
    short_help="List the models at hand.",
    epilog=examples("aecodec models list", "aecodec models list --json --model-path my-models"),
)
@json_option
@model_path_option
def list_models(as_json: bool, model_path: tuple[str, ...]) -> None:
    """List the models at hand, in the order in which they are searched.

    Files that cannot be used as models are reported on standard error.
    """
    rows = []
    for path, found in load_all(Zoo(model_path)):
        if isinstance(found, AecError):
            say(f"aecodec: warning: {path}: {found}")
        elif as_json:
            emit(summary(found, path))
        else:
            rows.append(summary(found, path))
    if not as_json and rows:
        show_table(rows)
    elif not as_json:
        say("no models found")


@models.command(
    "show",
    short_help="Show what a model says of itself.",
    epilog=examples("aecodec models show mnist-64", "aecodec models show ./stamps.safetensors --json"),
)
@click.argument("model", metavar="ID", shell_complete=complete_model)
@json_option
@model_path_option
def show_model(model: str, as_json: bool, model_path: tuple[str, ...]) -> None:
    """Show what a model, given by id or file, says of itself. Its layers are shown only with --json."""
    found = Zoo(model_path).by_id(model)
    record = {**summary(found, None), "sha256": found.sha256}
    record["description"] = dict(found.description)
    if as_json:
        emit(record)
        return
    show_record(record)


@models.command(
    "verify",
    short_help="Run every check of models again.",
    epilog=examples("aecodec models verify", "aecodec models verify mnist-64 mnist-128"),
)
@click.argument("ids", nargs=-1, metavar="[ID...]", shell_complete=complete_model)
@json_option
@model_path_option
def verify_models(ids: tuple[str, ...], as_json: bool, model_path: tuple[str, ...]) -> None:
    """Run every check of models again, also the known answer: of those given by id or file, or of all."""
    zoo = Zoo(model_path)
    with proved_anew():
        results = list(by_ids(zoo, ids) if ids else load_all(zoo))
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
