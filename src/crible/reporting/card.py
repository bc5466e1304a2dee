"""The terminal card: one tender on one screen, every statement with its quote, piece and page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from crible.reporting.json import in_reading_order, unread_runs
from crible.reporting.words import (
    EFFECTS,
    MARKS,
    Lang,
    day,
    decimal,
    excerpt,
    frame,
    printable,
    say,
    shorten,
    term,
    warned,
)
from crible.scoring.aggregate import VERDICT_ADVERSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crible.types import Assessment, Conflict, Criterion, Document, Fact, Finding

# Colours double marks and words; the eight basic ones keep their contrast in light and dark terminals.
_COLOURS = {
    "compliant": "green", "non_compliant": "red", "needs_review": "yellow", "out_of_scope": "default",
    "met": "green", "unmet": "red", "unclear": "yellow", "unread": "yellow", "not_applicable": "default",
}  # fmt: skip
_QUOTE = 110  # characters of a quote in the table: two to three lines of a terminal of 80 columns
_TITLE = 150  # characters of the call's title: two lines
_LISTED = 8  # lines of a list (unread pages, warnings) before « … et N de plus »; the JSON has them all


def card(assessment: Assessment, *, lang: Lang = "fr", seconds: float | None = None) -> RenderableType:
    """The card as a rich renderable. ``seconds`` is the time the assessment took, when known."""
    parts: list[RenderableType] = [
        Text(_header(assessment, lang, seconds), style="dim"),
        _verdict_box(assessment, lang),
        _criteria_table(assessment, lang),
        *_section("why", [say(code, lang) for code in _reasons(assessment)], lang),
        *_section("lots", _lots(assessment, lang), lang),
        *_section("unread", _unread(assessment.dossier.documents, lang), lang, mark="!"),
        *_section("missing", [printable(name) for name in assessment.dossier.announced_missing], lang, mark="!"),
        *_section("adverse", _adverse(assessment, lang), lang, mark="✗"),
        *_section("conflicts", _conflicts(assessment, lang), lang, mark="?"),
        *_section("legality", _legality(assessment, lang), lang, mark="§"),
        *_section("warnings", _warnings(assessment, lang), lang, mark="!"),
        _profiles(assessment, lang),
        Padding(Text(frame("closing", lang), style="italic"), (0, 0, 0, 2)),
    ]
    return Group(*parts)


def card_text(assessment: Assessment, *, lang: Lang = "fr", seconds: float | None = None, width: int = 100) -> str:
    """The card as plain text, for files and pipes: no colour, no escape sequence."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(card(assessment, lang=lang, seconds=seconds))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _header(assessment: Assessment, lang: Lang, seconds: float | None) -> str:
    headline = assessment.headline
    parts = [
        f"crible {assessment.software}",
        frame("policy", lang, id=headline.policy, version=headline.version, date=day(assessment.as_of, lang)),
        frame("models", lang, models=", ".join(f"{name} {version}" for name, version in assessment.models.items())),
    ]
    if seconds is not None:
        parts.append(frame("seconds", lang, seconds=decimal(seconds, lang)))
    return printable(" · ".join(parts))


def _verdict_box(assessment: Assessment, lang: Lang) -> Panel:
    dossier, headline, colour = assessment.dossier, assessment.headline, _COLOURS[assessment.verdict]
    head = Text(f"{MARKS[assessment.verdict]} {say(assessment.verdict, lang).upper()}", style=f"bold {colour}")
    if headline.score is not None:
        head.append("   " + frame("score", lang, score=decimal(headline.score, lang)), style="not bold")
    buyer = printable(assessment.buyer_name) or frame("buyer_unknown", lang)
    buyer_class = assessment.facts.get("buyer")
    if buyer_class and buyer_class.value != "unknown":
        buyer += f" ({term('buyer', buyer_class.value, lang)})"
    title = shorten(assessment.title, _TITLE) or frame("untitled", lang)
    pieces = len(dossier.documents)
    facts = [
        printable(dossier.name),
        frame("pieces", lang, n=pieces, s="" if pieces == 1 else "s"),
        frame("pages_read", lang, read=dossier.pages_read, total=dossier.pages),
        say(assessment.completeness, lang),
    ]
    body = Text("\n").join([head, Text(f"{title} — {buyer}"), Text(" · ".join(facts))])
    return Panel(body, box=ROUNDED, border_style=colour, padding=(0, 1))


