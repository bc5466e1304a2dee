"""Scoring functions that misbehave, each in one way. A worker process imports them by name."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import crible
from crible.errors import EncryptedDocument


def by_name(paths: list[str], **options: Any) -> crible.Assessment:
    """What the name of the first file asks for; a real assessment otherwise."""
    name = Path(paths[0]).name
    if name.startswith("crash"):
        os._exit(3)
    if name.startswith("hang"):
        # Time enough for a test to look, and a mark of its life beside the test's own files.
        Path(Path(paths[0]).read_text(encoding="utf-8")).write_text(str(os.getpid()), encoding="utf-8")
        time.sleep(60)
    if name.startswith("bug"):
        raise RuntimeError(f"secret detail about {paths[0]}")
    if name.startswith("locked"):
        raise EncryptedDocument(f"{paths[0]} : encrypted")
    return crible.score(paths, **options)
