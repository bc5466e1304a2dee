"""What the data are: personal, health, sensitive, strategic (rubric C.5)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crible.classification.folding import fold
from crible.scoring.evidence import resting_on
from crible.scoring.facts.cpv import CpvSignals
from crible.scoring.facts.lexicon import matches
from crible.scoring.facts.texts import body, folded_text, quoted, too_little_read
from crible.types import Dossier, Fact, Finding

# Certain enough to be a fact by itself (rubric B.6, C.5).
_CERTAIN = 0.8
_HEALTH_BUYERS = ("hospital", "pds", "social_security")
_PUBLIC_CARRIERS = ("state", "state_operator", "gip_listed", "pds", "hospital", "social_security")
_GRAVE = ("justice", "police", "tax", "social", "defence", "infrastructure", "business_secret")
_LARGE = ("state", "state_operator", "gip_listed", "pds", "hospital", "local_large", "social_security")
_PERSONAL_LABELS = (
    "dp_personal_data_terms", "dp_no_transfer_outside_eu", "dp_subprocessor_control", "dp_health_data",
    "dp_sensitive_data", "dp_hds",
)  # fmt: skip
_ACCOUNTS = re.compile(
    r"\bcomptes? (?:utilisateurs?|nominatifs?|personnels?|des (?:agents|usagers))\b|"
    r"\bdonnees (?:a caractere )?personnel(?:les)?\b|"
    r"\bannuaire des (?:agents|utilisateurs)\b|\brgpd\b"
)
_NO_PERSONAL = re.compile(
    r"\baucune donnees? (?:a caractere )?personnelles?\b|\bne (?:traite|comporte|contient) (?:pas|"
    r"aucune) [^.]{0,30}donnees? (?:a caractere )?personnel"
)
_LISTED_ANNEX = re.compile(r"\bannexes?\b|\bsous-trait")
# Sections where the word describes something else than the data of the service.
_ELSEWHERE = ("definition", "bidder_data_notice", "bid_submission")


def find_personal(dossier: Dossier, findings: Sequence[Finding]) -> Fact:
    """Whether personal data are processed: a clause on them, or user accounts."""
    named = [f for f in findings if f.label in _PERSONAL_LABELS and f.probability >= 0.5 and _of_the_service(f)]
    if named:
        return resting_on("yes", max(f.probability for f in named), named[:5], "clauses on personal data")
    for document in dossier.documents:
        if document.role in ("RC", "NOTICE", "OTHER"):
            continue
        for block in body(document):
            folded = folded_text(block.text)
            if _NO_PERSONAL.search(folded):
                said = (quoted(document, block),)
                return Fact("no", 0.8, why="a piece says that no personal data are processed", quotes=said)
            if _ACCOUNTS.search(folded):
                return Fact(
                    "yes", 0.7, why="user accounts or personal data are spoken of", quotes=(quoted(document, block),)
                )
    return Fact("unknown", 0.5, why="no clause on personal data found")


def _of_the_service(finding: Finding) -> bool:
    """The rules of consultation speak of the bidders' own data, except where they list the annex of the contract."""
    if finding.negated or finding.section in _ELSEWHERE:
        return False
    return finding.part not in ("RC", "NOTICE") or bool(_LISTED_ANNEX.search(fold(finding.evidence.quote)))


def find_health(
    dossier: Dossier, findings: Sequence[Finding], buyer: str, personal: str, title: str, cpv: CpvSignals
) -> Fact:
    """Whether health data are processed, stated or likely from the buyer and the object."""
    said = [f for f in findings if f.label == "dp_health_data" and not f.negated and f.section not in _ELSEWHERE]
    if sure := [f for f in said if f.probability >= _CERTAIN]:
        return resting_on("yes", max(f.probability for f in sure), sure, "health data are named")
    if likely := [f for f in said if f.probability >= 0.5]:
        return resting_on("inferred", max(f.probability for f in likely), likely, "health data are probably named")
    certified = [
        f for f in findings if f.label == "dp_hds" and f.strength in ("mandatory", "scored") and f.probability >= 0.5
    ]
    firm = [f for f in certified if not f.params.get("conditional")]
    if firm:
        return resting_on("inferred", 0.6, firm, "HDS certification is asked for")
    if "health" in cpv.hints:
        return Fact("inferred", 0.6, why="CPV of medical information systems")
    if buyer in _HEALTH_BUYERS:
        if personal == "yes" and matches("patients", fold(title)):
            return Fact(
                "inferred", 0.6, why="health or social-security buyer, and an object that touches patients or users"
            )
        if not title or personal == "yes":
            return Fact("unknown", 0.5, why="health or social-security buyer; the object does not say")
    if hidden := too_little_read(dossier):
        return Fact("unknown", 0.5, why=hidden)
    return Fact("no", 0.7, why="no health data named in the pieces read")


