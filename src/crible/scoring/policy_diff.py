"""Two packs compared, entry by entry: what a version added, removed and changed, each with its words.

A pack is laid out as sections of entries (``criteria`` → ``location`` → « 30; … »). Every number and name of a pack is
in one of them, so that two packs without a difference here give the same verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crible.scoring.policy import PolicyPack

Change = Literal["added", "removed", "changed"]
Sheet = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that differs; ``before`` is None for what was added, ``after`` for what was removed."""

    section: str
    entry: str
    change: Change
    before: Any
    after: Any


def diff(old: PolicyPack, new: PolicyPack) -> list[Difference]:
    """The differences from ``old`` to ``new``, by section in a fixed order, entries in the order of the packs."""
    one, other = sheet(old), sheet(new)
    found = []
    for section in one:
        before, after = one[section], other[section]
        for entry in [*before, *(e for e in after if e not in before)]:
            if entry not in after:
                found.append(Difference(section, entry, "removed", before[entry], None))
            elif entry not in before:
                found.append(Difference(section, entry, "added", None, after[entry]))
            elif before[entry] != after[entry]:
                found.append(Difference(section, entry, "changed", before[entry], after[entry]))
    return found


def sheet(pack: PolicyPack) -> Sheet:
    """The pack as sections of entries, all plain data."""
    data = pack.model_dump(mode="json", by_alias=True)
    identity = {key: data[key] for key in ("id", "version", "based_on", "status")}
    dates = {key: data[key] for key in ("effective_from", "effective_to", "reviewed_on", "review_by")}
    other = {key: data[key] for key in ("penalty_cap", "max_level", "scored_share", "core", "gate")}
    return {
        "identity": {**identity, **{f"title.{lang}": text for lang, text in data["title"].items()}},
        "dates": dates,
        "legal_basis": _by_id(data["legal_basis"]),
        "weights": {part["id"]: part["weight"] for part in (*data["components"], *data["objectives"])},
        "criteria": {
            f"{part['id']}:{key}": part[key]
            for part in data["components"]
            for key in ("key", "met_at", "met_from", "partial_below", "not_applicable_when")
            if part[key] not in (None, {})
        },
        "terms": _terms(data["components"]),
        "citations": {f"{part['id']}:{ref}": True for part in data["components"] for ref in part["legal_basis"]},
        "objectives": {part["id"]: _without(part, "id", "weight") for part in data["objectives"]},
        "thresholds": data["thresholds"],
        "strengths": data["strengths"],
        "downgrades": {rule["label"]: _without(rule, "label") for rule in data["downgrades"]},
        "part_weights": data["part_weights"],
        "verdict_caps": data["verdict_caps"],
        "penalties": {f"{label}.{kind}": p for label, kinds in data["penalties"].items() for kind, p in kinds.items()},
        "adverse_levels": {rule["label"]: rule["at_most"] for rule in data["adverse_levels"]},
        "buyers": dict.fromkeys(data["buyers"], True),
        "flags": data["flags"],
        "rules": _by_id(data["rules"]),
        "other": other,
    }


def _terms(parts: list[dict[str, Any]]) -> dict[str, float]:
    """« location:sv_secnumcloud » → its factor; conditions are part of the name, so is the rank of a repeated term."""
    found: dict[str, float] = {}
    for part in parts:
        for term in part["best_of"]:
            name = f"{part['id']}:{'+'.join(term['all_of']) or term['label']}"
            name += "".join(f":{word} {k}={v}" for word in ("when", "unless") for k, v in term[word].items())
            while name in found:
                name += "′"
            found[name] = term["factor"]
    return found


def _by_id(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["id"]: _without(item, "id") for item in items}


def _without(item: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The entry less what stands elsewhere."""
    return {key: value for key, value in item.items() if key not in keys}