def _criteria_table(assessment: Assessment, lang: Lang) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True, header_style="bold")
    table.add_column(frame("criterion", lang), ratio=5, min_width=15)
    table.add_column(frame("status", lang), width=15)  # « ✗ non satisfait » on one line
    table.add_column(frame("strength", lang), max_width=11)
    table.add_column(frame("evidence", lang), ratio=14, min_width=30)
    findings = {finding.id: finding for finding in assessment.findings}
    for name in ("digital", "hosting"):
        if name in assessment.facts:
            _add_fact(table, name, assessment.facts[name], findings, lang)
    for criterion in assessment.headline.criteria:
        _add_criterion(table, criterion, assessment.policy, findings, lang)
    if not assessment.headline.criteria:
        table.add_row("", "", "", Text(frame("no_criteria", lang)))
    return table


def _add_fact(table: Table, name: str, fact: Fact, findings: Mapping[str, Finding], lang: Lang) -> None:
    # A fact is not a requirement: its value stands where a criterion has its status, without a colour.
    best = _first(fact.evidence, findings)
    # Without a quote, how the fact was reached is told by the JSON, in its own words.
    evidence = _quoted(best, lang) if best else Text("")
    table.add_row(
        Text(say(name, lang)),
        Text(term(name, fact.value, lang)),
        Text(decimal(fact.probability, lang, digits=2)),
        evidence,
    )


def _add_criterion(
    table: Table, criterion: Criterion, policy: str, findings: Mapping[str, Finding], lang: Lang
) -> None:
    best = _first(criterion.evidence, findings)
    status = Text(f"{MARKS[criterion.status]} {say(criterion.status, lang)}", style=_COLOURS[criterion.status])
    table.add_row(
        Text(say(criterion.id, lang)),
        status,
        Text(_strength(best, lang)),
        _quoted(best, lang) if best else Text(_reason(criterion, lang)),
    )


def _reason(criterion: Criterion, lang: Lang) -> str:
    """Why, when there is nothing to quote: what was searched and not found, or that the criterion does not apply."""
    from crible.scoring.reasons import criterion_text

    return printable(criterion_text(criterion.status, bool(criterion.evidence), criterion.searched, lang))


def _strength(finding: Finding | None, lang: Lang) -> str:
    if finding is None:
        return "—"
    if finding.strength is not None:
        return say(finding.strength, lang)
    return EFFECTS[lang][finding.effect] if finding.effect else "—"


def _first(ids: Sequence[str], findings: Mapping[str, Finding]) -> Finding | None:
    """The finding to quote: evidence is ranked where it is gathered."""
    return next((findings[name] for name in ids if name in findings), None)


def _quoted(finding: Finding, lang: Lang) -> Text:
    evidence = finding.evidence
    where = [evidence.role if evidence.role != "OTHER" else _file_name(evidence.document)]
    if evidence.page is not None:
        where.append(frame("page", lang, page=evidence.page))
    if evidence.section:
        where.append(shorten(evidence.section, 40))
    quote = frame("quote", lang, text=excerpt(evidence.quote, finding.detector.cues, _QUOTE))
    return Text.assemble((", ".join(where), "bold"), " ", quote)


def _file_name(path: str) -> str:
    return printable(path.rsplit("!/", 1)[-1].rsplit("/", 1)[-1])


def _reasons(assessment: Assessment) -> list[str]:
    headline = assessment.headline
    return list(dict.fromkeys([*headline.reasons, *headline.notes]))


def _lots(assessment: Assessment, lang: Lang) -> list[str]:
    """Each lot with its verdict under the headline policy; those in scope first: a digital lot among works is seen."""
    lines = []
    for lot in sorted(assessment.lots, key=lambda lot: lot.profiles[assessment.policy].verdict == "out_of_scope"):
        result = lot.profiles[assessment.policy]
        name = frame("lot", lang, n=lot.lot) + (f" — {shorten(lot.title, 70)}" if lot.title else "")
        score = f" ({decimal(result.score, lang)})" if result.score is not None else ""
        why = " ".join(say(code, lang) for code in result.reasons[:1])
        lines.append(f"{name}{_colon(lang)}{MARKS[result.verdict]} {say(result.verdict, lang)}{score}. {why}")
    return lines


