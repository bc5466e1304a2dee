"""The three sample tenders that ship with crible: their text in ``content/``, the drawing of it as PDFs here.

``write_samples(folder)`` writes them all; the same sources give the same bytes. After a change of text, run
``python -m crible_training.samples``. reportlab draws and is a development dependency: it loads when first used.
"""

from __future__ import annotations

from pathlib import Path

from crible_training.samples.pieces import Tender, load_tender

__all__ = ["NAMES", "sample_files", "write_samples"]

# The folders that `crible demo` opens, in its order.
NAMES = ("conforme", "non_conforme", "annexe_illisible")


def sample_files(name: str) -> dict[str, bytes]:
    """File name → PDF of one sample. Raises ConfigurationError when its text cannot be understood."""
    from crible_training.samples.draw import draw_piece
    from crible_training.samples.scan import draw_scan

    tender: Tender = load_tender(name)
    return {
        piece.file: draw_scan(piece, tender) if piece.scanned else draw_piece(piece, tender) for piece in tender.pieces
    }


def write_samples(folder: Path) -> list[Path]:
    """Write every sample under ``folder``, one sub-folder each, and remove PDFs that are no longer made.

    Returns the files written, in the order of the pieces. A file is written aside and renamed, so that an interrupted
    run leaves no half of a PDF.
    """
    written: list[Path] = []
    for name in NAMES:
        files = sample_files(name)
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        for old in sorted(target.glob("*.pdf")):
            if old.name not in files:
                old.unlink()
        for file, content in files.items():
            part = target / f"{file}.part"
            part.write_bytes(content)
            written.append(part.replace(target / file))
    return written
