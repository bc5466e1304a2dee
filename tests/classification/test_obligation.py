"""How firmly a clause speaks and whom it binds (rubric B.3), with the words that say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crible.classification.obligation import obligation
from crible.classification.segments import Clause
from crible.types import Block, Dossier

# (sentence, strength, words kept as a cue)
STRENGTHS = [
    # DX before X: a wish that is not required stays a wish
    ("La certification est souhaitée mais non exigée.", "desirable", "souhaitée mais non exig"),
    ("Un label est apprécié, sans être obligatoire.", "desirable", "apprécié, sans être obligatoire"),
    ("Certification is desirable but not mandatory.", "desirable", "desirable but not"),
    # X: set aside
    ("La certification n'est pas exigée.", None, "n'est pas exigé"),
    ("Le titulaire n'est pas tenu de fournir ce document.", None, "n'est pas tenu"),
    ("No certification requirement applies.", None, "No certification requirement appl"),
    # priced options
    ("PSE n° 3 (obligatoire) : hébergement dédié.", "scored", "PSE n° 3 (obligatoire"),
    ("PSE n° 3 (facultative) : hébergement dédié.", "desirable", "facultativ"),
    # eliminatory
    ("Le certificat est joint à peine d'irrégularité.", "mandatory", "à peine d'irrégularité"),
    ("Ce critère est éliminatoire.", "mandatory", "éliminatoire"),
    # D before M: what the contractor « doit pouvoir » or « s'efforce » is weak
    ("Le titulaire s'efforce de réduire ses émissions.", "desirable", "s'efforc"),
    ("La solution doit pouvoir être redondée.", "desirable", "doit pouvoir"),
    ("Dans l'idéal, la copie est quotidienne.", "desirable", "Dans l'idéal"),
    ("Bidders should describe redundancy.", "desirable", "should"),
    ("Décrivez, si possible, votre politique.", "desirable", "si possible"),
    # I
    ("Pour information, le réseau compte 40 sites.", "informative", "Pour information"),
    ("La solution actuelle compte 40 utilisateurs.", "informative", "actuelle"),
    ("The software is currently used by 40 clerks.", "informative", "currently"),
    # M and M4
    ("Le titulaire doit remettre un plan.", "mandatory", "doit"),
    ("Aucune donnée ne peut être vendue.", "mandatory", "Aucune donnée ne"),
    ("The contractor shall deliver a plan.", "mandatory", "shall"),
    # « mise en place » is not « en place », « copies existantes » no description of today
    ("Le titulaire assure la mise en place du service.", "mandatory", "assure"),
    ("Les copies existantes sont détruites.", "mandatory", None),
    # S, but a threshold is no score
    ("Localisation : 5 points.", "scored", "5 points"),
    ("La disponibilité est de 99,5 % au moins.", "mandatory", "au moins"),
]


@pytest.mark.parametrize(("text", "strength", "cue"), STRENGTHS, ids=[t[:40] for t, *_ in STRENGTHS])
def test_the_strength_follows_the_first_class_that_matches(
    clause: Callable[..., Clause], text: str, strength: str | None, cue: str | None
) -> None:
    found = obligation(clause(text))
    assert found.strength == strength
    assert cue is None or any(cue.lower() in c.lower() for c in found.cues), found.cues


@pytest.mark.parametrize(("text", "about"), [("Les données sont en France.", {}), ("Le titulaire doit un plan.", {})])
def test_a_criterion_scores_what_a_requirement_demands(
    clause: Callable[..., Clause], text: str, about: dict[str, Any]
) -> None:
    assert obligation(clause(text, **about)).strength == "mandatory"
    assert obligation(clause("Localisation en France.", part="RC", section="criteria")).strength == "scored"


@pytest.mark.parametrize("section", ["context", "definition", "existing_system"])
def test_a_descriptive_section_informs_unless_it_binds_the_contractor(
    clause: Callable[..., Clause], section: str
) -> None:
    assert obligation(clause("Les données sont stockées en France.", section=section)).strength == "informative"
    bound = obligation(clause("Le titulaire devra stocker les données en France.", section=section))
    assert bound.strength == "mandatory"


def test_what_stands_under_an_optional_tranche_is_scored(clause: Callable[..., Clause]) -> None:
    found = obligation(clause("Le titulaire remet un plan.", heading="8 Transfert (tranche optionnelle)"))
    assert found.strength == "scored"
    assert found.priced_option


MODALITIES = [
    ("Le titulaire doit chiffrer les flux.", "require"),
    ("Le transfert est interdit.", "prohibit"),
    ("Le titulaire peut recourir à un tiers.", "permit"),
    ("Aucune condition de localisation n'est imposée.", "waive"),
    ("Le candidat indique la localisation.", "disclose"),
    ("Où sont situés vos serveurs ?", "disclose"),
    ("The bidder shall state the location.", "disclose"),
    ("Please list your data centres.", "disclose"),
    ("The supplier may host elsewhere.", "permit"),
    ("No transfer is permitted.", "prohibit"),
    # a certificate to hand over is required, not merely told
    ("Le candidat fournit le certificat de l'hébergeur.", "require"),
]


@pytest.mark.parametrize(("text", "modality"), MODALITIES, ids=[t for t, _ in MODALITIES])
def test_the_modality_is_read(clause: Callable[..., Clause], text: str, modality: str) -> None:
    assert obligation(clause(text)).modality == modality


ACTORS = [
    ("Le titulaire remet un plan à l'acheteur.", {}, "contractor"),
    ("L'acheteur doit être informé par le titulaire.", {}, "buyer"),
    ("Le candidat joint une attestation.", {}, "bidder"),
    ("La loi impose une certification.", {}, "law"),
    ("Les données sont chiffrées.", {}, "contractor"),
    ("Localisation des données : 5 points.", {"part": "RC", "section": "criteria"}, "bidder"),
    ("The tenderer shall attach a certificate.", {}, "bidder"),
    ("The supplier shall inform the buyer.", {}, "contractor"),
]


@pytest.mark.parametrize(("text", "about", "actor"), ACTORS, ids=[t for t, *_ in ACTORS])
def test_the_bound_party_is_the_subject_of_the_duty(
    clause: Callable[..., Clause], text: str, about: dict[str, Any], actor: str
) -> None:
    assert obligation(clause(text, **about)).actor == actor


@pytest.mark.parametrize(
    ("cell", "strength"),
    [("O", "mandatory"), ("Obligatoire", "mandatory"), ("P1", "mandatory"), ("Must", "mandatory"),
     ("S", "desirable"), ("Souhaitable", "desirable"), ("P2", "desirable"), ("Could", "desirable"),
     ("NC", None), ("sans objet", None)],
)  # fmt: skip
def test_the_priority_column_of_a_table_decides(
    dossier: Callable[..., Dossier], cell: str, strength: str | None
) -> None:
    from crible.classification.segments import clauses

    row = Block("b0", "table_row", f"SEC-4 | Données en France | {cell}", 0, 1, 1, None,
                row=("SEC-4", "Données en France", cell), header=("Réf.", "Exigence", "Priorité"))  # fmt: skip
    (only,) = clauses(dossier(row))
    assert obligation(only).strength == strength


def test_a_letter_under_a_header_that_is_no_priority_decides_nothing(dossier: Callable[..., Dossier]) -> None:
    from crible.classification.segments import clauses

    row = Block("b0", "table_row", "Serveurs | Les données sont en France | S", 0, 1, 1, None,
                row=("Serveurs", "Les données sont en France", "S"), header=("Objet", "Texte", "Site"))  # fmt: skip
    (only,) = clauses(dossier(row))
    assert obligation(only).strength == "mandatory"
