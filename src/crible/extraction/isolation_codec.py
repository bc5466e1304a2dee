"""``decode(encode(document)) == document``: a Document as bytes and back, for a sender that cannot be trusted.

A process that has parsed a hostile file may answer anything. So the answer is not a pickle but a small JSON head (the
fields of the document, counts, and the sizes of what follows) and eight sections of plain arrays in native byte order
(both ends run on one machine): all strings in one UTF-8 text, their lengths, the lengths of the tuples of strings, ten
columns of integers, the boxes of the blocks, and the runs of the offset maps. Big things stand in arrays, so that a
short message cannot ask for much memory: a decoded document takes a small multiple of its bytes.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, Final, get_args

from crible.types import Block, BlockKind, Document, Method, OffsetMap, Role, UnreadPage, Warned

# Bytes. A page of dense text takes about 15 KB: 512 MiB hold more pages than the 20,000 that the PDF reader accepts.
MESSAGE_MAX: Final = 512 << 20
# Bytes of the JSON head: 30 a block for the anchors of a text file, so a million lines.
HEAD_MAX: Final = 64 << 20

_KINDS: Final[tuple[BlockKind, ...]] = get_args(BlockKind)
_METHODS: Final[tuple[Method, ...]] = get_args(Method)
_ROLES: Final[tuple[Role, ...]] = get_args(Role)
# Section → array type: text (bytes), lengths of strings, of tuples, columns, boxes, then start, page, box of each run.
_SECTIONS: Final = "BIIqdIIf"
_COLUMNS: Final = 10  # start, page, page_end, kind, method, role, section path, row, header, runs
_NONE: Final = -1  # an integer that is None; none of the columns is ever negative
_HEAD = struct.Struct("<I")


class BadMessage(ValueError):
    """Bytes that are not a Document: wrong sizes, wrong types, values outside their range."""


def encode(document: Document) -> bytes:
    """The document as bytes. Raises ValueError or TypeError on a value that no Document holds (a reader's bug)."""
    blocks = document.blocks
    tuples: dict[tuple[str, ...], int] = {}  # section paths and table headers recur on hundreds of blocks

    def place(strings: tuple[str, ...]) -> int:
        return tuples.setdefault(strings, len(tuples))

    columns = [
        array("q", [b.start for b in blocks]),
        array("q", [_NONE if b.page is None else b.page for b in blocks]),
        array("q", [_NONE if b.page_end is None else b.page_end for b in blocks]),
        array("q", [_KINDS.index(b.kind) for b in blocks]),
        array("q", [_METHODS.index(b.method) for b in blocks]),
        array("q", [_NONE if b.role is None else _ROLES.index(b.role) for b in blocks]),
        array("q", [place(b.section_path) for b in blocks]),
        array("q", [place(b.row) for b in blocks]),
        array("q", [place(b.header) for b in blocks]),
        array("q", [_NONE if b.offsets is None else len(b.offsets) for b in blocks]),
    ]
    strings = [b.id for b in blocks]
    strings += [b.text for b in blocks]
    strings += chain.from_iterable(tuples)
    numbers = array("q")
    for column in columns:
        numbers += column
    starts, pages, boxes = array("I"), array("I"), array("f")
    for b in blocks:
        if b.offsets is not None:
            of_starts, of_pages, of_boxes = b.offsets.runs
            starts += of_starts
            pages += of_pages
            boxes += of_boxes
    sections = [
        "".join(strings).encode("utf-8", "surrogatepass"),  # a PDF may map its glyphs to lone surrogates
        array("I", map(len, strings)).tobytes(),
        array("I", map(len, tuples)).tobytes(),
        numbers.tobytes(),
        array("d", chain.from_iterable(b.bbox for b in blocks if b.bbox is not None)).tobytes(),
        starts.tobytes(),
        pages.tobytes(),
        boxes.tobytes(),
    ]
    head = to_json(
        {
            "sizes": [len(s) for s in sections],
            "blocks": len(blocks),
            "unboxed": [i for i, b in enumerate(blocks) if b.bbox is None],
            "anchors": {str(i): b.anchor for i, b in enumerate(blocks) if b.anchor is not None},
            "path": document.path, "sha256": document.sha256, "role": document.role, "pages": document.pages,
            "pages_read": document.pages_read, "language": document.language, "title": document.title,
            "lot": document.lot, "page_labels": document.page_labels, "page_sizes": document.page_sizes,
            "unread": [(u.page, u.reason) for u in document.unread],
            "warnings": [(w.code, w.detail, w.document) for w in document.warnings],
        }
    )  # fmt: skip
    return b"".join([_HEAD.pack(len(head)), head, *sections])


def decode(message: bytes | bytearray | memoryview) -> Document:
    """The document of a message. Raises BadMessage on anything that :func:`encode` would not have written."""
    try:
        return _decode(memoryview(message))
    except BadMessage:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, struct.error) as error:
        # The tests below are of shape; what slips between them fails in the conversions.
        raise BadMessage(f"{type(error).__name__}: {error}"[:200]) from error


