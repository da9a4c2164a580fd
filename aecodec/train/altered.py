"""Networks for drawings that learn from altered ones as well, since lossy files of drawings are coded with them, too.

Half of what they learn from are pictures as they were given: exact files must not suffer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from aecodec.arrays import Shallow
from aecodec.drawings import DrawingNetworks as Engine
from aecodec.train.drawings.base import Base
from aecodec.train.drawings.networks import DrawingNetworks
from aecodec.train.drawings.release import check_equal
from aecodec.train.drawings.samples import INPUTS
from aecodec.train.own.networks import tensors_of
from aecodec.train.own.samples import drawn
from aecodec.train.pixels.loop import mean_bits
from aecodec.train.pixels.samples import Samples
from aecodec.train.release import commit
from aecodec.train.restoration.release import HEADING as RESTORATION
from aecodec.zoo import Role, save_model, stated

HEADING = "## Altered drawings"
Bits = Mapping[str, float]  # of a sample, by network


class Held:
    """Samples of pictures held back, as they were given and altered, by which networks are measured."""

    def __init__(self, given: Sequence[Shallow], altered: Sequence[Shallow], seconds: float, seed: int) -> None:
        self.given, self.altered = (drawn(part, seconds / 2, seed, _ignore) for part in (given, altered))

    def bits(self, networks: DrawingNetworks) -> tuple[Bits, Bits]:
        """Return the mean bits a sample of given pictures, and of altered ones, of each network that was asked."""
        return _bits(networks, self.given), _bits(networks, self.altered)


def _ignore(passed: float) -> None:
    pass


def _bits(networks: DrawingNetworks, samples: Samples) -> Bits:
    counts = enumerate(zip(INPUTS, samples.tables, strict=True))
    return {name: mean_bits(networks, number, samples) for number, (name, table) in counts if len(table)}


@torch.no_grad()
def released(
    name: str,
    base: Base,
    before: DrawingNetworks,
    after: DrawingNetworks,
    held: Held,
    training: Mapping[str, object],
) -> tuple[bytes, str]:
    """Return the model ``base``, called ``name``, with the networks ``after`` in place of those ``before``, and its
    card.

    ``training`` is what the file says of the run: ``pictures``, their ``sha256``, ``minutes`` and ``seed``. What
    restores altered drawings is kept, though it was trained behind other networks. Raises ExportError if the engine
    does not give what training simulated.
    """
    drawings, tensors = base.description["drawings"], {**base.tensors, **tensors_of(after, base.tensors)}
    check_equal(after, Engine(tensors, drawings), held.given.tables)
    bits = {"before": held.bits(before), "after": held.bits(after)}
    described = {**drawings, "altered": {**training, "commit": commit(), "bits": bits}}
    content = save_model(name, tensors, {**base.description, "drawings": described, **stated(Role.PIXELS)})
    return content, _card(base.card, described["altered"], len(content))


def _card(base: str, told: Mapping[str, Any], size: int) -> str:
    """Return the card ``base`` with what is ``told`` of this run, before restoration; ``size`` of the file in bytes."""
    first, *restoration = base.partition(RESTORATION)
    seen = f"{told['pictures']} drawings with SHA-256 {told['sha256'][:16]}…, {told['minutes']} minutes"
    (given, altered), (given_after, altered_after) = told["bits"]["before"], told["bits"]["after"]
    rows = "\n".join(
        f"| {name} | {given[name]:.4f} | {given_after[name]:.4f} | {altered[name]:.4f} | {altered_after[name]:.4f} |"
        for name in given
        if name in altered
    )
    return (
        f"""{first.partition(HEADING)[0].rstrip()}

{HEADING}

| | |
|---|---|
| networks | those for drawings, trained on |
| trained on | {seen}, half of the samples altered |
| file, with all above | {size} bytes, int8 weights |

| bits a sample | given, before | after | altered, before | after |
|---|---:|---:|---:|---:|
{rows}

Of samples of pictures held out.

{"".join(restoration)}""".rstrip()
        + "\n"
    )
