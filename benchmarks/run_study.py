"""Run ``study.ipynb`` from top to bottom, and keep what it shows in it.

    python benchmarks/run_study.py --data-dir data           # two minutes
    AECODEC_STUDY_DATASET=scans python benchmarks/run_study.py -o scans.ipynb

Its first cell says which variables of the environment it heeds; paths in them start where this command does. The
kernel is the Python that runs this, whatever others are installed. Needs nbclient and ipykernel: ``aecodec[test]``.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from aecodec.files import write_file

NOTEBOOK = Path(__file__).resolve().with_name("study.ipynb")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_SECONDS = 1_800  # the longest that one cell may take


class ThisPython(AsyncKernelManager):
    """It starts kernels in this Python."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return the kernel of this Python, which is looked up nowhere."""
        return KernelSpec(**get_kernel_dict(["--log-level=40"]))  # its own warnings are none of the notebook's


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Run the notebook ``path`` in ``folder`` and return it with its outputs, which tell no day and no machine.

    Raises nbclient's CellExecutionError where a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(folder)}},
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    return notebook


def main(output: Path, data_dir: Path | None) -> None:
    """Run it and write it, whole or not at all."""
    if data_dir is not None:
        os.environ["AECODEC_DATA_DIR"] = str(data_dir)
    notebook = executed(NOTEBOOK, Path.cwd())
    nbformat.validate(notebook)
    write_file(str(output), (nbformat.writes(notebook) + "\n").encode(), force=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="folder of named data sets; else as the notebook finds it")
    parser.add_argument("-o", "--output", type=Path, default=NOTEBOOK, help="default: the notebook itself")
    chosen = parser.parse_args()
    main(chosen.output, chosen.data_dir)
