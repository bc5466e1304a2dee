"""What was trained and ships, checked: ``manifest.json`` holds the SHA-256 of every file of every artefact.

A file that is missing, changed or not in the manifest is refused: crible never judges with a model nobody published.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crible.errors import ConfigurationError
from crible_models import resource

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A folder of the models package: its version, and the SHA-256 of its files by name."""

    name: str
    version: str
    files: dict[str, str]


def artefacts(root: Path | None = None) -> list[Artefact]:
    """What the manifest lists. Raises ConfigurationError when it cannot be read."""
    path = (root or resource()) / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ConfigurationError(f"{path} : format {told['format']} (attendu : {FORMAT})")
        return [Artefact(str(a["name"]), str(a["version"]), dict(a["files"])) for a in told["artefacts"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} : {error}") from error


def verified(name: str, root: Path | None = None) -> Path:
    """The folder of an artefact whose files are those that were published. Raises ConfigurationError otherwise."""
    root = root or resource()
    known = next((a for a in artefacts(root) if a.name == name), None)
    if known is None:
        raise ConfigurationError(f"{root / MANIFEST} : modèle inconnu : {name}")
    folder = root / name
    for file, expected in known.files.items():
        try:
            found = sha256_of(folder / file)
        except OSError as error:
            raise ConfigurationError(f"{folder / file} : {error}") from error
        if found != expected:
            raise ConfigurationError(f"{folder / file} : ce n'est pas le fichier publié (SHA-256 {found[:12]}…)")
    if strangers := sorted(p.name for p in folder.iterdir() if p.is_file() and p.name not in known.files):
        raise ConfigurationError(f"{folder} : fichiers qui ne sont pas publiés : {', '.join(strangers)}")
    return folder


def write_manifest(root: Path, published: Iterable[tuple[str, str]]) -> None:
    """List the files of each ``(name, version)`` folder of ``root``."""
    told: dict[str, Any] = {"format": FORMAT, "artefacts": []}
    for name, version in sorted(published):
        files = {path.name: sha256_of(path) for path in sorted((root / name).iterdir()) if path.is_file()}
        told["artefacts"].append({"name": name, "version": version, "files": files})
    part = root / f"{MANIFEST}.part"
    part.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    part.replace(root / MANIFEST)


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
