"""Write the tables of ``benchmarks/results`` for people: ``results/README.md``, the few figures of the README, and what
the page on photographs says of them.

python benchmarks/update_tables.py            # tables, and the picture of results
python benchmarks/update_tables.py --check    # only compare; ends with 1 where something is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

import headlines
from table_parts import RESULTS
from tables_mnist import page as mnist
from tables_pictures import collections, exact, photographs

ROOT = RESULTS.parent.parent
PAGE, README, PHOTOGRAPHS = RESULTS / "README.md", ROOT / "README.md", ROOT / "docs" / "photographs.md"
PICTURE = RESULTS.parent / "figures" / "results.svg"
BLOCKS = {  # of each page, by their marks
    README: {"numbers": headlines.numbers, "table": headlines.table},
    PHOTOGRAPHS: {"compared": headlines.compared, "quickest": headlines.quickest},
}
END = "<!-- end -->\n"


def others() -> list[str]:
    """Return a line for each page beside this one, by its first heading."""
    pages = sorted(path for path in RESULTS.glob("*.md") if path != PAGE)
    titles = [path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for path in pages]
    return [f"- [{title}]({path.name})" for title, path in zip(titles, pages, strict=True)]


def page() -> str:
    """Return the page of all tables."""
    return "\n".join(
        [
            "# Results",
            "",
            "`python benchmarks/update_tables.py` writes this page from the files beside it; a test fails where it is",
            "out of date. [How the figures are taken](../protocol.md) says what is counted, and how to measure again.",
            "",
            "More pages:",
            "",
            *others(),
            "",
            "## Photographs",
            "",
            photographs(),
            "## Exact pictures",
            "",
            "`--lossless` at its default effort and at its strongest, beside others at their strongest settings.",
            "*crops256* are pieces of photographs of 256 × 256. *graphics* are drawings, renderings of code and plots,",
            "in which repeats matter more than shades.",
            "",
            exact(),
            "### Collections of small pictures",
            "",
            "A file for each picture, or one container for all. A container shares what was learned from one picture",
            "with the next. That pays where pictures have much in common. *emoji64* are emoji of 64 × 64 with alpha,",
            "*crops64* pieces of photographs of that size, *kmnist* written Japanese letters of 28 × 28 in grey.",
            collections(),
            "## MNIST",
            "",
            mnist(),
        ]
    )


def filled(path: Path) -> str:
    """Return a page with its figures as the results have them."""
    text = path.read_text(encoding="utf-8")
    for mark, made in BLOCKS[path].items():
        before, rest = text.split(begin := f"<!-- {mark}: python benchmarks/update_tables.py -->\n")
        text = before + begin + made() + END + rest.split(END, 1)[1]
    return text


def stale() -> str:
    """Return what is out of date, or nothing."""
    found = []
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        found.append("benchmarks/results/README.md")
    found += [str(path.relative_to(ROOT)) for path in BLOCKS if path.read_text(encoding="utf-8") != filled(path)]
    if not PICTURE.read_text(encoding="utf-8").endswith(headlines.picture_end()):
        found.append("benchmarks/figures/results.svg")
    return ", ".join(found)


def main() -> None:
    """Write what differs, or exit with 1 where something does."""
    if "--check" in sys.argv[1:]:
        if found := stale():
            sys.exit(f"{found}: out of date with benchmarks/results; run python benchmarks/update_tables.py")
        return
    from draw_results import main as draw

    PAGE.write_text(page(), encoding="utf-8")
    for path in BLOCKS:
        path.write_text(filled(path), encoding="utf-8")
    draw()


if __name__ == "__main__":
    main()
