"""Page images: rendered, set upright, and measured; and image files wrapped as PDFs."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crible.errors import DamagedDocument, LimitExceeded
from crible.extraction.drawing import grey_points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL.Image import Image

    from crible.extraction.ocr_engine import ReadLine

_DPI, _DPI_LARGE = 300, 200  # noisy pages lose 7 words in 100 at 200 dpi, under 1 at 300
_PIXELS_MAX = 40_000_000  # A2 at 300 dpi, A1 at 200; larger pages are plans, and are rendered at what fits
_FRAMES_MAX = 500  # pages of one TIFF: faxes and copiers make tens; a page costs 0.1 s before it is read
_SMALL = 700  # pixels of the longer side of the image that angles are looked for on: right to 0.1°, at 500 to 0.2°
_ANGLES = 5.0  # degrees: beyond, a sheet was not fed askew, it was turned
_STEP, _FINE = 0.5, 0.1
_STRAIGHT = 0.25  # degrees: a line of 17 cm drifts by 0.7 mm, and turning would blur for nothing
_CLEARLY, _NEAR = 5.0, 0.3  # times as uneven as sideways, of 100 straight pages 96; degrees
_SIDEWAYS = 1.5  # times as uneven down the page as across it: its lines run up or down
_GRAIN = 0.5  # levels of grey of 255: the paper of a drawn page has none, that of a scan more
_TINT = 12.0  # levels: the halo that a JPEG leaves around letters
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_PAGE_HEIGHT = 11.69  # inches of A4: the size of images that do not say theirs

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pose:
    """How a page image was turned to be read: quarter turns, then degrees, both counterclockwise."""

    turns: int
    angle: float


def render(page: Any) -> tuple[Image, int]:
    """A page of pypdfium2 as displayed, in grey, and its dots per inch."""
    from PIL import Image as Images

    width, height = page.get_size()
    dpi = next((d for d in (_DPI, _DPI_LARGE) if width * height * (d / 72) ** 2 <= _PIXELS_MAX), 0)
    if not dpi:
        dpi = max(int(72 * math.sqrt(_PIXELS_MAX / (width * height))), 1)
    return Images.fromarray(grey_points(page, dpi / 72)), dpi


def pose_of(image: Image) -> Pose:
    """The quarter turn (0 or 1: up or down is for the engine to tell) and the small angle that set a page straight."""
    from PIL import Image as Images

    small = image.copy()
    small.thumbnail((_SMALL, _SMALL), Images.Resampling.BOX)
    lying = small.transpose(Images.Transpose.ROTATE_90)

    def score(turns: int, angle: float) -> float:
        turned = (small, lying)[turns].rotate(angle, Images.Resampling.BILINEAR, fillcolor=255)
        return _unevenness(_dark(turned))

    def best(turns: int, angles: list[float]) -> tuple[float, float]:
        return max((score(turns, angle), -abs(angle), angle) for angle in angles)[::2]

    here = score(0, 0.0)
    if here > _CLEARLY * score(1, 0.0) and here >= max(score(0, _NEAR), score(0, -_NEAR)):
        return Pose(0, 0.0)  # most pages: a quarter of the time
    # Both ways at all angles: a page askew is as even down as across until it is set straight.
    steps = np.arange(-_ANGLES, _ANGLES + _STEP, _STEP).tolist()
    (upright, angle), (sideways, other) = best(0, steps), best(1, steps)
    turns = int(sideways > _SIDEWAYS * upright)
    angle = other if turns else angle
    _, angle = best(turns, np.arange(angle - _STEP, angle + _STEP + _FINE, _FINE).tolist())
    return Pose(turns, round(angle, 2) if abs(angle) >= _STRAIGHT else 0.0)


def _dark(image: Image) -> npt.NDArray[np.bool_]:
    """The ink: darker than half way between paper and black. Margins hold the shadow of the scanner's lid."""
    pixels = np.asarray(image)
    rows, columns = pixels.shape
    pixels = pixels[rows // 25 : rows - rows // 25, columns // 25 : columns - columns // 25]
    if not pixels.size:
        return np.zeros((1, 1), dtype=bool)
    dark: npt.NDArray[np.bool_] = pixels < _threshold(pixels)
    return dark


def _threshold(pixels: Pixels) -> float:
    return 0.6 * float(np.median(pixels[::4, ::4]))  # the median of a page is its paper


def _unevenness(dark: npt.NDArray[np.bool_]) -> float:
    """How much the number of strokes differs from row to row: lines of text and the white between them.

    Strokes and not ink: a ruling line or a black band counts once.
    """
    if min(dark.shape) < 3:
        return 0.0
    strokes = np.count_nonzero(dark[:, 1:] & ~dark[:, :-1], axis=1).astype(np.float64)
    mean = strokes.mean()
    return float(np.square(np.diff(strokes)).mean() / mean**2) if mean > 0.5 else 0.0


def posed(image: Image, pose: Pose) -> Image:
    """The image set straight."""
    from PIL import Image as Images

    quarter = (None, Images.Transpose.ROTATE_90, Images.Transpose.ROTATE_180, Images.Transpose.ROTATE_270)[
        pose.turns % 4
    ]
    turned = image if quarter is None else image.transpose(quarter)
    return turned.rotate(pose.angle, Images.Resampling.BILINEAR, fillcolor=255) if pose.angle else turned


def cleaned(image: Image) -> Image:
    """The paper made white, its grain smoothed.

    The engine cuts ink from paper at one level, which falls inside the grain where ink is scarce: on grainy tables of
    contents it found three words in four, and with this 19 in 20, in half the time.
    """
    from PIL import ImageFilter

    sample = np.asarray(image)[::4, ::4].astype(np.float64)
    paper = float(np.median(sample))
    if _spread(sample, paper) >= _GRAIN:
        image = image.filter(ImageFilter.GaussianBlur(1))
        sample = np.asarray(image)[::4, ::4].astype(np.float64)
    white = paper - max(3 * _spread(sample, paper), _TINT)  # one point of paper in a thousand is darker than 3 spreads
    if white < 0.5 * paper:
        return image  # a page of two tones, or a black one
    black = min(float(np.percentile(sample, 0.5)), white - 20)
    return image.point([round(min(max((v - black) * 255 / (white - black), 0), 255)) for v in range(256)])


def _spread(sample: npt.NDArray[np.float64], middle: float) -> float:
    """The standard deviation of the paper, by the median: ink is too rare to weigh on it."""
    return 1.4826 * float(np.median(np.abs(sample - middle)))


def unposed(boxes: npt.NDArray[np.float64], pose: Pose, width: float, height: float) -> npt.NDArray[np.float64]:
    """(n, 4) boxes of the straight image, of that width and height, back where they stand on the page as displayed."""
    xs = np.stack([boxes[:, 0], boxes[:, 2], boxes[:, 2], boxes[:, 0]], axis=1)
    ys = np.stack([boxes[:, 1], boxes[:, 1], boxes[:, 3], boxes[:, 3]], axis=1)
    if pose.angle:
        cos, sin = math.cos(math.radians(pose.angle)), math.sin(math.radians(pose.angle))
        dx, dy = xs - width / 2, ys - height / 2
        xs, ys = width / 2 + cos * dx - sin * dy, height / 2 + sin * dx + cos * dy
    for _ in range(pose.turns % 4):  # one quarter turn clockwise each
        xs, ys = height - ys, xs
        width, height = height, width
    return np.stack([xs.min(axis=1), ys.min(axis=1), xs.max(axis=1), ys.max(axis=1)], axis=1)


def ink_share(image: Image) -> float:
    """The share of dark pixels, margins left out; 1.0 for a page that is dark all over."""
    pixels = np.asarray(image)
    if float(np.median(pixels[::4, ::4])) < 64:  # a quarter of white: no paper is that dark
        return 1.0
    return float(_dark(image).mean())


def strokes_of(image: Image, lines: Iterable[ReadLine]) -> list[float]:
    """For each line the mean width of its strokes over its height: about 1.5 times as much in bold as in plain."""
    pixels = np.asarray(image)
    paper = float(np.median(pixels[::4, ::4]))
    found = []
    for line in lines:
        x0, x1 = int(min(w.box[0] for w in line.words)), int(max(w.box[2] for w in line.words))
        top, bottom = int(min(w.box[1] for w in line.words)), int(max(w.box[3] for w in line.words))
        ink = np.clip(paper - pixels[max(top, 0) : bottom, max(x0, 0) : x1 + 1].astype(np.float64), 0, None)
        # Ink over half the edges that it has along each row: the mean run, to a fraction of a pixel.
        edges = np.abs(np.diff(ink, axis=1)).sum() / 2 if ink.size else 0.0
        found.append(float(ink.sum() / edges / line.size) if edges else 0.0)
    return found


def image_to_pdf(data: bytes, *, path: str) -> bytes:
    """An image file as a PDF of one page per frame, to be read as a scan. Raises DamagedDocument, LimitExceeded."""
    from PIL import Image as Images
    from PIL import ImageOps, ImageSequence

    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Images.DecompressionBombWarning)  # 89 megapixels, Pillow's own limit
            warnings.filterwarnings("ignore", category=UserWarning, module="PIL")  # odd metadata is no reason to stop
            with Images.open(io.BytesIO(data), formats=_FORMATS) as image:
                if getattr(image, "n_frames", 1) > _FRAMES_MAX:
                    raise LimitExceeded(f"{path} : plus de {_FRAMES_MAX} images")
                dpi = _resolution(image)
                for i, frame in enumerate(ImageSequence.Iterator(image)):
                    page = _grey(ImageOps.exif_transpose(frame))
                    # 95: what a JPEG loses at that quality is less than what a scanner adds. One bit has no quality.
                    options = {} if page.mode == "1" else {"quality": 95}
                    page.save(out, "PDF", append=i > 0, resolution=dpi, **options)
    except (Images.DecompressionBombError, Images.DecompressionBombWarning, MemoryError) as error:
        raise LimitExceeded(f"{path} : image trop grande") from error
    except (OSError, ValueError, SyntaxError, EOFError, StopIteration, ArithmeticError) as error:
        raise DamagedDocument(f"{path} : image endommagée ou tronquée") from error
    return out.getvalue()


def _resolution(image: Image) -> float:
    """Dots per inch: the file's own when plausible, otherwise those of an A4 page."""
    said = image.info.get("dpi")
    try:
        dpi = round(float(said[0])) if said else 0  # PNG counts by the metre: 100 dpi come back as 99.997
    except (TypeError, ValueError, IndexError, ArithmeticError):
        dpi = 0
    longest = max(image.size) / _PAGE_HEIGHT
    # 96 and 72 are what screens and cameras write without knowing; scanners have 100 to 1,200.
    return dpi if 100 <= dpi <= 1200 else max(longest, 1.0)


def _grey(image: Image) -> Image:
    """A frame in grey on white paper; 1-bit images stay so."""
    from PIL import Image as Images

    if image.mode == "1":
        return image
    if image.mode.startswith("I"):  # 16 bits of grey
        return Images.fromarray((np.asarray(image).astype(np.float64) / 257).clip(0, 255).astype(np.uint8))
    if "A" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Images.new("RGBA", image.size, "white")
        paper.alpha_composite(image)
        image = paper
    return image.convert("L")
