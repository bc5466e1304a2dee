"""Runs the installed command line the way a shell does: its own process, its own environment."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """What a process left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def crible(tmp_path: Path) -> Callable[..., Done]:
    """``crible("score", path, stdin="", env={}, cwd=folder)`` → Done."""

    def run(*args: str | Path, stdin: str = "", env: dict[str, str] | None = None, cwd: Path | None = None) -> Done:
        # Settings of the person who runs the tests must not reach the command.
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith("CRIBLE_") and k not in ("COLUMNS", "NO_COLOR")
        }
        done = subprocess.run(
            [sys.executable, "-c", "from crible.cli import main; main()", *map(str, args)],
            input=stdin.encode(),
            capture_output=True,
            cwd=cwd or tmp_path,
            env=clean | (env or {}),
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
