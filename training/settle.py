"""Fit the slopes of released MNIST models to the search as it now is, and measure them on the validation split again.

    python training/settle.py --data-dir data models/mnist-8.safetensors ...

The networks stay as they are. The slope is part of a model file, so its fingerprint changes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.numpy import load

from aecodec.train.config import SEARCH_MSE
from aecodec.train.data import load as load_pictures
from aecodec.train.release import held_out, settle
from aecodec.zoo import Role, purpose_of, stated
from aecodec.zoo.metadata import read_description, read_metadata


def main() -> None:
    """Rewrite each model file and its card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--data-dir", default="data", type=Path)
    chosen = parser.parse_args()
    pictures = load_pictures("mnist", chosen.data_dir, None, torch.device("cpu"))
    for path in chosen.files:
        content = path.read_bytes()
        metadata = read_metadata(content)
        description = read_description(metadata)
        purpose = purpose_of(metadata["version"], description)
        description |= stated(purpose.role or Role.COLLECTION, purpose.pictures)
        if description["data"]["sha256"] != pictures.sha256:
            raise SystemExit(f"{path} was trained on other pictures")
        description["training"]["search_mse"] = SEARCH_MSE[description["latent_dim"]]
        made = settle(path, load(content), description, held_out(pictures))
        searched = made.description["validation"][-1]
        print(f"{path}: validation MSE {searched['mse']:.6f}, {searched['bytes']:.2f} bytes a picture")


if __name__ == "__main__":
    main()
