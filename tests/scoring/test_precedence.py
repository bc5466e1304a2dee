"""Which piece prevails (rubric B.2, B.5): the order of the contract, and the answers that modify the file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crible.scoring.aggregate import aggregate
from crible.scoring.conflicts import find_conflicts
from crible.scoring.policy import load_policy
from crible.scoring.precedence import DEFAULT_ORDER, contract_order, in_force, is_superseded
from crible.types import Document

PACK = load_policy("seed")
LEAD = "Les pièces constitutives du marché sont, par ordre de priorité décroissante :"


def answers(document: Any, text: str, *, day: str = "2026-09-20", path: str = "Questions-reponses.pdf") -> Document:
    return replace(document("QA", "1 Réponses", text, path=path), date=day)


def place(finding: Any, piece: Document) -> Any:
    """A finding that stands in the last paragraph of a piece before its filler."""
    block = piece.blocks[1]
    return replace(finding, evidence=replace(finding.evidence, document=piece.path, char=(block.start, block.end)))


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        ((LEAD, "l’acte d’engagement ;", "le CCAP ;", "le CCTP."), "AE", "CCTP"),
        ((LEAD + " le CCTP, le CCAP et l’acte d’engagement.",), "CCTP", "AE"),
        (("2 Documents contractuels", "le CCP ;", "l’acte d’engagement."), "CCP", "AE"),
    ],
)
def test_the_order_stated_by_the_contract_is_the_one_that_counts(
    document: Any, dossier: Any, lines: tuple[str, ...], first: Any, last: Any
) -> None:
    ranks = contract_order(dossier(document("CCAP", "1 Objet", *lines))).ranks
    assert ranks["QA"] < ranks[first] < ranks[last] < ranks["BPU"]


@pytest.mark.parametrize(
    "lines",
    [
        ("Le titulaire tient à jour les pièces du marché.",),
        ("Le CCAP et le CCTP sont remis à l’entreprise.",),
        ("2 Pièces à fournir", "l’acte d’engagement ;", "le CCTP."),
    ],
)
def test_without_a_list_the_usual_order_counts(document: Any, dossier: Any, lines: tuple[str, ...]) -> None:
    assert contract_order(dossier(document("CCAP", "1 Objet", *lines))) == DEFAULT_ORDER


@pytest.mark.parametrize(
    ("last", "strength"),
    [
        ("le règlement de la consultation.", "mandatory"),
        ("Le règlement de la consultation n’a pas de valeur contractuelle.", "scored"),
        ("les bons de commande.", "scored"),
    ],
)
def test_rules_that_the_contract_names_as_its_own_bind(
    document: Any, dossier: Any, finding: Any, last: str, strength: str
) -> None:
    file = dossier(document("CCAP", "1 Objet", LEAD, "l’acte d’engagement ;", "le CCAP ;", last))
    asked = finding("sv_secnumcloud", part="RC", probability=0.95)
    assert aggregate([asked], PACK, unbound=contract_order(file).unbound).labels["sv_secnumcloud"] == strength


@pytest.mark.parametrize(
    ("text", "path", "withdrawn"),
    [
        ("L’article 5 du CCTP est remplacé : l’hébergement hors de l’Union est admis.", "QR.pdf", True),
        ("Cette réponse annule et remplace l’article 5.", "QR.pdf", True),
        ("L’hébergement hors de l’Union est admis.", "Avis rectificatif.pdf", True),
        ("L’hébergement hors de l’Union est admis.", "QR.pdf", False),
        ("Le CCTP s’applique.", "QR.pdf", False),
    ],
)
def test_only_an_answer_that_modifies_withdraws_a_clause(
    document: Any, dossier: Any, finding: Any, text: str, path: str, withdrawn: bool
) -> None:
    piece = answers(document, text, path=path)
    old = finding("ho_location_france")
    new = place(finding("ad_non_eu_allowed", part="QA", kind="storage"), piece)
    kept, doubtful = in_force(dossier(piece), [old, new], certain=0.8)
    assert [is_superseded(f) for f in kept] == [withdrawn, False]
    assert doubtful == ()
    assert bool(find_conflicts(kept, PACK)) is not withdrawn


@pytest.mark.parametrize(
    ("old", "new", "withdrawn"),
    [
        (("ho_location_france", "mandatory"), ("ho_location_eu", "mandatory"), True),
        (("ho_location_eu", "mandatory"), ("ho_location_france", "mandatory"), False),
        (("ho_location_eu", "mandatory"), ("ho_location_france", "desirable"), False),
        (("sv_secnumcloud", "mandatory"), ("sv_secnumcloud", "desirable"), True),
        (("sv_secnumcloud", "desirable"), ("sv_secnumcloud", "mandatory"), True),
        (("sv_secnumcloud", "mandatory"), ("sv_secnumcloud", "informative"), False),
        (("sv_secnumcloud", "mandatory"), ("dp_hds", "desirable"), False),
        (("ad_non_eu_allowed", "operative"), ("ho_location_eu", "mandatory"), True),
        (("ad_non_eu_allowed", "operative"), ("ho_location_eu", "desirable"), False),
        (("ho_location_france", "mandatory"), ("ad_non_eu_allowed", "non_operative"), False),
    ],
)
def test_a_correction_withdraws_what_it_contradicts_and_nothing_else(
    document: Any, dossier: Any, finding: Any, old: tuple[str, str], new: tuple[str, str], withdrawn: bool
) -> None:
    piece = answers(document, "L’article 5 du CCTP est modifié.")
    kind = {"kind": "storage"}
    before = finding(*old, **(kind if old[0] == "ad_non_eu_allowed" else {}))
    after = place(finding(*new, part="QA", **(kind if new[0] == "ad_non_eu_allowed" else {})), piece)
    kept, _ = in_force(dossier(piece), [before, after], certain=0.8)
    assert [is_superseded(f) for f in kept] == [withdrawn, False]


def test_an_access_from_afar_does_not_withdraw_the_place_of_storage(document: Any, dossier: Any, finding: Any) -> None:
    piece = answers(document, "L’article 5 du CCTP est modifié.")
    new = place(finding("ad_non_eu_allowed", part="QA", kind="access"), piece)
    kept, _ = in_force(dossier(piece), [finding("ho_location_france"), new], certain=0.8)
    assert not any(is_superseded(f) for f in kept)


def test_an_unsure_correction_withdraws_nothing_and_is_left_to_a_person(
    document: Any, dossier: Any, finding: Any
) -> None:
    piece = answers(document, "L’article 5 du CCTP est supprimé.")
    old = finding("sv_secnumcloud")
    new = place(finding("ad_requirement_waived", part="QA", target="secnumcloud", probability=0.7), piece)
    kept, doubtful = in_force(dossier(piece), [old, new], certain=0.8)
    assert not any(is_superseded(f) for f in kept)
    (conflict,) = find_conflicts(kept, PACK, corrections=doubtful)
    assert conflict.code == "CONFLICT_STRENGTH"
    assert set(conflict.findings) == {old.id, new.id}


@pytest.mark.parametrize(("earlier", "later"), [("2026-09-10", "2026-09-20"), ("2026-09-20", "2026-10-01")])
def test_of_two_answers_the_later_day_wins_whatever_the_order_of_the_files(
    document: Any, dossier: Any, finding: Any, earlier: str, later: str
) -> None:
    text = "Cette réponse annule et remplace la précédente."
    first = answers(document, text, day=earlier, path="QR1.pdf")
    second = answers(document, text, day=later, path="QR2.pdf")
    old = place(finding("ad_non_eu_allowed", part="QA", kind="storage"), first)
    new = place(finding("ho_location_france", part="QA"), second)
    for documents, findings in (((first, second), [old, new]), ((second, first), [new, old])):
        kept, _ = in_force(dossier(*documents), findings, certain=0.8)
        assert {f.id for f in kept if is_superseded(f)} == {old.id}


def test_two_answers_without_a_day_withdraw_nothing_from_one_another(document: Any, dossier: Any, finding: Any) -> None:
    text = "Cette réponse annule et remplace la précédente."
    one, two = (replace(answers(document, text, path=f"QR{n}.pdf"), date=None) for n in (1, 2))
    findings = [
        place(finding("ad_non_eu_allowed", part="QA", kind="storage"), one),
        place(finding("ho_location_france", part="QA"), two),
    ]
    kept, _ = in_force(dossier(one, two), findings, certain=0.8)
    assert not any(is_superseded(f) for f in kept)


def test_a_correction_of_one_lot_leaves_the_others_alone(document: Any, dossier: Any, finding: Any) -> None:
    piece = answers(document, "L’article 5 du CCTP du lot 2 est modifié.")
    one, two = finding("ho_location_france", lot="1"), finding("ho_location_france", lot="2")
    new = place(finding("ad_non_eu_allowed", part="QA", kind="storage", lot="2"), piece)
    kept, _ = in_force(dossier(piece), [one, two, new], certain=0.8)
    assert {f.id for f in kept if is_superseded(f)} == {two.id}


@pytest.mark.parametrize(
    ("delay", "months", "strength"),
    [(30, 48, "desirable"), (24, 48, "mandatory"), (6, 48, "mandatory"), (30, None, "mandatory")],
)
def test_a_requirement_after_half_of_the_contract_is_a_wish(
    finding: Any, delay: int, months: int | None, strength: str
) -> None:
    said = aggregate([finding("sv_secnumcloud", delay_months=delay)], PACK, months=months)
    assert said.labels["sv_secnumcloud"] == strength
    # How long the contract lasts not being known, the requirement is not taken for certain.
    assert ("sv_secnumcloud" in said.sure) is (months is not None)
