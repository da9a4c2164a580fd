r"""Train the ink network on recovered scans of MNIST's training split, and write its tensors.

    python training/train_ink.py --minutes 60 runs/ink/ink.safetensors
    python training/train_ink.py --minutes 45 --base-model models/mnist-32.safetensors --data-dir data \
        --from runs/ink/ink.ckpt --rate 2e-3 runs/based/based.safetensors

Scans come from ``runs/scans``, where ``fit_scans.py`` leaves them. The last 5,000 are not
trained on: what is logged is measured on them. Beside the target lie a log (``.jsonl``) and a checkpoint (``.ckpt``),
from which the same command goes on after an interruption. ``--from`` begins with the network of another run.
With ``--base-model`` scans are coded given their pictures as that model keeps them (five minutes, then in ``runs/``);
such a network may begin with one that codes scans alone, and ``origins.place`` is written with it.
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

from aecodec.arrays import Arrays
from aecodec.files import write_file
from aecodec.ink.condition import Condition
from aecodec.ink.network import InkNetwork
from aecodec.train.data import load
from aecodec.train.ink import InkTrainer, Plan
from aecodec.train.ink_base import corners_of, lossy_pictures, place_costs
from aecodec.train.ink_export import check_ink_equal, prefix_of, released_ink
from aecodec.train.ink_pixels import Scans
from aecodec.train.ink_scans import kept_scans
from aecodec.train.release import held_in
from aecodec.zoo import load_model

Bits = NDArray[np.uint8]
HELD_OUT = 5_000  # the last of the scans are not trained on
REPORTED = 300  # scans measured for a line of the log
CHECKED = 64  # scans on which PyTorch and the engine must agree
TUNING_RATE = 1e-3
LOSSY = Path(__file__).resolve().parent.parent / "runs" / "lossy"


def read_scans(folder: Path) -> tuple[list[Bits], NDArray[np.int64]]:
    """Return the scans, and of each the number of its picture in the training split."""
    found: list[Bits] = []
    numbers: list[int] = []
    for path in sorted(folder.glob("*.npz"), key=lambda path: int(path.stem)):
        for number, bits in enumerate(kept_scans(path), int(path.stem)):
            if bits is not None:
                found.append(bits)
                numbers.append(number)
    if len(found) <= HELD_OUT:
        raise SystemExit(f"{folder} has {len(found)} scans, too few to hold {HELD_OUT} out")
    return found, np.array(numbers)


def base_of(scans: list[Bits], numbers: NDArray[np.int64], model: Path, data: Path) -> Condition:
    """Return the lossy pictures of ``scans``, which are scans of pictures ``numbers`` of MNIST's training split."""
    pictures = held_in(load("mnist", data, None, torch.device("cpu")))
    tiles = lossy_pictures(load_model(model.read_bytes()), pictures, LOSSY)
    return Condition(tiles[numbers], corners_of(scans, (tiles.shape[1], tiles.shape[2])))


class Log:
    """It writes lines of JSON, to a file and to the terminal."""

    def __init__(self, path: Path) -> None:
        self.path, self.start = path, time.time()

    def __call__(self, **values: Any) -> None:
        line = json.dumps({"wall_s": round(time.time() - self.start), **values})
        print(line, flush=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def write(
    trainer: InkTrainer, target: Path, places: Arrays, scans: list[Bits], base: Condition | None
) -> dict[str, Any]:
    """Export, check and write the network, with ``places``; return the size of ``scans`` in the engine, in bits."""
    arrays = released_ink(trainer.net)
    engine = InkNetwork.from_tensors(arrays, prefix_of(trainer.net))
    check_ink_equal(trainer.net, engine, scans[:CHECKED], trainer.device, _part(base, slice(CHECKED)))
    write_file(str(target), save(arrays | places), force=True)
    parts = [slice(at, at + 1000) for at in range(0, len(scans), 1000)]
    costs = np.concatenate([engine.costs(scans[part], _part(base, part)) for part in parts])
    return {"written": str(target), "scans": len(scans), "engine_bits": round(float(costs.mean()) / 4096, 3)}


def _part(base: Condition | None, part: slice) -> Condition | None:
    return None if base is None else base[part]


def main() -> None:
    """Train until the time is spent; a log line a minute, a checkpoint every few, an export every ten."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path)
    parser.add_argument("--scans", default="runs/scans", type=Path)
    parser.add_argument("--minutes", required=True, type=float, help="of training, without preparation and checks")
    parser.add_argument("--from", dest="other", type=Path, metavar="CHECKPOINT", help="begin with this run's network")
    parser.add_argument("--units", nargs=2, default=Plan.units, type=int, metavar=("FIRST", "SECOND"))
    parser.add_argument("--rate", type=float, help=f"default {Plan.rate}, with --from {TUNING_RATE}")
    parser.add_argument("--base-model", type=Path, metavar="MODEL", help="whose lossy pictures scans are coded given")
    parser.add_argument("--data-dir", default="data", type=Path, help="where MNIST is, for --base-model")
    parser.add_argument("--threads", default=1, type=int)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    chosen.target.parent.mkdir(parents=True, exist_ok=True)
    state = chosen.target.with_suffix(".ckpt")
    log = Log(chosen.target.with_suffix(".jsonl"))
    scans, numbers = read_scans(chosen.scans)
    base = base_of(scans, numbers, chosen.base_model, chosen.data_dir) if chosen.base_model else None
    training, out = slice(-HELD_OUT), slice(len(scans) - HELD_OUT, None)
    some = slice(out.start, None, -(-HELD_OUT // REPORTED))
    places: Arrays = {} if base is None else {"origins.place": place_costs(base[training])}
    rate = chosen.rate or (TUNING_RATE if chosen.other else Plan.rate)
    plan = Plan(seconds=chosen.minutes * 60, units=tuple(chosen.units), rate=rate)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer = InkTrainer(plan, scans[training], device, _part(base, training))
    if state.exists():
        trainer.resume(state)
    elif chosen.other:
        trainer.continue_from(chosen.other)
    resident = Scans(scans[some], device, _part(base, some))
    log(
        scans=len(trainer.scans),
        held_out=HELD_OUT,
        unsure=len(trainer.unsure),
        sure=len(trainer.sure),
        resumed=state.exists(),
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
            values |= write(trainer, chosen.target, places, scans[some], _part(base, some))
        log(**values)
    trainer.save(state)
    log(**write(trainer, chosen.target, places, scans[out], _part(base, out)))


if __name__ == "__main__":
    main()
