"""The README and the pages of docs: their length and order, where their links lead, and what they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aecodec.cli import app
from tests.docs.blocks import ROOT, name, pages

LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(#[^)\s]*)?\)")
OURS = [*pages(), ROOT / "ARCHITECTURE.md"]
NUMBERS = {8: "Eight", 9: "Nine", 10: "Ten", 11: "Eleven", 12: "Twelve"}
SECTIONS = ["Install", "Use", "When to use it", "A model", "What is promised", "Documents"]


def test_the_readme_and_the_architecture_are_short() -> None:
    assert len(lines("README.md")) <= 130
    assert len(lines("ARCHITECTURE.md")) <= 120


def test_the_readme_is_in_order() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert [heading.startswith(begin) for heading, begin in zip(headings, SECTIONS, strict=True)] == [True] * 6
    assert text.index("results.svg") < text.index("<!-- numbers") < text.index("## Install")
    table = text.partition("<!-- table")[2].partition("<!-- end -->")[0]
    assert 2 < table.count("\n| ") <= 9  # its head and at most eight rows


def test_the_readme_counts_the_models() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    models = [path.name for path in (ROOT / "models").glob("*.safetensors")]
    digits = [model for model in models if model.startswith("mnist-")]
    assert f"{NUMBERS[len(models)]} ship with aecodec." in text
    assert f"{NUMBERS[len(digits)].lower()} are for" in text


@pytest.mark.parametrize("page", OURS, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        found = page.parent / target if target else page
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            assert anchor[1:] in anchors(found), f"{target}{anchor}"


@pytest.mark.parametrize("page", OURS, ids=name)
def test_scripts_and_folders_that_are_named_are_there(page: Path) -> None:
    named = re.findall(r"\b(?:benchmarks|training|examples|formats)/[\w./-]*\w\.\w+", page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2]
    inside = {path for path in map(name, pages()) if "decisions/" not in path}
    assert inside <= set(re.findall(r"[\w/.-]+\.md", navigation))
    index = (ROOT / "docs/decisions/index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs/decisions").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index


def test_the_readme_leads_to_every_page_beside_it() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    beside = {path.name for path in ROOT.glob("*.md")} - {"README.md"}
    assert {page for page in beside if f"({page})" not in text} == set()


def test_every_exit_code_is_told() -> None:
    text = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    table = text.partition("## Exit codes")[2].partition("##")[0]
    told = (app.epilog or "").partition("Exit codes:")[2].partition("Environment")[0]
    assert set(re.findall(r"\d+", table)) == set(re.findall(r"\d+", told)) != set()


def lines(path: str) -> list[str]:
    """The lines of a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def anchors(page: Path) -> set[str]:
    """What a link into a page may end with: its headings, as a code host and the site name them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
