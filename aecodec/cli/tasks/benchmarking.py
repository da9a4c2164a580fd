"""``aecodec benchmark`` shows rows as they are measured, and then writes them in full."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from aecodec.bench.sorts.asked import Asked
from aecodec.cli.plumbing.failures import BATCH_FAILED
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.product import emit
from aecodec.cli.plumbing.streams import standard_output
from aecodec.cli.tasks.live import live_table


def run_benchmark(asked: Asked, output: Path | None, *, figures: bool, force: bool, as_json: bool, quiet: bool) -> None:
    """Measure what is asked for; write its files to the folder ``output``, and its tables to standard output.

    Raises UsageError if a library or the pictures are missing, and click's Exit where a row has failed.
    """
    from aecodec.bench.measure.session import check_libraries, has_failed

    check_libraries(figures=figures and output is not None)
    from aecodec.bench.report.output import check_outputs, write_files
    from aecodec.bench.sorts.choice import bench_for

    bench = bench_for(asked)
    if output:
        check_outputs(output, bench.name, force=force)
    rows: list[Any] = []

    def tell(line: str) -> None:
        if not quiet:
            say(line)

    try:
        with live_table(quiet, bench.planned, glance=bench.glance) as add:
            for row in bench.run():
                rows.append(row)
                add(row)
                if as_json:
                    emit(asdict(row))
    finally:  # what was measured is kept, whatever came between
        written = write_files(output, bench.name, bench.numbers(rows), force=force) if output and rows else []
    if not as_json:
        with standard_output():
            print(bench.markdown(rows), end="", flush=True)
    if output:
        drawn = bench.drawings(rows, tell) if figures else {}
        for path in (*written, *write_files(output, bench.name, bench.pages(rows, drawn), force=force)):
            tell(f"wrote {path}")
    if any(map(has_failed, rows)):
        raise click.exceptions.Exit(BATCH_FAILED)
