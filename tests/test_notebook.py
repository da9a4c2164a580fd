"""The study notebook: it runs on other pictures than those it was kept with, and what is kept is fit to be read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.made import strokes

nbformat = pytest.importorskip("nbformat")

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
PICTURES = 24
FIGURES = 6  # latent_dim, reconstructions, two scatters, manifold, bits
PLACES = re.compile(r"/(work|home|root|tmp|usr|private|Users)\b|[A-Z]:\\")
Notebook = Any


def read(path: Path) -> Notebook:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def outputs(notebook: Notebook) -> Iterator[Any]:
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def shown(notebook: Notebook, kind: str) -> list[str]:
    """What outputs have of a MIME type."""
    return [output.data[kind] for output in outputs(notebook) if kind in output.get("data", {})]


def printed(notebook: Notebook) -> str:
    return "".join(output.text for output in outputs(notebook) if output.output_type == "stream")


def check_outputs(notebook: Notebook) -> None:
    """Every cell was run, in order; nothing failed, warned, or tells where it was run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for output in outputs(notebook):
        assert output.output_type != "error" and output.get("name") != "stderr", output
    assert "Warning" not in printed(notebook)
    assert PLACES.findall(printed(notebook) + "".join(shown(notebook, "text/markdown"))) == []
    tables = shown(notebook, "text/markdown")
    assert [text.split("|")[1].strip() for text in tables] == ["model", "codec", "latent_dim", "", "latent_dim"]
    sizes = tables[1].splitlines()
    assert len([line for line in sizes if line.startswith("| aecodec latent_dim ")]) == 7
    assert len([line for line in sizes if line.startswith("| aecodec lossless") and "| exact |" in line]) == 3
    assert all(line.endswith("| 0 |") for line in sizes[2:]), "bugs"
    assert len(shown(notebook, "image/png")) == FIGURES
    assert printed(notebook).endswith("no bugs.\n")


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """The notebook as it runs on a folder of made pictures, started elsewhere, by the Python that runs the tests."""
    for needed in ("nbclient", "ipykernel", "matplotlib", "sklearn", "scipy", "skimage"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("study")
    for number, picture in enumerate(strokes(PICTURES)):
        kind = folder / "scans" / ("first", "second", "third")[number % 3]
        kind.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(kind / f"{number}.png")
    paths = [os.path.abspath(path or os.getcwd()) for path in sys.path]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AECODEC_")},
        **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        "PYTHONPATH": os.pathsep.join(paths),
        "AECODEC_STUDY_DATASET": "scans",
        "AECODEC_STUDY_PICTURES": str(PICTURES),
        "AECODEC_STUDY_EFFORT": "0",
        "IPYTHONDIR": str(folder / "ipython"),  # nobody's settings
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    command = [sys.executable, "-W", "error", str(BENCHMARKS / "run_study.py"), "-o", "out.ipynb"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return read(folder / "out.ipynb")


def test_runs_on_a_folder_of_pictures(executed: Notebook) -> None:
    check_outputs(executed)
    assert f"scans, split all: {PICTURES} pictures of 28 x 28, effort 0" in printed(executed)
    assert "0 of 24 pictures came from a scan" in printed(executed)
    assert "Left out" not in printed(executed)


def test_is_kept_as_it_runs(executed: Notebook) -> None:
    kept = read(BENCHMARKS / "study.ipynb")
    assert [cell.source for cell in executed.cells] == [cell.source for cell in kept.cells]
    assert executed.metadata == kept.metadata


def test_kept_outputs_are_fit_to_be_read() -> None:
    path = BENCHMARKS / "study.ipynb"
    notebook = read(path)
    check_outputs(notebook)
    assert "mnist, split test: 300 pictures" in printed(notebook)
    assert "Lossy ones are larger at latent_dim" in printed(notebook)
    assert PLACES.findall(re.sub(r'"image/png": ".*"', "", path.read_text())) == []
    assert path.stat().st_size < 1 << 20
    assert set(notebook.metadata) == {"kernelspec", "language_info"} and notebook.metadata.kernelspec.name == "python3"
    assert not any(cell.metadata for cell in notebook.cells)


def test_text_has_no_measured_numbers() -> None:
    """Numbers are for cells to say: only 0…1 and the numbers of a list stand in Markdown."""
    for cell in read(BENCHMARKS / "study.ipynb").cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"^\d\. |0…1|log₂|8 × bytes", "", cell.source, flags=re.MULTILINE)
            assert re.findall(r"\d+", text) == [], cell.id
