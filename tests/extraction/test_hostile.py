"""Files made to hurt: the parent lives, nothing lasts beyond its deadline, and the honest piece beside them is read."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crible.errors import CribleError, DamagedDocument, EmptyInput, EncryptedDocument, LimitExceeded, UnsupportedMedia
from crible.extraction import read_dossier
from crible.extraction.isolation import Job, Pool, ReaderFailed, ReaderMemory, ReaderTimeout, WorkerLimits
from crible.extraction.pdf import read_pdf
from crible.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

SHA = "0" * 64
# Enough for every honest file of the tests; a bomb meets it in a second, where the real limit takes five.
LIMITS = WorkerLimits(memory=600 << 20, seconds=8, seconds_max=8, patience=1, idle=4)
DEADLINE = LIMITS.wall(0)


def beside(name: str) -> Any:
    """A module of this folder: none of them is in a package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


hostile, archives = beside("hostile"), beside("hostile_archives")

# What must come of a kind, where only one thing may. Of the others it is enough that they end.
EXPECTED: dict[str, type[CribleError] | tuple[type[CribleError], ...]] = {
    "zero byte": EmptyInput,
    "header only": DamagedDocument,
    "random bytes after the header": DamagedDocument,
    **dict.fromkeys(("one byte", "HTML", "PNG", "ZIP", "JSON", "OLE", "NULs", "random bytes"), UnsupportedMedia),
    "encrypted, password": EncryptedDocument,
    "one page a million times": LimitExceeded,
    **dict.fromkeys(
        ("form recursive", "forms, billion laughs 10 × 10", "Flate bomb, 300 MB of text"), (ReaderMemory, ReaderTimeout)
    ),
}
# Whose sentence must be found, since a reader of PDFs shows it.
READ = (
    "junk before the header", "spaces after the end", "xref zeroed", "xref loop", "xref oversized",
    "startxref beyond the end", "startxref negative", "updates, 3,000", "count too high", "count negative",
    "MediaBox inverted", "length negative", "length huge", "name of 1 MB", "arrays 100,000 deep",
    "dictionaries 100,000 deep", "graphics states 200,000 deep", "grid of 1,000 × 1,000", "image of 30,000²",
    "image smaller than it says", "encrypted, owner only", "outline loop", "Type 3 recursion", "portfolio", "XFA",
    "JavaScript", "launch action", "form of 100,000 fields", "form field of 8 MB", "form field of itself",
    "form field without end",
)  # fmt: skip

