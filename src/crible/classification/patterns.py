"""The pattern detector: rules over concepts (``lexicon/rules.yaml``), evaluated clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from crible.classification.detector import Detection
from crible.classification.lexicon import Lexicon, Mention, load_lexicon, load_yaml
from crible.classification.named_products import named_products, product_detections
from crible.classification.obligation import Modality, Obligation, obligation
from crible.classification.params import params_of
from crible.classification.resolve import resolve
from crible.classification.segments import Clause
from crible.classification.taxonomy import FACT_LABELS, labels
from crible.classification.tickbox import read_boxes
from crible.errors import ConfigurationError
from crible.types import Strength

_KEYS = {"label", "from", "all", "none", "when", "within", "p", "params", "headings", "sections", "strength", "notes"}
_DEFAULT_WHEN: tuple[Modality, ...] = ("require", "prohibit", "permit")
# A concept found only around the clause is a weaker reason than one inside it.
CONTEXT_COST = 0.06
# Words from the first to the last concept of a rule: farther apart, they belong to different statements.
_WITHIN = 25


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that must be present: ``options`` are (concept, may stand in the context, how many places)."""

    options: tuple[tuple[str, bool, int], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    label: str
    all: tuple[Element, ...]
    none: frozenset[str]
    when: frozenset[str]
    within: int
    probability: float
    params: Mapping[str, Any] = field(default_factory=dict)
    headings: bool = False
    sections: frozenset[str] = frozenset()
    strength: Strength | None = None
    notes: tuple[str, ...] = ()

    @property
    def inside(self) -> list[frozenset[str]]:
        """Concepts of which one must stand in the clause itself, element by element."""
        return [frozenset(c for c, _, _ in e.options) for e in self.all if not any(ctx for _, ctx, _ in e.options)]


def _element(spec: str, lexicon: Lexicon) -> Element:
    options = []
    for part in spec.split("|"):
        context = part.endswith("~")
        name, _, count = part.rstrip("~").partition("#")
        if name not in lexicon.concepts:
            raise ConfigurationError(f"rules.yaml: unknown concept {name!r}")
        options.append((name, context, int(count or 1)))
    return Element(tuple(options))


@dataclass(frozen=True, slots=True)
class RuleBook:
    """``waived``: (target, elements, unless) of what a clause may set aside. ``under_heading``: (concept, label,
    probability) of clauses that speak of the topic named by their heading."""

    rules: tuple[Rule, ...]
    waived: tuple[tuple[str, tuple[Element, ...], frozenset[str]], ...]
    under_heading: tuple[tuple[str, str, float], ...]
    version: str


@cache
def load_rules() -> RuleBook:
    """The shipped rules. An unknown key, label or concept is an error."""
    lexicon = load_lexicon()
    data = load_yaml("lexicon", "rules.yaml")
    rules = []
    for raw in data["rules"]:
        if unknown := set(raw) - _KEYS:
            raise ConfigurationError(f"rules.yaml: unknown key {sorted(unknown)}; allowed: {sorted(_KEYS)}")
        if raw["label"] not in labels():
            raise ConfigurationError(f"rules.yaml: unknown label {raw['label']!r}")
        for name in raw.get("none", ()):
            if name not in lexicon.concepts:
                raise ConfigurationError(f"rules.yaml: unknown concept {name!r}")
        if not any("~" not in element for element in raw["all"]):
            raise ConfigurationError(f"rules.yaml: {raw['label']}: no element must stand in the clause itself")
        rules.append(
            Rule(
                label=raw["label"],
                all=tuple(_element(e, lexicon) for e in raw["all"]),
                none=frozenset(raw.get("none", ())),
                when=frozenset(raw.get("when", _DEFAULT_WHEN)),
                within=raw.get("within", _WITHIN),
                probability=raw["p"],
                params=raw.get("params", {}),
                headings=raw.get("headings", False),
                sections=frozenset(raw.get("sections", ())),
                strength=raw.get("strength"),
                notes=tuple(raw.get("notes", ())),
            )
        )
    waived = tuple(
        (raw["target"], tuple(_element(e, lexicon) for e in raw["all"]), frozenset(raw.get("none", ())))
        for raw in data["waived"]
    )
    under_heading = tuple((raw["concept"], raw["label"], raw["p"]) for raw in data["under_heading"])
    return RuleBook(tuple(rules), waived, under_heading, str(data["version"]))


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the lexicon and the rules see in a clause, whose boxes to tick are put into words.

    ``around``: the concepts of what it may lean on. ``unfilled``: it has boxes and none is ticked.
    """

    clause: Clause
    mentions: Sequence[Mention] = ()
    around: frozenset[str] = frozenset()
    detections: Sequence[Detection] = ()
    unfilled: bool = False


class PatternDetector:
    """Concept rules, named products and tick boxes. Deterministic, explained by the words it matched."""

    kind = "patterns"

    def __init__(self) -> None:
        self._lexicon = load_lexicon()
        self._book = load_rules()
        self.version = self._book.version
        self.versions: Mapping[str, str] = {self.kind: self.version}
        self._headings: dict[str, list[Detection]] = {}
        # A rule can only fire where one of its concepts stands: look rules up by their most specific element.
        self._by_concept: dict[str, list[int]] = {}
        for i, rule in enumerate(self._book.rules):
            rarest: frozenset[str] = min(rule.inside, key=len)
            for concept in sorted(rarest):
                self._by_concept.setdefault(concept, []).append(i)

    def detect(self, clauses: Sequence[Clause]) -> list[list[Detection]]:
        return [list(sighting.detections) for sighting in self.look(clauses)]

    def probabilities(self, clauses: Sequence[Clause]) -> Any:
        order = {label: i for i, label in enumerate(labels())}
        found = np.zeros((len(clauses), len(order)), dtype=np.float32)
        for row, detections in enumerate(self.detect(clauses)):
            for detection in sorted(detections, key=lambda d: d.probability):
                found[row, order[detection.label]] = detection.probability
        return found

    def look(self, clauses: Sequence[Clause]) -> list[Sighting]:
        """The detections of each clause with the concepts they rest on."""
        contexts: dict[str, frozenset[str]] = {}
        found: list[Sighting] = []
        for clause in clauses:
            if is_beside_the_contract(clause):
                found.append(Sighting(clause))
                continue
            key = clause.context
            if key not in contexts:
                if len(contexts) > 5000:  # contexts repeat from clause to clause, not across a whole tender
                    contexts.clear()
                contexts[key] = frozenset(m.concept for m in self._lexicon.mentions(key))
            around = contexts[key] | {"gdpr_terms"} if clause.part == "ANNEX_GDPR" else contexts[key]
            boxes = read_boxes(clause.text)
            said = clause if boxes is None else replace(clause, text=boxes.text)
            mentions = self._lexicon.mentions(said.text)
            detections = self._clause(said, mentions, around)
            unfilled = boxes is not None and not boxes.filled
            found.append(
                Sighting(said, mentions, around, printed_only(detections) if unfilled else detections, unfilled)
            )
        return found

    def _clause(self, clause: Clause, mentions: list[Mention], context: frozenset[str]) -> list[Detection]:
        places = _places(mentions)
        fitting = self._fitting(clause, places, context)
        topics = self._topics(clause)
        named = [] if clause.is_heading else named_products(clause.text)
        waivers = [] if clause.is_heading else self._waivers(places, context)
        if not (fitting or topics or named or waivers):
            return []  # most clauses of a tender: their strength need not be read
        speech = obligation(clause)
        found = self._matches(fitting, clause, mentions, speech)
        already = {d.label for d in found}
        if speech.modality == "waive":
            found += waivers
        else:
            found += [d for d in topics if d.label not in already]
        found += product_detections(named, clause, mentions, speech)
        return resolve(found, clause, speech, mentions)

    def _fitting(
        self, clause: Clause, places: Mapping[str, list[Mention]], context: frozenset[str]
    ) -> list[tuple[Rule, tuple[str, ...], int]]:
        """Rules whose concepts stand in the clause, with the words met and how many were borrowed from the context."""
        found = []
        for rule in (self._book.rules[i] for i in sorted({i for c in places for i in self._by_concept.get(c, ())})):
            if clause.is_heading and not rule.headings:
                continue
            if rule.none & places.keys() or (rule.sections and clause.section not in rule.sections):
                continue
            if (match := _match(rule.all, rule.within, places, context)) is not None:
                found.append((rule, *match))
        return found

    def _matches(
        self, fitting: list[tuple[Rule, tuple[str, ...], int]], clause: Clause, mentions: list[Mention],
        speech: Obligation,
    ) -> list[Detection]:  # fmt: skip
        best: dict[tuple[str, str], Detection] = {}
        for rule, cues, borrowed in fitting:
            if speech.modality not in rule.when:
                continue
            params = {**rule.params, **params_of(rule.label, clause, mentions, speech)}
            detection = Detection(
                rule.label, round(rule.probability - CONTEXT_COST * borrowed, 3), cues, params, rule.strength,
                notes=rule.notes,
            )  # fmt: skip
            key = (rule.label, str(params.get("kind", "")))
            if key not in best or best[key].probability < detection.probability:
                best[key] = _merged(detection, best.get(key))
            else:
                best[key] = _merged(best[key], detection)
        return list(best.values())

    def _topics(self, clause: Clause) -> list[Detection]:
        """Labels that the innermost heading gives to the clauses under it, whatever their words."""
        if clause.is_heading or clause.section not in ("requirement", "price") or not clause.heading:
            return []
        innermost = clause.heading.rsplit(" > ", 1)[-1]
        if innermost not in self._headings:
            if len(self._headings) > 5000:  # headings repeat from clause to clause, not across many tenders
                self._headings.clear()
            concepts = {m.concept for m in self._lexicon.mentions(innermost)}
            self._headings[innermost] = [
                Detection(label, probability, (innermost,), notes=("FROM_HEADING",))
                for concept, label, probability in self._book.under_heading
                if concept in concepts
            ]
        return self._headings[innermost]

    def _waivers(self, places: Mapping[str, list[Mention]], context: frozenset[str]) -> list[Detection]:
        found: dict[str, Detection] = {}
        for target, elements, unless in self._book.waived:
            match = None if unless & places.keys() else _match(elements, _WITHIN, places, context)
            if match is not None and target not in found:
                found[target] = Detection(
                    "ad_requirement_waived", round(0.87 - CONTEXT_COST * match[1], 3), match[0], {"target": target}
                )
        return list(found.values())


def is_beside_the_contract(clause: Clause) -> bool:
    """Hosting words of the rules of submission speak of the buyer profile (rubric B.2); a question of a bidder
    requires nothing: the answer that follows it does, and keeps it as its lead."""
    if clause.section in ("bid_submission", "bidder_data_notice"):
        return True
    return clause.part == "QA" and clause.text.rstrip().endswith("?")


def printed_only(found: Sequence[Detection]) -> list[Detection]:
    """What a line of boxes says when nobody ticked any."""
    return [_unfilled(d) for d in found if d.label not in FACT_LABELS and "FROM_HEADING" not in d.notes]


def _unfilled(detection: Detection) -> Detection:
    """A printed option that nobody ticked: shown, never counted (rubric B.10.14)."""
    notes = (*detection.notes, "TEMPLATE_UNFILLED")
    if labels()[detection.label].adverse:
        return replace(detection, effect="non_operative", notes=notes)
    return replace(detection, strength="informative", notes=notes)


def _merged(detection: Detection, other: Detection | None) -> Detection:
    """The surer of two readings of one label, with the particulars of both."""
    if other is None:
        return detection
    params = {**other.params, **detection.params}
    for name in set(other.params) & set(detection.params):
        a, b = other.params[name], detection.params[name]
        if isinstance(a, list) and isinstance(b, list):
            params[name] = [*b, *(x for x in a if x not in b)]
    cues = tuple(dict.fromkeys((*detection.cues, *other.cues)))
    return replace(detection, cues=cues, params=params, notes=tuple(dict.fromkeys((*detection.notes, *other.notes))))


def _places(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    places: dict[str, list[Mention]] = {}
    for mention in mentions:
        places.setdefault(mention.concept, []).append(mention)
    return places


def _match(
    elements: Sequence[Element], within: int, places: Mapping[str, list[Mention]], context: frozenset[str]
) -> tuple[tuple[str, ...], int] | None:
    """The words that satisfy every element, and how many were borrowed from the context; None when one is missing."""
    chosen: list[list[Mention]] = []
    borrowed = 0
    for element in elements:
        here: list[Mention] = []
        for concept, _, count in element.options:
            found = places.get(concept, [])
            if len({m.first for m in found}) >= count:
                here.extend(found)
        if here:
            chosen.append(here)
        elif any(from_context and concept in context for concept, from_context, _ in element.options):
            borrowed += 1
        else:
            return None
    span = _closest(chosen)
    if span is None or span[1] > within:
        return None
    return span[0], borrowed


_TRIES = 400  # combinations looked at for one rule; a clause that repeats a word fifty times needs no more


def _closest(chosen: list[list[Mention]]) -> tuple[tuple[str, ...], int] | None:
    """The choice of one mention per element that stands closest together: its words and its length in words."""
    if not chosen:
        return None
    best: tuple[int, tuple[Mention, ...]] | None = None
    trimmed = [m[:8] for m in chosen]
    for n, combination in enumerate(product(*trimmed)):
        length = max(m.last for m in combination) - min(m.first for m in combination)
        if best is None or length < best[0]:
            best = (length, combination)
        if n >= _TRIES:
            break
    assert best is not None
    words = tuple(dict.fromkeys(m.words for m in sorted(best[1], key=lambda m: m.first)))
    return words, best[0]
