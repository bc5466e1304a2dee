"""An explanation as one HTML file, for those who did not run the command: no script, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crible.reporting.explain import summary
from crible.reporting.explain_text import likeness_of, place_of, where_of
from crible.reporting.markup import Html, fill, joined
from crible.reporting.page import items, page, section
from crible.reporting.words import MARKS, Lang, decimal, frame, say

_SHOWN = 5  # quotes in sight; the others unfold


def explain_html(data: Mapping[str, Any], *, lang: Lang = "fr") -> str:
    """The whole page."""
    tender = data["tender"]
    score = "" if data["score"] is None else "– " + frame("score", lang, score=decimal(data["score"], lang))
    head = fill(
        '<p class="verdict $kind">$mark $summary <span>$score</span></p>\n<p>$title</p>\n<p class="note">$policy</p>\n',
        kind=data["verdict"], mark=MARKS[data["verdict"]], summary=summary(data, lang), score=score,
        title=" — ".join(part for part in (tender["title"], tender["buyer"]) if part), policy=data["policy"]["title"],
    )  # fmt: skip
    criteria = joined(_criterion(c, data["searched"], lang) for c in data["criteria"])
    body = [
        head,
        section(say("explain:reasons", lang), items([fill("$t", t=r["text"]) for r in data["reasons"]])),
        section(say("explain:changes", lang), _changes(data["changes"], lang)),
        section(
            say("explain:criteria", lang), criteria or fill("<p>$text</p>\n", text=say("explain:no_criteria", lang))
        ),
        *(
            section(say(f"explain:{key}", lang), joined(_clause(entry, lang) for entry in data[key]))
            for key in ("adverse", "conflicts", "legality")
        ),
        section(say("explain:facts", lang), _facts(data["facts"], lang)),
        section(say("explain:documents", lang), _documents(data, lang)),
    ]
    return page(say("explain:title", lang, name=tender["name"]), joined(body), lang=lang)


def _criterion(criterion: Mapping[str, Any], searched: Mapping[str, Any], lang: Lang) -> Html:
    rows = [(say("explain:rule", lang), fill("$rule", rule=criterion["rule"]))] if criterion["rule"] else []
    texts = joined(_text(t, lang) for t in criterion["legal_basis"])
    if texts:
        rows.append((say("explain:legal", lang), texts))
    if criterion["not_found"] and criterion["status"] in ("unmet", "unread", "unclear"):
        labels = ", ".join(one["text"] for one in criterion["not_found"])
        read = ", ".join(d["path"] for d in searched["documents"] if d["pages_read"])
        said = say("explain:not_found", lang, labels=labels)
        where = say("explain:in_documents", lang, pages=searched["pages_read"], documents=read)
        rows.append((say("explain:searched", lang), fill("$said ($where)", said=said, where=where)))
    list_ = joined(fill("<dt>$name</dt><dd>$value</dd>\n", name=name, value=value) for name, value in rows)
    return fill(
        '<section class="card">\n<h3><span class="$status">$mark $status_text</span> – $name '
        '<span class="note">($points/$weight)</span></h3>\n<p>$text</p>\n<dl>\n$list</dl>\n$quotes</section>\n',
        status=criterion["status"], mark=MARKS[criterion["status"]], status_text=criterion["status_text"],
        name=criterion["name"], points=decimal(criterion["points"], lang), text=criterion["text"],
        weight=decimal(criterion["weight"], lang, digits=0), list=list_, quotes=_quotes(criterion["evidence"], lang),
    )  # fmt: skip


def _text(text: Mapping[str, str], lang: Lang) -> Html:
    # Only a web address becomes a link: a pack of one's own may hold anything.
    url = text["url"] if text["url"].startswith(("https://", "http://")) else ""
    words = fill('<a href="$url">$text</a>', url=url, text=text["text"]) if url else fill("$text", text=text["text"])
    return fill("$words [$status]<br>\n", words=words, status=text["status_text"])


def _quotes(evidence: Sequence[Mapping[str, Any]], lang: Lang) -> Html:
    quotes = [
        fill(
            '<blockquote><p>$quote</p><p class="where">$where – $label $force – $probability</p>$like</blockquote>\n',
            quote=frame("quote", lang, text=one["quote"]), where=place_of(one, lang), label=one["label_text"],
            force=f"({one['force_text']})" if one["force_text"] else "",
            probability=say("explain:probability", lang, p=decimal(one["probability"], lang, digits=2)),
            like=fill('<p class="where">$like</p>', like=like) if (like := likeness_of(one, lang)) else "",
        )
        for one in evidence
    ]  # fmt: skip
    if len(quotes) <= _SHOWN:
        return joined(quotes)
    return fill(
        "$first<details><summary>$more</summary>\n$rest</details>\n", first=joined(quotes[:_SHOWN]),
        more=frame("more", lang, n=len(quotes) - _SHOWN), rest=joined(quotes[_SHOWN:]),
    )  # fmt: skip


def _clause(entry: Mapping[str, Any], lang: Lang) -> Html:
    head = f"{entry['code']} ({entry['severity_text']}) –" if "severity" in entry else ""
    texts = items([fill("$text", text=text) for text in entry.get("legal_basis", ())])
    return fill(
        '<section class="card">\n<h3>$head $text</h3>\n$texts$quotes</section>\n', head=head, text=entry["text"],
        texts=texts, quotes=_quotes(entry["evidence"], lang),
    )  # fmt: skip


def _changes(changes: Mapping[str, Any] | None, lang: Lang) -> Html:
    if changes is None:
        return fill("<p>$text</p>\n", text=say("explain:changes.unavailable", lang))
    parts = []
    for group in ("better", "worse", "other"):
        if changes[group]:
            lines = [
                fill('<span class="$kind">$text</span>', kind=c["verdict"], text=c["text"]) for c in changes[group]
            ]
            parts += [fill("<h3>$title</h3>\n", title=say(f"explain:changes.{group}", lang)), items(lines)]
    return joined([*parts, fill('<p class="note">$text</p>\n', text=changes["text"])])


def _facts(facts: Sequence[Mapping[str, Any]], lang: Lang) -> Html:
    return items([
        fill(
            "$name – $value <span class=\"note\">($probability)</span>", name=fact["text"], value=fact["value_text"],
            probability=say("explain:probability", lang, p=decimal(fact["probability"], lang, digits=2)),
        )
        for fact in facts
    ])  # fmt: skip


def _documents(data: Mapping[str, Any], lang: Lang) -> Html:
    searched = data["searched"]
    lines = [
        fill("$path ($role) – $read", path=d["path"], role=d["role"],
             read=frame("pages_read", lang, read=d["pages_read"], total=d["pages"]))
        for d in searched["documents"]
    ]  # fmt: skip
    told = [f"{u['document']}, {where_of(u['pages'], lang)} – {u['text']}" for u in searched["unread"]]
    told += [f"{frame('missing', lang)} – {piece}" for piece in searched["announced_missing"]]
    return joined([items(lines), items([fill("! $text", text=text) for text in [*told, *data["warnings"]]])])
