"""What import-linter cannot see: what an import loads and costs in a fresh interpreter, and who imports whom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"spacy", "pdfplumber", "pypdfium2", "pydantic", "numpy", "sklearn", "fastapi", "yaml", "rich", "typer"}
# What a user waits for before the first line: the contract says 100 ms for `import crible`, and `crible --help` is
# judged by hand. Medians of fresh interpreters, with their own start-up taken off.
IMPORT_MS = 100
RUNS = 5

PROBE = """
import json, sys, time
before = time.perf_counter()
{statement}
print(json.dumps({{"ms": (time.perf_counter() - before) * 1000, "modules": sorted(sys.modules)}}))
"""


def probe(statement: str) -> tuple[float, set[str]]:
    """``(milliseconds, top-level modules)`` of one statement in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)], capture_output=True, text=True, check=True
    )
    data = json.loads(done.stdout)
    return data["ms"], {name.partition(".")[0] for name in data["modules"]}


def test_import_crible_loads_nothing_heavy() -> None:
    _, modules = probe("import crible")
    assert modules & HEAVY == set()


def test_what_classifies_loads_no_torch_and_keeps_nobody_from_it() -> None:
    pytest.importorskip("torch")
    _, modules = probe("import crible.classification.findings")
    assert "torch" not in modules
    _, modules = probe("import crible.classification.findings, torch")
    assert "torch" in modules


def test_import_crible_takes_under_100_ms() -> None:
    times = sorted(probe("import crible")[0] for _ in range(RUNS))
    assert times[RUNS // 2] < IMPORT_MS


@pytest.mark.parametrize("room", ["extraction", "classification", "scoring", "reporting"])
def test_a_room_loads_no_reader_and_no_matcher_when_imported(room: str) -> None:
    _, modules = probe(f"import crible.{room}")
    assert modules & {"spacy", "pdfplumber", "pypdfium2", "fastapi", "sklearn"} == set()


def test_the_help_loads_no_reader_and_no_matcher() -> None:
    statement = "from crible.cli.commands import command; command('fr')"
    _, modules = probe(statement)
    assert modules & {"spacy", "pdfplumber", "pypdfium2", "fastapi", "sklearn", "numpy", "yaml"} == set()


def test_the_library_works_without_its_training_and_its_service() -> None:
    _, modules = probe("import crible.cli.commands, crible.reporting.card, crible.scoring.policy")
    assert modules & {"crible_training", "crible_service"} == set()


def test_models_are_data_only() -> None:
    _, modules = probe("import crible_models")
    assert "crible" not in modules


def test_the_import_contracts_hold() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", ["pickle", "joblib", "dill", "cloudpickle"])
def test_nothing_that_ships_reads_pickles(module: str) -> None:
    for source in sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "models").rglob("*.py")]):
        imports = [line.split() for line in source.read_text(encoding="utf-8").splitlines()]
        assert not any(words[:2] in (["import", module], ["from", module]) for words in imports), source
