"""The quick size of every trial of trust; see ``tests/trust``."""

from __future__ import annotations

import json

import pytest

from tests.trust.mutants import ROOT
from tests.trust.parts import PARTS, trials
from tests.trust.record import RESULTS, outdated
from tests.trust.seeds import SEEDS, Seed
from tests.trust.trial import NOT_TRIED, Size, Tally, Trial


@pytest.mark.parametrize("part", PARTS)
def test_promises_are_kept(part: str) -> None:
    found = list(trials(part, Size.QUICK))
    assert found
    for trial in found:
        assert trial.tried > 0 or NOT_TRIED in trial.measured, f"{trial.name}: nothing was tried"
        assert trial.failed == 0, f"{trial.name}: {trial.failed} of {trial.tried}: " + "; ".join(trial.examples)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_seeded_fault_has_its_place(seed: Seed) -> None:
    text = (ROOT / seed.path).read_text(encoding="utf-8")
    assert text.count(seed.old) == 1 and seed.new != seed.old
    assert (ROOT / "tests" / f"{seed.first}.py").exists()


@pytest.mark.parametrize("part", PARTS)
def test_a_full_run_of_every_part_is_on_file(part: str) -> None:
    record = json.loads((RESULTS / f"{part}.json").read_text(encoding="utf-8"))
    assert record["trials"] and all(trial["failed"] == 0 for trial in record["trials"])


def test_the_pages_are_of_the_results() -> None:
    assert outdated() == [], "run: python -m tests.trust report"


def test_a_bound_is_claimed_only_where_nothing_failed() -> None:
    assert Trial("a", "b", 300).bound == 0.01 and Trial("a", "b", 300).passed
    assert Trial("a", "b", 300, 1).bound is None and not Trial("a", "b", 300, 1).passed
    assert Trial("a", "b", 0).bound is None and not Trial("a", "b", 0).passed
    lacking = {NOT_TRIED: "a disk"}
    assert Trial("a", "b", 0, measured=lacking).bound is None and Trial("a", "b", 0, measured=lacking).passed
    assert not Trial("a", "b", 0, 1, lacking).passed


def test_a_tally_counts_and_keeps_some_failures() -> None:
    tally = Tally("a", "b")
    for number in range(20):
        tally.count(f"number {number}" if number % 2 else None)
        tally.worst("slowest, ms", number)
    found = tally.trial
    assert (found.tried, found.failed, found.examples[0], len(found.examples)) == (20, 10, "number 1", 5)
    assert found.measured == {"slowest, ms": 19}
