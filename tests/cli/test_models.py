"""`crible models` and `--detector`: what reads is told, checked and chosen by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crible.classification import artefacts as trained
from crible.cli.models import checked, listed, shown
from crible_models import resource

Run = Callable[..., Any]
SAMPLE = resource("samples", "conforme")
CLAUSE = json.dumps({"id": "a", "text": "Les données sont hébergées en France."}) + "\n"


def test_the_list_tells_every_part_and_what_reads_by_default() -> None:
    told = json.loads(listed("fr", form="json"))
    ids = [part["id"] for part in told["models"]]
    assert ids[:3] == ["taxonomy", "gazetteer", "patterns"]
    assert set(ids[3:]) == {artefact.name for artefact in trained.artefacts()}
    assert told["default"] in ("linear", "cascade")
    text = listed("en", form="text")
    assert all(part["version"] in text for part in told["models"])
    assert f"Read by default: {told['default']}." in text


def test_a_model_is_shown_with_its_files_its_origin_and_its_card() -> None:
    text = shown("linear", "fr", form="text")
    told = json.loads(shown("linear", "fr", form="json"))
    assert all(digest in text for digest in told["files"].values())
    assert told["origin"]["corpus"] in text
    assert "# Model card" in text


def test_a_changed_file_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked([], "fr", form="text")[1] is False
    whole = trained.sha256_of
    monkeypatch.setattr(trained, "sha256_of", lambda path: "0" * 64 if path.name == "weights.npz" else whole(path))
    text, refused = checked(["linear"], "en", form="text")
    assert refused
    assert "✗ linear" in text
    assert "weights.npz" in text
    assert json.loads(checked(["linear"], "en", form="json")[0])["models"][0]["sound"] is False


def test_the_command_line_verifies_and_names_what_it_does_not_know(crible: Run) -> None:
    done = crible("models", "verify", "--lang", "en")
    assert (done.code, done.err) == (0, "")
    assert "as published" in done.out


@pytest.mark.parametrize(("name", "parts"), [("patterns", {"patterns"}), ("linear", {"patterns", "linear"})])
def test_the_detector_asked_for_reads_and_is_told(crible: Run, name: str, parts: set[str]) -> None:
    done = crible("score", SAMPLE, "--detector", name, "--format", "json", "--quiet", "--ocr", "off")
    models = json.loads(done.out)["models"]
    assert set(models) - {"taxonomy", "gazetteer"} == parts
    kinds = {finding["detector"]["kind"] for finding in json.loads(done.out)["findings"]}
    assert kinds <= parts


def test_single_clauses_are_read_by_the_detector_asked_for(crible: Run, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(CLAUSE, encoding="utf-8")
    by_patterns = crible("classify", tmp_path / "c.jsonl", "--detector", "patterns")
    by_linear = crible("classify", "-", "--detector", "linear", stdin=CLAUSE)
    assert by_patterns.code == by_linear.code == 0
    assert by_patterns.out != by_linear.out  # the probability is another one
    assert json.loads(by_patterns.out)["labels"][0]["label"] == "ho_location_france"
