"""Train the ink network on recovered origins of MNIST's training split, and write its tensors.

    python benchmarks/train_ink.py --minutes 60 runs/ink/ink.safetensors

Origins come from ``runs/origins``, where ``fit_origins.py`` leaves them. The last 5,000 are not
trained on: what is logged is measured on them. Beside the target lie a log (``.jsonl``) and a checkpoint (``.ckpt``),
from which the same command goes on after an interruption. ``--from`` begins with the network of another run.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save

from aecodec.files import write_file
from aecodec.lossless.network import InkNetwork
from aecodec.train.ink import InkTrainer, Plan
from aecodec.train.ink_export import check_ink_equal, released_ink
from aecodec.train.ink_pixels import Scans

Bits = NDArray[np.uint8]
HELD_OUT = 5_000  # the last of the scans are not trained on
REPORTED = 300  # scans measured for a line of the log
CHECKED = 64  # scans on which PyTorch and the engine must agree
TUNING_RATE = 1e-3


def read_origins(folder: Path) -> tuple[list[Bits], list[Bits]]:
    """The scans to train on and those held out."""
    found: list[Bits] = []
    for path in sorted(folder.glob("*.npz"), key=lambda path: int(path.stem)):
        with np.load(path) as stored:
            sides, flat = stored["sides"].astype(np.int64), np.unpackbits(stored["ink"])
        ends = np.cumsum(sides**2)
        found += [flat[end - side**2 : end].reshape(side, side) for side, end in zip(sides, ends, strict=True) if side]
    if len(found) <= HELD_OUT:
        raise SystemExit(f"{folder} has {len(found)} origins, too few to hold {HELD_OUT} out")
    return found[:-HELD_OUT], found[-HELD_OUT:]


class Log:
    """Lines of JSON, to a file and to the terminal."""

    def __init__(self, path: Path) -> None:
        self.path, self.start = path, time.time()

    def __call__(self, **values: Any) -> None:
        line = json.dumps({"wall_s": round(time.time() - self.start), **values})
        print(line, flush=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def write(trainer: InkTrainer, target: Path, held: list[Bits], measured: list[Bits]) -> dict[str, Any]:
    """Export, check, write; returns the size of ``measured`` scans in the engine, in bits."""
    arrays = released_ink(trainer.net)
    engine = InkNetwork.from_tensors(arrays)
    check_ink_equal(trainer.net, engine, held[:CHECKED], trainer.device)
    write_file(str(target), save(arrays), force=True)
    costs = np.concatenate([engine.costs(measured[at : at + 1000]) for at in range(0, len(measured), 1000)])
    return {"written": str(target), "scans": len(measured), "engine_bits": round(float(costs.mean()) / 4096, 3)}


def main() -> None:
    """Train until the time is spent; a log line a minute, a checkpoint every few, an export every ten."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path)
    parser.add_argument("--origins", default="runs/origins", type=Path)
    parser.add_argument("--minutes", required=True, type=float, help="of training, without preparation and checks")
    parser.add_argument("--from", dest="base", type=Path, metavar="CHECKPOINT", help="begin with this run's network")
    parser.add_argument("--units", nargs=2, default=Plan.units, type=int, metavar=("FIRST", "SECOND"))
    parser.add_argument("--rate", type=float, help=f"default {Plan.rate}, with --from {TUNING_RATE}")
    parser.add_argument("--threads", default=1, type=int)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    chosen.target.parent.mkdir(parents=True, exist_ok=True)
    state = chosen.target.with_suffix(".ckpt")
    log = Log(chosen.target.with_suffix(".jsonl"))
    scans, held = read_origins(chosen.origins)
    rate = chosen.rate or (TUNING_RATE if chosen.base else Plan.rate)
    plan = Plan(seconds=chosen.minutes * 60, units=tuple(chosen.units), rate=rate)
    trainer = InkTrainer(plan, scans, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    if state.exists():
        trainer.resume(state)
    elif chosen.base:
        trainer.continue_from(chosen.base)
    reported = held[:: -(-len(held) // REPORTED)]
    resident = Scans(reported, trainer.device)
    log(
        scans=len(scans), held_out=len(held), unsure=len(trainer.unsure), sure=len(trainer.sure), resumed=state.exists()
    )
    minutes = 0
    while not trainer.done:
        loss = trainer.run(60)
        minutes += 1
        values = {
            "train_s": round(trainer.seconds),
            "step": trainer.step,
            "epochs": round(trainer.epochs(), 2),
            "integer": trainer.integer,
            "loss": round(loss, 2),
            "bits": round(trainer.validate(resident), 2),
        }
        if minutes % 3 == 0:
            trainer.save(state)
        if trainer.integer and minutes % 10 == 0 and not trainer.done:
            values |= write(trainer, chosen.target, held, reported)
        log(**values)
    trainer.save(state)
    log(**write(trainer, chosen.target, held, held))


if __name__ == "__main__":
    main()
