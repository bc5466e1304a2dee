"""How far the scores of a fitted model are to be trusted, learned on families that it has not seen.

Five models, each fitted without a fifth of the authorities, score that fifth. One logistic regression over all
decisions (clause × label) turns scores into probabilities: a slope and a trust in the patterns that all labels share,
since a label alone has too few positives, and an offset for each label, held near the others' by the regularisation
(Platt 1999). Then, label by label, the probability from which findings are right often enough to be used without a
person's eye, with its confidence (risk control: Clopper-Pearson bound, thresholds tried from the highest down, so that
none is chosen by luck: Angelopoulos et al., *Learn then Test*, 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

from crible.classification.detector import FLOOR
from crible.classification.fusion import NEVER
from crible.classification.linear import CLIP, LinearModel, patterns_in
from crible.classification.taxonomy import labels
from crible_training import SEED
from crible_training.corpus import Family
from crible_training.fit import Examples, examples, fit, rows_of
from crible_training.splits import FOLDS, fold_of

# At most one automatic finding in four is false, three blockers in twenty, each said with nine chances in ten of being
# true.
FALSE_FINDINGS, FALSE_BLOCKERS, CONFIDENCE = 0.25, 0.15, 0.9
# Where a pattern sees a label that the models hold for unlikely, it is dropped only if that loses at most one positive
# in fifty of those that patterns see: « not found » must be worth something.
LOST = 0.02
# Families decided for a label, under which its threshold is that of its group: five in a row right say nothing.
FEW_FAMILIES = 12
# … and from which a bound that does not hold ends the search.
ENOUGH_FAMILIES = 30
# Traps are a sixth of the families that we wrote, so that the model meets them; tenders hold far fewer.
TRAP_WEIGHT = 0.25
# An offset is worth half a unit: with the regularisation, a label moves away from the others only when it must.
_OFFSET = 0.5
_TRIED = np.round(np.arange(0.99, 0.49, -0.01), 2)


@dataclass(frozen=True, slots=True)
class Unseen:
    """The training families scored by models that have not seen them. ``raw``: the weighted sum of each label, a row a
    wording; ``rows``: their columns, for what the patterns saw."""

    given: Examples
    raw: Any
    rows: Any


def out_of_fold(families: Sequence[Family], model: LinearModel, progress: Callable[[str], None]) -> Unseen:
    """Fit a model on all folds but one, score that one, for each of the five."""
    given = examples(families)
    fold = np.array([fold_of(family) for family in families])[given.families]
    raw = np.zeros(given.targets.shape, dtype=np.float32)
    for k in range(FOLDS):
        progress(f"fold {k + 1} of {FOLDS}")
        held = fold == k
        partial = fit(given.some(~held), version=model.version)
        raw[held] = partial.scores(rows_of(given.some(held), partial.idf)).raw
    return Unseen(given, raw, rows_of(given, model.idf))


def calibrate(model: LinearModel, unseen: Unseen) -> LinearModel:
    """The same model with probabilities and thresholds learned on families that it, or its like, has not seen."""
    given = unseen.given
    seen, odds = patterns_in(unseen.rows)
    (slope, *trust), shift = platt([np.clip(unseen.raw, -CLIP, CLIP), seen, odds], given)
    fitted = replace(model, slope=slope, trust=(trust[0], trust[1]), shift=shift)
    likely = fitted.likely(unseen.raw, unseen.rows)
    sure, dropped = thresholds(likely, seen, given), doubt(likely, seen, given)
    return replace(fitted, sure=sure, doubt=dropped)


def platt(told: Sequence[Any], given: Examples) -> tuple[list[float], Any]:
    """One weight for each of ``told`` (arrays of wordings × labels) and one offset per label, that make probabilities
    of their sum."""
    count = given.targets.shape[1]
    columns = sparse.csr_matrix(np.stack([array.ravel() for array in told], axis=1))
    which = sparse.csr_matrix(np.tile(np.eye(count, dtype=np.float32) * _OFFSET, (len(given.targets), 1)))
    line = LogisticRegression(C=1.0, max_iter=2000, random_state=SEED)
    weights = np.repeat(np.where(given.traps, TRAP_WEIGHT, 1.0), count)
    line.fit(sparse.hstack([columns, which], format="csr"), given.targets.ravel(), sample_weight=weights)
    weight = line.coef_[0]
    shift = (line.intercept_[0] + _OFFSET * weight[len(told) :]).astype(np.float32)
    return [float(w) for w in weight[: len(told)]], shift


def doubt(probability: Any, seen: Any, given: Examples) -> float:
    """The highest probability under which a label that a pattern saw can be dropped without losing more than LOST of
    the positives, with its confidence; 0 when none can."""
    right = (seen > 0) & (given.targets == 1)
    families = np.bincount(given.families, weights=right.sum(axis=1))
    some = families > 0
    best = 0.0
    for tried in np.arange(0.01, 0.5, 0.01):
        lost = np.bincount(given.families, weights=(right & (probability < tried)).sum(axis=1))
        if upper_bound(float((lost[some] / families[some]).sum()), int(some.sum()), CONFIDENCE) > LOST:
            break
        best = round(float(tried), 2)
    return best


def thresholds(probability: Any, seen: Any, given: Examples) -> Any:
    """Thresholds (2, labels): where a pattern saw the label too, and where the model is alone."""
    names = list(labels())
    found = np.full((2, len(names)), NEVER, np.float32)
    for row, mine in enumerate((seen > 0, seen == 0)):
        shown = np.where(mine, probability, 0)
        for i, name in enumerate(names):
            adverse = labels()[name].adverse
            columns = [i]
            if _decided(shown, given, columns, float(_TRIED[-1]))[0] < FEW_FAMILIES:
                columns = [k for k, label in enumerate(labels().values()) if label.adverse == adverse]
            found[row, i] = _threshold(shown, given, columns, FALSE_BLOCKERS if adverse else FALSE_FINDINGS)
    return found


def _threshold(probability: Any, given: Examples, columns: list[int], bound: float) -> float:
    """The lowest probability, tried from the highest down, at which the share of false findings is under ``bound``."""
    best = NEVER
    for tried in _TRIED:
        decided, false = _decided(probability, given, columns, float(tried))
        if upper_bound(false, decided, CONFIDENCE) <= bound:
            best = float(tried)
        elif decided >= ENOUGH_FAMILIES:  # with fewer, one error decides: the sequence begins lower down
            break
    return best


def _decided(probability: Any, given: Examples, columns: list[int], threshold: float) -> tuple[float, float]:
    """Families with a finding of these labels at the threshold, and how many of them are false: a family whose
    findings are false one time in four counts for a quarter, and a trap for what traps weigh."""
    hit = probability[:, columns] >= threshold
    wrong = hit & (given.targets[:, columns] == 0)
    size = int(given.families.max()) + 1
    findings = np.bincount(given.families, weights=hit.sum(axis=1), minlength=size)
    false = np.bincount(given.families, weights=wrong.sum(axis=1), minlength=size)
    weight = np.where(np.bincount(given.families, weights=given.traps, minlength=size) > 0, TRAP_WEIGHT, 1.0)
    some = findings > 0
    return float(weight[some].sum()), float((weight[some] * false[some] / findings[some]).sum())


def upper_bound(errors: float, tries: float, confidence: float) -> float:
    """The largest error rate that ``errors`` in ``tries`` leave plausible (Clopper and Pearson 1934, one-sided)."""
    return 1.0 if errors >= tries else float(beta.ppf(confidence, errors + 1, tries - errors))


def bounds(probability: Any, sure: Any, given: Examples) -> dict[str, Any]:
    """What the families bear out of each label, for the model's card.

    ``sure``: the probability of automatic use where a pattern saw the label too, and where the model is alone; None
    when there is none. ``false``: the bound on the share of false ones
    among findings at or above it. ``missed``: the largest share of positives without a finding that is plausible, at
    the same confidence: what « not found » is worth.
    """
    found: dict[str, Any] = {"confidence": CONFIDENCE, "labels": {}}
    for i, (name, label) in enumerate(labels().items()):
        positive = given.targets[:, i] == 1
        size = int(given.families.max()) + 1
        of_family = np.bincount(given.families[positive], minlength=size)
        missed = np.bincount(given.families[positive & (probability[:, i] < FLOOR)], minlength=size)
        some = of_family > 0
        share = float((missed[some] / of_family[some]).sum())
        from_ = [round(float(s), 2) if s < NEVER else None for s in sure[:, i]]
        found["labels"][name] = {
            "sure": from_,
            "false": FALSE_BLOCKERS if label.adverse else FALSE_FINDINGS,
            "families": int(some.sum()),
            "missed": round(upper_bound(share, int(some.sum()), CONFIDENCE), 2) if some.any() else None,
        }
    return found