# Of which pdfium gives nothing, and says nothing, or a page that asks for another reader: theirs is not a blank one.
UNREAD = {
    **dict.fromkeys(("string unterminated", "forms 5,000 deep", "font size 1e-9"), "lost_text"),
    "XFA, dynamic": "dynamic_form",
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(limits=LIMITS) as pool:
        yield pool


def resident_peak(pool: Pool) -> int:
    """Bytes, of the workers there are; 0 where the system does not say."""
    found = 0
    for worker in pool._all:
        status = Path(f"/proc/{worker.pid}/status")
        if status.exists():
            found = max(found, int(status.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) << 10)
    return found


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_a_hostile_file_costs_itself_only(pool: Pool, kind: str) -> None:
    data = hostile.KINDS[kind]()
    jobs = [
        Job(read_pdf, hostile.HONEST, "RC.pdf", SHA),
        Job(read_pdf, data, "hostile.pdf", SHA),
        Job(read_pdf, hostile.HONEST, "CCTP.pdf", SHA),
    ]
    begun = time.monotonic()
    before, found, after = pool.read_many(jobs)
    assert time.monotonic() - begun < DEADLINE + 3  # and the start of another worker
    assert resident_peak(pool) < LIMITS.memory
    for honest in (before, after):
        assert isinstance(honest, Document)
        assert hostile.SENTENCE.decode() in honest.blocks[0].text
    assert isinstance(found, (Document, CribleError))
    assert not isinstance(found, ReaderFailed) or found.reason != "reader_error"  # our own code holds
    if kind in EXPECTED:
        assert isinstance(found, EXPECTED[kind])
    if kind in READ:
        assert isinstance(found, Document)
        assert hostile.SENTENCE.decode() in " ".join(block.text for block in found.blocks)
    if kind in UNREAD:
        assert isinstance(found, Document)
        assert [page.reason for page in found.unread] == [UNREAD[kind]]


def test_the_expectations_name_kinds_that_exist() -> None:
    assert set(EXPECTED) | set(READ) | set(UNREAD) <= set(hostile.KINDS)


@pytest.mark.parametrize(
    ("kind", "honest_piece"), [("forms, billion laughs 10 × 10", "z.pdf"), ("marked content 200,000 deep", "a.pdf")]
)
def test_two_workers_keep_the_order_around_a_file_that_kills_one(kind: str, honest_piece: str) -> None:
    data = hostile.KINDS[kind]()
    paths = sorted(["m.pdf", honest_piece, "n.pdf"])
    jobs = [Job(read_pdf, data if path == "m.pdf" else hostile.HONEST, path, SHA) for path in paths]
    with Pool(workers=2, limits=LIMITS) as pair:
        found = dict(zip(paths, pair.read_many(jobs), strict=True))
    assert isinstance(found.pop("m.pdf"), ReaderFailed)
    assert [f.path for f in found.values() if isinstance(f, Document)] == list(found)


HOLDERS = archives.ARCHIVES | hostile.CARRIERS
# The reasons of what an archive holds, or its own; of the others it is enough that the honest piece is read.
REASONS = {
    "ZIP honest": set(),
    "ZIP truncated at 10 %": {"damaged"},
    "ZIP empty": {"empty_archive"},
    "ZIP slip": set(),
    "ZIP bomb, 50 MB in 50 KB": {"compression_ratio"},
    "ZIP bomb, 40 × 50 MB": {"compression_ratio"},
    "ZIP bomb that says 10 bytes": {"damaged"},
    "ZIP bomb that says 4 GB": {"file_too_large"},
    "ZIP in ZIP, 10 deep": {"nesting_limit"},
    "ZIP symbolic links": {"symlink"},
    "TAR links": {"symlink", "not_a_file"},
    "TAR bomb, 500 MB in 2 MB": {"compression_ratio"},
    "gzip of gzip of zeros": {"compression_ratio"},
    "7z random": {"damaged"},
    "PDF portfolio": {"encrypted", "damaged", "executable", "empty_file"},
    "PDF portfolio, 10 deep": {"nesting_limit"},
    "PDF attachment bomb, 4 GB": {"reader_memory"},
}
OVER = {  # more than a tender may have
    "ZIP of 100,000 entries", "ZIP of 1,000,000 entries", "TAR of 100,000 entries", "PDF portfolio of 20,000 files",
}  # fmt: skip
SLOW = {"ZIP of 1,000,000 entries", "TAR of 100,000 entries"}  # 10 s each: for the benchmark


@pytest.mark.parametrize("kind", [kind for kind in HOLDERS if kind not in SLOW])
def test_a_hostile_archive_costs_itself_only(tmp_path: Path, kind: str) -> None:
    (tmp_path / "RC.pdf").write_bytes(hostile.HONEST)
    (tmp_path / "suite.zip").write_bytes(HOLDERS[kind]())
    dossier = read_dossier([tmp_path])
    paths = [d.path for d in dossier.documents]
    assert not any(".." in path.split("/") or path.startswith("/") for path in paths)
    assert max(len(part) for path in paths for part in path.split("/")) <= 255
    honest = next(d for d in dossier.documents if d.path == "RC.pdf")
    assert hostile.SENTENCE.decode() in honest.blocks[0].text
    assert all(d.blocks or d.unread or d.warnings for d in dossier.documents)  # each file read, or told
    if kind in REASONS:
        assert {u.reason for d in dossier.documents for u in d.unread} == REASONS[kind]
    if kind in OVER:
        assert [w.code for w in dossier.warnings if w.code == "entries_limit"] == ["entries_limit"]


def test_the_expectations_name_archives_that_exist() -> None:
    assert set(REASONS) | OVER | SLOW <= set(HOLDERS)