def find_sensitive(findings: Sequence[Finding], buyer: str, health: Fact) -> tuple[Fact, tuple[str, ...]]:
    """The sensitivity of the data, declared or inferred, and the notes it raises."""
    stated = [f for f in findings if f.label == "sv_sensitivity_statement" and _declares(f)]
    yes = [f for f in stated if f.params.get("value", "sensitive") != "not_sensitive"]
    no = [f for f in stated if f not in yes]
    if yes:
        sure = max(f.probability for f in yes) * (0.6 if no else 1.0)
        return resting_on("declared_yes", sure, [*yes, *no], "the pieces declare sensitive data"), ()
    if no:
        return resting_on(
            "declared_no", max(f.probability for f in no), no, "the pieces declare that the data are not sensitive"
        ), ()
    grave = [f for f in _sensitive_data(findings, _CERTAIN) if f.params.get("category") in _GRAVE]
    carried = buyer in _PUBLIC_CARRIERS
    # « Large health base »: health data held by a public carrier.
    reasons = [*grave, *([f for f in findings if f.id in health.evidence] if health.value == "yes" else [])]
    if reasons and carried:
        return resting_on("strong_inferred", 0.8, reasons, "grave data and a public carrier"), ()
    if reasons:
        return resting_on("weak_inferred", 0.6, reasons, "grave data, and a buyer the law does not name"), ()
    if carried:
        return Fact("weak_inferred", 0.5, why="only the kind of buyer speaks for it"), ("SENSITIVITY_BUYER_ONLY",)
    return Fact("unknown", 0.6, why="no statement on sensitivity found"), ()


def _declares(finding: Finding) -> bool:
    """A statement binds when a contractual piece makes it; a notice declares too, a description of today does not.

    A list of categories, or a word such as « critique », is no declaration (rubric C.5: basis=declared).
    """
    if finding.params.get("basis", "declared") != "declared" or finding.probability < _CERTAIN:
        return False
    if finding.negated or finding.section in (*_ELSEWHERE, "context", "existing_system"):
        return False
    return finding.strength == "mandatory" or finding.part in ("NOTICE", "RC")


def _sensitive_data(findings: Sequence[Finding], at_least: float) -> list[Finding]:
    return [
        f
        for f in findings
        if f.label == "dp_sensitive_data"
        and f.probability >= at_least
        and not f.negated
        and f.section not in _ELSEWHERE
    ]


def find_strategic(
    findings: Sequence[Finding],
    in_object: frozenset[str],
    title: str,
    buyer: str,
    personal: str,
    health: Fact,
    sensitive: Fact,
) -> Fact:
    """Whether the data are strategic in the sense of the opinion piece (rubric C.5: the text does not define it)."""
    folded = fold(title)
    if health.value == "yes":
        return Fact("yes", health.probability, health.evidence, "health data")
    if sensitive.value in ("declared_yes", "strong_inferred"):
        return Fact("yes", sensitive.probability, sensitive.evidence, "sensitive data")
    if sensitive.value == "declared_no":
        return Fact("no", sensitive.probability, sensitive.evidence, "data declared not sensitive")
    if matches("public_content", folded):
        return Fact("no", 0.7, why="the object is a public site, open data or a test environment")
    if named := _sensitive_data(findings, 0.5):
        return resting_on("yes", max(f.probability for f in named), named, "sensitive data are named")
    public = buyer not in ("private_or_entity", "unknown")
    bought = [f for f in findings if f.id in in_object and f.strength != "informative" and f.probability >= 0.5]
    if public and (mail := [f for f in bought if f.label == "ds_collab_messaging"]):
        return resting_on("yes", 0.8, mail, "messaging or office suite of a public buyer")
    if personal == "yes" and (data := [f for f in bought if f.label == "ds_data_ai"]):
        return resting_on("yes", 0.8, data, "data platform or AI with personal data")
    if buyer in _LARGE and matches("core_case_system", folded):
        return Fact("yes", 0.8, why="core files on citizens or companies of a large public buyer")
    if matches("minors", folded):
        return Fact("yes", 0.6, why="data of minors")
    return Fact("unknown", 0.5, why="nothing establishes it")
