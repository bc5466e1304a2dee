"""`crible explain` on a sample tender, on the JSON of its assessment, and on what is neither."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crible_models import resource

Run = Callable[..., Any]
SAMPLE = Path(str(resource("samples", "non_conforme")))


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import crible
    from crible.reporting.json import assessment_to_dict, to_json

    path = tmp_path_factory.mktemp("explain") / "assessment.json"
    judged = crible.score(SAMPLE, policy="fr-etat", ocr="off")
    path.write_text(to_json(assessment_to_dict(judged)), encoding="utf-8")
    return path


def test_a_tender_and_the_json_of_its_assessment_are_explained_alike(crible: Run, assessment: Path) -> None:
    from_json = crible("explain", assessment, "--format", "json")
    from_files = crible("explain", SAMPLE, "--policy", "fr-etat", "--ocr", "off", "--quiet", "--format", "json")
    assert (from_json.code, from_json.err) == (0, "")
    assert json.loads(from_json.out) == json.loads(from_files.out)


def test_the_text_says_what_is_missing_and_what_would_change_the_verdict(crible: Run, assessment: Path) -> None:
    done = crible("explain", assessment)
    told = " ".join(done.out.split())
    assert told.startswith("✗ non conforme selon fr-etat@2026.2")
    assert "Si " in told
    assert "le CCTP exigeait la qualification SecNumCloud (obligatoire)" in told
    assert "aucune clause trouvée dans les pièces lues" in told
    assert "Loi n° 2024-449 du 21 mai 2024 (SREN), art. 31 [loi en vigueur]" in told
    assert "déployée exclusivement sur Microsoft Azure" in told
    assert max(map(len, done.out.splitlines())) <= 100


def test_another_profile_and_one_criterion_are_given_on_demand(crible: Run, assessment: Path) -> None:
    data = json.loads(
        crible("explain", assessment, "--policy", "seed", "--criterion", "immunity", "--format", "json").out
    )
    assert (data["policy"]["id"], [c["id"] for c in data["criteria"]]) == ("seed", ["immunity"])


def test_the_explanation_is_written_in_english_too(crible: Run, assessment: Path) -> None:
    told = " ".join(crible("explain", assessment, "--lang", "en").out.split())
    assert told.startswith("✗ non compliant under fr-etat@2026.2")
    assert "the specifications required the SecNumCloud qualification (mandatory)" in told


def test_a_page_goes_to_a_file_and_needs_nothing_else(crible: Run, assessment: Path, tmp_path: Path) -> None:
    done = crible("explain", assessment, "--format", "html", "-o", tmp_path / "why.html")
    page = (tmp_path / "why.html").read_text(encoding="utf-8")
    assert (done.code, done.out) == (0, "")
    assert page.startswith("<!doctype html>")
    assert "<script" not in page


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--criterion", "nothing"), 2, "--criterion nothing : attendu qualification, location"),
        (("--format", "pdf"), 2, "--format pdf"),
        (("--policy", "fr-etat@2026.1"), 2, "l'évaluation ne porte pas sur fr-etat@2026.1"),
        (("--policy", "fr-region"), 4, "unknown policy"),
        (("--policy", "./nowhere.yaml"), 2, "n'existe pas"),
        (("--as-of", "2026-05-01"), 2, "--as-of, --buyer et --detector"),
    ],
)
def test_a_wrong_demand_is_refused(crible: Run, assessment: Path, args: tuple[str, ...], code: int, said: str) -> None:
    done = crible("explain", assessment, *args)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "JSON"),
        ("[1]", "an object is expected"),
        ("{}", "schema_version"),
        ('{"schema_version": "9.9"}', "schema_version"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_a_file_that_is_no_assessment_is_refused_with_exit_3(crible: Run, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    done = crible("explain", path)
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_file_with_several_assessments_is_refused(crible: Run, assessment: Path, tmp_path: Path) -> None:
    line = json.dumps(json.loads(assessment.read_text(encoding="utf-8")))
    path = tmp_path / "two.jsonl"
    path.write_text(f"{line}\n{line}\n", encoding="utf-8")
    assert crible("explain", path).code == 2
    path.write_text(f"{line}\n", encoding="utf-8")
    assert crible("explain", path, "--format", "json").code == 0


def test_an_assessment_without_what_was_judged_is_explained_without_changes(
    crible: Run, assessment: Path, tmp_path: Path
) -> None:
    data = json.loads(assessment.read_text(encoding="utf-8"))
    del data["judged"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    told = json.loads(crible("explain", path, "--format", "json").out)
    assert told["changes"] is None
    assert told["criteria"]


def test_a_verdict_that_judging_again_does_not_give_is_not_counted_on(
    crible: Run, assessment: Path, tmp_path: Path
) -> None:
    data = json.loads(assessment.read_text(encoding="utf-8"))
    data["profiles"]["fr-etat"]["verdict"] = "compliant"
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert json.loads(crible("explain", path, "--format", "json").out)["changes"] is None


def test_a_pack_of_ones_own_is_put_on_top_and_explained(crible: Run, tmp_path: Path) -> None:
    text = resource("policies", "fr-etat-2026.2.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("id: fr-etat", "id: maison\nbased_on: fr-etat", 1), encoding="utf-8"
    )
    scored = crible("score", SAMPLE, "--policy", "./mine.yaml", "--ocr", "off", "--quiet", "--format", "json")
    data = json.loads(scored.out)
    assert data["policy"]["id"] == "maison"
    assert list(data["profiles"]) == ["maison", "seed", "fr-etat", "fr-sante", "eu-seal"]
    assert data["profiles"]["maison"]["verdict"] == data["profiles"]["fr-etat"]["verdict"] == data["verdict"]
    (tmp_path / "a.json").write_text(scored.out, encoding="utf-8")
    assert crible("explain", "a.json").code == 4  # its file is asked for
    told = json.loads(crible("explain", "a.json", "--policy", "mine.yaml", "--format", "json").out)
    assert (told["policy"]["id"], bool(told["changes"]["better"])) == ("maison", True)
    figures = crible("portfolio", "a.json", "--policy", "maison", "--format", "json")
    assert list(json.loads(figures.out)["profiles"]) == ["seed", "fr-etat", "fr-sante", "eu-seal", "maison"]
