"""The nouns of the house: one tender goes in as a Dossier, comes out as an Assessment.

All are frozen and slotted. Pages count from 1. A box is ``(x0, top, x1, bottom)`` in points of the page as displayed
(rotation and crop applied), origin top left. Offsets count Unicode characters.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

BBox = tuple[float, float, float, float]

BlockKind = Literal["heading", "paragraph", "list_item", "table_row", "footnote", "furniture"]
Method = Literal["text", "ocr", "office"]
# The parts of rubric B.2: what a document, or a stretch of it, is in the file.
Role = Literal[
    "NOTICE", "RC", "AE", "CCAP", "CCTP", "CCP", "ANNEX_GDPR", "ANNEX_SEC", "ANNEX_HOST", "CRT", "BPU", "QA", "OTHER"
]
Section = Literal[
    "definition", "context", "existing_system", "requirement", "criteria", "bid_submission", "bidder_data_notice",
    "price", "governance",
]  # fmt: skip
Strength = Literal["mandatory", "scored", "desirable", "informative"]
Effect = Literal["operative", "non_operative"]
Actor = Literal["contractor", "bidder", "buyer", "law", "unknown"]
# What reads the clauses: rules; with the linear model; with the encoder where the gate opens; with it on every clause.
DetectorName = Literal["patterns", "linear", "cascade", "encoder"]
# What runs an encoder: ONNX Runtime, or torch where the training part is installed.
Backend = Literal["onnx", "torch"]
Verdict = Literal["compliant", "non_compliant", "needs_review", "out_of_scope"]
Completeness = Literal["complete", "partial", "notice_or_rc_only"]
Status = Literal["met", "unmet", "unclear", "not_applicable", "unread"]
Severity = Literal["blocking", "high", "medium", "low", "info"]


class OffsetMap:
    """Where each character of a block's text stands: sorted runs ``start -> (page, box)``.

    A run is the finest stretch the reader located (a word or a line). Compact arrays, because a tender has hundreds
    of thousands of runs.
    """

    __slots__ = ("_boxes", "_pages", "_starts")

    def __init__(self) -> None:
        self._starts = array("I")
        self._pages = array("I")
        self._boxes = array("f")

    @classmethod
    def of(cls, starts: array[int], pages: array[int], boxes: array[float]) -> OffsetMap:
        """The map of these runs: one start and one page each, four numbers of ``boxes``. Starts must not decrease."""
        found = cls()
        found._starts, found._pages, found._boxes = starts, pages, boxes
        return found

    @property
    def runs(self) -> tuple[array[int], array[int], array[float]]:
        """Starts, pages and boxes, as :meth:`of` takes them: for those who carry a hundred thousand at once."""
        return self._starts, self._pages, self._boxes

    def add(self, start: int, page: int, bbox: BBox) -> None:
        """Append a run that begins at character ``start`` of the block; starts must not decrease."""
        if self._starts and start < self._starts[-1]:
            raise ValueError(f"run at {start} after run at {self._starts[-1]}")
        self._starts.append(start)
        self._pages.append(page)
        self._boxes.extend(bbox)

    def __len__(self) -> int:
        return len(self._starts)

    def boxes(self, start: int, end: int) -> tuple[tuple[int, BBox], ...]:
        """One ``(page, box)`` per page touched by the characters ``[start, end)``, in reading order."""
        if not self._starts or end <= start:
            return ()
        first = max(bisect_right(self._starts, start) - 1, 0)
        last = max(bisect_right(self._starts, end - 1), first + 1)
        found: dict[int, list[float]] = {}
        for i in range(first, last):
            x0, top, x1, bottom = self._boxes[4 * i : 4 * i + 4]
            box = found.setdefault(self._pages[i], [x0, top, x1, bottom])
            box[0], box[1] = min(box[0], x0), min(box[1], top)
            box[2], box[3] = max(box[2], x1), max(box[3], bottom)
        return tuple((page, (b[0], b[1], b[2], b[3])) for page, b in found.items())


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list item, table row, footnote or piece of furniture.

    ``text`` is normalised: NFC, white space folded, end-of-line hyphens joined. ``start`` is the offset of the block in
    its document's text (blocks joined by one line break). ``page`` and ``bbox`` are None for formats without pages,
    whose ``anchor`` says where the block is. ``row`` and ``header`` are set on table rows: ``row`` the cells, and
    ``header`` the header cells that apply to them.
    """

    id: str
    kind: BlockKind
    text: str
    start: int
    page: int | None
    page_end: int | None
    bbox: BBox | None
    section_path: tuple[str, ...] = ()
    method: Method = "text"
    offsets: OffsetMap | None = field(default=None, compare=False, repr=False)
    anchor: Mapping[str, Any] | None = None
    row: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    role: Role | None = None  # when a stretch of the document is another piece than the document itself
    language: str | None = None  # when it is not that of the document

    @property
    def section(self) -> str:
        """The innermost heading, « 5.2 Hébergement », or an empty string."""
        return self.section_path[-1] if self.section_path else ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """A page (None: the whole file) that nobody has read, and why (``scan_without_ocr``, ``encrypted`` …)."""

    page: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a reviewer should know: a stable ``code`` and its particulars."""

    code: str
    detail: str = ""
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file: what it is, what was read of it, and what was not.

    ``path`` is the name a user knows it by, ``DCE.zip!/Lot1/CCTP.pdf`` inside an archive. ``page_labels`` are the
    printed labels, one per page, empty when there are none; ``page_sizes`` are (width, height) in points. ``date`` is
    the ISO day of a set of answers or of a correction.
    """

    path: str
    sha256: str
    role: Role
    pages: int
    pages_read: int
    language: str | None
    blocks: tuple[Block, ...] = ()
    unread: tuple[UnreadPage, ...] = ()
    warnings: tuple[Warned, ...] = ()
    title: str = ""
    lot: str | None = None
    page_labels: tuple[str, ...] = ()
    page_sizes: tuple[tuple[float, float], ...] = ()
    date: str | None = None

    @property
    def words(self) -> int:
        """Readable words, furniture left out (rubric C.7 asks for 200 in a piece that counts)."""
        return sum(len(b.text.split()) for b in self.blocks if b.kind != "furniture")


