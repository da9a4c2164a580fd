"""``python -m aecodec.train.grid``: train from a cache of pictures that is there, on a machine with nothing but PyTorch
and NumPy. It writes checkpoints and metrics; ``aecodec train --kind grid`` makes the cache, and releases the model.
``torchrun --nproc-per-node 2 -m aecodec.train.grid`` does it in two processes, of as many machines as torchrun has.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aecodec.errors import AecError, UsageError
from aecodec.train.device import DEVICES
from aecodec.train.grid.job import Job, train
from aecodec.train.grid.precision import PRECISIONS
from aecodec.train.grid.settings import OPTIMIZERS, Settings
from aecodec.train.grid.team import CALLED, called
from aecodec.train.grid.widths import SIZES


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    made = argparse.ArgumentParser("python -m aecodec.train.grid", description=(__doc__ or "").replace("``", ""))
    usual = Settings()
    made.add_argument("--cache", type=Path, required=True, help="folder of the decoded pictures")
    made.add_argument("--validation", type=Path, help="folder of others, to validate with; else some are held back")
    made.add_argument("--run", type=Path, required=True, help="folder for checkpoints and metrics")
    made.add_argument("--steps", type=int, default=usual.steps)
    made.add_argument(
        "--finish", type=float, default=usual.finish, help="share of the steps, the last ones, as the rate falls"
    )
    made.add_argument("--learning-rate", type=float, default=usual.learning_rate)
    made.add_argument("--batch-pixels", type=int, default=usual.pixels)
    made.add_argument("--optimizer", choices=OPTIMIZERS, default=usual.optimizer)
    made.add_argument("--size", choices=list(SIZES), default=usual.size, help="of the networks")
    made.add_argument("--seed", type=int, default=usual.seed)
    made.add_argument("--continue-from", default="", metavar="FILE", help="begin with the weights of this checkpoint")
    made.add_argument("--device", choices=DEVICES, default="auto")
    made.add_argument("--precision", choices=PRECISIONS, default="auto")
    made.add_argument("--threads", type=int)
    made.add_argument("--workers", type=int, default=1)
    made.add_argument("--every", type=int, default=1_000, help="steps from one validation to the next")
    made.add_argument("--until", type=float, default=math.inf, help="seconds after which it stops, to be resumed")
    made.add_argument("--restart", action="store_true")
    made.add_argument("--rank", type=int, default=0, help=argparse.SUPPRESS)  # of a helper, which the first one starts
    made.add_argument("--meeting", default="", help=argparse.SUPPRESS)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as ``arguments`` say; returns the exit code."""
    given = parser().parse_args(arguments)
    others = None if given.meeting else called()
    try:
        if others and given.workers > 1:
            raise UsageError("torchrun says how many processes there are; drop --workers")
        settings = Settings(
            steps=given.steps,
            finish=given.finish,
            pixels=given.batch_pixels,
            learning_rate=given.learning_rate,
            optimizer=given.optimizer,
            seed=given.seed,
            size=given.size,
            continues=given.continue_from,
        )
        job = Job(
            settings,
            given.cache,
            given.run,
            held=given.validation,
            device=given.device,
            precision=given.precision,
            threads=given.threads,
            workers=others[1] if others else given.workers,
            restart=given.restart,
            every=given.every,
            until=given.until,
        )
        rank, meeting = (others[0], CALLED) if others else (given.rank, given.meeting)
        train(job, _show, _tell, rank=rank, meeting=meeting)
    except AecError as error:
        _tell(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _show(event: dict[str, Any]) -> None:
    if event["event"] == "step":
        shown = [f"loss {event['loss']:.4f}", f"{event['bpp']:.3f} bpp", f"MSE {event['mse']:.1f}"]
        shown.append(f"{event['speed']:.2f} steps/s")
    else:
        shown = [f"q{each['quality']} {each['bpp']:.3f} bpp {each['psnr']:.2f} dB" for each in event["curve"]]
    print(event["step"], *shown, sep="  ", flush=True)


if __name__ == "__main__":
    sys.exit(main())
