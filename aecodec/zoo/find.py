"""Where models are found: folders given, then ``AECODEC_MODEL_PATH``, then those shipped."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from aecodec.errors import LimitError, ModelError
from aecodec.zoo.model import FINGERPRINT_BYTES, Model, load_model, read_metadata

ENVIRONMENT = "AECODEC_MODEL_PATH"
SUFFIX = ".safetensors"


def shipped_folder() -> Path:
    """The models that came with aecodec: inside the package, or beside it in a source tree."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "models"
    return inside if inside.is_dir() else package.parent / "models"


class Zoo:
    """The models in a list of folders. A model is read when it is asked for, and then kept."""

    def __init__(self, folders: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = ()) -> None:
        extra = [Path(each) for each in ([folders] if isinstance(folders, str | os.PathLike) else folders)]
        environment = [Path(p) for p in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if p]
        self.folders = [*extra, *environment, shipped_folder()]
        self._loaded: dict[Path, Model] = {}

    def files(self) -> Iterator[Path]:
        """Every model file, folder by folder, in the order of their names."""
        for folder in self.folders:
            if folder.is_dir():
                yield from sorted(folder.glob(f"*{SUFFIX}"))

    def load(self, path: Path) -> Model:
        """The model in one file; raises ModelError where it cannot be read or used."""
        if path not in self._loaded:
            self._loaded[path] = load_model(_read(path))
        return self._loaded[path]

    def models(self) -> Iterator[Model]:
        """Every model that can be used, loaded."""
        for path in self.files():
            with contextlib.suppress(ModelError, LimitError):
                yield self.load(path)

    def by_fingerprint(self, fingerprint: bytes) -> Model:
        """The model that a container names; raises ModelError where no folder has it."""
        for model in self._loaded.values():
            if model.fingerprint == fingerprint:
                return model
        for path in self.files():
            if hashlib.sha256(_read(path)).digest()[:FINGERPRINT_BYTES] == fingerprint:
                return self.load(path)
        raise ModelError(
            f"the file needs model {fingerprint.hex()}, which is not in {self._places()}; "
            f"copy it into one of these or name its folder with --model-path"
        )

    def by_id(self, name: str) -> Model:
        """The model with that id, or in that file; raises ModelError where there is none."""
        direct = Path(name)
        if direct.suffix == SUFFIX and direct.is_file():
            return self.load(direct)
        for path in self.files():
            if path.stem == name or _id_of(path) == name:
                return self.load(path)
        known = ", ".join(path.stem for path in self.files()) or "none"
        raise ModelError(f"no model {name!r} in {self._places()}; there are: {known}")

    def by_latent_dim(self, latent_dim: int) -> Model:
        """The first model of that latent_dim; raises ModelError where there is none."""
        known = []
        for path in self.files():
            if path.stem.endswith(f"-{latent_dim}"):
                return self.load(path)
            known.append(path.stem)
        raise ModelError(f"no model of latent_dim {latent_dim}; there are: {', '.join(known) or 'none'}")

    def for_exact(self, latent_dim: int) -> Model | None:
        """The first model made for exact pixels, ``NAME-exact``, else the first of ``latent_dim``, else None."""
        for ending in ("-exact", f"-{latent_dim}"):
            for path in self.files():
                if path.stem.endswith(ending):
                    return self.load(path)
        return None

    def _places(self) -> str:
        return ", ".join(str(folder) for folder in self.folders)


def _id_of(path: Path) -> str | None:
    try:
        return read_metadata(_read(path))["id"]
    except ModelError:  # another program's file must not hide the models behind it
        return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read model {path}: {error.strerror}") from error
