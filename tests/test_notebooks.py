"""Every notebook runs from its first cell to its last, draws something, and is stored without outputs."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipykernel", reason="notebooks need a kernel (group dev)")
pytest.importorskip("matplotlib", reason="notebooks draw with matplotlib (extra notebook)")
nbformat = pytest.importorskip("nbformat", reason="notebooks are read with nbformat (group dev)")
nbclient = pytest.importorskip("nbclient", reason="notebooks are run with nbclient (group dev)")

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
SECONDS = 180  # for one cell; the slowest takes three, a loaded machine many more


def executed(path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook with its outputs, run by the Python of these tests whatever kernels are installed."""
    from jupyter_client.kernelspec import KernelSpecManager

    # The spec installed on the machine may start another Python: ipykernel's own starts this one.
    monkeypatch.setattr(KernelSpecManager, "kernel_dirs", [])
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    book = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        book, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    with warnings.catch_warnings():
        # jupyter_client and zmq warn of their own internals; what a notebook itself warns of stays in its process.
        warnings.simplefilter("ignore")
        client.execute()
    return book


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_without_error_and_draws(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = executed(path, monkeypatch)
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    # What a library warns of would be the first thing a reader sees.
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None), cell.source[:60]
