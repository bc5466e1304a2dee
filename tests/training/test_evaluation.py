"""The bench on a few families: perturbations, pairs, real segments, the files that it writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crible.classification.patterns import PatternDetector
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.clauses import clauses_of
from crible_training.corpus import Expected, Family, load_corpus, segments
from crible_training.evaluation import Report, evaluate
from crible_training.evaluation.baselines import KeywordList, Majority, keywords, keywords_in
from crible_training.evaluation.bench import verdict
from crible_training.evaluation.candidates import OfDetector, Predicted
from crible_training.evaluation.card import model_card
from crible_training.evaluation.gold import gold_set
from crible_training.evaluation.pairs import pair_scores, pairs
from crible_training.evaluation.perturb import NO_HEADING, PERTURBATIONS, perturbed
from crible_training.evaluation.sets import EvaluationSet, corpus_set
from crible_training.evaluation.words import HEADLINE
from crible_training.splits import part_of, take

NAMES = list(labels())
HOSTILE = 'Les données <script>alert("x")</script> sont hébergées en France & nulle part ailleurs.'
SEGMENT: dict[str, Any] = {
    "id": "real-1", "lang": "fr", "doc": "a_cctp", "text": "L'hébergement est assuré en France.\nLe prix est ferme.",
    "part": "CCTP", "section": "requirement", "heading": "", "tags": ["trap"], "optional": ["ho_hosting_in_scope"],
    "labels": [{"label": "ho_location_france", "strength": "mandatory", "actor": "contractor"}],
}  # fmt: skip


def family(name: str, *texts: str, **told: Any) -> Family:
    return Family(
        **{
            "name": name, "lang": "fr", "register": "state", "authority": f"Office {name}", "part": "CCTP",
            "section": "requirement", "heading": "5 Hébergement", "shape": "sentence", "labels": (), "oblique": False,
            "actor": "contractor", "trap": "", "lead": "", "texts": texts, **told,
        }
    )  # fmt: skip


FRANCE = (Expected("ho_location_france", "mandatory", None),)
KEYS = (Expected("sv_key_control", "mandatory", None),)


def opened(name: str) -> str:
    """An authority of an open part: the bench shows its texts."""
    return next(a for n in range(99) if part_of(family(name, authority=(a := f"Office {name} {n}"))) != "sealed")


@pytest.fixture(scope="module")
def families() -> list[Family]:
    return [
        *take(load_corpus(), "development")[::12],
        family(
            "hostile", HOSTILE, labels=(Expected("sv_key_control", "mandatory", None),), authority=opened("hostile")
        ),
    ]


@pytest.fixture(scope="module")
def written(families: list[Family], tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("bench")
    return evaluate(candidates(), families, gold=real(folder), out=folder, progress=lambda _: None)


def candidates() -> list[Any]:
    return [OfDetector("patterns", PatternDetector()), KeywordList(), Majority()]


def real(folder: Path, *changes: dict[str, Any]) -> Path:
    path = folder / "segments.jsonl"
    lines = [SEGMENT | change for change in changes or ({}, {"id": "real-2", "doc": "b_rc", "labels": []})]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_every_label_has_usual_words_that_the_list_finds_again() -> None:
    for label, words in keywords().items():
        for word in words:
            assert keywords_in([f"Avec {word.removesuffix('*')}."])[0, NAMES.index(label)], (label, word)


@pytest.mark.parametrize(
    ("text", "label", "there"),
    [
        ("HÉBERGEMENT des données", "ho_hosting_in_scope", True),
        ("les hébergeurs", "ho_hosting_in_scope", True),
        ("des logiciels", "ds_software", True),
        ("l'Union  européenne", "ho_location_eu", True),
        ("UE.", "ho_location_eu", True),
        ("une vague bleue", "ho_location_eu", False),  # « ue » inside a word
        ("les pras", "ho_multi_site", False),  # a short word has no plural
        ("Le plan de reprise", "ho_multi_site", True),
    ],
)
def test_the_keyword_list_matches_words_not_letters(text: str, label: str, there: bool) -> None:
    assert keywords_in([text])[0, NAMES.index(label)] == there


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_perturbations_change_the_text_alone_and_the_same_way_every_time(name: str) -> None:
    clauses = clauses_of(
        segments([family("p", "Le titulaire héberge l'intégralité des données sensibles à Besançon.")])
    )
    once, twice = perturbed(clauses, name), perturbed(clauses, name)
    assert once == twice
    assert once[0].text != clauses[0].text
    assert (once[0].id, once[0].part, once[0].section) == (clauses[0].id, clauses[0].part, clauses[0].section)
    # The draw of a clause does not hang on those before it.
    assert perturbed([*clauses_of(segments([family("q", "Un autre texte, fort long.")])), *clauses], name)[1] == once[0]


def test_perturbations_are_what_they_say() -> None:
    clause = clauses_of(segments([family("p", "Les données sont hébergées œuvre comprise ; " * 6)]))[0]
    assert PERTURBATIONS["no_accents"]("Là, œuvre née", None) == "La, oeuvre nee"  # type: ignore[arg-type]
    noisy = perturbed([clause], "ocr_noise")[0].text
    wrong = sum(a != b for a, b in zip(noisy, clause.text, strict=False))
    assert noisy != clause.text
    assert len(noisy) <= len(clause.text) + round(0.02 * len(clause.text))
    assert wrong > 0
    cut = perturbed([clause], "hyphenation")[0].text
    assert cut.count("- ") == 3  # 12 long words, one in five
    assert cut.replace("- ", "") == clause.text
    assert perturbed([clause], NO_HEADING)[0] == replace(clause, heading="")
    lost = perturbed([clause], "hyphen_lost")[0].text
    assert lost.replace(" ", "") == clause.text.replace(" ", "")


def test_pairs_are_a_trap_and_a_positive_of_another_family_with_the_same_words() -> None:
    said = "Les données de la solution sont hébergées {} sans exception."
    items = corpus_set(
        [
            family("yes", said.format("en France"), labels=FRANCE),
            family("trap", said.format("en Frise"), said.format("à Berne"), trap="autre pays"),
            family("own", said.format("dans la salle"), labels=FRANCE, trap="une autre étiquette"),
            family("far", "Le support est joignable le lundi.", trap="rien de commun"),
        ]
    )
    found = pairs(items)
    assert {(items.told[p.trap]["id"], items.told[p.positive]["id"]) for p in found} == {
        (f"trap#{n}", f"{other}#1") for n in (1, 2) for other in ("yes", "own")
    }
    assert max(p.overlap for p in found) == pytest.approx(10 / 12)
    answer = Majority().predict(items.clauses)
    answer.decided[[0, 1], NAMES.index("ho_location_france")] = True  # « yes » and the first trap
    (minimal, _) = pair_scores(found, answer)
    assert minimal == {"overlap": 0.6, "pairs": 4, "score": 0.25}  # only yes / second trap is told apart


def test_real_segments_are_split_as_the_product_splits_and_merged_again(tmp_path: Path) -> None:
    items = gold_set(real(tmp_path))
    assert len(items.clauses) == 4
    assert items.owner.tolist() == [0, 0, 1, 1]
    assert items.cluster.tolist() == [0, 1]
    assert items.truth.sum() == 1
    assert items.optional[0, NAMES.index("ho_hosting_in_scope")]
    answer = items.predict(KeywordList())
    assert answer.decided[:, NAMES.index("ho_location_france")].tolist() == [True, True]
    assert answer.decided.shape == (2, 40)


def test_of_several_clauses_the_surest_is_heard(tmp_path: Path) -> None:
    class Two:
        name = "two"

        def predict(self, clauses: list[Clause]) -> Predicted:
            answer = Majority().predict(clauses)
            how, actor = np.full((4, 40), -1, np.int8), np.array([0, 1, 2, 3], np.int8)
            answer.decided[:, 0] = True
            answer.probability[:, 0] = [0.6, 0.9, 0.8, 0.7]
            how[:, 0] = [0, 1, 2, 3]
            return Predicted(answer.probability, answer.decided, how, actor)

    answer = gold_set(real(tmp_path)).predict(Two())  # type: ignore[arg-type]
    assert answer.probability[:, 0].tolist() == pytest.approx([0.9, 0.8])
    assert answer.how[:, 0].tolist() == [1, 2]
    assert answer.actor.tolist() == [1, 2]


def test_real_segments_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        gold_set(real(tmp_path, {"labels": [{"label": "unknown"}]}))


def test_texts_of_sealed_families_and_of_real_tenders_are_not_shown(tmp_path: Path) -> None:
    sealed = next(
        f for n in range(99) if part_of(f := family("s", "Texte scellé.", authority=f"Office {n}")) == "sealed"
    )
    items: list[EvaluationSet] = [corpus_set([sealed]), gold_set(real(tmp_path))]
    for told in (t for each in items for t in each.told):
        assert not {"text", "lead", "heading"} & told.keys()


def test_the_report_says_the_same_twice(families: list[Family], written: Report, tmp_path: Path) -> None:
    evaluate(candidates(), families, gold=real(tmp_path), out=tmp_path, progress=lambda _: None)
    for name in ("report.json", "report.html", "errors.jsonl"):
        assert (tmp_path / name).read_bytes() == (written.folder / name).read_bytes()


def test_the_json_report_keeps_its_shape(written: Report) -> None:
    told = json.loads((written.folder / "report.json").read_text(encoding="utf-8"))
    assert told == written.figures
    assert list(told) == ["format", "draws", "seed", "candidates", "targets", "sets"]
    assert [s["name"] for s in told["sets"]] == ["corpus", "gold"]
    for items in told["sets"]:
        assert list(items) == [
            "name", "segments", "families", "clusters", "ordinary", "ordinary_traps", "positives", "keyword_free",
            "labels", "results", "commonest", "errors",
        ]  # fmt: skip
        assert list(items["results"]) == told["candidates"]
        for candidate, result in items["results"].items():
            parts = {
                "headline", "labels", "groups", "how", "slices", "calibration", "coverage_risk", "confusion", "pairs",
                "verdicts",
            }  # fmt: skip
            parts |= {"over"} if candidate == "patterns" else set()
            parts |= {"robustness"} if items["name"] == "corpus" else set()
            assert result.keys() == parts
            assert result["headline"].keys() == HEADLINE.keys()
            assert result["verdicts"].keys() == told["targets"].keys()
            assert list(result["labels"]) == NAMES
            assert all(f.keys() == {"value", "low", "high"} for f in result["headline"].values())


def test_numbers_of_the_report_have_four_digits(written: Report) -> None:
    def check(value: Any) -> None:
        if isinstance(value, dict):
            for item in value.values():
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)
        elif isinstance(value, float):
            assert value == round(value, 4)

    check(written.figures)


def test_the_page_names_every_label_and_lets_no_text_become_markup(written: Report) -> None:
    page = (written.folder / "report.html").read_text(encoding="utf-8")
    assert all(f"<code>{label}</code>" in page for label in NAMES)
    assert "&lt;script&gt;alert(&quot;x&quot;)" in page
    assert "<script" not in page
    assert "$" not in page
    assert page.count("<svg") == 8


def test_the_errors_are_those_of_the_first_candidate_the_surest_first(written: Report) -> None:
    lines = [json.loads(line) for line in (written.folder / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == written.errors
    hostile = [e for e in lines if e.get("family") == "hostile"]
    assert ("missed", "sv_key_control") in {(e["kind"], e["label"]) for e in hostile}
    assert all(e["text"] == HOSTILE for e in hostile)
    for kind, sign in (("false", -1), ("missed", 1)):
        for label in NAMES:
            sure = [
                sign * e["probability"] for e in lines if (e["set"], e["kind"], e["label"]) == ("corpus", kind, label)
            ]
            assert sure == sorted(sure)
    counted = written.figures["sets"][0]["errors"]
    assert sum(counted["false"].values()) == sum(e["kind"] == "false" and e["set"] == "corpus" for e in lines)


@pytest.mark.parametrize(
    ("figure", "told", "expected"),
    [
        ("macro_f1", (0.9, 0.85, 0.95), "met"),
        ("macro_f1", (0.81, 0.7, 0.9), "met_within_noise"),
        ("macro_f1", (0.79, 0.7, 0.9), "missed_within_noise"),
        ("macro_f1", (0.5, 0.4, 0.6), "missed"),
        ("ece", (0.02, 0.01, 0.03), "met"),
        ("ece", (0.06, 0.04, 0.09), "missed_within_noise"),
        ("false_per_1000", (50.0, 30.0, 70.0), "missed"),
        ("ece", (None, None, None), "unknown"),
    ],
)
def test_a_target_is_met_or_not_and_noise_is_said(figure: str, told: tuple[float | None, ...], expected: str) -> None:
    assert verdict(figure, dict(zip(("value", "low", "high"), told, strict=True))) == expected


def test_two_candidates_of_one_name_are_refused(families: list[Family], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one name"):
        evaluate([Majority(), Majority()], families[:1], gold=None, out=tmp_path, progress=lambda _: None)


def test_the_card_says_the_figures_the_limits_and_what_was_not_measured(written: Report) -> None:
    about = {"version": "1.2.3", "risk": {"labels": {"ds_software": {"sure": None}}}}
    card = model_card(written.figures, about, "patterns", "Rules that people wrote.")
    assert card.startswith("# Model card: patterns, version 1.2.3\n")
    for heading in ("What it is", "Data", "Intended use", "Measured: Corpus families", "Limits"):
        assert f"\n## {heading}" in card
    assert all(f"`{label}`" in card for label in NAMES)
    assert "not held out" in card
    assert "Never used without a person's eye, for want of calibration families: `ds_software`." in card
    figure = written.figures["sets"][0]["results"]["patterns"]["headline"]["micro_f1"]
    assert f"| Micro-F1 | {figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}] | ≥ 0.85 |" in card
