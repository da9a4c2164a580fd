"""Where models are found: folders given, then ``AECODEC_MODEL_PATH``, then those shipped."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from aecodec.errors import AecError, Argument, LimitError, ModelError
from aecodec.exact.rounding import check_rounding
from aecodec.zoo.bases import Base
from aecodec.zoo.kept import MOST_OF_A_PATH, digest_of, id_of, model_in, note_what_was_read, purpose_in
from aecodec.zoo.model import FINGERPRINT_BYTES, Model
from aecodec.zoo.role import Purpose, Role
from aecodec.zoo.shown import brief

ENVIRONMENT = "AECODEC_MODEL_PATH"
SUFFIX = ".safetensors"


def shipped_folder() -> Path:
    """Return the models that came with aecodec: inside the package, or beside it in a source tree."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "models"
    return inside if inside.is_dir() else package.parent / "models"


class Zoo:
    """The models in a list of folders. A model is read when it is asked for, and then kept.

    Where none is named, models are looked for by the role that their files state (:mod:`aecodec.zoo.role`), of which
    only the heads are read. What a file is called does not count. One that is not sound does not hide those behind it.
    """

    def __init__(self, folders: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = ()) -> None:
        extra = [Path(each) for each in ([folders] if isinstance(folders, str | os.PathLike) else folders)]
        environment = [Path(p) for p in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if p]
        self.folders = [*extra, *environment, shipped_folder()]
        self._loaded: dict[Path, Model] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Go to another process without models: it reads those that it needs."""
        return {"folders": self.folders, "_loaded": {}}

    def files(self) -> Iterator[Path]:
        """Yield every model file, folder by folder, in the order of their names."""
        for folder in self.folders:
            yield from _files_in(folder)

    def load(self, path: Path) -> Model:
        """Return the model in one file; raises ModelError if it cannot be read or used, LimitError for one too
        large.
        """
        if path not in self._loaded:
            self._loaded[path] = self._read(path)
        return self._loaded[path]

    def _read(self, path: Path) -> Model:
        """Load the model in a file, and its bases, which lie beside it or in one of the folders."""
        return model_in(path, partial(self._file_of, beside=path.parent))

    def _file_of(self, base: Base, beside: Path) -> Path:
        """Return the file with the SHA-256 of ``base``. Raises ModelError if there is none."""
        for folder in (beside, *self.folders):
            for path in _files_in(folder):
                with contextlib.suppress(ModelError, LimitError):
                    if digest_of(path) == base.sha256:
                        return path
        raise ModelError(
            f"it is stored as changes to model {base}, which is neither beside it nor in {self._places()}; "
            "copy that model there, or name its folder with ",
            Argument("model_path"),
        )

    def models(self) -> Iterator[Model]:
        """Yield every model that can be used, loaded."""
        for path in self.files():
            with contextlib.suppress(ModelError, LimitError):
                yield self.load(path)

    def by_fingerprint(self, fingerprint: bytes) -> Model:
        """Return the model that a container names; raises ModelError if no folder has it, or only one that is
        not sound.
        """
        for model in self._loaded.values():
            if model.fingerprint == fingerprint:
                return model
        check_rounding()  # or it would be said of the first model
        unsound: ModelError | None = None
        for path, digest in self._with_fingerprint(fingerprint):
            try:
                self._loaded[path] = self._read(path)
            except (ModelError, LimitError) as error:
                unsound = unsound or ModelError(*_naming(path, error))
            else:
                if self._loaded[path].sha256 == digest:  # or it was replaced just now
                    return self._loaded[path]
        if unsound is not None:
            raise unsound
        raise ModelError(
            f"the file needs model {fingerprint.hex()}, which is not in {self._places()}; "
            "copy it into one of these or name its folder with ",
            Argument("model_path"),
        )

    def name_of(self, fingerprint: bytes) -> str | None:
        """Return the id in the model file that a container names, None without one; it is not loaded, so need not
        be sound.
        """
        for path, _ in self._with_fingerprint(fingerprint):
            with contextlib.suppress(ModelError, LimitError):
                return id_of(path)
        return None

    def _with_fingerprint(self, fingerprint: bytes) -> Iterator[tuple[Path, str]]:
        """Yield the files whose SHA-256 begins so, and that. What cannot be read does not hide those behind it."""
        for path in self.files():
            try:
                digest = digest_of(path)
            except (ModelError, LimitError):
                continue
            if bytes.fromhex(digest)[:FINGERPRINT_BYTES] == fingerprint:
                note_what_was_read()
                yield path, digest
        note_what_was_read()

    def by_id(self, name: str) -> Model:
        """Return the model with that id, or in that file; raises ModelError if there is none, or none that is
        sound.
        """
        direct = Path(name)
        if direct.suffix == SUFFIX and _is_file(direct):
            try:
                return self.load(direct)
            except ModelError as error:
                raise ModelError(*_naming(direct, error)) from error
        named = (path for path in self.files() if path.stem == name or _id_of(path) == name)
        found = self._first(named, lambda model: True, f"model {name!r:.200}")
        if found is not None:
            return found
        if _is_file(direct):
            raise ModelError(f"{name!r:.200} is no model file: its name does not end in {SUFFIX}")
        if direct.suffix == SUFFIX or direct.name != name:
            raise ModelError(f"no such file: {name!r:.200}; by id there are: {self._known()}")
        raise ModelError(f"no model {name!r:.200} in {self._places()}; there are: {self._known()}")

    def by_latent_dim(self, latent_dim: int) -> Model:
        """Return the first lossy model of a collection that has that latent_dim.

        Raises ModelError if there is none, or none that is sound.
        """
        what = f"model of latent_dim {latent_dim}"
        found = self._first(self._of(Role.COLLECTION, latent_dim), lambda model: model.role is Role.COLLECTION, what)
        if found is not None:
            return found
        self._refuse_unreadable(what)
        raise ModelError(f"no {what}; there are: {self._known()}")

    def has_latent_dim(self, latent_dim: int) -> bool:
        """Return whether there is a file that states to be such a model, sound or not."""
        return any(True for _ in self._of(Role.COLLECTION, latent_dim))

    def general(self) -> Model | None:
        """Return the first lossy model that is made for pictures of any size and colour, or None if there is none.

        Raises ModelError if there are some and none is sound.
        """
        return self._of_role(Role.GENERAL, "model for any picture")

    def for_pixels(self) -> Model | None:
        """Return the first model that keeps exact pixels of pictures of any size and colour, or None if there is none.

        Raises ModelError if there are some and none is sound.
        """
        return self._of_role(Role.PIXELS, "model for exact pixels of any picture")

    def for_exact(self, latent_dim: int) -> Model | None:
        """Return the first model that is made for exact pixels of a collection, else the first of ``latent_dim``, else
        None.

        Both with a residual coder. Raises ModelError if there are some and none is sound: without them, or with
        one of ``latent_dim`` for an exact one, files would be several times as large. So it does where there is none,
        and a file of which nobody can read what it is.
        """
        what = "model for exact pixels"
        exact = self._of_role(Role.EXACT, what)
        if exact is not None:
            return exact
        some = list(self._of(Role.COLLECTION, latent_dim))
        found = self._first(some, lambda model: model.residual is not None, what)
        if found is None and not some:
            self._refuse_unreadable(what)
        return found

    def _of_role(self, role: Role, what: str) -> Model | None:
        return self._first(self._of(role), lambda model: model.role is role, what)

    def _of(self, role: Role, latent_dim: int | None = None) -> Iterator[Path]:
        """Yield the files whose models are for ``role``, and of ``latent_dim`` where that is given."""
        for path in self.files():
            purpose = _purpose_in(path)
            if purpose is not None and purpose.role is role and latent_dim in (None, purpose.latent_dim):
                yield path

    def _refuse_unreadable(self, what: str) -> None:
        """Raise ModelError that names the first file that does not say what it is, and so may be what is missing."""
        for path in self.files():
            try:
                purpose_in(path)
            except (ModelError, LimitError) as error:
                raise ModelError(
                    f"no sound {what}; there are: {self._known()}; ",
                    *_naming(path, error),
                    ", which might be one",
                ) from error

    def _first(self, files: Iterable[Path], fits: Callable[[Model], bool], what: str) -> Model | None:
        """Return the first sound model that ``fits``, or None if there are none but sound ones and none does.

        Else raises ModelError, which names the first that is not sound.
        """
        check_rounding()  # or it would be said of the first of them
        unsound: tuple[Path, AecError] | None = None
        for path in files:
            try:
                model = self.load(path)
            except (ModelError, LimitError) as error:
                unsound = unsound or (path, error)
                continue
            if fits(model):
                return model
        if unsound is not None:
            _, why = unsound
            remedy = [] if why.arguments else ["; replace or remove it"]  # or it says what helps
            raise ModelError(f"no sound {what}: ", *_naming(*unsound), *remedy) from why
        return None

    def _known(self) -> str:
        return ", ".join(path.stem for path in self.files()) or "none"

    def _places(self) -> str:
        return ", ".join(brief(folder, MOST_OF_A_PATH) for folder in self.folders)


def _files_in(folder: Path) -> list[Path]:
    """Return the model files in ``folder``, by their names; one that cannot be read is like one that is not there."""
    with contextlib.suppress(OSError):
        if folder.is_dir():
            return sorted(folder.glob(f"*{SUFFIX}"))
    return []


def _naming(path: Path, error: AecError) -> tuple[str, ...]:
    """Return the parts of the message of ``error``, with the file's name where it has none."""
    shown = brief(path, MOST_OF_A_PATH)
    return error.args if shown in str(error) else (f"{shown}: ", *error.args)


def _id_of(path: Path) -> str | None:
    try:
        return id_of(path)
    except (ModelError, LimitError):  # another program's file must not hide the models behind it
        return None


def _purpose_in(path: Path) -> Purpose | None:
    try:
        return purpose_in(path)
    except (ModelError, LimitError):
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, for one
        return False
