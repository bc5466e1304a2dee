"""Patterns, the linear model and, where it is given, the encoder as one detector.

The patterns are signs among others to the models, whose score is the score; they bring the particulars, the exclusions
of the rubric, and the words that a reviewer is shown. The encoder reads the clauses in which a pattern or the gate of
the linear model sees that a label may stand (a cascade), or all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from crible.classification.artefacts import verified
from crible.classification.detector import FLOOR, Detection
from crible.classification.encoder import ClauseReader
from crible.classification.features import features, named_columns
from crible.classification.fusion import GRAVE, TO_CONFIRM, Fusion, alone
from crible.classification.likeness import Likenesses
from crible.classification.linear import LinearModel, load_model, patterns_in, softmax, top_words
from crible.classification.named_products import named_products
from crible.classification.obligation import Obligation, obligation
from crible.classification.params import params_of
from crible.classification.patterns import PatternDetector, Sighting, is_beside_the_contract, printed_only
from crible.classification.resolve import resolve
from crible.classification.segments import Clause
from crible.classification.taxonomy import FACT_LABELS, labels

# Clauses scored together: 270 columns each, a few megabytes.
_AT_ONCE = 2000
_TOO_SHORT = 4  # words
_PLACES = frozenset({"ho_location_france", "ho_location_eu", "ho_multi_dc_france"})
# Where people are, « 69365 Lyon cedex 07 », or where goods go: « livraison en France métropolitaine ».
_OTHER_PLACE = re.compile(r"\b\d{5}\s+[A-ZÀ-Ý]|\b[Ll]ivraisons?\b")
# Labels that name a thing which may be said to be absent; the others name a requirement.
DENIABLE = ("ds_", "ho_hosting_in_scope", "dp_health_data", "dp_sensitive_data")
# A head that is surer than this speaks for the strength or effect; otherwise the cues do.
_HEAD_SURE = 0.6


@cache
def shipped_model() -> LinearModel:
    """The model of this version of crible. Raises ConfigurationError when it is missing or not the one published."""
    return load_model(verified("linear"))


@dataclass(frozen=True, slots=True)
class SecondReader:
    """The encoder, what it is worth beside the linear model, and whether it reads only what the gate lets through."""

    encoder: ClauseReader
    fusion: Fusion
    likenesses: Likenesses | None = None
    gated: bool = True


@dataclass(frozen=True, slots=True)
class _Scored:
    """Clauses, a row of each array for each: columns of the linear model, probabilities of the labels and of the
    classes of each head; ``heard``: whether the linear model holds a label for likely; ``vectors``: those of the
    rows that the encoder read, by row."""

    sightings: list[Sighting]
    speeches: list[Obligation]
    rows: Any
    said: Any
    heard: Any
    heads: dict[str, Any]
    vectors: dict[int, Any]


class CombinedDetector:
    """What ``crible score`` uses."""

    def __init__(self, model: LinearModel | None = None, second: SecondReader | None = None) -> None:
        self._model = model or shipped_model()
        self._second = second
        self._patterns = PatternDetector()
        self.kind = "linear" if second is None else "cascade" if second.gated else "encoder"
        read_by = {} if second is None else {"encoder": second.encoder.version}
        self.versions: Mapping[str, str] = {
            "patterns": self._patterns.version, "linear": self._model.version, **read_by
        }  # fmt: skip
        self.version = self.versions["linear" if second is None else "encoder"]

    @property
    def encoder(self) -> ClauseReader | None:
        """What reads closely, where there is one."""
        return self._second.encoder if self._second is not None else None

    def detect(self, clauses: Sequence[Clause]) -> list[list[Detection]]:
        found: list[list[Detection]] = [[] for _ in clauses]
        for places, scored in self._scored(clauses):
            denying = np.array([speech.modality == "prohibit" for speech in scored.speeches])
            for n in ((scored.said.max(axis=1) >= FLOOR) | denying).nonzero()[0].tolist():
                found[places[n]] = self._clause(scored, n, scored.said[n].tolist())
        return found

    def probabilities(self, clauses: Sequence[Clause]) -> Any:
        found = np.zeros((len(clauses), len(labels())), dtype=np.float32)
        for places, scored in self._scored(clauses):
            found[places] = scored.said
        return found

    def _scored(self, clauses: Sequence[Clause]) -> Iterator[tuple[list[int], _Scored]]:
        places = [i for i, clause in enumerate(clauses) if not is_beside_the_contract(clause)]
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            yield some, self._read([clauses[i] for i in some])

    def _read(self, clauses: Sequence[Clause]) -> _Scored:
        sightings = self._patterns.look(clauses)
        speeches = [obligation(s.clause) for s in sightings]
        rows = features(sightings, speeches, dict(self._model.idf))
        scores = self._model.scores(rows)
        seen, odds = patterns_in(rows)
        likely, sure = scores.labels, np.where(seen > 0, *self._model.sure[:, None])
        heard, held, borne = likely >= FLOOR, (seen > 0) & (likely >= self._model.doubt), likely >= sure
        heads = {"strength": scores.strength, "effect": scores.effect, "actor": scores.actor}
        vectors: dict[int, Any] = {}
        at = self._through(clauses, seen, likely)
        if self._second is not None and len(at):
            fusion = self._second.fusion
            reading = self._second.encoder.read([clauses[n] for n in at.tolist()])
            knows = ~np.isnan(reading.labels)
            both = fusion.likely(scores.raw[at], np.where(knows, reading.labels, 0), seen[at], odds[at])
            likely[at] = np.where(knows, both, likely[at])
            held[at] &= likely[at] >= fusion.doubt
            borne[at] |= knows & (likely[at] >= np.where(seen[at] > 0, *fusion.sure[:, None]))
            for name, sums in reading.heads.items():
                heads[name][at] = (1 - fusion.heads) * heads[name][at] + fusion.heads * softmax(sums)
            vectors = dict(zip(at.tolist(), reading.vectors, strict=True))
        return _Scored(sightings, speeches, rows, _cautious(likely, held, borne), heard, heads, vectors)

    def _through(self, clauses: Sequence[Clause], seen: Any, likely: Any) -> Any:
        """The rows that the encoder reads: all, or those in which a pattern saw a label or the linear model does not
        rule one out, where it would be heard."""
        if self._second is None:
            return np.zeros(0, np.intp)
        if not self._second.gated:
            return np.arange(len(clauses))
        heard = np.array([_says_enough(clause) for clause in clauses])
        return ((seen.max(axis=1) > 0) | (heard & (likely.max(axis=1) >= self._second.fusion.opens))).nonzero()[0]

    def _clause(self, scored: _Scored, n: int, said: Sequence[float]) -> list[Detection]:
        sighting, speech, row = scored.sightings[n], scored.speeches[n], scored.rows[n]
        clause = sighting.clause
        given: list[Detection] = []
        for place, (label, probability) in enumerate(zip(labels(), said, strict=True)):
            seen = [d for d in sighting.detections if d.label == label]
            if seen and speech.modality == "prohibit" and label.startswith(DENIABLE):
                given += seen  # « aucune donnée de santé » is for the corpus a clause without the label
            elif probability < FLOOR:
                continue
            elif seen:
                given += [replace(d, probability=_with_caution(probability, d)) for d in seen]
            elif probability >= alone()[place] and _may_stand_alone(label, clause, scored.heard[n, place]):
                params = params_of(label, clause, sighting.mentions, speech)
                given.append(Detection(label, round(probability, 3), (), params, threshold=alone()[place]))
        judged = [self._with_heads(d, scored, n) for d in resolve(given, clause, speech, list(sighting.mentions))]
        judged = [self._explained(self._with_words(d, clause, row), scored.vectors.get(n)) for d in judged]
        return printed_only(judged) if sighting.unfilled else judged

    def _with_words(self, detection: Detection, clause: Clause, row: Any) -> Detection:
        """With the words that speak loudest, where no pattern brought its own."""
        if detection.cues:
            return detection
        words = top_words(self._model, row, detection.label, named_columns(clause))
        return replace(detection, cues=tuple(words))

    def _explained(self, detection: Detection, vector: Any | None) -> Detection:
        """With what read the clause: for the encoder, whose words do not tell, the wording that it found alike."""
        if vector is None or self._second is None:
            return replace(detection, by="linear")
        likenesses = self._second.likenesses
        like = likenesses.nearest(vector, detection.label) if likenesses is not None else None
        return replace(detection, by="encoder", like=like)

    def _with_heads(self, detection: Detection, scored: _Scored, n: int) -> Detection:
        """With the actor, and the strength or effect, of a head that is sure of it."""
        actor: Any = self._model.heads["actor"][int(scored.heads["actor"][n].argmax())]
        detection = replace(detection, actor=actor)
        if detection.label in FACT_LABELS or detection.notes or detection.effect is not None:
            return detection  # an effect that a rule has read stands: a false blocker is worse than a missed one
        if detection.params.get("conditional") or "delay_months" in detection.params:
            return detection  # required if, or later: the rubric says how firmly, and the heads take it for a wish
        head = "effect" if labels()[detection.label].adverse else "strength"
        chances = scored.heads[head][n]
        best = int(chances.argmax())
        if chances[best] < _HEAD_SURE:
            return detection
        said: Any = {head: self._model.heads[head][best]}
        return replace(detection, **said)


def _cautious(likely: Any, held: Any, borne: Any) -> Any:
    """Probabilities: where a pattern is held to against the models, the least that makes a finding, for a person to
    decide; under « used automatically » where the calibration families of neither model bear them out."""
    likely = np.where(held, np.maximum(likely, FLOOR), likely)
    return np.where(borne, likely, np.minimum(likely, TO_CONFIRM))


def _says_enough(clause: Clause) -> bool:
    """Whether the models may give a label that no pattern saw. A title announces and requires nothing; three words say
    too little; in a language that the corpus has not, they read noise."""
    return not clause.is_heading and len(clause.text.split()) >= _TOO_SHORT and clause.language != "other"


def _may_stand_alone(label: str, clause: Clause, heard: bool) -> bool:
    """Whether the models may give a label that no pattern saw: a provider is named or is not, a place may be another
    than that of the data, and what settles a verdict by itself is heard by the linear model too."""
    if label == "ad_named_exposed_provider" and not named_products(clause.text):
        return False
    if label in _PLACES and _OTHER_PLACE.search(clause.text):
        return False
    return _says_enough(clause) and (heard or label not in GRAVE)


def _with_caution(probability: float, seen: Detection) -> float:
    """A rule that leaves an adverse clause to a person is never overruled."""
    if labels()[seen.label].adverse and seen.probability <= TO_CONFIRM:
        probability = min(probability, TO_CONFIRM)
    return round(probability, 3)
