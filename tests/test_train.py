"""Training in small: the phases, bit-exact resumption, PyTorch equal to the engine, a usable release."""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image
from pydantic import ValidationError

import aecodec
from aecodec.cli import app
from aecodec.errors import UsageError
from aecodec.lossy import LossyModel
from aecodec.train.config import Settings
from aecodec.train.data import Pictures, load
from aecodec.train.exact_layers import Dense
from aecodec.train.export import ExportError, check_equal, integer_layer, released
from aecodec.train.loop import Training
from aecodec.train.networks import Autoencoder, Shape
from aecodec.train.phases import PHASES as EVERY
from aecodec.train.phases import Analysis
from aecodec.train.prune import Ranges, count_symbols, hard_symbols, measure_ranges, pruned
from aecodec.train.release import release
from aecodec.train.schedule import phase_ends
from aecodec.train.state import RunState
from aecodec.train.widths import Widths
from aecodec.zoo import Pictures as Made
from aecodec.zoo import Purpose, Role, load_model
from tests.made import save_strokes, strokes

CPU = torch.device("cpu")
PHASES = tuple(phase.name for phase in EVERY)
SEARCHING = ("searched", "integer")


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    folder = tmp_path_factory.mktemp("collection")
    for number, picture in enumerate(strokes(260, 16, 20)):
        Image.fromarray(picture).save(folder / f"{number:04}.png")
    return load("", Path(), folder, CPU)


def settings(**changed: Any) -> Settings:
    small = {
        "latent_dim": 5,
        "epochs": 6,
        "copies": 0,
        "batch_size": 16,
        "analysis_channels": (4, 6),
        "synthesis_channels": (4, 4),
        "analysis_hidden": 12,
        "synthesis_hidden": 16,
        "lossless": True,
    }
    return Settings(**(small | changed))


