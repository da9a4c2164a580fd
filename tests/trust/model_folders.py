"""Folders of models with obstacles in them, and the command with bad models: exit code 5, one line, nothing written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecodec.codec import Decoder, Options, compress_all
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo import Zoo
from tests.checks import flipped
from tests.made import strokes
from tests.trust import model_files as files
from tests.trust.cells import ROOT
from tests.trust.trial import Size, Tally, Trial

LONGEST = 60  # seconds of one command
MODEL_ERROR, LIMIT_ERROR = 5, 6


def folders(size: Size) -> Iterator[Trial]:
    """Obstacles, colliding ids, and the command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield _obstacles(folder / "obstacles")
        yield _colliding(folder / "colliding", size)
        yield _command(folder / "command", size)


def put_obstacles(folder: Path) -> list[Path]:
    """What is named like a model and is none, before every model's name."""
    folder.mkdir()
    names = ["folder", "dangling", "loop", "empty", "large", "pipe", "zeros", "text"]
    paths = {name: folder / f"a-{name}-64.safetensors" for name in names}
    paths["folder"].mkdir()
    links = {"dangling": folder / "nothing", "loop": paths["loop"]}
    if Path("/dev/zero").exists():
        links["zeros"] = Path("/dev/zero")
    with suppress(OSError):  # some systems let only some users link
        for name, target in links.items():
            paths[name].symlink_to(target)
    paths["empty"].write_bytes(b"")
    paths["text"].write_text("no model\n" * 9)
    with paths["large"].open("wb") as file:
        file.truncate(MAX_MODEL_BYTES + 1)
    if hasattr(os, "mkfifo"):
        os.mkfifo(paths["pipe"])
    return [path for path in paths.values() if path.is_symlink() or path.exists()]


def _obstacles(folder: Path) -> Trial:
    """Every command that looks for a model, through a folder of obstacles."""
    tally = Tally("folders, pipes, dangling links, huge and empty files in AECODEC_MODEL_PATH", "the others are found")
    found = put_obstacles(folder)
    (folder / "z-made.safetensors").write_bytes(files.made_models()["made"])
    picture, file, back = (folder / name for name in ("in.png", "file.aec", "out.png"))
    Image.fromarray(strokes(1, 8, 8)[0]).save(picture)
    paths = os.pathsep.join([str(folder / "nothing"), "x" * 5000, str(picture), str(folder)])
    for order, code in (
        (["compress", "--model", "made-6", "-q", str(picture), "-o", str(file)], 0),
        (["compress", "--latent-dim", "64", "-q", str(picture), "-o", str(folder / "other.aec")], 0),
        (["decompress", "-q", str(file), "-o", str(back)], 0),
        (["info", str(file)], 0),
        (["models", "list"], 0),
        (["models", "show", "made-6"], 0),
        (["models", "verify", "made-6"], 0),
        *((["models", "verify", str(path)], LIMIT_ERROR if "large" in path.name else MODEL_ERROR) for path in found),
    ):
        tally.count(_run(order, code, tally, AECODEC_MODEL_PATH=paths))
    return tally.trial


def _run(order: list[str], code: int, tally: Tally, **environment: str) -> str | None:
    """What is wrong with how a command ended."""
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "aecodec", *order],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{order}: still running after {LONGEST} s"
    tally.worst("slowest, s", round(time.perf_counter() - start, 1))
    lines = done.stderr.splitlines()
    if done.returncode != code or (code and len(lines) != 1) or "Traceback" in done.stderr:
        return f"{order}: ended with {done.returncode}, expected {code}: {done.stderr[-300:]!r}"
    return None


def _colliding(folder: Path, size: Size) -> Trial:
    """Two models of one id: files of each are decoded by the one that wrote them, whatever the order of folders."""
    tally = Tally("two models with one id", "each file is decoded by the model that wrote it")
    pictures = list(strokes(size.pick(3, 40), 8, 8))
    ones = [folder / "one", folder / "two"]
    for seed, each in enumerate(ones):
        each.mkdir(parents=True)
        (each / "same-64.safetensors").write_bytes(_made(seed))
    for first in (0, 1):
        zoo = Zoo([ones[first]])
        encoded = compress_all(pictures, Options(model="same-64", effort=0), zoo, many=True)
        expected = list(Decoder(encoded.data, Zoo([ones[first]])))
        for order in (ones, ones[::-1]):
            found: list[NDArray[np.uint8]] = list(Decoder(encoded.data, Zoo(order)))
            for number, (one, other) in enumerate(zip(found, expected, strict=True)):
                tally.count(None if np.array_equal(one, other) else f"picture {number} of model {first}")
        chosen = Zoo(ones if first == 0 else ones[::-1]).by_id("same-64").fingerprint
        tally.count(None if chosen == encoded.data[3:7] else f"the id is not of the first folder: {first}")
    return tally.trial


def _made(seed: int) -> bytes:
    tensors, description = files.made_tensors(seed=seed + 1)
    return files.save_model("same-64", tensors, description)


def _command(folder: Path, size: Size) -> Trial:
    """Bad models by ``--model-path`` and by file: to compress, to decompress, to verify."""
    tally = Tally("the command with bad models", "exit code 5, one line, no output")
    folder.mkdir()
    good, data = folder / "good", files.made_models()["made"]
    good.mkdir()
    (good / "made-64.safetensors").write_bytes(data)
    picture, out = folder / "in.png", folder / "out"
    Image.fromarray(strokes(1, 8, 8)[0]).save(picture)
    path = folder / "file.aec"
    path.write_bytes(compress_all([strokes(1, 8, 8)[0]], Options(model="made-6"), Zoo([good]), many=False).data)
    bad = folder / "bad"
    bad.mkdir()
    changes = {
        "flipped": flipped(data, len(data) // 2, 1),
        "cut": data[:-1],
        "empty": b"",
        "without a tensor": files.repacked(data, {"prior.low": None}),
        "of NaN": files.repacked(data, {"prior.0.bias": np.full(3, np.nan)}),
        "unbounded": next(files.unbounded(data))[1],
        "of another answer": files.repacked(data, {}, known_answer="0" * 64),
        "of two lines": files.with_header(data, '{"__metadata__":{"format":"a\\nb","version":"1","id":"x"}}'),
    }
    for what, changed in changes.items() if size is Size.FULL else list(changes.items())[::5]:
        model = bad / "made-63.safetensors"
        model.write_bytes(changed)
        for order in (
            ["compress", "-q", "--model", str(model), str(picture), "-o", str(out)],
            ["compress", "-q", "--latent-dim", "63", "--model-path", str(bad), str(picture), "-o", str(out)],
            ["decompress", "-q", "--model-path", str(bad), str(path), "-o", str(out)],
            ["models", "verify", str(model)],
        ):
            failure = _run(order, MODEL_ERROR, tally)
            if out.exists():
                failure = f"{order}: wrote {out.name}"
                shutil.rmtree(out) if out.is_dir() else out.unlink()
            tally.count(failure and f"a model {what}: {failure}")
    return tally.trial
