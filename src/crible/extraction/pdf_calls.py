"""The hot functions of pdfium, called without release of the interpreter lock: it costs more than they do."""

from __future__ import annotations

import ctypes
import functools
import gc
from collections import deque
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = 1024  # boxes of one round of calls: more than the ends of the words of most pages


def bind(name: str, result: Any, *arguments: Any) -> Any:
    """The function ``name`` of pdfium with its C types.

    Without types of arguments it is called twice as fast, and nothing is checked: integers are C integers, and every
    pointer must be a :func:`reference`.
    """
    address = ctypes.cast(getattr(pdfium, name), ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type]


def reference(handle: int | None) -> Any:
    """A handle of pdfium as functions bound without types take it."""
    return ctypes.byref(ctypes.c_char.from_address(handle)) if handle else None


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the search for cycles: a large document makes hundreds of thousands of objects, none of which is one."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@functools.cache
def _places() -> tuple[npt.NDArray[np.float32], list[Any]]:
    """Room for boxes, and a reference to each: making them costs as much as the calls. pdfium has one thread anyway."""
    room = (ctypes.c_float * (4 * _PLACES))()
    view = np.frombuffer(memoryview(room), dtype=np.float32).reshape(-1, 4)
    return view, [ctypes.byref(room, 16 * i) for i in range(_PLACES)]


def boxes_of(call: Any, handle: Any, indices: list[int]) -> npt.NDArray[np.float64]:
    """(n, 4) what ``call(handle, index, box)`` writes for each index; zeros where it fails."""
    room, places = _places()
    found = np.empty((len(indices), 4))
    for begin in range(0, len(indices), _PLACES):
        part = indices[begin : begin + _PLACES]
        room[: len(part)] = 0
        deque(map(call, repeat(handle), part, places), maxlen=0)
        found[begin : begin + len(part)] = room[: len(part)]
    return found
