"""``draw_pages(data, pages=, dpi=)``: pages of a PDF as pictures. Runs in the worker, like every reader."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium2

from crible.errors import DamagedDocument
from crible.extraction.pdf_forms import open_form
from crible.extraction.pictures import POINTS_MAX, SIDE_MAX, Picture
from crible.extraction.sources import detect_media

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOG = logging.getLogger(__name__)


def draw_pages(data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int) -> tuple[Picture, ...]:
    """The pages of a PDF, or of an image file that is read as the scan it is; one that pdfium cannot draw is left out.

    ``dpi`` is an upper bound: a large page is drawn at what :data:`POINTS_MAX` allows. Raises DamagedDocument when the
    file cannot be opened.
    """
    if detect_media(data).startswith("image/"):
        from crible.extraction.ocr_image import image_to_pdf

        data = image_to_pdf(data, path=path)
    try:
        document = pdfium2.PdfDocument(data)
    except pdfium2.PdfiumError as error:
        raise DamagedDocument(f"{path} : PDF endommagé ou tronqué") from error
    try:
        open_form(document)
        count = len(document)
        drawn = [_drawn(document, number, dpi) for number in sorted(set(pages)) if 1 <= number <= count]
        return tuple(picture for picture in drawn if picture is not None)
    finally:
        document.close()


def grey_points(page: Any, scale: float) -> npt.NDArray[np.uint8]:
    """A page of pypdfium2 as displayed, annotations and filled fields included: (height, width) levels of grey."""
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        points: npt.NDArray[np.uint8] = bitmap.to_numpy().reshape(bitmap.height, bitmap.width).copy()
        return points
    finally:
        bitmap.close()


def _drawn(document: Any, number: int, dpi: int) -> Picture | None:
    try:
        page = document[number - 1]
    except pdfium2.PdfiumError as error:
        _LOG.warning("page %d not opened: %s", number, error)
        return None
    try:
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            return None
        fitting = math.sqrt(POINTS_MAX / (width * height))
        scale = min(dpi / 72, fitting, (SIDE_MAX - 1) / max(width, height))  # - 1: sizes are rounded up
        points = grey_points(page, scale)
    except (pdfium2.PdfiumError, ValueError, MemoryError, ArithmeticError) as error:
        _LOG.warning("page %d not drawn: %s", number, error)
        return None
    finally:
        page.close()
    return Picture(number, points.shape[1], points.shape[0], _packed(points))


def _packed(points: npt.NDArray[np.uint8]) -> bytes:
    """Sixteen levels, two points a byte."""
    levels = ((points.astype(np.uint16) + 8) // 17).astype(np.uint8)  # 255 / 15 = 17: white stays white, black black
    if levels.shape[1] % 2:
        levels = np.pad(levels, ((0, 0), (0, 1)))
    return ((levels[:, ::2] << 4) | levels[:, 1::2]).tobytes()
