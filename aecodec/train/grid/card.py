"""The card of a grid's model in Markdown."""

from __future__ import annotations

from typing import Any

from aecodec.grid.names import INTERLACED
from aecodec.train.grid.settings import Settings


def card(name: str, description: dict[str, Any], size: int) -> str:
    """Return the model's card; ``size`` of its file in bytes."""
    data, training, tables = description["data"], description["training"], description["tables"]
    rows = "\n".join(
        f"| {each['quality']} | {each['bpp']:.4f} | {each['psnr']:.2f} |" for each in description["validation"]
    )
    usual = vars(Settings())
    shown = {"steps", "seed", "continues"}
    unusual = ", ".join(
        f"{key} {value}" for key, value in training.items() if key not in shown and usual.get(key) not in (None, value)
    )
    begun = training.get("continues", "random weights")
    begun = "an earlier release of itself" if begun == name else begun
    return f"""# {name}

| | |
|---|---|
| kind | grid: pictures of any size, grey or colour |
| latents | {sum(description["slices"])} channels at a sixteenth, in {len(description["slices"])} slices\
{", the first interlaced" if INTERLACED in description else ""} |
| trained on | {data["training"]} pictures (SHA-256 over those of their samples {data["sha256"][:16]}…) |
| validation | {data["validation"]} pictures held out |
| steps, seed | {training["steps"]}, {training["seed"]} |
| begun with | {begun} |
| other settings than the defaults | {unusual or "none"} |
| tables of symbols | {"counted" if tables["counted"] else "as training expects"}; counted ones take \
{tables["counted_bits"] / tables["expected_bits"]:.4f} of the bits of those that training expects |
| search | errors of latents count {description["search"]["curvature_factor"]:g} times what each alone does to pixels |
| file | {size} bytes, int8 weights |
| licence | {description["licence"]} |

| quality | bits a pixel | PSNR, dB |
|---:|---:|---:|
{rows}

Means over the validation pictures. The payload of each was written and decoded again, at effort 0.
"""