@pytest.fixture(scope="module")
def trained(pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Training:
    training = Training(settings(), pictures, CPU)
    training.run(tmp_path_factory.mktemp("run") / "a.ckpt", lambda event: None)
    return training


def test_pictures(pictures: Pictures) -> None:
    assert pictures.training.shape == (239, 1, 16, 20)
    assert pictures.validation.shape == (21, 1, 16, 20)
    assert pictures.size == (16, 20)


def test_phases(trained: Training) -> None:
    assert trained.phase.name == PHASES[-1] == "analysis"
    assert all(layer.integer for chain in trained.model.chains() for layer in chain)
    prior = trained.model.prior
    assert not prior.factorized
    assert trained.symbols.shape == (239, prior.latents) and trained.held_out.shape == (21, prior.latents)
    for symbols in (trained.symbols, trained.held_out):
        assert symbols.dtype == torch.int8 and (symbols >= prior.low).all() and (symbols <= prior.high).all()


@pytest.mark.parametrize("shares", [(0.1, 0.2, 0.48, 0.17, 0.05), (1, 1, 0, 0, 0), (0, 0, 0, 0, 1), (9, 1, 1, 1, 1)])
def test_every_phase_has_a_step(shares: tuple[float, ...]) -> None:
    for steps in (5, 6, 7, 10, 11, 99, 8600):
        ends = phase_ends(steps, shares)
        assert len(ends) == 5 and ends[0] >= 1 and ends[-1] == steps
        assert all(after > before for before, after in pairwise(ends))


def test_phase_shares() -> None:
    assert phase_ends(1000, (0.1, 0.2, 0.48, 0.17, 0.05)) == (100, 300, 780, 950, 1000)
    assert phase_ends(100, (2, 2, 2, 2, 2)) == (20, 40, 60, 80, 100)


def test_the_shortest_run(pictures: Pictures, tmp_path: Path) -> None:
    training = Training(settings(epochs=0.01), pictures, CPU)
    training.run(tmp_path / "c", lambda event: None)
    assert (training.step, training.phase.name) == (5, "analysis")
    check_equal(training.model, LossyModel(*released(training.model)), pictures.training[:50])


def test_each_phase_learns_its_part(pictures: Pictures, tmp_path: Path) -> None:
    """While symbols are searched for, analysis rests; in its own phase, all else does. Inside a phase each
    part that learns changes in every tensor.
    """
    training = Training(settings(epochs=3), pictures, CPU)
    for phase, end in enumerate(training.schedule.ends):
        if phase:
            training.next_phase()
        before = copy.deepcopy(training.model.state_dict())
        symbols = training.symbols.clone()
        training.run(tmp_path / "c", lambda event: None, until=end)
        parts = {"analysis": set(), "synthesis": set(), "prior": set()}  # type: dict[str, set[bool]]
        for name, tensor in training.model.state_dict().items():
            if name.endswith(("weight", "bias")):
                parts[name.partition(".")[0]].add(not torch.equal(tensor, before[name]))
        searching, alone = PHASES[phase] in SEARCHING, PHASES[phase] == "analysis"
        assert parts["analysis"] == {not searching}
        assert True not in parts["synthesis"] if alone else False not in parts["synthesis"]
        assert True not in parts["prior"] if alone else True in parts["prior"]
        assert torch.equal(training.symbols, symbols) != searching


def test_a_phase_is_one_object(pictures: Pictures, tmp_path: Path) -> None:
    """One that is in the list is begun once, gives the loss of each of its steps, and comes back on resumption."""

    class Watched(Analysis):
        name = "watched"
        seen: ClassVar[list[str]] = []

        def begin(self, run: RunState) -> None:
            self.seen.append("begin")

        def rebuild(self, run: RunState, kept: Ranges | None) -> None:
            self.seen.append("rebuild")

        def loss(self, run: RunState, chosen: torch.Tensor, pixels: torch.Tensor) -> tuple[float, float]:
            self.seen.append("loss")
            return super().loss(run, chosen, pixels)

    def training() -> Training:
        return Training(settings(epochs=1), pictures, CPU, phases=(*EVERY[:-1], Watched()))

    run, events = training(), list[dict[str, Any]]()
    run.run(tmp_path / "c", events.append)
    last = run.steps - run.schedule.end("integer")
    assert last and Watched.seen == ["begin", "rebuild", *["loss"] * last]
    assert events[-1]["phase"] == run.phase.name == "watched"
    Watched.seen.clear()
    again = training()
    again.resume(tmp_path / "c")
    assert again.phase.name == "watched" and Watched.seen == ["rebuild"]


def test_learns(pictures: Pictures, tmp_path: Path) -> None:
    """The last epoch is better than the first, in rate plus distortion at the last lambda."""
    events: list[dict[str, Any]] = []
    Training(settings(epochs=8), pictures, CPU).run(tmp_path / "c", events.append)
    epochs = [event for event in events if event["event"] == "epoch"]
    assert len(epochs) == 8
    slope = epochs[-1]["lambda"]
    first, last = (e["validation_mse"] * slope + e["validation_bits"] for e in (epochs[0], epochs[-1]))
    assert last < 0.95 * first


def test_blank_pictures(tmp_path: Path) -> None:
    """Nothing to learn, and no distortion to divide by."""
    blank = Pictures("blank", *torch.zeros(48, 1, 16, 20, dtype=torch.uint8).split([40, 8]), "0")
    training = Training(settings(epochs=8, batch_size=8), blank, CPU)
    training.run(tmp_path / "c", lambda event: None)
    assert all(tensor.isfinite().all() for tensor in training.model.state_dict().values())
    check_equal(training.model, LossyModel(*released(training.model)), blank.validation)


# --- between phases ------------------------------------------------------------------------------


def begun(pictures: Pictures, tmp_path: Path, phase: str) -> Training:
    """A run that has come to the end of ``phase``."""
    training = Training(settings(epochs=3), pictures, CPU)
    training.run(tmp_path / "c", lambda event: None, until=training.schedule.ends[PHASES.index(phase)])
    assert training.phase.name == phase
    return training


def check_kept(training: Training, before: torch.Tensor, active: list[int]) -> None:
    """The symbols kept are those ``before``, of the latents in use, within the tables of the new model."""
    prior = training.model.prior
    low, high = prior.low.to(torch.int8), prior.high.to(torch.int8)
    assert prior.latents == len(active) == len(training.curvature)
    assert torch.equal(training.symbols, before[:, active].clamp(low, high))
    assert training.held_out.shape == (21, len(active))
    assert (training.held_out >= low).all() and (training.held_out <= high).all()
    assert (-prior.radius <= low).all() and (high <= prior.radius).all()
    costs = prior.costs(training.symbols.float())
    assert prior.cost_of(costs, training.symbols.float()).isfinite().all()


def test_symbols_where_the_search_begins(pictures: Pictures, tmp_path: Path) -> None:
    """They are what analysis gives; a latent that is always zero is gone, and no picture has changed."""
    training = begun(pictures, tmp_path, "context")
    with torch.no_grad():
        training.model.analysis.latent.weight[2] = 0
        training.model.analysis.latent.bias[2] = 0
        symbols = hard_symbols(training.model, pictures.training)
        decoded = training.model.synthesis(symbols.float())
    training.next_phase()
    check_kept(training, symbols, [0, 1, 3, 4])
    changed = (training.symbols != symbols[:, [0, 1, 3, 4]]).any(1)
    assert changed.float().mean() < 0.1
    with torch.no_grad():
        again = training.model.synthesis(training.symbols.float())
    torch.testing.assert_close(again[~changed], decoded[~changed])


def test_symbols_where_integers_begin(pictures: Pictures, tmp_path: Path) -> None:
    """A latent in no picture is gone, and a symbol that only one picture used is cut."""
    training = begun(pictures, tmp_path, "searched")
    prior = training.model.prior
    training.symbols[:, 1] = 0
    training.held_out[:, 1] = 1
    spread = training.symbols[:, 0]
    top = int(spread.max())
    training.symbols[:, 0] = spread.clamp_max(top - 1)
    training.symbols[7, 0] = top
    symbols = training.symbols.clone()
    active = [d for d in range(prior.latents) if d != 1]
    training.next_phase()
    check_kept(training, symbols, active)
    assert training.model.prior.high[0] == top - 1 == training.symbols[7, 0]


def small_model(radius: int = 6) -> Autoencoder:
    torch.manual_seed(5)
    return Autoencoder(Shape(8, 8, 4, Widths((3,), 0), Widths((4, 4), 0), radius, prior_units=(2, 3)))


@pytest.mark.parametrize("cut", [False, True])
def test_pruned_model_is_the_old_one_on_fewer_latents(cut: bool) -> None:
    model = small_model()
    symbols = torch.randint(-2, 4, (50, 4))
    symbols[:, 1] = 0
    ranges = Ranges([0, 2, 3], [-2, -1, -2], [3, 3, 2], cut)
    smaller = pruned(copy.deepcopy(model), ranges)
    pixels = torch.rand(5, 1, 8, 8)
    torch.testing.assert_close(smaller.synthesis(symbols[:, [0, 2, 3]].float()), model.synthesis(symbols.float()))
    torch.testing.assert_close(smaller.analysis(pixels), model.analysis(pixels)[:, [0, 2, 3]])
    radius = smaller.prior.radius
    assert radius == (3 if cut else 6)
    tables, old = (m.prior.head.bias.reshape(-1, 2 * m.prior.radius + 2) for m in (smaller, model))
    kept = [*range(6 - radius, 7 + radius), 13]  # around the zero in the middle, and escape
    assert torch.equal(tables, old[[0, 2, 3]][:, kept])
    assert smaller.prior.low.tolist() == (ranges.low if cut else [-6] * 3)
    assert smaller.prior.high.tolist() == (ranges.high if cut else [6] * 3)


def test_contexts_begin_with_the_tables(pictures: Pictures, tmp_path: Path) -> None:
    """The prior gets its hidden units when it is known which latents are in use."""
    training = begun(pictures, tmp_path, "factorized")
    assert training.model.prior.units == (1, 1)
    training.next_phase()
    prior = training.model.prior
    assert prior.units == training.settings.prior_units(prior.latents)
    counts = count_symbols(hard_symbols(training.model, pictures.training), prior.radius)
    entries = torch.arange(-prior.radius, prior.radius + 1) + prior.radius
    found = prior.head.bias.reshape(prior.latents, -1)[:, entries]
    assert (found.argmax(1) == counts.argmax(1)).all()


@pytest.mark.parametrize("latent_dim", [1, 8, 32, 64, 100, 128, 200, 256, 784, 1024])
def test_prior_units_fill_the_budget(latent_dim: int) -> None:
    """As many weights below the diagonal as are allowed, and no more than 32 units a latent."""
    for chosen in (settings(latent_dim=latent_dim), settings(latent_dim=latent_dim, prior_weights=50_000)):
        budget = chosen.prior_weights or (420_000 if latent_dim < 128 else 1_000_000 if latent_dim < 256 else 700_000)
        first, second = chosen.prior_units(latent_dim)
        assert first == second and 2 <= first <= 32
        assert first == 2 or (latent_dim * first) ** 2 / 2 <= budget
        assert first == 32 or (latent_dim * (first + 1)) ** 2 / 2 > budget


def test_ranges_by_hand() -> None:
    symbols = torch.zeros(100, 3, dtype=torch.int8)
    symbols[:40, 0] = 1
    symbols[40:60, 0] = -3
    symbols[60, 0] = 4  # once only
    symbols[:2, 1] = 2
    counts = count_symbols(symbols, 5)
    assert counts.shape == (3, 11)
    assert counts[0].tolist() == [0, 0, 20, 0, 0, 39, 40, 0, 0, 1, 0]
    found = measure_ranges(counts, mostly_zero=0.97, cut=True)
    assert found == Ranges([0], [-3], [4], True) and found.radius == 4  # of so few pictures one is enough
    wider = measure_ranges(counts * 10, mostly_zero=0.99, cut=False)
    assert (wider.active, wider.low, wider.high) == ([0, 1], [-3, 0], [4, 2])
    assert wider.radius == 8  # a third more, and two
    assert measure_ranges(counts * 3, mostly_zero=0.97, cut=True).high == [4]
    assert measure_ranges(counts, mostly_zero=0.1, cut=True).active == [0]  # never none
    assert Ranges.from_lists(json.loads(json.dumps(wider.as_lists()))) == wider


# --- released ------------------------------------------------------------------------------------


def test_engine_equals_simulation(trained: Training, pictures: Pictures) -> None:
    arrays, description = released(trained.model)
    engine = LossyModel(arrays, description)
    check_equal(trained.model, engine, pictures.training)
    noise = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (64, 1, 16, 20), dtype=np.uint8))
    check_equal(trained.model, engine, noise)


