"""The detector that ships: it is made for the lexicons that ship, and keeps what patterns and rubric say."""

from __future__ import annotations

import json

import pytest

from crible.classification.artefacts import verified
from crible.classification.cascade import detector_named
from crible.classification.combined import CombinedDetector, shipped_model
from crible.classification.fusion import TO_CONFIRM
from crible.classification.segments import clause_from_text
from crible_training.provenance import lexicon_digest


@pytest.fixture(scope="module")
def detector() -> CombinedDetector:
    return CombinedDetector()


def found(detector: CombinedDetector, text: str, **about: str) -> dict[str, float]:
    clauses = clause_from_text("1", text, **about)  # type: ignore[arg-type]
    return {d.label: d.probability for clause in detector.detect(clauses) for d in clause}


def test_the_model_that_ships_was_fitted_with_the_lexicons_that_ship() -> None:
    told = json.loads((verified("linear") / "model.json").read_text(encoding="utf-8"))
    assert told["lexicon"] == lexicon_digest(), "run: weasel run release training/crible_training"
    assert shipped_model().version == told["version"]


def test_a_clause_in_plain_words_is_found_and_explained(detector: CombinedDetector) -> None:
    (clause,) = clause_from_text("1", "Les données et leurs sauvegardes restent hébergées sur le territoire français.")
    (detections,) = detector.detect([clause])
    location = next(d for d in detections if d.label == "ho_location_france")
    assert (location.strength, location.actor) == ("mandatory", "contractor")
    assert location.cues


def test_the_rules_of_submission_say_nothing_of_the_contract(detector: CombinedDetector) -> None:
    text = "Les plis sont hébergés en France par un hébergeur certifié HDS."
    assert found(detector, text, part="RC", section="bid_submission") == {}


def test_a_title_requires_nothing_by_itself(detector: CombinedDetector) -> None:
    assert all(p <= TO_CONFIRM for p in found(detector, "Clés", part="CCTP").values())


def test_what_is_denied_is_kept_as_a_rule_read_it(detector: CombinedDetector) -> None:
    assert "dp_health_data" in found(detector, "Aucune donnée de santé n'est traitée dans le cadre du marché.")


def test_the_probabilities_of_all_labels_are_those_of_the_findings(detector: CombinedDetector) -> None:
    clauses = clause_from_text("1", "L'hébergeur détient la qualification SecNumCloud de l'ANSSI.")
    said = detector.probabilities(clauses)
    assert said.shape == (1, 40)
    assert found(detector, "L'hébergeur détient la qualification SecNumCloud de l'ANSSI.")["sv_secnumcloud"] == (
        pytest.approx(float(said.max()), abs=1e-3)
    )


@pytest.fixture(scope="module")
def cascade() -> CombinedDetector:
    pytest.importorskip("onnxruntime")
    detector = detector_named("cascade")
    assert isinstance(detector, CombinedDetector)
    return detector


def test_what_is_said_without_the_usual_words_is_found_and_likened(cascade: CombinedDetector) -> None:
    (clause,) = clause_from_text(
        "1", "Un juge siégeant hors d'Europe ne doit disposer d'aucun moyen d'obtenir nos fichiers."
    )
    immunity = next(d for d in cascade.detect([clause])[0] if d.label == "sv_extra_eu_immunity")
    assert immunity.by == "encoder"
    assert immunity.like is not None


def test_a_blocker_of_which_patterns_and_linear_model_are_sure_stays_sure(cascade: CombinedDetector) -> None:
    text = "La plateforme est déployée exclusivement sur Microsoft Azure, sans autre choix possible."
    assert found(cascade, text)["ad_named_exposed_provider"] > TO_CONFIRM


@pytest.mark.parametrize(
    "text",
    [
        "14, place des Halles – 69365 Lyon cedex 07, deuxième étage",
        "Livraison franco de port en France métropolitaine, Corse comprise",
    ],
)
def test_where_people_are_or_goods_go_is_not_a_place_of_storage(cascade: CombinedDetector, text: str) -> None:
    assert "ho_location_france" not in found(cascade, text)
