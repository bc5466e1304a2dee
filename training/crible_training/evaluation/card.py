"""The model cards: what a model is, what it was measured to do, and what nobody measured. Made from ``report.json`` and
from what the model's own files say, and from nothing else, so that they cannot say more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crible.classification.taxonomy import labels
from crible_training.evaluation.words import places_of

_FIGURES = {
    "macro_f1": "Macro-F1 (labels with positives)", "micro_f1": "Micro-F1", "micro_precision": "Micro-precision",
    "micro_recall": "Micro-recall", "macro_f1_with_empty": "Macro-F1, empty class included",
    "micro_f1_with_empty": "Micro-F1, empty class included", "exact_match": "Segments entirely right",
    "macro_aupr": "Macro-AUPR", "keyword_free_recall": "Recall on keyword-free positives",
    "strength_accuracy": "Strength right, given the label", "effect_accuracy": "Effect right, given the label",
    "actor_accuracy": "Actor right, given the label",
    "false_per_1000": "False findings per 1,000 ordinary segments", "adverse_precision": "Precision, adverse labels",
    "adverse_recall": "Recall, adverse labels", "ece": "ECE, all decisions", "ece_decided": "ECE, findings",
    "sure_share": "Findings at 0.80 or above", "sure_precision": "Precision at 0.80 or above",
    "band_segments": "Segments with a finding left to a person",
}  # fmt: skip
_SETS = {"corpus": "Corpus families", "gold": "Annotated segments of real tenders"}
_VERDICTS = {
    "met": "met", "met_within_noise": "met, interval crosses", "missed_within_noise": "missed, interval crosses",
    "missed": "missed", "unknown": "not measurable",
}  # fmt: skip
_TRAITS = {
    "register": "register", "part": "part", "language": "language", "length": "length", "shape": "shape",
    "oblique": "oblique wording", "trap": "trap", "ambiguous": "ambiguous",
}  # fmt: skip
_CHANGES = {
    "no_accents": "accents removed", "ocr_noise": "OCR noise, 2 % of the characters", "upper_case": "upper case",
    "hyphenation": "words cut at line ends", "hyphen_lost": "words cut, hyphen lost",
    "no_heading": "no heading above",
}  # fmt: skip
# Under this many positives an F1 says little: the label is named in the limits.
_FEW = 10


def model_card(report: Mapping[str, Any], model: Mapping[str, Any], name: str, what: str) -> str:
    """The card in Markdown. ``report``: what ``report.json`` holds; ``model``: what the model's files say; ``name``:
    the candidate of the report that the card is about; ``what``: what it is, in a paragraph."""
    lines = [
        f"# Model card: {name}, version {model['version']}",
        "",
        *_about(model, what),
        "## Intended use",
        "",
        "Finding, in French public tenders (and their English, German, Spanish, Italian or Dutch pieces), the clauses "
        "on digital scope, hosting, sovereignty, data protection and reversibility, with the words they stand on, so "
        "that a person checks them. A finding under 0.80 is left to a person. It indicates; a person decides.",
        "",
        "Not for: deciding alone that a tender is lawful or not, proving that a requirement is absent from a file that "
        "was not read whole, ranking buyers, other documents than tenders, other languages.",
        "",
    ]
    for told in report["sets"]:
        lines += _measured(told, report, name)
    lines += ["## Limits", "", *(f"- {line}" for line in _limits(report, model, name)), ""]
    return "\n".join(lines)


def _about(model: Mapping[str, Any], what: str) -> Iterator[str]:
    yield "## What it is"
    yield ""
    heads = ", ".join(f"{name} ({len(classes)})" for name, classes in model.get("heads", ()))
    yield f"{what} It answers for {len(model.get('labels', labels()))} labels" + (f" and: {heads}." if heads else ".")
    yield ""
    yield "## Data"
    yield ""
    yield (
        "Clauses of the project's own writing, in families of a few wordings. An authority stands in one part only: "
        "training, development or sealed. No text of a real tender was used for fitting."
    )
    yield ""
    for name in ("seed", "corpus", "lexicon"):
        if name in model:
            yield f"- {'SHA-256 of the ' if name != 'seed' else ''}{name}: `{model[name]}`"
    for name in ("base", "teacher", "recipe"):
        if name in model:
            yield f"- {name}: " + ", ".join(f"{key} {value}" for key, value in model[name].items())
    yield ""


def _measured(told: Mapping[str, Any], report: Mapping[str, Any], first: str) -> Iterator[str]:
    results, targets = told["results"], report["targets"]
    others = [c for c in results if c != first]
    groups = "authorities" if told["families"] else "documents"
    yield f"## Measured: {_SETS.get(told['name'], told['name'])}"
    yield ""
    yield (
        f"{told['segments']} segments of {told['clusters']} {groups}, {told['positives']} positives of "
        f"{told['labels']} labels, {told['keyword_free']} of them without any usual word of their label; "
        f"{told['ordinary']} segments without a label, {told['ordinary_traps']} of them traps. "
        f"Intervals at 95 %: {report['draws']} draws of {groups}."
        + ("" if told["families"] else " This set was read while the patterns were written: it is not held out.")
    )
    yield ""
    yield from _table(
        ["", first, "target", "", *others],
        [
            [
                name, _interval(results[first]["headline"][figure], places_of(figure)),
                _target(targets.get(figure)), _VERDICTS.get(results[first]["verdicts"].get(figure, ""), ""),
                *(_number(results[c]["headline"][figure]["value"], places_of(figure)) for c in others),
            ]
            for figure, name in _FIGURES.items()
        ],
    )  # fmt: skip
    commonest = told["commonest"]
    yield (
        f"Without `{commonest['label']}` ({commonest['positives']} positives): micro-F1 "
        + ", ".join(f"{c} {_number(v)}" for c, v in commonest["micro_f1"].items())
        + "."
    )
    yield ""
    yield "### By label"
    yield ""
    yield from _table(
        ["label", "positives", "precision", "recall", "F1", "AUPR", "keyword-free recall"],
        [
            [
                f"`{name}`", str(label["positives"]), _number(label["precision"]["value"], 2),
                _number(label["recall"]["value"], 2), _interval(label["f1"], 2), _number(label["aupr"]["value"], 2),
                _number(label["keyword_free_recall"]["value"], 2),
            ]
            for name, label in results[first]["labels"].items()
        ],
    )  # fmt: skip
    yield "### By slice"
    yield ""
    yield from _table(
        ["slice", "segments", "positives", "micro-F1"],
        [
            [f"{_TRAITS[trait]}: {name}", str(s["segments"]), str(s["positives"]), _interval(s["micro_f1"], 2)]
            for trait, classes in results[first]["slices"].items()
            for name, s in classes.items()
            if trait in _TRAITS and s["positives"]
        ],
    )
    yield "### Calibration"
    yield ""
    risk = results[first]["coverage_risk"]
    yield (
        f"Of {risk['findings']} findings, the surest {_number(risk['coverage_at_risk'], 2)} can be kept with at most "
        "one wrong in ten. The reliability and coverage–risk curves are in `report.html`."
    )
    yield ""
    if "robustness" in results[first]:
        yield "### Robustness"
        yield ""
        yield from _table(
            ["text", "micro-F1", "lost"],
            [
                [_CHANGES.get(change, change), _interval(r["micro_f1"]), _interval(r["drop"])]
                for change, r in results[first]["robustness"].items()
            ],
        )


def _limits(report: Mapping[str, Any], model: Mapping[str, Any], first: str) -> Iterator[str]:
    for told in report["sets"]:
        name = _SETS.get(told["name"], told["name"]).lower()
        result = told["results"][first]
        missed = [f for f, v in result["verdicts"].items() if v.startswith("missed")]
        if missed:
            yield f"Targets missed on the {name}: " + ", ".join(_FIGURES[f] for f in missed) + "."
        never = [f"`{n}`" for n, label in result["labels"].items() if not label["positives"]]
        few = [f"`{n}`" for n, label in result["labels"].items() if 0 < label["positives"] < _FEW]
        if never:
            yield f"Not measured on the {name}, for want of positives: {', '.join(never)}."
        if few:
            yield f"Fewer than {_FEW} positives on the {name}, so that the figure says little: {', '.join(few)}."
        if told["families"]:
            pairs = result["pairs"][0]
            apart = f"{_number(pairs['score'], 2)} told apart" if pairs["pairs"] else "not measured"
            yield (
                f"Minimal pairs (a trap and a positive with {pairs['overlap']:.0%} of their words in common): "
                f"{pairs['pairs']} in the {name}, {apart}."
            )
    if not any(told["name"] == "gold" for told in report["sets"]):
        yield "Not measured in this report: real tenders."
    yield "Ordinary segments are chosen, many of them traps: false findings on running text are not measured here."
    yield "The corpus has one origin: agreement of annotators, drift in time and other buyers' habits are not measured."
    never_alone = [f"`{n}`" for n, r in model.get("risk", {}).get("labels", {}).items() if r.get("sure") is None]
    if never_alone:
        yield f"Never used without a person's eye, for want of calibration families: {', '.join(never_alone)}."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join(["---", *["--:"] * (len(head) - 1)]) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _target(target: Mapping[str, Any] | None) -> str:
    return f"{'≥' if target['at'] == 'least' else '≤'} {target['value']:g}" if target else ""


def _number(value: float | None, places: int = 3) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _interval(figure: Mapping[str, Any], places: int = 3) -> str:
    if figure["low"] is None:
        return _number(figure["value"], places)
    return f"{_number(figure['value'], places)} [{_number(figure['low'], places)}, {_number(figure['high'], places)}]"