def test_a_changed_weight_is_noticed(trained: Training, pictures: Pictures) -> None:
    arrays, description = released(trained.model)
    name = "synthesis.2.weight"
    arrays[name] = np.where(arrays[name] > 0, arrays[name] - 1, arrays[name]).astype(np.int8)
    with pytest.raises(ExportError, match="synthesis differs"):
        check_equal(trained.model, LossyModel(arrays, description), pictures.training)


def test_export_keeps_the_bound() -> None:
    """Weights so large that int8 at a fine exponent would overflow 2**24 get a coarser one."""
    layer = Dense(4000, 3, fraction_in=4, fraction_out=2)
    layer.integer = True
    with torch.no_grad():
        layer.weight.fill_(0.9)
    weight, bias, shift = integer_layer(layer)
    reach = np.abs(weight.astype(np.int64)).sum(1) * 255 + np.abs(bias.astype(np.int64))
    assert (reach + 2.0 ** (shift.astype(int) - 1) < 2**24).all()
    assert np.abs(weight).max() < 32  # an int8 weight of 0.9 alone would be 115


def check_same_state(found: Training, expected: Training) -> None:
    """All that a checkpoint holds is the same, bit for bit."""
    assert (found.step, found.phase, found.control) == (expected.step, expected.phase, expected.control)
    ours, theirs = found.model.state_dict(), expected.model.state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for kept in ("symbols", "held_out", "curvature"):
        assert torch.equal(getattr(found, kept), getattr(expected, kept)), kept
    moments = [t.optimizer.state_dict()["state"] for t in (found, expected)]
    assert [list(each) for each in moments[0].values()] == [list(each) for each in moments[1].values()]
    for number, state in moments[0].items():
        assert all(torch.equal(state[name], moments[1][number][name]) for name in state)


