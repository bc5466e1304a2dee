"""What ships is what was published: a file changed, missing or added is refused, with exit code 4."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crible.classification.artefacts import MANIFEST, artefacts, verified, write_manifest
from crible.errors import ConfigurationError

Harm = Callable[[Path], object]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "linear").mkdir()
    (tmp_path / "linear" / "model.json").write_text("{}", encoding="utf-8")
    (tmp_path / "linear" / "weights.npz").write_bytes(b"PK")
    write_manifest(tmp_path, [("linear", "1.2.0")])
    return tmp_path


def test_what_was_published_is_found(root: Path) -> None:
    assert verified("linear", root) == root / "linear"
    assert [(a.name, a.version, sorted(a.files)) for a in artefacts(root)] == [
        ("linear", "1.2.0", ["model.json", "weights.npz"])
    ]


@pytest.mark.parametrize(
    "harm",
    [
        lambda root: (root / "linear" / "weights.npz").write_bytes(b"PL"),
        lambda root: (root / "linear" / "weights.npz").unlink(),
        lambda root: (root / "linear" / "other.npz").write_bytes(b""),
        lambda root: (root / MANIFEST).unlink(),
        lambda root: (root / MANIFEST).write_text("[", encoding="utf-8"),
        lambda root: (root / MANIFEST).write_text('{"format": 2, "artefacts": []}', encoding="utf-8"),
        lambda root: (root / MANIFEST).write_text('{"format": 1, "artefacts": []}', encoding="utf-8"),
    ],
    ids=["changed", "missing", "added", "no manifest", "not JSON", "another format", "unknown"],
)
def test_anything_else_is_refused(root: Path, harm: Harm) -> None:
    harm(root)
    with pytest.raises(ConfigurationError) as caught:
        verified("linear", root)
    assert caught.value.exit_code == 4
