"""What reading a PDF costs, in CPU time against pdfium's own text: ``python tests/benchmarks/reading.py``.

Each document is read in turn by raw pdfium (the text of each page and nothing else) and by crible, several times, one
after the other, so that what else the machine does weighs on both. Figures are medians of CPU seconds of this process.
Two corpora: the development tenders where they are present, and tenders that this script writes itself. Scanned pages
are left unread. Then, as ratios again: pdfplumber on a few pages, two processes against one (on the clock, and what a
page costs each of them), and the memory of 5,000 pages against 500.
"""

from __future__ import annotations

import argparse
import io
import logging
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data" / "real"
PLUMBED = 5  # pages of a document that pdfplumber reads: it takes seconds for twenty

PROSE = (
    "Le titulaire assure l'hébergement de la plateforme de gestion des équipements communaux, sa maintenance "
    "corrective et son évolution. Les données restent la propriété de l'acheteur, qui peut en demander une copie. Les "
    "incidents sont signalés par téléphone ou par le portail, et traités dans les délais que fixe le présent article. "
)


def generated(pages: int, *, ruled: bool) -> bytes:
    """A specification of about ``pages`` pages: articles, lists, running lines, and a ruled table a page when asked."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Table

    styles = getSampleStyleSheet()
    story: list[Flowable] = []
    for n in range(1, pages + 1):
        story.append(Paragraph(f"Article {n} – Exécution des prestations de la phase {n}", styles["Heading1"]))
        for k in range(1, 4):
            story.append(Paragraph(f"{n}.{k} Prestations attendues", styles["Heading2"]))
            story += [Paragraph(PROSE * (1 if ruled else 2), styles["BodyText"]) for _ in range(2)]
            story += [Paragraph(f"• exigence {i} du niveau de service ;", styles["BodyText"]) for i in range(3)]
        if ruled:
            rows = [["Poste", "Désignation", "Unité", "Prix HT"]]
            rows += [[str(i), f"Prestation de la phase {n}, ligne {i}", "jour", f"{i * 100} €"] for i in range(1, 9)]
            story.append(Table(rows, colWidths=[40, 240, 60, 80], style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]))
        story.append(PageBreak())
    out = io.BytesIO()

    def edges(canvas, _document) -> None:  # type: ignore[no-untyped-def]
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 815, "Ville de Sainte-Anselme – CCTP")
        canvas.drawRightString(535, 25, f"Page {canvas.getPageNumber()} sur {pages}")

    SimpleDocTemplate(out, pagesize=A4).build(story, onFirstPage=edges, onLaterPages=edges)
    return out.getvalue()


def raw(data: bytes) -> int:
    """The text of every page, as pdfium gives it; returns the number of pages."""
    import ctypes

    import pypdfium2
    import pypdfium2.raw as pdfium

    document = pypdfium2.PdfDocument(data)
    count = len(document)
    for i in range(count):
        page = pdfium.FPDF_LoadPage(document.raw, i)
        text = pdfium.FPDFText_LoadPage(page)
        characters = pdfium.FPDFText_CountChars(text)
        buffer = (ctypes.c_ushort * (characters + 1))()
        pdfium.FPDFText_GetText(text, 0, characters, buffer)
        bytes(buffer).decode("utf-16-le", errors="replace")
        pdfium.FPDFText_ClosePage(text)
        pdfium.FPDF_ClosePage(page)
    document.close()
    return count


def crible_text(data: bytes) -> int:
    from crible.extraction.pdf import read_pdf

    return read_pdf(data, path="x.pdf", sha256="", ocr="off").pages


def plumbed(data: bytes) -> int:
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data), pages=list(range(1, PLUMBED + 1))) as document:
        for page in document.pages:
            page.extract_text()
            page.close()
        return len(document.pages)


def cpu(read: Callable[[bytes], int], data: bytes) -> tuple[float, int]:
    begun = time.process_time()
    pages = read(data)
    return time.process_time() - begun, pages


def corpus() -> Iterator[tuple[str, bytes]]:
    if REAL.is_dir():
        for path in sorted(REAL.glob("*/*.pdf")):
            yield f"{path.parent.name}/{path.name}", path.read_bytes()
    else:
        print("development tenders absent: generated documents only")
    for pages in (20, 60):
        yield f"generated/prose-{pages}.pdf", generated(pages, ruled=False)
        yield f"generated/ruled-{pages}.pdf", generated(pages, ruled=True)


def pages_and_cost(data: bytes) -> tuple[int, float]:
    """The pages of a document, and the CPU seconds that its reading took this process."""
    spent, pages = cpu(crible_text, data)
    return pages, spent


def side_by_side(documents: list[bytes], rounds: int) -> tuple[float, float]:
    """How much sooner two processes are done than one, and how much more a page costs each: medians of ratios."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    sooner, dearer = [], []
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as one,
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as two,
    ):
        for pool in (one, two):
            list(pool.map(pages_and_cost, documents))  # both are warm
        for _ in range(rounds):
            clocks, costs = [], []
            for pool in (one, two):
                begun = time.perf_counter()
                read = list(pool.map(pages_and_cost, documents))
                clocks.append(time.perf_counter() - begun)
                costs.append(sum(spent for _, spent in read))
            sooner.append(clocks[0] / clocks[1])
            dearer.append(costs[1] / costs[0])
    return median(sooner), median(dearer)