def test_resumes_bit_exactly(pictures: Pictures, tmp_path: Path) -> None:
    """Stopped before, at and after each border between phases and inside each phase, and each time begun again
    from nothing but the checkpoint, training ends in the very same state and reports the same figures.
    """
    events: dict[str, list[dict[str, Any]]] = {"whole": [], "parts": []}
    whole = Training(settings(epochs=2, copies=1), pictures, CPU)
    whole.run(tmp_path / "whole.ckpt", events["whole"].append)
    ends = (0, *whole.schedule.ends)
    stops = {end + by for end in ends[1:-1] for by in (-1, 0, 1)} | {sum(both) // 2 for both in pairwise(ends)}
    checkpoint = tmp_path / "parts.ckpt"
    phases = set()
    for stop in (*sorted(stops), whole.steps):
        part = Training(settings(epochs=2, copies=1), pictures, CPU)
        if checkpoint.exists():
            part.resume(checkpoint)
        part.run(checkpoint, events["parts"].append, until=stop)
        phases.add(part.phase.name)
    assert phases == set(PHASES)
    assert events["parts"] == events["whole"]
    check_same_state(part, whole)


@pytest.mark.parametrize("phase", PHASES[1:])
def test_resumes_from_the_first_moment_of_a_phase(phase: str, pictures: Pictures, tmp_path: Path) -> None:
    """The checkpoint that is written between two phases, before a step of the new one."""
    training = begun(pictures, tmp_path, PHASES[PHASES.index(phase) - 1])
    training.next_phase()
    training.save(tmp_path / "c")
    again = Training(settings(epochs=3), pictures, CPU)
    again.resume(tmp_path / "c")
    check_same_state(again, training)
    stop = training.step + 1
    for each in (training, again):
        each.run(tmp_path / "d", lambda event: None, until=stop)
    check_same_state(again, training)


def test_resuming_at_the_end_changes_nothing(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    trained.save(tmp_path / "c")
    again = Training(settings(), pictures, CPU)
    again.resume(tmp_path / "c")
    again.run(tmp_path / "c", lambda event: pytest.fail("there was a step"))
    check_same_state(again, trained)
    ours, theirs = released(again.model), released(trained.model)
    assert ours[1] == theirs[1]
    assert all(np.array_equal(ours[0][name], theirs[0][name]) for name in theirs[0])


def test_what_a_checkpoint_holds(trained: Training, tmp_path: Path) -> None:
    """Runs go on from checkpoints of earlier versions, so names and forms stay."""
    trained.save(tmp_path / "c")
    state = torch.load(tmp_path / "c", weights_only=True)
    assert list(state) == [
        *("settings", "pool", "model", "optimizer", "phase", "pruning", "fractions", "step", "control"),
        *("symbols", "held_out", "curvature"),
    ]
    assert state["phase"] == 4 and [len(lists) for lists in state["pruning"]] == [4, 4, 4]
    assert sorted(state["control"]) == ["average", "goal", "log_lambda", "target", "top"]
    assert {name.partition(".")[0] for name in state["model"]} == {"analysis", "synthesis", "prior"}


def test_checkpoint_of_another_run(pictures: Pictures, tmp_path: Path) -> None:
    training = Training(settings(), pictures, CPU)
    training.save(tmp_path / "c")
    with pytest.raises(UsageError, match=r"seed.*--restart"):
        Training(settings(seed=2), pictures, CPU).resume(tmp_path / "c")
    with pytest.raises(UsageError, match="phase_shares"):
        Training(settings(phase_shares=(1, 1, 1, 1, 1)), pictures, CPU).resume(tmp_path / "c")
    Training(settings(threads=1, data_dir="elsewhere"), pictures, CPU).resume(tmp_path / "c")


def test_continues_from_another_run(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    """With its networks and symbols, at a looser target and under another latent_dim: fewer bits."""
    trained.save(tmp_path / "c")
    other = Training(settings(latent_dim=7, epochs=3, search_mse=4 * trained.settings.search_target), pictures, CPU)
    other.continue_from(tmp_path / "c")
    assert other.phase.name == "integer" and other.step == other.schedule.end("searched")
    assert torch.equal(other.symbols, trained.symbols)
    ours, theirs = released(other.model)[0], released(trained.model)[0]
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    before = other.control.lmbda
    events: list[dict[str, Any]] = []
    other.run(tmp_path / "d", events.append)
    assert other.control.lmbda < before
    again = Training(other.settings, pictures, CPU)
    again.resume(tmp_path / "d")
    check_same_state(again, other)


def test_runs_that_cannot_be_continued(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    trained.save(tmp_path / "c")
    begun(pictures, tmp_path / "other", "context").save(tmp_path / "early")
    Image.new("L", (4, 4)).save(tmp_path / "picture.png")
    for name, changed, why in (
        ("c", {"latent_dim": 1}, "uses . latents"),
        ("c", {"copies": 1}, "copies differ"),
        ("c", {"synthesis_hidden": 17}, "other networks"),
        ("c", {"synthesis_hidden": 0}, "other networks"),
        ("absent", {}, "cannot be read"),
        ("picture.png", {}, "cannot be read"),
        ("early", {}, "integer phase"),
    ):
        with pytest.raises(UsageError, match=why):
            Training(settings(**changed), pictures, CPU).continue_from(tmp_path / name)


def test_release_is_used_at_once(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    made = release(trained, tmp_path)
    assert made.path.name == f"{pictures.name}-5.safetensors"
    model = load_model(made.path.read_bytes())
    assert model.latent_dim == 5 and model.tiles.tile == (16, 20) and model.residual is not None
    assert model.description["role"] == "collection"
    assert model.purpose == Purpose(Role.COLLECTION, Made((16, 20), 1, pictures.name), 5)
    assert "latent_dim | 5" in made.path.with_suffix(".md").read_text()
    picture = strokes(1, 16, 20, seed=9)[0]
    data = aecodec.compress(picture, model=str(made.path))
    back = aecodec.decompress(data, model_path=[tmp_path])
    assert back.shape == (16, 20) and len(data) < 40
    exact = aecodec.compress(picture, model=str(made.path), lossless=True)
    assert np.array_equal(aecodec.decompress(exact, model_path=[tmp_path]), picture)
    unsearched, searched = json.loads(json.dumps(made.description["validation"]))
    assert unsearched["pictures"] == searched["pictures"] == 21
    assert (unsearched["effort"], searched["effort"]) == (0, 3)
    assert unsearched["bytes"] > unsearched["payload_bytes"] > 0


def test_settings_refuse_unknown_keys() -> None:
    with pytest.raises(ValidationError, match="batchsize"):
        Settings(batchsize=3)  # type: ignore[call-arg]


def test_data_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pictures"):
        load("", Path(), tmp_path, CPU)
    with pytest.raises(UsageError, match="no mnist"):
        load("mnist", tmp_path, None, CPU)
    for number in range(30):
        Image.new("L", (10, 12)).save(tmp_path / f"{number}.png")
    with pytest.raises(UsageError, match="multiples of 4"):
        load("", Path(), tmp_path, CPU)
    Image.new("L", (12, 12)).save(tmp_path / "other.png")
    with pytest.raises(UsageError, match="not like"):
        load("", Path(), tmp_path, CPU)


def test_command_trains_and_continues(tmp_path: Path) -> None:
    """Through the command line: a model, the same run refused as its own source, and another run from it."""
    save_strokes(tmp_path / "scans", 40, 8, 8)

    def train(*options: str) -> Result:
        small = ["--images", str(tmp_path / "scans"), "--latent-dim", "3", "--epochs", "2", "--batch-size", "32", "-q"]
        return CliRunner().invoke(app, ["train", *small, "--threads", "1", *options])

    runs, checkpoint = tmp_path / "runs", tmp_path / "runs" / "first" / "training.ckpt"
    first = train("--copies", "1", "--run", str(runs / "first"), "-o", str(tmp_path / "first"))
    assert first.exit_code == 0 and "validation MSE" in first.stderr, first.output
    description = load_model((tmp_path / "first" / "scans-3.safetensors").read_bytes()).description
    assert (
        description["training"]["copies"] == 1
        and "warped copies of each picture | 1" in (tmp_path / "first" / "scans-3.md").read_text()
    )
    again = ("--copies", "1", "--search-mse", "0.2", "--continue-from", str(checkpoint))
    refused = train(*again, "--run", str(runs / "first"))
    assert refused.exit_code == 2 and "name another folder with --run" in refused.stderr
    second = train(*again, "--run", str(runs / "second"), "-o", str(tmp_path / "second"))
    assert second.exit_code == 0, second.output
    continued = load_model((tmp_path / "second" / "scans-3.safetensors").read_bytes())
    assert continued.description["training"]["continues"] == "first"
