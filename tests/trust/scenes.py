"""What a user does with files: command lines, what is there before, and what must be there in the end."""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

import aecodec
from aecodec.files.atomic import is_temporary
from tests.made import made_model, strokes
from tests.trust.warm import Job, Warm

Files = dict[str, bytes]
MODEL = "--model made-6 --effort 0"
OLD = {f"out/{name}.png": b"old " + name.encode() * 50 for name in ("a", "sub/b")} | {"out/mine.txt": b"mine"}


@dataclass(frozen=True)
class Scene:
    """A command line (``-f`` apart), the files it reads, and outputs: those there ``before``, those ``after``.

    ``at_once``: all outputs take the step from old to new together.
    """

    name: str
    line: str
    inputs: Files
    before: Files = field(default_factory=dict)
    force: bool = False
    at_once: bool = True
    after: Files = field(default_factory=dict)
    seconds: float = 0.0

    def job(self, folder: Path, **faults: object) -> Job:
        """The command, to be run in ``folder``."""
        return Job(self._words(self.force), str(folder), **faults)  # type: ignore[arg-type]

    def again(self, folder: Path) -> Job:
        """What one does after an interruption."""
        if "--each" in self.line or "files" in self.line:
            line = self._words(False)
            return Job([*line, "--skip-existing"], str(folder)) if not self.force else Job([*line, "-f"], str(folder))
        return Job(self._words(self.force or bool(self.outputs(folder))), str(folder))

    def set_up(self, folder: Path) -> None:
        """``folder`` as it is before."""
        clear(folder)
        write_files(folder, self.inputs | self.before)

    def outputs(self, folder: Path) -> Files:
        """Files in ``folder`` that are neither inputs nor temporary ones."""
        return {name: data for name, data in read_files(folder).items() if name not in self.inputs}

    def wrong(self, folder: Path) -> str | None:
        """What is there that must not be, at any moment."""
        found = read_files(folder)
        changed = [name for name, data in self.inputs.items() if found.pop(name, None) != data]
        if changed:
            return f"inputs changed: {changed}"
        if self.at_once:
            return None if found in (self.before, self.after) else f"neither old nor new: {sizes(found)}"
        for name in found.keys() | self.before.keys() | self.after.keys():
            if found.get(name) not in (self.before.get(name), self.after.get(name)):
                return f"{name} is neither old nor new: {sizes(found)}"
        return None

    def _words(self, force: bool) -> list[str]:
        return [*self.line.split(), "-q", *["-f"] * force]


def sizes(files: Mapping[str, bytes]) -> str:
    """Names and lengths, for a message."""
    return ", ".join(f"{name} {len(data)}" for name, data in sorted(files.items())) or "nothing"


def clear(folder: Path) -> None:
    """Remove it, or, where it cannot be, what is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Each, and the folders above it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def read_files(folder: Path) -> Files:
    """All that is no temporary file and lies in no temporary folder."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix(): (folder / path).read_bytes() for path in found if not any(map(is_temporary, path.parts))}


def leftovers(folder: Path) -> list[str]:
    """Temporary files and folders."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if is_temporary(path.name)]


def png(picture: np.ndarray) -> bytes:
    """A picture as a PNG file."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def all_scenes(models: Path, side: int = 28) -> list[Scene]:
    """Every way to write: one file or many, new or over old ones."""
    pictures = strokes(6, side, side)
    if side > 28:  # so that files have several pages
        pictures = np.random.default_rng(4).integers(0, 256, pictures.shape, np.uint8)
    names = ["a", "b", "c", "sub/d", "sub/b", "sub/deep/e"]
    pics = {f"pics/{name}.png": png(picture) for name, picture in zip(names, pictures, strict=True)}
    one = {"d.png": pics["pics/a.png"]}
    stored = [
        aecodec.compress(picture, lossless=True, model="made-6", model_path=[str(models)]) for picture in pictures
    ]
    single = {"d.aec": stored[0]}
    many = {f"files/{name}.aec": data for name, data in zip(names, stored, strict=True)}
    coding = MODEL if side == 28 else "--lossless"
    scenes = [
        Scene("compress", f"compress d.png -o x.aec {coding}", one),
        Scene("decompress", "decompress d.aec -o x.png", single),
        Scene("compress a folder", f"compress pics -o x.aec {coding}", pics),
        Scene("compress each", f"compress pics --each -o out {coding}", pics, at_once=False),
        Scene("decompress several", "decompress files -o out", many, at_once=False),
    ]
    over = [replace(each, before={each.line.split()[3]: b"old" * 99}, force=True) for each in scenes[:3]]
    over[2] = replace(over[2], before={"x.aec": b"old" * 99})
    over += [replace(each, before=_old(each.name), force=True) for each in scenes[3:]]
    return [*scenes, *(replace(each, name=f"{each.name}, -f") for each in over)]


def _old(name: str) -> Files:
    suffix = ".aec" if name == "compress each" else ".png"
    return {old.replace(".png", suffix): data for old, data in OLD.items()}


def with_folders(warm: Warm, scenes: list[Scene], folder: Path) -> list[Scene]:
    """The scenes, and the container of the third of them decompressed to a folder: new, empty, and with old files."""
    known = [measured(warm, scene, folder) for scene in scenes]
    container = {"p.aec": next(scene for scene in known if scene.name == "compress a folder").after["x.aec"]}
    to = Scene("decompress to a folder", "decompress p.aec -o out", container)
    more = [to, replace(to, name=f"{to.name}, -f", before=OLD, force=True, at_once=False)]
    return [*known, *(measured(warm, scene, folder) for scene in more)]


def measured(warm: Warm, scene: Scene, folder: Path) -> Scene:
    """The scene, with what an undisturbed run leaves and the time it takes."""
    scene.set_up(folder)
    start = time.perf_counter()
    ended = warm.run(scene.job(folder))
    seconds = time.perf_counter() - start
    if ended.code or ended.lines or leftovers(folder):
        raise AssertionError(f"{scene.name} fails undisturbed: {ended}")
    return replace(scene, after=scene.outputs(folder), seconds=seconds)


@contextmanager
def workshop(namespace: tuple[str, ...] = (), side: int = 28) -> Iterator[tuple[Warm, list[Scene], Path]]:
    """A warm process, all scenes as they end undisturbed, and a folder to run them in."""
    with place_to_work(namespace) as (warm, place):
        folder = place / "scene"
        yield warm, with_folders(warm, all_scenes(warm.models, side), folder), folder


@contextmanager
def place_to_work(namespace: tuple[str, ...] = ()) -> Iterator[tuple[Warm, Path]]:
    """A warm process that has one made model, and a temporary folder."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # there fsync costs no time
    with TemporaryDirectory(prefix="aecodec-trust-", dir=memory) as name:
        place = Path(name)
        place.chmod(0o755)
        write_files(place / "models", {"made-6.safetensors": made_model()})
        with Warm(place / "models", namespace) as warm:
            yield warm, place
