"""The card of a model of one's own in Markdown."""

from __future__ import annotations

from aecodec.kinds import TileCodec
from aecodec.kinds.names import HALVES
from aecodec.train.own.collection import Collection
from aecodec.train.own.gains import Gain
from aecodec.train.own.release import Made
from aecodec.zoo import Model
from aecodec.zoo.bases import BASE


def card(made: Made, collection: Collection) -> str:
    """Return the model's card."""
    own, described = made.own, made.own.description
    rows = "\n".join(_row(gain, own.size) for gain in made.gains)
    named = (described[half][BASE] for half in HALVES if BASE in described[half])
    bases = ", ".join(f"{base['id']} ({base['sha256'][:16]}…)" for base in named)
    held = f"{collection.held_count:,} held back"
    return f"""# {own.id}

| | |
|---|---|
| made of | {bases} |
| trained on | {collection.count:,} pictures with SHA-256 {collection.sha256[:16]}…, {held} |
| minutes, seed | {described["training"]["minutes"]:g}, {described["training"]["seed"]} |
| lossy files | {lossy_kind(own)} |
| usual quality | {own.codec.default_quality} |
| file | {own.size:,} bytes: what differs from the models that it is made of |
| licence | {described["licence"]} |

| pictures held back, bytes a picture | the models that ship | this one | pays from |
|---|---:|---:|---:|
{rows}
"""


def lossy_kind(own: Model) -> str:
    """Return in words how the lossy half of a model codes a picture."""
    lossy = own.built.lossy
    if isinstance(lossy, TileCodec):
        height, width = lossy.tile
        return f"vectors of {lossy.networks.prior.latents} latents, one for each {width} x {height} pixels"
    return "grids of latents"


def _row(gain: Gain, size: int) -> str:
    way = gain.way if gain.psnr is None else f"{gain.way}, at {gain.psnr:.1f} dB"
    pays = gain.pays_from(size)
    return f"| {way} | {gain.before:,.1f} | {gain.after:,.1f} | {'never' if pays is None else f'{pays:,}'} |"
