"""Training a model's networks for drawings on altered drawings, too, on small made ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load

from aecodec.train.altered import HEADING, Held, released
from aecodec.train.drawings.base import Base
from aecodec.train.export import ExportError
from aecodec.train.own.networks import drawing_networks
from aecodec.zoo import Role, load_model
from formats.vectors_maker.drawings import icon, plot

ROOT = Path(__file__).resolve().parents[2]
CONTENT = (ROOT / "models" / "pixels.safetensors").read_bytes()
MODEL = load_model(CONTENT)
PICTURES = [icon(seed, 20) for seed in range(12)] + [plot(seed, 24, 24) for seed in range(12)]
TOLD = {"pictures": 24, "sha256": "a" * 64, "minutes": 1, "seed": 1}


def run(model: Path, images: Path) -> None:
    words = ["training/train_altered.py", "--images", images, "--minutes", "0.05", "--samples-minutes", "0.05", model]
    subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, check=True, capture_output=True)


def test_the_script_trains_the_networks_of_a_model(tmp_path: Path) -> None:
    model, images = tmp_path / "drawings.safetensors", tmp_path / "images"
    model.write_bytes(CONTENT)
    model.with_suffix(".md").write_text("# A model\n\n## Restoration\n\nof old\n")
    images.mkdir()
    for number, picture in enumerate(PICTURES):
        Image.fromarray(picture).save(images / f"{number}.png")
    run(model, images)
    made = load_model(model.read_bytes())
    assert made.pixels is not None and made.purpose.role is Role.PIXELS
    before, after = load(CONTENT), load(model.read_bytes())
    changed = {name.split(".")[0] for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"drawings"} and set(after) == set(before)
    first = made.description["drawings"]["altered"]["bits"]
    (given, altered), (given_after, altered_after) = first["before"], first["after"]
    assert set(given) == set(given_after) and set(altered) == set(altered_after)
    assert altered_after["green"] < 0.9 * altered["green"]  # these pictures ask most of that network
    run(model, images)
    text = model.with_suffix(".md").read_text()
    assert text.count(HEADING) == 1 and text.index("# A model") < text.index(HEADING) < text.index("## Restoration")


def test_a_network_that_the_engine_does_not_give_is_refused() -> None:
    tensors = dict(load(CONTENT))
    networks, held = drawing_networks(tensors, MODEL.description), Held(PICTURES[:8], PICTURES[:8], 2.0, 1)
    base = Base(tensors, MODEL.description, "")
    released("made", base, networks, networks, held, TOLD)
    tensors["drawings.green.trunk.0.shift"] = tensors["drawings.green.trunk.0.shift"] + 1
    with pytest.raises(ExportError, match="the network green differs"):
        released("made", base, networks, networks, held, TOLD)
