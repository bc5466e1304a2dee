"""In which section of its piece a clause stands (rubric B.2): a definition or a description of today binds nobody."""

from __future__ import annotations

import re
from functools import cache

from crible.classification.cues import compile_cues
from crible.classification.folding import fold
from crible.classification.lexicon import load_yaml
from crible.types import Role, Section

_TITLE_OF_ANSWERS = re.compile(r"\bquestions?\b|\breponses?\b|\banswers?\b")


@cache
def _cues() -> dict[str, list[tuple[Section, re.Pattern[str]]]]:
    data = load_yaml("lexicon", "sections.yaml")
    return {kind: [(e["section"], compile_cues([e])) for e in data[kind]] for kind in ("headings", "text")}


@cache
def _from_heading(heading: str) -> Section | None:
    folded = fold(heading)
    for section, pattern in _cues()["headings"]:
        if pattern.search(folded):
            return section
    return None


def section_of(part: Role, section_path: tuple[str, ...], text: str) -> Section:
    """The section from the innermost heading that tells, unless the clause itself speaks of bids or bidders' data."""
    folded = fold(text)
    for section, pattern in _cues()["text"]:
        if pattern.search(folded):
            return section
    for heading in reversed(section_path):
        if part == "QA" and _TITLE_OF_ANSWERS.search(fold(heading)):
            continue  # in the rules of consultation the same words head the way to ask; here they are the title
        if (found := _from_heading(heading)) is not None:
            return found
    return "price" if part == "BPU" else "requirement"
