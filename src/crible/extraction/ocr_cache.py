"""What the engine has read, kept on disk: the same page, engine and languages are not read twice.

``CRIBLE_CACHE`` names the folder, or is ``off``. The texts are those of tenders: the folder is its owner's alone.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)
_FILES_MAX = 20_000  # pages; about 20 KiB each, 400 MiB
_KEPT = 0.8  # share of them left after a clearing: one in four thousand pages pays for it


def cache_folder() -> Path | None:
    """The folder in force, None when switched off."""
    chosen = os.environ.get("CRIBLE_CACHE", "")
    if chosen.lower() == "off":
        return None
    if chosen:
        return Path(chosen) / "ocr"
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):  # the platform's own: Linux, Windows
        if os.environ.get(name):
            return Path(os.environ[name]) / "crible" / "ocr"
    with suppress(RuntimeError):  # an account without a home folder has no cache
        return Path.home() / ".cache" / "crible" / "ocr"
    return None


def load(folder: Path | None, key: str) -> Any:
    """The value under a key; None when there is none, or when it is damaged."""
    if folder is None:
        return None
    try:
        return json.loads(_file(folder, key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def save(folder: Path | None, key: str, value: Any) -> None:
    """Write a value aside, then rename it. A cache that cannot be written costs time, and stops nothing."""
    if folder is None:
        return
    file = _file(folder, key)
    part = file.with_suffix(f".{os.getpid()}.part")  # two processes may read the same page at once
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        part.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        _LOG.info("cache not written: %s", error)
        with suppress(OSError):
            part.unlink(missing_ok=True)


def clear_old(folder: Path | None, *, most: int = _FILES_MAX) -> None:
    """Remove the oldest values when there are more than ``most``; called once per document that wrote any."""
    if folder is None or not folder.is_dir():
        return
    found: list[tuple[float, Path]] = []
    for file in folder.glob("*/*"):
        with suppress(OSError):  # another process may have removed it
            found.append((file.stat().st_mtime, file))
    if len(found) <= most:
        return
    for _, file in sorted(found)[: len(found) - int(_KEPT * most)]:
        with suppress(OSError):
            file.unlink()


def _file(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.json"
