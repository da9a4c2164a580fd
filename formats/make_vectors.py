"""Make the golden vectors beside this file: files that must decode, files that must not, and their manifest.

    PYTHONPATH=. python formats/make_vectors.py [FOLDER]

Vectors are only ever added. Where a file exists with other bytes, or one exists that is no longer made
here, nothing is written and the script ends with an error. What is made lies in ``vectors_maker/``.

``models/``    made models, one of a later version, one file that is no sound model, and models that were shipped once
``valid/``     NAME.aec with NAME.npy, its pictures one after another as ``numpy.save`` writes them;
               NAME.source.npy, the pictures that were compressed, where the file is lossy;
               NAME.base.npy, the lossy pictures of the first layer, where there are two;
               NAME.png, a picture file that holds what was compressed
``invalid/``   NAME.aec, each of which breaks one rule of aec.md and has sound checksums unless that is the rule
``future/``    NAME.aec, sound files as later versions may write them, which this one must call unsupported
``manifest.json``  what each file shows, how it was encoded, what comes out, and every SHA-256
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aecodec.arrays import Picture
from aecodec.zoo import load_model
from formats.vectors_maker.adapted import make_adapted
from formats.vectors_maker.altered import make_altered
from formats.vectors_maker.by_hand import make_valid_by_hand
from formats.vectors_maker.cuts import make_cuts
from formats.vectors_maker.deep import make_deep
from formats.vectors_maker.dependent import make_dependent
from formats.vectors_maker.drawings import make_drawings
from formats.vectors_maker.exact import make_exact
from formats.vectors_maker.filtered import make_filtered
from formats.vectors_maker.following import make_following
from formats.vectors_maker.future import make_future
from formats.vectors_maker.grid import make_grid, make_lapped
from formats.vectors_maker.interlaced import make_interlaced
from formats.vectors_maker.invalid import make_invalid
from formats.vectors_maker.layers import make_layers
from formats.vectors_maker.lossy import make_lossy
from formats.vectors_maker.models import MODELS_SHOW, UNSOUND, make_models
from formats.vectors_maker.network import make_network
from formats.vectors_maker.packed import make_packed
from formats.vectors_maker.pixels import make_pixels
from formats.vectors_maker.quick import make_quick
from formats.vectors_maker.references import make_references
from formats.vectors_maker.restored import make_restored
from formats.vectors_maker.shipped import SHIPPED, ZLIB, find_shipped, make_shipped
from formats.vectors_maker.steps import make_steps
from formats.vectors_maker.turns import make_turns
from formats.vectors_maker.vector import FOLDER


def saved(pictures: Sequence[Picture]) -> bytes:
    """Pictures one after another, each as ``numpy.save`` writes it."""
    out = io.BytesIO()
    for picture in pictures:
        np.save(out, picture)
    return out.getvalue()


def make_all(folder: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Every file by its path in the folder, and the manifest. Models that are there are used as they are."""
    paths = {name: f"models/vector-{name}.safetensors" for name in MODELS_SHOW}
    made = make_models()
    contents = {name: (folder / p).read_bytes() if (folder / p).exists() else made[name] for name, p in paths.items()}
    bases = list(contents.values())
    models = {name: load_model(content, bases) for name, content in contents.items() if name not in UNSOUND}
    files = {paths[name]: content for name, content in contents.items()}
    valid = make_lossy(models) | make_exact(models) | make_valid_by_hand(models) | make_steps(models)
    valid |= make_network(models) | make_layers(models) | make_shipped() | make_grid(models)
    valid |= make_pixels(models) | make_quick(models) | make_drawings(models) | make_cuts(models)
    valid |= (
        make_lapped(models)
        | make_turns(models)
        | make_packed(models)
        | make_following(models)
        | make_adapted(models)
        | make_deep(models)
        | make_references(models)
        | make_altered(models)
        | make_restored(models)
        | make_filtered(models)
        | make_dependent(models)
        | make_interlaced(models)
    )
    refused = {"invalid": make_invalid(models, contents), "future": make_future(models, contents)}
    files |= {
        f"models/{path.name}": path.read_bytes()
        for path in map(find_shipped, SHIPPED)
        if path.parent == FOLDER / "models"
    }
    for name, vector in valid.items():
        files[f"valid/{name}.aec"] = vector.data
        files[f"valid/{name}.npy"] = saved(vector.pictures)
        if vector.source is not None:
            files[f"valid/{name}.source.npy"] = saved(vector.source)
        if vector.base is not None:
            files[f"valid/{name}.base.npy"] = saved(vector.base)
        if vector.png is not None:
            files[f"valid/{name}.png"] = vector.png
    files |= {f"{kind}/{name}.aec": vector.data for kind, group in refused.items() for name, vector in group.items()}
    manifest = {
        "zlib": {"version": ZLIB},
        "models": {Path(paths[name]).name: {"shows": shows} for name, shows in MODELS_SHOW.items()},
        "shipped": {name: {"sha256": sha256} for name, sha256 in SHIPPED.items()},
        "valid": {name: vector.entry for name, vector in valid.items()},
        **{kind: {name: vector.entry for name, vector in group.items()} for kind, group in refused.items()},
        "sha256": {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())},
    }
    return files, manifest


def obstacle(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> str | None:
    """Why the files cannot be added to the folder, or None."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != "manifest.json" and path.read_bytes() != files.get(name):
            return f"{name} exists with other bytes" if name in files else f"{name} exists and is not made here"
    known = folder / "manifest.json"
    if known.exists():
        for group, entries in json.loads(known.read_text("utf-8")).items():
            for name, entry in entries.items():
                if not says(manifest[group].get(name), entry):
                    return f"the manifest says something else of {group}: {name}"
    return None


def says(found: Any, known: Any) -> bool:
    """Whether an entry of the manifest still says all that it said; it may say more."""
    if isinstance(found, dict) and isinstance(known, dict):
        return all(key in found and found[key] == value for key, value in known.items())
    return bool(found == known)


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    files, manifest = make_all(folder)
    reason = obstacle(folder, files, manifest)
    if reason is not None:
        print(f"nothing is written: {reason}; vectors are only ever added", file=sys.stderr)
        return 1
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
