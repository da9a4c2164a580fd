"""The folder of golden vectors: listed, only added to, and what the script makes."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from formats import make_vectors
from formats.vectors_maker import shipped
from formats.vectors_maker.shipped import find_shipped
from tests.conftest import ROOT
from tests.golden import KINDS, MANIFEST, MODELS, SAME_ZLIB, VECTORS

KEPT = {f"models/{name}-{entry['sha256'][:8]}.safetensors" for name, entry in MANIFEST["shipped"].items()}


def test_the_manifest_lists_every_file() -> None:
    files = contents(VECTORS)
    found = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"}
    assert found == MANIFEST["sha256"]
    kinds = {"models": ".safetensors", "valid": ".aec", "invalid": ".aec", "future": ".aec"}
    for kind, suffix in kinds.items():
        names = {f"{kind}/{name.removesuffix(suffix)}{suffix}" for name in MANIFEST[kind]}
        assert names == {path for path in found if path.startswith(f"{kind}/") and path.endswith(suffix)} - KEPT
        assert all(entry["shows"] for entry in MANIFEST[kind].values())
    for name, entry in MANIFEST["valid"].items():
        assert f"valid/{name}.npy" in found
        lossy = entry["encode"] is not None and not entry["encode"]["lossless"]
        assert (f"valid/{name}.source.npy" in found) == lossy
        assert (f"valid/{name}.base.npy" in found) == ("base_sha256" in entry)
        assert (f"valid/{name}.png" in found) == ("png" in entry)


def test_there_are_enough_and_they_are_small() -> None:
    assert len(MANIFEST["valid"]) >= 160 and len(MANIFEST["invalid"]) >= 160 and len(MANIFEST["future"]) >= 15
    assert {entry["error"] for entry in MANIFEST["invalid"].values()} == set(KINDS)
    assert sum(len(data) for name, data in contents(VECTORS).items() if name not in KEPT) < 3_000_000


FIXED_SINCE = "84bb7821"  # the last commit that changed a vector; none has since


def git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)


def test_golden_files_are_only_ever_added_to() -> None:
    """As far back as they are fixed, in every commit and in what is not committed yet."""
    if shutil.which("git") is None or git("cat-file", "-e", f"{FIXED_SINCE}^{{commit}}").returncode:
        pytest.skip(f"there is no git history with commit {FIXED_SINCE}")
    changes = ["--no-renames", "--diff-filter=a", "--name-only"]
    folders = [f"formats/vectors/{kind}" for kind in ("models", "valid", "invalid", "future")]
    logged = git("log", "-m", "--format=", *changes, f"{FIXED_SINCE}..HEAD", "--", *folders)
    present = git("diff", *changes, "HEAD", "--", *folders)
    for found in (logged, present):
        assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize("name", MANIFEST["shipped"])
def test_models_that_golden_files_name_are_kept(name: str) -> None:
    """In models/ or, shipped no longer, in vectors/models; fails with what is to be done."""
    assert hashlib.sha256(find_shipped(name).read_bytes()).hexdigest() == MANIFEST["shipped"][name]["sha256"]


def test_a_model_may_move_but_not_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = find_shipped("mnist-8").read_bytes()
    monkeypatch.setattr(shipped, "MODELS", tmp_path / "models")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "vectors")
    with pytest.raises(LookupError, match=r"mnist-8 .* to formats/vectors/models/mnist-8-115c4d89\.safetensors"):
        find_shipped("mnist-8")
    moved = tmp_path / "vectors" / "models" / "mnist-8-115c4d89.safetensors"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(content)
    assert find_shipped("mnist-8") == moved


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made_anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script makes in a folder that holds the models alone."""
    folder = tmp_path_factory.mktemp("vectors")
    shutil.copytree(MODELS, folder / "models")
    script = ROOT / "formats" / "make_vectors.py"
    code = f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); runpy.run_path({str(script)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_the_folder_is_what_the_script_makes(made_anew: Path) -> None:
    """But for what deflate has a part in, where there is another zlib."""
    found, expected = contents(made_anew), contents(VECTORS)
    assert found.keys() == expected.keys()
    if not SAME_ZLIB:
        other = {f"valid/{name}.aec" for name, entry in MANIFEST["valid"].items() if entry["deflate"]}
        other |= {name for name in found if name.startswith(("invalid/", "future/"))} | {"manifest.json"}
        found, expected = ({n: data for n, data in each.items() if n not in other} for each in (found, expected))
    assert {name for name in found if found[name] != expected[name]} == set()


def test_the_script_adds_and_never_overwrites(
    tmp_path: Path, made_anew: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = contents(made_anew)
    manifest = json.loads(files.pop("manifest.json"))
    empty = tmp_path / "empty"
    monkeypatch.setattr(make_vectors, "make_all", lambda folder: (files, manifest))
    monkeypatch.setattr(sys, "argv", ["make_vectors.py", str(empty)])
    assert make_vectors.main() == 0 and contents(empty) == contents(made_anew)

    missing, changed = empty / "valid" / "exact-1x1.aec", empty / "invalid" / "cut.aec"
    content = missing.read_bytes()
    missing.unlink()
    assert make_vectors.main() == 0 and missing.read_bytes() == content  # added again

    known = empty / "manifest.json"
    text = known.read_text("utf-8")
    older = json.loads(text)
    del older["valid"]["searched-odd"]["search"], older["shipped"]
    known.write_text(json.dumps(older), "utf-8")
    assert make_vectors.main() == 0 and known.read_text("utf-8") == text  # it may say more
    older["valid"]["searched-odd"]["shows"] = "something else"
    known.write_text(json.dumps(older), "utf-8")
    capsys.readouterr()
    assert make_vectors.main() == 1 and "valid: searched-odd" in capsys.readouterr().err
    known.write_text(text, "utf-8")

    missing.unlink()
    changed.write_bytes(b"other")
    before = contents(empty)
    assert make_vectors.main() == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "invalid/cut.aec" in message
    assert contents(empty) == before
