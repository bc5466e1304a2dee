"""« Ressemble à »: the wording that explains what the encoder found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crible.classification.likeness import FILE, load_likenesses, save_likenesses
from crible.errors import ConfigurationError

VECTORS = np.array([[3, 1, 0], [1, 3, 0], [1, 1, 2], [0, 0, 1]], np.float32)
TEXTS = ["en France", "dans l'Union", "sous double clé", "hors de portée d'un juge étranger"]
LABELS = {"ho_location_france": [0], "sv_key_control": [2, 3]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_likenesses(tmp_path, VECTORS, VECTORS.mean(axis=0), TEXTS, LABELS)
    return tmp_path


def test_the_nearest_wording_of_the_label_is_told_with_its_cosine(folder: Path) -> None:
    likenesses = load_likenesses(folder)
    centred = VECTORS - VECTORS.mean(axis=0)
    clause = np.array([0.1, 0.2, 1.4], np.float32)
    away = clause - VECTORS.mean(axis=0)
    found = likenesses.nearest(clause, "sv_key_control")
    expected = centred[[2, 3]] @ away / (np.linalg.norm(centred[[2, 3]], axis=1) * np.linalg.norm(away))
    assert found is not None
    assert found.text == TEXTS[[2, 3][int(expected.argmax())]]
    assert found.cosine == pytest.approx(expected.max(), abs=0.02)  # 8 bits


def test_a_wording_of_another_label_explains_nothing(folder: Path) -> None:
    likenesses = load_likenesses(folder)
    far = likenesses.nearest(VECTORS[1], "ho_location_france")
    assert far is not None
    assert far.text == "en France"  # the union's wording is nearer, and does not carry the label
    assert likenesses.nearest(VECTORS[1], "ds_software") is None


@pytest.mark.parametrize("damage", ["missing", "cut", "short"])
def test_a_file_that_cannot_be_read_is_refused(folder: Path, damage: str) -> None:
    path = folder / FILE
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:60])
    else:
        save_likenesses(folder, VECTORS, VECTORS.mean(axis=0), TEXTS[:2], LABELS)
    with pytest.raises(ConfigurationError):
        load_likenesses(folder)
