"""What drawings remember: tables, hashes and votes as the reference has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aecodec.arrays import Floats32
from aecodec.drawings import candidates, encode_drawings
from aecodec.drawings.inputs import CHOICE_WIDTH, INPUT_MAX, VALUE_WIDTHS
from aecodec.drawings.plain import Plain
from aecodec.drawings.recall import Recall, hashes
from formats.vectors_maker.drawings import drawn, icon, plot
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import textured
from tests.drawings.model import REFERENCE, networks
from tests.golden import MODELS


def test_tables_remember_as_the_reference_does() -> None:
    """Random outcomes of a few contexts, many lanes of which fall together in each step."""
    rng = np.random.default_rng(30)
    ours, theirs = Recall(2, 3), REFERENCE.Memory(2, 3)
    lasting = 0
    for _ in range(200):
        keys = rng.integers(0, 40, (2, 6)).astype(np.uint32)
        found = ours.look(keys)
        entries = [theirs.look(keys[:, lane].tolist()) for lane in range(6)]
        for lane, some in enumerate(entries):
            expected = [(entry.first, entry.second, entry.seen, entry.level) for entry in some]
            each = (found.first, found.second, found.seen, found.level)
            assert list(zip(*(values[:, lane].tolist() for values in each), strict=True)) == expected
        lasting = max(lasting, int(found.seen.max()))
        outcome = np.where(rng.random(6) < 0.9, 7, rng.integers(0, 3, 6)).astype(np.uint32)
        ours.note(found, outcome)
        for lane, some in enumerate(entries):
            theirs.note(some, [int(outcome[lane])] * 2)
    assert lasting > 16


def test_the_last_lane_stays() -> None:
    """Two lanes of a step with one entry: what the second brings, to what both found."""
    recall = Recall(1, 4)
    keys = np.array([[5, 5]], np.uint32)
    recall.note(recall.look(keys), np.array([1, 2], np.uint32))
    found = recall.look(keys)
    assert (found.first.tolist(), found.second.tolist(), found.seen.tolist()) == ([[2, 2]], [[2, 2]], [[1, 1]])
    recall.note(found, np.array([2, 3], np.uint32))
    found = recall.look(keys)
    assert (found.first.tolist(), found.second.tolist(), found.seen.tolist()) == ([[3, 3]], [[2, 2]], [[1, 1]])


def test_a_count_ends_at_255() -> None:
    recall, key = Recall(1, 4), np.array([[9]], np.uint32)
    for _ in range(300):
        recall.note(recall.look(key), np.array([4], np.uint32))
    found = recall.look(key)
    assert (found.seen.tolist(), found.level.tolist()) == ([[255]], [[7]])
    recall.note(found, np.array([6], np.uint32))
    found = recall.look(key)
    assert (found.first.tolist(), found.second.tolist(), found.seen.tolist()) == ([[4]], [[6]], [[64]])


def test_hashes_equal_those_of_the_reference() -> None:
    values = np.random.default_rng(31).integers(0, 1 << 32, (24, 5), np.uint64).astype(np.uint32)
    values[:, 0] = (1 << 32) - 1
    found = hashes(values)
    for lane in range(5):
        assert found[:, lane].tolist() == REFERENCE.hashes_of(values[:, lane].tolist())


def test_votes_are_those_of_the_reference() -> None:
    assert candidates.VOTES[: len(REFERENCE.VOTES)].tolist() == [list(row) for row in REFERENCE.VOTES]
    assert candidates.VOTES[len(REFERENCE.VOTES) :, 3].tolist() == list(REFERENCE.NEAR_VOTES)
    assert candidates.HINT_VOTES.tolist() == [list(row) for row in REFERENCE.HINT_VOTES]
    assert candidates.HINT_MISS.tolist() == list(REFERENCE.NO_HINT_VOTES)


def test_the_document_has_the_votes() -> None:
    """All tables of section 15, as the package has them."""
    document = (MODELS.parents[1] / "aec.md").read_text("utf-8").split("\n## 15. ")[1].split("\n## ")[0]
    rows = [
        [int(number) for number in line.replace("−", "-").strip("| \n").split("|")]
        for line in document.splitlines()
        if line.count("|") == 10 and "source" not in line and "---" not in line
    ]
    learned, hints = candidates.VOTES[: 2 * candidates.CONTEXTS], candidates.HINT_VOTES
    assert rows == [[at, *row] for table in (learned, hints) for at, row in enumerate(table.tolist())]
    for some in (candidates.VOTES[2 * candidates.CONTEXTS :, 0], candidates.HINT_MISS):
        *first, last = (str(number).replace("-", "−") for number in some)
        assert f"{', '.join(first)} and {last}" in document
    places = [f"({dy},{dx})".replace("-", "−") for dy, dx in candidates.AROUND]
    assert " ".join(places[:12]) in document and " ".join(places[12:]) in document


def test_plain_surroundings() -> None:
    """Frequencies as the reference has them; counts are halved once a step."""
    plain, same = Plain(), np.full(3000, 77, np.uint32)
    counts = [0, 0]
    for step in range(12):
        freq = plain.frequencies(same)
        assert (freq == freq[0]).all() and freq[0].tolist() == np.diff(REFERENCE.plain_table(*counts)).tolist()
        other = np.arange(3000) == 0 if step == 5 else np.zeros(3000, np.intp)
        plain.note(same, other.astype(np.intp))
        counts = [counts[0] + 3000 - int(other.sum()), counts[1] + int(other.sum())]
        counts = [count // 2 for count in counts] if sum(counts) > 4096 else counts
    assert freq[0, 1] < 1 << 14  # one of many thousands


@pytest.mark.parametrize("kind", ["plot", "noise", "icons", "board", "slopes"])
def test_inputs_stay_within_what_networks_are_proved_for(kind: str) -> None:
    """Whole numbers, none above 511 in size, of the width that the networks expect."""
    y, x = np.mgrid[:24, :31]
    pictures = {
        "plot": plot(32, 30, 40),
        "noise": noise(33, 20, 20, 4),
        "icons": icon(34, 25),
        "board": np.stack([(y // 5 + x // 7 + at * y // 3) % 2 * 255 for at in range(4)], -1).astype(np.uint8),
        "slopes": textured(35, 20, 24),
    }
    seen: list[Floats32] = []

    class Looked:
        def __init__(self, network: Any) -> None:
            self._network = network
            self.second = network.second if hasattr(network, "second") else None

        def first(self, inputs: Floats32) -> Any:
            seen.append(inputs)
            return self._network.first(inputs)

    class All:
        def __init__(self) -> None:
            self.values = {shift: Looked(network) for shift, network in networks().values.items()}

        def choice(self, inputs: Floats32, votes: Any) -> Floats32:
            seen.append(inputs)
            found: Floats32 = networks().choice(inputs, votes)
            return found

    encode_drawings(drawn([pictures[kind]]), All())
    assert {each.shape[1] for each in seen} <= {CHOICE_WIDTH, *VALUE_WIDTHS}
    assert CHOICE_WIDTH in {each.shape[1] for each in seen}
    assert all((each == np.rint(each)).all() and np.abs(each).max() <= INPUT_MAX for each in seen)
