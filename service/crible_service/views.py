"""The Assessment of the contract as the page shows it: codes turned into words, findings into quotes.

Pure functions on plain data; the templates hold no decision. Everything that comes from a tender is made printable here
and escaped by the templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crible.reporting.words import EFFECTS, MARKS, Lang, day, decimal, frame, like_told, printable, say, term
from crible.scoring.aggregate import VERDICT_ADVERSE
from crible_service.words import word

Data = Mapping[str, Any]
_SHOWN = 3  # quotes under a legal point; the list of findings has them all


@dataclass(frozen=True, slots=True)
class Mark:
    """A status in three ways at once, so that none carries the meaning alone: code (for the colour), sign, word."""

    code: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    lang: str
    where: str


@dataclass(frozen=True, slots=True)
class CriterionRow:
    name: str
    status: Mark
    strength: str
    quote: Quote | None
    reason: str
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileView:
    id: str
    version: str
    title: str
    verdict: Mark
    score: str
    reasons: tuple[str, ...]
    criteria: tuple[CriterionRow, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    label: str
    strength: str
    quote: Quote
    like: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """All that the page of a result says, in one language."""

    name: str
    title: str
    buyer: str
    completeness: str
    pages: str
    as_of: str
    headline: ProfileView
    profiles: tuple[ProfileView, ...]
    facts: tuple[tuple[str, str, str], ...]
    documents: tuple[Data, ...]
    unread: tuple[str, ...]
    missing: tuple[str, ...]
    conflicts: tuple[tuple[str, tuple[Quote, ...]], ...]
    adverse: tuple[tuple[str, tuple[Quote, ...]], ...]
    legality: tuple[tuple[str, tuple[Quote, ...]], ...]
    warnings: tuple[str, ...]
    findings: tuple[FindingRow, ...]
    id: str
    sha256: str
    software: str
    models: str


def result_view(data: Data, lang: Lang, *, titles: Mapping[str, str]) -> ResultView:
    """``data`` is the Assessment as the contract has it; ``titles`` names the policies by id."""
    languages = {d["path"]: d["language"] or "fr" for d in data["documents"]}
    findings = {f["id"]: f for f in data["findings"]}
    quotes = {key: _quote(f["evidence"], languages, lang) for key, f in findings.items()}
    profiles = tuple(
        _profile(key, result, findings, quotes, lang, titles.get(key, key)) for key, result in data["profiles"].items()
    )
    tender, coverage = data["tender"], data["coverage"]
    buyer = printable(tender["buyer"]["name"] or "") or word("untitled", lang)
    kind = tender["buyer"]["class"]
    return ResultView(
        name=printable(tender["name"]),
        title=printable(tender["title"] or "") or word("untitled", lang),
        buyer=f"{buyer} ({term('buyer', kind, lang)})" if kind != "unknown" else buyer,
        completeness=say(data["completeness"], lang),
        pages=word("pages_read", lang, read=coverage["pages_read"], total=coverage["pages"]),
        as_of=day(data["policy"]["as_of"], lang),
        headline=next(p for p in profiles if p.id == data["policy"]["id"]),
        profiles=profiles,
        facts=tuple(
            (say(key, lang), term(key, fact["value"], lang), decimal(fact["probability"], lang, digits=2))
            for key, fact in data["facts"].items()
            if key != "dce"  # said above, in words of its own
        ),
        documents=tuple({**d, "path": printable(d["path"])} for d in data["documents"]),
        unread=tuple(_unread(entry, lang) for entry in coverage["unread"]),
        missing=tuple(printable(name) for name in data.get("announced_missing", ())),
        conflicts=tuple(
            (say(c["code"], lang), tuple(quotes[key] for key in c["findings"] if key in quotes))
            for c in data["conflicts"]
        ),
        adverse=tuple(
            (say(label, lang), tuple(quotes[key] for key in said["findings"] if key in quotes))
            for label, said in data["labels"].items()
            if said.get("effect") == "operative" and label in VERDICT_ADVERSE
        ),
        legality=tuple(
            (_legality(w, lang), tuple(quotes[key] for key in w["evidence"][:_SHOWN] if key in quotes))
            for w in data["legality"]
        ),
        warnings=tuple(dict.fromkeys(_warning(w, lang) for w in data["warnings"] if w["code"] != "unread_file")),
        findings=tuple(
            FindingRow(say(f["label"], lang), _strength(f, lang), quotes[key], _like(f["detector"], lang))
            for key, f in findings.items()
        ),
        id=data["id"],
        sha256=tender["sha256"],
        software=data["software"],
        models=", ".join(f"{key} {version}" for key, version in data["models"].items()),
    )


def _profile(
    key: str, result: Data, findings: Mapping[str, Data], quotes: Mapping[str, Quote], lang: Lang, title: str
) -> ProfileView:
    codes = dict.fromkeys([*result["reasons"], *result.get("notes", ())])
    return ProfileView(
        id=key,
        version=result["version"],
        title=title,
        verdict=_mark(result["verdict"], lang),
        score="—" if result["score"] is None else decimal(result["score"], lang),
        reasons=tuple(say(code, lang) for code in codes),
        criteria=tuple(_criterion(c, findings, quotes, lang) for c in result["criteria"]),
    )


def _criterion(criterion: Data, findings: Mapping[str, Data], quotes: Mapping[str, Quote], lang: Lang) -> CriterionRow:
    from crible.scoring.reasons import criterion_text

    best = _first(criterion["evidence"], findings)
    found = bool(criterion["evidence"])
    return CriterionRow(
        name=say(criterion["id"], lang),
        status=_mark(criterion["status"], lang),
        strength=_strength(best, lang) if best else "—",
        quote=quotes[best["id"]] if best else None,
        reason=criterion_text(criterion["status"], found, criterion["searched"], lang),
        basis=tuple(criterion["legal_basis"]),
    )


def _first(ids: Sequence[str], findings: Mapping[str, Data]) -> Data | None:
    """The finding to quote: evidence is ranked where it is gathered."""
    return next((findings[key] for key in ids if key in findings), None)


def _strength(finding: Data, lang: Lang) -> str:
    if finding["strength"]:
        return say(finding["strength"], lang)
    return EFFECTS[lang][finding["effect"]] if finding["effect"] else "—"


def _quote(evidence: Data, languages: Mapping[str, str], lang: Lang) -> Quote:
    # « CCTP » says more than a file name; a piece of unknown nature is named by its file.
    piece = evidence["role"] if evidence["role"] != "OTHER" else evidence["document"].rsplit("/", 1)[-1]
    where = [printable(piece)]
    if evidence["page"] is not None:
        where.append(word("page", lang, page=evidence["page"]))
    if evidence["section"]:
        where.append(printable(evidence["section"]))
    language = languages.get(evidence["document"], "fr")
    return Quote(frame("quote", lang, text=printable(evidence["quote"])), language, ", ".join(where))


def _like(detector: Data, lang: Lang) -> str:
    like = detector.get("like")
    return like_told(like["text"], like["cosine"], lang) if like else ""


def _mark(code: str, lang: Lang) -> Mark:
    return Mark(code, MARKS[code], say(code, lang))


def _unread(entry: Data, lang: Lang) -> str:
    pages = entry["pages"]
    if pages is None:
        where = word("whole_file", lang)
    elif pages[0] == pages[1]:
        where = word("page", lang, page=pages[0])
    else:
        where = word("page_range", lang, first=pages[0], last=pages[1])
    return f"{printable(entry['document'])}, {where}{_colon(lang)}{say(entry['reason'], lang)}"


def _legality(warning: Data, lang: Lang) -> str:
    # The library words the message in French, with its particulars; English has the general sentence.
    text = warning["message"] if lang == "fr" else say(warning["code"], lang)
    return f"{warning['code']} ({say(warning['severity'], lang)}){_colon(lang)}{printable(text)}"


def _warning(warning: Data, lang: Lang) -> str:
    code, detail, document = warning["code"], printable(warning["detail"] or ""), printable(warning["document"] or "")
    text = say(code, lang, detail=detail, document=document)
    if text == code and detail:
        text = f"{code} ({detail})"
    return f"{document}{_colon(lang)}{text}" if document else text


def _colon(lang: Lang) -> str:
    return "\u00a0: " if lang == "fr" else ": "
