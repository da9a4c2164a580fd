"""Where models are found: folders given, then ``AECODEC_MODEL_PATH``, then those shipped."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from aecodec.errors import LimitError, ModelError
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo.model import FINGERPRINT_BYTES, Model, brief, load_model, read_metadata

ENVIRONMENT = "AECODEC_MODEL_PATH"
SUFFIX = ".safetensors"
_MOST_OF_A_PATH = 4096  # characters in a message


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
            with contextlib.suppress(OSError):  # a folder that cannot be read is like one that is not there
                if folder.is_dir():
                    yield from sorted(folder.glob(f"*{SUFFIX}"))

    def load(self, path: Path) -> Model:
        """The model in one file; raises ModelError where it cannot be read or used, LimitError for one too large."""
        if path not in self._loaded:
            self._loaded[path] = load_model(_read(path))
        return self._loaded[path]

    def models(self) -> Iterator[Model]:
        """Every model that can be used, loaded."""
        for path in self.files():
            with contextlib.suppress(ModelError, LimitError):
                yield self.load(path)

    def by_fingerprint(self, fingerprint: bytes) -> Model:
        """The model that a container names; raises ModelError where no folder has it, or only one that is not sound."""
        for model in self._loaded.values():
            if model.fingerprint == fingerprint:
                return model
        unsound: ModelError | None = None
        for path in self.files():
            try:
                data = _read(path)
            except (ModelError, LimitError):  # what cannot be read must not hide the models behind it
                continue
            if hashlib.sha256(data).digest()[:FINGERPRINT_BYTES] == fingerprint:
                try:
                    self._loaded[path] = load_model(data)
                except ModelError as error:
                    unsound = unsound or error
                else:
                    return self._loaded[path]
        if unsound is not None:
            raise unsound
        raise ModelError(
            f"the file needs model {fingerprint.hex()}, which is not in {self._places()}; "
            f"copy it into one of these or name its folder with --model-path"
        )

    def by_id(self, name: str) -> Model:
        """The model with that id, or in that file; raises ModelError where there is none."""
        direct = Path(name)
        if direct.suffix == SUFFIX and _is_file(direct):
            return self.load(direct)
        for path in self.files():
            if path.stem == name or _id_of(path) == name:
                return self.load(path)
        known = ", ".join(path.stem for path in self.files()) or "none"
        raise ModelError(f"no model {name!r:.200} in {self._places()}; there are: {known}")

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
        return ", ".join(brief(folder, _MOST_OF_A_PATH) for folder in self.folders)


def _id_of(path: Path) -> str | None:
    try:
        return read_metadata(_read(path))["id"]
    except (ModelError, LimitError):  # another program's file must not hide the models behind it
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, for one
        return False


def _read(path: Path) -> bytes:
    """All bytes of a regular file, for a pipe might never end. Raises ModelError, and LimitError for too many."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ModelError(f"cannot read model {brief(path, _MOST_OF_A_PATH)}: it is no regular file")
        with path.open("rb") as file:
            data = file.read(MAX_MODEL_BYTES + 1)
    except OSError as error:
        raise ModelError(f"cannot read model {brief(path, _MOST_OF_A_PATH)}: {error.strerror}") from error
    if len(data) > MAX_MODEL_BYTES:
        raise LimitError(f"the model {brief(path, _MOST_OF_A_PATH)} has more than {MAX_MODEL_BYTES} bytes, the limit")
    return data
