"""Clauses are slices of their block: nothing is lost, nothing moves (property tests)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crible.classification.folding import fold
from crible.classification.segments import clause_from_text, clauses, split_sentences
from crible.types import Block, Document, Dossier

# Letters, digits, the signs that end sentences or look as if they did, boxes, and a capital that grows when lowered.
TEXT = st.text(alphabet="abéÀZ 019.;:!?…«»()•–☐☒|'’\n\u00a0İœ", max_size=160)
KINDS = st.sampled_from(["paragraph", "list_item", "heading", "table_row", "note"])


@given(TEXT)
def test_sentences_are_in_order_and_cover_all_that_is_not_space(text: str) -> None:
    spans = split_sentences(text)
    left = list(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        left[start:end] = [" "] * (end - start)
        at = end
    assert not "".join(left).strip()


@given(st.lists(st.tuples(KINDS, TEXT), max_size=6))
@settings(max_examples=60)
def test_every_clause_is_the_slice_of_its_block_and_ids_do_not_repeat(pieces: list[tuple[str, str]]) -> None:
    blocks = tuple(Block(f"b{n}", kind, text, 0, 1, 1, None) for n, (kind, text) in enumerate(pieces))  # type: ignore[arg-type]
    document = Document("d.txt", "0" * 64, "CCTP", 1, 1, "fr", blocks)
    found = list(clauses(Dossier("d", "1" * 64, (document,))))
    for clause in found:
        assert clause.block is not None
        assert clause.text == clause.block.text[clause.start : clause.end]
    assert len({c.id for c in found}) == len(found)
    order = [(blocks.index(c.block), c.start) for c in found if c.block]
    assert order == sorted(order)
    for block in blocks:
        read = "".join(c.text for c in found if c.block is block)
        assert "".join(read.split()) == "".join(block.text.split())


@given(TEXT)
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(TEXT)
def test_a_bare_text_is_cut_like_a_block(text: str) -> None:
    for clause in clause_from_text("1", text):
        assert clause.text == text[clause.start : clause.end]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Le titulaire héberge. Il sauvegarde.", 2),
        ("Le titulaire héberge ; il sauvegarde.", 2),
        ("Selon l'art. 28 du RGPD, M. Durand signe.", 1),
        ("La disponibilité est de 99.5 % par mois.", 1),
        ("Où ? En France.", 2),
        ("SEC-1 | Données en France. | O", 1),
    ],
)
def test_a_sentence_ends_where_a_reader_ends_it(text: str, count: int) -> None:
    assert len(clause_from_text("1", text)) == count


def test_a_bullet_keeps_the_head_of_its_list_and_a_new_paragraph_drops_it(dossier: Callable[..., Dossier]) -> None:
    found = list(
        clauses(
            dossier(
                ("heading", "4 Hébergement"),
                ("paragraph", "Le titulaire garantit :"),
                ("list_item", "des serveurs en France ;"),
                ("paragraph", "Le comité se réunit."),
            )
        )
    )
    assert [c.lead for c in found] == ["", "", "Le titulaire garantit :", ""]
    assert found[2].heading == "4 Hébergement"


def test_furniture_and_repeated_header_rows_give_no_clause(dossier: Callable[..., Dossier]) -> None:
    header = ("Réf.", "Exigence")
    row = Block("b9", "table_row", "Réf. | Exigence", 0, 1, 1, None, row=header, header=header)
    assert list(clauses(dossier(("furniture", "CCTP page 3"), row))) == []


def test_an_answer_leans_on_the_question_and_the_question_requires_nothing(dossier: Callable[..., Dossier]) -> None:
    from crible.classification.findings import classify

    asked = ("paragraph", "Le service doit-il être qualifié SecNumCloud dès l'offre ?")
    answered = ("paragraph", "Non. La qualification devra être obtenue avant la mise en service.")
    assert [f.label for f in classify(dossier(asked, role="QA"))] == []
    assert [(f.label, f.strength) for f in classify(dossier(asked, answered, role="QA"))] == [
        ("sv_secnumcloud", "mandatory")
    ]
