"""spaCy's matcher, loaded without torch.

thinc, on which spaCy stands, imports torch wherever it is installed: more than a second, and 200 MB, for layers that
the matcher does not have. While spaCy loads, torch is told to be absent; it can be imported afterwards as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """``import name`` fails inside, unless it was imported before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # what the import system reads as « not there »
    try:
        yield
    finally:
        del sys.modules[name]


with _absent("torch"):
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

__all__ = ["Doc", "PhraseMatcher", "Vocab"]
