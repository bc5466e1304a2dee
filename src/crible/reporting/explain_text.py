"""An explanation for a terminal: plain text, wrapped, nothing that drives the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crible.reporting.explain import summary
from crible.reporting.words import MARKS, Lang, decimal, frame, like_told, printable, say, shorten

_QUOTES = 3  # quotes of one criterion before « … et N autres »
_QUOTE = 300  # characters of a quote
_CHANGES = 4  # combinations of one kind


def explain_text(data: Mapping[str, Any], *, lang: Lang = "fr", width: int = 100) -> str:
    """The explanation as text of at most ``width`` columns."""
    out = _Writer(width)
    tender = data["tender"]
    score = "" if data["score"] is None else " – " + frame("score", lang, score=decimal(data["score"], lang))
    out.line(f"{MARKS[data['verdict']]} {summary(data, lang)}{score}")
    out.line(" — ".join(part for part in (tender["title"] or tender["name"], tender["buyer"]) if part), 2)
    out.title(say("explain:reasons", lang))
    for reason in data["reasons"]:
        out.item("▸", reason["text"])
    _changes(out, data["changes"], lang)
    out.title(say("explain:criteria", lang))
    if not data["criteria"]:
        out.line(say("explain:no_criteria", lang), 2)
    for criterion in data["criteria"]:
        _criterion(out, criterion, data["searched"], lang)
    for key, mark in (("adverse", "✗"), ("conflicts", "?"), ("legality", "§")):
        _clauses(out, say(f"explain:{key}", lang), data[key], mark, lang)
    out.title(say("explain:facts", lang))
    for fact in data["facts"]:
        probability = say("explain:probability", lang, p=decimal(fact["probability"], lang, digits=2))
        out.item("·", f"{fact['text']}{_colon(lang)}{fact['value_text']} ({probability})")
    _documents(out, data, lang)
    out.blank()
    out.line(frame("closing", lang), 2)
    return out.text()


def _criterion(out: _Writer, criterion: Mapping[str, Any], searched: Mapping[str, Any], lang: Lang) -> None:
    out.blank()
    points = f"{decimal(criterion['points'], lang)}/{decimal(criterion['weight'], lang, digits=0)}"
    out.item(MARKS[criterion["status"]], f"{criterion['name']} – {criterion['status_text']} ({points})")
    out.labelled(say("explain:rule", lang), criterion["rule"], lang)
    texts = " ; ".join(f"{t['text']} [{t['status_text']}]" for t in criterion["legal_basis"])
    out.labelled(say("explain:legal", lang), texts, lang)
    _quotes(out, criterion["evidence"], lang)
    if criterion["status"] in ("unmet", "unread", "unclear") and criterion["not_found"]:
        labels = ", ".join(one["text"] for one in criterion["not_found"])
        out.labelled(say("explain:searched", lang), say("explain:not_found", lang, labels=labels), lang)
        read = [d for d in searched["documents"] if d["pages_read"]]
        names = shorten(", ".join(d["path"] for d in read), 200)
        out.line(say("explain:in_documents", lang, pages=searched["pages_read"], documents=names), 6)
        if searched["unread"]:
            out.line(say("explain:not_read", lang, what=shorten(", ".join(_unread(searched, lang)), 200)), 6)


def _quotes(out: _Writer, evidence: Sequence[Mapping[str, Any]], lang: Lang) -> None:
    for one in evidence[:_QUOTES]:
        quote = frame("quote", lang, text=shorten(one["quote"], _QUOTE))
        force = f" [{one['force_text']}]" if one["force_text"] else ""
        out.item("–", f"{place_of(one, lang)}{_colon(lang)}{quote}{force}", 4)
        if like := likeness_of(one, lang):
            out.line(like, 6)
    if len(evidence) > _QUOTES:
        out.line(say("explain:more", lang, n=len(evidence) - _QUOTES), 6)


def likeness_of(one: Mapping[str, Any], lang: Lang) -> str:
    """« Ressemble à … (0,83) »: what explains a clause that was recognised by its meaning. Empty without one."""
    like = (one["read_by"] or {}).get("like")
    return like_told(like["text"], like["cosine"], lang) if like else ""


def place_of(one: Mapping[str, Any], lang: Lang) -> str:
    """« CCTP.pdf, p. 17, 5.2 Hébergement (aussi : AE.pdf, p. 3 ; lots 1, 2) »."""

    def told(place: Mapping[str, Any]) -> str:
        page = "" if place["page"] is None else ", " + frame("page", lang, page=place["page"])
        name: str = place["document"].rsplit("!/", 1)[-1].rsplit("/", 1)[-1]
        return name + page

    first, *others = one["places"]
    said = told(first) + (f", {shorten(one['section'], 60)}" if one["section"] else "")
    more = [say("explain:also", lang, places=" ; ".join(told(p) for p in others))] if others else []
    more += [say("explain:lots", lang, lots=", ".join(one["lots"]))] if one["lots"] else []
    return said + (f" ({' ; '.join(more)})" if more else "")


def _clauses(out: _Writer, title: str, entries: Sequence[Mapping[str, Any]], mark: str, lang: Lang) -> None:
    if not entries:
        return
    out.title(title)
    for entry in entries:
        head = f"{entry['code']} ({entry['severity_text']})" + _colon(lang) if "severity" in entry else ""
        out.item(mark, head + entry["text"])
        if entry.get("legal_basis"):
            out.labelled(say("explain:legal", lang), " ; ".join(entry["legal_basis"]), lang)
        _quotes(out, entry["evidence"], lang)


def _changes(out: _Writer, changes: Mapping[str, Any] | None, lang: Lang) -> None:
    out.title(say("explain:changes", lang))
    if changes is None:
        out.line(say("explain:changes.unavailable", lang), 2)
        return
    for group in ("better", "worse", "other"):
        if changes[group]:
            out.line(say(f"explain:changes.{group}", lang), 2)
            for one in changes[group][:_CHANGES]:
                out.item("→", one["text"], 4)
            if len(changes[group]) > _CHANGES:
                out.line(say("explain:more", lang, n=len(changes[group]) - _CHANGES), 6)
    out.line(changes["text"], 2)


def _documents(out: _Writer, data: Mapping[str, Any], lang: Lang) -> None:
    searched = data["searched"]
    out.title(say("explain:documents", lang))
    for document in searched["documents"]:
        read = frame("pages_read", lang, read=document["pages_read"], total=document["pages"])
        out.item("·", f"{document['path']} ({document['role']}) – {read}")
    lines = [*_unread(searched, lang), *(f"{frame('missing', lang)}{_colon(lang)}{p}" for p in missing(searched))]
    for line in [*lines, *data["warnings"]]:
        out.item("!", line)


def missing(searched: Mapping[str, Any]) -> Iterable[str]:
    return (str(piece) for piece in searched["announced_missing"])


def _unread(searched: Mapping[str, Any], lang: Lang) -> list[str]:
    return [f"{u['document']}, {where_of(u['pages'], lang)}{_colon(lang)}{u['text']}" for u in searched["unread"]]


def where_of(pages: Sequence[int] | None, lang: Lang) -> str:
    """« fichier entier », « p. 3 », « p. 3-9 »."""
    if pages is None:
        return frame("whole_file", lang)
    first, last = pages
    return frame("page", lang, page=first) if first == last else frame("pages", lang, first=first, last=last)


def _colon(lang: Lang) -> str:
    return " : " if lang == "fr" else ": "


class _Writer:
    """Wrapped lines, each indented; what comes from files has lost its control characters."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def blank(self) -> None:
        self._lines.append("")

    def title(self, text: str) -> None:
        self._lines += ["", printable(text).upper()]

    def line(self, text: str, indent: int = 0) -> None:
        self._put(" " * indent, " " * indent, text)

    def item(self, mark: str, text: str, indent: int = 2) -> None:
        self._put(f"{' ' * indent}{mark} ", " " * (indent + 2), text)

    def labelled(self, label: str, text: str, lang: Lang) -> None:
        if text:
            self._put("    ", "      ", f"{label}{_colon(lang)}{text}")

    def _put(self, first: str, rest: str, text: str) -> None:
        self._lines += textwrap.wrap(
            printable(text), self._width, initial_indent=first, subsequent_indent=rest, break_long_words=True,
            break_on_hyphens=False,
        )  # fmt: skip
