"""PDFs that the tests draw themselves: our own prose, placed to the point, origin top left."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scans import Sure

    from crible.types import Block, Document

# The modules that test files share stand beside them, and are in no package.
if str(Path(__file__).parent) not in sys.path:
    sys.path.append(str(Path(__file__).parent))

A4 = (595.0, 842.0)


class Sheets:
    """A PDF being drawn, page after page. Every ``top`` is where the line of text begins, from the top of the page."""

    def __init__(self, size: tuple[float, float] = A4) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self.size = size
        self.out = io.BytesIO()
        self.canvas = Canvas(self.out, pagesize=size, invariant=1)

    def text(self, x: float, top: float, text: str, *, size: float = 10, font: str = "Helvetica") -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.size[1] - top - 0.75 * size, text)

    def bold(self, x: float, top: float, text: str, *, size: float = 10) -> None:
        self.text(x, top, text, size=size, font="Helvetica-Bold")

    def lines(self, x: float, top: float, lines: Sequence[str], *, size: float = 10, font: str = "Helvetica") -> float:
        """Lines of one paragraph; returns the top of a next paragraph."""
        for line in lines:
            self.text(x, top, line, size=size, font=font)
            top += 1.2 * size
        return top + size

    def rule(self, x0: float, top: float, x1: float, bottom: float, *, width: float = 0.5) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, self.size[1] - top, x1, self.size[1] - bottom)

    def fill(self, x0: float, top: float, x1: float, bottom: float, *, grey: float = 0.8) -> None:
        self.canvas.saveState()
        self.canvas.setFillGray(grey)
        self.canvas.rect(x0, self.size[1] - bottom, x1 - x0, bottom - top, stroke=0, fill=1)
        self.canvas.restoreState()

    def table(
        self, x: float, top: float, widths: Sequence[float], rows: Sequence[Sequence[str]], *, height: float = 18,
        header: bool = True, rules: bool = True,
    ) -> float:  # fmt: skip
        """A grid with its texts, the first row in bold; returns the top of what follows."""
        edges = [x]
        for width in widths:
            edges.append(edges[-1] + width)
        if rules:
            for n in range(len(rows) + 1):
                self.rule(edges[0], top + n * height, edges[-1], top + n * height)
            for edge in edges:
                self.rule(edge, top, edge, top + len(rows) * height)
        for n, row in enumerate(rows):
            for edge, cell in zip(edges, row, strict=False):
                font = "Helvetica-Bold" if header and not n else "Helvetica"
                self.text(edge + 4, top + n * height + 4, cell, size=9, font=font)
        return top + len(rows) * height + 14

    def picture(self, x0: float, top: float, x1: float, bottom: float) -> None:
        from PIL import Image
        from reportlab.lib.utils import ImageReader

        picture = ImageReader(Image.new("RGB", (60, 80), (180, 180, 170)))
        self.canvas.drawImage(picture, x0, self.size[1] - bottom, x1 - x0, bottom - top)

    def page(self) -> None:
        self.canvas.showPage()

    def pdf(self) -> bytes:
        self.canvas.save()
        return self.out.getvalue()


@pytest.fixture(scope="session")
def sheets() -> Callable[..., Sheets]:
    return Sheets


@pytest.fixture(scope="session")
def read() -> Callable[[bytes], Document]:
    """Read the bytes of a PDF."""
    from crible.extraction.pdf import read_pdf

    return lambda data: read_pdf(data, path="piece.pdf", sha256="0" * 64, ocr="off")


@pytest.fixture(scope="session")
def shown() -> Callable[..., list[tuple[str, str]]]:
    """(kind, text) of the blocks of a document, furniture left out unless asked for."""

    def shown(document: Document, *, furniture: bool = False) -> list[tuple[str, str]]:
        return [(b.kind, b.text) for b in document.blocks if furniture or b.kind != "furniture"]

    return shown


@pytest.fixture(scope="session")
def altered() -> Callable[..., bytes]:
    """A PDF changed through pikepdf: ``altered(data, change, **how_to_save)``."""

    def altered(data: bytes, change: Callable[[Any], None] | None = None, **options: Any) -> bytes:
        import pikepdf

        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(data)) as document:
            if change is not None:
                change(document)
            document.save(out, **options)
        return out.getvalue()

    return altered


@pytest.fixture(scope="session")
def rows() -> Callable[[Document], list[Block]]:
    return lambda document: [b for b in document.blocks if b.kind == "table_row"]


@pytest.fixture(scope="session")
def development_tenders() -> Path:
    """The real tenders beside the checkout, or a skip where they are absent."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "real"
    if not folder.is_dir():
        pytest.skip("the development tenders are not beside this checkout")
    return folder


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> Sure:
    """An engine that is a function, in the place of the one there may be."""
    from scans import Sure

    from crible.extraction import ocr
    from crible.extraction.ocr_engine import Engine

    monkeypatch.setattr(ocr, "find_engine", lambda: Engine("none", "1", "fra"))
    return Sure()


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a ``tesseract`` made of a few lines of shell alone on the PATH."""

    def write(body: str, languages: str = "eng\nfra") -> None:
        file = tmp_path / "bin" / "tesseract"
        file.parent.mkdir()
        file.write_text(
            f'#!/bin/sh\ncase "$1" in\n--version) echo "tesseract 9.9";;\n'
            f'--list-langs) printf "List of languages:\n{languages}\n";;\n*) {body};;\nesac\n'
        )
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{file.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")

    return write
