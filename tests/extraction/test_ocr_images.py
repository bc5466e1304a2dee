"""Pages into images that the engine can read, image files into pages, and boxes back to where they were."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from scans import SIZE, drawn, picture

from crible.errors import DamagedDocument, LimitExceeded
from crible.extraction.ocr_image import Pose, image_to_pdf, pose_of, posed, render, unposed

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("size", "dpi"), [((595, 842), 300), ((1684, 2384), 200), ((3000, 4000), 131), ((14400, 14400), 31)]
)
def test_a_page_is_drawn_within_a_number_of_pixels(size: tuple[int, int], dpi: int) -> None:
    document = pypdfium2.PdfDocument.new()
    image, got = render(document.new_page(*size))
    assert got == dpi
    assert image.width * image.height <= 41_000_000


@pytest.mark.parametrize("angle", [-4.2, -1.0, 0.0, 0.4, 3.3])
@pytest.mark.parametrize("turns", [0, 1])
def test_a_page_laid_askew_is_set_straight(angle: float, turns: int) -> None:
    image = picture(drawn(), 150).rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    pose = pose_of(image.rotate(-90 * turns, expand=True))
    assert pose.turns == turns
    assert pose.angle == pytest.approx(-angle, abs=0.21)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("angle", [0.0, 2.5])
def test_a_box_goes_back_to_where_it_was(turns: int, angle: float) -> None:
    image = Image.new("L", (600, 400), 255)
    image.paste(0, (90, 250, 140, 270))
    pose = Pose(turns, angle)
    turned = posed(image, pose)
    rows, columns = np.nonzero(np.asarray(turned) < 128)
    box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], dtype=np.float64)
    (back,) = unposed(box, pose, turned.width, turned.height).tolist()
    assert back == pytest.approx([90, 250, 140, 270], abs=6 if angle else 0.01)


def file_of(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def turned_by_its_camera() -> bytes:
    image = picture(drawn(), 100).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise
    return file_of(image, "JPEG", exif=exif, dpi=(100, 100))


@pytest.mark.parametrize(
    ("data", "pages", "size"),
    [
        (lambda: file_of(picture(drawn(), 100), "PNG", dpi=(100, 100)), 1, SIZE),
        (lambda: file_of(picture(drawn(), 100), "PNG"), 1, (842, 601)),  # no resolution: as long as an A4 page
        (lambda: file_of(picture(drawn(), 100).convert("RGBA"), "PNG", dpi=(100, 100)), 1, SIZE),
        (lambda: file_of(picture(drawn(), 100).convert("P"), "GIF"), 1, (842, 601)),
        (lambda: file_of(picture(drawn(), 100).convert("I;16"), "TIFF", dpi=(100, 100)), 1, SIZE),
        (turned_by_its_camera, 1, SIZE),
        (lambda: file_of(Image.new("1", (827, 1169), 1), "TIFF", save_all=True, compression="group4", dpi=(100, 100),
                         append_images=[Image.new("1", (827, 1169), 1)] * 2), 3, (595, 842)),
    ],
    ids=["png", "no-resolution", "transparent", "palette", "16-bit", "camera", "fax"],
)  # fmt: skip
def test_image_files_become_pages(data: Callable[[], bytes], pages: int, size: tuple[float, float]) -> None:
    document = pypdfium2.PdfDocument(image_to_pdf(data(), path="x"))
    assert len(document) == pages
    assert document.get_page_size(0) == pytest.approx(size, abs=2)


def test_images_of_light_text_on_dark_keep_their_tones() -> None:
    image = Image.new("I;16", (50, 50), 40_000)
    page = pypdfium2.PdfDocument(image_to_pdf(file_of(image, "PNG"), path="x"))[0]
    shade = np.asarray(page.render(grayscale=True).to_pil().convert("L"))
    assert abs(float(shade[20:30, 20:30].mean()) - 156) < 4


def bomb() -> bytes:
    return file_of(Image.new("1", (20_000, 20_000)), "PNG")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(32), DamagedDocument),
        (lambda: b"II*\x00\x08\x00\x00\x00", DamagedDocument),
        (lambda: file_of(picture(drawn(), 72), "JPEG")[:900], DamagedDocument),
        (lambda: b"", DamagedDocument),
        (bomb, LimitExceeded),
    ],
    ids=["png-of-zeros", "tiff-header", "cut-jpeg", "empty", "400-megapixels"],
)
def test_damaged_and_huge_images_are_refused(data: Callable[[], bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        image_to_pdf(data(), path="x")
