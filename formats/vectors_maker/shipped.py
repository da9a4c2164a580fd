"""Files of the models that aecodec ships, in every mode that each of them has.

A golden file names its model by SHA-256, so that model stays for ever, too. Where one of ``models/`` is replaced by
another, its old file moves to ``vectors/models/NAME-FINGERPRINT.safetensors``, and files of the new one join these.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aecodec.arrays import Picture
from aecodec.codec import Decoder, Options
from aecodec.codec.plan import Plan, plan_at
from aecodec.container import parse, parse_second
from aecodec.container.varint import Cursor
from aecodec.lossy.search import SEARCH
from aecodec.pictures.images import decode_picture
from aecodec.zoo import Model, load_model
from formats.vectors_maker.by_package import by_package
from formats.vectors_maker.fields import DEFLATED, DIFFERENCED
from formats.vectors_maker.layers import SomeModels
from formats.vectors_maker.palettes import PALETTES
from formats.vectors_maker.shipped_asked import asked_of_shipped
from formats.vectors_maker.vector import FOLDER, Valid

MODELS = FOLDER.parents[1] / "models"
SHIPPED = {
    "mnist-8": "115c4d896179d224cc77e9e338144ad4e29ce55dc8616560b8c848cfbeadca6d",
    "mnist-16": "8bccb20f0f7362be256be9fb046fba1ead3696679892d2a8a45a55961f0334d9",
    "mnist-32": "b48664b070019f7d867c365db3bff73f7b31f4e7a8f724692b208bb0e68bfc47",
    "mnist-64": "60bdc8d2ea4b3c1c4c798cb6651cfd59db45a25769ad011a3764af7272529ef2",
    "mnist-128": "210ac7ee6deec386fc868fc7abdb1b4bbcff90b3a586525304c0950cdde4f25f",
    "mnist-256": "33e2c52dbeaa2d29e0f23dd4b09f4f54db3860df27e23d4f03a1d6b4f1d3f213",
    "mnist-784": "dc64427f1f743c6d2020f087c55eacef97f27dcbc368bc28b4a6cc7ce230d330",
    "mnist-exact": "3b8b23fd395a6253b9f5065483d0e9e08679f9ebf085cc7f76eaafc163b2fd9b",
}
SEARCHED_BY = 3  # the search that made these; another makes other files of them
ZLIB = "1.2.13"  # the zlib whose deflate is in these


def find_shipped(name: str) -> Path:
    """The file of a model that golden files name; raises LookupError where it is gone."""
    for folder in (MODELS, FOLDER / "models"):
        for path in sorted(folder.glob("*.safetensors")):
            if hashlib.sha256(path.read_bytes()).hexdigest() == SHIPPED[name]:
                return path
    raise LookupError(
        f"golden files name the model {name} of SHA-256 {SHIPPED[name]}, which is neither in models/ nor in "
        f"formats/vectors/models/: where another has taken its place, its old file must go to "
        f"formats/vectors/models/{name}-{SHIPPED[name][:8]}.safetensors"
    )


@functools.cache
def shipped(name: str) -> Model:
    return load_model(find_shipped(name).read_bytes())


def make_shipped() -> dict[str, Valid]:
    """All of them are made by the encoder."""
    made = {name: _made(name, *each) for name, each in asked_of_shipped(shipped("mnist-784")).items()}
    for name, (shows, png, arguments) in PALETTES.items():
        made[name] = _made(name, f"a PNG file: {shows}", decode_picture(png, name), arguments, (png, shows))
    return made


def _made(
    name: str,
    shows: str,
    pictures: Picture | Sequence[Picture],
    arguments: dict[str, Any],
    png: tuple[bytes | None, str] = (None, ""),
) -> Valid:
    """What the package makes of the pictures, or, with an earlier search, made."""
    many = not isinstance(pictures, np.ndarray)
    batch = [pictures] if isinstance(pictures, np.ndarray) else pictures
    options = {"lossless": False, "effort": 3, "names": None, "many": many, **arguments}
    layered, exact = "progressive" in options, options["lossless"] or "progressive" in options
    if layered:
        options |= {"lossless": True, "exact": "mnist-exact"}
    searched = bool(options["effort"]) and (layered or not exact)
    on_file = searched and SEARCHED_BY != SEARCH
    data = (FOLDER / "valid" / f"{name}.aec").read_bytes() if on_file else _encoded(batch, options)
    models = SomeModels([shipped(each) for each in (options["model"], options.get("exact")) if each])
    lossy = None if exact and not layered else list(Decoder(data, models, base=layered))
    return Valid(
        shows,
        data,
        batch if lossy is None or layered else lossy,
        options["names"],
        None if exact else batch,
        options,
        has_deflate(data),
        SEARCHED_BY if searched else None,
        lossy if layered else None,
        *png,
    )


def _encoded(batch: Sequence[Picture], options: dict[str, Any]) -> bytes:
    model, asked = shipped(options["model"]), Options(effort=options["effort"])
    given: dict[str, Any] = {"many": options["many"], "names": options["names"]}
    if "exact" in options:
        plan = replace(plan_at(model, asked, 100), second=shipped(options["exact"]))
        return by_package(batch, plan, **given)
    if options["lossless"]:
        return by_package(batch, Plan(model, True, options["effort"]), **given)
    return by_package(batch, plan_at(model, asked, options.get("quality", 100)), **given)


def has_deflate(data: bytes) -> bool:
    """Whether some of the file's bytes come out of deflate, so that another zlib may give others."""
    first = parse(data)
    header = first.header
    layers = [first, parse_second(first)] if header.layered else [first]
    methods = [layer.body(k)[:1] for layer in layers if layer.header.has_method for k in range(header.blocks)]
    if not header.exact and any(shape.has_alpha for shape in header.shapes or ()):
        for body in map(first.body, range(header.blocks)):
            cursor = Cursor(body, 0, len(body))
            methods.append(cursor.take(cursor.varint("length of the alpha planes"), "alpha planes")[:1])
    return header.names is not None or any(method in (DEFLATED, DIFFERENCED) for method in methods)
