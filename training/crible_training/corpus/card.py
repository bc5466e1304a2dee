"""The data card: what the corpus is, what it holds, how far two readers agree on it. Made from the counts."""

from __future__ import annotations

from typing import Any

_HEAD = """# Data card: the clauses of `crible_training/corpus`

Clauses of our own writing, in families: one family is one way of saying one thing, in one to eight wordings. Written
for crible after its rubric (40 labels, strengths, effects), for training and measuring; no text of a real tender, no
real person. Buyers, places and products are invented; names of providers and qualifications stand where a label is
about them. `second_reading.jsonl` holds the labels of a second reader, `settled.jsonl` what was
decided where the two differed, `agreement.json` how far they agreed before that. Licence: Apache-2.0, as the rest.

**Limits.** The writers knew the rubric and not the patterns; two real drafters differ more than two of our wordings do.
Traps and oblique wordings are far more frequent than in tenders; ordinary prose is a third of the corpus and nine
tenths of a tender. Mandatory wordings are two thirds of most labels. Both readers worked from the same rubric in the
same way: their agreement bounds from above what two strangers would reach.
"""


def data_card(found: dict[str, Any], agreed: dict[str, Any]) -> str:
    """Markdown, from :func:`crible_training.corpus.counts.counted` and
    :func:`crible_training.corpus.agreement.measured`."""
    lines = [
        _HEAD,
        f"{found['families']} families, {found['segments']} wordings, {found['unlabelled']} without a label, "
        f"{found['traps']} written as traps, {found['authorities']} invented authorities.\n",
        "| | |\n|---|---|",
        *(f"| {name} | {_counted(found[name])} |" for name in ("languages", "registers", "parts", "shapes")),
        f"| splits (families) | {_counted({k: v['families'] for k, v in found['splits'].items()})} |",
        f"| wordings that share {found['repetition']['words']} words in a row with another family | "
        f"{found['repetition']['shared']} |",
        f"| second reading, before the differences were settled | {agreed['wordings']} wordings, "
        f"same labels in {agreed['same_labels']}, "
        f"κ {agreed['kappa']} over all decisions, strength or effect the same in {agreed['same_how']} |\n",
        "| label | fr | en | other | families | oblique | strengths or effects | κ (positives of each reader) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for label, told in found["labels"].items():
        both = agreed["labels"][label]
        kappa = "–" if both["kappa"] is None else f"{both['kappa']} ({both['first']}, {both['second']})"
        lines.append(
            f"| `{label}` | {told['fr']} | {told['en']} | {told['other']} | {told['families']} | {told['oblique']} | "
            f"{_counted(told['how'])} | {kappa} |"
        )
    return "\n".join(lines) + "\n"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items(), key=lambda item: -item[1]))
