"""Composed tenders, judged end to end: their text is in ``tenders/*.yaml``, with what the rubric says of each.

A tender is drawn as PDFs, read, classified and judged twice. As it stands, a clause that the detector holds for unsure
may leave a verdict to a person (rubric B.6) and nothing else may differ. With every clause taken for certain, the
verdict is the one expected: these tenders try the judge, not the detector.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import crible
from crible.classification import classify
from crible.scoring import assess
from crible.types import Assessment, Dossier, Finding
from crible_training.samples.draw import draw_piece
from crible_training.samples.pieces import Piece, Tender
from crible_training.samples.scan import draw_scan

pytest.importorskip("reportlab", reason="the tenders are drawn by a development dependency")

HERE = Path(__file__).parent / "tenders"
BUYER = "Ministère des Affaires fluviales"
OBJECT = (
    "la fourniture en mode SaaS d’une plateforme de gestion des dossiers d’enquête, son hébergement et sa maintenance"
)
PIECES = ("RC", "CCAP", "CCTP")
CONTRACT = ("l’acte d’engagement", "le présent CCAP", "le CCTP")
DAY = date(2026, 11, 23)
# Reasons for which a verdict is left to a person when a clause, or a fact that rests on clauses, is unsure.
UNSURE = (
    "LABELS_TO_CONFIRM", "ADVERSE_TO_CONFIRM", "FACT_TO_CONFIRM", "HEALTH_DATA_TO_CONFIRM", "STRATEGIC_UNKNOWN",
    "CONFLICT:",
)  # fmt: skip
NAMES = {"QA": "Questions-réponses", "RECTIFICATIF": "Rectificatif", "NOTICE": "Avis de marché",
         "ANNEX_HOST": "Annexe 2 Convention d’hébergement"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Composed:
    """One tender and what is expected of it; ``rule`` names the sections of the rubric that decide.

    ``pieces``: the text added to each piece; a name such as « CCTP Lot 2 (base) » is drawn around it, « (scan) » as an
    image. ``verdicts``, ``reasons`` and ``notes`` by policy; ``lots``: the policy and the verdict of each lot.
    """

    id: str
    rule: str
    pieces: dict[str, str]
    verdicts: dict[str, str]
    buyer: str = BUYER
    object: str = OBJECT
    lot_objects: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()
    contract: tuple[str, ...] = CONTRACT
    as_of: date = DAY
    reasons: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    not_adverse: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    no_conflicts: bool = False
    legality: tuple[str, ...] = ()
    no_legality: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    no_warnings: tuple[str, ...] = ()
    lots: dict[str, tuple[str, str]] = field(default_factory=dict)


def _load() -> list[Composed]:
    known = {f.name for f in fields(Composed)}
    found = []
    for path in sorted(HERE.glob("*.yaml")):
        if path.stem in ("clauses", "pieces"):
            continue
        for raw in yaml.safe_load(path.read_text(encoding="utf-8")):
            assert set(raw) <= known, f"{path.name}: {raw['id']}: unknown keys {sorted(set(raw) - known)}"
            found.append(Composed(**raw))
    return found


TENDERS = {tender.id: tender for tender in _load()}


@cache
def _data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def _written(body: str) -> str:
    """``<name>`` becomes the clause of that name; clauses may stand in clauses."""
    while "<" in body:
        body = re.sub(r"<(\w+)>", lambda m: _data("clauses")[m[1]], body)
    return body


def _list(items: Any) -> str:
    return "\n".join(f"- {item} ;" for item in items)


def _piece(key: str, tender: Composed) -> Piece:
    role, _, rest = key.partition(" ")
    based = key == role or "(base)" in rest
    scanned = "(scan)" in rest
    rest = re.sub(r"\((?:base|scan)\)", "", rest).strip()
    entry = _data("pieces")[role]
    lot = next(iter(re.findall(r"Lot (\d+)", rest)), "")
    body = (entry["body"] if based else "{body}").format(
        object=tender.lot_objects.get(lot, tender.object), buyer=tender.buyer, contract=_list(tender.contract),
        announced=_list([*(f"le {name}" for name in PIECES[1:]), *tender.announced]),
        body=_written(tender.pieces.get(key, "")),
    )  # fmt: skip
    name = f"{NAMES.get(role, role)} {rest}".strip()
    title = f"{entry['title']} – {rest}" if rest else entry["title"]
    return Piece(f"{name}.pdf", name, title, body, cover=False, scanned=scanned)


def _draw(tender: Composed, folder: Path) -> None:
    keys = [name for name in PIECES if name not in tender.without]
    keys += [key for key in tender.pieces if key not in keys]
    drawn = Tender(
        tender.buyer, "", "", tender.object, "Consultation", "2026-000", "", "", "sans", "#1f3864", "ruled", False, 10
    )
    for key in keys:
        piece = _piece(key, tender)
        (folder / piece.file).write_bytes(draw_scan(piece, drawn) if piece.scanned else draw_piece(piece, drawn))


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The dossier and the findings of a tender, drawn and read once."""
    done: dict[str, tuple[Dossier, tuple[Finding, ...]]] = {}

    def get(tender: Composed) -> tuple[Dossier, tuple[Finding, ...]]:
        if tender.id not in done:
            folder = tmp_path_factory.mktemp(tender.id)
            _draw(tender, folder)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("CRIBLE_ISOLATION", "off")  # our own files: no process to guard against
                dossier = crible.read(folder, ocr="off")
            done[tender.id] = (dossier, classify(dossier))
        return done[tender.id]

    return get