def to_json(value: object) -> bytes:
    """JSON that gives lone surrogates back as they were (escaped, two of them side by side would merge)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def from_json(data: bytes | bytearray | memoryview) -> Any:
    """Inverse of :func:`to_json`. Raises ValueError or RecursionError."""
    return json.loads(bytes(data).decode("utf-8", "surrogatepass"))


def _decode(view: memoryview) -> Document:
    if not _HEAD.size <= len(view) <= MESSAGE_MAX:
        raise BadMessage(f"{len(view)} bytes")
    (size,) = _HEAD.unpack_from(view)
    _check(size <= HEAD_MAX, "size of the head")
    body = _HEAD.size + size
    head = from_json(view[_HEAD.size : body])
    _check(isinstance(head, dict), "head")
    count = _count(head["blocks"])
    sizes = [_count(n) for n in head["sizes"]]
    _check(len(sizes) == len(_SECTIONS) and body + sum(sizes) == len(view), "sizes of the sections")
    ends = list(accumulate(sizes, initial=body))
    parts = [view[a:b] for a, b in pairwise(ends)]
    _, lengths, counts, numbers, bboxes, starts, pages, boxes = (
        _array(kind, part) for kind, part in zip(_SECTIONS, parts, strict=True)
    )
    _check(len(numbers) == _COLUMNS * count, "columns")
    _check(len(pages) == len(starts) and len(boxes) == 4 * len(starts), "runs")
    text = bytes(parts[0]).decode("utf-8", "surrogatepass")
    bounds = list(accumulate(lengths, initial=0))
    _check(bounds[-1] == len(text), "lengths of the strings")
    strings = [text[a:b] for a, b in pairwise(bounds)]
    bounds = list(accumulate(counts, initial=2 * count))
    _check(bounds[-1] == len(strings), "lengths of the tuples")
    tuples = [tuple(strings[a:b]) for a, b in pairwise(bounds)]
    flat = numbers.tolist()
    *columns, runs = (flat[i * count : (i + 1) * count] for i in range(_COLUMNS))
    maps = _maps(runs, starts, pages, boxes)
    return _document(head, _blocks(head, count, strings, tuples, columns, bboxes, maps))


def _maps(
    runs: Sequence[int], starts: array[int], pages: array[int], boxes: array[float]
) -> Iterator[OffsetMap | None]:
    """The offset map of each block, cut from the runs of all; -1 runs: None."""
    _check(min(runs, default=0) >= _NONE, "runs of a block")
    bounds = list(accumulate((max(n, 0) for n in runs), initial=0))
    _check(bounds[-1] == len(starts), "runs of the blocks")
    falls = {i for i, (one, other) in enumerate(pairwise(starts), start=1) if other < one}
    _check(falls <= set(bounds), "order of the runs")  # ``boxes`` searches by halves: runs are sorted within a block
    for n, begin, end in zip(runs, bounds, bounds[1:], strict=False):
        if n == _NONE:
            yield None
            continue
        yield OffsetMap.of(starts[begin:end], pages[begin:end], boxes[4 * begin : 4 * end])


def _blocks(
    head: Mapping[str, Any], count: int, strings: Sequence[str], tuples: Sequence[tuple[str, ...]],
    columns: Sequence[Sequence[int]], bboxes: array[float], maps: Iterable[OffsetMap | None],
) -> tuple[Block, ...]:  # fmt: skip
    start, page, page_end, kind, method, role, path, row, header = columns
    for column in (start, kind, method, path, row, header):
        _check(min(column, default=0) >= 0, "negative number")
    for column in (page, page_end, role):
        _check(min(column, default=0) >= _NONE, "negative number")
    unboxed = set(head["unboxed"])
    _check(len(bboxes) == 4 * (count - len(unboxed)) and unboxed <= set(range(count)), "boxes of the blocks")
    corners = iter(bboxes)
    quads = zip(corners, corners, corners, corners, strict=True)
    anchors = {int(i): _anchor(anchor) for i, anchor in head["anchors"].items()}
    # By position, in the order of the fields: keywords cost a quarter more, on thousands of blocks.
    return tuple(
        Block(
            strings[i],
            _KINDS[kind[i]],
            strings[count + i],
            start[i],
            None if page[i] == _NONE else page[i],
            None if page_end[i] == _NONE else page_end[i],
            None if i in unboxed else next(quads),
            tuples[path[i]],
            _METHODS[method[i]],
            offsets,
            anchors.get(i),
            tuples[row[i]],
            tuples[header[i]],
            None if role[i] == _NONE else _ROLES[role[i]],
        )
        for i, offsets in enumerate(maps)
    )


def _document(head: Mapping[str, Any], blocks: tuple[Block, ...]) -> Document:
    _check(head["role"] in _ROLES, "role")
    return Document(
        path=_text(head["path"]),
        sha256=_text(head["sha256"]),
        role=head["role"],
        pages=_count(head["pages"]),
        pages_read=_count(head["pages_read"]),
        language=_maybe(head["language"]),
        blocks=blocks,
        unread=tuple(UnreadPage(None if p is None else _count(p), _text(r)) for p, r in head["unread"]),
        warnings=tuple(Warned(_text(c), _text(d), _maybe(w)) for c, d, w in head["warnings"]),
        title=_text(head["title"]),
        lot=_maybe(head["lot"]),
        page_labels=tuple(_text(x) for x in _list(head["page_labels"])),
        page_sizes=tuple((_number(w), _number(h)) for w, h in head["page_sizes"]),
    )


def _array(kind: str, part: memoryview) -> array[Any]:
    found = array(kind)
    if kind != "B":  # the text is decoded where it stands
        found.frombytes(part)
    return found


def _check(good: bool, what: str) -> None:
    if not good:
        raise BadMessage(what)


def _list(value: object) -> Iterable[object]:
    _check(isinstance(value, list), "list")
    return value  # type: ignore[return-value]  # the line above


def _anchor(value: object) -> dict[str, Any]:
    _check(isinstance(value, dict), "anchor")
    return value  # type: ignore[return-value]  # the line above


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadMessage("text")
    return value


def _maybe(value: object) -> str | None:
    return None if value is None else _text(value)


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise BadMessage("count")
    return value


def _number(value: object) -> float:
    if type(value) not in (int, float):
        raise BadMessage("number")
    return value  # type: ignore[return-value]  # the line above
