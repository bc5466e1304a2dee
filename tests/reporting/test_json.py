"""The JSON of the contract: names, rounding, order, and no number that JSON cannot hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from crible.reporting.json import assessment_to_dict, dossier_to_dict, to_json, to_jsonl, unread_runs
from crible.types import Assessment, Block, Dossier, Fact, UnreadPage

Make = Callable[..., Assessment]

# Every name that the contract promises at schema version 1, by the path to the object that holds it.
PROMISED: dict[tuple[str | int, ...], set[str]] = {
    (): {
        "schema_version", "id", "tender", "policy", "models", "software", "verdict", "score", "completeness", "reasons",
        "profiles", "legality", "facts", "labels", "findings", "conflicts", "lots", "documents", "coverage", "warnings",
    },
    ("tender",): {"name", "sha256", "title", "notice", "buyer"},
    ("tender", "buyer"): {"name", "class"},
    ("policy",): {"id", "version", "as_of"},
    ("profiles", "fr-etat"): {"verdict", "score", "raw", "reasons", "criteria"},
    ("profiles", "eu-seal"): {"levels", "seal_core", "verdict"},
    ("profiles", "fr-etat", "criteria", 0): {
        "id", "status", "weight", "points", "reason", "legal_basis", "evidence", "searched",
    },
    ("profiles", "fr-etat", "criteria", 0, "searched"): {"documents", "pages"},
    ("legality", 0): {"code", "severity", "message", "legal_basis", "evidence"},
    ("facts", "digital"): {"value", "probability", "evidence"},
    ("labels", "sv_secnumcloud"): {"strength", "findings"},
    ("labels", "ad_named_exposed_provider"): {"effect", "findings"},
    ("findings", 0): {
        "id", "label", "probability", "strength", "effect", "actor", "negated", "params", "lot", "detector", "evidence",
    },
    ("findings", 0, "detector"): {"kind", "version", "threshold", "cues"},
    ("findings", 0, "evidence"): {
        "quote", "document", "sha256", "role", "section", "page", "page_label", "bbox", "char", "method",
    },
    ("documents", 0): {"path", "role", "sha256", "pages", "pages_read", "language"},
    ("coverage",): {"pages", "pages_read", "unread"},
    ("coverage", "unread", 0): {"document", "pages", "reason"},
}  # fmt: skip


@pytest.mark.parametrize("path", PROMISED, ids=lambda path: "/".join(map(str, path)) or "assessment")
def test_every_promised_name_is_there(make: Make, path: tuple[str | int, ...]) -> None:
    found: Any = assessment_to_dict(make())
    for step in path:
        found = found[step]
    assert PROMISED[path] <= set(found)


def test_numbers_are_rounded_and_pages_keep_their_label(make: Make) -> None:
    data = assessment_to_dict(make())
    first = data["findings"][0]
    assert first["evidence"]["bbox"] == [71.2, 402.6, 524.0, 431.0]
    assert (first["probability"], data["score"]) == (0.9743, 41.46)
    assert (first["evidence"]["page"], first["evidence"]["page_label"]) == (16, "14")


def test_findings_follow_the_documents_then_their_characters(make: Make) -> None:
    assert [f["id"] for f in assessment_to_dict(make())["findings"]] == ["f3", "f1", "f2"]


def test_a_label_has_a_strength_or_an_effect_never_both(make: Make) -> None:
    labels = assessment_to_dict(make())["labels"]
    assert labels["sv_secnumcloud"]["strength"] == "scored"
    assert "effect" not in labels["sv_secnumcloud"]
    assert labels["ad_named_exposed_provider"]["effect"] == "operative"
    assert "strength" not in labels["ad_named_exposed_provider"]


def test_seal_levels_never_replace_a_common_key(make: Make) -> None:
    usual = make()
    hostile = replace(usual.profiles["eu-seal"], extra={"verdict": "compliant", "seal_core": 2})
    data = assessment_to_dict(make(profiles={**usual.profiles, "eu-seal": hostile}))
    assert data["profiles"]["eu-seal"]["verdict"] == "needs_review"
    assert data["profiles"]["eu-seal"]["seal_core"] == 2


@pytest.mark.parametrize(
    ("pages", "runs"),
    [
        ((1, 2, 3), [[1, 3]]),
        ((4,), [[4, 4]]),
        ((6, 1, 5, 9), [[1, 1], [5, 6], [9, 9]]),
        ((None,), [None]),
        ((), []),
    ],
)
def test_unread_pages_are_told_as_runs(pages: tuple[int | None, ...], runs: list[list[int] | None]) -> None:
    assert [run for run, _ in unread_runs([UnreadPage(page, "no_text") for page in pages])] == runs


def test_two_reasons_make_two_runs() -> None:
    unread = [UnreadPage(1, "no_text"), UnreadPage(2, "garbled_text")]
    assert unread_runs(unread) == [([1, 1], "no_text"), ([2, 2], "garbled_text")]


def test_coverage_counts_what_was_not_read(make: Make) -> None:
    coverage = assessment_to_dict(make())["coverage"]
    assert (coverage["pages"], coverage["pages_read"]) == (78, 71)
    assert [u["pages"] for u in coverage["unread"]] == [[1, 6], [9, 9], None]


def test_a_warning_of_a_document_names_it_and_is_said_once(make: Make, dossier: Dossier) -> None:
    warnings = assessment_to_dict(make(warnings=dossier.warnings))["warnings"]
    assert [(w["code"], w["document"]) for w in warnings] == [
        ("junk_skipped", None),
        ("unread_pages", "DCE.zip!/Annexe 5.pdf"),
    ]


def test_a_number_that_json_cannot_hold_is_refused(make: Make) -> None:
    data = assessment_to_dict(make(facts={"dce": Fact("complete", float("nan"))}))
    with pytest.raises(ValueError, match="JSON"):
        to_json(data)
    with pytest.raises(ValueError, match="JSON"):
        to_jsonl(data)


def test_jsonl_is_one_line_whatever_the_quote_holds(make: Make) -> None:
    line = to_jsonl(assessment_to_dict(make(title="un\u2028deux\ntrois\x85quatre")))
    assert line.endswith("}\n")
    assert len(line.splitlines()) == 1
    assert json.loads(line)["tender"]["title"] == "un\u2028deux\ntrois\x85quatre"


def test_the_dossier_lists_every_file_and_its_blocks(dossier: Dossier) -> None:
    block = Block(
        id="b1", kind="table_row", text="SEC-01 | Obligatoire", start=7, page=3, page_end=3, bbox=(1.04, 2.06, 3, 4),
        section_path=("5 Sécurité", "5.2 Hébergement"), row=("SEC-01", "Obligatoire"), header=("Réf.", "Niveau"),
    )  # fmt: skip
    first = replace(dossier.documents[0], blocks=(block,))
    data = dossier_to_dict(replace(dossier, documents=(first, *dossier.documents[1:])))
    assert [d["path"] for d in data["documents"]] == [d.path for d in dossier.documents]
    assert data["documents"][2]["unread"] == [{"page": None, "reason": "drawing"}]
    shown: Mapping[str, Any] = data["documents"][0]["blocks"][0]
    assert (shown["section"], shown["bbox"], shown["char"]) == ("5.2 Hébergement", [1.0, 2.1, 3.0, 4.0], [7, 27])
    assert shown["row"] == ["SEC-01", "Obligatoire"]
    assert data["announced_missing"] == ["Annexe 7 PAS"]
    assert json.loads(to_json(data)) == data


def test_the_same_assessment_gives_the_same_bytes(make: Make) -> None:
    assert to_json(assessment_to_dict(make())) == to_json(assessment_to_dict(make()))
