"""What reads the clauses, and its versions, told without loading any of it."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from crible.classification.artefacts import artefacts
from crible.classification.taxonomy import labels
from crible_models import GAZETTEER_DATE, TAXONOMY_VERSION, resource


@dataclass(frozen=True, slots=True)
class Part:
    """``labels``: how many it knows, where it is a catalogue; ``bytes``: the size of a trained artefact's files."""

    id: str
    version: str
    labels: int | None = None
    bytes: int | None = None

    def told(self) -> dict[str, str | int]:
        """Without what does not apply."""
        found = {"id": self.id, "version": self.version, "labels": self.labels, "bytes": self.bytes}
        return {key: value for key, value in found.items() if value is not None}


def inventory() -> list[Part]:
    """Catalogue, gazetteer, patterns, then the trained artefacts. Raises ConfigurationError without a manifest."""
    # The version of the patterns is read where they are written: loading them would take a second and 200 MB.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rules = yaml.load(resource("lexicon", "rules.yaml").read_text(encoding="utf-8"), Loader=loader)
    trained = []
    for artefact in artefacts():
        files = [resource(artefact.name, name) for name in artefact.files]
        size = sum(path.stat().st_size for path in files if path.exists())
        trained.append(Part(artefact.name, artefact.version, bytes=size))
    return [
        Part("taxonomy", TAXONOMY_VERSION, labels=len(labels())), Part("gazetteer", GAZETTEER_DATE),
        Part("patterns", str(rules["version"])), *trained,
    ]  # fmt: skip
