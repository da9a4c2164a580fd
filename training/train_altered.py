"""Train a model's networks for drawings on altered drawings, too, as lossy files have them.

    python training/train_altered.py --images icons/ --images screens/ --minutes 25 models/pixels.safetensors

The model is replaced, and so is its card. Half of what is learned from are the drawings as they are. A twelfth of the
pictures, at most 200, is held back; the card has the bits that samples of these take. What restores altered drawings
should be trained on afterwards, by ``train_restoration.py``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aecodec.arrays import Colour, Shallow
from aecodec.files import write_file
from aecodec.train.altered import Held, released
from aecodec.train.drawings.base import read_base
from aecodec.train.drawings.pictures import found
from aecodec.train.own.exact import fine_tuned
from aecodec.train.own.networks import drawing_networks
from aecodec.train.own.samples import drawn
from aecodec.train.restoration.pairs import pairs_of, pieces_of, until
from aecodec.zoo import load_model


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--images", type=Path, action="append", required=True, help="folder of drawings")
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--samples-minutes", type=float, default=10, help="of altering, then of taking samples, before")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    base = read_base(given.model)
    model = load_model(given.model.read_bytes())
    codec = model.pixels
    assert codec is not None
    drawings, held = found(given.images, print).held_back()
    pictures, kept = (_shallow(pieces_of(some, given.seed)) for some in (drawings, held))
    seconds = 60 * given.samples_minutes

    def changed(some: Sequence[Shallow]) -> list[Shallow]:
        return _shallow([pair.altered for pair in pairs_of(some, codec, until(seconds), given.seed)])

    altered, theirs = changed(pictures), changed(kept)
    print(f"{len(altered)} pictures altered, {len(theirs)} of those held back", flush=True)
    samples = drawn(pictures, seconds, given.seed, _ignore, altered)
    before = drawing_networks(base.tensors, base.description)
    after = fine_tuned(before, samples, 60 * given.minutes, given.seed, _ignore)
    told = {"pictures": len(pictures), "sha256": drawings.sha256, "minutes": given.minutes, "seed": given.seed}
    content, card = released(model.id, base, before, after, Held(kept, theirs, seconds, given.seed), told)
    write_file(str(given.model), content, force=True)
    write_file(str(given.model.with_suffix(".md")), card.encode(), force=True)


def _shallow(pictures: Sequence[Colour]) -> list[Shallow]:
    return [np.asarray(picture, np.uint8) for picture in pictures]


def _ignore(passed: float) -> None:
    pass


if __name__ == "__main__":
    main()
