"""``python -m crible_training.samples [FOLDER]``: make the sample tenders again, by default where they ship."""

from __future__ import annotations

import sys
from pathlib import Path

from crible_models import resource
from crible_training.samples import write_samples


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else resource("samples")
    written = write_samples(folder)
    total = sum(path.stat().st_size for path in written)
    sys.stdout.write(f"{len(written)} PDF, {total / 1024:.0f} KiB: {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
