"""A model's card in Markdown."""

from __future__ import annotations

import json
from typing import Any

from aecodec.train.config import Settings


def card(name: str, description: dict[str, Any], size: int) -> str:
    """Return the model's card in Markdown."""
    data, training = description["data"], description["training"]
    rows = "\n".join(
        f"| validation, effort {each['effort']}, {each['pictures']} pictures | MSE {each['mse']:.6f}, "
        f"{each['bytes']:.2f} bytes a picture in one container |"
        for each in description["validation"]
    )
    if "origins" in description:
        found, exact = description["origins"], description["exact_validation"]
        rows += (
            f"\n| scans | fitted to those of {found['found']} of {found['pictures']} training pictures |"
            f"\n| validation, exact, effort {exact['effort']}, {exact['pictures']} pictures "
            f"| {exact['payload_bytes']:.2f} bytes a picture, payload |"
            f"\n| ink of those {exact['scans']} of them with a scan | {exact['ink_bytes']:.3f} bytes a picture; "
            f"{exact['ink_bytes_estimated']:.3f} by the model's probabilities |"
        )
    if "progressive_validation" in description:
        both = description["progressive_validation"]
        rows += (
            f"\n| validation, progressive, effort {both['effort']}, {both['pictures']} pictures "
            f"| {both['bytes']:.2f} bytes a picture; {both['base_bytes']:.2f} of them by {both['base']}, "
            f"MSE {both['base_mse']:.6f} |"
        )
    return f"""# {name}

| | |
|---|---|
| latent_dim | {description["latent_dim"]}, of which {description["latents"]} in use |
| native picture | {description["tile"][1]} × {description["tile"][0]}, grey |
| trained on | {data["name"]}, {data["training"]} pictures (SHA-256 of the pixels {data["sha256"][:16]}…) |
| validation split | {data["validation"]} pictures held out of the training set |
{rows}
| MSE aimed at in training, in search | {training["target_mse"]}, {training["search_mse"]} |
| warped copies of each picture | {training.get("copies", 0)} |
| epochs, seed | {training["epochs"]}, {training["seed"]} |
| other settings than the defaults | {_unusual(training)} |
| file | {size} bytes, int8 weights |
| licence | {description["licence"]} |

The figures are of whole containers of pictures from the validation split, written and decoded again.
"""


def _unusual(training: dict[str, Any]) -> str:
    """Return those settings that are not the defaults and have no row of their own."""
    shown = {"dataset", "latent_dim", "target_mse", "search_mse", "epochs", "seed", "copies"}
    fields = {name: field.default for name, field in Settings.model_fields.items() if name not in shown}
    plain = json.loads(json.dumps(fields, default=str))
    found = [f"{name} {training[name]}" for name in plain if name in training and training[name] != plain[name]]
    return ", ".join(found) or "none"
