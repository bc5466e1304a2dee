"""The three tenders that ship with crible, and how to introduce them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crible.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from crible.reporting.words import Lang

_INTROS: dict[Lang, dict[str, str]] = {
    "fr": {
        "conforme": "1. Une consultation qui exige tout ce que demande la politique.",
        "non_conforme": "2. Une consultation dont les clauses vont contre la politique.",
        "annexe_illisible": "3. Une consultation dont une annexe est un scan illisible : l'avis reste ouvert.",
    },
    "en": {
        "conforme": "1. A tender that requires everything the policy asks for.",
        "non_conforme": "2. A tender whose clauses go against the policy.",
        "annexe_illisible": "3. A tender with an unreadable scanned annex: the verdict stays open.",
    },
}
# The policy that each sample was written to show.
_POLICIES = {"conforme": "fr-etat", "non_conforme": "fr-etat", "annexe_illisible": "fr-sante"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample tender: its folder, the sentence before its card, the policy to put first."""

    folder: Path
    intro: str
    policy: str


def samples(lang: Lang) -> list[Sample]:
    """The samples in the order of their story. Raises ConfigurationError when the package came without them."""
    from crible_models import resource

    found = []
    for name, intro in _INTROS[lang].items():
        folder = resource("samples", name)
        if not any(folder.glob("*.pdf")):
            raise ConfigurationError(f"l'exemple {name} manque dans {folder.parent}")
        found.append(Sample(folder=folder, intro=intro, policy=_POLICIES[name]))
    return found
