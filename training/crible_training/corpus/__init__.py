"""The corpus: clauses of our own writing, family by family, in ``families/*.jsonl``.

One line is one *family*: one way of saying one thing, in a few wordings. What they share (labels, part, section,
heading, authority …) is said once. :func:`load_corpus` gives the families, :func:`segments` one segment per wording.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from crible.classification.taxonomy import FACT_LABELS, labels
from crible.errors import ConfigurationError
from crible.types import Actor, Effect, Role, Section, Strength

FOLDER = Path(__file__).parent / "families"
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
REGISTERS = ("state", "hospital", "operator", "local_large", "local_small", "eu_institution")
SHAPES = ("sentence", "paragraph", "bullet", "table_row", "question", "tick_box", "heading")
MAX_WORDINGS = 8
_LENGTH = (12, 1200)  # characters of a segment: a table cell, a paragraph
_KEYS = frozenset(
    {"family", "lang", "register", "authority", "part", "section", "heading", "shape", "labels", "actor", "oblique",
     "trap", "lead", "texts"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expected:
    """One label of a family: a strength, or an effect for the labels of the adverse group."""

    label: str
    strength: Strength | None
    effect: Effect | None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """``oblique``: the usual words of its labels are absent. ``trap``: the confusion that an unlabelled family sets.
    ``lead``: the sentence that introduces the bullets, when their meaning leans on it."""

    name: str
    lang: str
    register: str
    authority: str
    part: Role
    section: Section
    heading: str
    shape: str
    labels: tuple[Expected, ...]
    actor: Actor
    oblique: bool
    trap: str
    lead: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One wording of a family. ``id`` is ``family#n``."""

    id: str
    text: str
    family: Family


def load_corpus(paths: Iterable[Path] | None = None) -> list[Family]:
    """The families of ``paths`` (default: all that ship), in the order of the files.

    Raises ConfigurationError for a line that breaks the format, and for a name or a wording met twice.
    """
    families: list[Family] = []
    names: dict[str, str] = {}
    wordings: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.jsonl")) if paths is None else paths:
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            where = f"{path.name}, line {n}"
            family = _family(line, where)
            _once(names, family.name, where)
            for text in family.texts:
                _once(wordings, " ".join(text.casefold().split()), where)
            families.append(family)
    return families


def segments(families: Iterable[Family]) -> Iterator[Segment]:
    for family in families:
        for n, text in enumerate(family.texts, 1):
            yield Segment(f"{family.name}#{n}", text, family)


def _once(seen: dict[str, str], key: str, where: str) -> None:
    if key in seen:
        raise ConfigurationError(f"{where}: {key[:60]!r} stands already at {seen[key]}")
    seen[key] = where


def _family(line: str, where: str) -> Family:
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    if unknown := set(raw) - _KEYS:
        raise ConfigurationError(f"{where}: unknown key {sorted(unknown)}; allowed: {sorted(_KEYS)}")
    found = tuple(_expected(item, where) for item in raw.get("labels", ()))
    texts = tuple(raw.get("texts", ()))
    if not 1 <= len(texts) <= MAX_WORDINGS:
        raise ConfigurationError(f"{where}: {len(texts)} wordings; a family has 1 to {MAX_WORDINGS}")
    if bad := [t for t in texts if not isinstance(t, str) or not _LENGTH[0] <= len(t) <= _LENGTH[1]]:
        raise ConfigurationError(
            f"{where}: a wording has {_LENGTH[0]} to {_LENGTH[1]} characters: {str(bad[0])[:60]!r}"
        )
    if len({item.label for item in found}) < len(found):
        raise ConfigurationError(f"{where}: a label stands twice")
    return Family(
        name=_text(raw, "family", where),
        lang=_one_of(raw.get("lang", "fr"), LANGUAGES, "lang", where),
        register=_one_of(raw.get("register"), REGISTERS, "register", where),
        authority=_text(raw, "authority", where),
        part=_one_of(raw.get("part"), get_args(Role), "part", where),
        section=_one_of(raw.get("section"), get_args(Section), "section", where),
        heading=str(raw.get("heading", "")),
        shape=_one_of(raw.get("shape", "sentence"), SHAPES, "shape", where),
        labels=found,
        actor=_one_of(raw.get("actor", "unknown"), get_args(Actor), "actor", where),
        oblique=bool(raw.get("oblique", False)),
        trap=str(raw.get("trap", "")),
        lead=str(raw.get("lead", "")),
        texts=texts,
    )


def _expected(item: Mapping[str, Any], where: str) -> Expected:
    name = item.get("label", "")
    known = labels().get(name)
    if known is None:
        raise ConfigurationError(f"{where}: unknown label {name!r}")
    strength, effect = item.get("strength"), item.get("effect")
    if known.adverse:
        _one_of(effect, get_args(Effect), f"effect of {name}", where)
        strength = None
    else:
        _one_of(strength, get_args(Strength), f"strength of {name}", where)
        effect = None
        if name in FACT_LABELS and strength != "informative":
            raise ConfigurationError(f"{where}: {name} states a fact: its strength is informative")
    return Expected(name, strength, effect, dict(item.get("params", {})))


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{where}: {key!r} is missing")
    return value


def _one_of(value: Any, allowed: Sequence[str], key: str, where: str) -> Any:
    if value not in allowed:
        raise ConfigurationError(f"{where}: {key} {value!r}; allowed: {', '.join(allowed)}")
    return value
