"""Bytes in, Dossier out: ``read_dossier(paths) -> Dossier``.

The reader of a format (and its heavy parts) is loaded when the first file of that format is met.
"""

from __future__ import annotations

from crible.extraction.anchors import document_text, evidence, find_quote
from crible.extraction.dossier import read_dossier

__all__ = ["document_text", "evidence", "find_quote", "read_dossier"]
