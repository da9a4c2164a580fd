"""The ways in for contributors: scripts, hooks, templates, the lock file, and the pages about them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "scripts").iterdir())
PAGES = ("CONTRIBUTING.md", "TESTING.md", "CHANGELOG.md", "formats/aec.md", "tests/trust/results/README.md")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def needed(extra: str) -> Iterator[Requirement]:
    """All requirements of an extra, those of the extras that it names, and those of the package itself."""
    for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]):
        found = Requirement(line)
        if found.name != PROJECT["name"]:
            yield found
        for other in sorted(found.extras) if found.name == PROJECT["name"] else ():
            yield from needed(other)


def locked() -> dict[str, str]:
    """The versions of the lock file, by the names of packages."""
    lines = (ROOT / "requirements" / "ci.txt").read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs)
    return {canonicalize_name(name): version for name, version in pairs}


def test_the_lock_has_every_requirement_within_its_bounds() -> None:
    versions, wanted = locked(), list(needed("test"))
    assert {"numpy", "torch", "matplotlib", "ray", "pytest"} <= {requirement.name for requirement in wanted}
    assert [
        f"{requirement}: {versions.get(canonicalize_name(requirement.name))}; run scripts/lock"
        for requirement in wanted
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), "0"))
    ] == []


def test_the_lock_names_python_and_platform_and_no_place() -> None:
    text = (ROOT / "requirements" / "ci.txt").read_text("utf-8")
    assert re.search(r"^# Python 3\.\d+, \w+ \w+\.$", text, re.MULTILINE)
    assert not re.search(r"://|@|^-", text, re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_sound_and_says_how_it_is_used(script: Path) -> None:
    lines = script.read_text("utf-8").splitlines()
    assert lines[0] == "#!/bin/sh" and lines[1].startswith(f"# Usage: scripts/{script.name}")
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111


def test_scripts_check_names_tests_that_are_there() -> None:
    named = re.findall(r"\btests/\w+(?:\.py)?", (ROOT / "scripts" / "check").read_text("utf-8"))
    assert len(named) > 5 and [name for name in named if not (ROOT / name).exists()] == []


def test_scripts_bench_lists_every_benchmark_and_refuses_others() -> None:
    command = str(ROOT / "scripts" / "bench")
    listed = subprocess.run([command], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == sorted(
        path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text("utf-8")
    )
    assert '"""' not in listed
    refused = subprocess.run([command, "nothing"], capture_output=True, text=True, check=False)
    assert (
        refused.returncode == 2 and len(refused.stderr.splitlines()) == 1 and "benchmarks/nothing.py" in refused.stderr
    )


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "TESTING.md"])
def test_pages_name_scripts_and_files_that_are_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = re.findall(r"`((?:scripts|aecodec|formats|tests|benchmarks|share|requirements)/[\w./-]*\w)`?", text)
    assert named and [place for place in named if not (ROOT / place).exists()] == []


def anchor(title: str) -> str:
    """What a link to a heading is called."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target, part in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text("utf-8")):
        found = page.parent / target if target else page
        assert found.exists(), target
        if part:
            titles = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
            assert part in map(anchor, titles), f"{target}#{part}"


@pytest.mark.parametrize("name", PAGES)
def test_no_line_of_prose_is_wider_than_120_characters(name: str) -> None:
    """Tables of figures may be."""
    text = (ROOT / name).read_text("utf-8")
    tables = name.startswith("tests/")
    wide = [line for line in text.splitlines() if len(line) > 120 and not (tables and line.startswith("|"))]
    assert wide == []


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    first = re.findall(r"^## (\S+)", text, re.MULTILINE)[0]
    version = re.search(r'^__version__ = "(.+)"$', (ROOT / "aecodec" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    assert version and first == version[1]


def test_hooks_are_local_and_ask_for_what_is_installed() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"repo: (\S+)", text) == ["local"] and set(re.findall(r"language: (\S+)", text)) == {"system"}
    assert (ROOT / "scripts" / "check").exists() and "entry: scripts/check" in text
