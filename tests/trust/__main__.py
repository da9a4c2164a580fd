"""Try what aecodec promises.

    python -m tests.trust                      # every part at full size, into tests/trust/results and its page
    python -m tests.trust damage faults        # these parts
    python -m tests.trust --quick damage       # a look; writes nothing
    python -m tests.trust report [--check]     # the pages from what is on file; --check only compares

Exits with 1 where anything failed.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.checks import hear_interrupts
from tests.trust.parts import PARTS, trials
from tests.trust.record import outdated, pages, write
from tests.trust.trial import Size, Trial


def show(part: str, trial: Trial) -> None:
    """One line a trial, and some of its failures."""
    figures = "".join(f", {key} {value}" for key, value in trial.measured.items())
    print(f"{part}: {trial.name}: {trial.tried:,} tried, {trial.failed:,} failed{figures}", flush=True)
    for example in trial.examples:
        print(f"    {example}", flush=True)


def run(part: str, size: Size) -> bool:
    """One part; whether all of it passed."""
    start, found = time.perf_counter(), []
    for trial in trials(part, size):
        show(part, trial)
        found.append(trial)
    if size is Size.FULL:
        write(part, found, time.perf_counter() - start)
        report(check=False)
    return bool(found) and all(trial.passed for trial in found)


def report(check: bool) -> int:
    """Write the page of figures and ``TESTING.md``, or say which of them differs."""
    if check:
        for path in outdated():
            print(f"{path.name} in {path.parent} is of other results", file=sys.stderr)
        return int(bool(outdated()))
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join((*PARTS, "report")))
    parser.add_argument("--quick", action="store_true", help="few trials, and nothing written")
    parser.add_argument("--check", action="store_true", help="with report: only compare")
    chosen = parser.parse_args()
    if chosen.parts == ["report"]:
        return report(chosen.check)
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no part {min(unknown)!r}; there are: {', '.join(PARTS)}")
    hear_interrupts()
    size = Size.QUICK if chosen.quick else Size.FULL
    passed = [run(part, size) for part in chosen.parts or PARTS]
    return int(not all(passed))


if __name__ == "__main__":
    sys.exit(main())
