"""How well PDFs are read, on the annotated development tenders: ``python tests/benchmarks/reading_quality.py``.

Headings (number, title and page must agree), running headers and footers kept out of the text, cells of tables (each in
its own row), words against pdftotext (or pdfium's own text), and one invariant: every character that a page shows is in
exactly one block. ``-v`` lists what was missed. Documents are quoted on the terminal only.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crible.types import Block, Document

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
GOLD, REAL = SHARED / "data" / "gold", SHARED / "data" / "real"

# Characters that print nothing, or whose place another takes: the named exclusions of the invariant.
INVISIBLE = dict.fromkeys(
    [*range(33), 0x7F, 0xA0, 0xAD, 0xFEFF, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F]
)
# Hyphens at a line's end: kept or joined, as the lexicon decides.
HYPHENS = dict.fromkeys([0x2D, 0x2010, 0x2011, 0x02, 0xFFFE])


@dataclass
class Score:
    """Counts of one document, and what was missed, for ``-v``."""

    found: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def count(self, what: str, good: float, of: float) -> None:
        self.found[what] += good  # type: ignore[assignment]
        self.total[what] += of  # type: ignore[assignment]

    def share(self, what: str) -> str:
        return f"{100 * self.found[what] / self.total[what]:.1f}" if self.total[what] else "–"


def folded(text: str) -> str:
    """Letters and digits, lower case, compatibility forms resolved: what two readings must share."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def same(a: str, b: str) -> bool:
    """Whether two folded titles are one: equal, or nearly (a footnote call, a joined hyphen)."""
    return a == b or (min(len(a), len(b)) > 8 and difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= 0.92)


def pages_of(block: Block) -> Iterator[tuple[int, str]]:
    """(page, text) of a block's words, for blocks that run over a page break too."""
    if block.page is None:
        return
    if block.row and block.page == block.page_end:
        yield block.page, " ".join(block.row)
    elif block.page == block.page_end or block.offsets is None:
        yield block.page, block.text
    else:
        for match in re.finditer(r"\S+", block.text):
            if block.row and match[0] == "|":  # between two cells
                continue
            boxes = block.offsets.boxes(match.start(), match.end())
            yield boxes[0][0], match[0] + " "


def text_by_page(document: Document, *, furniture: bool | None = None) -> dict[int, str]:
    """The text of each page; of furniture only, or of everything but furniture.

    What was read of pictures on a page with a text of its own is left out: no other reader sees it.
    """
    parts: dict[int, list[str]] = {}
    typed = {block.page for block in document.blocks if block.method == "text"}
    for block in document.blocks:
        if block.method == "ocr" and block.page in typed:
            continue
        if furniture is None or (block.kind == "furniture") == furniture:
            for page, text in pages_of(block):
                parts.setdefault(page, []).append(text)
    return {page: "\n".join(found) for page, found in parts.items()}


def headings(document: Document, gold: list[dict[str, Any]], score: Score) -> None:
    """A heading is found when a heading block of its page has its number and title. False: numbered, not annotated."""
    held = [b for b in document.blocks if b.kind == "heading"]
    free = set(range(len(held)))
    for heading in gold:
        what = "headings" if heading.get("in_text_layer", True) else "headings (image)"
        number = heading["number"]
        whole, title = folded(number + heading["title"]), folded(heading["title"])
        hit = next(
            (
                i for i in sorted(free)
                if held[i].page == heading["page"]
                and (same(folded(held[i].section), whole) or same(folded(held[i].text), whole)
                     or (same(folded(held[i].text), title) and not number))
            ),
            None,
        )  # fmt: skip
        if hit is None:
            score.notes.append(f"missed heading p.{heading['page']} {number!r} {heading['title']!r}")
        else:
            free.discard(hit)
        score.count(what, hit is not None, 1)
    extra = [held[i] for i in sorted(free)]
    false = [b for b in extra if re.match(r"(?:\d|article|[IVX]+\b|[A-Z]\b[.)])", b.text, re.IGNORECASE)]
    score.count("false", len(false), 1)
    score.count("other", len(extra) - len(false), 1)
    score.notes += [f"{'false' if b in false else 'other'} heading p.{b.page} {b.text[:100]!r}" for b in extra]


