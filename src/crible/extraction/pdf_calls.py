"""The hot functions of pdfium, called without release of the interpreter lock: it costs more than they do."""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as pdfium


def bind(name: str, result: Any, *arguments: Any) -> Any:
    """The function ``name`` of pdfium with its C types."""
    address = ctypes.cast(getattr(pdfium, name), ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type]
