"""What an explanation holds: ranked evidence said once, what was searched, and a page that no text can break."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any, get_args

import pytest

from crible.reporting.explain import explanation
from crible.reporting.explain_html import explain_html
from crible.reporting.explain_text import explain_text
from crible.reporting.explain_words import change_in_words, rule_of, sentence
from crible.reporting.json import assessment_to_dict
from crible.reporting.saved import SavedAssessment, saved
from crible.reporting.words import Lang, say
from crible.scoring.changes import Change, improvements, weakenings
from crible.scoring.policy import POLICY_IDS, PolicyPack, RuleStatus, list_policies, load_policy
from crible.scoring.record import to_record
from crible.scoring.tender import TenderFacts
from crible.types import Assessment, DetectorTrace, Likeness

Make = Callable[..., Assessment]
PACK = load_policy("fr-etat")


def told(assessment: Assessment, **options: Any) -> dict[str, Any]:
    return explanation(saved(assessment_to_dict(assessment), "a.json"), PACK, **options)


def with_findings(make: Make, changes: dict[str, dict[str, Any]], more: tuple[Any, ...] = ()) -> Assessment:
    """The usual Assessment, some of its findings changed, others added to its first criterion."""
    base = make()
    findings = tuple(replace(f, **changes.get(f.id, {})) for f in base.findings) + more
    first, *others = base.headline.criteria
    criteria = (replace(first, evidence=tuple(f.id for f in findings)), *others)
    profiles = {**base.profiles, "fr-etat": replace(base.headline, criteria=criteria)}
    return make(findings=findings, profiles=profiles)


def test_adverse_clauses_come_first_then_the_strongest_then_the_pieces_that_bind_then_the_surest(make: Make) -> None:
    base = make().findings[0]

    def another(name: str, **fields: Any) -> Any:
        return replace(base, id=name, evidence=replace(base.evidence, quote=f"Clause {name}."), **fields)

    more = (
        another("rc", part="RC"), another("sure", probability=0.99), another("less", probability=0.7),
        another("wish", strength="desirable", probability=0.999),
    )  # fmt: skip
    evidence = told(with_findings(make, {}, more))["criteria"][0]["evidence"]
    assert [e["findings"][0] for e in evidence] == ["f3", "sure", "f2", "less", "rc", "f1", "wish"]


def test_the_same_words_in_two_lots_are_said_once_with_both_lots_and_both_places(make: Make) -> None:
    base = make().findings[0]
    other = replace(base, id="f9", lot="2", evidence=replace(base.evidence, document="DCE.zip!/AE.pdf", page=3))
    found = told(with_findings(make, {"f2": {"lot": "1"}}, (other,)))["criteria"][0]["evidence"]
    same = next(e for e in found if "f2" in e["findings"])
    assert same["findings"] == ["f2", "f9"]
    assert same["lots"] == ["1", "2"]
    assert [place["document"] for place in same["places"]] == ["DCE.zip!/Cahier technique.pdf", "DCE.zip!/AE.pdf"]
    text = explain_text(told(with_findings(make, {"f2": {"lot": "1"}}, (other,))), width=400)
    assert "(aussi : AE.pdf, p. 3 ; lots 1, 2)" in text


def test_a_criterion_says_its_rule_its_texts_and_what_was_not_found(make: Make) -> None:
    criterion = told(make())["criteria"][2]
    assert criterion["rule"].startswith("20 points sur 100. La meilleure de ces clauses compte : Réversibilité")
    assert criterion["legal_basis"][0]["status"] == "SOFT"
    assert [one["label"] for one in criterion["not_found"]] == ["rv_reversibility", "rv_data_return_deletion"]
    text = " ".join(explain_text(told(make())).split())
    assert "Réversibilité et transférabilité, Restitution et effacement des données : aucune clause trouvée" in text
    assert "non lu : " in text


def test_what_was_judged_gives_the_changes_and_a_file_without_it_says_so(make: Make) -> None:
    tender = TenderFacts(
        facts={"digital": "yes", "cloud": "yes", "hosting": "contractor", "buyer": "state", "personal": "yes",
               "health": "no", "sensitive": "declared_yes", "strategic": "yes", "dce": "complete"},
        labels={"sv_secnumcloud": "scored"},
    )  # fmt: skip
    changes = told(make(judged={"": to_record(tender)}))["changes"]
    assert changes["better"][0]["text"] == (
        "Si le CCTP exigeait la qualification SecNumCloud (obligatoire), l'avis deviendrait « conforme »."
    )
    assert told(make())["changes"] is None
    assert "Changements non calculés" in explain_text(told(make()))
    # A record of another tender is no ground for changes: judged again, it does not give this verdict.
    wrong = replace(tender, labels={"sv_secnumcloud": "mandatory"})
    assert told(make(judged={"": to_record(wrong)}))["changes"] is None


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("pack", list_policies(), ids=lambda p: p.name)
def test_every_criterion_and_every_change_has_words(pack: PolicyPack, lang: Any) -> None:
    for part in [*(c.id for c in pack.components), *(o.id.lower() for o in pack.objectives)]:
        rule = rule_of(part, pack, lang)
        assert rule
        assert not re.search(r"\b(?:ho|sv|dp|rv|ad)_|explain:|particular:|\{", rule)
    tender = TenderFacts(
        facts={"digital": "unknown", "cloud": "yes", "hosting": "unknown", "buyer": "state", "personal": "unknown",
               "health": "inferred", "sensitive": "weak_inferred", "strategic": "unknown", "dce": "partial"},
        labels=dict.fromkeys(["sv_derogation", "dp_hds", "sv_secnumcloud", "ho_location_eu", "rv_reversibility"],
                             "mandatory"),
        adverse={"ad_non_eu_allowed": ("storage",), "ad_named_exposed_provider": ("aws",)},
        conflicts=("CONFLICT_LOCATION",), sure={}, doubtful=("hosting",),
        caps=("UNREAD_PAGES", "ANNOUNCED_PIECE_MISSING", "ADVERSE_TO_CONFIRM"), gaps=("pages", "pieces"),
    )  # fmt: skip
    changes = improvements({"": tender}, pack) + weakenings({"": tender}, pack)
    assert {"read", "supply", "dismiss", "close", "confirm", "require", "withdraw", "settle", "weaken", "remove"} == {
        c.kind for c in changes
    }
    for change in changes:
        words = change_in_words(change, lang)
        assert not re.search(r"[a-z]_[a-z]|demand:|particular:|change:|\{|CONFLICT", words), words


def test_three_conditions_are_joined_as_one_sentence() -> None:
    changes = (
        Change("require", "sv_secnumcloud", "mandatory"), Change("withdraw", "ad_non_eu_allowed"),
        Change("settle", "hosting", "contractor"),
    )  # fmt: skip
    assert sentence(changes, "compliant", "fr") == (
        "Si le CCTP exigeait la qualification SecNumCloud (obligatoire), si la clause contraire « Hébergement, accès "
        "ou transfert hors UE admis » était retirée et si le fait suivant était établi : Hébergement – par le "
        "titulaire, l'avis deviendrait « conforme »."
    )
    assert sentence(changes[:1], "non_compliant", "en", lots=True) == (
        "If the specifications required the SecNumCloud qualification (mandatory) (in each lot concerned), the verdict "
        "would become “non compliant”."
    )


@pytest.mark.parametrize(("lang", "words"), [("fr", "Ressemble à l'exemple « "), ("en", "Resembles the example “")])
def test_what_was_recognised_by_its_meaning_is_told_with_the_wording_that_it_resembles(
    make: Make, lang: Lang, words: str
) -> None:
    like = Likeness("Aucun juge étranger\x1b n'y accède <b>.", 0.8312)
    trace = DetectorTrace("encoder", "1.0.0", 0.6, (), like)
    data = told(with_findings(make, {"f2": {"detector": trace}}), lang=lang)
    entry = next(e for e in data["criteria"][0]["evidence"] if e["findings"] == ["f2"])
    assert entry["read_by"] == {
        "kind": "encoder", "version": "1.0.0", "threshold": 0.6,
        "like": {"text": "Aucun juge étranger n'y accède <b>.", "cosine": 0.8312},
    }  # fmt: skip
    text, page = explain_text(data, lang=lang), explain_html(data, lang=lang)
    assert words in " ".join(text.split())
    assert words in unescape(page)
    assert "&lt;b&gt;" in page
    assert "0,83" in text or "0.83" in text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_hostile_text_breaks_neither_the_terminal_nor_the_page(make: Make, lang: Any) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\x1b[31m\u202e'
    base = make().findings[0]
    bad = replace(base, id="f9", evidence=replace(base.evidence, quote=evil, document=evil, section=evil))
    assessment = replace(with_findings(make, {}, (bad,)), title=evil, buyer_name=evil)
    data = told(assessment, lang=lang)
    text, page = explain_text(data, lang=lang), explain_html(data, lang=lang)
    assert "\x1b" not in text + page
    assert "\u202e" not in text + page
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_a_pack_of_ones_own_cannot_smuggle_a_link(make: Make) -> None:
    ref = PACK.legal_basis[0].model_copy(update={"url": "javascript:alert(1)"})
    pack = PACK.model_copy(update={"legal_basis": (ref, *PACK.legal_basis[1:])})
    page = explain_html(explanation(saved(assessment_to_dict(make()), "a.json"), pack))
    assert "javascript:" not in page


@pytest.mark.parametrize("policy", POLICY_IDS)
def test_a_profile_out_of_scope_is_explained_too(make: Make, policy: str) -> None:
    data = explanation(saved(assessment_to_dict(make()), "a.json"), load_policy(policy))
    assert data["policy"]["id"] == policy
    assert explain_text(data).isprintable() is False  # it has lines
    assert explain_html(data).count("<h1>") == 1


def test_only_what_is_needed_is_asked_of_a_file(make: Make) -> None:
    data = assessment_to_dict(make())
    for key in ("judged", "warnings", "coverage", "announced_missing", "lots", "documents", "software", "models"):
        del data[key]
    assert isinstance(saved(data, "a.json"), SavedAssessment)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", "sauf : certification ou qualification encore en cours admise (1)"),
        ("en", "still in progress accepted (1)"),
    ],
)
def test_the_rule_says_what_a_clause_must_not_admit(lang: Lang, words: str) -> None:
    assert words in rule_of("hds", load_policy("fr-sante"), lang)


def test_every_status_of_a_legal_text_is_in_words() -> None:
    for status in get_args(RuleStatus):
        assert all(say(f"rule:{status}", lang) != f"rule:{status}" for lang in ("fr", "en"))
