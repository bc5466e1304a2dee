"""`crible models list`, `info` and `verify`: what was trained and ships, as a reader or a script wants it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crible.classification.artefacts import Artefact, artefacts, verified
from crible.classification.cascade import default_name
from crible.classification.inventory import inventory
from crible.errors import CribleError, UsageError
from crible.reporting.words import decimal, printable
from crible_models import resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.reporting.words import Lang

_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "default": "Lu par défaut : {name}.", "megabytes": "{n} Mo", "files": "Fichiers (SHA-256)", "about": "Origine",
        "sound": "conforme", "none": "aucune fiche",
    },
    "en": {
        "default": "Read by default: {name}.", "megabytes": "{n} MB", "files": "Files (SHA-256)", "about": "Origin",
        "sound": "as published", "none": "no card",
    },
}  # fmt: skip
# What says where a model comes from, beside its weights.
_ABOUT = {"linear": "model.json", "encoder": "encoder.json"}
_TOLD = ("base", "corpus", "lexicon", "seed", "recipe", "precision", "layers")


def listed(lang: Lang, *, form: str) -> str:
    """What reads the clauses, with versions and sizes, and what reads by default."""
    found = inventory()
    if form == "json":
        return _json({"models": [part.told() for part in found], "default": default_name()})
    words = _WORDS[lang]
    lines = []
    for part in found:
        size = "" if part.bytes is None else words["megabytes"].format(n=decimal(part.bytes / 1e6, lang))
        lines.append(f"{part.id:<10} {part.version:<12} {size}".rstrip())
    return "\n".join([*lines, "", words["default"].format(name=default_name())]) + "\n"


def shown(name: str, lang: Lang, *, form: str) -> str:
    """One artefact: its files, what it was made from, its card. Raises UsageError for a name that does not ship."""
    artefact = _named([name])[0]
    origin = _origin(artefact)
    card = resource("cards", f"{name}.md")
    if form == "json":
        return _json({"id": artefact.name, "version": artefact.version, "files": artefact.files, "origin": origin})
    words = _WORDS[lang]
    lines = [f"{artefact.name} {artefact.version}", "", words["files"]]
    lines += [f"  {file:<16} {digest}" for file, digest in artefact.files.items()]
    lines += ["", words["about"]]
    lines += [f"  {key:<10} {value if isinstance(value, str) else json.dumps(value)}" for key, value in origin.items()]
    lines += ["", card.read_text(encoding="utf-8") if card.exists() else words["none"]]
    return "\n".join(lines).rstrip() + "\n"


def checked(names: Sequence[str], lang: Lang, *, form: str) -> tuple[str, bool]:
    """Every artefact against the manifest; whether one is refused."""
    told: list[dict[str, Any]] = []
    for artefact in _named(names) if names else artefacts():
        try:
            verified(artefact.name)
            told.append({"id": artefact.name, "version": artefact.version, "sound": True})
        except CribleError as error:
            told.append({"id": artefact.name, "version": artefact.version, "sound": False, "why": str(error)})
    refused = not all(entry["sound"] for entry in told)
    if form == "json":
        return _json({"models": told}), refused
    words = _WORDS[lang]
    lines = []
    for entry in told:
        mark, said = ("✓", words["sound"]) if entry["sound"] else ("✗", printable(entry["why"]))
        lines.append(f"{mark} {entry['id']} {entry['version']} : {said}\n")
    return "".join(lines), refused


def _named(names: Sequence[str]) -> list[Artefact]:
    known = {artefact.name: artefact for artefact in artefacts()}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"{unknown[0]} : attendu {', '.join(known)}")
    return [known[name] for name in names]


def _origin(artefact: Artefact) -> dict[str, Any]:
    name = _ABOUT.get(artefact.name)
    if name is None:
        return {}
    told = json.loads(resource(artefact.name, name).read_text(encoding="utf-8"))
    return {key: told[key] for key in _TOLD if key in told}


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
