"""Where what was recognised is kept, how much of it, and for whom."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from scans import Sure, drawn, recognised

from crible.extraction import ocr
from crible.extraction.ocr_cache import cache_folder, clear_old, load, save
from crible.extraction.ocr_engine import Engine

posix = pytest.mark.skipif(sys.platform == "win32", reason="folders and their rights are those of POSIX")


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("CRIBLE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"CRIBLE_CACHE": "off", "XDG_CACHE_HOME": "/x"}, None),
        ({"CRIBLE_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, Path("/c/ocr")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/crible/ocr")),
        ({"HOME": "/h"}, Path("/h/.cache/crible/ocr")),
    ],
)
@posix
def test_the_cache_is_where_it_is_told_to_be(
    moved: pytest.MonkeyPatch, variables: dict[str, str], folder: Path | None
) -> None:
    for name, value in variables.items():
        moved.setenv(name, value)
    assert cache_folder() == folder


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    for i in range(10):
        save(tmp_path, f"{i:02}ab", i)
        os.utime(tmp_path / f"{i:02}" / f"{i:02}ab.json", (i, i))
    clear_old(tmp_path, most=10)
    assert len(list(tmp_path.rglob("*.json"))) == 10
    clear_old(tmp_path, most=5)
    assert [i for i in range(10) if load(tmp_path, f"{i:02}ab") is not None] == [6, 7, 8, 9]


@posix
def test_the_cache_is_its_owner_s_alone(tmp_path: Path) -> None:
    save(tmp_path / "ocr", "abcd", "texte")
    assert (tmp_path / "ocr").stat().st_mode & 0o077 == 0


def test_the_same_page_is_read_once(sure: Sure, tmp_path: Path) -> None:
    first = recognised(drawn(), run=sure, cache=tmp_path)
    again = recognised(drawn(), run=sure, cache=tmp_path)
    assert sure.calls == 1
    assert again.pages[1].words.texts == first.pages[1].words.texts
    assert np.array_equal(again.pages[1].shown, first.pages[1].shown)
    assert not list(tmp_path.rglob("*.part"))


def test_another_engine_reads_the_page_again(sure: Sure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recognised(drawn(), run=sure, cache=tmp_path)
    monkeypatch.setattr(ocr, "find_engine", lambda: Engine("none", "2", "fra"))
    recognised(drawn(), run=sure, cache=tmp_path)
    assert sure.calls == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"width": 3}', '{"lines": 4}'])
def test_a_damaged_entry_is_read_again(sure: Sure, tmp_path: Path, content: str) -> None:
    recognised(drawn(), run=sure, cache=tmp_path)
    (entry,) = tmp_path.rglob("*.json")
    entry.write_text(content)
    assert recognised(drawn(), run=sure, cache=tmp_path).reasons == [None]
    assert sure.calls == 2


def test_a_cache_that_cannot_be_written_stops_nothing(sure: Sure, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert recognised(drawn(), run=sure, cache=tmp_path / "file" / "ocr").reasons == [None]
