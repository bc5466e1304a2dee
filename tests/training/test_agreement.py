"""The second reading: about wordings that exist, its κ by hand, and the data card made from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crible.errors import ConfigurationError
from crible_training.cli import app
from crible_training.corpus import Family, load_corpus
from crible_training.corpus.agreement import SECOND_READING, agreement, measured
from crible_training.corpus.card import data_card
from crible_training.corpus.counts import counted


@pytest.fixture(scope="module")
def families() -> list[Family]:
    return load_corpus()


def test_the_second_reading_is_about_wordings_of_the_corpus(families: list[Family]) -> None:
    agreed = agreement(families)
    assert agreed["wordings"] >= 800
    assert 0 < agreed["kappa"] <= 1


def test_kappa_by_hand(families: list[Family], tmp_path: Path) -> None:
    # Two wordings of a family that carries one label; the second reader sees it in the first only: agreement on 79 of
    # 80 decisions, chance (2/80 × 1/80) + (78/80 × 79/80) = 0.963125, κ = (0.9875 - 0.963125) / 0.036875 = 0.661.
    family = next(f for f in families if len(f.labels) == 1 and len(f.texts) >= 2)
    label = family.labels[0]
    how = f'"strength": "{label.strength}"' if label.strength else f'"effect": "{label.effect}"'
    path = tmp_path / "second.jsonl"
    path.write_text(
        f'{{"id": "{family.name}#1", "labels": [{{"label": "{label.label}", {how}}}]}}\n'
        f'{{"id": "{family.name}#2", "labels": []}}\n',
        encoding="utf-8",
    )
    agreed = agreement(families, path)
    assert (agreed["kappa"], agreed["same_labels"], agreed["same_how"]) == (0.661, 1, 1.0)


def test_a_reading_of_an_unknown_wording_is_refused(families: list[Family], tmp_path: Path) -> None:
    path = tmp_path / "second.jsonl"
    path.write_text('{"id": "nobody#1", "labels": []}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError):
        agreement(families, path)


def test_the_card_counts_every_label(families: list[Family]) -> None:
    found = counted(families)
    card = data_card(found, measured())
    assert all(f"`{label}`" in card for label in found["labels"])
    assert found["segments"] >= 9_000
    assert found["unlabelled"] >= 4_000
    assert all(told["fr"] >= 120 for told in found["labels"].values())


def test_the_command_counts_and_refuses_a_bad_line(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["corpus", "--out", str(tmp_path)])
    assert answer.exit_code == 0
    assert "families" in answer.output
    assert (tmp_path / "corpus.json").is_file()
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"family": 1}\n', encoding="utf-8")
    answer = CliRunner().invoke(app, ["corpus", str(bad)])
    assert isinstance(answer.exception, ConfigurationError)


def test_every_difference_was_settled_and_the_agreement_told_is_the_one_before(families: list[Family]) -> None:
    settled = [
        json.loads(line) for line in SECOND_READING.with_name("settled.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    before, now = measured(), agreement(families)
    assert {one["stands"] for one in settled} <= {"first", "second", "other"}
    assert before["wordings"] == now["wordings"] == len(SECOND_READING.read_text(encoding="utf-8").splitlines())
    assert before["kappa"] < now["kappa"]
    # One difference is of strength alone: as many labels, said otherwise.
    assert before["wordings"] - before["same_labels"] <= len(settled)
    assert now["wordings"] - now["same_labels"] <= sum(one["stands"] != "second" for one in settled)