def repeated(pages: int) -> bytes:
    """A PDF of so many pages of prose: fifty pages, again and again."""
    import pypdfium2

    part, whole = pypdfium2.PdfDocument(generated(25, ruled=False)), pypdfium2.PdfDocument.new()
    for _ in range(0, pages, len(part)):
        whole.import_pages(part)
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def resident(pages: int) -> float:
    """Megabytes that reading so many pages adds to a process of its own, at its highest; 0 where the system is mute."""
    if not Path("/proc/self/status").exists():
        return 0.0
    code = (
        "import sys; from pathlib import Path; from crible.extraction.pdf import read_pdf\n"
        "peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
        "data = sys.stdin.buffer.read(); before = peak()\n"
        "document = read_pdf(data, path='x.pdf', sha256='', ocr='off'); print(peak() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=repeated(pages), capture_output=True, check=True)
    return int(done.stdout) / 1024


class _Asked(logging.Handler):
    """Counts how often pdfplumber's table finder is asked, as the reader logs it."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith("pdfplumber asked") and isinstance(record.args, tuple):
            self.count += int(str(record.args[0]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="part of the name of the documents to read")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-pdfplumber", action="store_true")
    options = parser.parse_args()
    asked = _Asked()
    logger = logging.getLogger("crible.extraction.pdf")
    logger.setLevel(logging.INFO)
    logger.addHandler(asked)
    from crible.extraction.pdf import read_pdf

    print(f"{'document':64}{'pages':>7}{'tables':>8}{'pages/s':>9}{'× pdfium':>10}")
    rows: list[tuple[bool, int, float, float]] = []
    plumber_ratios: list[float] = []  # pdfplumber over raw pdfium
    over_ours: list[float] = []  # and over crible
    read_documents: list[bytes] = []
    finder = documents_asking = 0
    for name, data in corpus():
        if options.only not in name:
            continue
        read_documents.append(data)
        asked.count = 0
        ruled = any(block.row for block in read_pdf(data, path=name, sha256="", ocr="off").blocks)  # also warms both
        finder += asked.count
        documents_asking += asked.count > 0
        ours, theirs = [], []
        for _ in range(options.rounds):
            theirs.append(cpu(raw, data)[0])
            spent, pages = cpu(crible_text, data)
            ours.append(spent)
        a, b = median(ours), median(theirs)
        rows.append((ruled, pages, a, b))
        print(f"{name[-63:]:64}{pages:7}{'yes' if ruled else '':>8}{pages / a:9.0f}{a / b:10.2f}")
        if not options.no_pdfplumber and len(rows) % 5 == 1:  # one in five: it takes its time
            spent, read = cpu(plumbed, data)
            plumber_ratios.append(spent / read / (b / pages))
            over_ours.append(spent / read / (a / pages))
    for label, chosen in (
        ("without ruled tables", [r for r in rows if not r[0]]),
        ("with ruled tables", [r for r in rows if r[0]]),
        ("all", rows),
    ):
        if chosen:
            pages, a, b = sum(r[1] for r in chosen), sum(r[2] for r in chosen), sum(r[3] for r in chosen)
            middle = median(r[2] / r[3] for r in chosen)
            print(
                f"{label:22} {len(chosen):3} documents {pages:5} pages: {pages / a:5.0f} pages/CPU-s,"
                f" raw {pages / b:5.0f}; pooled {a / b:.2f} ×, median {middle:.2f} ×"
            )
    print(f"pdfplumber's table finder: {finder} grids, in {documents_asking} of {len(rows)} documents")
    if plumber_ratios:
        print(
            f"pdfplumber text, {PLUMBED} pages of {len(plumber_ratios)} documents: {median(plumber_ratios):.0f} × "
            f"raw pdfium, {median(over_ours):.0f} × crible (from {min(over_ours):.0f} to {max(over_ours):.0f})"
        )
    if not options.only:
        sooner, dearer = side_by_side(read_documents, options.rounds)
        print(f"two processes: done {sooner:.2f} × as fast as one, a page costs each {dearer:.2f} × as much")
        few, many = resident(500), resident(5000)
        if few:
            print(f"memory: {few:.0f} MB for 500 pages, {many:.0f} MB for 5,000: {many / few:.1f} × for 10 × the pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
