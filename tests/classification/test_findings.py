"""From a dossier to findings: verbatim quotes, cues, the same answer twice; and the door for bare texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crible.classification import classify, classify_texts
from crible.classification.detector import FLOOR
from crible.classification.params import params_of
from crible.classification.taxonomy import labels
from crible.errors import UsageError
from crible.types import Dossier

PIECES = (
    ("heading", "4.2 Hébergement"),
    ("paragraph", "Le titulaire héberge la solution. Les données sont hébergées en France ; le PUE vaut 1,4 au plus."),
    ("paragraph", "Le titulaire garantit :"),
    ("list_item", "une infrastructure qualifiée SecNumCloud ;"),
    ("list_item", "des clés de chiffrement détenues par l'acheteur."),
    ("heading", "9 Modalités de remise des offres"),
    ("paragraph", "Les plis sont déposés sur une plateforme hébergée en France."),
)  # fmt: skip


def test_every_quote_is_found_verbatim_in_its_document(dossier: Callable[..., Dossier]) -> None:
    whole = dossier(*PIECES)
    text = "\n".join(block.text for block in whole.documents[0].blocks)
    found = classify(whole)
    assert {"ho_hosting_in_scope", "ho_location_france", "ho_environmental", "sv_secnumcloud", "sv_key_control"} <= {
        f.label for f in found
    }
    for finding in found:
        assert finding.evidence.quote in text
        assert finding.probability >= FLOOR
        assert (finding.strength is None) == labels()[finding.label].adverse


def test_every_cue_stands_in_the_quote_or_around_it(dossier: Callable[..., Dossier]) -> None:
    whole = dossier(*PIECES)
    text = " ".join(block.text for block in whole.documents[0].blocks).lower()
    found = classify(whole)
    assert found
    for finding in found:
        assert finding.detector.cues
        assert all(cue.lower() in text for cue in finding.detector.cues)


def test_where_bids_are_handed_in_says_nothing_of_the_service(dossier: Callable[..., Dossier]) -> None:
    found = classify(dossier(*PIECES[-2:], role="RC"))
    assert found == ()


def test_the_same_dossier_gives_the_same_findings(dossier: Callable[..., Dossier]) -> None:
    assert classify(dossier(*PIECES)) == classify(dossier(*PIECES))
    assert [f.id for f in classify(dossier(*PIECES))] == [
        f"f{n}" for n in range(1, len(classify(dossier(*PIECES))) + 1)
    ]


def test_an_empty_dossier_gives_nothing(dossier: Callable[..., Dossier]) -> None:
    assert classify(dossier()) == ()


def test_one_answer_per_record_in_order() -> None:
    records = [{"id": "a", "text": "Les données sont hébergées en France."}, {"text": "Bonjour."}]
    answers = list(classify_texts(records))
    assert [a["id"] for a in answers] == ["a", "2"]
    assert [e["label"] for e in answers[0]["labels"]] == ["ho_location_france"]
    assert answers[1]["labels"] == []


def test_all_gives_every_label_with_its_probability() -> None:
    (answer,) = classify_texts([{"text": "Les données sont hébergées en France."}], all=True)
    assert [e["label"] for e in answer["labels"]] == list(labels())
    assert len(answer["labels"]) == 40
    assert {e["label"] for e in answer["labels"] if e["probability"] >= FLOOR} == {"ho_location_france"}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "x", "langue": "fr"}, r"unknown key \['langue'\]; allowed: \['heading', 'id', "),
        ({"id": "a"}, "« text » is missing"),
        ({"text": 3}, "is not a string"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_an_error_that_says_why(record: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        list(classify_texts([record]))


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("Les données sont stockées en France métropolitaine.", "ho_location_france", {"territory": "metropole"}),
        ("Les données sont hébergées dans l'EEE.", "ho_location_eu", {"area": "EEA"}),
        ("Réplication sur trois sites distants de 60 km, RTO de 4 heures.", "ho_multi_site",
         {"n_sites_min": 3, "distance_km_min": 60, "rto_h": 4}),
        ("Hébergeur certifié HDS, activités 1 à 3.", "dp_hds", {"activities": [1, 2, 3]}),
        ("Le niveau SEAL-3 est exigé.", "sv_other_trust_label", {"seal": 3, "high_tier": True}),
        ("Les données sont restituées au format CSV sous 30 jours en fin de marché.", "rv_data_return_deletion",
         {"open_format": True, "delay_days": 30}),
        ("Qualification SecNumCloud 3.2 ou équivalent.", "sv_secnumcloud", {"version": "3.2", "or_equivalent": True}),
    ],
)  # fmt: skip
def test_particulars_are_read_with_the_label(
    read: Callable[..., dict[str, Any]], text: str, label: str, expected: dict[str, Any]
) -> None:
    params = read(text)[label]["params"]
    assert {name: params.get(name) for name in expected} == expected


def test_a_label_without_reader_has_only_what_every_clause_may_say(clause: Callable[..., Any]) -> None:
    from crible.classification.obligation import obligation

    only = clause("Marque imposée, sauf accord.")
    assert params_of("ad_brand_no_equivalent", only, (), obligation(only)) == {"exception_text": "sauf accord"}


@pytest.mark.parametrize(
    ("text", "label", "negated"),
    [
        ("Aucune donnée de santé n'est traitée dans le cadre du marché.", "dp_health_data", True),
        ("L'hébergement de la solution par le titulaire est exclu du marché.", "ho_hosting_in_scope", True),
        ("Le présent marché ne comprend pas l'hébergement de l'application.", "ho_hosting_in_scope", True),
        ("Aucune donnée ne peut être hébergée hors de France.", "ho_location_france", False),
        ("Aucun patient n'est privé de suivi en cas de panne de l'application.", "dp_health_data", False),
        (
            "Le titulaire ne recrute pas d'autre sous-traitant ultérieur sans autorisation.",
            "dp_subprocessor_control",
            False,
        ),
    ],
)
def test_a_prohibition_is_a_requirement_and_only_what_may_be_absent_is_denied(
    dossier: Callable[..., Dossier], text: str, label: str, negated: bool
) -> None:
    found = [f for f in classify(dossier(("heading", "5 Exigences"), ("paragraph", text))) if f.label == label]
    assert [f.negated for f in found] == [negated]