def _unread(documents: Iterable[Document], lang: Lang) -> list[str]:
    lines = []
    for document in documents:
        for pages, reason in unread_runs(document.unread):
            if pages is None:
                where = frame("whole_file", lang)
            elif pages[0] == pages[1]:
                where = frame("page", lang, page=pages[0])
            else:
                where = frame("pages", lang, first=pages[0], last=pages[1])
            lines.append(f"{printable(document.path)}, {where}{_colon(lang)}{say(reason, lang)}")
    return lines


def _conflicts(assessment: Assessment, lang: Lang) -> list[str]:
    findings = {finding.id: finding for finding in assessment.findings}

    def told(conflict: Conflict) -> str:
        sides = in_reading_order((findings[i] for i in conflict.findings if i in findings), assessment.dossier)
        quotes = " / ".join(_quoted(side, lang).plain for side in sides[:2])
        unsure = "" if conflict.certain else f" ({frame('to_confirm', lang)})"
        return say(conflict.code, lang) + unsure + (f" {quotes}" if quotes else "")

    return [told(conflict) for conflict in assessment.conflicts]


def _adverse(assessment: Assessment, lang: Lang) -> list[str]:
    """The clauses that speak against the policies, with their words: an accusation is never made without them."""
    findings = {finding.id: finding for finding in assessment.findings}
    lines = []
    for label, summary in assessment.labels.items():
        if label not in VERDICT_ADVERSE:  # the others stand under the points of law
            continue
        # A clause that is only likely counts for nothing yet, but a person must see it to confirm it.
        live = [i for i in summary.findings if i in findings and findings[i].effect == "operative"]
        if summary.effect == "operative":
            lines.append(say(label, lang) + _quote_of(summary.findings, findings, lang))
        elif live:
            lines.append(f"{say(label, lang)} ({frame('to_confirm', lang)})" + _quote_of(live, findings, lang))
    return lines


def _legality(assessment: Assessment, lang: Lang) -> list[str]:
    findings = {finding.id: finding for finding in assessment.findings}
    return [
        f"{w.code} ({say(w.severity, lang)}){_colon(lang)}{w.message if lang == 'fr' else say(w.code, lang)}"
        + _quote_of(w.evidence, findings, lang)
        for w in assessment.legality
    ]


def _quote_of(ids: Sequence[str], findings: Mapping[str, Finding], lang: Lang) -> str:
    first = _first(ids, findings)
    return f" {_quoted(first, lang).plain}" if first else ""


def _warnings(assessment: Assessment, lang: Lang) -> list[str]:
    # What stands under « Non lu » is not said a second time.
    lines = []
    for warning in [*assessment.dossier.warnings, *assessment.warnings]:
        text = warned(warning, lang)
        lines.append(f"{printable(warning.document)}{_colon(lang)}{text}" if warning.document else text)
    return list(dict.fromkeys(lines))


def _profiles(assessment: Assessment, lang: Lang) -> RenderableType:
    """The four verdicts, side by side as far as the width allows; none is broken in two."""
    entries = []
    for name, result in assessment.profiles.items():
        entry = Text(f"{name} ")
        entry.append(f"{MARKS[result.verdict]} {say(result.verdict, lang)}", style=_COLOURS[result.verdict])
        if result.score is not None:
            entry.append(f" ({decimal(result.score, lang)})")
        entries.append(entry)
    title = Text(frame("profiles", lang), style="bold")
    return Padding(Group(title, Columns(entries, padding=(0, 3))), (1, 0, 1, 2))


def _section(key: str, lines: Sequence[str], lang: Lang, *, mark: str = "▸") -> list[RenderableType]:
    """A titled list, or nothing at all when there is nothing to say."""
    if not lines:
        return []
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for line in lines[:_LISTED]:
        grid.add_row(mark, Text(printable(line)))
    if len(lines) > _LISTED:
        grid.add_row("", frame("more", lang, n=len(lines) - _LISTED))
    return [Padding(Text(frame(key, lang), style="bold"), (0, 0, 0, 2)), Padding(grid, (0, 0, 0, 2))]


def _colon(lang: Lang) -> str:
    return " : " if lang == "fr" else ": "
