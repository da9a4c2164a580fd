"""A study: one file of settings, a model for each latent_dim. What the file may hold, and how it is read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError, model_validator

from aecodec.errors import UsageError
from aecodec.train.config import Common, Epochs, LatentDim, Settings
from aecodec.train.study_file import parse

Validated = TypeVar("Validated", bound=BaseModel)
COMMAND_LINE = "command line"


def _listed(value: object) -> object:
    return (value,) if isinstance(value, int) else value


class Study(Common):
    """Every key of the file; each has an option of ``aecodec train``. Paths are relative to the current folder."""

    model_type: Literal["convolutional"] = "convolutional"
    latent_dim_lossy: Annotated[tuple[LatentDim, ...], BeforeValidator(_listed)] = (32,)
    latent_dim_lossless: LatentDim | None = None
    num_epochs: Epochs = 25
    model_save_dir: Path = Path("models")
    results_save_dir: Path = Path("runs")

    @model_validator(mode="after")
    def _each_once(self) -> Study:
        if not self.latent_dims:
            raise ValueError("latent_dim_lossy is empty and latent_dim_lossless null; expected a latent_dim to train")
        for dim in self.latent_dims:
            if self.latent_dims.count(dim) > 1:
                raise ValueError(
                    f"latent_dim {dim} is named twice in latent_dim_lossy and latent_dim_lossless; name it once "
                    "(a model for lossless files serves lossy ones, too)"
                )
        return self

    @property
    def latent_dims(self) -> tuple[int, ...]:
        """The latent_dims of the models, in the order of training: the lossy ones, then that for lossless files."""
        lossless = self.latent_dim_lossless
        return self.latent_dim_lossy if lossless is None else (*self.latent_dim_lossy, lossless)

    def settings(self) -> list[Settings]:
        """Return the settings of each run."""
        shared = self.model_dump(include=set(Common.model_fields)) | {"epochs": self.num_epochs}
        runs = [Settings.model_validate(shared | {"latent_dim": dim}) for dim in self.latent_dims]
        wanted = [run.latent_dim == self.latent_dim_lossless for run in runs]
        return [  # what a single run would do anyway is not said, so that both are the same run
            run if run.with_residual == lossless else run.model_copy(update={"lossless": lossless})
            for run, lossless in zip(runs, wanted, strict=True)
        ]


def read_study(path: Path, given: dict[str, Any]) -> Study:
    """Return the study in the YAML file ``path``; ``given`` are keys from the command line, which come before the
    file's.

    Raises UsageError, one line, where the file cannot be read, is no YAML, or has unknown keys or wrong values.
    """
    values, lines = parse(path)
    if "dataset" in given and "images" not in given:
        values.pop("images", None)  # a data set asked for now, in place of the file's folder
    places = {key: f"{path}, line {line}" for key, line in lines.items()} | dict.fromkeys(given, COMMAND_LINE)
    return validated(Study, values | given, places, str(path))


def validated(
    kind: type[Validated], values: Mapping[str, Any], places: Mapping[str, str] | None = None, whole: str = COMMAND_LINE
) -> Validated:
    """Make ``kind`` of ``values``; ``places`` say where each key's value is from, ``whole`` where all are.

    Raises UsageError with one line for the first value that is wrong.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise UsageError(_explained(error, kind, places or {}, whole)) from error


def _explained(error: ValidationError, kind: type[BaseModel], places: Mapping[str, str], whole: str) -> str:
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{whole}: {message}"
    key = str(first["loc"][0])
    where = places.get(key, whole)
    if first["type"] in ("extra_forbidden", "invalid_key"):
        near = difflib.get_close_matches(key, kind.model_fields, 1)
        expected = f"did you mean {near[0]}?" if near else f"expected {', '.join(kind.model_fields)}"
        return f"{where}: unknown key {key}; {expected}"
    message = message.replace("Input should", "should").replace("Input is", "is").replace("tuple", "list")
    inner = "".join(f"[{each}]" for each in first["loc"][1:])
    return f"{where}: {key}{inner} {message}, found {_shown(first['input'])}"


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
