"""The end of a run: a checked model file with tables that fit, its figures on pictures held back, its card."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import numpy as np

from aecodec.arrays import Picture
from aecodec.kinds.protocol import LossyCodec, Size
from aecodec.limits import PIXEL_MAX
from aecodec.train.export import ExportError
from aecodec.train.grid.card import card
from aecodec.train.grid.fitting import fitted
from aecodec.train.grid.loop import VALIDATED, Training
from aecodec.train.release import LICENCE, Release, commit
from aecodec.train.run_files import write
from aecodec.zoo import Role, load_model, save_model, stated


def release(training: Training, folder: Path, name: str) -> Release:
    """Export the averaged weights to ``folder``, measure them on the validation pictures, write a card.

    Raises ExportError if the engine does not give what training simulated, FileError if writing fails.
    """
    made = fitted(training, name)
    held = [each.cpu().numpy() for each in training.validation]
    settings = training.settings
    kept = asdict(settings) | {"steps": training.step}
    kept.pop("continues")  # where it lay is nobody's business
    if settings.continues:
        file = Path(settings.continues).resolve()
        kept["continues"] = file.stem if file.suffix == ".safetensors" else file.parent.name
    description = made.description | {
        "family": name,
        "data": {"sha256": training.pictures.sha256, "training": len(training.pictures), "validation": len(held)},
        "training": kept | {"bfloat16": training.mixed},
        "tables": made.tables,
        "search": {"curvature_factor": made.factor},
        "commit": commit(),
        "licence": LICENCE,
        **stated(Role.GENERAL),
    }
    codec = load_model(save_model(name, made.arrays, description)).codec
    description["validation"] = [measured(codec, held, quality) for quality in VALIDATED]
    content = save_model(name, made.arrays, description)
    path = folder / f"{name}.safetensors"
    write(path.with_suffix(".md"), card(name, description, len(content)).encode())
    write(path, content)
    return Release(path, description)


def measured(codec: LossyCodec, pictures: list[Picture], quality: int) -> dict[str, float]:
    """Return the means over ``pictures`` of bits a pixel and PSNR, of payloads that were written and decoded again.

    Raises ExportError if one does not come back as its encoder said.
    """
    found = []
    for picture in pictures:
        payload, (promised,) = codec.encode([picture], quality, 0, map)
        (decoded,) = codec.decode(payload, [Size(*picture.shape)], codec.rate(quality), map)
        if not np.array_equal(promised, decoded):
            raise ExportError(f"a picture at quality {quality} comes back as another than the encoder's")
        mse = float(np.square(decoded.astype(np.float64) - picture).mean())
        found.append((8 * len(payload) / (picture.shape[0] * picture.shape[1]), _psnr(mse)))
    bpp, psnr = np.mean(found, 0).tolist()
    return {"quality": quality, "bpp": bpp, "psnr": psnr}


def _psnr(mse: float) -> float:
    """Return PSNR in dB; an exact picture counts as one with an error of a grey level in a thousand samples."""
    return 10 * math.log10(PIXEL_MAX**2 / max(mse, 1e-3))