def judged(read: Any, tender: Composed, *, certain: bool) -> Assessment:
    dossier, findings = read(tender)
    if certain:
        findings = [replace(f, probability=max(f.probability, 0.95)) for f in findings]
    return assess(dossier, findings, as_of=tender.as_of)


def test_there_are_thirty_tenders_at_least_and_each_says_its_rule() -> None:
    assert len(TENDERS) >= 30
    assert all(tender.rule and tender.verdicts for tender in TENDERS.values())


@pytest.mark.parametrize("name", TENDERS)
def test_with_certain_clauses_the_verdict_is_the_one_of_the_rubric(read: Any, name: str) -> None:
    tender = TENDERS[name]
    found = judged(read, tender, certain=True)
    assert {p: found.profiles[p].verdict for p in tender.verdicts} == tender.verdicts, _why(found)
    for policy, reasons in tender.reasons.items():
        assert set(reasons) <= set(found.profiles[policy].reasons), _why(found)
    for policy, notes in tender.notes.items():
        assert set(notes) <= set(found.profiles[policy].notes), _why(found)


@pytest.mark.parametrize("name", TENDERS)
def test_facts_contradictions_and_warnings_are_those_of_the_rubric(read: Any, name: str) -> None:
    tender = TENDERS[name]
    found = judged(read, tender, certain=True)
    assert {n: found.facts[n].value for n in tender.facts} == tender.facts, _why(found)
    assert {n: found.labels[n].strength for n in tender.labels if n in found.labels} == tender.labels, _why(found)
    assert not set(tender.absent) & set(found.labels)
    assert not any(found.labels[n].effect == "operative" for n in tender.not_adverse if n in found.labels)
    codes = {conflict.code for conflict in found.conflicts}
    if tender.conflicts or tender.no_conflicts:
        assert codes == set(tender.conflicts), _why(found)
    legality = {warning.code for warning in found.legality}
    assert set(tender.legality) <= legality
    assert not set(tender.no_legality) & legality
    warned = {warning.code for warning in found.warnings}
    assert set(tender.warnings) <= warned
    assert not set(tender.no_warnings) & warned
    lots = {lot.lot: lot.profiles[tender.lots[lot.lot][0]].verdict for lot in found.lots if lot.lot in tender.lots}
    assert lots == {lot: verdict for lot, (_, verdict) in tender.lots.items()}, _why(found)


@pytest.mark.parametrize("name", TENDERS)
def test_as_it_stands_only_an_unsure_clause_may_leave_the_verdict_to_a_person(read: Any, name: str) -> None:
    tender = TENDERS[name]
    found = judged(read, tender, certain=False)
    for policy, verdict in tender.verdicts.items():
        result = found.profiles[policy]
        if result.verdict != verdict:
            assert result.verdict == "needs_review", (policy, _why(found))
            assert any(reason.startswith(UNSURE) for reason in result.reasons), (policy, _why(found))


def _why(found: Assessment) -> str:
    lines = [f"{p}: {r.verdict} {r.reasons} {r.notes}" for p, r in found.profiles.items()]
    lines += [f"{n}: {f.value} {f.probability} {f.why}" for n, f in found.facts.items()]
    lines += [f"lot {lot.lot}: { {p: (r.verdict, r.reasons) for p, r in lot.profiles.items()} }" for lot in found.lots]
    lines += [
        f"{f.id} {f.label} {f.probability} {f.strength or f.effect} {f.part} lot={f.lot} {f.section} {dict(f.params)} "
        f"{f.notes} « {f.evidence.quote} »"
        for f in found.findings
    ]
    lines += [f"{c.code} {c.topic} {c.findings} {c.lot}" for c in found.conflicts]
    return "\n".join([*lines, str(found.dossier.announced_missing)])
