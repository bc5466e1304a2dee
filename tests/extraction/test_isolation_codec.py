"""A Document as bytes and back, from a sender that may have been taken over by the file it read."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crible.extraction import isolation_codec
from crible.extraction.isolation_codec import BadMessage, decode, encode
from crible.types import Block, Document, OffsetMap, UnreadPage, Warned

texts = st.text(max_size=30) | st.text(st.characters(categories=["Cs", "Lu", "So"]), max_size=5)
numbers = st.integers(0, 1 << 40)
pages = st.none() | st.integers(0, 20_000)
finite = st.floats(allow_nan=False)
boxes = st.tuples(finite, finite, finite, finite)
plain = st.recursive(st.none() | st.booleans() | numbers | finite | texts, lambda inner: st.lists(inner, max_size=3))
tuples = st.lists(texts, max_size=3).map(tuple)


@st.composite
def offset_maps(draw: st.DrawFn) -> OffsetMap:
    found = OffsetMap()
    small = st.floats(-1e4, 1e4, width=32)
    for start in sorted(draw(st.lists(st.integers(0, 60), max_size=8))):
        found.add(start, draw(st.integers(1, 3)), draw(st.tuples(small, small, small, small)))
    return found


blocks = st.builds(
    Block, id=texts, kind=st.sampled_from(isolation_codec._KINDS), text=texts, start=numbers, page=pages,
    page_end=pages, bbox=st.none() | boxes, section_path=tuples, method=st.sampled_from(isolation_codec._METHODS),
    offsets=st.none() | offset_maps(), anchor=st.none() | st.dictionaries(texts, plain, max_size=3), row=tuples,
    header=tuples, role=st.none() | st.sampled_from(isolation_codec._ROLES),
)  # fmt: skip
documents = st.builds(
    Document, path=texts, sha256=texts, role=st.sampled_from(isolation_codec._ROLES), pages=numbers,
    pages_read=numbers, language=st.none() | texts, blocks=st.lists(blocks, max_size=5).map(tuple),
    unread=st.lists(st.builds(UnreadPage, pages, texts), max_size=3).map(tuple),
    warnings=st.lists(st.builds(Warned, texts, texts, st.none() | texts), max_size=3).map(tuple), title=texts,
    lot=st.none() | texts, page_labels=tuples, page_sizes=st.lists(st.tuples(finite, finite), max_size=3).map(tuple),
)  # fmt: skip


@given(documents, st.integers(0, 60), st.integers(0, 60))
def test_a_document_comes_back_as_it_was_with_its_boxes(document: Document, start: int, end: int) -> None:
    found = decode(encode(document))
    assert found == document
    for before, after in zip(document.blocks, found.blocks, strict=True):
        assert (before.offsets is None) == (after.offsets is None)
        if before.offsets is not None and after.offsets is not None:
            assert after.offsets.boxes(start, end) == before.offsets.boxes(start, end)
            assert len(after.offsets) == len(before.offsets)


@given(documents, st.data())
@settings(max_examples=300)
def test_a_message_that_was_tampered_with_is_a_document_or_refused(document: Document, data: st.DataObject) -> None:
    message = bytearray(encode(document))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(message) - 1))
        if data.draw(st.booleans()):
            message[at] = data.draw(st.integers(0, 255))
        else:
            del message[at : at + data.draw(st.integers(1, 9))]
        if not message:
            break
    try:
        found = decode(message)
    except BadMessage:
        return
    encode(found)  # whole, and of the right types


def test_runs_out_of_order_are_refused() -> None:
    offsets = OffsetMap()
    offsets.add(5, 1, (0, 0, 1, 1))
    offsets.add(9, 1, (0, 0, 1, 1))
    offsets._starts = array("I", [9, 5])
    block = Block("b1", "paragraph", "text", 0, 1, 1, None, offsets=offsets)
    with pytest.raises(BadMessage, match="order"):
        decode(encode(Document("a", "0" * 64, "OTHER", 1, 1, None, (block,))))


def test_a_message_of_nothing_is_refused() -> None:
    for message in (b"", b"\0", b"\xff" * 4, b"\2\0\0\0{}", b"\2\0\0\0[]", b"\4\0\0\0null"):
        with pytest.raises(BadMessage):
            decode(message)
