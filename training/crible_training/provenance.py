"""What a model was made from: hashes of the corpus, of the splits, of the lexicons that it leans on."""

from __future__ import annotations

import hashlib
from pathlib import Path

from crible_models import resource
from crible_training.corpus import FOLDER


def provenance() -> dict[str, str]:
    """SHA-256 of the families and of the lexicons, as they stand now."""
    return {"corpus": digest_of(FOLDER.glob("*.jsonl")), "lexicon": lexicon_digest()}


def lexicon_digest() -> str:
    """A model fitted on other lexicons counts other concepts: a test compares this with what the model says."""
    return digest_of([*resource("lexicon").glob("*.yaml"), resource("gazetteer.csv")])


def digest_of(paths: object) -> str:
    """SHA-256 over the names and contents of files."""
    whole = hashlib.sha256()
    for path in sorted(Path(p) for p in paths):  # type: ignore[attr-defined]
        whole.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
