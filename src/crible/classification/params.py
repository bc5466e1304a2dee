"""Particulars of a label (rubric B.7, « Params »), read from the clause as ``lexicon/params.yaml`` says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from crible.classification.folding import fold
from crible.classification.lexicon import Mention, load_yaml
from crible.classification.obligation import Obligation
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError

Params = dict[str, Any]
_NUMBERS = {"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "two": 2, "three": 3, "bi": 2,
            "six": 6, "huit": 8, "neuf": 9, "dix": 10, "douze": 12, "quinze": 15, "dix-huit": 18, "vingt-quatre": 24,
            "trente": 30, "trente-six": 36, "soixante": 60}  # fmt: skip
_KEYS = {"param", "from", "choice", "flag", "default", "concepts"}
_EXCEPTION = re.compile(r"\b(sauf|hormis|a l'exception d|excepte|except|unless)\b.{0,120}")


@dataclass(frozen=True, slots=True)
class Reader:
    """One particular: ``concepts`` met in the clause decide first, then ``choices`` in order, then the default."""

    param: str
    concepts: tuple[tuple[str, Any], ...]
    choices: tuple[tuple[Any, re.Pattern[str]], ...]
    default: Any

    def read(self, text: str, concepts: set[str]) -> Any:
        for concept, value in self.concepts:
            if concept in concepts:
                return value
        return next((value for value, pattern in self.choices if pattern.search(text)), self.default)


def parse_reader(label: str, raw: dict[str, Any]) -> Reader:
    """One entry of the file. Raises ConfigurationError for an unknown key, a missing origin or a bad pattern."""
    if unknown := set(raw) - _KEYS:
        raise ConfigurationError(f"params.yaml: {label}: unknown key {sorted(unknown)}; allowed: {sorted(_KEYS)}")
    if not raw.get("from") or not raw.get("param"):
        raise ConfigurationError(f"params.yaml: {label}: an entry needs « param » and « from »: {raw}")
    pairs = [(True, raw["flag"])] if "flag" in raw else raw.get("choice", [])
    try:
        choices = tuple((value, re.compile(pattern)) for value, pattern in pairs)
    except re.error as error:
        raise ConfigurationError(f"params.yaml: {label}: {raw['param']}: {error}") from error
    default = False if "flag" in raw else raw.get("default")
    return Reader(raw["param"], tuple(raw.get("concepts", {}).items()), choices, default)


@cache
def load_readers() -> dict[str, tuple[Reader, ...]]:
    """The shipped readers by label; a label that is not of the taxonomy is an error."""
    data = {name: body for name, body in load_yaml("lexicon", "params.yaml").items() if name != "version"}
    if unknown := set(data) - set(labels()):
        raise ConfigurationError(f"params.yaml: unknown label {sorted(unknown)}")
    return {label: tuple(parse_reader(label, raw) for raw in body) for label, body in data.items()}


def params_of(label: str, clause: Clause, mentions: Iterable[Mention], speech: Obligation) -> Params:
    """What the clause adds to a label; empty when it says no more than the label itself."""
    text = fold(clause.text)
    concepts = {m.concept for m in mentions}
    params: Params = {}
    for reader in load_readers().get(label, ()):
        value = reader.read(text, concepts)
        if value is not None:
            params[reader.param] = value
    if (further := _FURTHER.get(label)) is not None:
        params |= further(text, concepts)
    if speech.points is not None:
        params["weight"] = speech.points
    if speech.postponed:
        params["timing"] = "during_contract"
    if (delay := _DELAY.search(text)) is not None:
        params["delay_months"] = _number(delay[1]) * (1 if delay[2] == "mois" else 12)
    if (exception := _EXCEPTION.search(text)) is not None:
        params["exception_text"] = clause.text[exception.start() : exception.end()].strip(" .;")
    return params


# « au plus tard trente mois après la notification », « sous 2 ans à compter de la notification » (rubric B.4.8)
_DELAY = re.compile(
    r"\b(?:au plus tard|sous|dans (?:un|le) delai (?:maxim\w+ )?de|dans les|a l'issue de|au terme de|au bout de)"
    r" (\d{1,2}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")(?: \([\w-]+\))? (mois|ans?|annees?)"
    r"(?= (?:apres|a compter|suivant|a partir|qui suivent|de la notification))"
)


def _number(word: str) -> int:
    return _NUMBERS.get(word) or int(word)


_N_SITES = re.compile(
    r"\b(deux|trois|quatre|two|three|bi|\d)[ -]?"
    r"(?:sites?|centres?|data|zones?|batiments?|regions?|exemplaires|plaques?|facilit)"
)
_KM = re.compile(r"(\d+) ?(?:km|kilometres)")
_HOURS = r"(?:{})[^.;|]{{0,40}}?(\d+|une|deux|quatre|six) ?(?:h\b|heures?|hours?)"
_RPO, _RTO = re.compile(_HOURS.format(r"\brpo\b|\bpdma\b")), re.compile(_HOURS.format(r"\brto\b|\bdmia\b"))
_LIVE_COPY = re.compile(r"actif|bascul|repris|replic|active")


def _sites(text: str, concepts: set[str]) -> Params:
    n = _N_SITES.search(text)
    params: Params = {"n_sites_min": max(_number(n.group(1)), 2) if n else 2}
    for name, pattern in (("distance_km_min", _KM), ("rpo_h", _RPO), ("rto_h", _RTO)):
        if found := pattern.search(text):
            params[name] = _number(found.group(1))
    if "backup" in concepts and not _LIVE_COPY.search(text):
        params["mode"] = "backup_only"
    return params


_BACKUP_FIRST = re.compile(r"^[^.]{0,60}sauvegard")
_SERVICE_TOOLS = re.compile(
    r"\b(itsm|cmdb|outils? de ticket|gestion des tickets|outil de supervision|base documentaire|portail de suivi)\b"
)


def _hosting(text: str, concepts: set[str]) -> Params:
    if _SERVICE_TOOLS.search(text) or "service_tools" in concepts:
        return {"perimeter": "service_tools"}
    return {"perimeter": "backup" if _BACKUP_FIRST.search(text) and "operation" not in concepts else "all"}


_SEAL = re.compile(r"seal[ -]?([0-4])")
_LEVEL = re.compile(r"(?:niveau|level) (\d)")
# Schemes whose top level excludes control from outside the Union (rubric B.7 sv_other_trust_label).
_HIGH_TIERS = ((r"gaia", 3), (r"\bcada\b", 4))


def _trust_label(text: str, concepts: set[str]) -> Params:
    if seal := _SEAL.search(text):
        level = int(seal.group(1))
        return {"scheme": "SEAL", "seal": level, "level": level, "high_tier": level >= 3}
    found = _LEVEL.search(text)
    params: Params = {"level": int(found.group(1))} if found else {}
    level = params.get("level", 0)
    params["high_tier"] = any(level == top and re.search(name, text) for name, top in _HIGH_TIERS)
    european = re.search(r"eucs|certification europeenne|european c", text)
    params["eu_equivalent"] = bool(european and re.search(r"eleve|high", text))
    return params


_LAWS = (("CLOUD Act", r"cloud act"), ("FISA", r"fisa|section 702"), ("Patriot Act", r"patriot"))


def _immunity(text: str, concepts: set[str]) -> Params:
    return {"names_laws": [name for name, words in _LAWS if re.search(words, text)]}


_DISCLOSED = (
    ("location", {"disclose_topic_location"}, ""),
    ("extra_eu_laws", {"foreign_law_named", "applicable_law"}, ""),
    ("extra_eu_access", {"non_eu"}, r"acces|transfert|access|transfer"),
    ("authority_requests", {"authority_request"}, r"autorit|juge|juridiction|authorit|court"),
    ("subcontractors", {"subprocessor"}, ""),
)


def _disclosure(text: str, concepts: set[str]) -> Params:
    found = [topic for topic, needed, words in _DISCLOSED if needed & concepts and re.search(words, text)]
    return {"discloses": found} if found else {}


_ACTIVITIES = re.compile(r"activites? (\d)(?: a (\d)| et (\d))?")


def _hds(text: str, concepts: set[str]) -> Params:
    if not (found := _ACTIVITIES.search(text)):
        return {}
    first, last, second = (int(g) if g else None for g in found.groups())
    return {"activities": list(range(first or 1, last + 1)) if last else [a for a in (first, second) if a]}


_DAYS = re.compile(r"(\d+|trente|quinze|soixante|huit) ?(?:\(\d+\) ?)?(?:jours|days)")


def _data_return(text: str, concepts: set[str]) -> Params:
    return {"delay_days": _number(days.group(1))} if (days := _DAYS.search(text)) else {}


# What a table of patterns cannot say: counts, ranges, levels.
_FURTHER: dict[str, Callable[[str, set[str]], Params]] = {
    "ho_multi_dc_france": _sites,
    "ho_multi_site": _sites,
    "ho_hosting_in_scope": _hosting,
    "sv_other_trust_label": _trust_label,
    "sv_extra_eu_immunity": _immunity,
    "sv_disclosure": _disclosure,
    "dp_hds": _hds,
    "rv_data_return_deletion": _data_return,
}
