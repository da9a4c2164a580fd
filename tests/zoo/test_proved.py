"""Models that were proved once: what is then left out, what never is, and after which changes all is proved again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import aecodec
from aecodec.cli import app
from aecodec.errors import ModelError
from aecodec.zoo import Model, digests, load_model, proved, save_model
from aecodec.zoo.proved import note_proved
from tests.checks import check_error, flipped
from tests.made import made_grid_model, made_model, made_pixel_tensors, strokes
from tests.zoo.files import put

MODEL = made_model("made-64")


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What known answers were worked out; notes go to a folder of their own."""
    found: list[str] = []

    def counted(built: object) -> str:
        found.append(digests.known_answer(built))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setenv("AECODEC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("aecodec.zoo.load.known_answer", counted)
    proved._here.cache_clear()
    return found


def test_a_model_is_proved_once(answers: list[str]) -> None:
    for _ in range(3):
        load_model(MODEL)
    assert len(answers) == 1
    load_model(made_model("made-65"))
    assert len(answers) == 2


def test_without_notes_it_is_proved_each_time(answers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_CACHE", "off")
    for _ in range(3):
        load_model(MODEL)
    assert len(answers) == 3


@pytest.mark.parametrize("what", ["code", "NumPy", "libraries", "settings", "processor"])
def test_it_is_proved_again_on_another_machine(answers: list[str], monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    load_model(MODEL)
    if what == "code":
        monkeypatch.setattr("aecodec.zoo.proved._code", lambda: ["other.py 1 1"])
    elif what == "NumPy":
        monkeypatch.setattr(np, "__version__", "0")
    elif what == "settings":
        monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    else:
        monkeypatch.setattr(f"aecodec.zoo.proved._{what}", lambda: [__file__])
    proved._here.cache_clear()
    for _ in range(2):
        load_model(MODEL)
    assert len(answers) == 2
    proved._here.cache_clear()


def test_where_nothing_is_known_of_the_machine_it_is_proved_each_time(
    answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> list[str]:
        raise FileNotFoundError

    monkeypatch.setattr("aecodec.zoo.proved._code", unknown)
    proved._here.cache_clear()
    for _ in range(2):
        load_model(MODEL)
    assert len(answers) == 2
    proved._here.cache_clear()


def test_an_unsound_model_is_refused_however_often(answers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one of which a sound copy was proved, and one whose answer is wrong on this machine."""
    load_model(MODEL)
    for place in (len(MODEL) // 2, len(MODEL) - 1):
        for _ in range(2):
            check_error(ModelError, lambda place=place: load_model(flipped(MODEL, place)))  # type: ignore[misc]
    other = made_model("made-65")
    monkeypatch.setattr("aecodec.zoo.load.known_answer", lambda built: "another")
    for _ in range(2):
        assert "wrong known answer" in check_error(ModelError, lambda: load_model(other))


def test_an_unsound_machine_is_refused_though_the_model_is_known(
    answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_model(MODEL)

    def refuse() -> None:
        raise ModelError("floating point does not round to nearest here")

    monkeypatch.setattr("aecodec.zoo.load.check_rounding", refuse)
    assert "round" in check_error(ModelError, lambda: load_model(MODEL))


def test_a_broken_bound_is_refused_whatever_is_noted(answers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers are proved when they are built, so that a note of somebody else's cannot let sums leave the integers."""
    note_proved([hashlib.sha256(MODEL).hexdigest()])
    model = load_model(MODEL)
    monkeypatch.setattr("aecodec.exact.affine.EXACT_FLOAT32", 1 << 4)
    assert "bound" in check_error(ModelError, lambda: model.tiles.networks.prior)
    assert not answers


def test_what_is_not_used_is_not_built(answers: list[str]) -> None:
    """Of what decodes nothing that encodes; and the first time all, since all is proved."""
    parts: dict[bytes, tuple[Callable[[Model], object], set[str]]] = {
        MODEL: (lambda model: model.tiles.networks, {"prior", "synthesis", "_analysis"}),
        made_grid_model(): (lambda model: model.built.networks, {"analysis", "_hyper_analysis"}),  # type: ignore
        save_model("made-pixels", *made_pixel_tensors()): (lambda model: model.built, {"networks"}),
    }
    for data, (part, names) in parts.items():
        for first in (True, False):
            assert names & set(vars(part(load_model(data)))) == (names if first else set())


def test_models_verify_proves_anew(answers: list[str], folders: list[Path]) -> None:
    put(folders[1], "made-64", 1)
    for command, times in (("show", 1), ("verify", 2), ("show", 2), ("verify", 3)):
        done = CliRunner().invoke(app, ["models", command, "made-64"])
        assert done.exit_code == 0 and len(answers) == times, command


def test_pixels_are_the_same(answers: list[str], folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a model that is proved, and with one that is known."""
    put(folders[0], "made-64", 1)
    pictures = list(strokes(3, 8, 8))
    found = []
    for _ in range(2):
        monkeypatch.setattr("aecodec.zoo.kept.SETTLED", 1 << 62)  # nothing is kept within the process
        data = aecodec.compress(pictures, model="made-64", model_path=folders[0])
        found.append((data, [picture.tobytes() for picture in aecodec.decompress(data, model_path=folders[0])]))
    assert found[0] == found[1] and len(answers) == 1
