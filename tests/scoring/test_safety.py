"""What must never be called compliant, on random files: unread, incomplete, contradictory, or without its pillars.

The files go through the whole judge: facts, lots, corrections, aggregation, contradictions, the four policies.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crible.scoring import assess
from crible.types import (
    Assessment,
    Block,
    DetectorTrace,
    Document,
    Dossier,
    Evidence,
    Finding,
    ProfileResult,
    Role,
    UnreadPage,
)

OBJECT = (
    "Le marché a pour objet la fourniture en mode SaaS d’une plateforme de gestion des dossiers et son hébergement."
)
FILLER = "Le titulaire exécute les prestations selon les règles de l’art et en rend compte à l’acheteur. " * 20
BUYERS = ("Ministère des Affaires fluviales", "Centre hospitalier de Valmorel", "Métropole de Sarvagne")
PARTS: tuple[Role, ...] = ("RC", "AE", "CCAP", "CCTP", "ANNEX_HOST", "BPU", "QA")
# Label, strength (or effect), parameters. The first ones make a call that asks for everything.
EVERYTHING: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ds_cloud_service", "mandatory", {"service_model": "saas"}), ("ho_hosting_in_scope", "mandatory", {}),
    ("ho_hosting_in_scope", "mandatory", {}), ("sv_sensitivity_statement", "mandatory", {"basis": "declared"}),
    ("sv_secnumcloud", "mandatory", {}), ("sv_extra_eu_immunity", "mandatory", {}),
    ("ho_location_france", "mandatory", {}), ("ho_multi_dc_france", "mandatory", {}), ("dp_hds", "mandatory", {}),
    ("dp_health_data", "informative", {}), ("dp_personal_data_terms", "mandatory", {}),
    ("rv_reversibility", "mandatory", {}), ("dp_security_baseline", "mandatory", {}),
    ("dp_no_transfer_outside_eu", "mandatory", {}),
)  # fmt: skip
OTHERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("sv_secnumcloud", "desirable", {}), ("dp_hds", "desirable", {}), ("ho_location_eu", "mandatory", {}),
    ("ho_buyer_premises", "informative", {}), ("ad_non_eu_allowed", "operative", {"kind": "storage"}),
    ("ad_requirement_waived", "operative", {"target": "secnumcloud"}),
    ("ad_requirement_waived", "operative", {"target": "hds"}),
    ("ad_named_exposed_provider", "operative", {"entity_id": "aws"}), ("sv_derogation", "mandatory", {}),
)  # fmt: skip
many = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
draws = st.randoms(use_true_random=False)


def document(role: Role, buyer: str, *, lot: str | None = None, unread: int = 0) -> Document:
    texts = ("Objet", OBJECT, f"Acheteur : {buyer}", FILLER)
    blocks, start = [], 0
    for n, text in enumerate(texts):
        blocks.append(Block(f"b{n}", "heading" if n == 0 else "paragraph", text, start, 1, 1, None))
        start += len(text) + 1
    name = f"{role} lot {lot}" if lot else role
    return Document(
        path=f"{name}.pdf", sha256=name.ljust(64, "0"), role=role, pages=2 + unread, pages_read=2, language="fr",
        blocks=tuple(blocks), unread=tuple(UnreadPage(3 + n, "scan_without_ocr") for n in range(unread)), lot=lot,
        date="2026-09-20" if role == "QA" else None,
    )  # fmt: skip


def finding(number: int, label: str, strength: str, params: dict[str, Any], part: Role, draw: Random) -> Finding:
    adverse = label.startswith("ad_")
    lot = draw.choice((None, None, None, "1", "2"))
    page = draw.choice((1, 2))
    place = Evidence("Une clause.", f"{part}.pdf", "0" * 64, part, "", page, None, None, (0, 5))
    return Finding(
        id=f"f{number}", label=label, probability=draw.choice((0.55, 0.79, 0.9, 0.97)),
        strength=None if adverse else strength, effect=strength if adverse else None,  # type: ignore[arg-type]
        actor="contractor", negated=False, params=params, lot=lot, part=part, section="requirement",
        detector=DetectorTrace("patterns", "1", 0.5), evidence=place,
    )  # fmt: skip


def random_file(draw: Random, *, sure: bool = False) -> tuple[Dossier, list[Finding]]:
    """A file that asks for nearly everything, and a few clauses that disturb it. ``sure``: nothing disturbs it."""
    buyer = draw.choice(BUYERS)
    roles: list[Role] = ["RC", "CCAP", "CCTP", *draw.sample(["AE", "ANNEX_HOST", "BPU", "QA"], draw.randint(0, 2))]  # type: ignore[list-item]
    documents = [document(role, buyer) for role in roles]
    findings = []
    for label, strength, params in EVERYTHING:
        if sure or draw.random() < 0.95:
            part: Role = draw.choice(("CCTP", "CCAP"))
            made = finding(len(findings) + 1, label, strength, params, part, draw)
            findings.append(replace(made, lot=None, probability=0.97) if sure or draw.random() < 0.8 else made)
    if not sure:
        for label, strength, params in draw.sample(OTHERS, draw.choice((0, 0, 1, 2))):
            findings.append(finding(len(findings) + 1, label, strength, params, draw.choice(PARTS), draw))
    return Dossier("DCE", "f" * 64, tuple(documents)), findings


def verdicts(found: Assessment) -> list[ProfileResult]:
    """Those of the tender and of each of its lots."""
    return [*found.profiles.values(), *(result for lot in found.lots for result in lot.profiles.values())]


def none_compliant(found: Assessment) -> bool:
    return all(result.verdict != "compliant" for result in verdicts(found))


def test_the_undisturbed_file_is_compliant_so_that_what_follows_proves_something() -> None:
    met = set()
    for seed in range(12):
        dossier, findings = random_file(Random(seed), sure=True)
        met |= {name for name, r in assess(dossier, findings).profiles.items() if r.verdict == "compliant"}
    assert met == {"seed", "fr-etat", "fr-sante", "eu-seal"}


@many
@given(draw=draws)
def test_an_unread_page_of_a_contractual_piece_is_never_compliant(draw: Random) -> None:
    dossier, findings = random_file(draw)
    role: Role = draw.choice(("CCTP", "CCAP", "AE", "ANNEX_HOST", "ANNEX_SEC", "ANNEX_GDPR", "BPU", "QA", "RC"))
    scan = document(role, BUYERS[0], unread=draw.randint(1, 4))
    kept = tuple(d for d in dossier.documents if d.role != role)
    assert none_compliant(assess(replace(dossier, documents=(*kept, scan)), findings))


@many
@given(draw=draws, missing=st.sampled_from(["AE", "BPU", "CCAP", "Annexe 2 – Convention d’hébergement", "DPGF"]))
def test_an_announced_piece_that_is_missing_is_never_compliant(draw: Random, missing: str) -> None:
    dossier, findings = random_file(draw)
    assert none_compliant(assess(replace(dossier, announced_missing=(missing,)), findings))


@many
@given(draw=draws)
def test_an_open_contradiction_is_never_compliant_where_it_stands(draw: Random) -> None:
    dossier, findings = random_file(draw)
    found = assess(dossier, findings)
    everywhere = [c for c in found.conflicts if c.lot is None]
    if everywhere:
        assert none_compliant(found)
    if found.conflicts:
        assert all(result.verdict != "compliant" for result in found.profiles.values())


@many
@given(
    draw=draws,
    taken=st.sampled_from(
        [
            ("seed", ("ho_location_france", "ho_multi_dc_france")),
            ("seed", ("sv_extra_eu_immunity", "sv_secnumcloud")),
            ("seed", ("ho_multi_dc_france",)),
            ("fr-etat", ("sv_secnumcloud",)),
            ("fr-sante", ("dp_hds",)),
            ("eu-seal", ("rv_reversibility", "dp_security_baseline", "sv_secnumcloud", "dp_hds")),
        ]
    ),
)
def test_without_a_pillar_a_file_is_never_compliant(draw: Random, taken: tuple[str, tuple[str, ...]]) -> None:
    policy, labels = taken
    dossier, findings = random_file(draw)
    found = assess(dossier, [f for f in findings if f.label not in labels])
    assert found.profiles[policy].verdict != "compliant"
    assert all(lot.profiles[policy].verdict != "compliant" for lot in found.lots)


@many
@given(draw=draws)
def test_a_tender_is_never_better_than_one_of_its_lots(draw: Random) -> None:
    order = {"non_compliant": 0, "needs_review": 1, "compliant": 2, "out_of_scope": 3}
    dossier, findings = random_file(draw)
    found = assess(dossier, findings)
    for policy, result in found.profiles.items():
        lots = [order[lot.profiles[policy].verdict] for lot in found.lots]
        assert not lots or order[result.verdict] == min(lots)


@many
@given(draw=draws)
def test_the_order_of_files_and_findings_changes_no_verdict(draw: Random) -> None:
    dossier, findings = random_file(draw)
    mixed = list(findings)
    draw.shuffle(mixed)
    documents = list(dossier.documents)
    draw.shuffle(documents)
    one = assess(dossier, findings)
    other = assess(replace(dossier, documents=tuple(documents)), mixed)
    assert {n: (r.verdict, r.score) for n, r in one.profiles.items()} == {
        n: (r.verdict, r.score) for n, r in other.profiles.items()
    }


@pytest.mark.parametrize("policy", ["seed", "fr-etat", "fr-sante", "eu-seal"])
def test_an_empty_file_is_never_compliant(policy: str) -> None:
    assert assess(Dossier("DCE", "f" * 64, ()), []).profiles[policy].verdict != "compliant"