def running(document: Document, gold: list[dict[str, Any]], score: Score) -> None:
    """A running line is kept out of a page when furniture holds all its words and no other block holds the line."""
    inside, outside = text_by_page(document, furniture=True), text_by_page(document, furniture=False)
    for line in gold:
        first, last = line["pages"]
        for page in range(first, last + 1):
            if page in line["except_pages"]:
                continue
            text = line["line"].replace("{n}", str(page))
            held = Counter(re.findall(r"\w+", inside.get(page, "").lower()))
            words = Counter(re.findall(r"\w+", text.lower()))
            leak = folded(text) in {folded(part) for part in outside.get(page, "").split("\n")}
            good = not words - held and not leak
            if not good:
                score.notes.append(f"running line p.{page} {text!r} (furniture: {inside.get(page, '')[:80]!r})")
            score.count("furniture", good, 1)


def tables(document: Document, gold: list[dict[str, Any]], score: Score) -> None:
    """A cell is found when one cell of the reader's row is exactly it; a row is matched to the reader's best row.

    A cell that runs down several rows stands in its first row alone. A header that is printed on another page is not
    asked for.
    """
    for table in gold:
        what = "cells" if table["source"] == "text" else "cells (image)"
        begins = "first words" in table.get("note", "")  # of a long cell
        rows = [b.row for b in document.blocks if b.row and b.page == table["page"]]
        held = [[folded(cell) for cell in row] for row in rows]
        page = folded(text_by_page(document).get(table["page"], ""))
        above: set[str] = set()
        for n, cells in enumerate([table["columns"], *table["rows"]]):
            wanted = [folded(part) for c in cells for part in [c.replace("(merged)", "")] if folded(part)]
            if n == 0 and not any(w in page for w in wanted):
                continue

            def holds(row: list[str], cell: str, *, begins: bool = begins) -> bool:
                return any(same(h, cell) or (begins and h.startswith(cell)) for h in row)

            found = max((sum(holds(row, w) or w in above for w in wanted) for row in held), default=0)
            if found < len(wanted):
                score.notes.append(f"table p.{table['page']} {found}/{len(wanted)} of {cells}")
            above.update(w for w in wanted if any(holds(row, w) for row in held))
            score.count(what, found, len(wanted))


def reference_texts(path: Path, gold: list[str]) -> tuple[str, list[str]]:
    """The text of each page by another reader: pdftotext where it is installed, else pdfium's own text."""
    command = shutil.which("pdftotext")
    if command is None:
        return "pdfium", gold
    done = subprocess.run([command, "-enc", "UTF-8", str(path), "-"], capture_output=True, check=True)
    return "pdftotext", done.stdout.decode("utf-8", "replace").split("\f")[: len(gold)]


def words(text: str) -> Counter[str]:
    """Words with end-of-line hyphens joined on both sides alike."""
    text = re.sub(r"[-\u2010\u00ad\ufffe\x02]\s*\n\s*", "", unicodedata.normalize("NFKC", text))
    return Counter(re.findall(r"[^\W_]+", text.translate(HYPHENS).lower()))


def agreement(document: Document, reference: list[str], score: Score) -> None:
    """The words of each page that another reader finds too, and what sets the others apart."""
    texts = text_by_page(document)
    unread = {u.page for u in document.unread}
    recognised = only_recognised(document)
    for page, text in enumerate(reference, start=1):
        if page in unread:
            continue
        ours, theirs = words(texts.get(page, "")), words(text)
        common = sum((ours & theirs).values())
        score.count("words", 2 * common, sum(ours.values()) + sum(theirs.values()))
        if ours != theirs:
            more, fewer = ours - theirs, theirs - ours
            why = "recognised" if page in recognised else apart(more, fewer, f"{texts.get(page, '')}\n{text}")
            score.count(why, sum(more.values()) + sum(fewer.values()), 1)
            score.notes.append(f"words p.{page} {why} +{dict(more)} -{dict(fewer)}"[:300])


