"""The bench: candidates in, figures out, as JSON for machines and as one HTML page for people.

``report.json`` (numbers rounded to 4 digits, null where nothing can be measured; a figure with an interval is
``{value, low, high}``)::

    format, draws, seed      of the file, of the bootstrap
    candidates               names in the order of the tables; the first is the model under test
    targets                  figure → {at: "least" | "most", value}
    sets[]                   the corpus families, then the annotated real segments where they were given
      name, segments, families, clusters, ordinary, ordinary_traps, positives, keyword_free, labels
      results[candidate]
        headline             figure → interval (names: HEADLINE of words.py)
        verdicts             figure with a target → met | met_within_noise | missed_within_noise | missed | unknown
        labels[label]        positives, keyword_free, right, false, missed, and as intervals precision, recall, f1,
                             aupr, keyword_free_recall, how_accuracy
        groups[group]        positives, precision, recall, f1
        how[strength|effect] positives, recall, findings, precision
        slices[trait][class] segments, positives, micro_f1, micro_precision, micro_recall, false_per_1000
        calibration          all, decided → {ece, points[{n, probability, share_right, low, high}]}
        coverage_risk        findings, coverage_at_risk, curve[{threshold, coverage, risk}]
        confusion            how, actor → expected → said → count
        robustness[change]   micro_f1, micro_recall, false_per_1000, drop (of micro-F1); corpus only
        pairs[]              overlap, pairs, score
        over[baseline]       micro_f1, macro_f1: what the model under test gains, drawn together; first candidate only
      commonest              the label with most positives, and micro_f1[candidate] without it
      errors                 kind → label → count, of the model under test
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.taxonomy import labels
from crible_training import SEED
from crible_training.corpus import Family
from crible_training.evaluation.bootstrap import DRAWS, draws, interval, summed
from crible_training.evaluation.candidates import Candidate, Predicted
from crible_training.evaluation.errors import KINDS, errors, write_errors
from crible_training.evaluation.gold import gold_set
from crible_training.evaluation.metrics import (
    average_precision,
    f1,
    group_figures,
    headline,
    how_figures,
    label_figures,
    mean_over,
)
from crible_training.evaluation.pairs import Pair, pair_scores, pairs
from crible_training.evaluation.perturb import CHANGES, perturbed
from crible_training.evaluation.sets import EvaluationSet, corpus_set
from crible_training.evaluation.slices import slices
from crible_training.evaluation.tallies import actors_confused, by_cluster, confusion, judge, tallies
from crible_training.evaluation.trust import (
    calibration_error,
    calibration_sums,
    coverage_risk,
    equal_mass_bins,
    reliability,
)

FORMAT = 1
# What was promised before measuring: figure → (a least or a most, value).
TARGETS: dict[str, tuple[str, float]] = {
    "macro_f1": ("least", 0.80),
    "micro_f1": ("least", 0.85),
    "keyword_free_recall": ("least", 0.60),
    "strength_accuracy": ("least", 0.90),
    "false_per_1000": ("most", 15.0),
    "ece": ("most", 0.05),
    "ece_decided": ("most", 0.05),
}


@dataclass(frozen=True, slots=True)
class Report:
    """``figures``: what ``report.json`` holds. ``errors``: what ``errors.jsonl`` holds."""

    figures: dict[str, Any]
    errors: list[dict[str, Any]]
    folder: Path


def evaluate(
    candidates: Sequence[Candidate], families: Sequence[Family], *, gold: Path | None, out: Path,
    progress: Callable[[str], None],
) -> Report:  # fmt: skip
    """Measure ``candidates`` (the first is the model under test) on ``families`` and on the segments of ``gold``.

    Writes ``report.json``, ``report.html`` and ``errors.jsonl`` in ``out``. The same candidates on the same families
    give the same bytes.
    """
    from crible_training.evaluation.report import html  # draws: matplotlib loads when used

    sets = [corpus_set(families)]
    if gold is not None:
        sets.append(gold_set(gold))
    told, mistakes = [], []
    for items in sets:
        figures, wrong = measure(items, candidates, robust=items is sets[0], progress=progress)
        told.append(figures)
        mistakes += wrong
    figures = {
        "format": FORMAT, "draws": DRAWS, "seed": SEED, "candidates": [c.name for c in candidates],
        "targets": {name: {"at": at, "value": value} for name, (at, value) in TARGETS.items()},
        "sets": told,
    }  # fmt: skip
    report = Report(_rounded(figures), mistakes, out)
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.figures, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    (out / "report.json").write_text(text, encoding="utf-8")
    write_errors(mistakes, out / "errors.jsonl")
    progress("rapport")
    (out / "report.html").write_text(html(report.figures, mistakes), encoding="utf-8")
    return report


def measure(
    items: EvaluationSet, candidates: Sequence[Candidate], *, robust: bool, progress: Callable[[str], None]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The figures of a set, and the errors of the first candidate on it."""
    if len({c.name for c in candidates}) < len(candidates):
        raise ValueError("two candidates have one name")
    clusters = int(items.cluster.max(initial=-1)) + 1
    weight = draws(clusters)
    found = pairs(items)
    answers = {}
    for candidate in candidates:
        progress(f"{items.name} : {candidate.name}")
        answers[candidate.name] = items.predict(candidate)
    results, drawn = {}, {}
    for candidate in candidates:
        answer = answers[candidate.name]
        results[candidate.name], drawn[candidate.name] = _result(items, answer, weight, found)
        if robust:
            results[candidate.name]["robustness"] = _robustness(
                items, candidate, drawn[candidate.name], weight, progress
            )
    first = candidates[0].name
    results[first]["over"] = {
        other: {name: interval(drawn[first][name] - drawn[other][name]) for name in ("micro_f1", "macro_f1")}
        for other in list(drawn)[1:]
    }
    wrong = errors(items, answers[first], judge(items, answers[first]))
    names = list(labels())
    positives = items.truth.sum(axis=0)
    told = {
        "name": items.name, "segments": len(items.truth),
        "families": len({t["family"] for t in items.told if "family" in t}), "clusters": clusters,
        "ordinary": int(items.unlabelled.sum()),
        "ordinary_traps": sum(bool(trap) for trap, free in zip(items.trap, items.unlabelled, strict=True) if free),
        "positives": int(positives.sum()),
        "keyword_free": int(items.keyword_free.sum()), "labels": int((positives > 0).sum()),
        "results": results,
        "commonest": _without_commonest(items, answers, int(positives.argmax())),
        "errors": {
            kind: {name: n for name in names if (n := sum(e["kind"] == kind and e["label"] == name for e in wrong))}
            for kind in KINDS
        },
    }  # fmt: skip
    return told, wrong


