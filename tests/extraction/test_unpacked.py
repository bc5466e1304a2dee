"""Files carried by a document, taken out in the worker: what crosses is checked, and a hostile one stops nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crible.extraction import isolation, read_dossier, sources
from crible.extraction.archive import Budget, Entry, Limits
from crible.extraction.isolation_codec import BadMessage
from crible.extraction.unpacked import Unpacked, decode_unpacked, encode_unpacked, left_of

LIMITS = left_of(Budget(Limits()))
names = st.text(max_size=12)
entries = st.builds(
    lambda name, data, reason, notes: Entry(name, data, None if data is not None else reason, "", notes),
    names, st.none() | st.binary(max_size=40), names, st.lists(st.tuples(names, names), max_size=2).map(tuple),
)  # fmt: skip


def portfolio(*files: tuple[str, bytes]) -> bytes:
    pikepdf = pytest.importorskip("pikepdf")
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for name, data in files:
            pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
        pdf.save(out)
    return out.getvalue()


@given(st.lists(entries, max_size=4))
def test_files_cross_as_they_are(found: list[Entry]) -> None:
    given_files = Unpacked(tuple(found), Budget(Limits(), len(found), 7, 1))
    again = decode_unpacked(encode_unpacked(given_files), limits=LIMITS)
    assert again.entries == given_files.entries
    assert (again.used.entries, again.used.unpacked, again.used.refused_entries) == (len(found), 7, 1)


@given(st.binary(max_size=200))
def test_nothing_else_is_taken_for_files(message: bytes) -> None:
    with pytest.raises(BadMessage):
        decode_unpacked(message, limits=LIMITS)


def test_a_message_that_was_cut_or_lengthened_is_refused() -> None:
    message = encode_unpacked(Unpacked((Entry("a", b"abc"),), Budget(Limits(), 1, 3)))
    for wrong in (message[:-1], message + b"x"):
        with pytest.raises(BadMessage):
            decode_unpacked(wrong, limits=LIMITS)
    with pytest.raises(BadMessage):
        decode_unpacked(message, limits={**LIMITS, "entries": 0})


def test_the_files_of_a_pdf_count_for_the_whole_tender(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(portfolio(("Annexe.txt", b"Les donnees restent en France."), ("B.txt", b"Objet.")))
    budget = Budget(Limits())
    found = list(sources.iter_entries([tmp_path / "a.pdf"], budget=budget))
    assert [e.path for e in found] == ["a.pdf", "a.pdf!/Annexe.txt", "a.pdf!/B.txt"]
    assert (budget.entries, budget.unpacked) == (3, 36)


def test_a_carrier_that_kills_its_worker_is_listed_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    isolation.close()  # the next worker is started with that path
    (tmp_path / "a.pdf").write_bytes(portfolio(("Annexe.txt", b"Les donnees restent en France.")))
    (tmp_path / "b.txt").write_text("Le titulaire assure la maintenance.", encoding="utf-8")
    monkeypatch.setattr(isolation, "_TAKE_OUT", "isolation_readers:dying_opener")
    dossier = read_dossier([tmp_path])
    assert [d.path for d in dossier.documents] == ["a.pdf", "b.txt"]
    assert dossier.documents[1].blocks
    isolation.close()