def only_recognised(document: Document) -> set[int | None]:
    """Pages of which the engine read all: what it saw is not what the text layer says."""
    by_method = {m: {b.page for b in document.blocks if b.method == m} for m in ("ocr", "text")}
    return by_method["ocr"] - by_method["text"]


def apart(more: Counter[str], fewer: Counter[str], text: str) -> str:
    """Why words of ours and of another reader differ: the same letters cut elsewhere, or not the same letters."""
    if sorted("".join(more.elements())) != sorted("".join(fewer.elements())):
        return "letters"
    hyphened = {folded(token) for token in re.findall(r"[^\W_]+(?:[-\u2010\u2011\u00ad\ufffe]\s*[^\W_]+)+", text)}
    return "hyphens" if hyphened & {*more, *fewer} else "spaces"


def characters(document: Document, texts: list[str], score: Score) -> None:
    """Pages on which the blocks hold pdfium's characters, each exactly once, but for the named exclusions and for
    pages that were recognised."""
    from crible.extraction.pdf_glyphs import clean_word

    held, recognised = text_by_page(document), only_recognised(document)
    for page, text in enumerate(texts, start=1):
        if page in recognised:
            continue
        shown = "".join(clean_word(part) for part in text.split())
        theirs = Counter(shown.translate(INVISIBLE | HYPHENS))
        ours = Counter(held.get(page, "").translate(INVISIBLE | HYPHENS))
        if ours != theirs:
            score.notes.append(f"characters p.{page} +{dict(ours - theirs)} -{dict(theirs - ours)}"[:300])
        score.count("invariant", ours == theirs, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="part of the name of the documents to measure")
    parser.add_argument("-v", "--verbose", action="store_true", help="list what was missed")
    options = parser.parse_args()
    if not GOLD.is_dir():
        print(f"skipped: no development tenders at {GOLD.name}/ beside this checkout", file=sys.stderr)
        return 0
    import crible

    columns = [
        "headings", "headings (image)", "false", "other", "furniture", "cells", "cells (image)", "words", "invariant",
    ]  # fmt: skip
    print(f"{'document':44}" + "".join(f"{c:>17}" for c in columns))
    whole = Score()
    source = "pdfium"
    for piece in json.loads((GOLD / "pieces.json").read_text(encoding="utf-8")):
        if piece["format"] != "pdf" or options.only not in piece["file"]:
            continue
        path = REAL / piece["file"]
        (document,) = crible.read(path).documents
        score = Score()
        headings(document, piece["headings"], score)
        running(document, piece["running_lines"], score)
        tables(document, piece["tables"], score)
        texts = GOLD / "text" / f"{piece['doc']}.json"
        if texts.is_file():
            gold = json.loads(texts.read_text(encoding="utf-8"))
            source, reference = reference_texts(path, gold)
            agreement(document, reference, score)
            characters(document, gold, score)
        shares = [str(score.found[c]) if c in ("false", "other") else score.share(c) for c in columns]
        print(f"{piece['file'][-44:]:44}" + "".join(f"{s:>17}" for s in shares))
        if options.verbose:
            print("".join(f"    {note}\n" for note in score.notes), end="")
        whole.found += score.found
        whole.total += score.total
    shares = [str(whole.found[c]) if c in ("false", "other") else whole.share(c) for c in columns]
    print(f"{'all':44}" + "".join(f"{s:>17}" for s in shares))
    print(
        f"words: F1 of the words of each page against {source}; invariant: % of pages; false: numbered, not annotated"
    )
    print(
        "words that differ, ours and theirs: "
        f"{whole.found['hyphens']} on pages where a hyphen parts them, {whole.found['spaces']} where a space does, "
        f"{whole.found['letters']} where letters are not the same, {whole.found['recognised']} on recognised pages"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