def _result(
    items: EvaluationSet, answer: Predicted, weight: Any, found: Sequence[Pair]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures of one candidate, and the draws of its headline."""
    judged = judge(items, answer)
    counted = tallies(items, answer, judged)
    sums = summed(weight, by_cluster(counted, items.cluster, weight.shape[1]))
    figures = headline(sums)
    calibration = {}
    for name, mask in (("all", ~items.optional), ("decided", judged.right | judged.false)):
        error, calibration[name] = _calibration(items, answer, mask, weight)
        figures["ece" if name == "all" else f"ece_{name}"] = error
    by_label = label_figures(sums)
    by_label["aupr"] = np.stack(
        [
            average_precision(truth[~free], probability[~free], items.cluster[~free], weight)
            for truth, probability, free in zip(items.truth.T, answer.probability.T, items.optional.T, strict=True)
        ],
        axis=-1,
    )  # fmt: skip
    figures["macro_aupr"] = mean_over(by_label["aupr"], ~np.isnan(by_label["aupr"]))
    decided = judged.right | judged.false
    told: dict[str, Any] = {
        "headline": {name: interval(values) for name, values in figures.items()},
        "labels": {
            label: {
                "positives": int(items.truth[:, i].sum()), "keyword_free": int(items.keyword_free[:, i].sum()),
                **{n: int(getattr(judged, n)[:, i].sum()) for n in ("right", "false", "missed")},
                **{name: interval(values[:, i]) for name, values in by_label.items()},
            }
            for i, label in enumerate(labels())
        },
        "groups": _points(group_figures(sums)),
        "how": _points(how_figures(sums)),
        "slices": slices(items, counted, weight),
        "calibration": calibration,
        "coverage_risk": coverage_risk(answer.probability[decided], judged.right[decided]),
        "confusion": {
            "how": confusion(items, answer, judged), "actor": actors_confused(items, answer, judged),
        },
        "pairs": pair_scores(found, answer),
    }  # fmt: skip
    told["verdicts"] = {name: verdict(name, told["headline"][name]) for name in TARGETS}
    return told, figures


def _calibration(items: EvaluationSet, answer: Predicted, mask: Any, weight: Any) -> tuple[Any, dict[str, Any]]:
    probability = answer.probability[mask].astype(np.float64)
    cluster = np.broadcast_to(items.cluster[:, None], mask.shape)[mask]
    bins = equal_mass_bins(probability)
    sums = calibration_sums(probability, items.truth[mask], bins, cluster, weight.shape[1])
    drawn = np.tensordot(weight, sums, axes=1)
    error = calibration_error(drawn)
    return error, {"ece": interval(error), "points": reliability(drawn[0])}


def _robustness(
    items: EvaluationSet, candidate: Candidate, clean: dict[str, Any], weight: Any, progress: Callable[[str], None]
) -> dict[str, Any]:
    told = {}
    for name in CHANGES:
        progress(f"{items.name} : {candidate.name}, {name}")
        answer = items.predict(candidate, perturbed(items.clauses, name))
        counted = tallies(items, answer, judge(items, answer))
        figures = headline(summed(weight, by_cluster(counted, items.cluster, weight.shape[1])))
        told[name] = {
            **{figure: interval(figures[figure]) for figure in ("micro_f1", "micro_recall", "false_per_1000")},
            "drop": interval(clean["micro_f1"] - figures["micro_f1"]),
        }
    return told


def _without_commonest(items: EvaluationSet, answers: dict[str, Predicted], commonest: int) -> dict[str, Any]:
    """One label may hold half of the positives: micro-F1 without it."""
    rest = np.arange(len(labels())) != commonest
    found = {}
    for name, answer in answers.items():
        judged = judge(items, answer)
        found[name] = float(f1(*(getattr(judged, kind)[:, rest].sum() for kind in ("right", "false", "missed"))))
    return {
        "label": list(labels())[commonest], "positives": int(items.truth[:, commonest].sum()), "micro_f1": found
    }  # fmt: skip


def verdict(name: str, figure: dict[str, float | None]) -> str:
    """Whether a target is met, and whether other authorities might have said otherwise."""
    at, wanted = TARGETS[name]
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "unknown"
    meets = [low is not None and _meets(at, low, wanted), high is not None and _meets(at, high, wanted)]
    if _meets(at, value, wanted):
        return "met" if all(meets) else "met_within_noise"
    return "missed_within_noise" if any(meets) else "missed"


def _meets(at: str, value: float, wanted: float) -> bool:
    return value >= wanted if at == "least" else value <= wanted


def _points(figures: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The set as it is, without its draws."""
    return {
        key: {name: int(v[0]) if name in ("positives", "findings") else float(v[0]) for name, v in found.items()}
        for key, found in figures.items()
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value
