"""Every code that can be emitted has a sentence in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import crible.scoring
from crible.classification.taxonomy import labels
from crible.errors import UsageError
from crible.scoring.facts.buyer import BUYER_CLASSES
from crible.scoring.legality import LEGAL_BASIS
from crible.scoring.policy import POLICY_IDS, load_policy
from crible.scoring.reasons import LANGUAGES, criterion_text, known_codes, message

SOURCES = sorted(Path(crible.scoring.__file__).parent.rglob("*.py"))
# Codes are written in capitals in the sources: every one of them must be known to both languages.
_IN_SOURCE = re.compile(r'"((?:[A-Z][A-Z0-9]+_[A-Z0-9_]+|WAIVED|BLOCKER|LR-\d\d)(?::[A-Z_]*)?)"')
_NOT_CODES = {"ANNEX_GDPR", "ANNEX_SEC", "ANNEX_HOST", "NON_EU", "GUTTED_IMMUNITY", "CORE_SEAL_"}


def emitted() -> list[str]:
    found = {code for path in SOURCES for code in _IN_SOURCE.findall(path.read_text(encoding="utf-8"))}
    codes = {code for code in found - _NOT_CODES if not code.endswith(":")}
    codes |= {f"{kind}_PILLAR:{c.key}" for kind in ("MISSING", "OPTIONAL", "PARTIAL")
              for c in load_policy("seed").components if c.met_from == "mandatory"}  # fmt: skip
    codes |= {f"CORE_SEAL_{n}" for n in range(5)}
    codes |= {f"BLOCKER:{n}" for n in ("NON_EU", "EXPOSED_PROVIDER", "WAIVED", "ad_named_exposed_provider",
                                        "ad_non_eu_allowed", "ad_requirement_waived")}  # fmt: skip
    codes |= {"CONFLICT:" + c for c in codes if c.startswith("CONFLICT_")}
    return sorted(codes)


def test_the_codes_of_the_sources_are_found() -> None:
    found = emitted()
    assert {"UNREAD_PAGES", "HDS_ABSENT", "CONFLICT_LOCATION", "LR-11", "POLICY_NOT_IN_FORCE"} <= set(found)
    assert len(found) > 60


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", emitted())
def test_every_emitted_code_has_a_sentence(code: str, lang: str) -> None:
    said = message(code, lang, policy="seed@2026.1", date="2027-05-31", detail="…")
    assert said != code
    assert "{" not in said
    assert "CONFLICT_" not in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_label_criterion_fact_and_value_has_words(lang: str) -> None:
    codes = [*labels(), "digital", "cloud", "hosting", "buyer", "personal", "health", "sensitive", "strategic", "dce"]
    codes += [c.id for p in POLICY_IDS for c in load_policy(p).components]
    codes += [o.id.lower() for o in load_policy("eu-seal").objectives]
    codes += [f"buyer:{kind}" for kind in BUYER_CLASSES]
    codes += [text for texts in LEGAL_BASIS.values() for text in texts]
    codes += ["compliant", "non_compliant", "needs_review", "out_of_scope", "complete", "partial", "notice_or_rc_only"]
    codes += ["met", "unmet", "unclear", "not_applicable", "unread", "mandatory", "scored", "desirable", "informative"]
    assert [code for code in codes if message(code, lang) == code and code not in ("partial", "met", "unmet", "unclear",
            "unread", "mandatory", "scored", "desirable", "informative", "compliant")] == []  # fmt: skip
    assert set(codes) - set(labels()) <= known_codes(lang)


def test_both_languages_know_the_same_codes() -> None:
    assert known_codes("fr") == known_codes("en")


def test_an_absent_criterion_says_what_was_read_and_never_unlawful() -> None:
    said = criterion_text("unmet", False, {"documents": 4, "pages": 212}, "fr")
    assert said == "Aucune clause trouvée dans les pièces lues (4 documents, 212 pages)."
    assert not any("illégal" in message(code, "fr") for code in known_codes("fr"))


@pytest.mark.parametrize(
    ("code", "expected"), [("NOT_A_CODE", "NOT_A_CODE"), ("NOT_A_CODE:x", "NOT_A_CODE:x"), ("", "")]
)
def test_an_unknown_code_is_returned_as_it_is(code: str, expected: str) -> None:
    assert message(code, "fr") == expected


def test_an_argument_nobody_knows_is_shown() -> None:
    assert message("CONFLICT:location CCTP 4.1", "fr") == "Contradiction entre des clauses : location CCTP 4.1"


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="fr, en"):
        message("HDS_ABSENT", "de")
