"""Pages whose text runs up or down the sheet (a landscape table on a portrait page), turned to be read like others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from crible.extraction.pdf_paths import PageRules

if TYPE_CHECKING:
    from crible.extraction.pdf_chars import FloatArray, PageWords

_MOST = 0.6  # share of the letters of a page that run sideways; a table with turned headers has a third of it
_ENOUGH = 10  # words that do: fewer stand in a margin
_SAME_LINE = 0.5  # font sizes between the middles of two words of one line


def set_straight(words: PageWords, rules: PageRules) -> tuple[PageWords, PageRules] | None:
    """A page turned by a quarter, None when its text runs across already. Boxes are then those of the turned page."""
    if words.upright.all():
        return None
    telling = words.lengths >= 3  # shorter words say nothing of their direction
    turned = ~words.upright & telling
    if turned.sum() < _ENOUGH or words.lengths[turned].sum() < _MOST * words.lengths[telling].sum():
        return None
    up = _runs_up(words)
    height, width = words.height, words.width

    def placed(boxes: FloatArray) -> FloatArray:
        x0, top, x1, bottom = boxes.T
        sides = (height - bottom, x0, height - top, x1) if up else (top, width - x1, bottom, width - x0)
        return np.stack(sides, axis=1)

    boxes = placed(words.boxes)
    across = (boxes[:, 3] - boxes[:, 1] <= 1.5 * (boxes[:, 2] - boxes[:, 0])) | ~telling
    straight = PageRules(
        image_cover=rules.image_cover, images=rules.images, shapes=rules.shapes, lost_text=rules.lost_text
    )
    for y, x0, x1 in rules.horizontal:
        straight.vertical.append((height - y, x0, x1) if up else (y, width - x1, width - x0))
    for x, top, bottom in rules.vertical:
        straight.horizontal.append((x, height - bottom, height - top) if up else (width - x, top, bottom))
    if rules.fills:
        fills = placed(np.array(rules.fills)).tolist()
        straight.fills = [(x0, top, x1, bottom) for x0, top, x1, bottom in fills]
    return replace(words, width=height, height=width, boxes=boxes, upright=across), straight


def _runs_up(words: PageWords) -> bool:
    """Whether lines run from the bottom of the page to its top: words that follow each other tell."""
    x = (words.boxes[:, 0] + words.boxes[:, 2]) / 2
    y = (words.boxes[:, 1] + words.boxes[:, 3]) / 2
    near = np.abs(np.diff(x)) <= _SAME_LINE * np.maximum(words.sizes[1:], 1.0)
    near &= ~words.upright[1:] | ~words.upright[:-1]
    return bool(np.sign(np.diff(y))[near].sum() <= 0)
