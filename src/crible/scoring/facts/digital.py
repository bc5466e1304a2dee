"""Is the purchase digital (rubric C.3)? The text decides; a code is one sign among others.

Every call speaks of a « plateforme de dématérialisation » and many of a « logiciel »: a clause counts where the object
is stated, or when such clauses are dense in the technical pieces.
"""

from __future__ import annotations

from collections.abc import Sequence

from crible.scoring.evidence import ranked
from crible.scoring.facts.cpv import CpvSignals
from crible.scoring.facts.lexicon import data, matches, patterns
from crible.scoring.facts.texts import body, folded_text, too_little_read
from crible.types import Dossier, Fact, Finding

_CERTAIN = 0.8
# Cabling and telephones in a building contract, or a tool on the side, do not make a digital purchase by their number.
_ON_THE_SIDE = ("ds_hardware_network", "ds_incidental")
# Clauses that say that data are hosted: with them an undecided call goes to a reviewer.
_HOSTING_LABELS = (
    "ho_hosting_in_scope", "ds_cloud_service", "ho_location_france", "ho_location_eu", "sv_secnumcloud", "dp_hds",
)  # fmt: skip
_HEAD_WORDS = 8


def find_digital(
    dossier: Dossier, findings: Sequence[Finding], in_object: frozenset[str], objects: Sequence[str], cpv: CpvSignals
) -> Fact:
    """``yes``, ``incidental``, ``no`` or ``unknown``, with the clauses it rests on.

    ``objects``: the phrases that state the object, folded, the title of the call first.
    """
    weights = data("cpv.yaml")["weights"]
    bought = [
        f
        for f in findings
        if f.label.startswith("ds_") and f.strength != "informative" and not f.negated and f.probability >= 0.5
    ]
    stated = [f for f in bought if f.id in in_object and f.probability >= _CERTAIN and f.label != "ds_incidental"]
    head_noun = _head_noun(objects[0])
    # A title of works settles it; otherwise any piece may say it better than the first.
    spoken = objects[:1] if head_noun else [phrase for phrase in objects if not _head_noun(phrase)]
    title_says = any(matches("title_digital", phrase) for phrase in spoken)
    dense = _dense(dossier, bought)
    said: list[str] = []
    score = 0.0

    def add(points: float, why: str) -> None:
        nonlocal score
        score += points
        said.append(f"{why} ({points:+g})")

    if cpv.main == "strong":
        add(weights["main_strong"], f"main CPV {cpv.codes[0]}")
    if "strong" in cpv.additional:
        add(weights["additional_strong"], "additional CPV")
    if title_says or (stated and not head_noun):
        add(weights["object"], "the object names something digital")
    elif dense:
        add(weights["object"], f"{len(dense)} clauses of the technical pieces buy something digital")
    if _digital_prices(dossier, bought, weights["price_share"]):
        add(weights["price_lines"], "digital lines in the price schedule")
    # Half a point changes nothing between two thresholds: the pieces are read for it only where it may count.
    may_count = score >= weights["yes_at"] - weights["it_terms"] or score % 1 == weights["it_terms"]
    if may_count and _speaks_of_it(dossier, weights["it_terms_at"]):
        add(weights["it_terms"], "vocabulary of the technical pieces")
    if cpv.main == "anti" and not stated:
        add(weights["anti"], f"main CPV {cpv.codes[0]}")
    if head_noun and not title_says:
        add(weights["head_noun"], "works, lodging, vehicles or guarding in the title")
    evidence = ranked(stated or dense)[:10]
    if foreign := _not_understood(dossier):
        return Fact("unknown", 0.5, evidence, f"most of the file is in a language that is not understood: {foreign}")
    why = "; ".join(said) or "no sign of a digital purchase"
    if score >= weights["yes_at"]:
        return Fact("yes", min(0.7 + 0.1 * score, 0.99), evidence, why)
    incidental = [f for f in bought if f.label == "ds_incidental" and f.probability >= _CERTAIN]
    if score >= weights["incidental_at"]:
        # The object speaks of it and nothing denies it: alone, it is the object.
        if (title_says or stated) and not head_noun and cpv.main in ("", "mixed", "neutral"):
            return Fact("yes", 0.75, evidence, why)
        return Fact("incidental", 0.6, evidence or ranked(incidental), why)
    if incidental:
        return Fact("incidental", 0.6, ranked(incidental), f"a digital tool on the side; {why}")
    if score < 0:
        return Fact("no", 0.95, evidence, why)
    hosted = [
        f
        for f in findings
        if f.label in _HOSTING_LABELS and f.strength in ("mandatory", "scored") and f.probability >= _CERTAIN
    ]
    if len({f.label for f in hosted}) >= 2 and not head_noun:
        return Fact("unknown", 0.5, ranked(hosted)[:10], f"clauses on hosting, and no digital object; {why}")
    if not head_noun and (hidden := too_little_read(dossier)):
        return Fact("unknown", 0.5, evidence, f"{hidden}; {why}")
    return Fact("no", 0.9 if head_noun or cpv.codes else 0.8, evidence, why)


def _not_understood(dossier: Dossier) -> str:
    """The language of most words when it is neither French nor English: its vocabulary is not known."""
    if all(document.language in ("fr", "en", None) for document in dossier.documents):
        return ""
    words: dict[str, int] = {}
    for document in dossier.documents:
        if document.language is not None:
            words[document.language] = words.get(document.language, 0) + document.words
    most = max(words, key=lambda language: (words[language], language), default="fr")
    return "" if most in ("fr", "en") else most


def _dense(dossier: Dossier, bought: Sequence[Finding]) -> list[Finding]:
    """The clauses that buy something digital, when the technical pieces are full of them."""
    weights = data("cpv.yaml")["weights"]
    technical = [d for d in dossier.documents if d.role in ("CCTP", "CCP")]
    pages = sum(max(d.pages_read, 1) for d in technical)
    paths = {d.path for d in technical}
    found = [
        f
        for f in bought
        if f.evidence.document in paths
        and f.label not in _ON_THE_SIDE
        and f.probability >= _CERTAIN
        and f.section == "requirement"
    ]
    needed = max(weights["dense_findings"], pages / weights["dense_pages"])
    return found if technical and len(found) >= needed else []


def _head_noun(folded: str) -> bool:
    head = " ".join(folded.split()[:_HEAD_WORDS])
    return matches("title_not_digital", head)


def _speaks_of_it(dossier: Dossier, at_least: int) -> bool:
    """Whether the technical pieces use so many distinct IT terms."""
    found: set[int] = set()
    terms = patterns("it_terms")
    for document in dossier.documents:
        if document.role in ("CCTP", "CCP"):
            for block in body(document):
                folded = folded_text(block.text)
                found |= {i for i, term in enumerate(terms) if i not in found and term.search(folded)}
                if len(found) >= at_least:
                    return True
    return False


def _digital_prices(dossier: Dossier, bought: Sequence[Finding], share: float) -> bool:
    """Whether enough lines of the price schedule buy something digital."""
    rows = sum(1 for d in dossier.documents if d.role == "BPU" for b in d.blocks if b.kind == "table_row")
    digital = {f.evidence.char for f in bought if f.part == "BPU"}
    return rows > 0 and len(digital) >= share * rows
