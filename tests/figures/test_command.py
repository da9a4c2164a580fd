"""``aecodec visualize``: what it makes, lists and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")


from aecodec.bench.figures import FIGURES
from aecodec.cli import app
from aecodec.data import Collection
from tests.made import made_model
from tests.made_report import made_report

Line = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """Run ``aecodec visualize`` in an empty folder that holds a report, r.json."""
    monkeypatch.chdir(tmp_path)
    Path("r.json").write_text(made_report().json)

    def run_line(line: str) -> Result:
        return CliRunner().invoke(app, ["visualize", *line.split()])

    return run_line


def fails(result: Result, code: int, *words: str) -> None:
    """One line on standard error, this exit code."""
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("aecodec: error: ")
    for word in words:
        assert word in line


def test_command_lists(run: Line) -> None:
    result = run("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(FIGURES)
    records = [json.loads(line) for line in run("--list --json").stdout.splitlines()]
    assert {record["figure"]: record["needs"] for record in records}["growth"] == "growth"
    assert not Path("figures").exists()


def test_command_makes_what_is_named(run: Line) -> None:
    result = run("latent_dim rate_distortion --report r.json --json")
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["figure"] for record in records] == ["latent_dim"] * 2 + ["rate_distortion"] * 2
    for record in records:
        assert Path(record["file"]).stat().st_size == record["bytes"]
    assert {path.name for path in Path("figures").iterdir()} == {
        f"{name}.{form}" for name in ("latent_dim", "rate_distortion") for form in ("svg", "png")
    }


def test_command_overwrites_only_with_force(run: Line) -> None:
    line = "latent_dim --report r.json -o out --format svg"
    assert run(line).exit_code == 0
    made = Path("out/latent_dim.svg").read_bytes()
    Path("out/latent_dim.svg").write_text("mine")
    fails(run(line), 2, "latent_dim.svg exists", "-f")
    fails(run("--report r.json -o out --format svg"), 2, "latent_dim.svg exists")  # before any work
    assert Path("out/latent_dim.svg").read_text() == "mine"
    assert run(line + " -f").exit_code == 0
    assert Path("out/latent_dim.svg").read_bytes() == made
    assert len(list(Path("out").iterdir())) == 1


def test_command_says_what_is_missing(run: Line) -> None:
    fails(run("rate_distortion"), 2, "rate_distortion", "--report")
    fails(run("effort --report r.json"), 2, "effort", "two or more efforts")
    fails(run("growth"), 2, "--growth")
    fails(run("nothing"), 2, "'nothing'", "rate_distortion")
    fails(run("latent_dim --report none.json"), 7, "cannot read none.json")
    fails(run("--report r.json --growth r.json"), 2, "r.json holds no records of growth")
    fails(run("latent_dim --report r.json --format svg,gif"), 2, "svg, png, pdf")
    fails(run("sizes --latent-dims 8,x"), 2, "--latent-dims")
    fails(run("sizes --data-dir none"), 2, "none")
    fails(run("-q"), 2, "--list")
    assert not Path("figures").exists()


def test_command_makes_all_it_can(run: Line) -> None:
    result = run("all --report r.json --format svg --data-dir none")
    assert result.exit_code == 0, result.output
    assert {path.stem for path in Path("figures").iterdir()} == {"rate_distortion", "latent_dim"}
    left_out = re.findall(r"aecodec: (\w+) is left out: ", result.stderr)
    assert left_out == [name for name in FIGURES if name not in ("rate_distortion", "latent_dim")]


def test_command_shows_pictures_of_one_model(
    run: Line, monkeypatch: pytest.MonkeyPatch, collection: Collection
) -> None:
    monkeypatch.setattr("aecodec.data.load", lambda *_, **__: collection)
    line = "scatter reconstructions --latent-dims 8 --limit 8 --effort 0 --format svg"
    result = run(line)
    assert result.exit_code == 0, result.output
    assert {path.name for path in Path("figures").iterdir()} == {
        "scatter_pca_8.svg", "scatter_tsne_8.svg", "reconstructions.svg"
    }  # fmt: skip
    fails(run(line), 2, "scatter_pca_8.svg exists")
    fails(run("scatter --latent-dims 9 -o other"), 5, "latent_dim 9")
    Path("m").mkdir()
    Path("m/made-6.safetensors").write_bytes(made_model("made-6"))
    result = run("manifold --model made-6 --model-path m --limit 5 --effort 0 --format png")
    assert result.exit_code == 0, result.output
    assert Path("figures/manifold.png").is_file()
