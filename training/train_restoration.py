"""Train the network that restores altered drawings, and add it to a model of exact pixels.

    python training/train_restoration.py --images icons/ --images screens/ --minutes 20 models/pixels.safetensors

The model is replaced, and so is its card. A network that it has is trained on, unless ``--anew``. A twelfth of the
pictures, at most 200, is held back; the card has the errors of these.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from aecodec.files import write_file
from aecodec.train.drawings.base import read_base
from aecodec.train.drawings.pictures import found
from aecodec.train.restoration.network import Network, network_of
from aecodec.train.restoration.pairs import Pair, pairs_of, pieces_of, until
from aecodec.train.restoration.release import released
from aecodec.train.restoration.training import trained
from aecodec.zoo import load_model


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--images", type=Path, action="append", required=True, help="folder of drawings")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--pairs-minutes", type=float, default=10, help="of altering, before")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--anew", action="store_true", help="begin with random weights")
    given = parser.parse_args()
    base = read_base(given.model)
    model = load_model(given.model.read_bytes())
    codec = model.pixels
    assert codec is not None
    drawings, held = found(given.images, print).held_back()
    pairs = pairs_of(pieces_of(drawings, given.seed), codec, until(60 * given.pairs_minutes), given.seed)
    kept: list[Pair] = pairs_of(pieces_of(held, given.seed), codec, until(60 * given.pairs_minutes), given.seed)
    print(f"{len(pairs)} pairs, {len(kept)} held back", flush=True)
    begun = Network() if given.anew or not codec.restores else network_of(base.tensors)
    network = trained(begun, pairs, 60 * given.minutes, given.seed, _ignore)
    told = {"pictures": len(pairs), "sha256": drawings.sha256, "minutes": given.minutes, "seed": given.seed}
    content, card = released(model.id, base, network, kept, told)
    write_file(str(given.model), content, force=True)
    write_file(str(given.model.with_suffix(".md")), card.encode(), force=True)
    print(card.rpartition("\n\n| quality")[2])


def _ignore(passed: float) -> None:
    pass


if __name__ == "__main__":
    main()
