r"""Give a released model a scan coder, fitted on the training split, and write it as another model.

    python training/fit_scans.py --data-dir data --networks runs/ink/ink.safetensors runs/ink/based.safetensors \
        --base-model models/mnist-32.safetensors models/mnist-784.safetensors models/mnist-exact.safetensors

Scans of all training pictures are recovered first (two minutes) and kept in ``runs/``. Networks are what
``train_ink.py`` has made of these; without one, the model has a table of ink only. The last 5,000 pictures are held
out: what is printed is measured on 1,000 of them, in two layers with ``--base-model`` for the first.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load

from aecodec.codec.encode import encode
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.codec.plan import Plan
from aecodec.coders.by_tiles import EFFORTS
from aecodec.entropy import StreamWriter
from aecodec.ink.table import LOGIT_STEP
from aecodec.ink.template import TEMPLATE, contexts_and_ink
from aecodec.ink.window import SCAN_SIZES
from aecodec.scans.find import recover
from aecodec.train.card import card
from aecodec.train.data import load as load_pictures
from aecodec.train.ink_scans import keep_scans, kept_scans
from aecodec.train.release import held_in, held_out
from aecodec.zoo import Model, Role, load_model, purpose_of, save_model, stated
from aecodec.zoo.metadata import read_description, read_metadata

CHUNK = 27_500  # pictures whose scans are searched together
KEPT = Path(__file__).resolve().parent.parent / "runs" / "scans"
NEAREST = (4, 10, 16, len(TEMPLATE))  # pixels of a context, each number's counts smoothed by those of the one before
MEASURED = 1_000
Bits = NDArray[np.uint8]


def scans_of(pictures: NDArray[np.uint8], start: int) -> list[Bits | None]:
    """Return the scans of one chunk of the training split, from ``runs/`` where they are there."""
    kept = KEPT / f"{start}.npz"
    if not kept.exists():
        found = recover(pictures, EFFORTS[DEFAULT_EFFORT].beam)
        keep_scans(kept, [None if each is None else each.bits for each in found])
    return kept_scans(kept)


def ink_logits(scans: Sequence[Bits]) -> NDArray[np.int8]:
    """Return the logits of ink in 1/8 bit, int8 ``[2**20]``: counts, smoothed by those of the nearer pixels alone."""
    contexts = 1 << len(TEMPLATE)
    met, inked = np.zeros(contexts), np.zeros(contexts)
    for start in range(0, len(scans), 512):
        for context, ink in contexts_and_ink(scans[start : start + 512]):
            met += np.bincount(context, minlength=contexts)
            inked += np.bincount(context, ink, minlength=contexts)
    numbers = np.arange(contexts)
    chance = np.full(contexts, inked.sum() / met.sum())
    for pixels in NEAREST:
        near = numbers & (1 << pixels) - 1
        among = np.bincount(near, met, contexts)[near]
        with_ink = np.bincount(near, inked, contexts)[near]
        chance = (with_ink + 2 * chance) / (among + 2)
    logits = np.log2(chance / (1 - chance)) * 256 / LOGIT_STEP
    rounded: NDArray[np.int8] = np.clip(np.rint(logits), -128, 127).astype(np.int8)
    return rounded


def size_costs(scans: Sequence[Bits | None]) -> NDArray[np.uint8]:
    """Return the costs of sizes in 1/8 bit, uint8 ``[len(SCAN_SIZES) + 1]``, the first of having no scan."""
    sizes = [0 if bits is None else len(bits) - SCAN_SIZES[0] + 1 for bits in scans]
    counts = np.bincount(sizes, minlength=len(SCAN_SIZES) + 1)
    costs = -np.log2((counts + 0.5) / (counts + 0.5).sum()) * 256 / LOGIT_STEP
    rounded: NDArray[np.uint8] = np.clip(np.rint(costs), 0, 255).astype(np.uint8)
    return rounded


def measured(model: Model, pictures: NDArray[np.uint8]) -> dict[str, Any]:
    """Return what ``pictures`` take, in bytes a picture; of their ink, also by the coder's own probabilities."""
    ink = model.ink
    if ink is None:
        raise ValueError(f"{model.id} has no ink coder")
    search = EFFORTS[DEFAULT_EFFORT]
    encoded = encode(list(pictures), Plan(model, True, DEFAULT_EFFORT), many=True)
    found = [each.bits for each in recover(pictures, search.beam) if each is not None]
    estimated = float(ink.best.costs(found).sum()) / 4096 / 8
    writer = StreamWriter()
    ink.best.encode(found, writer)
    return {
        "effort": DEFAULT_EFFORT,
        "pictures": len(pictures),
        "payload_bytes": encoded.payload / len(pictures),
        "origins": len(found),
        "ink_bytes": len(writer.finish()) / len(found),
        "ink_bytes_estimated": estimated / len(found),
    }


def layered(base: Model, model: Model, pictures: NDArray[np.uint8]) -> dict[str, Any]:
    """Return what ``pictures`` take in a container of two layers, in bytes a picture."""
    encoded = encode(list(pictures), Plan(base, False, DEFAULT_EFFORT, second=model), many=True)
    assert encoded.first is not None
    return {
        "effort": DEFAULT_EFFORT,
        "pictures": len(pictures),
        "base": base.id,
        "bytes": len(encoded.data) / len(pictures),
        "base_bytes": encoded.first.bytes / len(pictures),
        "base_mse": encoded.first.mse,
    }


def main() -> None:
    """Recover scans, count, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--networks", nargs="+", default=[], type=Path, help="tensors of networks of ink")
    parser.add_argument("--base-model", type=Path, metavar="MODEL", help="of the first of two layers, to measure them")
    parser.add_argument("--data-dir", default="data", type=Path)
    chosen = parser.parse_args()
    pictures = load_pictures("mnist", chosen.data_dir, None, torch.device("cpu"))
    training = held_in(pictures)
    starts = range(0, len(training), CHUNK)
    scans: list[Bits | None] = []
    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(scans_of, [training[start : start + CHUNK] for start in starts], starts):
            scans += found
            share = sum(each is not None for each in scans) / len(scans)
            print(f"{len(scans)} pictures, {share:.4f} with a scan", flush=True)
    content = chosen.base.read_bytes()
    metadata = read_metadata(content)
    description = read_description(metadata)
    description |= stated(Role.EXACT, purpose_of(metadata["version"], description).pictures)
    tensors = load(content)
    tensors["origins.sides"] = size_costs(scans)
    tensors["origins.ink"] = ink_logits([each for each in scans if each is not None])
    description["origins"] = {"pictures": len(scans), "found": sum(each is not None for each in scans)}
    for network in chosen.networks:
        tensors |= load(network.read_bytes())
    model, held = (
        load_model(save_model(chosen.target.stem, tensors, description)),
        np.stack(held_out(pictures)[:MEASURED]),
    )
    description["exact_validation"] = measured(model, held)
    if chosen.base_model:
        description["progressive_validation"] = layered(load_model(chosen.base_model.read_bytes()), model, held)
    made = save_model(chosen.target.stem, tensors, description)
    chosen.target.write_bytes(made)
    complete = read_description(read_metadata(made))
    chosen.target.with_suffix(".md").write_text(card(chosen.target.stem, complete, len(made)), encoding="utf-8")
    print(f"{chosen.target}: {len(made)} bytes")
    print({name: each for name, each in description.items() if name.endswith("_validation")})


if __name__ == "__main__":
    main()
