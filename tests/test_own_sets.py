"""Collections for the measurements of one's own models are built from packages as their script says."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from tests.train.own.pictures import icon

_SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "own_sets.py"


def built(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, _SCRIPT, *words], capture_output=True, text=True, check=False)


def test_icons_of_one_size_each_once(tmp_path: Path) -> None:
    package = tmp_path / "package" / "32x32" / "apps"
    package.mkdir(parents=True)
    for seed in range(40):
        Image.fromarray(icon(seed, 32, 32)).save(package / f"{seed}.png")
    Image.fromarray(icon(1, 32, 32)).save(package / "again.png")
    Image.fromarray(icon(50, 48, 48)).save(package / "large.png")
    (package / "link.png").symlink_to("large.png")
    done = built("icons32", tmp_path / "package", "--data-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "collections" / "icons32"
    names = {part: {file.name for file in (folder / part).iterdir()} for part in ("train", "test")}
    assert sum(map(len, names.values())) == 40 and "apps-large.png" not in names["train"] | names["test"]
    assert not names["train"] & names["test"] and 0 < len(names["test"]) < 12
    found = np.asarray(Image.open(next((folder / "test").iterdir())))
    assert found.shape == (32, 32, 4)


def test_slices_are_what_the_volumes_hold(tmp_path: Path) -> None:
    brain = np.arange(48 * 96 * 128, dtype="<u2").reshape(48, 96, 128)
    phantom = np.arange(27 * 64 * 64, dtype="<u2")[::-1].reshape(27, 64, 64)
    wheel = tmp_path / "made.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("nibabel/tests/data/example4d.nii.gz", gzip.compress(bytes(416) + brain.tobytes()))
        file.writestr("nibabel/tests/data/phantom_EPI_asc_CLEAR_2_1.REC", phantom.tobytes())
    assert built("mri16", wheel, "--data-dir", tmp_path).returncode == 0
    folder = tmp_path / "collections" / "mri16" / "test"
    for name, expected in {"brain-47": brain[47], "phantom-03": phantom[3]}.items():
        found = np.asarray(Image.open(folder / f"{name}.png"))
        assert found.dtype == np.uint16 and np.array_equal(found, expected)


def test_nothing_in_a_package_is_said(tmp_path: Path) -> None:
    done = built("icons32", tmp_path, "--data-dir", tmp_path)
    assert done.returncode == 1 and "has no pictures for icons32" in done.stderr


def test_another_wheel_is_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as file:
        file.writestr("other.py", "")
    done = built("mri16", tmp_path / "other.whl", "--data-dir", tmp_path)
    assert done.returncode == 1 and "is not what mri16 is made of" in done.stderr and "Traceback" not in done.stderr
