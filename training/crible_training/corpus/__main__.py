"""``python -m crible_training.corpus [FILE…]``: checks the format and counts what each label has."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.corpus import load_corpus, segments


def main() -> int:
    """Print the counts; 4 when a line breaks the format."""
    try:
        families = load_corpus([Path(p) for p in sys.argv[1:]] or None)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    found = list(segments(families))
    print(f"{len(families)} families, {len(found)} segments, {sum(not s.family.labels for s in found)} without label")
    print(f"languages: {dict(Counter(s.family.lang for s in found))}")
    print(f"registers: {dict(Counter(s.family.register for s in found))}")
    print(f"{'label':36} {'fr':>5} {'en':>5} {'other':>5} {'oblique':>8}  strengths or effects")
    for label in labels():
        mine = [(s, e) for s in found for e in s.family.labels if e.label == label]
        tongues = Counter(s.family.lang for s, _ in mine)
        other = sum(n for lang, n in tongues.items() if lang not in ("fr", "en"))
        oblique = sum(s.family.oblique for s, _ in mine)
        kinds = dict(Counter(e.strength or e.effect for _, e in mine))
        print(f"{label:36} {tongues['fr']:5} {tongues['en']:5} {other:5} {oblique:8}  {kinds}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
