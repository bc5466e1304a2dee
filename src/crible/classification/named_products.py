"""Products and providers named in a clause (rubric E): imposed, merely spoken to, or already there."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from crible.classification.cues import compile_cues
from crible.classification.detector import Detection
from crible.classification.folding import fold
from crible.classification.lexicon import Concept, Lexicon, Mention, load_yaml, parse_phrase
from crible.classification.obligation import DESCRIPTIVE, Obligation
from crible.classification.segments import Clause
from crible.types import Effect
from crible_models import resource

# Gazetteer kinds whose product holds exchanges and documents of the buyer's people.
_COLLABORATION = ("messaging", "video", "mail", "files", "collab")
# Where bids go, and what the State runs for itself: neither is a product that a contract imposes.
_NOT_BOUGHT = ("e-procurement", "iaas (internal)")
# A row known only from memory may not block (rubric E.1): it stays under the 0.8 of B.6.
_SURE, _TO_CONFIRM, _FROM_MEMORY = 0.88, 0.7, 0.62
_CUES = ("interface", "meeting", "imposed", "used", "administered")


@dataclass(frozen=True, slots=True)
class Entity:
    id: str
    kind: str
    control: str
    exposure: str
    certainty: str


@cache
def _gazetteer() -> tuple[dict[str, Entity], Lexicon, dict[str, object]]:
    data = load_yaml("lexicon", "products.yaml")
    entities: dict[str, Entity] = {}
    names: dict[str, list[str]] = {}
    with resource("gazetteer.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            entities[row["id"]] = Entity(row["id"], row["type"], row["control"], row["exposure"], row["certainty"])
            # « Visio (DINUM) »: the bracket says which one is meant, it is not part of the name
            names[row["id"]] = [re.sub(r"\s*\(.*?\)", "", a).strip() for a in row["aliases"].split(";")]
    for extra in data["aliases"]:
        names[extra["entity"]] += extra["names"]
    never = set(data["never"])
    lexicon = Lexicon(
        Concept(entity, tuple({parse_phrase(a): None for a in aliases if a and a not in never}), frozenset())
        for entity, aliases in names.items()
    )
    cues: dict[str, object] = {name: compile_cues(data[name]) for name in _CUES}
    cues["ambiguous"] = {fold(a): a for a in data["ambiguous"]}
    cues["context"] = re.compile("|".join(r"\b" + re.escape(c) for c in data["context"]))
    return entities, lexicon, cues


def named_products(text: str) -> list[Mention]:
    """Names of the gazetteer met in a text, products or not; the longest at each place."""
    return _longest(_gazetteer()[1].mentions(text))


def product_detections(
    named: Sequence[Mention], clause: Clause, mentions: list[Mention], speech: Obligation
) -> list[Detection]:
    """Exposed providers and brands named by the clause, with the effect the wording gives them."""
    entities, _, cues = _gazetteer()
    if not named or speech.modality in ("disclose", "prohibit", "waive"):
        return []
    text = fold(clause.text)
    concepts = {m.concept for m in mentions}
    found: list[Detection] = []
    for mention in named:
        entity = entities[mention.concept]
        if entity.kind in _NOT_BOUGHT or not _is_product(mention, clause.text, text, cues):
            continue
        effect, probability = _effect(clause, text, concepts, speech, cues)
        params = {"entity_id": entity.id, "certainty": entity.certainty, "exposure": entity.exposure,
                  "role": _role(entity), "name": mention.words}  # fmt: skip
        if entity.exposure == "yes":
            sure = min(probability, _SURE if entity.certainty in ("V", "P") else _FROM_MEMORY)
            found.append(Detection("ad_named_exposed_provider", sure, (mention.words,), params, effect=effect))
        imposed = effect == "operative" and any(
            cues[name].search(text)  # type: ignore[attr-defined]
            for name in ("imposed", "used")
        )
        if imposed and "equivalent" not in concepts and not re.match(r"services|colocation|outsourcing", entity.kind):
            origin = "french" if entity.control.startswith("France") else "non_eu" if entity.exposure == "yes" else "eu"
            found.append(
                Detection("ad_brand_no_equivalent", min(probability, 0.84), (mention.words,),
                          {"brand": mention.words, "origin": origin}, effect="operative")
            )  # fmt: skip
        if (effect == "operative" and any(k in entity.kind for k in _COLLABORATION)) or (
            entity.id in _SUITES and imposed
        ):
            found.append(Detection("ds_collab_messaging", 0.8, (mention.words,), {"kind": _role(entity)}))
    return _one_per_label(found)


_SUITES = frozenset({"ms_365", "google_workspace"})


def _longest(mentions: list[Mention]) -> list[Mention]:
    """« AWS-Achat » is not AWS, « S3NS » is not Google: the longest name at a place wins."""
    return [
        m for m in mentions
        if not any(o is not m and o.first <= m.first and m.last <= o.last and o.last - o.first > m.last - m.first
                   for o in mentions)
    ]  # fmt: skip


_ADDRESS = re.compile(r"[-\w]*(\.[-\w]+)*\.(com|fr|eu|net|org|io|info)\b")


def _in_address(mention: Mention, text: str) -> bool:
    """The name stands in an address: « contact@aws-france.com » buys nothing."""
    return text[max(0, mention.start - 1) : mention.start] in ("@", "/") or bool(_ADDRESS.match(text[mention.end :]))


def _is_product(mention: Mention, raw: str, text: str, cues: dict[str, object]) -> bool:
    if _in_address(mention, text):
        return False
    written = cues["ambiguous"].get(fold(mention.words))  # type: ignore[attr-defined]
    if written is None:
        return True
    if mention.words != written and not raw.isupper():
        return False
    around = text[max(0, mention.start - 80) : mention.start] + text[mention.end : mention.end + 80]
    return cues["context"].search(around) is not None  # type: ignore[attr-defined]


def _effect(
    clause: Clause, text: str, concepts: set[str], speech: Obligation, cues: dict[str, object]
) -> tuple[Effect, float]:
    if clause.section in DESCRIPTIVE or speech.existing:
        return "non_operative", 0.85
    if cues["interface"].search(text) or cues["meeting"].search(text):  # type: ignore[attr-defined]
        return "non_operative", 0.8
    if "equivalent" in concepts:
        return "non_operative", 0.82
    said = {name for name in _CUES if cues[name].search(text)}  # type: ignore[attr-defined]
    if clause.section in ("criteria", "governance") or not said & {"imposed", "used"}:
        return "operative", 0.6  # named, but nothing says that it is imposed: a person decides
    return "operative", _SURE if "imposed" in said and "administered" not in said else _TO_CONFIRM


def _role(entity: Entity) -> str:
    if any(k in entity.kind for k in _COLLABORATION):
        return "messaging"
    return "host" if "iaas" in entity.kind else "saas"


def _one_per_label(found: list[Detection]) -> list[Detection]:
    best: dict[tuple[str, str], Detection] = {}
    for d in found:
        key = (d.label, str(d.params.get("entity_id", "")))
        if key not in best or best[key].probability < d.probability:
            best[key] = d
    return list(best.values())
