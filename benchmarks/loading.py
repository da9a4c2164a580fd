"""Measure ``aecodec.torch``: pictures a second in order, shuffled by its sampler, and shuffled without.

    python benchmarks/loading.py --data-dir data      # writes benchmarks/results/loading.md, some minutes

The pictures are MNIST's test pictures, by the model of latent_dim 64 at effort 0, in one container with blocks of the
default size. Each way is a pass over all pictures; the last way is one over ``--naive`` of them. One process works,
without workers. Seconds are CPU time. Blocks are counted as often as they are decoded.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--naive", type=int, default=200, help="pictures of the slow way")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, help="the folder to write to")
    chosen = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"

    from torch.utils.data import DataLoader, RandomSampler

    import aecodec
    from aecodec.codec import Decoder
    from aecodec.data import load
    from aecodec.torch import AecDataset, BlockSampler

    decoded, block = [], Decoder.block

    def noted(self: Decoder, number: int) -> list[object]:
        decoded.append(number)
        return block(self, number)

    Decoder.block = noted
    pictures = list(load("mnist", chosen.data_dir).pictures[: chosen.pictures])
    lines = ["# Loading pictures into PyTorch", ""]
    lines += ["`benchmarks/loading.py` writes this page. One process loads the pictures. Seconds are CPU time.", ""]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.aec"
        path.write_bytes(aecodec.compress(pictures, latent_dim=64, effort=0))
        few = len(pictures) // 50 * 784  # bytes that the naive way keeps: a fiftieth, as of a set too large for memory
        ways: dict[str, tuple[int, Iterable[int] | None, int]] = {
            "in order": (1 << 26, None, len(pictures)),
            "by BlockSampler": (1 << 26, BlockSampler(AecDataset(path)), len(pictures)),
            "by RandomSampler": (few, RandomSampler(range(len(pictures)), num_samples=chosen.naive), chosen.naive),
        }
        lines += [f"{len(pictures)} pictures in {len(AecDataset(path).blocks)} blocks.", ""]
        lines += ["| order | pictures | pictures a second | blocks decoded |", "|:---|---:|---:|---:|"]
        for name, (kept, sampler, count) in ways.items():
            dataset = AecDataset(path, cache_bytes=kept)
            loader = DataLoader(dataset, batch_size=64 if sampler is None or count > 1000 else 1, sampler=sampler)
            decoded.clear()
            start = time.process_time()
            found = sum(len(batch) for batch in loader)
            taken = time.process_time() - start
            assert found == count
            lines.append(f"| {name} | {found:,} | {found / taken:,.0f} | {len(decoded)} |")
    text = "\n".join(lines) + "\n"
    print(text)
    (chosen.output / "loading.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
