"""What `crible explain` explains: the assessment of a file, or of a tender judged now, and the pack that judged it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crible.cli.policies import find
from crible.errors import PolicyNotFound, UsageError
from crible.reporting.saved import SavedAssessment, decoded, load, saved
from crible.scoring.policy import POLICY_IDS, PolicyPack, load_policy

if TYPE_CHECKING:
    from crible.reporting.words import Lang
    from crible.types import Assessment


def is_assessment(path: Path) -> bool:
    """Whether a file holds an assessment: by its name, since no tender comes as JSON."""
    return path.is_file() and path.suffix.lower() in (".json", ".jsonl")


def opened(path: Path) -> SavedAssessment:
    """The assessment of a file; of one with lines, the only one. Raises UnreadableInput or UsageError."""
    if path.suffix.lower() != ".jsonl":
        return load(path)
    with path.open("rb") as lines:
        first, second = (next((line for line in lines if line.strip()), b"") for _ in range(2))
    if second:
        raise UsageError(f"{path} contient plusieurs évaluations : en donner une seule")
    return saved(decoded(first, path.name), path.name)


def of_now(assessment: Assessment) -> SavedAssessment:
    """The same from an assessment just made."""
    from crible.reporting.json import assessment_to_dict

    return saved(assessment_to_dict(assessment), assessment.dossier.name)


def pack_of(assessment: SavedAssessment, asked: str | None) -> PolicyPack:
    """The pack to explain: the one asked for, else the headline, at the version that judged.

    Raises UsageError where the assessment was not judged with it, PolicyNotFound where it does not ship.
    """
    if asked is None:
        name, version = assessment.policy.id, assessment.policy.version
        if name not in POLICY_IDS:
            raise PolicyNotFound(f"{name}@{version} n'est pas une politique fournie : donner son fichier à --policy")
        pack = load_policy(name, version=version)
    elif asked in assessment.profiles and asked in POLICY_IDS:
        pack = load_policy(asked, version=assessment.profiles[asked].version)
    else:
        pack = find(asked)
    profile = assessment.profiles.get(pack.id)
    if profile is None or profile.version != pack.version:
        known = ", ".join(f"{name}@{p.version}" for name, p in assessment.profiles.items())
        raise UsageError(f"l'évaluation ne porte pas sur {pack.name} ; elle porte sur {known}")
    return pack


def explained(
    assessment: SavedAssessment, pack: PolicyPack, form: str, lang: Lang, *, criterion: str | None, width: int
) -> str:
    """The explanation in the form asked for. Raises UsageError for a criterion that the policy does not have."""
    from crible.reporting.explain import explanation

    known = [part.id for part in pack.components] + [objective.id.lower() for objective in pack.objectives]
    if criterion is not None and criterion not in known:
        raise UsageError(f"--criterion {criterion} : attendu {', '.join(known)}")
    data: dict[str, Any] = explanation(assessment, pack, lang=lang, criterion=criterion)
    if form == "json":
        from crible.reporting.json import to_json

        return to_json(data)
    if form == "html":
        from crible.reporting.explain_html import explain_html

        return explain_html(data, lang=lang)
    from crible.reporting.explain_text import explain_text

    return explain_text(data, lang=lang, width=width)