@dataclass(frozen=True, slots=True)
class Dossier:
    """One tender: its documents, and what is known to be missing from them.

    ``ocr``: the engine, with version and language, that read its scanned pages; None when none was read so.
    """

    name: str
    sha256: str
    documents: tuple[Document, ...]
    announced_missing: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()
    notice: Mapping[str, Any] | None = None
    ocr: str | None = None

    @property
    def pages(self) -> int:
        return sum(d.pages for d in self.documents)

    @property
    def pages_read(self) -> int:
        return sum(d.pages_read for d in self.documents)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The verbatim quote and where it stands. A quote that is not found at its anchor is a bug."""

    quote: str
    document: str
    sha256: str
    role: Role
    section: str
    page: int | None
    page_label: str | None
    bbox: BBox | None
    char: tuple[int, int]
    method: Method = "text"
    anchor: Mapping[str, Any] | None = None
    boxes: tuple[tuple[int, BBox], ...] = ()  # one per page, when the quote runs over a page break


@dataclass(frozen=True, slots=True)
class Likeness:
    """The wording of the training corpus, under the same label, that a clause is most like; ``cosine`` from -1 to 1."""

    text: str
    cosine: float


@dataclass(frozen=True, slots=True)
class DetectorTrace:
    """Which detector spoke, and on what: a score never travels without its reasons. ``threshold``: the probability from
    which it makes this a finding."""

    kind: str
    version: str
    threshold: float
    cues: tuple[str, ...] = ()
    like: Likeness | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One label on one clause: how strongly, binding whom, and the words it rests on.

    ``strength`` is None for labels of the adverse group, which have an ``effect`` instead.
    """

    id: str
    label: str
    probability: float
    strength: Strength | None
    effect: Effect | None
    actor: Actor
    negated: bool
    params: Mapping[str, Any]
    lot: str | None
    part: Role
    section: Section
    detector: DetectorTrace
    evidence: Evidence
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of rubric C.1 with what it rests on: findings (ids), passages of the pieces, reasons."""

    value: str
    probability: float
    evidence: tuple[str, ...] = ()
    why: str = ""
    quotes: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """What the tender as a whole says on one label (rubric C.8)."""

    strength: Strength | None
    effect: Effect | None
    findings: tuple[str, ...]
    probability: float
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two clauses that disagree (rubric B.5): raised with both quotes, never resolved silently.

    ``certain`` is False when the adverse side is only likely: shown to a reviewer, it decides no verdict by itself.
    """

    code: str
    topic: str
    findings: tuple[str, ...]
    lot: str | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a policy, its status, and where it was looked for when nothing was found."""

    id: str
    status: Status
    weight: float
    points: float
    reason: str
    legal_basis: tuple[str, ...]
    evidence: tuple[str, ...]
    searched: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """The verdict under one policy. ``raw`` and ``score`` are None out of scope; ``extra``: SEAL levels, advisory."""

    policy: str
    version: str
    verdict: Verdict
    score: float | None
    raw: float | None
    reasons: tuple[str, ...]
    criteria: tuple[Criterion, ...] = ()
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LegalityWarning:
    """A risk of the call itself (rubric C.10). It never changes a verdict."""

    code: str
    severity: Severity
    message: str
    legal_basis: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LotResult:
    """The verdicts of one lot; the tender takes the worst of its lots. ``findings``: ids, common clauses included."""

    lot: str
    title: str
    profiles: Mapping[str, ProfileResult]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything crible says of one tender, with what it rests on. ``policy`` names the headline profile."""

    id: str
    dossier: Dossier
    title: str
    buyer_name: str
    policy: str
    as_of: str
    profiles: Mapping[str, ProfileResult]
    facts: Mapping[str, Fact]
    labels: Mapping[str, LabelSummary]
    findings: tuple[Finding, ...]
    conflicts: tuple[Conflict, ...]
    legality: tuple[LegalityWarning, ...]
    models: Mapping[str, str]
    software: str
    lots: tuple[LotResult, ...] = ()
    warnings: tuple[Warned, ...] = ()
    cpv: tuple[str, ...] = ()
    # What the policies judged, as plain data by lot ("" for a tender without lots): `crible.scoring.record`.
    judged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def headline(self) -> ProfileResult:
        return self.profiles[self.policy]

    @property
    def verdict(self) -> Verdict:
        return self.headline.verdict

    @property
    def completeness(self) -> str:
        return self.facts["dce"].value
